"""Tuplets: which notes and rests a number over or under them gathers, and how long they then last."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from fractions import Fraction
from itertools import islice, product

from models.notation.score import Metre
from models.read.meaning.rhythm import placed, total
from models.read.meaning.signs import BarSigns, TimedSign, TupletSign

_NORMAL = {3: 2, 5: 4, 6: 4, 7: 4, 9: 8, 10: 8, 11: 8, 12: 8}
_COMPOUND = {2: 3, 4: 3, 5: 6, 7: 6, 8: 6}  # where beats have three parts
_OVER_GROUP, _OVER_RUN = 1.6, 2.0  # staff spaces from the number to the middle of what it gathers
_SURE = 0.5  # certainty from which on a number needs no sum to be believed
_CHOICES = 3  # ways to take one number that are tried
_TRIED = 200  # ways to take the numbers of a bar that are tried
_LONGEST = 12  # signs of a tuplet

Gathered = tuple[tuple[int, ...], tuple[int, int]]
"""Indices of signs, and the ratio (actual, normal) of their tuplet."""


def with_tuplets(reading: BarSigns) -> BarSigns:
    """The bar with the tuplets that its sure numbers ask for, as far as notes stand under them.

    A number belongs to the beamed group whose middle it stands at, or else to the signs nearest to it that together
    last what such a tuplet lasts.
    """
    timed = list(reading.timed)
    for number in reading.tuplets:
        if number.certainty >= _SURE:
            found = next(_ways(timed, number, compound=False), None)
            if found is not None:
                _gather(timed, found)
    return replace(reading, timed=tuple(timed))


def summing_tuplets(reading: BarSigns, metre: Metre | None) -> BarSigns | None:
    """The bar with its numbers, doubtful ones too, taken such that it sums to the metre; None where no way does.

    What looks like a number may be a fingering or a letter, and which number it is is seldom plain: the sum tells.
    """
    if metre is None or not reading.tuplets or total(placed(reading.timed)) == metre.quarters:
        return None
    compound = metre.beats % 3 == 0 and metre.beat_type >= 8
    each = [
        (*islice(_ways(reading.timed, number, compound=compound), _CHOICES), None)
        for number in reading.tuplets
    ]
    for choice in islice(product(*each), _TRIED):
        taken = [way for way in choice if way is not None]
        indices = [n for members, _ in taken for n in members]
        if not taken or len(indices) > len(set(indices)):
            continue
        timed = list(reading.timed)
        for way in taken:
            _gather(timed, way)
        if total(placed(timed)) == metre.quarters:
            return replace(reading, timed=tuple(timed))
    return None


def implied_triplets(reading: BarSigns, metre: Fraction | None) -> BarSigns | None:
    """The bar with its beamed groups of three (or six) as triplets, if it then sums to the metre; else None.

    Engravers leave the 3 out once the pattern is plain.
    """
    if metre is None or total(placed(reading.timed)) <= metre:
        return None
    timed = list(reading.timed)
    for members in _groups(reading.timed):
        alike = {timed[i].length for i in members}
        if len(members) in (3, 6) and len(alike) == 1 and all(timed[i].tuplet == (1, 1) for i in members):
            for position in range(0, len(members), 3):
                _gather(timed, (members[position : position + 3], (3, 2)))
    if total(placed(timed)) != metre:
        return None
    return replace(reading, timed=tuple(timed))


def _gather(timed: list[TimedSign], way: Gathered) -> None:
    members, ratio = way
    for position, index in enumerate(members):
        mark = "start" if position == 0 else "stop" if position == len(members) - 1 else None
        timed[index] = replace(timed[index], tuplet=ratio, tuplet_mark=mark)  # type: ignore[arg-type]


def _groups(timed: Sequence[TimedSign]) -> list[tuple[int, ...]]:
    groups: dict[int, list[int]] = {}
    for index, sign in enumerate(timed):
        if sign.group is not None:
            groups.setdefault(sign.group, []).append(index)
    return [tuple(members) for members in groups.values()]


def _ways(timed: Sequence[TimedSign], number: TupletSign, *, compound: bool) -> Iterator[Gathered]:
    """The ways to take a number, likeliest first: the beamed group at its middle, then runs by their distance."""
    seen: set[tuple[int, ...]] = set()
    for members in _groups(timed):
        if abs(_middle(timed, members) - number.x) < _OVER_GROUP:
            ratio = _ratio(timed, members, number.number, compound=compound)
            if ratio is not None:
                seen.add(members)
                yield members, ratio
    runs = []
    for start in range(len(timed)):
        for stop in range(start + 2, min(len(timed), start + (number.number or _LONGEST)) + 1):
            run = tuple(range(start, stop))
            away = abs(_middle(timed, run) - number.x)
            if away < _OVER_RUN and run not in seen and not _splits_beam(timed, run):
                ratio = _ratio(timed, run, number.number, compound=compound)
                if ratio is not None:
                    runs.append((away, run, ratio))
    for _, run, ratio in sorted(runs):
        yield run, ratio


def _middle(timed: Sequence[TimedSign], members: Sequence[int]) -> float:
    return 0.5 * (timed[members[0]].x + timed[members[-1]].x)


def _splits_beam(timed: Sequence[TimedSign], run: Sequence[int]) -> bool:
    """Whether a beam leads out of the run: tuplets are seldom beamed to what is none."""
    inside = {timed[n].group for n in run} - {None}
    return any(sign.group in inside for n, sign in enumerate(timed) if n not in run)


def _ratio(
    timed: Sequence[TimedSign], members: Sequence[int], number: int | None, *, compound: bool
) -> tuple[int, int] | None:
    """The ratio of a tuplet of these signs; None where they make none, or none of that number.

    As many equal signs as the number says, or unlike ones that last as long as so many of a plain note value.
    """
    lengths = [timed[n].length for n in members]
    if not all(lengths) or any(timed[n].tuplet != (1, 1) for n in members):
        return None
    normal = {**_NORMAL, **_COMPOUND} if compound else _NORMAL
    if number is not None:
        unit = sum(lengths, Fraction(0)) / number
        fits = _plain(unit) and min(lengths) <= unit
        return (number, normal.get(number, _COMPOUND.get(number, number - 1))) if fits else None
    if len(set(lengths)) == 1 and len(members) in normal:
        return len(members), normal[len(members)]
    unlike = len(set(lengths)) > 1 and _plain(sum(lengths, Fraction(0)) / 3)
    return (3, 2) if unlike and not compound else None


def _plain(length: Fraction) -> bool:
    """Whether a note value without dots lasts so long."""
    return length > 0 and (length.numerator & (length.numerator - 1)) == 0 == (
        length.denominator & (length.denominator - 1)
    )
