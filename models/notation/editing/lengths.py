"""Length edits: note values, dots, tuplets, notes repeated, bars filled. What follows in the voice moves along.

No note is ever lost by them and no hole is left: a bar that then holds too much or too little says so by its length.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from fractions import Fraction
from itertools import count

from models.notation.editing.edits import Dots, Fill, LengthEdit, Repeat, Tuplet, Value
from models.notation.editing.filling import ends, moved, rests
from models.notation.editing.places import Place, new_id, place_of, with_bar
from models.notation.editing.shapes import shaped
from models.notation.score import Bar, Duration, Event, Note, NoteType, Score

NORMAL = {2: 3, 3: 2, 4: 3, 5: 4, 6: 4, 7: 4, 8: 6, 9: 8}
"""How many notes' time the notes of a tuplet take, by their number."""
_MOST_DOTS = 3
_SHORTEST = Fraction(1, 32)


def lengthened(score: Score, edit: LengthEdit) -> Score:
    """The score after an edit of a length; the same score where it means nothing."""
    place = place_of(score, edit.id)
    if place is None:
        return score
    event = place.event
    match edit:
        case Value(type=kind):
            bar = _lasting(place, Duration(kind, 0, event.duration.tuplet))
        case Dots(dots=dots) if 0 <= dots <= _MOST_DOTS:
            bar = _lasting(place, replace(event.duration, dots=dots))
        case Tuplet(count=number) if event.duration.tuplet != (1, 1):
            bar = _plain(place) if number in {1, event.duration.tuplet[0]} else place.bar
        case Tuplet(count=number) if number in NORMAL:
            bar = _as_tuplet(score, place, number, edit.last)
        case Repeat():
            bar = _repeated(score, place)
        case Fill():
            bar = _filled(score, place)
        case _:
            return score
    if bar == place.bar:
        return score
    return with_bar(score, place.part, place.index, shaped(bar, event.voice, place.metre))


def _lasting(place: Place, duration: Duration) -> Bar:
    """The bar with another length of the event; what follows moves by the difference."""
    event, bar = place.event, place.bar
    if event.grace:
        duration = replace(duration, dots=0)
    if duration == event.duration and not event.whole_bar:
        return bar
    new = replace(event, duration=duration, whole_bar=False, certainty=1.0)
    old = place.metre.quarters if event.whole_bar else event.length
    return _changed(bar, event, (new,), new.length - old, old)


def _changed(bar: Bar, event: Event, new: tuple[Event, ...], by: Fraction, length: Fraction) -> Bar:
    """The bar with other events in place of one; what begins where that ended, or later, moves."""
    after = event.onset + length
    rest = replace(bar, events=tuple(e for e in bar.events if e is not event))
    rest = moved(rest, event.voice, after, by) if by and not event.grace else rest
    return replace(rest, events=(*rest.events, *new), gap=False)


def _voice(place: Place) -> list[Event]:
    own = [e for e in place.bar.events if e.voice == place.event.voice and not e.grace]
    return sorted(own, key=lambda e: e.onset)


def _plain(place: Place) -> Bar:
    """The tuplet that the event belongs to, without its ratio: every neighbor with the same one."""
    own = _voice(place)
    at = own.index(place.event)
    first = last = at
    while (
        first
        and own[first].tuplet_mark != "start"
        and own[first - 1].duration.tuplet == place.event.duration.tuplet
    ):
        first -= 1
    while (
        last + 1 < len(own)
        and own[last].tuplet_mark != "stop"
        and own[last + 1].duration.tuplet == place.event.duration.tuplet
    ):
        last += 1
    return _rescaled(place.bar, own[first : last + 1], (1, 1))


def _as_tuplet(score: Score, place: Place, number: int, last: str) -> Bar:
    """The event and those up to ``last``, or as many as it takes, as a tuplet; or the event's own time divided."""
    event = place.event
    if event.grace or event.whole_bar:
        return place.bar
    over = ends(place.bar, place.metre.quarters)[event.voice] > place.metre.quarters
    run = _up_to(place, last) if last else _run(place, number) if over else []
    if run:
        return _rescaled(place.bar, run, (number, NORMAL[number]))
    kind = _divided(event.duration, number)
    if kind is None:
        return place.bar
    ratio = (number, NORMAL[number])
    duration = Duration(kind, 0, ratio)
    free = names(score, event.id)
    first = replace(event, duration=duration, certainty=1.0)
    others = tuple(
        Event(next(free), event.onset + n * duration.quarters, duration, (), event.voice, event.staff)
        for n in range(1, number)
    )
    return _changed(
        place.bar, event, (first, *others), number * duration.quarters - event.length, event.length
    )


