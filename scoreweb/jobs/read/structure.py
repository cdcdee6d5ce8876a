"""The structure of a page as a visitor drew it: bar lines, systems joined and parted, missed staves."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Any

from models.contracts.read import GivenBarLines, GivenStaff, GivenStructure, Reading

MOST_LINES = 200
"""Bar lines of one system, and systems or staves of one page, that a browser may tell."""


def structure_of(
    sent: Mapping[str, Any], reading: Reading, before: Sequence[GivenStructure]
) -> tuple[GivenStructure, ...]:
    """The structure of all pages: that of before, with what a browser told of one; () for anything but that.

    Where the reading is of another layout than the best, its systems and bar lines are told too, so that they are read again.
    It tells ``page``, ``lines`` (each [height, [columns]] in pixels of the page), ``joined`` (each [height, height]),
    ``parted`` (heights) and ``staves`` ([x0, y0, x1, y1] of all that were drawn; absent: those of before).
    """
    page, given, pairs = sent.get("page"), _lines_of(sent.get("lines")), _pairs_of(sent.get("joined"))
    cuts, drawn = _rows_of([sent.get("parted", [])], None), _rows_of(sent.get("staves", []), 4)
    if not isinstance(page, int) or isinstance(page, bool) or not 0 <= page < len(reading.pages):
        return ()
    if given is None or pairs is None or cuts is None or drawn is None:
        return ()
    known = list(before) if len(before) == len(reading.pages) else [GivenStructure()] * len(reading.pages)
    old = known[page]
    if reading.layout:
        known = [_as_laid_out(reading, n, one.staves) for n, one in enumerate(known)]
        old = known[page]
    staves = tuple(GivenStaff(*box) for box in drawn) if "staves" in sent else old.staves
    parted = tuple(cuts[0])
    if not (given or pairs or parted or staves != old.staves):
        return ()
    heights = _heights(reading, page)
    told = {_system_at(heights, one.y) for one in given}
    stay = [one for one in old.bar_lines if _system_at(heights, one.y) not in told]
    lines = tuple(part for one in (*stay, *given) for part in _each_part(one, heights, parted))
    undone = [y for y in old.parted if any(min(pair) <= y <= max(pair) for pair in pairs)]
    parted = (*(y for y in old.parted if y not in undone), *parted)
    known[page] = GivenStructure(lines, (*old.joined, *pairs), parted, staves)
    return tuple(known)


def _as_laid_out(reading: Reading, page: int, staves: tuple[GivenStaff, ...]) -> GivenStructure:
    """The systems and bar lines of a page as the reading has them."""
    found = [
        [[bar.frame.box for bar in bars] for bars in staves if bars and not bars[0].absent]
        for staves, at in zip(reading.systems, reading.system_page, strict=True)
        if at == page
    ]
    found = [system for system in found if system]
    middles = [[(boxes[0][1] + boxes[0][3]) / 2 for boxes in system] for system in found]
    lines = [
        GivenBarLines(own[0], tuple(box[2] for box in system[0][:-1]))
        for system, own in zip(found, middles, strict=True)
    ]
    joined = [(own[0], own[-1]) for own in middles if len(own) > 1]
    parted = [
        (max(box[3] for box in above[-1]) + min(box[1] for box in below[0])) / 2
        for above, below in pairwise(found)
    ]
    return GivenStructure(tuple(lines), tuple(joined), tuple(parted), staves)


def _each_part(
    lines: GivenBarLines, heights: Sequence[tuple[float, float]], cuts: Sequence[float]
) -> list[GivenBarLines]:
    """The bar lines of a system for each of the systems that it is cut into."""
    top, low = heights[_system_at(heights, lines.y)] if heights else (lines.y, lines.y)
    inside = sorted(y for y in cuts if top < y < low)
    if not inside:
        return [lines]
    edges = [top, *inside, low]
    return [GivenBarLines((a + b) / 2, lines.xs) for a, b in pairwise(edges)]


def _lines_of(told: object) -> list[GivenBarLines] | None:
    """The bar lines that a browser told; None for anything else."""
    if not isinstance(told, list) or len(told) > MOST_LINES:
        return None
    for line in told:
        if not (isinstance(line, list) and len(line) == 2 and _number(line[0]) and isinstance(line[1], list)):
            return None
        if len(line[1]) > MOST_LINES or not all(_number(x) for x in line[1]):
            return None
    return [GivenBarLines(float(y), tuple(sorted(float(x) for x in xs))) for y, xs in told]


def _pairs_of(told: object) -> list[tuple[float, float]] | None:
    """The heights of systems that are one, as a browser told them; None for anything else."""
    rows = _rows_of(told, 2)
    return None if rows is None else [(one, other) for one, other in rows]


def _rows_of(told: object, count: int | None) -> list[tuple[float, ...]] | None:
    """Rows of numbers, ``count`` in each or any; None for anything else."""
    if not isinstance(told, list) or len(told) > MOST_LINES:
        return None
    for row in told:
        if not isinstance(row, list) or len(row) != (len(row) if count is None else count):
            return None
        if len(row) > MOST_LINES or not all(map(_number, row)):
            return None
    return [tuple(map(float, row)) for row in told]


def _number(value: object) -> bool:
    return (
        isinstance(value, int | float)
        and not isinstance(value, bool)
        and math.isfinite(value)
        and abs(value) < 1e6
    )


def _heights(reading: Reading, page: int) -> list[tuple[float, float]]:
    """From where to where the systems of a page reach."""
    found: dict[int, tuple[float, float]] = {}
    for bar, options in enumerate(reading.bars):
        at, (_, top, _, low) = reading.place(bar)
        if at == page:
            before = found.get(options.system, (top, low))
            found[options.system] = min(before[0], top), max(before[1], low)
    return [found[system] for system in sorted(found)]


def _system_at(heights: Sequence[tuple[float, float]], y: float) -> int:
    return min(range(len(heights)), key=lambda n: max(heights[n][0] - y, y - heights[n][1], 0.0), default=0)
