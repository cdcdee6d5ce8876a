"""From pictures of pages to ranked interpretations: staves, primitives, grammar, meaning, one after the other."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Literal

from models.notation.score import Box
from models.read.derived import signs_of
from models.read.grammar import Budget, Grammar, load_grammar, parse
from models.read.meaning.context import contexts
from models.read.meaning.signs import BarSigns, ClefSign, StaffBar
from models.read.page.barring import BarSpan, bars_of, regrouped
from models.read.page.orientation import systems_of
from models.read.page.preparation import Enlarge, PreparedPage
from models.read.page.staves import Staff, System
from models.read.primitives import Primitive, extract
from models.read.primitives.style import style_of
from models.read.ranking.interpretations import interpretations, page_bars
from models.read.ranking.probability import (
    Calibration,
    calibrated_bars,
    calibrated_interpretations,
    calibration,
)
from models.read.ranking.structure import structure_doubts
from models.read.reading import Detection, PageDetections, Reading
from models.read.tokens import tokens_of
from models.sheet.page import Grey

PRODUCTIONS = Path(__file__).parent / "productions" / "music"
"""The productions that reading goes by, unless the caller has others."""

Style = Literal["auto", "printed", "handwritten"]
Progress = Callable[[str, float], None]

KEPT = 8
"""Readings of a bar of one staff that the grammar gives on."""

BAR_STEPS = 4000
BAR_MILLISECONDS = 2000.0
"""The grammar's budget for a bar of one staff; at its end the best found so far is taken. Steps make it the same on
every machine, milliseconds hold a bar up that is worse than any."""

_NOT_SHOWN = ("noise", "text", "ledger", "ornament")
_LOWEST_SHOWN, _HIGHEST_SHOWN = -7.0, 15.0  # half spaces: beyond are titles and words

NO_MUSIC = "No staves were found on this page, so there is nothing to read."


@lru_cache(maxsize=4)
def grammar_in(folder: Path) -> Grammar:
    """The grammar in a folder, compiled once; GrammarError, a sentence, where it does not hold together."""
    return load_grammar(folder)


@dataclass
class _Page:
    """What was found on one page."""

    seen: PageDetections
    systems: list[list[list[StaffBar]]] = field(default_factory=list)
    handwritten: bool = False


@dataclass(frozen=True)
class Sight:
    """What the front end makes of a page: its systems, and the primitives of each of their staves."""

    page: PreparedPage
    systems: Sequence[System]
    primitives: Sequence[Sequence[Sequence[Primitive]]]
    shape: tuple[int, int]
    handwritten: bool
    took: dict[str, float]


def see(grey: Grey, style: Style, enlarge: Enlarge | None, said: Progress) -> Sight:
    """Staves and primitives of a page, without a grammar."""
    began = time.perf_counter()
    said("Looking for staves", 0.0)
    page, systems = systems_of(grey, enlarge=enlarge)
    took = {"staves": time.perf_counter() - began}
    shape = (int(grey.shape[0]), int(grey.shape[1]))
    if not systems:
        return Sight(page, (), (), shape, False, took)
    hand = style_of(systems) if style == "auto" else style
    found: list[list[list[Primitive]]] = []
    total, done = sum(len(s.staves) for s in systems), 0
    began = time.perf_counter()
    for system in systems:
        found.append([])
        for staff in system.staves:
            said("Finding heads, stems and signs", 0.25 + 0.45 * done / total)
            found[-1].append(extract(staff.strip, style=hand))
            done += 1
    took["primitives"] = time.perf_counter() - began
    systems, found = regrouped(systems, found)
    return Sight(page, systems, found, shape, hand == "handwritten", took)


class Reader:
    """Reads pages. Safe to share between threads."""

    def __init__(
        self, *, grammar: Path | None = None, enlarge: Enlarge | None = None, calibrate: bool = True
    ) -> None:
        """`grammar` is a folder of productions in place of the shipped ones; `enlarge` (x4) helps low pages.

        Without `calibrate` readings have grades and no probabilities, and are ordered by grade: what calibration is
        fitted to.
        """
        self._calibrate = calibrate
        self.grammar = grammar_in(grammar or PRODUCTIONS)
        self._enlarge = enlarge

    def read(
        self,
        pages: Sequence[Grey],
        *,
        style: Style = "auto",
        top: int = 5,
        primitives: str = "classical",
        progress: Progress | None = None,
        bar_milliseconds: float = BAR_MILLISECONDS,
    ) -> Reading:
        """The reading of pages that follow one another, uint8 (H, W) each, with up to `top` interpretations.

        `progress` hears the stage in words and how far all is done, 0..1. Pages without music are told in their
        notes. ValueError for primitives that there are none of.
        """
        if primitives != "classical":
            raise ValueError(f"There are no {primitives} primitives; there are classical ones.")
        said = progress or (lambda _stage, _part: None)
        read = []
        for number, grey in enumerate(pages):
            step = _within(said, number, len(pages))
            read.append(self._page(grey, style, bar_milliseconds, step))

        said("Joining bars", 0.95)
        systems = [system for page in read for system in page.systems]
        owner = tuple(n for n, page in enumerate(read) for _ in page.systems)
        seen = tuple(page.seen for page in read)
        if not systems:
            return Reading(seen, (), (), (), (), ())
        parts = parts_of(systems)
        ways = contexts(systems, parts)
        bars = page_bars(systems, ways[0])
        table: Calibration | None = None
        if self._calibrate:
            hand = sum(page.handwritten for page in read) * 2 > len(read)
            table = calibration("handwritten" if hand else "printed")
            bars = calibrated_bars(bars, ways, table)
        ranked = tuple(interpretations(bars, ways, max(1, top)))
        if table is not None:
            ranked = calibrated_interpretations(ranked, bars, ways, table)
        said("Done", 1.0)
        return Reading(
            seen,
            systems,
            owner,
            tuple(map(tuple, parts)),
            tuple(bars),
            ranked,
            structure_doubts(bars, ways, owner, len(seen)),
        )

    def _page(self, grey: Grey, style: Style, milliseconds: float, said: Progress) -> _Page:
        found = see(grey, style, self._enlarge, said)
        if not found.systems:
            told = found.page.notes if found.page.staff_space else ()  # else they say the same in other words
            return _Page(PageDetections(found.shape, None, (), (*told, NO_MUSIC), found.took))
        began = time.perf_counter()
        out = []
        for number, (system, seen) in enumerate(zip(found.systems, found.primitives, strict=True)):
            said("Reading bars", 0.7 + 0.3 * number / len(found.systems))
            out.append(self._system(system, seen, milliseconds))
        took = {**found.took, "grammar": time.perf_counter() - began}
        seen_all = _overlay(found.systems, found.primitives)
        return _Page(
            PageDetections(found.shape, found.page.upload_space, seen_all, _notes(found), took),
            out,
            found.handwritten,
        )

    def _system(
        self, system: System, seen: Sequence[Sequence[Primitive]], milliseconds: float
    ) -> list[list[StaffBar]]:
        spans = bars_of(system, seen)
        return [
            [StaffBar(span.frame, self._readings(staff, span, milliseconds)) for span in bars]
            for staff, bars in zip(system.staves, spans, strict=True)
        ]

    def _readings(self, staff: Staff, span: BarSpan, milliseconds: float) -> tuple[BarSigns, ...]:
        """The ways of reading a bar of a staff, distinct in meaning, best first."""
        inside = [p for p in span.primitives if not p.shared or p.kind != "blob"]
        boxes = {p.id: p.box for p in inside}

        def box_of(ids: frozenset[str]) -> Box | None:
            own = [boxes[i] for i in ids if i in boxes]
            if not own:
                return None
            around = (
                min(b[0] for b in own),
                min(b[1] for b in own),
                max(b[2] for b in own),
                max(b[3] for b in own),
            )
            x0, y0, x1, y1 = staff.upload_box(around)
            return float(x0), float(y0), float(x1), float(y1)

        parsed = parse(
            self.grammar,
            tokens_of(inside),
            meaning=lambda graph: signs_of(graph, 1.0, lambda _: None).meaning(),
            k=KEPT,
            budget=Budget(BAR_STEPS, milliseconds),
        )
        return tuple(signs_of(r.graph, r.certainty, box_of) for r in parsed.readings)


def _within(said: Progress, number: int, pages: int) -> Progress:
    """Progress of one page as a part of all."""
    return lambda stage, part: said(stage, 0.95 * (number + part) / pages)


def parts_of(systems: Sequence[Sequence[Sequence[StaffBar]]]) -> list[list[int]]:
    """Which staves of a system make a part: two under a treble and a bass clef at the foot are one for keyboard."""
    most = max(len(s) for s in systems)
    if most < 2:
        return [[0]]
    clefs = [Counter[str](), Counter[str]()]
    for system in systems:
        if len(system) == most:
            for place, staff in enumerate(system[-2:]):
                sign = _first_clef(staff)
                if sign is not None:
                    clefs[place][sign.clefs[0][0].sign] += 1
    upper, lower = (c.most_common(1)[0][0] if c else None for c in clefs)
    if upper == "G" and lower == "F" and most in (2, 3):
        return [*([n] for n in range(most - 2)), [most - 2, most - 1]]
    return [[n] for n in range(most)]


def _first_clef(staff: Sequence[StaffBar]) -> ClefSign | None:
    if not staff or not staff[0].readings:
        return None
    clefs = [c for c in staff[0].readings[0].clefs if c.clefs]
    return clefs[0] if clefs else None


def _overlay(
    systems: Sequence[System], found: Sequence[Sequence[Sequence[Primitive]]]
) -> tuple[Detection, ...]:
    out = []
    for system, staves in zip(systems, found, strict=True):
        for staff, primitives in zip(system.staves, staves, strict=True):
            for p in primitives:
                if p.shared or p.label in _NOT_SHOWN or not _LOWEST_SHOWN < p.position < _HIGHEST_SHOWN:
                    continue
                x0, y0, x1, y1 = staff.upload_box(p.box)
                out.append(Detection(p.label, p.certainty, (float(x0), float(y0), float(x1), float(y1))))
    return tuple(out)


def _notes(sight: Sight) -> tuple[str, ...]:
    notes = tuple(sight.page.notes)
    return (*notes, "Read as handwriting.") if sight.handwritten else notes