def _up_to(place: Place, last: str) -> list[Event]:
    own = _voice(place)
    at = own.index(place.event)
    end = next((n for n, e in enumerate(own) if e.id == last or any(note.id == last for note in e.notes)), at)
    return [
        e for e in own[min(at, end) : max(at, end) + 1] if not e.whole_bar and e.duration.tuplet == (1, 1)
    ]


def _run(place: Place, number: int) -> list[Event]:
    """The event and those that follow at once without a tuplet, as many as last ``number`` of one note value; or none."""
    own = _voice(place)
    found: list[Event] = []
    total, shortest = Fraction(0), place.event.length
    for event in own[own.index(place.event) :]:
        if (
            event.duration.tuplet != (1, 1)
            or event.whole_bar
            or (found and event.onset != found[-1].onset + found[-1].length)
        ):
            break
        found.append(event)
        total += event.length
        shortest = min(shortest, event.length)
        units = {shortest, place.event.length, place.event.length / 2}
        if len(found) > 1 and any(total == number * unit for unit in units if _is_plain(unit)):
            return found
        if total > number * place.event.length:
            break
    return []


def _is_plain(length: Fraction) -> bool:
    return length.numerator in {1, 2, 4, 8} and length >= _SHORTEST


def _divided(duration: Duration, number: int) -> NoteType | None:
    """The note value of which ``number``, as a tuplet, last a written length."""
    each = duration.quarters / NORMAL[number]
    return next((kind for kind in NoteType if kind.quarters == each), None)


def _rescaled(bar: Bar, run: list[Event], ratio: tuple[int, int]) -> Bar:
    """The bar with a run of events in another ratio, one after another, and what follows moved."""
    at, before = run[0].onset, run[-1].onset + run[-1].length
    new = []
    for event in run:
        changed = replace(event, onset=at, duration=replace(event.duration, tuplet=ratio), tuplet_mark=None)
        new.append(changed)
        at += changed.length
    ids = {e.id for e in run}
    rest = replace(bar, events=tuple(e for e in bar.events if e.id not in ids))
    rest = moved(rest, run[0].voice, before, at - before)
    return replace(rest, events=(*rest.events, *new))


def _repeated(score: Score, place: Place) -> Bar:
    """The event once more, after itself."""
    event = place.event
    if event.whole_bar:
        return place.bar
    name = new_id(score, event.notes[0].id if event.notes else event.id)
    taken = {name}
    notes: list[Note] = []
    for note in event.notes:
        own = name if not notes else new_id(score, note.id, taken)
        taken.add(own)
        notes.append(
            replace(note, id=own, tie_start=False, tie_stop=False, accidental=None, certainty=1.0, box=None)
        )
    again = replace(
        event,
        id=name,
        notes=tuple(notes),
        onset=event.onset + event.length,
        beams=(),
        slurs=(),
        tuplet_mark=None,
        articulations=(),
        dynamic=None,
        tremolo=None,
        certainty=1.0,
        box=None,
    )
    at = event.onset + event.length
    bar = place.bar if event.grace else moved(place.bar, event.voice, at, event.length)
    place_in = bar.events.index(event) + 1
    return replace(bar, events=(*bar.events[:place_in], again, *bar.events[place_in:]), gap=False)


def _filled(score: Score, place: Place) -> Bar:
    """The bar with rests in every hole of the event's voice, and at its end."""
    wanted, bar = place.metre.quarters, place.bar
    if place.event.whole_bar:
        return bar
    free = names(score, place.event.id)
    at, made = Fraction(0), list(bar.events)
    for event in [*_voice(place), None]:
        start = event.onset if event else wanted
        if start > at:
            made += rests(start - at, at, place.event.voice, place.event.staff, free)
        at = max(at, event.onset + event.length if event else wanted)
    return replace(bar, events=tuple(made))


def names(score: Score, near: str, *others: str) -> Iterator[str]:
    """Ids that nothing in the score has and that are none of ``others``, one after another, after ``near``'s own."""
    taken = set(others)
    for _ in count():
        name = new_id(score, near, taken)
        taken.add(name)
        yield name
