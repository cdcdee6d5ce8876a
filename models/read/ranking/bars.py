"""A bar of a system, all its staves together: the best ways of reading it, distinct in meaning, with their grades.

A *grade* is what the fuzzy grammar gives, joined with "sums to the metre": it orders derivations. How probable a reading
is stands beside it as its *certainty*, which `models.read.ranking.probability` sets.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import cache
from itertools import product

from models.notation.score import Metre
from models.read.meaning.crossing import across_staves, cross
from models.read.meaning.rhythm import (
    Placed,
    placed,
    sums,
    total,
    with_breves,
    with_whole_rests,
)
from models.read.meaning.signs import BarFrame, BarSigns, ChordSign, StaffBar
from models.read.meaning.strokes import with_broken_accidentals
from models.read.meaning.tuplets import implied_triplets, summing_tuplets, with_tuplets
from models.read.ranking.agreement import agreed, columns_of, contradictions, ill_spaced, well_spaced
from models.read.ranking.repair import repairs, with_more_flags
from models.read.ranking.slips import left_out, slips

MOST = 5
"""Readings of a bar that are kept once they are ranked by probability."""

CANDIDATES = 10
"""Readings of a bar that are ranked."""

_CROSSING = 3  # readings of a staff that are tried together with those of the next where a beam joins them
_OF_STAFF = 8  # readings of one staff that those of a bar are made of

_UNEXPLAINED = 0.8  # certainty left of a reading that leaves out an accidental which came apart
_BEAM = 60  # choices for the staves so far that are kept


@dataclass(frozen=True)
class StaffReading:
    """One way of reading a bar of one staff: its signs, when they sound, its grade 0..1, and whether it sums.

    `left_out` adds up how far marks that it leaves out look like heads or accidentals; `unread` is the share (0..1) of the
    staff's ink that is part of nothing that was found.
    """

    signs: BarSigns
    placed: tuple[Placed, ...]
    grade: float
    sums: bool
    left_out: float = 0.0
    unread: float = 0.0

    @property
    def length(self) -> Fraction:
        """Quarter notes that it lasts."""
        return total(self.placed)


@dataclass(frozen=True)
class BarReading:
    """One way of reading a bar of all staves of a system, top staff first.

    `grade` (0..1) is the least of its staves' grades, less where their columns contradict each other. `certainty` (0..1) is the calibrated probability that the reading
    is right in every note, 0 until it is set; the certainties of a bar's readings exclude each other, so they sum to
    at most 1. `spared` (0..1) is the share of its notes that are right where the reading as a whole is not.
    `contradicting` counts pairs of signs of two staves that stand in one column and do not sound together,
    `needless` its accidentals that change nothing.
    """

    staves: tuple[StaffReading, ...]
    grade: float
    certainty: float = 0.0
    spared: float = 0.0
    contradicting: int = 0
    needless: int = 0

    @property
    def sums(self) -> bool:
        """Whether every staff that holds notes or rests fills the metre."""
        return any(s.placed for s in self.staves) and all(s.sums for s in self.staves if s.placed)

    @property
    def length(self) -> Fraction:
        """Quarter notes that the longest staff lasts."""
        return max((s.length for s in self.staves), default=Fraction(0))

    def sound(self) -> tuple[object, ...]:
        """What two readings that sound alike have in common: which heads sound when, and how long, staff by staff."""
        return tuple(
            tuple(
                sorted(
                    (p.onset, p.sign.length, p.sign.grace, h.step, h.accidental or "")
                    for p in staff.placed
                    if isinstance(p.sign, ChordSign)
                    for h in p.sign.heads
                )
            )
            for staff in self.staves
        )

    @property
    def defied(self) -> bool:
        """Whether no staff could be read."""
        return bool(self.staves) and all(s.signs.defied for s in self.staves)

    def note_certainty(self, membership: float) -> float:
        """The probability that one of its notes is right, of a head with so great a membership: never below the bar's."""
        return self.certainty + (1.0 - self.certainty) * self.spared * membership


def staff_readings(
    bar: StaffBar, metre: Metre | None, *, weak: bool = False, edge: bool = False
) -> list[StaffReading]:
    """The ways of reading a bar of one staff, best first: the grade of the derivation AND "sums to the metre".

    The fuzzy AND is the minimum; what it leaves equal is ordered by the product. With a `weak` metre (guessed, not
    seen) a bar that misses it loses less.
    """
    length = None if metre is None else metre.quarters
    graded: dict[tuple[object, ...], tuple[tuple[float, float], StaffReading]] = {}
    for number, read in enumerate(_mended(bar.readings)):
        signs = with_breves(read, length)
        plain = with_tuplets(signs)
        options = [plain]
        for tuplets in (summing_tuplets(signs, metre), implied_triplets(plain, length)):
            if tuplets is not None:
                options.append(tuplets)
        if (more := with_more_flags(plain)) is not None:
            options.append(more)
        if length is not None and not (edge and total(placed(plain.timed)) < length):
            options += repairs(plain, length)
        if number == 0:
            options += [with_tuplets(s) for s in slips(signs, bar.seen)]
        for option in options:
            reading, metred = graded_by_metre(option, length, weak=weak, edge=edge)
            order = (reading.grade, option.certainty * metred)
            meaning = option.meaning()
            if meaning not in graded or graded[meaning][0] < order:
                graded[meaning] = order, reading
    found_all = list(graded.values())
    ill = [ill_spaced(columns_of(reading.placed, bar.frame)) for _, reading in found_all]
    ranked = []
    for (order, reading), count in zip(found_all, ill, strict=True):
        left = well_spaced(count - min(ill))
        ranked.append(((order[0] * left, order[1] * left), replace(reading, grade=reading.grade * left)))
    ranked.sort(key=lambda g: (-g[0][0], -g[0][1]))
    unread = 0.0 if bar.repeats else bar.unread
    return [
        replace(reading, left_out=left_out(reading.signs, bar.seen), unread=unread)
        for _, reading in ranked[:_OF_STAFF]
    ]


