"""What a reading job shows: progress, the page with marks, the score, a bar's readings, downloads, the dataset's box."""

from __future__ import annotations

import base64
from collections.abc import Sequence
from typing import Any

import gradio as gr

from models.contracts.read import Interpretation
from scoreweb.contribution_box import ContributionBox
from scoreweb.errors import sentence_of
from scoreweb.host import Host
from scoreweb.jobs.read import texts as say
from scoreweb.jobs.read.result import ReadResult
from scoreweb.jobs.read.run import ReadWork
from scoreweb.languages.catalogue import retold
from scoreweb.metering import Step
from scoreweb.score_panel import ScorePanel, address
from scoreweb.widgets import fragments
from scoreweb.widgets.bar_choice import AS_CORRECTED, BarChoice, choice_value
from scoreweb.widgets.events import EVERY, PRIVATE, sent_with, unchanged, whole_number
from scoreweb.widgets.page_view import PageView, page_value
from scoreweb.widgets.score_sounds import Source
from scoreweb.widgets.score_view import ScoreView, page_keys, view_value
from scoreweb.workspace import Workspace


class ReadPanel(ScorePanel[ReadResult]):
    """Everything below the fields of the Read tab."""

    def __init__(self, host: Host, progress: gr.HTML) -> None:
        """The panel; ``progress`` stands near the button that starts the job."""
        super().__init__(host)
        self.progress = progress
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
        self._after(self.way.input(self._choose_interpretation, self.way, changed, **PRIVATE))
        for view in (self.page, self.score):
            view.bar_picked(self._picked_bar, None, [self.choice, self.page, self.progress], **EVERY)
        self.score.picked(self._picked_note, None, [self.choice, self.page, self.progress], **EVERY)
        self.page.turned(self._turned, None, [self.page, self.progress], **PRIVATE)

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
        views = [self.progress, self.way, self.choice, self.page, self.score]
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
            return cleared
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
            **self._views(result),
            **(self.contribution_box.offered() if self.contribution_box and fresh else {}),
        }

    def _views(self, result: ReadResult) -> dict[Any, Any]:
        """Everything that a decision changes."""
        reading = result.reading
        ways = [(_interpretation_text(result, w), w.rank) for w in reading.interpretations]
        need = result.left()
        told = (
            [say.LITTLE.format(count=len(need), bars=say.bars(len(reading.bars)))]
            if _is_little(result, need)
            else []
        )
        told += [say.INTERPRETATION_INFO.format(share=say.share(reading.none_of_these))]
        told += [say.UNFILLED.format(count=say.bars(len(result.off)))] if result.off else []
        told += [say.EMPTY.format(count=say.bars(empty))] if (empty := _empty_bars(result)) else []
        left = " ".join(told)
        return {
            self.way: gr.update(choices=ways, value=result.state.way.rank, info=left),
            self.choice: _choice(result, walk=result.walking),
            self.page: _page(result),
            self.score: _score(result),
            **self._files(result.files),
        }

    # What happens

    def _result(self, workspace: Workspace) -> ReadResult | None:
        return workspace.work(ReadWork).result

    @property
    def nothing_yet(self) -> str:
        """The sentence for a visitor who has no reading."""
        return say.NOTHING_READ

    def _choose_interpretation(self, rank: int, request: gr.Request) -> dict[Any, Any]:
        return self.change(request, lambda result: result.choose_interpretation(_number(rank)))

    def _picked_bar(self, event: gr.EventData, request: gr.Request) -> dict[Any, Any]:
        sent = sent_with(event)
        return self._shown(request, _number(sent.get("bar")), look=True, walk=sent.get("walk") is True)

    def _picked_note(self, event: gr.EventData, request: gr.Request) -> dict[Any, Any]:
        """The bar of the note, unless its readings are there already."""
        result = self._result(self._host.workspaces.of(str(request.session_hash)))
        if result is None:
            return unchanged(self.progress)
        identity = str(sent_with(event).get("id"))
        bar = result.bar_of(identity)
        if bar is None:
            return unchanged(self.progress)
        result.selected = identity
        return unchanged(self.progress) if bar == result.bar else self._shown(request, bar)

    def _shown(
        self, request: gr.Request, bar: int, *, look: bool = False, walk: bool = False
    ) -> dict[Any, Any]:
        try:
            result = self.result_of(request)
            with result.lock:
                turned = result.look_at(bar)
                shown: dict[Any, Any] = {self.choice: _choice(result, look=look, walk=walk)}
                if turned:
                    shown[self.page] = _page(result)
                return shown
        except Exception as error:  # noqa: BLE001
            return {self.progress: fragments.note(sentence_of(error))}

    def _turned(self, event: gr.EventData, request: gr.Request) -> dict[Any, Any]:
        try:
            result = self.result_of(request)
            with result.lock:
                result.page = max(0, min(_number(sent_with(event).get("page")), len(result.pages) - 1))
                return {self.page: _page(result)}
        except Exception as error:  # noqa: BLE001
            return {self.progress: fragments.note(sentence_of(error))}


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


