"""What of a score is heard, and when: ties merged, repeats played, grace notes, tremolos and arpeggios given time, tempo applied.

The one clock of the project: playback in the browser (`sounding_notes`, `moments`), MIDI files (`models.notation.midi`)
and synthesis (`models.notation.synthesis`) all take their times from here, so that what is seen, heard and saved agree.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from itertools import groupby
from typing import NamedTuple

from models.notation.course import Course, course_of
from models.notation.score import Event, NoteType, Part, Score

_GRACE = Fraction(1, 8)
_ROLL = Fraction(1, 12)  # quarter notes between two notes of an arpeggio, at most
_LEVELS = {
    "pppp": 20,
    "ppp": 28,
    "pp": 36,
    "p": 49,
    "mp": 62,
    "mf": 72,
    "f": 88,
    "ff": 103,
    "fff": 116,
    "ffff": 124,
}
_PLAIN_VELOCITY = 72
_ACCENTS = {"accent": 14, "strong-accent": 22, "sf": 18, "sfz": 20, "fz": 18, "fp": 14, "rf": 10, "rfz": 12}
_SHORTENED = {"staccato": Fraction(1, 2), "staccatissimo": Fraction(1, 4), "spiccato": Fraction(2, 5), "detached-legato": Fraction(3, 4)}  # fmt: skip
_FLAGS = {NoteType.EIGHTH: 1, NoteType.N16: 2, NoteType.N32: 3, NoteType.N64: 4, NoteType.N128: 5}
_MOST_STRIKES = 512
"""Of one tremolo."""


class Sounding(NamedTuple):
    """A note as heard: seconds from the start, MIDI number and velocity (1..127), ids of the notes that it is written as, bar index.

    ``cents`` is what it sounds higher than its MIDI number; with ``drum`` that number is a percussion key of General MIDI.
    """

    onset_s: float
    offset_s: float
    midi: int
    velocity: int
    ids: tuple[str, ...] = ()
    bar: int = 0
    cents: int = 0
    drum: bool = False


@dataclass(frozen=True)
class Played:
    """A note as heard, in quarter notes from the start of play; ``part`` counts from 0; the rest as for `Sounding`."""

    start: Fraction
    end: Fraction
    midi: int
    velocity: int
    ids: tuple[str, ...]
    bar: int
    part: int
    cents: int = 0
    drum: bool = False


def sounding_notes(score: Score, *, repeats: bool = True, tempo: float | None = None) -> list[Sounding]:
    """What is heard, in time order. ``repeats`` plays repeats and endings; ``tempo`` (quarters a minute) overrides the score's."""
    course = course_of(score, repeats=repeats, tempo=tempo)
    found = [
        Sounding(course.time(n.start), course.time(n.end), n.midi, n.velocity, n.ids, n.bar, n.cents, n.drum)
        for n in played_notes(score, course)
    ]
    return sorted(found)


def played_notes(score: Score, course: Course) -> list[Played]:
    """What is heard along a course of bars, in quarter notes, part by part; ties and unisons are one note."""
    found: list[Played] = []
    for index, part in enumerate(score.parts):
        found += _merged(_ties(_struck(part, index, course)))
    return found


class _Strike(NamedTuple):
    note: Played
    tie_start: bool
    tie_stop: bool


def _struck(part: Part, index: int, course: Course) -> Iterator[_Strike]:
    level = _PLAIN_VELOCITY
    sources = _sources(part)
    for place, start in zip(course.bars, course.starts, strict=True):
        if place >= len(part.bars):
            continue
        bar = part.bars[sources[place]]
        changes = sorted((e.onset, _LEVELS[e.dynamic]) for e in bar.events if e.dynamic in _LEVELS)
        before = level
        for _, events in groupby(sorted(bar.events, key=lambda e: e.voice), key=lambda e: e.voice):
            ordered = sorted(events, key=lambda e: (e.onset, not e.grace))
            for event, onset, length in _with_tremolos(list(_with_graces(ordered))):
                now = next((v for at, v in reversed(changes) if at <= event.onset), before)
                yield from _strikes(event, start + onset, length, now, place, part, index)
        level = changes[-1][1] if changes else level


