"""Upright strokes that belong to nothing: two of them side by side before a notehead are what is left of its accidental.

A natural or a sharp that came apart shows its two uprights as stems without heads. Where they stand before a head, at its
height, they say that there was a sign, and by their offset which one: a natural's left stroke reaches higher than its right
one by most of a staff space, a sharp's two are level.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import combinations

from models.read.meaning.signs import BarSigns, ChordSign, HeadSign, LooseStroke, TimedSign

_TALL = (1.5, 3.4)  # staff spaces of the uprights of an accidental
_BESIDE = (0.3, 1.0)  # staff spaces between the two
_OVERLAP = 0.5  # of the shorter one
_LOWER = (0.3, 1.3)  # staff spaces by which the right stroke of a natural lies lower, at both ends
_BEFORE = (0.8, 2.8)  # staff spaces from the middle of the two to the head
_LEVEL = 1.4  # steps between their middle and the head


def with_broken_accidentals(reading: BarSigns) -> BarSigns | None:
    """The bar with the accidentals that its loose strokes tell of; None where there are none."""
    timed = list(reading.timed)
    used: set[LooseStroke] = set()
    for left, right in combinations(sorted(reading.strokes, key=lambda s: s.x), 2):
        if used & {left, right}:
            continue
        sign = _sign_of(left, right)
        at = None if sign is None else _head_of(timed, left, right)
        if sign is None or at is None:
            continue
        used |= {left, right}
        place, head = at
        chord = timed[place]
        if isinstance(chord, ChordSign):
            heads = tuple(replace(h, accidental=sign) if h is head else h for h in chord.heads)
            timed[place] = replace(chord, heads=heads)
    return replace(reading, timed=tuple(timed)) if used else None


def _sign_of(left: LooseStroke, right: LooseStroke) -> str | None:
    if not _BESIDE[0] < right.x - left.x < _BESIDE[1]:
        return None
    if not all(_TALL[0] < s.top - s.bottom < _TALL[1] for s in (left, right)):
        return None
    shared = min(left.top, right.top) - max(left.bottom, right.bottom)
    if shared < _OVERLAP * min(s.top - s.bottom for s in (left, right)):
        return None
    lower = (left.top - right.top, left.bottom - right.bottom)
    if all(_LOWER[0] < d < _LOWER[1] for d in lower):
        return "natural"
    return "sharp" if all(abs(d) <= _LOWER[0] for d in lower) else None


def _head_of(
    timed: Sequence[TimedSign], left: LooseStroke, right: LooseStroke
) -> tuple[int, HeadSign] | None:
    """The nearest head without a sign that the two strokes stand before, and the place of its chord."""
    x = 0.5 * (left.x + right.x)
    step = 0.5 * (min(left.bottom, right.bottom) + max(left.top, right.top)) * 2
    found = [
        (abs(head.place - step) + (head.x - x), n, head)
        for n, chord in enumerate(timed)
        if isinstance(chord, ChordSign)
        for head in chord.heads
        if head.accidental is None
        and _BEFORE[0] < head.x - x < _BEFORE[1]
        and abs(head.place - step) < _LEVEL
    ]
    if not found:
        return None
    _, n, head = min(found, key=lambda f: f[0])
    return n, head
