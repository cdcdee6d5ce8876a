"""What a token's holder gave: seen, heard, downloaded, removed."""

from __future__ import annotations

from datetime import UTC
from pathlib import Path
from typing import Any

import gradio as gr

from scoreweb.donation_preview import written
from scoreweb.downloads import zipped
from scoreweb.errors import VisitorError, sentence_of
from scoreweb.host import Host
from scoreweb.jobs.data import texts as say
from scoreweb.jobs.data.run import DataWork, must_be
from scoreweb.jobs.data.showing import whole_html
from scoreweb.widgets import fragments
from scoreweb.widgets.donation_list import Card, DonationList, ids_of, list_value, opened_value
from scoreweb.widgets.events import PRIVATE, sent_with
from storage import Contribution, Kind, Licence, Role, StorageError

PICTURED = 200
"""So many of the newest donations have a picture in the list; older ones show theirs when they are opened."""


class OwnPanel:
    """The list of donations and their removal; ``token`` is the tab's field, ``show`` its button."""

    def __init__(self, host: Host, token: gr.Textbox, show: gr.Button) -> None:
        self._host = host
        self.note = gr.HTML("", elem_id="sw-data-note")
        self.list = DonationList(elem_id="sw-data-list")
        with gr.Accordion(
            say.EVERYTHING, open=False, visible=False, elem_id="sw-data-everything"
        ) as self.everything:
            gr.HTML(fragments.hint(say.EVERYTHING_HINT))
            self.sure = gr.Checkbox(label=say.SURE, value=False, elem_id="sw-data-sure")
            self.all = gr.Button(say.ERASE_ALL, variant="stop", elem_id="sw-data-all")
        shown = [self.note, self.list, self.everything, self.sure]
        for event in (show.click, token.submit):
            event(self._show, [token], shown, **PRIVATE)
        self.list.opened(self._open, [token], [self.note, self.list], **PRIVATE)
        self.list.removal_wanted(self._erase_some, [token], shown, **PRIVATE)
        self.all.click(self._erase_all, [token, self.sure], shown, **PRIVATE)

    def _show(self, token: str, request: gr.Request) -> dict[Any, Any]:
        try:
            return self._listed(given(token), request)
        except Exception as error:  # noqa: BLE001 - every refusal is a sentence at the component
            return {**self._nothing(), self.note: fragments.note(sentence_of(error))}

    def _open(self, token: str, event: gr.EventData, request: gr.Request) -> dict[Any, Any]:
        numbers = ids_of(sent_with(event))
        try:
            files = self._host.store.own_files(given(token), numbers[0] if numbers else "")
            folder = self._work(request).folder / "opened"
            with self._host.meter.computing(self._host.budgets.client_of(request)):
                html = whole_html(files, folder)
            url = written(folder, "zip", zipped(files))
            return {
                self.note: "",
                self.list: opened_value(numbers[0], html, url, f"scoreweb-{numbers[0][:8]}.zip"),
            }
        except Exception as error:  # noqa: BLE001
            return {self.note: fragments.note(sentence_of(error))}

    def _erase_some(self, token: str, event: gr.EventData, request: gr.Request) -> dict[Any, Any]:
        numbers = ids_of(sent_with(event))
        removed = 0
        try:
            must_be(numbers, say.CHOOSE)
            for number in numbers:
                self._host.store.erase_submission(given(token), number)
                removed += 1
            return self._listed(given(token), request, say.ERASED.format(count=say.donations(removed)))
        except Exception as error:  # noqa: BLE001
            return {self.note: fragments.note(sentence_of(error))}

    def _erase_all(self, token: str, sure: bool) -> dict[Any, Any]:
        try:
            must_be(sure, say.MUST_BE_SURE)
            count = self._host.store.erase(given(token)).submissions
            told = say.ERASED.format(count=say.donations(count))
            return {**self._nothing(), self.note: fragments.note(told, "good")}
        except Exception as error:  # noqa: BLE001
            return {self.note: fragments.note(sentence_of(error))}

    def _listed(self, token: str, request: gr.Request, news: str = "") -> dict[Any, Any]:
        found = self._host.store.contributions(token)
        activity = self._host.store.activity(token)
        note = news or (say.COUNT.format(count=say.donations(len(found))) if found else say.NONE)
        if activity.corrections or activity.votes:
            note += " " + say.ALSO.format(corrections=activity.corrections, votes=activity.votes)
        work = self._work(request)
        folder = work.fresh("thumbnails")
        work.fresh("opened")
        return {
            self.note: fragments.note(note, "good"),
            self.list: list_value([self._card(one, token, folder, n) for n, one in enumerate(found)])
            if found
            else None,
            self.everything: gr.update(visible=True, open=False),
            self.sure: False,
        }

    def _card(self, one: Contribution, token: str, folder: Path, number: int) -> Card:
        source = next(media for media in one.media if media.role is Role.INPUT)
        thumbnail = ""
        if one.thumbnail is not None and number < PICTURED:
            try:
                thumbnail = written(folder, "png", self._host.store.media_bytes(token, one.thumbnail.id))
            except StorageError:  # the list is worth more than one picture in it
                thumbnail = ""
        return Card(
            id=str(one.id),
            name=_name(one),
            when=one.when.astimezone(UTC).isoformat(),
            state=_state(one),
            facts=_facts(one),
            thumbnail=thumbnail,
            kind="audio" if source.kind is Kind.AUDIO else "image",
        )

    def _work(self, request: gr.Request) -> DataWork:
        return self._host.workspaces.of(str(request.session_hash)).work(DataWork)

    def _nothing(self) -> dict[Any, Any]:
        return {self.note: "", self.list: None, self.everything: gr.update(visible=False), self.sure: False}


def given(token: str) -> str:
    """The token in the field; VisitorError where it is empty."""
    if not token or not token.strip():
        raise VisitorError(say.TOKEN_FIRST)
    return token.strip()


def _name(one: Contribution) -> str:
    """What it is and how large: names of files are not kept."""
    source = next(media for media in one.media if media.role is Role.INPUT)
    what = say.TASKS[one.task]
    if source.seconds is not None:
        return say.NAME_SOUND.format(what=what, seconds=source.seconds)
    return say.NAME_PICTURE.format(what=what, width=source.width, height=source.height)


def _state(one: Contribution) -> str:
    """The state in words, with what the host said."""
    state = say.STATES[one.status]
    if one.licence is Licence.TRAIN_ONLY and one.status == "pending":
        state = say.ONLY_TRAINING
    return say.REASON.format(state=state, reason=one.reason) if one.reason else state


def _facts(one: Contribution) -> list[str]:
    tally = one.votes
    votes = say.VOTES.format(right=tally.right, wrong=tally.wrong, unsure=tally.unsure)
    facts = [votes if tally.right + tally.wrong + tally.unsure else say.NO_VOTES]
    if one.corrections:
        facts.append(say.CORRECTIONS[one.corrections != 1].format(count=one.corrections))
    return [*facts, say.LICENCE.format(licence=say.LICENCES[one.licence])]
