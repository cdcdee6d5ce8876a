"""How far the staves of a bar agree on when their signs sound: what stands in one column sounds together.

Engravers set notes that sound at one moment under one another, and what sounds later further to the right. A dot or a
beam misread on one staff moves all that follows it, so that its columns no longer agree with those of the other staves;
of two readings that both fill the metre the one whose columns agree is the likelier one.
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from itertools import pairwise

from models.read.meaning.rhythm import Placed, placed, total, with_whole_rests
from models.read.meaning.signs import BarFrame, ChordSign, RestSign, StaffBar
from models.read.meaning.tuplets import with_tuplets

Columns = tuple[tuple[float, Fraction], ...]
"""(staff spaces left of the bar line at the end, onset in quarter notes) of each sign of a staff."""

_ONE_COLUMN = 0.6  # staff spaces
_APART = 1.7  # staff spaces from which on one sign stands plainly to the right of another: a second pushes heads aside
_CONTRADICTION = 0.9  # what is left of a grade for each pair of signs that contradict each other,
_LEAST = 0.35  # and at least
_IN_COLUMN, _OFF_COLUMN = (
    0.35,
    -0.7,
)  # nats for staves of one system: of a moment that both share, its signs in one column or not
_EQUALLY_LONG, _SHORTER = (
    1.7,
    1.25,
)  # times that a gap may be as wide as another after a note as long, or longer
_ILL_SPACED, _LEAST_SPACED = 0.85, 0.6


def columns_of(placed: Sequence[Placed], frame: BarFrame) -> Columns:
    """The columns of a staff: grace notes and rests of a whole bar stand where there is room and are left out."""
    return tuple(
        (frame.right - p.sign.x, p.onset)
        for p in placed
        if not (isinstance(p.sign, ChordSign) and p.sign.grace)
        and not (isinstance(p.sign, RestSign) and (p.sign.whole_bar or len(placed) == 1))
    )


def contradictions(one: Columns, other: Columns) -> int:
    """How many pairs of signs of two staves stand in one column and do not sound together, or in the wrong order."""
    count = 0
    for left_of_end, onset in one:
        for others_left, others_onset in other:
            later = others_left - left_of_end  # how far the first stands to the right of the other
            if abs(later) < _ONE_COLUMN:
                count += onset != others_onset
            elif later > _APART:
                count += onset <= others_onset
            elif later < -_APART:
                count += onset >= others_onset
    return count


def together(systems: Sequence[Sequence[Sequence[StaffBar]]]) -> float:
    """What the columns of all bars of some systems say, in nats, for (above 0) their staves sounding together.

    Only bars of neighbouring staves count that last equally long and have unlike rhythms: where these are the same, any two
    tunes have their notes in line.
    """
    nats = 0.0
    for staves in systems:
        for upper, lower in pairwise(staves):
            for one, other in zip(upper, lower, strict=False):
                first, second = _first_placed(one), _first_placed(other)
                if total(first) == total(second):  # else one of them was misread, and its moments are none
                    nats += _together(columns_of(first, one.frame), columns_of(second, other.frame))
    return nats


def _first_placed(bar: StaffBar) -> Sequence[Placed]:
    if not bar.readings or bar.repeats:
        return ()
    return placed(with_whole_rests(with_tuplets(bar.readings[0]).timed))


def _together(one: Columns, other: Columns) -> float:
    first = {onset: left for left, onset in one}
    second = {onset: left for left, onset in other}
    if set(first) == set(second):
        return 0.0
    shared = [onset for onset in first if onset > 0 and onset in second]
    near = sum(abs(first[onset] - second[onset]) < _ONE_COLUMN for onset in shared)
    return _IN_COLUMN * near + _OFF_COLUMN * (len(shared) - near)


def agreed(count: int) -> float:
    """What is left of a grade, 0.35..1, after so many contradictions."""
    return max(_LEAST, _CONTRADICTION**count)


def ill_spaced(columns: Columns) -> int:
    """How many pairs of neighbouring gaps of a staff contradict what lies between: the longer a note, the wider its gap.

    Lyrics and accidentals widen gaps too, so that only plain contradictions count, and only against other readings.
    """
    at = sorted({onset: -left for left, onset in reversed(columns)}.items())
    gaps = [(later - sooner, b - a) for (a, sooner), (b, later) in pairwise(at)]
    return sum(
        wide > (_EQUALLY_LONG if lasting == longer else _SHORTER) * max(narrow, 0.5)
        for wide, lasting in gaps
        for narrow, longer in gaps
        if lasting <= longer
    )


def well_spaced(count: int) -> float:
    """What is left of a grade, 0.6..1, with so many ill-spaced pairs more than another reading of the same bar has."""
    return max(_LEAST_SPACED, _ILL_SPACED**count)
