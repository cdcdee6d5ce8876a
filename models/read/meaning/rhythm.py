"""When the signs of a bar sound: columns from left to right, voices by stems, and how well a bar fills its metre."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from fractions import Fraction

from models.notation.score import NoteType
from models.read.meaning.signs import BarSigns, ChordSign, RestSign, TimedSign, TupletSign

COLUMN = 0.75
"""Staff spaces within which signs of two voices stand in one column."""

_SECOND = 1.35  # a second pushes a head of the other voice so far aside

DOES_NOT_SUM = 0.35
"""Membership of "sums to the metre" of a bar whose notes miss it by far: not 0, since engravers break the rule."""

_NEARLY = 0.5
_OVERFULL, _TOO_MUCH = Fraction(3, 5), 0.2  # so much more than the metre is hardly ever written


@dataclass(frozen=True)
class Placed:
    """A sign with its onset in quarter notes from the start of the bar, and its voice from 1."""

    sign: TimedSign
    onset: Fraction
    voice: int = 1

    @property
    def end(self) -> Fraction:
        """When it has sounded."""
        return self.onset + self.sign.length


def columns(signs: Sequence[TimedSign]) -> list[list[TimedSign]]:
    """Signs grouped by their place along the staff, from left to right; grace notes stand in columns of their own."""
    found: list[list[TimedSign]] = []
    for sign in sorted(signs, key=lambda s: s.x):
        last = found[-1] if found else None
        if last and all(_together(other, sign) for other in last):
            last.append(sign)
        else:
            found.append([sign])
    return found


def _together(one: TimedSign, two: TimedSign) -> bool:
    gap = abs(one.x - two.x)
    if isinstance(one, ChordSign) and isinstance(two, ChordSign):
        if (
            one.grace
            or two.grace
            or one.stem == two.stem
            or (one.group is not None and one.group == two.group)
        ):
            return False if one.stem is not None else gap < 0.3
        return gap < (_SECOND if _seconds(one, two) else COLUMN)
    return gap < COLUMN


def _seconds(one: ChordSign, two: ChordSign) -> bool:
    return any(abs(a.step - b.step) <= 1 for a in one.heads for b in two.heads)


def placed(signs: Sequence[TimedSign]) -> list[Placed]:
    """Every sign with onset and voice.

    A column sounds when the first of the signs that still sound ends: in a bar whose voices are full that is the
    next moment at which anything can begin. Overlapping signs are parted into voices, stems up before stems down.
    """
    out: list[Placed] = []
    now, sounding = Fraction(0), [Fraction(0)]
    both = _has_two_voices(signs)
    for column in columns(signs):
        upcoming = min((end for end in sounding if end > now or len(sounding) == 1), default=now)
        for sign in column:
            out.append(Placed(sign, upcoming, _voice_hint(sign) if both else 1))
        lasting = [upcoming + s.length for s in column if s.length > 0]
        if lasting:  # else grace notes, which leave the moment to what follows them
            now = upcoming
            sounding = [end for end in sounding if end > now] + lasting
    return _voices(out)


def _has_two_voices(signs: Sequence[TimedSign]) -> bool:
    for column in columns(signs):
        stems = {s.stem for s in column if isinstance(s, ChordSign) and not s.grace}
        if {"up", "down"} <= stems or (len(column) > 1 and len({s.length for s in column}) > 1):
            return True
    return False


def _voice_hint(sign: TimedSign) -> int:
    if isinstance(sign, ChordSign):
        return 2 if sign.stem == "down" else 1
    return 2 if sign.place < 3 else 1


def _voices(found: list[Placed]) -> list[Placed]:
    """Voices such that none overlaps itself; the hint is kept where it can be."""
    ends: dict[int, Fraction] = {}
    out = []
    for one in sorted(found, key=lambda p: (p.onset, p.voice, p.sign.x)):
        wanted = [one.voice, *(v for v in (1, 2, 3, 4) if v != one.voice)]
        voice = next((v for v in wanted if ends.get(v, Fraction(0)) <= one.onset), one.voice)
        if one.sign.length > 0:
            ends[voice] = one.end
        out.append(replace(one, voice=voice))
    return out


def total(found: Sequence[Placed]) -> Fraction:
    """When the last sign of the bar has sounded."""
    return max((p.end for p in found), default=Fraction(0))


def sums(found: Sequence[Placed], metre: Fraction | None, *, edge: bool = False) -> float:
    """How far the bar sums to its metre, 0.35..1; 1 where no metre is known.

    A bar at the `edge` of a piece (its first or last) may be shorter: a pickup.
    """
    if metre is None or not found:
        return 1.0
    if any(isinstance(p.sign, RestSign) and p.sign.whole_bar for p in found) and len(found) == 1:
        return 1.0
    filled = total(found)
    if filled == metre:
        ends = {p.voice: Fraction(0) for p in found}
        for p in found:
            ends[p.voice] = max(ends[p.voice], p.end)
        return 1.0 if min(ends.values()) == metre or len(ends) == 1 else 0.9
    if edge and filled < metre:
        return 0.9
    miss = abs(filled - metre) / metre
    if filled - metre > _OVERFULL * metre:
        return _TOO_MUCH
    return _NEARLY if miss <= Fraction(1, 8) else DOES_NOT_SUM


def with_whole_rests(signs: Sequence[TimedSign]) -> tuple[TimedSign, ...]:
    """A whole rest that stands alone in its bar lasts as long as the bar."""
    if len(signs) == 1 and isinstance(signs[0], RestSign) and signs[0].type is NoteType.WHOLE:
        return (replace(signs[0], whole_bar=True),)
    return tuple(signs)


_NORMAL = {2: 3, 3: 2, 4: 3, 5: 4, 6: 4, 7: 4, 9: 8, 10: 8, 11: 8, 12: 8}


def with_tuplets(reading: BarSigns) -> BarSigns:
    """The bar with the tuplets that its numbers ask for, as far as notes stand under them.

    A number belongs to the beamed group whose middle it stands at, or else to the signs nearest to it that together
    last what such a tuplet lasts.
    """
    timed = list(reading.timed)
    for number in reading.tuplets:
        members = _members(timed, number)
        if not members:
            continue
        ratio = (number.number, _NORMAL.get(number.number, number.number - 1))
        for position, index in enumerate(members):
            mark = "start" if position == 0 else "stop" if position == len(members) - 1 else None
            timed[index] = replace(timed[index], tuplet=ratio, tuplet_mark=mark)  # type: ignore[arg-type]
    return replace(reading, timed=tuple(timed))


def _members(timed: list[TimedSign], number: TupletSign) -> list[int]:
    groups: dict[int, list[int]] = {}
    for index, sign in enumerate(timed):
        if sign.group is not None and sign.tuplet == (1, 1):
            groups.setdefault(sign.group, []).append(index)
    for members in groups.values():
        middle = 0.5 * (timed[members[0]].x + timed[members[-1]].x)
        first = timed[members[0]].length
        written = sum((timed[i].length for i in members), Fraction(0))
        if (
            abs(middle - number.x) < 1.6
            and first > 0
            and written / first in (number.number, Fraction(number.number, 2), 2 * number.number)
        ):
            return members
    best: list[int] = []
    offset = float("inf")
    for start in range(len(timed)):
        for stop in range(start + 2, min(len(timed), start + number.number) + 1):
            run = list(range(start, stop))
            if any(timed[i].tuplet != (1, 1) or timed[i].length == 0 for i in run):
                continue
            written = sum((timed[i].length for i in run), Fraction(0))
            unit = min(timed[i].length for i in run)
            middle = 0.5 * (timed[start].x + timed[stop - 1].x)
            if written == number.number * unit and abs(middle - number.x) < min(offset, 2.0):
                best, offset = run, abs(middle - number.x)
    return best


def implied_triplets(reading: BarSigns, metre: Fraction | None) -> BarSigns | None:
    """The bar with its beamed groups of three (or six) as triplets, if it then sums to the metre; else None.

    Engravers leave the 3 out once the pattern is plain.
    """
    if metre is None or total(placed(reading.timed)) <= metre:
        return None
    groups: dict[int, list[int]] = {}
    for index, sign in enumerate(reading.timed):
        if sign.group is not None:
            groups.setdefault(sign.group, []).append(index)
    timed = list(reading.timed)
    for members in groups.values():
        alike = {timed[i].length for i in members}
        if len(members) in (3, 6) and len(alike) == 1 and all(timed[i].tuplet == (1, 1) for i in members):
            for position, index in enumerate(members):
                mark = "start" if position % 3 == 0 else "stop" if position % 3 == 2 else None
                timed[index] = replace(timed[index], tuplet=(3, 2), tuplet_mark=mark)  # type: ignore[arg-type]
    if total(placed(timed)) != metre:
        return None
    return replace(reading, timed=tuple(timed))
