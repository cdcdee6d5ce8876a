"""What a reading job shows: progress, the page with marks, the score, a bar's readings, downloads, the dataset's box."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import gradio as gr

from scoreweb.contribution_box import ContributionBox
from scoreweb.errors import sentence_of
from scoreweb.host import Host
from scoreweb.jobs.read import texts as say
from scoreweb.jobs.read.left_out import put_in
from scoreweb.jobs.read.pieces import ReadWork, listed
from scoreweb.jobs.read.result import ReadResult
from scoreweb.jobs.read.showing import (
    choice_of,
    headline,
    interpretation_text,
    page_of,
    score_of,
)
from scoreweb.languages.catalogue import retold
from scoreweb.metering import Step
from scoreweb.score_panel import Change, Handler, ScorePanel
from scoreweb.widgets import fragments
from scoreweb.widgets.bar_choice import AS_CORRECTED, BarChoice
from scoreweb.widgets.events import EVERY, PRIVATE, sent_with, unchanged, whole_number
from scoreweb.widgets.page_view import PageView
from scoreweb.widgets.score_view import ScoreView
from scoreweb.workspace import Workspace


class ReadPanel(ScorePanel[ReadResult]):
    """Everything below the fields of the Read tab."""

    def __init__(self, host: Host, progress: gr.HTML) -> None:
        """The panel; ``progress`` stands near the button that starts the job."""
        super().__init__(host)
        self.progress = progress
        self.pieces = gr.Radio([], label=say.PIECES, visible=False, elem_id="sw-r-pieces")
        self.remarks = gr.HTML("", elem_id="sw-r-remarks")
        with gr.Row(visible=False, equal_height=False, elem_id="sw-r-tools") as self.tools:
            self.way = gr.Dropdown(label=say.INTERPRETATION, elem_id="sw-r-way", min_width=240, scale=3)
            self.other_style = gr.Button(visible=False, elem_id="sw-r-other-style", min_width=200, scale=1)
        with gr.Row(equal_height=False):
            with gr.Column(scale=1, min_width=320, elem_id="sw-r-side"):
                self.page = PageView(elem_id="sw-r-page")
            with gr.Column(scale=1, min_width=320):
                with gr.Column(visible=False, elem_id="sw-r-choice-box") as self.choice_box:
                    self.choice = BarChoice(elem_id="sw-r-choice")
                self.score = ScoreView(elem_id="sw-r-score")
        with gr.Row():
            self.downloads = {
                kind: gr.DownloadButton(label, visible=False, elem_id=f"sw-r-get-{kind}", min_width=140)
                for kind, label in say.DOWNLOADS.items()
            }
        self.link = gr.HTML(
            fragments.workspace_link(host.settings.away_minutes), visible=False, elem_id="sw-r-link"
        )
        self.contribution_box = (
            ContributionBox(
                host, lambda workspace: workspace.work(ReadWork).result, words=say.CONTRIBUTION, prefix="sw-r"
            )
            if host.settings.collect
            else None
        )
        self._connect()

    def _connect(self) -> None:
        changed = self._changed_components()
        self._connect_score(changed)
        self._after(self.choice.decided(self.changer(_decided), None, changed, **EVERY))
        self._after(self.page.put_in(self.changer(_put_in), None, changed, **EVERY))
        self._after(self.way.input(self._choose_interpretation, self.way, changed, **PRIVATE))
        for view in (self.page, self.score):
            view.bar_picked(self._picked_bar, None, [self.choice, self.page, self.progress], **EVERY)
        self.score.picked(self._picked_note, None, [self.choice, self.page, self.progress], **EVERY)
        self.page.turned(self._turned, None, [self.page, self.progress], **PRIVATE)
        self._after(self.pieces.input(self._picked_piece, self.pieces, self.components(), **PRIVATE))

    # What is shown

    def components(self) -> list[Any]:
        """What the methods below change."""
        own = [
            self.remarks,
            self.link,
            self.tools,
            self.other_style,
            self.choice_box,
            *self._changed_components(),
        ]
        return [*own, *(self.contribution_box.components() if self.contribution_box else [])]

    def _changed_components(self) -> list[Any]:
        views = [self.progress, self.pieces, self.way, self.choice, self.page, self.score]
        return [*views, *self.downloads.values()]

    def cleared(self) -> dict[Any, Any]:
        """Nothing to see, as before any job."""
        hidden = gr.update(visible=False)
        return {
            self.progress: "",
            self.remarks: "",
            self.link: hidden,
            self.tools: hidden,
            self.choice_box: hidden,
            self.choice: None,
            self.page: None,
            self.score: None,
            **dict.fromkeys(self.downloads.values(), hidden),
            **(self.contribution_box.hidden() if self.contribution_box else {}),
        }

    def working(self, step: Step) -> dict[Any, Any]:
        """How far the job is."""
        return {self.progress: fragments.progress(step.share, step.text, say.TAB)}

    def filled(self, work: ReadWork, *, fresh: bool) -> dict[Any, Any]:
        """The result; the box for the dataset is offered anew when it is ``fresh``."""
        result = work.result
        if result is None or result.score is None:
            cleared = self.cleared()
            del cleared[self.progress]
            return {**cleared, **self.listed(work)}
        reading, result.sent = result.reading, set()
        doubts = dict.fromkeys(said for n in range(len(reading.pages)) for said in reading.page_doubts(n))
        remarks = [
            *doubts,
            *dict.fromkeys(note for page in reading.pages for note in page.notes),
            *(
                say.ASSUMED.format(assumption=retold(said))
                for said in result.score.assumptions
                if said not in doubts
            ),
        ]
        return {
            self.other_style: gr.update(value=say.OTHER_STYLE[result.style], visible=True),
            self.remarks: "".join(fragments.hint(retold(remark)) for remark in remarks),
            self.link: gr.update(visible=True),
            self.tools: gr.update(visible=True),
            self.choice_box: gr.update(visible=True),
            **self.listed(work),
            **self._views(result),
            **(self.contribution_box.offered() if self.contribution_box and fresh else {}),
        }

    def listed(self, work: ReadWork) -> dict[Any, Any]:
        """The pieces with their states; nothing where there is one."""
        choices = listed(work.pieces)
        return {
            self.pieces: gr.update(
                choices=choices, value=work.at if choices else None, visible=len(choices) > 1
            )
        }

    def _views(self, result: ReadResult) -> dict[Any, Any]:
        """Everything that a decision changes."""
        reading = result.reading
        ways = [(interpretation_text(result, w), w.rank) for w in reading.interpretations]
        return {
            self.way: gr.update(choices=ways, value=result.state.way.rank, info=headline(result)),
            self.choice: choice_of(result, walk=result.walking),
            self.page: page_of(result),
            self.score: score_of(result),
            **self._files(result.files),
        }

    def changer(self, change: Change[ReadResult]) -> Handler:
        """See `ScorePanel.changer`; what is looked at stays where something was chosen since."""
        return super().changer(_in_order(change))

    def editor(self, change: Change[ReadResult]) -> Handler:
        """See `ScorePanel.editor`; what is looked at stays where something was chosen since."""
        return super().editor(_in_order(change))

    # What happens

    def _result(self, workspace: Workspace) -> ReadResult | None:
        return workspace.work(ReadWork).result

    @property
    def nothing_yet(self) -> str:
        """The sentence for a visitor who has no reading."""
        return say.NOTHING_READ

    def _choose_interpretation(self, rank: int, request: gr.Request) -> dict[Any, Any]:
        return self.change(request, lambda result: result.choose_interpretation(_number(rank)))

    def change(self, request: gr.Request, change: Callable[[ReadResult], None]) -> dict[Any, Any]:
        """The visitor's reading changed and shown, and its piece corrected where it was read before."""
        work = self._host.workspaces.of(str(request.session_hash)).work(ReadWork)
        before, shown = listed(work.pieces), super().change(request, change)
        return shown if before == listed(work.pieces) else {**shown, **self.listed(work)}

    def _picked_piece(self, number: int, request: gr.Request) -> dict[Any, Any]:
        """Another piece in the editor; or why it cannot be there."""
        work = self._host.workspaces.of(str(request.session_hash)).work(ReadWork)
        if not 0 <= _number(number) < len(work.pieces):
            return unchanged(self.progress)
        work.at = number
        piece = work.pieces[number]
        if piece.result is not None:
            with piece.result.lock:
                return self.filled(work, fresh=True)
        told = piece.problem or say.NOT_READ_YET.format(name=piece.upload.name)
        return {**self.filled(work, fresh=False), self.remarks: fragments.note(told)}

    def _picked_bar(self, event: gr.EventData, request: gr.Request) -> dict[Any, Any]:
        sent = sent_with(event)
        return self._shown(request, sent, _number(sent.get("bar")), look=True, walk=sent.get("walk") is True)

    def _picked_note(self, event: gr.EventData, request: gr.Request) -> dict[Any, Any]:
        """The bar of the note, unless its readings are there already."""
        result = self._result(self._host.workspaces.of(str(request.session_hash)))
        if result is None:
            return unchanged(self.progress)
        sent = sent_with(event)
        identity = str(sent.get("id"))
        bar = result.bar_of(identity)
        return unchanged(self.progress) if bar is None else self._shown(request, sent, bar, note=identity)

    def _shown(
        self,
        request: gr.Request,
        sent: dict[str, Any],
        bar: int,
        *,
        note: str | None = None,
        look: bool = False,
        walk: bool = False,
    ) -> dict[Any, Any]:
        """A bar that was chosen, by a note of it or by itself, unless something else was chosen or edited since."""
        try:
            result = self.result_of(request)
            with result.lock:
                if not result.is_latest(sent.get("order")):
                    return unchanged(self.progress)
                there, result.selected = bar == result.bar, note or result.selected
                if note and there:
                    return unchanged(self.progress)
                turned = result.look_at(bar)
                shown: dict[Any, Any] = {self.choice: choice_of(result, look=look, walk=walk)}
                if turned:
                    shown[self.page] = page_of(result)
                return shown
        except Exception as error:  # noqa: BLE001
            return {self.progress: fragments.note(sentence_of(error))}

    def _turned(self, event: gr.EventData, request: gr.Request) -> dict[Any, Any]:
        try:
            result = self.result_of(request)
            with result.lock:
                result.page = max(0, min(_number(sent_with(event).get("page")), len(result.pages) - 1))
                return {self.page: page_of(result)}
        except Exception as error:  # noqa: BLE001
            return {self.progress: fragments.note(sentence_of(error))}


