"""Notes and rests taken away: what becomes a rest, what closes up, and ties and slurs that end there."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

from models.notation.editing.edits import Cut, Remove, Silence
from models.notation.editing.filling import ends, first_voices, moved, whole_rest
from models.notation.editing.places import Place, place_of, untied, with_bar, with_bars
from models.notation.editing.shapes import shaped
from models.notation.score import Bar, Event, Part, Score


def removed(score: Score, identity: str) -> Score:
    """The score without a note: its chord without it, or a rest in its place; a grace note leaves nothing.

    A rest goes, and what follows in its voice moves up: no hole is left that nobody sees. In a further voice, which need
    not fill the bar, the others move only as far as it held too much. The same score where there is no such id.
    """
    place = place_of(score, identity)
    if place is None:
        return score
    if place.note is None:
        return _without_rest(score, place)
    if len(place.event.notes) > 1:
        return _without_chord_note(score, place)
    return cut(score, identity) if place.event.grace else silenced(score, identity)


def taken_out(score: Score, edit: Remove | Cut | Silence) -> Score:
    """The score after an edit that takes something away."""
    match edit:
        case Cut():
            return cut(score, edit.id)
        case Silence():
            return silenced(score, edit.id)
        case Remove():
            return removed(score, edit.id)


def silenced(score: Score, identity: str) -> Score:
    """The score with a rest in place of a note or chord."""
    place = place_of(score, identity)
    if place is None or place.note is None or place.event.grace:
        return score
    score, place = _loosened(score, place)
    bare = _rest(place.event)
    events = tuple(bare if e is place.event else e for e in place.bar.events)
    return _put(score, place, replace(place.bar, events=events))


def cut(score: Score, identity: str) -> Score:
    """The score without a note, chord or rest and its time."""
    place = place_of(score, identity)
    if place is None:
        return score
    if place.event.whole_bar and place.note is None:
        return _without_rest(score, place)
    score, place = _loosened(score, place)
    return _put(score, place, _closed(place, place.event.length))


def _without_chord_note(score: Score, place: Place) -> Score:
    identity = place.note.id if place.note else ""
    score = untied(score, place)
    place = place_of(score, identity) or place
    smaller = replace(place.event, notes=tuple(n for n in place.event.notes if n.id != identity))
    events = tuple(smaller if e is place.event else e for e in place.bar.events)
    return with_bar(score, place.part, place.index, replace(place.bar, events=events))


def _without_rest(score: Score, place: Place) -> Score:
    bar, event = place.bar, place.event
    if event.whole_bar:  # the rest of a bar that holds nothing else stays: no bar is left blank
        others = [e for e in bar.events if e.staff == event.staff and e is not event]
        return _put(score, place, _closed(place, Fraction(0))) if others else score
    over = event.length
    if event.voice not in first_voices(bar):
        wanted = place.metre.quarters
        over = max(Fraction(0), min(over, ends(bar, wanted)[event.voice] - wanted))
    return _put(score, place, _closed(place, over))


def _closed(place: Place, by: Fraction) -> Bar:
    """The bar without an event, what follows in its voice moved up; a staff that holds nothing then gets a rest."""
    event = place.event
    bar = replace(place.bar, events=tuple(e for e in place.bar.events if e is not event))
    if by and not event.grace:
        bar = moved(bar, event.voice, event.onset + event.length, -by)
    if not any(e.staff == event.staff and not e.grace for e in bar.events) and not any(
        e.voice == event.voice and not e.grace for e in bar.events
    ):
        bar = replace(bar, events=(*bar.events, whole_rest(event.id, event.voice, event.staff)))
    return bar


def _put(score: Score, place: Place, bar: Bar) -> Score:
    return with_bar(score, place.part, place.index, shaped(bar, place.event.voice, place.metre))


def _rest(event: Event) -> Event:
    return replace(
        event, notes=(), stem=None, beams=(), slurs=(), articulations=(), certainty=1.0, tremolo=None
    )


def _loosened(score: Score, place: Place) -> tuple[Score, Place]:
    """The score with all ties and slurs of an event cut at their other ends, and the event's place there."""
    name = place.note.id if place.note else place.event.id
    for note in place.event.notes:
        own = place_of(score, note.id)
        score = untied(score, own) if own else score
    place = place_of(score, name) or place
    bars = without_slurs(place.part, place.index, place.event)
    score = with_bars(score, place.part, bars)
    return score, place_of(score, name) or place


def without_slurs(part: Part, index: int, event: Event) -> tuple[Bar, ...]:
    """The bars of a part with the slurs of an event gone at both their ends."""
    bars = list(part.bars)
    for kind, number in event.slurs:
        other = slur_end(tuple(bars), index, event, kind, number)
        if other is None:
            continue
        at, found = other
        slurs = tuple(s for s in found.slurs if s != ("stop" if kind == "start" else "start", number))
        events = tuple(replace(e, slurs=slurs) if e is found else e for e in bars[at].events)
        bars[at] = replace(bars[at], events=events)
    events = tuple(
        replace(e, slurs=()) if e.id == event.id and event.slurs else e for e in bars[index].events
    )
    bars[index] = replace(bars[index], events=events)
    return tuple(bars)


def slur_end(
    bars: tuple[Bar, ...], index: int, event: Event, kind: str, number: int
) -> tuple[int, Event] | None:
    """The bar and event at which a slur that starts at an event stops, or the other way round; None where it hangs."""
    wanted = "stop" if kind == "start" else "start"
    step = 1 if kind == "start" else -1
    at = index
    while 0 <= at < len(bars):
        own = sorted(bars[at].events, key=lambda e: e.onset * step)
        for one in own:
            later = at != index or (one.onset - event.onset) * step > 0
            if later and (wanted, number) in one.slurs:
                return at, one
        at += step
    return None
