"""What a page says again: bars that a staff plays more than once, and rhythms that come back.

Music repeats itself. A bar that differs from another one of its staff in a single sign may have been misread there, so
that the other one's sign is a reading of its own; and a reading that the page has elsewhere is likelier than one that it
has not. How much likelier is fitted with all else in `models.read.ranking.probability`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace

from models.notation.score import Metre
from models.read.meaning.signs import BarSigns, ChordSign, TimedSign
from models.read.ranking.bars import BarReading, distinct, graded_by_metre

_LEAST_SIGNS = 3  # a bar of fewer is repeated by chance
_PLAUSIBLE = 0.12  # of a bar that another one differs from in one sign
_MOST = 2

Content = tuple[tuple[object, ...], ...]
"""The signs of a bar of a staff, from left to right: value, dots, and the heads with their accidentals."""


def content_of(timed: Sequence[TimedSign]) -> Content:
    """What a bar of a staff says, wherever it stands."""
    return tuple(
        (s.type, s.dots, s.grace, tuple(sorted((h.step, h.accidental or "") for h in s.heads)))
        if isinstance(s, ChordSign)
        else (s.type, s.dots)
        for s in timed
    )


def rhythm_of(timed: Sequence[TimedSign]) -> Content:
    """The values alone."""
    return tuple((s.type, s.dots, isinstance(s, ChordSign)) for s in timed)


@dataclass(frozen=True)
class Repertory:
    """What the best readings of a page say, staff by staff (from the top of a system): how many bars say it."""

    contents: tuple[Counter[Content], ...]
    rhythms: Counter[Content]
    samples: tuple[dict[Content, tuple[TimedSign, ...]], ...]

    def again(self, staff: int, timed: Sequence[TimedSign], *, own: bool) -> int:
        """How many other bars of a staff say the same; `own` where this one is counted among them."""
        if staff >= len(self.contents) or len(timed) < _LEAST_SIGNS:
            return 0
        return max(0, self.contents[staff][content_of(timed)] - own)

    def rhythm_again(self, timed: Sequence[TimedSign], *, own: bool) -> int:
        """How many other bars of any staff have the same rhythm."""
        return max(0, self.rhythms[rhythm_of(timed)] - own)


def repertory(bars: Sequence[Sequence[Sequence[TimedSign]]]) -> Repertory:
    """What the bars of a page say: for each bar its staves' signs by the best reading."""
    staves = max((len(b) for b in bars), default=0)
    contents: list[Counter[Content]] = [Counter() for _ in range(staves)]
    samples: list[dict[Content, tuple[TimedSign, ...]]] = [{} for _ in range(staves)]
    rhythms: Counter[Content] = Counter()
    for bar in bars:
        for staff, timed in enumerate(bar):
            said = content_of(timed)
            contents[staff][said] += 1
            samples[staff].setdefault(said, tuple(timed))
            rhythms[rhythm_of(timed)] += 1
    return Repertory(tuple(contents), rhythms, tuple(samples))


def with_bars_elsewhere(
    readings: Sequence[BarReading], page: Repertory, metre: Metre | None, *, weak: bool, edge: bool
) -> list[BarReading]:
    """A bar's readings with those in which one staff says what another bar of it says, all by grade, best first."""
    if not readings or readings[0].defied:
        return list(readings)
    first, out = readings[0], list(readings)
    length = None if metre is None else metre.quarters
    for n, staff in enumerate(first.staves):
        for signs in as_elsewhere(staff.signs, n, page):
            other, _ = graded_by_metre(signs, length, weak=weak, edge=edge)
            if first.sums and not other.sums:
                continue
            staves = (*first.staves[:n], replace(other, left_out=staff.left_out), *first.staves[n + 1 :])
            out.append(replace(first, staves=staves, grade=min(first.grade, other.grade)))
    return sorted(distinct(out), key=lambda r: -r.grade)


def as_elsewhere(reading: BarSigns, staff: int, page: Repertory) -> list[BarSigns]:
    """The bar with one sign as another bar of its staff has it, where all else is the same; what is said oftener first."""
    own = content_of(reading.timed)
    if staff >= len(page.contents) or len(own) < _LEAST_SIGNS:
        return []
    found = []
    for said, count in page.contents[staff].most_common():
        place = _single_difference(own, said)
        if place is not None:
            found.append((count, _as_sample(reading.timed, page.samples[staff][said], place)))
    return [
        replace(
            reading,
            timed=timed,
            slip="elsewhere",
            plausible=min(0.5, _PLAUSIBLE * count),
            certainty=min(0.9 * reading.certainty, _PLAUSIBLE * count),
        )
        for count, timed in found[:_MOST]
    ]


def _single_difference(own: Content, other: Content) -> int | None:
    """Where two bars differ in one sign, or where the other has one more; None where they differ otherwise."""
    if len(own) == len(other):
        apart = [n for n, (a, b) in enumerate(zip(own, other, strict=True)) if a != b]
        return apart[0] if len(apart) == 1 else None
    if len(other) == len(own) + 1:
        return next((n for n in range(len(other)) if other[:n] + other[n + 1 :] == own), None)
    return None


def _as_sample(timed: Sequence[TimedSign], sample: Sequence[TimedSign], place: int) -> tuple[TimedSign, ...]:
    """The bar with the sample's sign at a place; it stands where the bar's own does, or between its neighbours."""
    if len(sample) > len(timed):
        before = timed[place - 1].x if place else timed[0].x - 2.0
        after = timed[place].x if place < len(timed) else timed[-1].x + 2.0
        return (*timed[:place], _moved(sample[place], (before + after) / 2), *timed[place:])
    own, other = timed[place], sample[place]
    moved = _moved(other, own.x)
    if isinstance(moved, ChordSign) and isinstance(own, ChordSign):
        heads = tuple(
            replace(h, box=own.heads[min(n, len(own.heads) - 1)].box) for n, h in enumerate(moved.heads)
        )
        moved = replace(moved, heads=heads, box=own.box, group=own.group, beams=own.beams)
    return (*timed[:place], moved, *timed[place + 1 :])


def _moved(sign: TimedSign, x: float) -> TimedSign:
    """A sign of another bar at another place: without the beams and boxes that it had there."""
    if isinstance(sign, ChordSign):
        heads = tuple(replace(h, x=h.x + x - sign.x, box=None) for h in sign.heads)
        return replace(sign, x=x, heads=heads, box=None, group=None, beams=(), certainty=0.5)
    return replace(sign, x=x, box=None, certainty=0.5)
