"""The host's review on the page, behind a password: donations seen and decided, and numbers."""

from __future__ import annotations

from typing import Any

import gradio as gr

from scoreweb.errors import VisitorError, sentence_of
from scoreweb.host import Host
from scoreweb.jobs.data import texts as say
from scoreweb.jobs.data.plot import numbers_html
from scoreweb.jobs.data.run import DataWork, must_be
from scoreweb.jobs.data.showing import whole_html
from scoreweb.widgets import fragments
from scoreweb.widgets.events import PRIVATE
from storage import ReviewItem, Status, Task


class ReviewPanel:
    """Every act asks for the key that signing in gave to this browser."""

    def __init__(self, host: Host) -> None:
        self._host = host
        self.key = gr.Textbox("", visible=False)
        with gr.Row(equal_height=True) as self.entry:
            self.password = gr.Textbox(
                label=say.PASSWORD, type="password", max_lines=1, scale=4, elem_id="sw-host-password"
            )
            self.sign_in = gr.Button(say.SIGN_IN, variant="primary", scale=1, elem_id="sw-host-in")
        self.note = gr.HTML("", elem_id="sw-host-note")
        with gr.Column(visible=False, elem_id="sw-host-review") as self.review:
            self.numbers = gr.HTML("", elem_id="sw-host-numbers")
            with gr.Row():
                self.listed = gr.Dropdown(
                    [(text, key) for key, text in say.LISTINGS.items()], value="open", label=say.LISTED
                )
                kinds = [(say.ANYTHING, ""), *((name, task) for task, name in say.KINDS.items())]
                self.kind = gr.Dropdown(kinds, value="", label=say.KIND)
            self.item = gr.Dropdown(label=say.DONATION, elem_id="sw-host-item")
            self.shown = gr.HTML("", elem_id="sw-host-shown")
            self.reason = gr.Textbox(label=say.REASON_FIELD, max_lines=2, elem_id="sw-host-reason")
            with gr.Row():
                self.buttons = {
                    status: gr.Button(label, elem_id=f"sw-host-{status}", min_width=110)
                    for status, label in _decisions().items()
                }
            self.sign_out = gr.Button(say.SIGN_OUT, elem_id="sw-host-out")
        self._connect()

    def _connect(self) -> None:
        listing = [self.note, self.numbers, self.item, self.shown, self.reason]
        door = [self.key, self.password, self.entry, self.review, *listing]
        for event in (self.sign_in.click, self.password.submit):
            event(self._sign_in, [self.password, self.listed, self.kind], door, **PRIVATE)
        self.sign_out.click(self._sign_out, None, door, **PRIVATE)
        asked = [self.key, self.listed, self.kind]
        for field in (self.listed, self.kind):
            field.input(self._list, asked, listing, **PRIVATE)
        self.item.input(self._look, [self.key, self.item], [self.note, self.shown], **PRIVATE)
        for status, button in self.buttons.items():
            button.click(self._decider(status), [*asked, self.item, self.reason], listing, **PRIVATE)

    def _sign_in(self, password: str, which: str, kind: str, request: gr.Request) -> dict[Any, Any]:
        guesses, client = self._host.budgets.wrong_passwords, self._host.budgets.client_of(request)
        try:
            must_be(guesses.left(client) > 0, say.TOO_MANY_PASSWORDS)
            try:
                key = self._work(request).sign_in(self._host.settings, password or "")
            except VisitorError:
                guesses.charge(client, 1)
                raise
        except Exception as error:  # noqa: BLE001 - every refusal is a sentence at the component
            return {self.note: fragments.note(sentence_of(error)), self.password: ""}
        return {
            self.key: key,
            self.password: "",
            self.entry: gr.update(visible=False),
            self.review: gr.update(visible=True),
            **self._list(key, which, kind, request),
        }

    def _sign_out(self, request: gr.Request) -> dict[Any, Any]:
        self._work(request).host_key = ""
        return {
            self.key: "",
            self.note: "",
            self.numbers: "",
            self.shown: "",
            self.reason: "",
            self.item: gr.update(choices=[], value=None),
            self.entry: gr.update(visible=True),
            self.review: gr.update(visible=False),
        }

    def _list(self, key: str, which: str, kind: str, request: gr.Request, news: str = "") -> dict[Any, Any]:
        try:
            self._work(request).must_be_host(key)
            store, task = self._host.store, Task(kind) if kind else None
            statuses = None if which == "open" else [Status(which)]
            items = store.to_review(task=task) if statuses is None else store.to_review(statuses, task=task)
            found = say.ITEMS[len(items) != 1].format(count=len(items)) if items else say.NO_ITEMS
            first = str(items[0].id) if items else None
            return {
                self.note: fragments.note(f"{news} {found}".strip(), "good"),
                self.numbers: numbers_html(store.numbers()),
                self.item: gr.update(choices=[(_line(item), str(item.id)) for item in items], value=first),
                self.shown: self._shown(items[0], request) if items else "",
                self.reason: "",
            }
        except Exception as error:  # noqa: BLE001
            return {self.note: fragments.note(sentence_of(error))}

    def _look(self, key: str, number: str | None, request: gr.Request) -> dict[Any, Any]:
        try:
            self._work(request).must_be_host(key)
            item = self._host.store.review_item(number or "")
            return {self.note: "", self.shown: self._shown(item, request)}
        except Exception as error:  # noqa: BLE001
            return {self.note: fragments.note(sentence_of(error)), self.shown: ""}

    def _decider(self, status: Status) -> Any:  # noqa: ANN401 - a handler
        def decided(
            key: str, which: str, kind: str, number: str | None, reason: str, request: gr.Request
        ) -> dict[Any, Any]:
            try:
                self._work(request).must_be_host(key)
                must_be(number, say.CHOOSE_ITEM)
                self._host.store.decide(number or "", status, reason or "")
            except Exception as error:  # noqa: BLE001
                return {self.note: fragments.note(sentence_of(error))}
            return self._list(key, which, kind, request, say.DECIDED.format(state=say.STATES[status]))

        return decided

    def _shown(self, item: ReviewItem, request: gr.Request) -> str:
        reports = ", ".join(say.REASONS[report.reason] for report in item.reports)
        told = fragments.note(say.REPORTS.format(reports=reports)) if reports else ""
        files = self._host.store.files(item.id)
        return told + fragments.hint(_line(item)) + whole_html(files, self._work(request).fresh("reviewed"))

    def _work(self, request: gr.Request) -> DataWork:
        return self._host.workspaces.of(str(request.session_hash)).work(DataWork)


def _decisions() -> dict[Status, str]:
    return {
        Status.ACCEPTED: say.ACCEPT,
        Status.REJECTED: say.REJECT,
        Status.HIDDEN: say.HIDE,
        Status.PENDING: say.REOPEN,
    }


def _line(item: ReviewItem) -> str:
    said = [
        f"{item.when:%Y-%m-%d %H:%M} UTC",
        say.TASKS[item.task],
        say.STATES[item.status],
        say.VOTE_COUNT[item.votes != 1].format(count=item.votes),
        say.CORRECTIONS[item.corrections != 1].format(count=item.corrections) if item.corrections else "",
        item.reason,
        str(item.id)[:8],
    ]
    return " · ".join(part for part in said if part)
