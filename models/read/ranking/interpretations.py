"""A page's interpretations: which reading of each bar, under which clefs and keys, best first and unlike each other."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from fractions import Fraction

from models.read.meaning.context import Context
from models.read.meaning.signs import BarSigns, ChordSign, PageBars, StaffBar
from models.read.ranking.bars import BarReading, bar_readings
from models.read.ranking.repetition import Repertory, repertory, with_bars_elsewhere
from models.read.ranking.spelling import needless_accidentals

_SWITCHES = (0.5, 0.25, 0.12, 0.06)
"""A doubtful bar changes to its second reading when that is so probable against the first one, or has so great a share of
its grade where there are no probabilities."""

_LEAST_CONTEXT = 0.02
_DOUBTFUL_CONTEXT = 0.35


@dataclass(frozen=True)
class BarOptions:
    """A bar of a page: its system, its number there, and its readings under the best context, best first.

    It is doubtful where its chosen reading is less probable than `doubtful_below`. It was `hardly_read` where much of it was
    not (`models.read.ranking.hardly_read`).
    """

    system: int
    number: int
    readings: tuple[BarReading, ...]
    doubtful_below: float = 0.5
    hardly_read: bool = False

    @property
    def none_of_these(self) -> float:
        """The probability (0..1) that no listed reading is right in every note."""
        return max(0.0, 1.0 - sum(r.certainty for r in self.readings))


@dataclass(frozen=True)
class Interpretation:
    """One reading of the whole piece: its context and, for each bar in order, which of its readings.

    `certainty` (0..1) is the probability that it is right in every bar. `layout` is the number of the layout of the pages
    that it reads (`models.read.reading.Reading.under`).
    """

    rank: int
    certainty: float
    context: Context
    choice: tuple[int, ...]
    layout: int = 0


def page_bars(page: PageBars, context: Context) -> list[BarOptions]:
    """Every bar of the page with its readings, in order of playing."""
    order = [
        (system, number)
        for system, staves in enumerate(page)
        for number in range(max((len(s) for s in staves), default=0))
    ]
    out = []
    for place, (system, number) in enumerate(order):
        frame = next(s[number].frame for s in page[system] if number < len(s))
        # a staff that ends early keeps its place: readings name staves by it
        staves = [s[number] if number < len(s) else StaffBar(frame, (BarSigns(),)) for s in page[system]]
        metre = context.metres.get((system, number))
        edge = place in (0, len(order) - 1)
        found = bar_readings(staves, metre, weak=context.inferred, edge=edge)
        out.append(BarOptions(system, number, tuple(found)))
    said = said_by(out)
    return [
        replace(
            bar,
            readings=tuple(
                replace(
                    reading,
                    needless=sum(
                        needless_accidentals(s.placed, held)
                        for n, s in enumerate(reading.staves)
                        if (held := context.bars.get((bar.system, n, bar.number))) is not None
                    ),
                )
                for reading in with_bars_elsewhere(
                    bar.readings,
                    said,
                    context.metres.get((bar.system, bar.number)),
                    weak=context.inferred,
                    edge=place in (0, len(order) - 1),
                )
            ),
        )
        for place, bar in enumerate(out)
    ]


def said_by(bars: Sequence[BarOptions]) -> Repertory:
    """What the best readings of the bars say, for what the page repeats."""
    return repertory([[s.signs.timed for s in b.readings[0].staves] for b in bars if b.readings])


def interpretations(
    bars: Sequence[BarOptions], contexts: Sequence[Context], most: int
) -> list[Interpretation]:
    """The `most` best readings of the page, their `certainty` still the grade that orders them.

    The second best by the numbers alone would be the best with one bar changed, over and over. What a reader wants
    is ways that truly differ: another key or clef, or all bars of a like doubt read otherwise at once.
    """
    first = tuple(0 for _ in bars)
    found = [(_grade(bars, choice), contexts[0], choice) for choice in (first, *_together(bars))]
    others = [
        (_grade(bars, first) * context.certainty, context, first)
        for context in contexts[1:]
        if context.certainty >= _LEAST_CONTEXT
    ]
    # a truly doubtful clef or key comes before the last ways of reading bars
    found[2:2] = [o for o in others if o[1].certainty >= _DOUBTFUL_CONTEXT]
    found += others
    alone = [
        (*first[:n], other, *first[n + 1 :])
        for n, bar in enumerate(bars)
        for other in (_worth(bar) or range(1, len(bar.readings)))[:1]
    ]
    alone.sort(key=lambda choice: -_grade(bars, choice))
    found += [(_grade(bars, choice), contexts[0], choice) for choice in alone]
    kept: list[tuple[float, Context, tuple[int, ...]]] = []
    seen: set[tuple[int, tuple[int, ...]]] = set()
    for grade, context, choice in found:
        if (key := (id(context), choice)) not in seen and len(kept) < most:
            seen.add(key)
            kept.append((min(grade, found[0][0]), context, choice))
    ranked = [kept[0], *sorted(kept[1:], key=lambda k: -k[0])]
    return [Interpretation(n, *way) for n, way in enumerate(ranked, start=1)]


def _together(bars: Sequence[BarOptions]) -> list[tuple[int, ...]]:
    """Choices that differ from the first in all bars of a like doubt at once.

    Bars that do not sum are read as they would sum; doubtful bars take the next readings worth a thought.
    """
    worth = [_worth(b) for b in bars]
    summing = tuple(_first_sum(b, w, 1) for b, w in zip(bars, worth, strict=True))
    again = tuple(_first_sum(b, w, 2) for b, w in zip(bars, worth, strict=True))
    flags = tuple(
        next((n for n in w if any(s.signs.slip == "flags" for s in b.readings[n].staves)), 0)
        for b, w in zip(bars, worth, strict=True)
    )
    out = [summing, again, flags]
    for share in _SWITCHES:
        switched = tuple(w[0] if w and _near(b, w[0], share) else 0 for b, w in zip(bars, worth, strict=True))
        both = tuple(s or w for s, w in zip(summing, switched, strict=True))
        out += [both, switched]
    return out


def _worth(bar: BarOptions) -> list[int]:
    """The readings of a bar that are worth changing to, best first: other notes, and no sum given up for them.

    Of a bar that sums, readings of the same heads with other lengths are left out: of these too, the sum speaks for
    the first.
    """
    if not bar.readings:
        return []
    first = bar.readings[0]
    notes, heads = _notes(first, lengths=True), _notes(first, lengths=False)
    return [
        n
        for n, r in enumerate(bar.readings)
        if n
        and _notes(r, lengths=True) != notes
        and not (first.sums and (not r.sums or _notes(r, lengths=False) == heads))
    ]


def _notes(reading: BarReading, *, lengths: bool) -> tuple[object, ...]:
    """What is played: heads and accidentals from left to right, with how long each lasts where asked."""
    return tuple(
        tuple(
            (
                tuple(sorted((h.step, h.accidental or "") for h in s.heads)),
                (s.type, s.dots, s.grace) if lengths else s.filled,
            )
            for s in staff.signs.timed
            if isinstance(s, ChordSign)
        )
        for staff in reading.staves
    )


def _near(bar: BarOptions, index: int, share: float) -> bool:
    first, other = bar.readings[0], bar.readings[index]
    if first.certainty > 0.0:
        return other.certainty >= share * first.certainty
    return other.grade >= share * first.grade


def _first_sum(bar: BarOptions, worth: Sequence[int], which: int) -> int:
    """The `which`-th reading that sums of a bar whose first does not; 0, the first, where there is none."""
    if not bar.readings or bar.readings[0].sums:
        return 0
    good = [n for n in worth if bar.readings[n].sums]
    return good[min(which, len(good)) - 1] if good else 0


def _grade(bars: Sequence[BarOptions], choice: Sequence[int]) -> float:
    """The geometric mean of the bars' grades, which orders ways: the minimum would be that of the worst bar alone."""
    grades = [b.readings[i].grade for b, i in zip(bars, choice, strict=True) if b.readings]
    if not grades:
        return 0.0
    return math.exp(sum(math.log(max(1e-3, g)) for g in grades) / len(grades))


def filled(options: BarOptions, choice: int, metre: Fraction | None) -> Fraction:
    """How long the bar lasts as read: what fills it, or the metre where it could not be read."""
    reading = options.readings[choice] if options.readings else None
    if reading is None or reading.length == 0:
        return metre or Fraction(4)
    return reading.length
