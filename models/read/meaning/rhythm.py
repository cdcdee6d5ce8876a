"""When the signs of a bar sound: columns from left to right, voices by stems, and how well a bar fills its metre."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction

from models.notation.score import NoteType
from models.read.meaning.signs import BarSigns, ChordSign, RestSign, TimedSign

COLUMN = 0.75
"""Staff spaces within which signs of two voices stand in one column."""

_SECOND = 1.35  # a second pushes a head of the other voice so far aside

DOES_NOT_SUM = 0.35
"""Membership of "sums to the metre" of a bar whose notes miss it by far: not 0, since engravers break the rule."""

_NEARLY = 0.5
_SILENT = 4  # the voice of a rest of a whole bar beside notes
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


def columns(signs: Sequence[TimedSign], upper: Collection[int] = ()) -> list[list[TimedSign]]:
    """Signs grouped by their place along the staff, from left to right; grace notes stand in columns of their own.

    `upper` holds the `id` of those that stand on another staff than the rest.
    """
    found: list[list[TimedSign]] = []
    for sign in sorted(signs, key=lambda s: s.x):
        last = found[-1] if found else None
        if last and all(
            _together(other, sign, apart=(id(other) in upper) != (id(sign) in upper)) for other in last
        ):
            last.append(sign)
        else:
            found.append([sign])
    return found


def _together(one: TimedSign, two: TimedSign, *, apart: bool) -> bool:
    """Whether two signs stand in one column, `apart` where they do so on two staves."""
    if apart:  # a second pushes heads of one chord aside, not both
        return min(abs(a - b) for a in _heads_at(one) for b in _heads_at(two)) < COLUMN
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


def _heads_at(sign: TimedSign) -> list[float]:
    return [head.x for head in sign.heads] if isinstance(sign, ChordSign) else [sign.x]


def _seconds(one: ChordSign, two: ChordSign) -> bool:
    return any(abs(a.step - b.step) <= 1 for a in one.heads for b in two.heads)


def placed(signs: Sequence[TimedSign], upper: Collection[int] = ()) -> list[Placed]:
    """Every sign with onset and voice; `upper` as for `columns`.

    A column sounds when the first of the signs that still sound ends: in a bar whose voices are full that is the
    next moment at which anything can begin. Overlapping signs are parted into voices, stems up before stems down.
    """
    out: list[Placed] = []
    now, sounding = Fraction(0), [Fraction(0)]
    in_columns = columns(signs, upper)
    both = _has_two_voices(in_columns)
    for column in in_columns:
        upcoming = min((end for end in sounding if end > now or len(sounding) == 1), default=now)
        for sign in column:
            out.append(Placed(sign, upcoming, _voice_hint(sign) if both else 1))
        lasting = [upcoming + s.length for s in column if s.length > 0]
        if lasting:  # else grace notes, which leave the moment to what follows them
            now = upcoming
            sounding = [end for end in sounding if end > now] + lasting
    return _voices(out)


def placed_across(
    upper: Sequence[TimedSign], lower: Sequence[TimedSign]
) -> tuple[tuple[Placed, ...], tuple[Placed, ...]]:
    """The signs of two staves placed as if they stood on one, as where a voice goes from one hand's staff to the other's.

    A whole rest beside notes is then that of a voice which is silent for the whole bar.
    """
    above = {id(sign) for sign in upper}
    signs = [*upper, *lower]
    silent = [s for s in signs if isinstance(s, RestSign) and (s.whole_bar or s.type is NoteType.WHOLE)]
    found = placed([s for s in signs if all(s is not r for r in silent)], above)
    rests = [(r, Placed(replace(r, whole_bar=True), Fraction(0), _SILENT)) for r in silent]
    return (
        (*(p for r, p in rests if id(r) in above), *(p for p in found if id(p.sign) in above)),
        (*(p for r, p in rests if id(r) not in above), *(p for p in found if id(p.sign) not in above)),
    )


def _has_two_voices(in_columns: Sequence[Sequence[TimedSign]]) -> bool:
    for column in in_columns:
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
    """When the last sign of the bar has sounded; a rest of the whole bar beside notes lasts as long as they do."""
    own = [p for p in found if not (isinstance(p.sign, RestSign) and p.sign.whole_bar and p.voice == _SILENT)]
    return max((p.end for p in own or found), default=Fraction(0))


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


def with_breves(reading: BarSigns, metre: Fraction | None) -> BarSigns:
    """The bar with its wide whole notes as such where a bar is too short to hold a double whole note."""
    if metre is not None and metre >= NoteType.BREVE.quarters:
        return reading
    timed = tuple(
        replace(s, breve=False) if isinstance(s, ChordSign) and s.breve else s for s in reading.timed
    )
    return replace(reading, timed=timed)


def with_whole_rests(signs: Sequence[TimedSign]) -> tuple[TimedSign, ...]:
    """A whole rest that stands alone in its bar lasts as long as the bar."""
    if len(signs) == 1 and isinstance(signs[0], RestSign) and signs[0].type is NoteType.WHOLE:
        return (replace(signs[0], whole_bar=True),)
    return tuple(signs)