def _in_order(change: Change[ReadResult]) -> Change[ReadResult]:
    """The change, which leaves in place what is looked at where a newer choice of the visitor was answered before it."""

    def changed(result: ReadResult, sent: dict[str, Any]) -> None:
        latest = result.is_latest(sent.get("order"))
        place = result.bar, result.page, result.selected
        change(result, sent)
        if not latest:
            result.bar, result.page, result.selected = place

    return changed


def _decided(result: ReadResult, sent: dict[str, Any]) -> None:
    """A reading taken, -1 for the bar as it was corrected; bars that look alike too; then perhaps the next bar to check."""
    bar, reading = _number(sent.get("bar")), whole_number(sent.get("reading"))
    if reading == AS_CORRECTED:
        result.settle(bar)
    elif sent.get("alike") is True:
        result.choose_alike(bar)
    else:
        result.choose(bar, _number(reading))
    result.walking = sent.get("walk") is True
    left = result.left() if result.walking else []
    if left:
        later = [n for n in left if n != bar]
        result.look_at((later or left)[0])
        result.selected = None


def _put_in(result: ReadResult, sent: dict[str, Any]) -> None:
    """A mark of the page put into the score."""
    put_in(result, _number(sent.get("mark")))


def _number(value: object) -> int:
    """The whole number that a browser sent; one that nothing has for anything else."""
    number = whole_number(value)
    return -1 if number is None else number