def _number(value: object) -> int:
    """The whole number that a browser sent; one that nothing has for anything else."""
    number = whole_number(value)
    return -1 if number is None else number


def _choice(result: ReadResult, *, look: bool = False, walk: bool = False) -> dict[str, Any] | None:
    bar = result.bar
    if bar is None:
        return None
    crop = base64.b64encode(result.crop(bar)).decode()
    chosen = AS_CORRECTED if bar in result.state.edited else result.state.way.choice[bar]
    return choice_value(
        bar,
        f"data:image/png;base64,{crop}",
        result.bar_drawings(bar),
        chosen,
        result.reading.bars[bar].none_of_these,
        look=look,
        walk=walk,
        corrected=result.corrected_drawing(bar),
        left=len(result.left()),
        alike=len(result.alike(bar)),
    )


def _page(result: ReadResult) -> dict[str, Any]:
    view = result.views[result.page]
    return page_value(
        result.reading,
        result.state.way,
        result.page,
        address(view),
        chosen=result.bar,
        settled=result.state.settled | result.state.edited,
    )


def _score(result: ReadResult) -> dict[str, Any] | None:
    if result.score is None or result.engraving is None:
        return None
    known, result.sent = result.sent, set(page_keys(result.engraving))
    return view_value(
        result.engraving,
        result.score,
        version=result.version,
        sources=[Source("score", None)],
        doubtful=result.doubtful,
        off=result.off,
        known=known,
        bar=result.bar,
        selected=result.selected,
        undo=bool(result.edits.past),
        redo=bool(result.edits.future),
        mixed=True,
        linked=True,
    )


def _interpretation_text(result: ReadResult, way: Interpretation) -> str:
    reading = result.reading
    told = say.INTERPRETATION_CHOICE.format(
        rank=way.rank,
        share=say.share(way.certainty),
        right=round(reading.right_bars(way)),
        bars=say.bars(len(reading.bars)),
    )
    best = reading.interpretations[0]
    if way is best:
        return told
    return f"{told} · {_differs(way, best)}"


def _differs(way: Interpretation, best: Interpretation) -> str:
    """What an interpretation has otherwise than the best one."""
    if way.context != best.context:
        return say.INTERPRETATION_DIFFERS["context"]
    bars = [str(n + 1) for n, (a, b) in enumerate(zip(way.choice, best.choice, strict=True)) if a != b]
    numbers = ", ".join(bars[:6])
    if len(bars) > 6:
        numbers = say.INTERPRETATION_DIFFERS["more"].format(numbers=numbers, count=len(bars) - 6)
    return say.INTERPRETATION_DIFFERS["bar" if len(bars) == 1 else "bars"].format(numbers=numbers)


def _is_little(result: ReadResult, need: Sequence[int]) -> bool:
    """Whether more than half of the bars are not to be trusted: a probability must not be the first thing that is told then."""
    return 2 * max(len(need), len(result.off) + _empty_bars(result)) > len(result.reading.bars)


def _empty_bars(result: ReadResult) -> int:
    """How many bars of the score hold no note in any part."""
    parts = result.score.parts if result.score else ()
    count = max((len(part.bars) for part in parts), default=0)
    columns = ([part.bars[n] for part in parts if n < len(part.bars)] for n in range(count))
    return sum(not any(e.notes for bar in column for e in bar.events) for column in columns)
