"""The reading service: pages in, ranked readings of every bar and of the whole piece out."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, Protocol, TypeVar, cast

from models.arrays import Grey
from models.contracts.choice import document
from models.contracts.read import (
    MOST_PAGES,
    MOST_RANKS,
    NAME,
    PRIMITIVES,
    STYLES,
    ReadAnswer,
    ReadCatalogue,
    ReadRequest,
)
from models.engine import BadRequest, Estimate, Job, each_alone
from models.glyph import Glyph
from models.read.given import GivenStructure
from models.read.meaning.signs import BarSigns
from models.read.opening import OpenedOnce, Wanted
from models.read.page.preparation import CANONICAL, Enlarge
from models.read.ranking.bars import BarReading, StaffReading
from models.read.reading import Laid, PageReading, Reading
from models.sheet import measure_staff_space

_UNITS = 1000
"""Of the progress bar: each stage reports the share that is done of the whole."""
_LEAST_SIDE = 16
_BYTES_A_PIXEL = 40
_BYTES_HELD = 400_000_000  # the grammar, the networks, and the layouts of the pages read last


L = TypeVar("L", Reading, Laid)

Enlarger = Callable[[Grey, Wanted], Grey]
"""A page enlarged exactly four times; it asks now and then whether that is still wanted."""


class PageReader(Protocol):
    """What reads pages: `models.read.reader.Reader`, or a stand-in for tests."""

    def read(
        self,
        pages: Sequence[Grey],
        *,
        style: str = ...,
        top: int = ...,
        primitives: str = ...,
        progress: Callable[[str, float], None] | None = ...,
        bar_milliseconds: float = ...,
        structure: Sequence[GivenStructure] = ...,
        glyphs: Sequence[Sequence[Glyph]] = ...,
    ) -> Reading:
        """The reading of pages, uint8 (H, W) each, that follow one another, with up to ``top`` interpretations.

        ``style`` is one of `STYLES`. ``progress`` hears the stage in words and the share of the whole that is
        done, 0..1; what it raises ends the reading and comes through. ``bar_milliseconds`` bounds the parse of one bar of
        one staff. ``glyphs`` are the characters on each page, where its file tells them. ``structure`` is what
        is known of each page. Pages without music give a reading without bars. ValueError for primitives that there are none of.
        """
        ...

    def joined(
        self,
        read: Sequence[PageReading],
        *,
        top: int = ...,
        progress: Callable[[str, float], None] | None = ...,
    ) -> Reading:
        """The reading of pages that were read one by one, in order; arguments as for `read`."""
        ...


OpenReader = Callable[[Enlarge | None], PageReader]

ReadPages = Callable[[Job[ReadRequest]], Sequence[PageReading]]
"""Reads the pages of a piece one by one; it reports to the job, and raises an engine's error."""


class ReadService:
    """Answers `ReadRequest`s one piece at a time; the reader is opened when first asked for."""

    name = NAME
    request_type = ReadRequest
    answer_type = ReadAnswer
    max_batch = 1
    batch_wait_s = 0.0

    def __init__(
        self,
        *,
        device: str = "cpu",
        enlarge: Enlarger | None = None,
        grammar: Path | None = None,
        open_reader: OpenReader | None = None,
        read_pages: ReadPages | None = None,
    ) -> None:
        """``read_pages`` reads the pages of pieces that have several, where that is not the reader's to do here.

        ``enlarge`` serves pages of low resolution; ``grammar`` is a folder of productions in place of ours.

        ``device`` ("cpu" or "cuda") is where the extractors' networks run; classical primitives have none.
        """
        self._device = device
        self._opened = OpenedOnce(open_reader or cast("OpenReader", reader_with(grammar, device)), enlarge)
        self._read_pages = read_pages
        self._seconds_a_megapixel = 4.0
        """Of a page brought to a staff space of 20 pixels; measured anew by each job."""

    def run(self, jobs: Sequence[Job[ReadRequest]]) -> Sequence[ReadAnswer | Exception]:
        """An answer, or the error, for each piece."""
        return each_alone(jobs, self._read)

    def estimate(self, request: ReadRequest) -> Estimate:
        """Seconds and bytes that the pages will take, from how much fits on them and this host's speed so far.

        Cheap for a page whose staff space was measured lately (after an upload, by an earlier estimate).
        """
        _check(request)
        sizes = [page.size for page in request.pages]
        seconds = 1.0 + self._seconds_a_megapixel * _megapixels(request.pages)
        return Estimate(seconds, sum(sizes) + _BYTES_A_PIXEL * max(sizes) + _BYTES_HELD)

    def warm(self) -> None:
        """The grammar and the networks are loaded, so that the first visitor need not wait."""
        self._opened.reader()

    def describe(self) -> dict[str, Any]:
        """What there is to choose from, and how fast it is."""
        return {
            "options": document(ReadCatalogue.shipped()),
            "device": self._device,
            "seconds_a_megapixel": round(self._seconds_a_megapixel, 3),
        }

    def _read(self, job: Job[ReadRequest]) -> ReadAnswer:
        with self._opened.wanted(job.check):
            return self._answered(job)

    def _answered(self, job: Job[ReadRequest]) -> ReadAnswer:
        request = job.request
        _check(request)
        began = time.perf_counter()
        job.report(0, _UNITS, "opening")
        reader = self._opened.reader()

        def report(stage: str, share: float) -> None:
            job.check()
            job.report(round(_UNITS * min(1.0, max(0.0, share))), _UNITS, stage)

        if self._read_pages is not None and len(request.pages) > 1:
            reading = reader.joined(self._read_pages(job), top=request.top, progress=report)
        else:
            more: dict[str, Any] = {}
            if request.bar_milliseconds is not None:
                more["bar_milliseconds"] = request.bar_milliseconds
            if request.structure:
                more["structure"] = request.structure
            if any(request.glyphs):
                more["glyphs"] = request.glyphs
            reading = reader.read(
                request.pages,
                style=request.style,
                top=request.top,
                primitives=request.primitives,
                progress=report,
                **more,
            )
        job.check()
        took = time.perf_counter() - began
        if reading.found_music:
            measured = min(30.0, took / max(0.1, _megapixels(request.pages)))
            self._seconds_a_megapixel = 0.5 * self._seconds_a_megapixel + 0.5 * measured
        return ReadAnswer(lean(reading), request.primitives, took)


