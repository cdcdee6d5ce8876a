"""The metre of every bar of a page: what its time signatures say, held against what its bars last."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from fractions import Fraction

from models.notation.score import Metre
from models.read.meaning.rhythm import placed, total
from models.read.meaning.signs import PageBars

_PROVING = 6  # bars
_BELIED = 0.12  # share of bars of the length that a time signature says, below which it was misread
_ENOUGH_BARS = 0.4  # share of bars that must agree on a length before it is taken for the metre


def metres_of(page: PageBars) -> tuple[dict[tuple[int, int], Metre | None], bool]:
    """The metre of every bar: what signs say, one sign holding until the next; else what most bars last."""
    out: dict[tuple[int, int], Metre | None] = {}
    now: Metre | None = None
    for system, staves in enumerate(page):
        for number in range(max((len(s) for s in staves), default=0)):
            votes: Counter[Metre] = Counter()
            for staff in staves:
                if number < len(staff) and staff[number].readings:
                    for sign in staff[number].readings[0].metres:
                        votes[sign.metre] += 1
            if votes:
                now = votes.most_common(1)[0][0]
            out[system, number] = now
    inferred = all(metre is None for metre in out.values())
    if not inferred:
        first = next(m for m in out.values() if m is not None)
        out = {at: metre or first for at, metre in out.items()}
    for metre in set(out.values()):
        at = [k for k, m in out.items() if m == metre]
        usual = _usual_length(page, at)
        if usual is not None and (metre is None or not _holds(page, at, metre)):
            better = _named(usual, metre)
            out.update(dict.fromkeys(at, better or metre))
    return out, inferred


def _lengths(page: PageBars, at: Sequence[tuple[int, int]]) -> Counter[Fraction]:
    """How long the bars of all staves last as they are read first."""
    wanted = set(at)
    return Counter(
        total(placed(bar.readings[0].timed))
        for number, system in enumerate(page)
        for staff in system
        for place, bar in enumerate(staff)
        if (number, place) in wanted and bar.readings and bar.readings[0].timed
    )


def _holds(page: PageBars, at: Sequence[tuple[int, int]], metre: Metre) -> bool:
    """Whether enough bars last what a time signature says; few bars prove nothing."""
    lengths = _lengths(page, at)
    return lengths.total() < _PROVING or lengths[metre.quarters] >= _BELIED * lengths.total()


def _usual_length(page: PageBars, at: Sequence[tuple[int, int]]) -> Fraction | None:
    lengths = _lengths(page, at)
    if lengths.total() < 3:
        return None
    length, count = lengths.most_common(1)[0]
    return length if count >= _ENOUGH_BARS * lengths.total() and length > 0 else None


def _named(length: Fraction, like: Metre | None) -> Metre | None:
    """A metre that lasts so long, with the unit of another where that can be: 4/4, 3/4, 2/4, 6/8 and their like."""
    if like is not None and (length * like.beat_type / 4).denominator == 1:
        return Metre(int(length * like.beat_type / 4), like.beat_type)
    for unit in (4, 8, 16):
        if (length * unit / 4).denominator == 1:
            return Metre(int(length * unit / 4), unit)
    return None
