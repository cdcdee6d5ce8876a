"""What a reading job shows: progress, the page with marks, the score, a bar's readings, downloads, the dataset's box."""

from __future__ import annotations

import base64
from collections.abc import Callable
from typing import Any

import gradio as gr

from scoreweb.contribution_box import GiftBox
from scoreweb.errors import VisitorError, sentence_of
from scoreweb.host import Host
from scoreweb.jobs.read import texts as say
from scoreweb.jobs.read.result import Rendition
from scoreweb.metering import Step
from scoreweb.widgets import fragments
from scoreweb.widgets.bar_choice import BarChoice, Offered, choice_value
from scoreweb.widgets.page_view import PageView, page_value
from scoreweb.widgets.score_view import ScoreView, view_value
from scoreweb.workspace import Desk

PRIVATE: dict[str, Any] = {"api_visibility": "private", "show_progress": "hidden"}
# Every step of an arrow key counts, so none may be dropped while another is on its way.
EVERY: dict[str, Any] = {**PRIVATE, "trigger_mode": "multiple", "concurrency_limit": None}
QUICK, APART = ("musicxml", "midi", "svg"), ("pdf", "overlay", "json")

Change = Callable[[Rendition, dict[str, Any]], None]


class RenditionPanel:
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
        self.gift = (
            GiftBox(host, lambda desk: desk.rendition, words=say.READ_WORDS, prefix="sw-r")
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
        return [*own, *(self.gift.components() if self.gift else [])]

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
            **(self.gift.hidden() if self.gift else {}),
        }

    def working(self, step: Step) -> dict[Any, Any]:
        """How far the job is."""
        return {self.progress: fragments.progress(step.share, step.text, say.TAB_READ)}

    def filled(self, desk: Desk, *, fresh: bool) -> dict[Any, Any]:
        """The desk's rendition; the box for the dataset is offered anew when it is ``fresh``."""
        rendition = desk.rendition
        if rendition is None or rendition.score is None:
            cleared = self.cleared()
            del cleared[self.progress]
            return cleared
        remarks = [
            *dict.fromkeys(note for page in rendition.reading.pages for note in page.notes),
            *(say.ASSUMED.format(said=said) for said in rendition.score.assumptions),
        ]
        return {
            self.remarks: "".join(fragments.hint(remark) for remark in remarks),
            self.tools: gr.update(visible=True),
            self.choice_box: gr.update(visible=True),
            **self._views(rendition),
            **(self.gift.offered() if self.gift and fresh else {}),
        }

    def _views(self, rendition: Rendition) -> dict[Any, Any]:
        """Everything that a decision changes."""
        ways = [(_way_text(w.rank, w.certainty), w.rank) for w in rendition.reading.interpretations]
        return {
            self.way: gr.update(choices=ways, value=rendition.state.way.rank),
            self.undo: gr.update(interactive=bool(rendition.past)),
            self.choice: _choice(rendition),
            self.page: _page(rendition),
            self.score: _score(rendition),
            **self._files(rendition),
        }

    def _files(self, rendition: Rendition) -> dict[Any, Any]:
        return {
            button: gr.update(value=str(path), visible=True, interactive=True)
            if (path := rendition.files.get(kind))
            else gr.update(visible=kind in APART, interactive=False)
            for kind, button in self.downloads.items()
        }

    # What happens

    def print_out(self, request: gr.Request) -> dict[Any, Any]:
        """The files that take longer, once nobody waits for the score any more."""
        rendition = self._host.desks.of(str(request.session_hash)).rendition
        if rendition is None:
            return {}
        try:
            rendition.print_out()
            with rendition.lock:
                return self._files(rendition)
        except Exception as error:  # noqa: BLE001 - the score is there; only this file is not
            sentence_of(error)
            return {}

    def _changer(self, change: Change) -> Callable[..., dict[Any, Any]]:
        def changed(event: gr.EventData, request: gr.Request) -> dict[Any, Any]:
            sent = event._data if isinstance(event._data, dict) else {}
            return self._changed(request, lambda rendition: change(rendition, sent))

        return changed

    def _take(self, rank: int, request: gr.Request) -> dict[Any, Any]:
        return self._changed(request, lambda rendition: rendition.take(_whole(rank)))

    def _undone(self, request: gr.Request) -> dict[Any, Any]:
        return self._changed(request, Rendition.undo)

    def _changed(self, request: gr.Request, change: Callable[[Rendition], None]) -> dict[Any, Any]:
        desk = self._host.desks.of(str(request.session_hash))
        try:
            rendition = _of(desk)
            with rendition.lock:
                change(rendition)
                return {**self._views(rendition), self.progress: ""}
        except Exception as error:  # noqa: BLE001 - whatever it is, the visitor gets a sentence
            return {self.progress: fragments.note(sentence_of(error))}

    def _picked_bar(self, event: gr.EventData, request: gr.Request) -> dict[Any, Any]:
        sent = event._data if isinstance(event._data, dict) else {}
        return self._shown(request, _whole(sent.get("bar")), look=True)

    def _picked_note(self, event: gr.EventData, request: gr.Request) -> dict[Any, Any]:
        """The bar of the note, unless its readings are there already."""
        rendition = self._host.desks.of(str(request.session_hash)).rendition
        sent = event._data if isinstance(event._data, dict) else {}
        bar = None if rendition is None else rendition.bar_of(str(sent.get("id")))
        if rendition is None or bar is None or bar == rendition.bar:
            return {}
        return self._shown(request, bar)

    def _shown(self, request: gr.Request, bar: int, *, look: bool = False) -> dict[Any, Any]:
        desk = self._host.desks.of(str(request.session_hash))
        try:
            rendition = _of(desk)
            with rendition.lock:
                turned = rendition.look_at(bar)
                shown: dict[Any, Any] = {self.choice: _choice(rendition, look=look)}
                if turned:
                    shown[self.page] = _page(rendition)
                return shown
        except Exception as error:  # noqa: BLE001
            return {self.progress: fragments.note(sentence_of(error))}

    def _turned(self, event: gr.EventData, request: gr.Request) -> dict[Any, Any]:
        desk = self._host.desks.of(str(request.session_hash))
        sent = event._data if isinstance(event._data, dict) else {}
        try:
            rendition = _of(desk)
            with rendition.lock:
                rendition.page = max(0, min(_whole(sent.get("page")), len(rendition.pages) - 1))
                return {self.page: _page(rendition)}
        except Exception as error:  # noqa: BLE001
            return {self.progress: fragments.note(sentence_of(error))}


