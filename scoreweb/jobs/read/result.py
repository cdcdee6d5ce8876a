"""A read score in a visitor's workspace: its ranked readings, what the visitor decided, and the files to download."""

from __future__ import annotations

import io
import json
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from fractions import Fraction
from pathlib import Path

import numpy as np
from PIL import Image

import scoreweb
from models.arrays import Grey
from models.contracts.read import Interpretation, Reading
from models.notation.editing import Edit, edited_by, excess, find_note, joined
from models.notation.engraving.engrave import Engraving, Look, Page, bar_picture, engrave
from models.notation.engraving.pictures import svg_to_pdf
from models.notation.errors import TooLongScore
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
from scoreweb.jobs.read.options import ReadOptions
from scoreweb.score_result import Named, ScoreResult
from storage import (
    CorrectionFormat,
    NewCorrection,
    NewPrediction,
    NewSubmission,
    Picture,
    ScoreText,
    Task,
)

PRINT = Look(width=1000, staff_space=8.0, layout="pages", systems=True)
VIEW_WIDTH = 1600
"""Most pixels across of the picture that is looked at; marks are placed in the upload's own."""
KEPT_PIXELS = 200_000_000


@dataclass(frozen=True)
class State:
    """What the visitor decided so far: the interpretation with its bars' readings, bars settled, edits by bar."""

    way: Interpretation
    settled: frozenset[int] = frozenset()
    edits: tuple[tuple[int, tuple[Edit, ...]], ...] = ()
    """(bar, its edits) of each bar that was edited, in order of bars."""

    @property
    def edited(self) -> dict[int, tuple[Edit, ...]]:
        """The edits of each bar that has any."""
        return dict(self.edits)

    def with_edits(self, edited: Mapping[int, tuple[Edit, ...]]) -> State:
        """The state with these edits in place of its own."""
        return replace(self, edits=tuple(sorted((bar, some) for bar, some in edited.items() if some)))


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
        self.reading, self.options, self.model, self.seconds = reading, options, model, seconds
        self.pages: list[Path] = []
        """The pages as they were read, PNG."""
        self.views: list[Path] = []
        self.page = 0
        self.bar: int | None = None
        self._apart: dict[str, Path] = {}

    # What the visitor decides

    def look_at(self, bar: int) -> bool:
        """A bar to be shown with its readings; True if that turns the page. VisitorError where there is no such bar."""
        if not 0 <= bar < len(self.reading.bars):
            raise VisitorError(say.NO_SUCH_BAR)
        before, self.bar, self.page = self.page, bar, self.reading.place(bar)[0]
        return self.page != before

    def choose(self, bar: int, reading: int) -> None:
        """A bar read otherwise: now settled, its notes' corrections gone. VisitorError where there is no such reading."""
        if not 0 <= bar < len(self.reading.bars):
            raise VisitorError(say.NO_SUCH_BAR)
        try:
            way = self.reading.switched(self.state.way, {bar: reading})
        except IndexError:
            raise VisitorError(say.NO_SUCH_READING) from None
        kept = {n: edits for n, edits in self.state.edited.items() if n != bar}
        self.bar = bar
        self._become(State(way, self.state.settled | {bar}).with_edits(kept))

    def choose_interpretation(self, rank: int) -> None:
        """Another interpretation of the whole, from 1; corrections stay in the bars that it reads alike."""
        way = next((w for w in self.reading.interpretations if w.rank == rank), None)
        if way is None:
            raise VisitorError(say.NO_SUCH_INTERPRETATION)
        old = self.state
        alike = {n for n, (a, b) in enumerate(zip(old.way.choice, way.choice, strict=True)) if a == b}
        same = way.context == old.way.context
        kept = {n: edits for n, edits in old.edited.items() if same and n in alike}
        self._become(State(way).with_edits(kept))

    def _with(self, edit: Edit) -> State:
        bar, edited = self.bar_of(edit.id), self.state.edited
        if bar is None:
            return self.state
        self.bar = bar
        return self.state.with_edits({**edited, bar: joined(edited.get(bar, ()), edit)})

    @property
    def is_corrected(self) -> bool:
        """Whether the score is another than the best reading."""
        best, now = self.reading.interpretations[0], self.state
        return (now.way.choice, now.way.context, now.edits) != (best.choice, best.context, ())

    @property
    def off(self) -> set[int]:
        """Bars that do not fill their metre as they stand now.

        What the visitor settled is not doubted again, unless an edit changed how much the bar holds.
        """
        state, edited = self.state, self.state.edited
        read = {n for n in self.reading.doubtful(state.way) if n not in state.settled and not self._sums(n)}
        if self.score is None or not edited:
            return read
        before = self.reading.score(state.way)
        changed = {n: (_excess(before, n), _excess(self.score, n)) for n in edited}
        missed = {n for n, (old, new) in changed.items() if any(new) and (n in read or new != old)}
        return (read - set(edited)) | missed

    def _sums(self, bar: int) -> bool:
        readings = self.reading.bars[bar].readings
        return bool(readings) and readings[self.state.way.choice[bar]].sums

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
        score = self.reading.score(state.way)
        for _, edits in state.edits:
            score = edited_by(score, edits)
        return score

    def write(self) -> None:
        """The score and its files; those of the reading itself stay as they are."""
        super().write()
        self.files = {**self.files, **self._apart}

    def print_out(self) -> None:
        """The score as a PDF of pages; once, the picture with marks and all readings."""
        super().print_out()
        with self.lock:
            self.files = {**self.files, **self._apart}

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
        """The bar (from 0) of a note or rest; None where there is none of that id."""
        found = find_note(self.score, identity) if self.score else None
        return None if found is None else found[0].bars.index(found[1])

    def bar_drawings(self, bar: int) -> list[tuple[Page, float, bool]]:
        """Each reading of a bar: its drawing, its certainty, whether it fills the metre."""
        out = []
        for index, read in enumerate(self.reading.bars[bar].readings):
            score = self.reading.score(self.reading.switched(self.state.way, {bar: index}))
            out.append((bar_picture(score, bar), read.certainty, read.sums))
        return out

    def crop(self, bar: int) -> bytes:
        """The bar cut out of its page, with some room around, as PNG."""
        page, (x0, y0, x1, y1) = self.reading.place(bar)
        room = 3.0 * (self.reading.pages[page].staff_space or 10.0)
        with Image.open(self.pages[page]) as picture:
            box = (
                max(0, round(x0 - room / 2)),
                max(0, round(y0 - room)),
                min(picture.width, round(x1 + room / 2)),
                min(picture.height, round(y1 + room)),
            )
            cut = picture.crop((box[0], box[1], max(box[2], box[0] + 1), max(box[3], box[1] + 1)))
            cut.thumbnail((900, 400))
            out = io.BytesIO()
            cut.save(out, "PNG", optimize=True)
        return out.getvalue()

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
            predictions=[
                NewPrediction(
                    rank=way.rank,
                    payload={
                        "bars": list(way.choice),
                        "certainties": [
                            round(options.readings[i].certainty, 4) if options.readings else 0.0
                            for options, i in zip(self.reading.bars, way.choice, strict=True)
                        ],
                    },
                    model=self.model,
                    score=min(1.0, max(0.0, way.certainty)),
                    media=ScoreText(write_musicxml(self.reading.score(way))),
                )
                for way in self.reading.interpretations
            ],
        )

    def corrections(self) -> list[NewCorrection]:
        """The score as the visitor left it, as MusicXML, or the rank that was chosen as it stands; none when nothing was changed."""
        if not self.is_corrected or self.score is None:
            return []
        now = self.state
        chosen = [
            w
            for w in self.reading.interpretations
            if (w.choice, w.context) == (now.way.choice, now.way.context)
        ]
        if chosen and not now.edits:
            return [NewCorrection(format=CorrectionFormat.CHOICE, based_on_rank=chosen[0].rank)]
        text = write_musicxml(self.score).decode()
        rank = self.state.way.rank
        return [NewCorrection(format=CorrectionFormat.MUSICXML, payload=text, based_on_rank=rank)]

    def _sheet(self) -> Grey:
        """All pages below one another; VisitorError when they are too many to be kept."""
        pages = list(self.greys())
        width = max(page.shape[1] for page in pages)
        if width * sum(page.shape[0] for page in pages) > KEPT_PIXELS:
            raise VisitorError(say.TOO_LONG_TO_KEEP)
        padded = [np.pad(page, ((0, 0), (0, width - page.shape[1])), constant_values=255) for page in pages]
        return np.concatenate(padded)


def _excess(score: Score, bar: int) -> list[dict[int, Fraction]]:
    """By how much voices miss the length of their bar, in each part; voices that fill it are left out."""
    columns = (excess(part, bar) if bar < len(part.bars) else {} for part in score.parts)
    return [{voice: over for voice, over in held.items() if over} for held in columns]
