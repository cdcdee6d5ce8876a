"""Signs put in that a reader left out: a note or rest at its place on the staff, beside what is there."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

from models.notation.editing.edits import PutIn
from models.notation.editing.filling import moved, rests
from models.notation.editing.lengths import names
from models.notation.editing.pitches import keyed
from models.notation.editing.places import Place, clef_at, new_id, place_of, with_bar
from models.notation.editing.shapes import shaped
from models.notation.score import Bar, Duration, Event, Note, Pitch, Score


def put_in(score: Score, edit: PutIn) -> Score:
    """The score with the note or rest; the same score where there is no such neighbor, or the note beyond C0 to B9.

    Rests that no picture shows give their time first; only then does what follows move.
    """
    place = place_of(score, edit.id)
    if place is None:
        return score
    pitch = None
    if edit.step is not None:
        pitch = keyed(clef_at(place).bottom_line + edit.step, place.key)
        if pitch is None:
            return score
    note = () if pitch is None else (Note(new_id(score, edit.id), pitch, box=edit.box),)
    if place.note is None and (edit.how == "chord" or place.event.whole_bar):
        bar = _instead(score, place, edit, note)
    elif edit.how == "chord":
        bar = _in_chord(place, pitch, note)
    else:
        bar = _beside(score, place, edit, note)
    if bar == place.bar:
        return score
    return with_bar(score, place.part, place.index, shaped(bar, place.event.voice, place.metre))


def _in_chord(place: Place, pitch: Pitch | None, note: tuple[Note, ...]) -> Bar:
    event = place.event
    if pitch is None or any(n.pitch.diatonic == pitch.diatonic for n in event.notes):
        return place.bar
    notes = tuple(sorted((*event.notes, *note), key=lambda n: n.pitch.midi))
    chord = replace(event, notes=notes, certainty=1.0)
    return replace(place.bar, events=tuple(chord if e is event else e for e in place.bar.events))


def _instead(score: Score, place: Place, edit: PutIn, note: tuple[Note, ...]) -> Bar:
    """In place of a rest, for its time; in place of a whole bar's, for its own, with rests after it."""
    event = place.event
    if not event.whole_bar:
        if not note:
            return place.bar
        new = replace(event, notes=note, certainty=1.0, box=None)
        return _with(place.bar, {event.id: (new,)})
    new = _made(score, event, Fraction(0), edit, note)
    left = place.metre.quarters - new.length
    after = (
        rests(left, new.length, event.voice, event.staff, names(score, edit.id, new.id)) if left > 0 else ()
    )
    return _with(place.bar, {event.id: (new, *after)})


def _beside(score: Score, place: Place, edit: PutIn, note: tuple[Note, ...]) -> Bar:
    """After a note or rest, or before it."""
    event, bar = place.event, place.bar
    start = event.onset + (event.length if edit.how == "after" else 0)
    new = _made(score, event, start, edit, note)
    given: dict[str, tuple[Event, ...]] = {}
    free = Fraction(0)
    for one in sorted(bar.events, key=lambda e: e.onset):
        if one.voice != event.voice or one.grace or one.onset < start:
            continue
        if one.notes or one.box is not None or free >= new.length:
            break
        given[one.id] = ()
        free += one.length
    over = free - new.length
    if over > 0:
        after = rests(over, start + new.length, event.voice, event.staff, names(score, edit.id, new.id))
        return replace(_with(bar, given), events=(*_with(bar, given).events, new, *after), gap=False)
    bar = moved(_with(bar, given), event.voice, start, -over)
    return replace(bar, events=(*bar.events, new), gap=False)


def _made(score: Score, near: Event, onset: Fraction, edit: PutIn, note: tuple[Note, ...]) -> Event:
    name = note[0].id if note else new_id(score, edit.id)
    box = None if note else edit.box
    return Event(name, onset, Duration(edit.type), note, near.voice, near.staff, box=box)


def _with(bar: Bar, instead: dict[str, tuple[Event, ...]]) -> Bar:
    """The bar with other events in place of some, by their ids."""
    events = [new for e in bar.events for new in instead.get(e.id, (e,))]
    return replace(bar, events=tuple(events), gap=False)
