"""What a visitor decided of a reading, carried over to another reading of the same pages."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import fields, replace
from typing import Any, cast

from models.contracts.read import Interpretation, Reading
from models.notation.editing import Edit
from scoreweb.jobs.read.state import State, shape

_NEAR = 0.7
"""Staff spaces by which the ends of a bar may differ between two readings."""
_ID = re.compile(r"^p\d+s\d+b\d+(?:t\d+)?(?!\d)")


def carried(old: Reading, state: State, new: Reading, way: Interpretation | None = None) -> State:
    """What the visitor decided of bars that stand in the new reading where they stood: readings, corrections, what is settled.

    The new reading is taken by ``way``, one of its interpretations; by its best without.
    """
    way = way or new.interpretations[0]
    new = new.under(way)
    places = _same_bars(old, new)
    choice: dict[int, int] = {}
    for bar, other in places.items():
        readings = old.bars[bar].readings
        if not readings:
            continue
        own, there = _staves(old, bar), _staves(new, other)
        wanted = shape(readings[state.way.choice[bar]], own)
        found = next(
            (n for n, one in enumerate(new.bars[other].readings) if shape(one, there) == wanted), None
        )
        if found is not None:
            choice[other] = found
    names: dict[str, str] = {}
    for bar, other in places.items():
        names.update(zip(_names(old, bar), _names(new, other), strict=True))
    return State(
        new.switched(way, choice),
        frozenset(places[bar] for bar in state.settled if bar in places),
        tuple((places[bar], _renamed(edit, names)) for bar, edit in state.edits if bar in places),
    )


def _same_bars(old: Reading, new: Reading) -> dict[int, int]:
    """Bars of the old reading and those of the new one in their place, by index."""
    found: dict[int, int] = {}
    places = [new.place(bar) for bar in range(len(new.bars))]
    for bar in range(len(old.bars)):
        page, (x0, y0, x1, y1) = old.place(bar)
        room = _NEAR * (old.pages[page].staff_space or 10.0)
        for other, (at, box) in enumerate(places):
            near = (
                abs(box[0] - x0) <= room
                and abs(box[2] - x1) <= room
                and abs(box[1] + box[3] - y0 - y1) <= 2 * room
            )
            if at == page and near and len(_staves(old, bar)) == len(_staves(new, other)):
                found[bar] = other
                break
    return found


def _staves(reading: Reading, bar: int) -> list[int]:
    """The staves of a bar that stand on the page: systems are filled up with staves that rest, and may be so otherwise."""
    options = reading.bars[bar]
    return [
        n
        for n, bars in enumerate(reading.systems[options.system])
        if options.number < len(bars) and not bars[options.number].absent
    ]


def _names(reading: Reading, bar: int) -> list[str]:
    """What the ids of all notes of a bar begin with, by staff from the top down."""
    options = reading.bars[bar]
    out = []
    for staff in _staves(reading, bar):
        part, staves = next((n, own) for n, own in enumerate(reading.parts, start=1) if staff in own)
        position = f"t{staves.index(staff) + 1}" if len(staves) > 1 else ""
        out.append(f"p{part}s{options.system + 1}b{options.number + 1}{position}")
    return out


def _renamed(edit: Edit, names: Mapping[str, str]) -> Edit:
    """The edit of notes that are called after their part, system and bar, which may have other numbers now."""

    def new(name: str) -> str:
        found = _ID.match(name)
        return name if found is None else names.get(found[0], found[0]) + name[found.end() :]

    texts = {f.name: getattr(edit, f.name) for f in fields(edit)}
    changed = {key: new(value) for key, value in texts.items() if isinstance(value, str)}
    return cast("Edit", replace(cast("Any", edit), **changed))