def lean(reading: Reading) -> Reading:
    """The reading without the signs that were weighed on the way: what scores are made of stays."""
    return _lean_layout(replace(reading, others=tuple(_lean_layout(one) for one in reading.others)))


def _lean_layout(laid: L) -> L:
    systems = tuple(
        tuple(tuple(replace(bar, readings=(), seen=()) for bar in staff) for staff in system)
        for system in laid.systems
    )
    bars = tuple(
        replace(options, readings=tuple(_lean_bar(bar) for bar in options.readings)) for options in laid.bars
    )
    return replace(laid, systems=systems, bars=bars)


def _lean_bar(bar: BarReading) -> BarReading:
    return replace(bar, staves=tuple(_lean_staff(staff) for staff in bar.staves))


def _lean_staff(staff: StaffReading) -> StaffReading:
    signs = staff.signs
    kept = BarSigns(arcs=signs.arcs, octaves=signs.octaves, certainty=signs.certainty, defied=signs.defied)
    return replace(staff, signs=kept)


def reader_with(grammar: Path | None, device: str) -> Callable[[Enlarge | None], Any]:
    """What opens a `models.read.reader.Reader` by the productions in ``grammar``, None for ours, on ``device``."""

    def opened(enlarge: Enlarge | None) -> Any:  # noqa: ANN401 - loaded late, see below
        # Loaded late: whoever only asks an engine elsewhere needs no networks.
        from models.read.primitives.registry import shipped_extractors
        from models.read.reader import Reader

        return Reader(shipped_extractors(device), grammar=grammar, enlarge=enlarge)

    return opened


def _megapixels(pages: Sequence[Grey]) -> float:
    """How large the pages are once their staff space is what reading wants; the first page's stands for all.

    Work goes by the music that fits on a page, not by the pixels that it came with.
    """
    first = pages[0]
    space = measure_staff_space(first) if min(first.shape) >= _LEAST_SIDE else None
    scale = (CANONICAL / space.pixels) ** 2 if space else 1.0
    return sum(page.size for page in pages) * scale / 1e6


def _check(request: ReadRequest) -> None:
    if not request.pages:
        raise BadRequest("There is no page to read.")
    if len(request.pages) > MOST_PAGES:
        raise BadRequest(f"{len(request.pages)} pages are too many; at most {MOST_PAGES} are read at once.")
    if any(page.ndim != 2 or page.dtype.name != "uint8" or not page.size for page in request.pages):
        raise BadRequest("A page to read must be a picture in shades of grey, one byte a pixel.")
    if request.style not in STYLES:
        raise BadRequest(f"There is no style {request.style[:20]!r}; there are {', '.join(STYLES)}.")
    if request.primitives not in PRIMITIVES:
        raise BadRequest(
            f"There are no primitives {request.primitives[:20]!r}; there are {', '.join(PRIMITIVES)}."
        )
    if request.glyphs and len(request.glyphs) != len(request.pages):
        raise BadRequest("There must be the characters of each page, or of none.")
    if not 1 <= request.top <= MOST_RANKS:
        raise BadRequest(f"Ask for 1 to {MOST_RANKS} interpretations.")
    if len(request.structure) not in {0, len(request.pages)}:
        raise BadRequest("Tell the structure of every page, or of none.")
    if request.bar_milliseconds is not None and not request.bar_milliseconds > 0:
        raise BadRequest("A bar needs some milliseconds to be read in.")
