"""Another key for a stretch of a line: where signs within a line change the key, the one that fits them second best."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence

from models.notation.score import Clef
from models.read.meaning.signatures import KEYS, key_grade
from models.read.meaning.signs import KeySign, PageBars, StaffBar

PLAUSIBLE = 0.2
"""How well the second key must fit against the first: a key one sign away from one that is plainly seen has less."""

_AGAINST_NEXT = 0.12  # of a key that would have to change back where the next line begins

At = tuple[int, int, int]
"""System, staff and bar."""


def other_keys(
    page: PageBars, keys: Mapping[At, int], clefs: Mapping[At, Clef]
) -> list[tuple[float, dict[At, int]]]:
    """Second-best keys for stretches, the likeliest first: how likely against the key as read (0..1), and the key of each bar.

    ``keys`` and ``clefs`` are those that hold in every bar as it is read. A stretch goes from signs within a line to the
    next change or the line's end, on all staves that have the key; its key must suit what the next line begins with.
    """
    found = []
    for system, staves in enumerate(page):
        for number in range(1, max(map(len, staves), default=0)):
            seen = list(_changes(staves, system, number))
            here = {keys[at] for at, _ in seen if at in keys}
            if len(here) != 1:  # staves that disagree have keys of their own
                continue
            (now,) = here
            grades = {key: math.prod(key_grade(sign, key, clefs[at]) for at, sign in seen) for key in KEYS}
            second = max((key for key in KEYS if key != now), key=lambda key: grades[key])
            ratio = grades[second] / max(grades[now], 1e-9)
            next_line = {fifths for (s, _, bar), fifths in keys.items() if s == system + 1 and bar == 0}
            if next_line == {now}:
                ratio *= _AGAINST_NEXT
            if ratio >= PLAUSIBLE:
                stretch = dict(_stretch(keys, system, number, now, second))
                found.append((min(1.0, ratio), {**keys, **stretch}))
    return sorted(found, key=lambda one: -one[0])


def _changes(staves: Sequence[Sequence[StaffBar]], system: int, number: int) -> Iterator[tuple[At, KeySign]]:
    """The sharps or flats at the start of a bar, staff by staff; naturals alone leave no choice."""
    for staff, bars in enumerate(staves):
        reading = bars[number].readings[0] if number < len(bars) and bars[number].readings else None
        if reading is None:
            continue
        start = min((sign.x for sign in reading.timed), default=math.inf)
        for sign in reading.keys:
            if sign.x < min(start, bars[number].frame.right) and any(
                n != "natural" for n, _, _ in sign.signs
            ):
                yield (system, staff, number), sign
                break


def _stretch(
    keys: Mapping[At, int], system: int, number: int, now: int, new: int
) -> Iterator[tuple[At, int]]:
    for staff in {s for at, s, _ in keys if at == system}:
        bar = number
        while keys.get((system, staff, bar)) == now:
            yield (system, staff, bar), new
            bar += 1