def _of(desk: Desk) -> Rendition:
    if desk.rendition is None:
        raise VisitorError(say.NOTHING_READ)
    return desk.rendition


def _moved(rendition: Rendition, sent: dict[str, Any]) -> None:
    steps = _whole(sent.get("steps"))
    rendition.correct(str(sent.get("id")), max(-7, min(7, steps)) if steps > _NONE else 0)


def _removed(rendition: Rendition, sent: dict[str, Any]) -> None:
    rendition.correct(str(sent.get("id")), None)


def _decided(rendition: Rendition, sent: dict[str, Any]) -> None:
    rendition.choose(_whole(sent.get("bar")), _whole(sent.get("reading")))


_NONE = -1_000_000


def _whole(value: object) -> int:
    """The whole number that a browser sent; one that nothing has for anything else."""
    if isinstance(value, int) and not isinstance(value, bool) and abs(value) < 100_000:
        return value
    return _NONE


def _choice(rendition: Rendition, *, look: bool = False) -> dict[str, Any] | None:
    bar = rendition.bar
    if bar is None:
        return None
    crop = base64.b64encode(rendition.crop(bar)).decode()
    offered = [Offered(page.svg, certainty, sums) for page, certainty, sums in rendition.bar_drawings(bar)]
    chosen = rendition.state.way.choice[bar]
    return choice_value(bar, f"data:image/png;base64,{crop}", offered, chosen, look=look)


def _page(rendition: Rendition) -> dict[str, Any]:
    view = rendition.views[rendition.page]
    # Relative, so that it holds below any path that a proxy puts before the page.
    return page_value(
        rendition.reading,
        rendition.state.way,
        rendition.page,
        f"gradio_api/file={view}",
        chosen=rendition.bar,
        settled=rendition.state.settled,
    )


def _score(rendition: Rendition) -> dict[str, Any] | None:
    if rendition.score is None or rendition.engraving is None:
        return None
    return view_value(
        rendition.engraving,
        rendition.score,
        doubtful=dict.fromkeys(rendition.state.settled, 1.0),
        off=rendition.off,
        bar=rendition.bar,
        selected=rendition.selected,
    )


def _way_text(rank: int, certainty: float) -> str:
    text = say.WAY_BEST if rank == 1 else say.WAY_CHOICE
    return text.format(rank=rank, certainty=round(100 * certainty))
