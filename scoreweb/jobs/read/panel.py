"""What a reading job shows: progress, the page with marks, the score, a bar's readings, downloads, the dataset's box."""

from __future__ import annotations

import base64
from collections.abc import Callable
from typing import Any

import gradio as gr

from models.read.ranking.interpretations import Interpretation
from models.read.reading import Reading
from scoreweb.contribution_box import ContributionBox
from scoreweb.errors import VisitorError, sentence_of
from scoreweb.host import Host
from scoreweb.jobs.read import texts as say
from scoreweb.jobs.read.result import ReadResult
from scoreweb.metering import Step
from scoreweb.widgets import fragments
from scoreweb.widgets.bar_choice import BarChoice, Offered, choice_value
from scoreweb.widgets.page_view import PageView, page_value
from scoreweb.widgets.score_view import ScoreView, view_value
from scoreweb.workspace import Workspace

PRIVATE: dict[str, Any] = {"api_visibility": "private", "show_progress": "hidden"}
# Every step of an arrow key counts, so none may be dropped while another is on its way.
EVERY: dict[str, Any] = {**PRIVATE, "trigger_mode": "multiple", "concurrency_limit": None}
QUICK, APART = ("musicxml", "midi", "svg"), ("pdf", "overlay", "json")

Change = Callable[[ReadResult, dict[str, Any]], None]


