"""A piece from its pages: under which layouts it is read, each with its bars and interpretations, and all of these as one list.

Which staves are one system is mostly plain, and then there is one layout. Where a page leaves it open, its other layouts were
read as well; the pages of a piece decide together, since a piece mostly keeps its count of staves, and the plausible
layouts of the whole come out, each with its probability.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

from models.read.meaning.context import Context, contexts
from models.read.meaning.marks import Heading
from models.read.meaning.parts import aligned, parts_of
from models.read.meaning.repeating import repeated
from models.read.page.staves.grouping import OTHER_COUNT
from models.read.page_primitives import PLAUSIBLE
from models.read.ranking.agreement import together
from models.read.ranking.interpretations import BarOptions, Interpretation, interpretations, page_bars
from models.read.ranking.probability import Calibration, calibrated_bars, calibrated_interpretations
from models.read.reading import Laid, PageDetections, PageReading, PageSystems, Reading
from models.read.structure import structure_doubts

_MOST = 3
"""Layouts of a piece that are told."""

_MOST_TOLD = 2.0
"""Nats that columns may say for or against a layout: tunes that are set alike have columns in line too."""

_HELD = 16
"""Layouts of the pages so far that are kept while the pages are gone through."""


@dataclass(frozen=True)
class PieceLayout:
    """One layout of a piece: which of its layouts each page has (0 the best), and how probable that is, 0..1."""

    pages: tuple[int, ...]
    share: float


@dataclass(frozen=True)
class Joined:
    """A piece under one layout: its systems and bars, the contexts that they may have, its interpretations by themselves."""

    laid: Laid
    contexts: tuple[Context, ...]
    interpretations: tuple[Interpretation, ...]


def page_layouts(page: PageReading) -> list[PageSystems]:
    """The layouts of a page, best first, their grades weighed by how far columns of staves that they join sound together."""
    first = PageSystems(page.systems, page.layout)
    if not page.others:
        return [first]
    options = [first, *page.others]
    told: dict[tuple[int, ...], float] = {}
    for one in options:  # with another bar line alone, a layout joins the same staves
        told.setdefault(_sizes(one.systems), together(one.systems))
    usual = told[_sizes(first.systems)]
    more = {sizes: max(-_MOST_TOLD, min(_MOST_TOLD, nats - usual)) for sizes, nats in told.items()}
    weights = [one.grade * math.exp(more[_sizes(one.systems)]) for one in options]
    scale = sum(one.grade for one in options) / max(1e-9, sum(weights))
    weighed = [replace(one, grade=weight * scale) for one, weight in zip(options, weights, strict=True)]
    return sorted(weighed, key=lambda one: -one.grade)


def piece_layouts(pages: Sequence[Sequence[PageSystems]]) -> list[PieceLayout]:
    """The layouts of a piece, by those of its pages (`page_layouts`): the likeliest, and at most two others that are plausible.

    It is certain where no page leaves it open.
    """
    ways: list[tuple[float, tuple[int, ...]]] = [(0.0, ())]
    told = 1.0
    for number, options in enumerate(pages):
        if len(options) > 1:
            told *= min(1.0, sum(one.grade for one in options))
        ways = [
            (score + (math.log(max(1e-6, one.grade)) if len(options) > 1 else 0.0) + joint, (*before, n))
            for score, before in ways
            for n, one in enumerate(options)
            for joint in (_change(pages[:number], before, one),)
        ]
        ways = sorted(ways, key=lambda way: -way[0])[:_HELD]
    weights = [math.exp(score - ways[0][0]) for score, _ in ways]
    found = [
        PieceLayout(pages, told * weight / sum(weights))
        for weight, (_, pages) in zip(weights, ways, strict=True)
    ]
    return [found[0], *(one for one in found[1:] if one.share >= PLAUSIBLE)][:_MOST]


def _change(before: Sequence[Sequence[PageSystems]], chosen: Sequence[int], now: PageSystems) -> float:
    """In nats what it costs that a page begins with another count of staves than the one before ended with."""
    for options, n in zip(reversed(before), reversed(chosen), strict=True):
        if last := options[n].systems:
            return OTHER_COUNT if now.systems and len(now.systems[0]) != len(last[-1]) else 0.0
    return 0.0


def joined_under(
    pages: Sequence[Sequence[PageSystems]],
    layout: PieceLayout,
    top: int,
    table: Calibration | None,
    number: int,
) -> Joined:
    """The piece under one of its layouts, which gets a number, with at most ``top`` interpretations.

    Without a table their certainties are grades, else probabilities given that the layout is right.
    """
    chosen = [options[n].systems for options, n in zip(pages, layout.pages, strict=True)]
    found = [system for systems in chosen for system in systems]
    owner = tuple(n for n, systems in enumerate(chosen) for _ in systems)
    parts = parts_of(found)
    systems = repeated(aligned(found, parts))
    likely = contexts(systems, parts)
    bars: list[BarOptions] = page_bars(systems, likely[0])
    if table is not None:
        bars = calibrated_bars(bars, likely, table)
    ranked = tuple(interpretations(bars, likely, top))
    if table is not None:
        ranked = calibrated_interpretations(ranked, bars, likely, table)
    laid = Laid(number, systems, owner, tuple(map(tuple, parts)), tuple(bars))
    return Joined(laid, tuple(likely), ranked)


def ranked_together(
    detections: tuple[PageDetections, ...],
    layouts: Sequence[PieceLayout],
    found: Sequence[Joined],
    most: int,
) -> Reading:
    """The reading of a piece with the interpretations of all its layouts in one list, at most so many, by probability.

    The first stays first; the best of each other layout is among them, since it differs in what matters most.
    """
    weighed = [
        [
            replace(way, certainty=way.certainty * layout.share, layout=one.laid.number)
            for way in one.interpretations
        ]
        for layout, one in zip(layouts, found, strict=True)
    ]
    first = weighed[0][0]
    rivals = [ways[0] for ways in weighed[1:]][: most - 1]
    rest = [*weighed[0][1:], *(way for ways in weighed[1:] for way in ways[1:])]
    rest.sort(key=lambda way: -way.certainty)
    kept = [*rivals, *rest[: most - 1 - len(rivals)]]
    kept = [replace(way, certainty=min(way.certainty, first.certainty)) for way in kept]
    kept.sort(key=lambda way: -way.certainty)
    ranked = tuple(replace(way, rank=n) for n, way in enumerate([first, *kept], start=1))
    asked = {way.layout for way in ranked}
    best = found[0].laid
    others = tuple(one.laid for one in found[1:] if one.laid.number in asked)
    return Reading(detections, best.systems, best.system_page, best.parts, best.bars, ranked, others=others)


def with_doubts(
    reading: Reading,
    pages: Sequence[Sequence[PageSystems]],
    layouts: Sequence[PieceLayout],
    found: Sequence[Joined],
    heading: Heading,
) -> Reading:
    """The reading under its heading, which says of each page why its structure is doubtful, its layout first."""
    probable, rivals = [], []
    for number, options in enumerate(pages):
        own = layouts[0].pages[number]
        total = sum(one.share for one in layouts)
        alike = [_sizes(one.systems) == _sizes(options[own].systems) for one in options]
        agreed = sum(one.share for one in layouts if alike[one.pages[number]]) / total
        told = min(1.0, sum(one.grade for one in options))
        probable.append(agreed * told)
        other = next((one.pages[number] for one in layouts if not alike[one.pages[number]]), None)
        both = None if other is None else (_sizes(options[own].systems), _sizes(options[other].systems))
        rivals.append(both)
    doubts = structure_doubts(
        reading.bars, found[0].contexts, reading.system_page, len(pages), probable, rivals
    )
    return replace(reading, doubts=doubts, heading=heading)


def _sizes(systems: Sequence[Sequence[object]]) -> tuple[int, ...]:
    return tuple(len(staves) for staves in systems)
