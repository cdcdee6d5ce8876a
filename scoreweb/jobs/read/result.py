"""A read score in a visitor's workspace: its ranked readings, what the visitor decided, and the files to download."""

from __future__ import annotations

import json
from collections.abc import Hashable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

import numpy as np
from PIL import Image

import scoreweb
from models.arrays import Grey
from models.contracts.read import HANDWRITTEN, Reading
from models.notation.editing import Edit, Misfit, edited_by, misfits, with_rests
from models.notation.engraving.engrave import SINGLE_LINE, Engraving, Look, bar_picture, engrave
from models.notation.engraving.pictures import svg_to_pdf
from models.notation.errors import TooLongScore
from models.notation.excerpt import excerpt
from models.notation.musicxml import write_musicxml
from models.notation.score import Score
from models.notation.synthesis.sound import play, wav_bytes
from models.read.overlay import overlay_png
from models.read.report import reading_report
from models.sheet import write_png
from models.weights import WeightsError
from scoreweb.downloads import zipped
from scoreweb.errors import VisitorError
from scoreweb.jobs.read import texts as say
from scoreweb.jobs.read.carrying import carried
from scoreweb.jobs.read.differences import difference
from scoreweb.jobs.read.options import ReadOptions
from scoreweb.jobs.read.predictions import predictions
from scoreweb.jobs.read.state import (
    State,
    alike,
    below_each_other,
    cut_out,
    shape,
    source_of,
    told,
    with_sources,
)
from scoreweb.score_result import Named, ScoreResult
from scoreweb.widgets.bar_choice import Offered
from storage import (
    CorrectionFormat,
    NewCorrection,
    NewSubmission,
    Picture,
    ScoreText,
    Task,
)

PRINT = Look(width=1000, staff_space=8.0, layout="pages", systems=True)
VIEW_WIDTH = 1600
"""Most pixels across of the picture that is looked at; marks are placed in the upload's own."""
KEPT_PIXELS = 200_000_000