class ReadPanel:
    """Everything below the fields of the Read tab."""

    def __init__(self, host: Host) -> None:
        self._host = host
        self.progress = gr.HTML("", elem_id="sw-r-progress")
        self.remarks = gr.HTML("", elem_id="sw-r-remarks")
        with gr.Row(visible=False, equal_height=False, elem_id="sw-r-tools") as self.tools:
            self.way = gr.Dropdown(label=say.WAY, elem_id="sw-r-way", min_width=240, scale=3)
            self.undo = gr.Button(say.UNDO, interactive=False, elem_id="sw-r-undo", min_width=160, scale=1)
        with gr.Column(visible=False, elem_id="sw-r-choice-box") as self.choice_box:
            self.choice = BarChoice(elem_id="sw-r-choice")
        with gr.Row(equal_height=False):
            with gr.Column(scale=1, min_width=320):
                self.page = PageView(elem_id="sw-r-page")
            with gr.Column(scale=1, min_width=320):
                self.score = ScoreView(elem_id="sw-r-score")
        with gr.Row():
            self.downloads = {
                kind: gr.DownloadButton(label, visible=False, elem_id=f"sw-r-get-{kind}", min_width=140)
                for kind, label in say.READ_DOWNLOADS.items()
            }
        self.contribution_box = (
            ContributionBox(
                host, lambda workspace: workspace.read_result, words=say.READ_WORDS, prefix="sw-r"
            )
            if host.settings.collect
            else None
        )
        self._connect()

    def _connect(self) -> None:
        changed = self._changed_components()
        for event, change in (
            (self.score.moved, _moved),
            (self.score.removed, _removed),
            (self.choice.decided, _decided),
        ):
            event(self._changer(change), None, changed, **EVERY).then(
                self.print_out, None, list(self.downloads.values()), **PRIVATE
            )
        self.way.input(self._take, self.way, changed, **PRIVATE).then(
            self.print_out, None, list(self.downloads.values()), **PRIVATE
        )
        self.undo.click(self._undone, None, changed, **EVERY).then(
            self.print_out, None, list(self.downloads.values()), **PRIVATE
        )
        for view in (self.page, self.score):
            view.bar_picked(self._picked_bar, None, [self.choice, self.page, self.progress], **EVERY)
        self.score.picked(self._picked_note, None, [self.choice, self.page, self.progress], **EVERY)
        self.page.turned(self._turned, None, [self.page, self.progress], **PRIVATE)

    # What is shown

    def components(self) -> list[Any]:
        """What the methods below change."""
        own = [self.remarks, self.tools, self.choice_box, *self._changed_components()]
        return [*own, *(self.contribution_box.components() if self.contribution_box else [])]

    def _changed_components(self) -> list[Any]:
        views = [self.progress, self.way, self.undo, self.choice, self.page, self.score]
        return [*views, *self.downloads.values()]

    def cleared(self) -> dict[Any, Any]:
        """Nothing to see, as before any job."""
        hidden = gr.update(visible=False)
        return {
            self.progress: "",
            self.remarks: "",
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
        return {self.progress: fragments.progress(step.share, step.text, say.TAB_READ)}

    def filled(self, workspace: Workspace, *, fresh: bool) -> dict[Any, Any]:
        """The workspace's result; the box for the dataset is offered anew when it is ``fresh``."""
        result = workspace.read_result
        if result is None or result.score is None:
            cleared = self.cleared()
            del cleared[self.progress]
            return cleared
        reading = result.reading
        doubts = dict.fromkeys(said for n in range(len(reading.pages)) for said in reading.page_doubts(n))
        remarks = [
            *doubts,
            *dict.fromkeys(note for page in reading.pages for note in page.notes),
            *(say.ASSUMED.format(said=said) for said in result.score.assumptions if said not in doubts),
        ]
        return {
            self.remarks: "".join(fragments.hint(remark) for remark in remarks),
            self.tools: gr.update(visible=True),
            self.choice_box: gr.update(visible=True),
            **self._views(result),
            **(self.contribution_box.offered() if self.contribution_box and fresh else {}),
        }

    def _views(self, result: ReadResult) -> dict[Any, Any]:
        """Everything that a decision changes."""
        ways = [(_way_text(result.reading, w), w.rank) for w in result.reading.interpretations]
        left = say.WAY_INFO.format(share=say.share(result.reading.none_of_these))
        return {
            self.way: gr.update(choices=ways, value=result.state.way.rank, info=left),
            self.undo: gr.update(interactive=bool(result.past)),
            self.choice: _choice(result),
            self.page: _page(result),
            self.score: _score(result),
            **self._files(result),
        }

    def _files(self, result: ReadResult) -> dict[Any, Any]:
        return {
            button: gr.update(value=str(path), visible=True, interactive=True)
            if (path := result.files.get(kind))
            else gr.update(visible=kind in APART, interactive=False)
            for kind, button in self.downloads.items()
        }

    # What happens

    def print_out(self, request: gr.Request) -> dict[Any, Any]:
        """The files that take longer, once nobody waits for the score any more."""
        result = self._host.workspaces.of(str(request.session_hash)).read_result
        if result is None:
            return {}
        try:
            result.print_out()
            with result.lock:
                return self._files(result)
        except Exception as error:  # noqa: BLE001 - the score is there; only this file is not
            sentence_of(error)
            return {}

    def _changer(self, change: Change) -> Callable[..., dict[Any, Any]]:
        def changed(event: gr.EventData, request: gr.Request) -> dict[Any, Any]:
            sent = event._data if isinstance(event._data, dict) else {}
            return self._changed(request, lambda result: change(result, sent))

        return changed

    def _take(self, rank: int, request: gr.Request) -> dict[Any, Any]:
        return self._changed(request, lambda result: result.choose_interpretation(_whole(rank)))

    def _undone(self, request: gr.Request) -> dict[Any, Any]:
        return self._changed(request, ReadResult.undo)

    def _changed(self, request: gr.Request, change: Callable[[ReadResult], None]) -> dict[Any, Any]:
        workspace = self._host.workspaces.of(str(request.session_hash))
        try:
            result = _of(workspace)
            with result.lock:
                change(result)
                return {**self._views(result), self.progress: ""}
        except Exception as error:  # noqa: BLE001 - whatever it is, the visitor gets a sentence
            return {self.progress: fragments.note(sentence_of(error))}

    def _picked_bar(self, event: gr.EventData, request: gr.Request) -> dict[Any, Any]:
        sent = event._data if isinstance(event._data, dict) else {}
        return self._shown(request, _whole(sent.get("bar")), look=True)

    def _picked_note(self, event: gr.EventData, request: gr.Request) -> dict[Any, Any]:
        """The bar of the note, unless its readings are there already."""
        result = self._host.workspaces.of(str(request.session_hash)).read_result
        sent = event._data if isinstance(event._data, dict) else {}
        bar = None if result is None else result.bar_of(str(sent.get("id")))
        if result is None or bar is None or bar == result.bar:
            return {}
        return self._shown(request, bar)

    def _shown(self, request: gr.Request, bar: int, *, look: bool = False) -> dict[Any, Any]:
        workspace = self._host.workspaces.of(str(request.session_hash))
        try:
            result = _of(workspace)
            with result.lock:
                turned = result.look_at(bar)
                shown: dict[Any, Any] = {self.choice: _choice(result, look=look)}
                if turned:
                    shown[self.page] = _page(result)
                return shown
        except Exception as error:  # noqa: BLE001
            return {self.progress: fragments.note(sentence_of(error))}

    def _turned(self, event: gr.EventData, request: gr.Request) -> dict[Any, Any]:
        workspace = self._host.workspaces.of(str(request.session_hash))
        sent = event._data if isinstance(event._data, dict) else {}
        try:
            result = _of(workspace)
            with result.lock:
                result.page = max(0, min(_whole(sent.get("page")), len(result.pages) - 1))
                return {self.page: _page(result)}
        except Exception as error:  # noqa: BLE001
            return {self.progress: fragments.note(sentence_of(error))}


def _of(workspace: Workspace) -> ReadResult:
    if workspace.read_result is None:
        raise VisitorError(say.NOTHING_READ)
    return workspace.read_result


def _moved(result: ReadResult, sent: dict[str, Any]) -> None:
    steps = _whole(sent.get("steps"))
    result.correct(str(sent.get("id")), max(-7, min(7, steps)) if steps > _NONE else 0)


def _removed(result: ReadResult, sent: dict[str, Any]) -> None:
    result.correct(str(sent.get("id")), None)


def _decided(result: ReadResult, sent: dict[str, Any]) -> None:
    result.choose(_whole(sent.get("bar")), _whole(sent.get("reading")))


_NONE = -1_000_000


def _whole(value: object) -> int:
    """The whole number that a browser sent; one that nothing has for anything else."""
    if isinstance(value, int) and not isinstance(value, bool) and abs(value) < 100_000:
        return value
    return _NONE


def _choice(result: ReadResult, *, look: bool = False) -> dict[str, Any] | None:
    bar = result.bar
    if bar is None:
        return None
    crop = base64.b64encode(result.crop(bar)).decode()
    offered = [Offered(page.svg, certainty, sums) for page, certainty, sums in result.bar_drawings(bar)]
    chosen = result.state.way.choice[bar]
    left = result.reading.bars[bar].none_of_these
    return choice_value(bar, f"data:image/png;base64,{crop}", offered, chosen, left, look=look)


def _page(result: ReadResult) -> dict[str, Any]:
    view = result.views[result.page]
    # Relative, so that it holds below any path that a proxy puts before the page.
    return page_value(
        result.reading,
        result.state.way,
        result.page,
        f"gradio_api/file={view}",
        chosen=result.bar,
        settled=result.state.settled,
    )


def _score(result: ReadResult) -> dict[str, Any] | None:
    if result.score is None or result.engraving is None:
        return None
    return view_value(
        result.engraving,
        result.score,
        doubtful=dict.fromkeys(result.state.settled, 1.0),
        off=result.off,
        bar=result.bar,
        selected=result.selected,
    )


def _way_text(reading: Reading, way: Interpretation) -> str:
    return say.WAY_CHOICE.format(
        rank=way.rank,
        share=say.share(way.certainty),
        right=round(reading.right_bars(way)),
        bars=say.bars(len(reading.bars)),
    )
