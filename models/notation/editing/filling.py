"""What a bar holds against what its time signature asks for, and bars made to say so."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from fractions import Fraction

from models.notation.editing.places import metres
from models.notation.score import Bar, Duration, Event, Metre, NoteType, Part, Score, bar_length

_REST_TYPES = (
    NoteType.WHOLE,
    NoteType.HALF,
    NoteType.QUARTER,
    NoteType.EIGHTH,
    NoteType.N16,
    NoteType.N32,
    NoteType.N64,
    NoteType.N128,
)
_PIECES = sorted(
    (
        Duration(kind, dots, tuplet)
        for kind in (NoteType.BREVE, *_REST_TYPES)
        for dots in (0, 1)
        for tuplet in ((1, 1), (3, 2), (5, 4), (7, 4))
    ),
    key=lambda d: (d.tuplet != (1, 1), -d.quarters),
)


@dataclass(frozen=True, slots=True)
class Misfit:
    """A bar that holds another length than its metre has, both told in quarter notes by ``holds`` and ``metre``."""

    holds: Fraction
    metre: Metre

    @property
    def beats(self) -> Fraction:
        """What it holds in beats of its metre."""
        return self.holds * self.metre.beat_type / 4


def ends(bar: Bar, length: Fraction) -> dict[int, Fraction]:
    """The moment at which each voice of a bar ends; ``length`` (quarters) is what a rest of the whole bar lasts."""
    found: dict[int, Fraction] = {}
    for event in bar.events:
        end = length if event.whole_bar and event.is_rest else event.onset + event.length
        found[event.voice] = max(found.get(event.voice, Fraction(0)), end)
    return found


def first_voices(bar: Bar) -> set[int]:
    """The first voice of each staff that has any: the one that fills the bar."""
    lowest: dict[int, int] = {}
    for event in bar.events:
        lowest[event.staff] = min(event.voice, lowest.get(event.staff, event.voice))
    return set(lowest.values())


def held(bar: Bar, metre: Metre) -> Fraction:
    """How many quarter notes the bar holds: its longest voice where one is too long, else its shortest first voice.

    Holes in a first voice are not counted. A bar without events fills its metre.
    """
    wanted = metre.quarters
    latest = ends(bar, wanted)
    if not latest or max(latest.values()) > wanted:
        return max(latest.values(), default=wanted)
    sums = []
    for voice in first_voices(bar):
        own = [e for e in bar.events if e.voice == voice]
        whole = any(e.whole_bar and e.is_rest for e in own)
        sums.append(wanted if whole else min(latest[voice], sum((e.length for e in own), Fraction(0))))
    return min(sums)


def misfits(score: Score) -> dict[int, Misfit]:
    """Bars (from 0) that do not fill their metre in some part.

    A bar that may be short is none: a pickup, the last bar, the two halves of a bar that a repeat sign divides.
    """
    found: dict[int, Misfit] = {}
    for part in score.parts:
        signatures = metres(part)
        for index, (bar, metre) in enumerate(zip(part.bars, signatures, strict=True)):
            if index in found or bar.gap:
                continue
            holds = held(bar, metre)
            if holds != metre.quarters and not _may_be_short(part, index, holds, signatures):
                found[index] = Misfit(holds, metre)
    return dict(sorted(found.items()))


def _may_be_short(part: Part, index: int, holds: Fraction, signatures: list[Metre]) -> bool:
    bars, metre = part.bars, signatures[index]
    if holds > metre.quarters:
        return False
    if bars[index].pickup or (index == len(bars) - 1 and bool(index)):
        return True
    before = index > 0 and _divided(bars[index - 1], bars[index])
    after = index + 1 < len(bars) and _divided(bars[index], bars[index + 1])
    halves = [
        pair
        for pair, there in (((index - 1, index), before), ((index, index + 1), after))
        if there and sum(held(bars[n], signatures[n]) for n in pair) == metre.quarters
    ]
    return bool(halves)


def _divided(first: Bar, second: Bar) -> bool:
    return first.repeat_end or second.repeat_start or first.barline == "light-light"


def fitted(bar: Bar, metre: Metre) -> Bar:
    """The bar with the length that it now holds: that of its metre, or of its longest voice where that is another."""
    wanted = metre.quarters
    latest = max(ends(bar, wanted).values(), default=wanted)
    if bar.pickup and latest <= wanted:
        return replace(bar, length=None)
    return replace(bar, length=None if latest == wanted else latest, pickup=False)


def moved(bar: Bar, voice: int, start: Fraction, by: Fraction) -> Bar:
    """The bar with what begins in a voice at ``start`` or later moved by so much."""
    events = tuple(
        replace(e, onset=max(Fraction(0), e.onset + by))
        if e.voice == voice and e.onset >= start and not e.whole_bar
        else e
        for e in bar.events
    )
    return replace(bar, events=events)


def pieces(length: Fraction) -> Iterator[Duration]:
    """Written lengths that last ``length`` quarter notes together, the longest first; a last crumb is left out."""
    left = length
    exact = next((d for d in _PIECES if d.quarters == left), None)
    if exact is not None:
        yield exact
        return
    while left > 0:
        found = next((d for d in _PIECES if d.quarters <= left and _leaves(left - d.quarters)), None)
        if found is None:
            return
        yield found
        left -= found.quarters


def _leaves(left: Fraction) -> bool:
    return left == 0 or left >= Fraction(1, 48)


def rests(
    length: Fraction, onset: Fraction, voice: int, staff: int, names: Iterator[str]
) -> tuple[Event, ...]:
    """Rests that fill a stretch of a voice, from ``onset`` on; ``names`` gives their ids."""
    made = []
    for duration in pieces(length):
        made.append(Event(next(names), onset, duration, (), voice, staff))
        onset += duration.quarters
    return tuple(made)


def whole_rest(identity: str, voice: int, staff: int) -> Event:
    """A rest that fills its bar."""
    return Event(identity, Fraction(0), Duration(NoteType.WHOLE), (), voice, staff, whole_bar=True)


def with_rests(score: Score) -> Score:
    """The score with a rest of the whole bar wherever a bar holds nothing on any staff: something that can be chosen."""
    parts = []
    for part in score.parts:
        bars = tuple(
            bar if bar.events else replace(bar, events=tuple(_empty(part, index)))
            for index, bar in enumerate(part.bars)
        )
        parts.append(replace(part, bars=bars))
    return replace(score, parts=tuple(parts))


def _empty(part: Part, index: int) -> Iterator[Event]:
    for staff in range(1, part.staves + 1):
        yield whole_rest(f"{part.id}-bar{index + 1}-staff{staff}", 4 * (staff - 1) + 1, staff)


def excess(part: Part, index: int) -> dict[int, Fraction]:
    """By how many quarter notes each voice of a bar (from 0) exceeds its metre; negative for one that falls short."""
    bar, metre = part.bars[index], metres(part)[index]
    length = metre.quarters if not bar.pickup else bar_length(bar, metre)
    found: dict[int, Fraction] = {}
    for event in bar.events:
        whole = event.whole_bar and event.is_rest
        found[event.voice] = found.get(event.voice, -length) + (length if whole else event.length)
    return found
