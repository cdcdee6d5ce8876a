"""Where things are in a score: a note by its id, what is tied to it, what holds in its bar; and bars put back."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from models.notation.accidentals import with_accidentals
from models.notation.score import Bar, Clef, Event, Key, Metre, Note, Part, Score


@dataclass(frozen=True)
class Place:
    """A note or rest: its part, the index of its bar, its event, and the note, None for a rest."""

    part: Part
    index: int
    event: Event
    note: Note | None

    @property
    def bar(self) -> Bar:
        """Its bar."""
        return self.part.bars[self.index]

    @property
    def key(self) -> Key:
        """The key signature that holds there."""
        return keys(self.part)[self.index]

    @property
    def metre(self) -> Metre:
        """The time signature that holds there."""
        return metres(self.part)[self.index]


def place_of(score: Score, identity: str) -> Place | None:
    """Where the note or rest of that id is; None for no such id."""
    for part in score.parts:
        for index, bar in enumerate(part.bars):
            for event in bar.events:
                if event.is_rest and event.id == identity:
                    return Place(part, index, event, None)
                for note in event.notes:
                    if note.id == identity:
                        return Place(part, index, event, note)
    return None


def find_note(score: Score, identity: str) -> tuple[Part, Bar, Event, Note | None] | None:
    """The part, bar, event and note of that id; the note is None where the id is a rest's; None for no such id."""
    found = place_of(score, identity)
    return None if found is None else (found.part, found.bar, found.event, found.note)


def keys(part: Part) -> list[Key]:
    """The key signature that holds in each bar."""
    now = Key()
    return [now := bar.key or now for bar in part.bars]


def metres(part: Part) -> list[Metre]:
    """The time signature that holds in each bar."""
    now = Metre()
    return [now := bar.metre or now for bar in part.bars]


def clef_before(part: Part, index: int, staff: int) -> Clef:
    """The clef that holds on a staff when a bar begins, before what the bar itself changes."""
    clef = Clef()
    for bar in part.bars[:index]:
        for change in sorted(bar.clefs, key=lambda c: c.onset):
            clef = change.clef if change.staff == staff else clef
    return clef


def clef_at(place: Place) -> Clef:
    """The clef under which a note or rest stands."""
    clef = clef_before(place.part, place.index, place.event.staff)
    for change in sorted(place.bar.clefs, key=lambda c: c.onset):
        if change.staff == place.event.staff and change.onset <= place.event.onset:
            clef = change.clef
    return clef


def with_bars(score: Score, part: Part, bars: tuple[Bar, ...]) -> Score:
    """The score with other bars in one of its parts."""
    return replace(score, parts=tuple(replace(p, bars=bars) if p is part else p for p in score.parts))


def with_bar(score: Score, part: Part, index: int, bar: Bar) -> Score:
    """The score with another bar in one of its parts, its accidentals printed as they are needed."""
    bar = replace(bar, events=with_accidentals(bar.events, keys(part)[index]))
    return with_bars(score, part, (*part.bars[:index], bar, *part.bars[index + 1 :]))


def with_events(score: Score, change: Callable[[Event], Event]) -> Score:
    """The score with its events changed; bars that are touched print their accidentals anew."""
    parts = []
    for part in score.parts:
        signatures, bars = keys(part), []
        for index, bar in enumerate(part.bars):
            events = tuple(change(event) for event in bar.events)
            if events != bar.events:
                bar = replace(bar, events=with_accidentals(events, signatures[index]))  # noqa: PLW2901
            bars.append(bar)
        parts.append(part if tuple(bars) == part.bars else replace(part, bars=tuple(bars)))
    return replace(score, parts=tuple(parts))


def new_id(score: Score, near: str, more: frozenset[str] | set[str] = frozenset()) -> str:
    """An id that no note or rest has, the same each time it is asked for the same score: "x1." before ``near``'s own."""
    base = near
    while base.startswith("x") and base[1:].partition(".")[0].isdigit() and "." in base:
        base = base.partition(".")[2]
    taken = {name for _, _, e in score.events() for name in (e.id, *(n.id for n in e.notes))} | more
    count = 1
    while f"x{count}.{base}" in taken:
        count += 1
    return f"x{count}.{base}"


def line_of(part: Part, note: Note) -> list[Note]:
    """Notes of a part that have the same pitch, in time order."""
    return [
        n
        for bar in part.bars
        for event in sorted(bar.events, key=lambda e: e.onset)
        for n in event.notes
        if n.pitch == note.pitch
    ]


def tied_neighbours(place: Place) -> tuple[str | None, str | None]:
    """Ids of the notes that are tied into and out of a note."""
    if place.note is None:
        return None, None
    line = line_of(place.part, place.note)
    at = next(i for i, n in enumerate(line) if n.id == place.note.id)
    before = line[at - 1].id if at and line[at].tie_stop and line[at - 1].tie_start else None
    after = line[at + 1].id if at + 1 < len(line) and line[at].tie_start and line[at + 1].tie_stop else None
    return before, after


def tied_chain(place: Place) -> set[str]:
    """The ids of the whole chain of ties that a note is part of."""
    if place.note is None:
        return set()
    line = line_of(place.part, place.note)
    low = high = next(i for i, n in enumerate(line) if n.id == place.note.id)
    while low > 0 and line[low].tie_stop and line[low - 1].tie_start:
        low -= 1
    while high + 1 < len(line) and line[high].tie_start and line[high + 1].tie_stop:
        high += 1
    return {place.note.id} | {n.id for n in line[low : high + 1]}


def untied(score: Score, place: Place) -> Score:
    """The score with the ties into and out of a note cut at their other ends."""
    before, after = tied_neighbours(place)
    if before is None and after is None:
        return score

    def change(event: Event) -> Event:
        notes = tuple(
            replace(n, tie_start=n.tie_start and n.id != before, tie_stop=n.tie_stop and n.id != after)
            for n in event.notes
        )
        return event if notes == event.notes else replace(event, notes=notes)

    return with_events(score, change)