def _strikes(
    event: Event, at: Fraction, length: Fraction, level: int, place: int, part: Part, index: int
) -> Iterator[_Strike]:
    """The notes of an event struck at a moment, as loud as ``level`` and its own marks make them."""
    velocity = max(1, min(127, level + _stress(event)))
    kept = length * min((_SHORTENED[a] for a in event.articulations if a in _SHORTENED), default=Fraction(1))
    rolled = "arpeggiate" in event.articulations
    each = min(_ROLL, kept / (2 * max(1, len(event.notes)))) if rolled else Fraction(0)
    for rank, note in enumerate(sorted(event.notes, key=lambda n: n.pitch.midi) if rolled else event.notes):
        midi = note.pitch.midi + part.transpose if note.drum is None else note.drum
        if not 0 <= midi <= 127 or length <= 0:
            continue
        end = at + (length if note.tie_start else kept)
        begin = at if note.tie_stop else at + rank * each
        played = Played(
            begin, end, midi, velocity, (note.id,), place, index, note.cents, note.drum is not None
        )
        yield _Strike(played, note.tie_start, note.tie_stop)


def _sources(part: Part) -> list[int]:
    """For each bar the one whose notes sound in it: its own, or an earlier one where the sign says to play that again."""
    sources = list(range(len(part.bars)))
    for index, bar in enumerate(part.bars):
        for number in range(index, min(index + bar.repeats_bars, len(part.bars))):
            earlier = number - bar.repeats_bars
            if earlier >= 0 and not any(event.notes for event in part.bars[number].events):
                sources[number] = sources[earlier]
    return sources


def _stress(event: Event) -> int:
    return max((_ACCENTS.get(mark, 0) for mark in (*event.articulations, event.dynamic or "")), default=0)


def _with_graces(events: Sequence[Event]) -> Iterator[tuple[Event, Fraction, Fraction]]:
    """(event, onset, length): grace notes take at most half of the note that follows, or stand before the bar line."""
    waiting: list[Event] = []
    for event in events:
        if event.grace:
            waiting.append(event)
            continue
        each = min(_GRACE, event.length / 2 / len(waiting)) if waiting else Fraction(0)
        for number, grace in enumerate(waiting):
            yield grace, event.onset + number * each, each
        taken = each * len(waiting)
        waiting = []
        yield event, event.onset + taken, event.length - taken
    for number, grace in enumerate(waiting):
        onset = max(Fraction(0), grace.onset - (len(waiting) - number) * _GRACE)
        yield grace, onset, _GRACE


_Timed = tuple[Event, Fraction, Fraction]
"""An event, its onset and its length."""


def _with_tremolos(events: Sequence[_Timed]) -> Iterator[_Timed]:
    """Tremolos struck again and again: one event by itself, a pair in turn."""
    waiting: _Timed | None = None
    for timed in events:
        event, onset, length = timed
        if event.tremolo is None or event.grace or not event.notes:
            yield timed
        elif event.tremolo.kind == "single":
            yield from _alternating((event,), onset, length)
        elif event.tremolo.kind == "start":
            if waiting:
                yield waiting
            waiting = timed
        elif waiting:
            yield from _alternating((waiting[0], event), waiting[1], onset + length - waiting[1])
            waiting = None
        else:
            yield timed
    if waiting:
        yield waiting


def _alternating(events: tuple[Event, ...], onset: Fraction, length: Fraction) -> Iterator[_Timed]:
    """The events struck in turn, as fast as their strokes and flags say, for a length."""
    first = events[0]
    strokes = first.tremolo.strokes if first.tremolo else 0
    step = Fraction(1, 2 ** (strokes + _FLAGS.get(first.duration.type, 0)))
    count = max(1, min(_MOST_STRIKES, int(length / step)))
    step = length / count
    for number in range(count):
        yield events[number % len(events)], onset + number * step, step


def _ties(strikes: Iterator[_Strike]) -> list[Played]:
    """Tied notes as one, where the second follows the first at once."""
    done: list[Played] = []
    held: dict[tuple[int, int, bool], int] = {}
    for strike in sorted(strikes, key=lambda s: s.note.start):
        note = strike.note
        key = note.midi, note.cents, note.drum
        before = held.pop(key, None) if strike.tie_stop else None
        if before is not None and abs(done[before].end - note.start) <= _GRACE:
            done[before] = replace(done[before], end=note.end, ids=done[before].ids + note.ids)
            at = before
        else:
            at = len(done)
            done.append(note)
        if strike.tie_start:
            held[key] = at
    return done


def _merged(notes: list[Played]) -> list[Played]:
    """Two voices that strike one key at once are one note that lasts as long as the longer."""
    by_key: dict[tuple[Fraction, int, int, bool], Played] = {}
    for note in notes:
        place = note.start, note.midi, note.cents, note.drum
        twin = by_key.get(place)
        if twin is None:
            by_key[place] = note
            continue
        by_key[place] = replace(
            note,
            end=max(note.end, twin.end),
            velocity=max(note.velocity, twin.velocity),
            ids=twin.ids + note.ids,
        )
    return list(by_key.values())
