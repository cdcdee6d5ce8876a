"""The My data tab: what a contributor's token holds, and its removal."""

from __future__ import annotations

from typing import Any

import gradio as gr

from scoreweb.errors import VisitorError, sentence_of
from scoreweb.host import Host
from scoreweb.jobs.data import texts as say
from scoreweb.widgets import fragments
from storage import Contribution


class DataTab:
    """The tab's components and what happens at them. Made inside a ``gr.Tab``."""

    def __init__(self, host: Host) -> None:
        self._host = host
        gr.Markdown(say.INTRO)
        with gr.Row(equal_height=True):
            self.token = gr.Textbox(
                label=say.TOKEN, type="password", max_lines=1, scale=4, elem_id="sw-data-token"
            )
            self.show = gr.Button(say.SHOW, variant="primary", scale=1, elem_id="sw-data-show")
        self.note = gr.HTML("", elem_id="sw-data-note")
        self.table = gr.HTML("", elem_id="sw-data-table")
        with gr.Group(visible=False) as self.removal:
            self.choice = gr.CheckboxGroup(label=say.CHOICE)
            self.sure = gr.Checkbox(label=say.SURE, value=False, elem_id="sw-data-sure")
            with gr.Row():
                self.some = gr.Button(say.ERASE_SOME, elem_id="sw-data-some")
                self.all = gr.Button(say.ERASE_ALL, variant="stop", elem_id="sw-data-all")
        private: dict[str, Any] = {"api_visibility": "private"}
        shown = [self.note, self.table, self.removal, self.choice, self.sure]
        for event in (self.show.click, self.token.submit):
            event(self._show, [self.token], shown, **private)
        self.some.click(self._erase_some, [self.token, self.choice, self.sure], shown, **private)
        self.all.click(self._erase_all, [self.token, self.sure], shown, **private)

    def _show(self, token: str) -> list[Any]:
        try:
            return self._listed(_given(token))
        except Exception as error:  # noqa: BLE001 - every refusal is a sentence at the component
            return _failed(error)

    def _erase_some(self, token: str, chosen: list[str], sure: bool) -> list[Any]:
        try:
            _must_be(bool(chosen), say.CHOOSE)
            _must_be(sure, say.MUST_BE_SURE)
            for number in chosen:
                self._host.store.erase_submission(_given(token), number)
            return self._listed(_given(token), say.ERASED.format(count=say.donations(len(chosen))))
        except Exception as error:  # noqa: BLE001
            return _failed(error, keep=True)

    def _erase_all(self, token: str, sure: bool) -> list[Any]:
        try:
            _must_be(sure, say.MUST_BE_SURE)
            count = self._host.store.erase(_given(token)).submissions
            return [fragments.note(say.ERASED.format(count=say.donations(count)), "good"), "", *_no_removal()]
        except Exception as error:  # noqa: BLE001
            return _failed(error, keep=True)

    def _listed(self, token: str, news: str = "") -> list[Any]:
        given = self._host.store.contributions(token)
        if not given:
            return [fragments.note(news or say.NONE, "good"), "", *_no_removal()]
        rows = [
            (
                f"{c.when:%Y-%m-%d %H:%M}",
                say.TASKS.get(c.task, c.task),
                say.LICENCES.get(c.licence, c.licence),
                _state(c),
                _votes(c),
                str(c.corrections),
                str(len(c.media)),
            )
            for c in given
        ]
        labels = [(f"{when} · {task}", str(c.id)) for (when, task, *_), c in zip(rows, given, strict=True)]
        note = news or say.COUNT.format(count=say.donations(len(given)))
        return [
            fragments.note(note, "good"),
            fragments.table(say.HEAD, rows),
            gr.update(visible=True),
            gr.update(choices=labels, value=[]),
            False,
        ]


def _state(contribution: Contribution) -> str:
    """The state in words, with what the host said."""
    state = say.STATES.get(contribution.status, contribution.status)
    return say.REASON.format(state=state, reason=contribution.reason) if contribution.reason else state


def _votes(contribution: Contribution) -> str:
    """The votes on the present label in words."""
    tally = contribution.votes
    if not tally.right + tally.wrong + tally.unsure:
        return say.NO_VOTES
    return say.VOTES.format(right=tally.right, wrong=tally.wrong, unsure=tally.unsure)


def _given(token: str) -> str:
    if not token.strip():
        raise VisitorError(say.TOKEN_FIRST)
    return token.strip()


def _must_be(given: bool, sentence: str) -> None:
    if not given:
        raise VisitorError(sentence)


def _no_removal() -> list[Any]:
    return [gr.update(visible=False), gr.update(choices=[], value=[]), False]


def _failed(error: Exception, *, keep: bool = False) -> list[Any]:
    rest = [gr.skip()] * 4 if keep else ["", *_no_removal()]
    return [fragments.note(sentence_of(error)), *rest]