def graded_by_metre(
    signs: BarSigns, length: Fraction | None, *, weak: bool, edge: bool
) -> tuple[StaffReading, float]:
    """Signs as a reading of a bar that should last so many quarter notes, and how well they do (0..1)."""
    found = placed(with_whole_rests(signs.timed))
    fits = sums(found, length, edge=edge)
    metred = max(fits, 0.75) if weak else fits
    full = bool(found) and (
        length is None or fits == 1.0 or (fits >= 0.9 and (edge or total(found) == length))
    )
    return StaffReading(signs, tuple(found), min(signs.certainty, metred), full), metred


def _mended(readings: Sequence[BarSigns]) -> Iterator[BarSigns]:
    """The readings, those first in which loose strokes are the accidentals that they seem to be."""
    for reading in readings:
        whole = with_broken_accidentals(reading)
        if whole is not None:
            yield whole
            yield replace(reading, certainty=_UNEXPLAINED * reading.certainty)
        else:
            yield reading


def bar_readings(
    staves: Sequence[StaffBar], metre: Metre | None, *, weak: bool = False, edge: bool = False
) -> list[BarReading]:
    """The ways of reading a bar of a system, best grade first, at most ten; never none.

    A staff that has no reading gives an empty one that is marked as defying.
    """
    each = []
    for bar in staves:
        found = staff_readings(bar, metre, weak=weak, edge=edge)
        each.append(found or [StaffReading(BarSigns(defied=True, certainty=0.0), (), 0.0, sums=False)])
    if not each:
        return []
    if metre is not None:
        for n in range(len(each) - 1):
            _across(each, n, metre.quarters)
    frames = [bar.frame for bar in staves]
    combined = (
        BarReading(tuple(each[n][i] for n, i in enumerate(pick)), grade, contradicting=count)
        for grade, count, pick in _picks(each, frames)
    )
    return distinct(combined)[:CANDIDATES]


def distinct(readings: Iterable[BarReading]) -> list[BarReading]:
    """The readings that sound otherwise than each one before them."""
    out: dict[tuple[object, ...], BarReading] = {}
    for reading in readings:
        out.setdefault(reading.sound(), reading)
    return list(out.values())


def _picks(
    each: Sequence[Sequence[StaffReading]], frames: Sequence[BarFrame]
) -> list[tuple[float, int, tuple[int, ...]]]:
    """Grades, contradictions and the best choices of a reading for each staff, best first: a beam from the top staff down.

    Staves whose signs stand in one column and do not sound together speak against a choice.
    """
    columns = [
        [columns_of(r.placed, frame) for r in readings] for readings, frame in zip(each, frames, strict=True)
    ]

    @cache
    def against(upper: int, i: int, lower: int, j: int) -> int:
        return contradictions(columns[upper][i], columns[lower][j])

    beam: list[tuple[int, tuple[int, ...]]] = [(0, ())]
    for n, readings in enumerate(each):
        wider = []
        for count, pick in beam:
            for index in range(len(readings)):
                more = sum(against(m, i, n, index) for m, i in enumerate(pick))
                wider.append((count + more, (*pick, index)))
        wider.sort(key=lambda w: _order(each, w[1], w[0]))
        beam = wider[:_BEAM]
    return [(_least(each, pick) * agreed(count), count, pick) for count, pick in beam]


def _least(each: Sequence[Sequence[StaffReading]], pick: Sequence[int]) -> float:
    return min(each[n][index].grade for n, index in enumerate(pick))


def _across(each: list[list[StaffReading]], n: int, metre: Fraction) -> None:
    """Puts first a reading of staves n and n + 1 in which a voice crosses from one to the other, if such a one sums.

    Neither staff fills the bar by itself then, and the notes of both in one row do. Where a beam leads from staff to staff, a
    voice is known to cross.
    """
    known = [
        (u, o)
        for u, o in product(each[n][:_CROSSING], each[n + 1][:_CROSSING])
        if cross(u.signs.timed, o.signs.timed)
    ]
    upper, lower = each[n][0], each[n + 1][0]
    if not known and (metre in (upper.length, lower.length) or not upper.placed or not lower.placed):
        return
    for pair in known or [(upper, lower)]:
        ways = across_staves(pair[0].signs, pair[1].signs, triplets=bool(known))
        found = next((way for way in ways if way.length == metre), None)
        if found is None:
            continue
        both = zip((n, n + 1), pair, found.signs, found.placed, strict=True)
        for place, reading, signs, sounding in both:
            crossing = StaffReading(signs, sounding, reading.signs.certainty, sums=True)
            rest = [r for r in each[place] if not (known and r is reading)]
            each[place] = [crossing, *rest[: _OF_STAFF - 1]]
        return


def _order(
    each: Sequence[Sequence[StaffReading]], pick: tuple[int, ...], contradicting: int
) -> tuple[float, float]:
    """By the least grade, then by how much of the grade is given up against each staff's best."""
    product = 1.0
    for n, index in enumerate(pick):
        reading = each[n][index]
        product *= max(1e-3, reading.grade * reading.signs.certainty) * (0.98**index)
    left = agreed(contradicting)
    return -_least(each, pick) * left, -product * left
