"""What a bar may have been that does not sum to its metre: readings one slip of the eye away that do.

Each kind of slip has a plausibility, a fuzzy grade; it is below that of a bar left as it was seen wherever there is
no evidence but the sum itself, so that a repair comes second unless something speaks for it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from fractions import Fraction
from itertools import combinations, pairwise

from models.notation.score import NoteType
from models.read.meaning.rhythm import placed, sums, total
from models.read.meaning.signs import BarSigns, ChordSign, RestSign, TimedSign

MOST = 4
"""Repairs of one reading that are given."""

_DOTTED_PAIR = 0.45  # a long and a short note under one beam, the dot or the second beam unseen
_GROUP = 0.42  # a beam too few or too many over a whole group
_DOUBTFUL_AWAY = 0.4  # a sign of low certainty that is none
# what is seen too much is likelier than what is not seen, where reading the sign itself left no doubt
_DOT_AWAY, _STROKE_AWAY, _AWAY, _REST = 0.34, 0.33, 0.325, 0.32
_STROKE, _DOT, _FILL = 0.3, 0.29, 0.26
_DOUBTFUL = 0.75
_BLURRED = 0.9
_LIFT = 0.16  # of a slip's plausibility for all that the sign's certainty lacks
_TWICE = 0.8  # of two slips against one
_MOST_DOUBTFUL = 6  # signs of a bar that two slips are looked for among
_TYPES = (NoteType.WHOLE, NoteType.HALF, NoteType.QUARTER, NoteType.EIGHTH, NoteType.N16, NoteType.N32)

Change = tuple[float, tuple[TimedSign, ...]]


def repairs(reading: BarSigns, metre: Fraction) -> list[BarSigns]:
    """Readings with one slip undone, or two at doubtful signs, that sum to `metre` (in quarter notes), the most plausible first."""
    if not reading.timed or total(placed(reading.timed)) == metre:
        return []
    found: list[Change] = []
    lone = total(placed(reading.timed)) == _laid_end_to_end(reading.timed)
    for changes in (_changes(reading.timed), _of_two(reading.timed)):
        for grade, timed in changes:
            if lone and _laid_end_to_end(timed) != metre:
                continue  # one voice: no need to place its signs
            there = placed(timed)
            if timed and total(there) == metre and sums(there, metre) == 1.0:
                found.append((grade, timed))
        if len(found) >= MOST:
            break
    found.sort(key=lambda f: -f[0])
    return [
        replace(reading, timed=t, certainty=min(reading.certainty, g), slip="sum") for g, t in found[:MOST]
    ]


def _laid_end_to_end(timed: Sequence[TimedSign]) -> Fraction:
    return sum((s.length for s in timed), Fraction(0))


def with_more_flags(reading: BarSigns) -> BarSigns | None:
    """The bar with one flag more on every chord whose flags are doubtful; None where none are.

    Flags run into each other when they are small or blurred, and are counted too few then.
    """
    doubtful = {
        n: {"strokes": _strokes(s) + 1}
        for n, s in enumerate(reading.timed)
        if isinstance(s, ChordSign) and s.group is None and 0 < s.strokes < 4 and s.certainty < _BLURRED
    }
    if not doubtful:
        return None
    return replace(
        reading, timed=_with(reading.timed, doubtful), certainty=0.8 * reading.certainty, slip="flags"
    )


def _changes(timed: Sequence[TimedSign]) -> Iterator[Change]:
    """Every single slip undone, with its plausibility."""
    for n, sign in enumerate(timed):
        for grade, other in _of_one(sign):
            yield _lifted(grade, sign), (*timed[:n], other, *timed[n + 1 :])
        without = (*timed[:n], *timed[n + 1 :])
        doubt = sign.certainty < _DOUBTFUL
        yield (_DOUBTFUL_AWAY * (1.0 - 0.3 * sign.certainty) if doubt else _AWAY), without
    yield from _of_groups(timed)


def _lifted(grade: float, sign: TimedSign) -> float:
    """The plausibility of a slip at a sign, more where its own reading was doubtful."""
    return grade + _LIFT * max(0.0, _BLURRED - sign.certainty)


def _of_two(timed: Sequence[TimedSign]) -> Iterator[Change]:
    """Two slips at once, at signs whose own reading was doubtful."""
    doubtful = [n for n, sign in enumerate(timed) if sign.certainty < _BLURRED][:_MOST_DOUBTFUL]
    for first, second in combinations(doubtful, 2):
        for one_grade, one in _of_one(timed[first]):
            for two_grade, two in _of_one(timed[second]):
                changed = list(timed)
                changed[first], changed[second] = one, two
                grades = _lifted(one_grade, timed[first]), _lifted(two_grade, timed[second])
                yield _TWICE * min(grades), tuple(changed)


def _of_one(sign: TimedSign) -> Iterator[tuple[float, TimedSign]]:
    if isinstance(sign, RestSign):
        place = _TYPES.index(sign.type) if sign.type in _TYPES else -1
        for other in (place - 1, place + 1):
            if place >= 0 and 0 <= other < len(_TYPES):
                yield _REST, replace(sign, type=_TYPES[other])
        for dots in {0, 1} - {sign.dots}:
            yield (_DOT if dots else _DOT_AWAY) - 0.02, replace(sign, dots=dots)
        return
    if sign.grace:
        return
    for dots in {0, 1} - {sign.dots}:
        yield _DOT if dots else _DOT_AWAY, replace(sign, dots=dots)
    if sign.filled:
        if sign.strokes:
            yield _STROKE_AWAY, replace(sign, strokes=sign.strokes - 1)
        yield _STROKE if sign.strokes else _STROKE - 0.03, replace(sign, strokes=sign.strokes + 1)
        if not sign.strokes:
            yield _FILL, replace(sign, filled=False)
    else:
        yield _FILL, replace(sign, filled=True)


def _of_groups(timed: Sequence[TimedSign]) -> Iterator[Change]:
    groups: dict[int, list[int]] = {}
    for n, sign in enumerate(timed):
        if isinstance(sign, ChordSign) and sign.group is not None:
            groups.setdefault(sign.group, []).append(n)
    for members in groups.values():
        for step in (1, -1):
            if all(_strokes(timed[n]) + step >= 1 for n in members):
                yield _GROUP, _with(timed, {n: {"strokes": _strokes(timed[n]) + step} for n in members})
        for first, second in pairwise(members):
            long, short = timed[first], timed[second]
            if _strokes(long) != _strokes(short):
                continue
            if long.dots:  # the second beam of the short note was not seen
                yield _DOTTED_PAIR, _with(timed, {second: {"strokes": _strokes(short) + 1}})
            elif short.dots:
                yield _DOTTED_PAIR, _with(timed, {first: {"strokes": _strokes(long) + 1}})
        for first, second in pairwise(members):
            long, short = timed[first], timed[second]
            if _strokes(short) == _strokes(long) + 1 and not long.dots and not short.dots:
                yield _DOTTED_PAIR, _with(timed, {first: {"dots": 1}})
            if _strokes(long) == _strokes(short) + 1 and not long.dots and not short.dots:
                yield _DOTTED_PAIR, _with(timed, {second: {"dots": 1}})


def _strokes(sign: TimedSign) -> int:
    return sign.strokes if isinstance(sign, ChordSign) else 0


def _with(timed: Sequence[TimedSign], changes: dict[int, dict[str, int]]) -> tuple[TimedSign, ...]:
    return tuple(replace(s, **changes[n]) if n in changes else s for n, s in enumerate(timed))  # type: ignore[arg-type]
