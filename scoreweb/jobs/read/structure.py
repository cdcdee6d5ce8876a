"""The structure of a page as a visitor drew it, and what the visitor decided, carried over to the reading under it."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import fields, replace
from typing import Any, cast

from models.contracts.read import GivenBarLines, GivenStructure, Reading
from models.notation.editing import Edit
from scoreweb.jobs.read.state import State, shape

MOST_LINES = 200
"""Bar lines of one system, and systems of one page, that a browser may tell."""
_NEAR = 0.7
"""Staff spaces by which the ends of a bar may differ between two readings."""
_ID = re.compile(r"^(p\d+)s(\d+)b(\d+)(?!\d)")


def structure_of(
    sent: Mapping[str, Any], reading: Reading, before: Sequence[GivenStructure]
) -> tuple[GivenStructure, ...]:
    """The structure of all pages: that of before, with what a browser told of one; () for anything but that.

    It tells ``page``, ``lines`` (each [height, [columns]] in pixels of the page) and ``joined`` (each [height, height]).
    """
    page, given, pairs = sent.get("page"), _lines_of(sent.get("lines")), _pairs_of(sent.get("joined"))
    if not isinstance(page, int) or isinstance(page, bool) or not 0 <= page < len(reading.pages):
        return ()
    if given is None or pairs is None or not (given or pairs):
        return ()
    known = list(before) if len(before) == len(reading.pages) else [GivenStructure()] * len(reading.pages)
    old = known[page]
    heights = _heights(reading, page)
    told = {_system_at(heights, one.y) for one in given}
    stay = tuple(one for one in old.bar_lines if _system_at(heights, one.y) not in told)
    known[page] = GivenStructure((*stay, *given), (*old.joined, *pairs))
    return tuple(known)


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
    if not isinstance(told, list) or len(told) > MOST_LINES:
        return None
    if not all(isinstance(pair, list) and len(pair) == 2 and all(map(_number, pair)) for pair in told):
        return None
    return [(float(one), float(other)) for one, other in told]


def carried(old: Reading, state: State, new: Reading) -> State:
    """What the visitor decided of bars that stand in the new reading where they stood: readings, corrections, what is settled."""
    places = _same_bars(old, new)
    way = new.interpretations[0]
    choice: dict[int, int] = {}
    for bar, other in places.items():
        readings = old.bars[bar].readings
        if not readings:
            continue
        wanted = shape(readings[state.way.choice[bar]])
        found = next((n for n, one in enumerate(new.bars[other].readings) if shape(one) == wanted), None)
        if found is not None:
            choice[other] = found
    names = {_name(old, bar): _name(new, other) for bar, other in places.items()}
    return State(
        new.switched(way, choice),
        frozenset(places[bar] for bar in state.settled if bar in places),
        tuple((places[bar], _renamed(edit, names)) for bar, edit in state.edits if bar in places),
    )


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


def _same_bars(old: Reading, new: Reading) -> dict[int, int]:
    """Bars of the old reading and those of the new one in their place, by index."""
    found: dict[int, int] = {}
    places = [new.place(bar) for bar in range(len(new.bars))]
    for bar, options in enumerate(old.bars):
        page, (x0, y0, x1, y1) = old.place(bar)
        room = _NEAR * (old.pages[page].staff_space or 10.0)
        for other, (at, box) in enumerate(places):
            staves = len(old.systems[options.system]), len(new.systems[new.bars[other].system])
            near = (
                abs(box[0] - x0) <= room
                and abs(box[2] - x1) <= room
                and abs(box[1] + box[3] - y0 - y1) <= 2 * room
            )
            if at == page and near and staves[0] == staves[1]:
                found[bar] = other
                break
    return found


def _name(reading: Reading, bar: int) -> tuple[str, str]:
    options = reading.bars[bar]
    return str(options.system + 1), str(options.number + 1)


def _renamed(edit: Edit, names: Mapping[tuple[str, str], tuple[str, str]]) -> Edit:
    """The edit of notes that are called after their system and bar, which may have other numbers now."""

    def new(name: str) -> str:
        found = _ID.match(name)
        if found is None:
            return name
        system, bar = names.get((found[2], found[3]), (found[2], found[3]))
        return f"{found[1]}s{system}b{bar}{name[found.end() :]}"

    texts = {f.name: getattr(edit, f.name) for f in fields(edit)}
    changed = {key: new(value) for key, value in texts.items() if isinstance(value, str)}
    return cast("Edit", replace(cast("Any", edit), **changed))