class ReadResult(ScoreResult[State]):
    """One read score; ``state`` is as the visitor left it, ``reading.interpretations[0]`` as it was read."""

    look = Look(width=760, staff_space=7.0, systems=True)

    def __init__(
        self,
        folder: Path,
        name: str,
        reading: Reading,
        options: ReadOptions,
        model: str,
        seconds: float,
    ) -> None:
        """A reading whose pages and files are not written yet."""
        super().__init__(folder, name, State(reading.interpretations[0]))
        self._reading, self.options, self.model, self.seconds = reading, options, model, seconds
        self.pages: list[Path] = []
        """The pages as they were read, PNG."""
        self.views: list[Path] = []
        self.page = 0
        self.bar: int | None = None
        self.walking = False
        """Whether the visitor walks from one bar to check to the next."""
        self._drawings: dict[Hashable, Offered] = {}
        self._apart: dict[str, Path] = {}

    @property
    def reading(self) -> Reading:
        """The reading, its staves joined as the chosen interpretation has them."""
        return self._reading.under(self.state.way)

    # What the visitor decides

    def look_at(self, bar: int) -> bool:
        """A bar to be shown with its readings; True if that turns the page. VisitorError where there is no such bar."""
        if not 0 <= bar < len(self.reading.bars):
            raise VisitorError(say.NO_SUCH_BAR)
        before, self.bar, self.page = self.page, bar, self.reading.place(bar)[0]
        return self.page != before

    def choose(self, bar: int, reading: int) -> None:
        """A bar read otherwise: now settled, its own corrections gone, to be undone. VisitorError where there is no such reading."""
        if not 0 <= bar < len(self.reading.bars):
            raise VisitorError(say.NO_SUCH_BAR)
        try:
            way = self.reading.switched(self.state.way, {bar: reading})
        except IndexError:
            raise VisitorError(say.NO_SUCH_READING) from None
        self.bar = bar
        self._become(replace(self.state, way=way, settled=self.state.settled | {bar}).without({bar}))

    def settle(self, bar: int) -> None:
        """A bar as it stands now, corrections and all, is right. VisitorError where there is no such bar."""
        if not 0 <= bar < len(self.reading.bars):
            raise VisitorError(say.NO_SUCH_BAR)
        self.bar = bar
        self._become(replace(self.state, settled=self.state.settled | {bar}))

    def choose_interpretation(self, rank: int) -> None:
        """Another interpretation of the whole, from 1; corrections stay in the bars that it reads alike."""
        way = next((w for w in self.reading.interpretations if w.rank == rank), None)
        if way is None:
            raise VisitorError(say.NO_SUCH_INTERPRETATION)
        old = self.state
        if way.layout != old.way.layout:  # its bars are others, some of which stand where they stood
            self.bar = self.selected = None
            self._become(carried(self.reading, old, self._reading, way))
            return
        alike = {n for n, (a, b) in enumerate(zip(old.way.choice, way.choice, strict=True)) if a == b}
        same = way.context == old.way.context
        gone = {n for n in old.edited if not same or n not in alike}
        self._become(State(way, edits=old.edits).without(gone))

    def _with(self, edits: Sequence[Edit]) -> State:
        state, score = self.state, self.score
        for edit in edits:
            bar = source_of(score, edit.id) if score else None
            if score is None or bar is None:
                continue
            self.bar = bar
            state = state.with_edit(bar, edit)
            score = edited_by(score, [edit])
        return state

    @property
    def is_corrected(self) -> bool:
        """Whether the score is another than the best reading."""
        best, now = self.reading.interpretations[0], self.state
        return (told(now.way), now.edits) != (told(best), ())

    @property
    def sources(self) -> list[int]:
        """For each bar of the score, as it stands now, the bar of the reading that it was made from, or that stands before it."""
        found, last = [], 0
        for bar in self.score.parts[0].bars if self.score else ():
            last = last if bar.source is None else bar.source
            found.append(last)
        return found

    @property
    def off(self) -> dict[int, Misfit]:
        """Bars of the score that do not fill their metre as they stand now, but for those that the visitor settled."""
        sources = self.sources
        found = misfits(self.score) if self.score else {}
        return {
            n: one for n, one in found.items() if n < len(sources) and sources[n] not in self.state.settled
        }

    @property
    def doubtful(self) -> dict[int, float]:
        """Certainties (0..1) of bars of the score that overrule its own: what the visitor settled or edited is certain."""
        sure = self.state.settled | self.state.edited
        return {n: 1.0 for n, source in enumerate(self.sources) if source in sure}

    def left(self) -> list[int]:
        """Bars of the reading that deserve a look still, in the order of doubt: what is not read, what does not sum, then the rest."""
        sources, off = self.sources, {self.sources[n] for n in self.off}
        gaps = (
            {sources[n] for part in self.score.parts for n, bar in enumerate(part.bars) if bar.gap}
            if self.score
            else set()
        )
        sure = self.state.settled | self.state.edited
        doubtful = [n for n in self.reading.doubtful(self.state.way) if n not in sure]
        wanted = dict.fromkeys([*doubtful, *sorted(off), *sorted(gaps - sure)])
        return sorted(wanted, key=lambda n: (n not in gaps, n not in off, list(wanted).index(n)))

    # What is made of it

    def write_pages(self, greys: tuple[Grey, ...]) -> None:
        """The pages as files, as they were read and as they are looked at."""
        self.folder.mkdir(parents=True, exist_ok=True)
        for number, grey in enumerate(greys, start=1):
            full = self.folder / f"page-{number}.png"
            full.write_bytes(write_png(grey))
            view = full
            if grey.shape[1] > VIEW_WIDTH:
                view = self.folder / f"view-{number}.png"
                height = round(grey.shape[0] * VIEW_WIDTH / grey.shape[1])
                small = Image.fromarray(grey).resize((VIEW_WIDTH, max(1, height)), Image.Resampling.BOX)
                view.write_bytes(write_png(np.asarray(small)))
            self.pages.append(full)
            self.views.append(view)

    def _score_of(self, state: State) -> Score:
        count = len(state.edits)  # from the nearest state that is remembered
        while count and self._key(replace(state, edits=state.edits[:count])) not in self._remembered:
            count -= 1
        start = self._key(replace(state, edits=state.edits[:count]))
        if start not in self._remembered:
            self._remember(start, with_rests(with_sources(self.reading.score(state.way))))
        return edited_by(self._remembered[start], [edit for _, edit in state.edits[count:]])

    def _key(self, state: State) -> Hashable:
        return state.way.rank, state.way.choice, state.edits

    def write(self) -> None:
        """The score and its drawing; files of the reading itself stay as they are."""
        if self.bar is not None and self.bar >= len(self.reading.bars):
            self.bar = None  # of another layout
        super().write()
        self.files = {**self.files, **self._apart}

    def _apart_files(self) -> Mapping[str, Path]:
        return self._apart

    def _slow_files(self, score: Score, engraving: Engraving) -> Mapping[str, Named]:
        made: dict[str, Named] = {"pdf": (f"{self.stem}.pdf", svg_to_pdf(engrave(score, PRINT).pages))}
        self._apart = self._apart or self._marked()
        with suppress(WeightsError, TooLongScore):  # a host without the piano still writes scores
            made["wav"] = f"{self.stem}.wav", wav_bytes(*play(score))
        return made

    def _marked(self) -> dict[str, Path]:
        """The picture with marks, a zip of several, and all readings as JSON."""
        stem = self.stem
        marked = [overlay_png(self.reading, n, grey) for n, grey in enumerate(self.greys())]
        name, data = f"{stem}-marked.png", marked[0]
        if len(marked) > 1:
            named = {f"{stem}-marked-{n}.png": one for n, one in enumerate(marked, start=1)}
            name, data = f"{stem}-marked.zip", zipped(named)
        overlay, readings = self.folder / name, self.folder / f"{stem}-readings.json"
        overlay.write_bytes(data)
        readings.write_text(json.dumps(reading_report(self.reading)), encoding="utf-8")
        return {"overlay": overlay, "json": readings}

    def greys(self) -> Iterator[Grey]:
        """The pages as they were read, one after the other."""
        for path in self.pages:
            with Image.open(path) as picture:
                yield np.asarray(picture.convert("L"), np.uint8)

    def bar_of(self, identity: str) -> int | None:
        """The bar of the reading (from 0) that a note or rest is in; None where there is none of that id."""
        return source_of(self.score, identity) if self.score else None

    @property
    def style(self) -> str:
        """How it was read: printed or handwritten."""
        if self.options.style != "auto":
            return self.options.style
        by_hand = any(HANDWRITTEN in page.notes for page in self.reading.pages)
        return "handwritten" if by_hand else "printed"

    def bar_drawings(self, bar: int) -> list[Offered]:
        """Each reading of a bar: its drawing, its certainty, whether it fills the metre, what it has otherwise than the first."""
        out: list[Offered] = []
        first: Score | None = None
        for index, read in enumerate(self.reading.bars[bar].readings):
            key = self.state.way.rank, bar, index, self.state.way.choice[max(0, bar - 1) : bar]
            if key not in self._drawings:
                score = self.reading.score(self.reading.switched(self.state.way, {bar: index}))
                if first is None:
                    first = self.reading.score(self.reading.switched(self.state.way, {bar: 0}))
                differs, ids = difference(score, first, bar)
                svg = bar_picture(score, bar).svg
                self._drawings[key] = Offered(svg, read.certainty, read.sums, differs, tuple(sorted(ids)))
            out.append(self._drawings[key])
        return out

    def corrected_drawing(self, bar: int) -> str | None:
        """A bar as the visitor corrected it, drawn; None where nothing was corrected or nothing is left of it."""
        if self.score is None or bar not in self.state.edited:
            return None
        own = [n for n, source in enumerate(self.sources) if source == bar]
        return engrave(excerpt(self.score, own[0], own[-1] + 1), SINGLE_LINE).pages[0].svg if own else None

    def alike(self, bar: int) -> list[int]:
        """Other bars that may be read as a bar is now."""
        return alike(self.reading, self.state, bar)

    def choose_alike(self, bar: int) -> None:
        """The bars that look alike read as this one is, in one step."""
        now = shape(self.reading.bars[bar].readings[self.state.way.choice[bar]])
        choice = {
            n: next(i for i, one in enumerate(self.reading.bars[n].readings) if shape(one) == now)
            for n in self.alike(bar)
        }
        self.bar = bar
        way = self.reading.switched(self.state.way, choice)
        settled = self.state.settled | set(choice)
        self._become(replace(self.state, way=way, settled=settled).without(set(choice)))

    def crop(self, bar: int) -> bytes:
        """The bar cut out of its page, with some room around, as PNG."""
        page, box = self.reading.place(bar)
        return cut_out(self.pages[page], box, 3.0 * (self.reading.pages[page].staff_space or 10.0))

    # What is donated

    def submission(self) -> NewSubmission:
        """The pages, the best reading as MusicXML, every ranked interpretation, the settings."""
        best = write_musicxml(self.reading.score(self.reading.interpretations[0]))
        return NewSubmission(
            task=Task.READ,
            app_version=scoreweb.__version__,
            settings={
                "style": self.options.style,
                "top": self.options.top,
                "primitives": self.options.primitives,
                "pages": len(self.pages),
                "seconds": round(self.seconds, 3),
            },
            input=Picture(Image.fromarray(self._sheet())),
            results=[ScoreText(best)],
            predictions=predictions(self.reading, self.model),
        )

    def corrections(self) -> list[NewCorrection]:
        """The score as the visitor left it, as MusicXML, or the rank that was chosen as it stands; none when nothing was changed."""
        if not self.is_corrected or self.score is None:
            return []
        now = self.state
        chosen = [w for w in self.reading.interpretations if told(w) == told(now.way)]
        if chosen and not now.edits:
            return [NewCorrection(format=CorrectionFormat.CHOICE, based_on_rank=chosen[0].rank)]
        text = write_musicxml(self.score).decode()
        rank = self.state.way.rank
        return [NewCorrection(format=CorrectionFormat.MUSICXML, payload=text, based_on_rank=rank)]

    def _sheet(self) -> Grey:
        """All pages below one another; VisitorError when they are too many to be kept."""
        sheet = below_each_other(list(self.greys()), KEPT_PIXELS)
        if sheet is None:
            raise VisitorError(say.TOO_LONG_TO_KEEP)
        return sheet
