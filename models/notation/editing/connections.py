"""Ties and slurs set and taken away again."""

from __future__ import annotations

from dataclasses import replace

from models.notation.editing.edits import Slur, Tie
from models.notation.editing.places import Place, place_of, with_bars, with_events
from models.notation.editing.removal import slur_end
from models.notation.score import Event, Note, Part, Score

MOST_SLURS = 6
"""Numbers that slurs are told apart by: more overlap nowhere."""


def tied(score: Score, edit: Tie) -> Score:
    """The score with a note tied to the next one of its pitch, or no longer; the same score where no such note follows."""
    place = place_of(score, edit.id)
    if place is None or place.note is None or place.event.grace:
        return score
    other = _same_pitch_after(place)
    if other is None:
        return score
    on = not (place.note.tie_start and other.tie_stop)
    own = place.note.id

    def change(event: Event) -> Event:
        notes = tuple(
            replace(n, tie_start=on)
            if n.id == own
            else replace(n, tie_stop=on, accidental=None if on else n.accidental)
            if n.id == other.id
            else n
            for n in event.notes
        )
        return event if notes == event.notes else replace(event, notes=notes)

    return with_events(score, change)


def _same_pitch_after(place: Place) -> Note | None:
    """The note of the same pitch that begins where the note ends: in its voice, else in any voice of its staff."""
    bar, event = place.bar, place.event
    end = event.onset + event.length
    here = [e for e in bar.events if e.onset == end and not e.grace]
    later = any(e.voice == event.voice and e.onset >= end and not e.grace for e in bar.events)
    if not later and place.index + 1 < len(place.part.bars):
        here += [e for e in place.part.bars[place.index + 1].events if e.onset == 0 and not e.grace]
    here.sort(key=lambda e: (e.voice != event.voice, e.staff != event.staff))
    wanted = place.note.pitch if place.note else None
    return next((n for e in here for n in e.notes if n.pitch == wanted and n.id != place.note.id), None)  # type: ignore[union-attr]


def slurred(score: Score, edit: Slur) -> Score:
    """The score with a slur between two notes of a part, or without it where it is there already."""
    place = place_of(score, edit.id)
    if place is None or place.note is None:
        return score
    last = place_of(score, edit.last) if edit.last else None
    if edit.last and (last is None or last.note is None or last.part is not place.part):
        return score
    first, last = _ordered(place, last or _next_in_voice(place))
    if last is None or first.event is last.event:
        return score
    part = first.part
    for kind, number in first.event.slurs:
        if kind == "start" and slur_end(part.bars, first.index, first.event, kind, number) == (
            last.index,
            last.event,
        ):
            return _with_slur(score, first, last, number, there=False)
    taken = _numbers(part, first.index, last.index)
    free = next((n for n in range(1, MOST_SLURS + 1) if n not in taken), None)
    return score if free is None else _with_slur(score, first, last, free, there=True)


def _ordered(first: Place, last: Place | None) -> tuple[Place, Place | None]:
    if last is not None and (last.index, last.event.onset) < (first.index, first.event.onset):
        return last, first
    return first, last


def _next_in_voice(place: Place) -> Place | None:
    for index in range(place.index, min(len(place.part.bars), place.index + 3)):
        own = [
            e
            for e in place.part.bars[index].events
            if e.voice == place.event.voice and e.notes and not e.grace
            and (index > place.index or e.onset > place.event.onset)
        ]  # fmt: skip
        if own:
            event = min(own, key=lambda e: e.onset)
            return Place(place.part, index, event, event.notes[0])
    return None


def _numbers(part: Part, first: int, last: int) -> set[int]:
    """Numbers of slurs that have an end in these bars, or lead over them."""
    taken: set[int] = set()
    running: set[int] = set()
    for index, bar in enumerate(part.bars[: last + 1]):
        for event in sorted(bar.events, key=lambda e: e.onset):
            for kind, number in sorted(event.slurs, reverse=True):
                running = running | {number} if kind == "start" else running - {number}
                taken |= {number} if index >= first else set()
        taken |= running if index >= first - 1 else set()
    return taken


def _with_slur(score: Score, first: Place, last: Place, number: int, *, there: bool) -> Score:
    bars = list(first.part.bars)
    for place, end in ((first, ("start", number)), (last, ("stop", number))):
        slurs = tuple(s for s in place.event.slurs if s != end)
        new = replace(place.event, slurs=(*slurs, end) if there else slurs)  # type: ignore[arg-type]
        bar = bars[place.index]
        bars[place.index] = replace(bar, events=tuple(new if e is place.event else e for e in bar.events))
    return with_bars(score, first.part, tuple(bars))
