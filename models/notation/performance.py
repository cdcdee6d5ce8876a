"""What of a score is heard, and when: ties merged, repeats played, grace notes given time, tempo applied.

The one clock of the project: playback in the browser (`sounding_notes`, `moments`), MIDI files (`models.notation.midi`)
and synthesis (`models.notation.synthesis`) all take their times from here, so that what is seen, heard and saved agree.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from itertools import groupby
from typing import NamedTuple

from models.notation.score import Bar, Event, Metre, Part, Score, bar_length

DEFAULT_TEMPO = 120.0
"""Quarter notes a minute where the score says none."""
_GRACE = Fraction(1, 8)
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
_LONGEST_PLAY = 50_000


class Sounding(NamedTuple):
    """A note as heard: seconds from the start, MIDI number and velocity (1..127), ids of the notes that it is written as, bar index."""

    onset_s: float
    offset_s: float
    midi: int
    velocity: int
    ids: tuple[str, ...] = ()
    bar: int = 0


@dataclass(frozen=True)
class Played:
    """A note as heard, in quarter notes from the start of play; ``part`` counts from 0."""

    start: Fraction
    end: Fraction
    midi: int
    velocity: int
    ids: tuple[str, ...]
    bar: int
    part: int


@dataclass(frozen=True)
class Course:
    """The bars as played: index, start in quarters and in seconds, tempo of each; ``end`` in quarters closes them."""

    bars: tuple[int, ...]
    starts: tuple[Fraction, ...]
    tempos: tuple[float, ...]
    seconds: tuple[float, ...]
    end: Fraction

    def time(self, moment: Fraction) -> float:
        """The second at which a moment (in quarters) comes."""
        if not self.starts:
            return 0.0
        at = max(0, bisect_right(self.starts, moment) - 1)
        return self.seconds[at] + float(moment - self.starts[at]) * 60 / self.tempos[at]


def sounding_notes(score: Score, *, repeats: bool = True, tempo: float | None = None) -> list[Sounding]:
    """What is heard, in time order. ``repeats`` plays repeats and endings; ``tempo`` (quarters a minute) overrides the score's."""
    course = course_of(score, repeats=repeats, tempo=tempo)
    found = [
        Sounding(course.time(n.start), course.time(n.end), n.midi, n.velocity, n.ids, n.bar)
        for n in played_notes(score, course)
    ]
    return sorted(found)


def course_of(score: Score, *, repeats: bool = True, tempo: float | None = None) -> Course:
    """The order, places and times of the bars."""
    count = max((len(part.bars) for part in score.parts), default=0)
    order = play_order(score) if repeats else list(range(count))
    lengths = _lengths(score, count)
    speeds = [tempo or t for t in _tempos(score, count)]
    starts, seconds, at, time = [], [], Fraction(0), 0.0
    for index in order:
        starts.append(at)
        seconds.append(time)
        at += lengths[index]
        time += float(lengths[index]) * 60 / speeds[index]
    return Course(tuple(order), tuple(starts), tuple(speeds[i] for i in order), tuple(seconds), at)


def play_order(score: Score) -> list[int]:
    """Bar indices in the order of play. What any part says of repeats and endings holds for all."""
    count = max((len(part.bars) for part in score.parts), default=0)
    columns = [[part.bars[i] for part in score.parts if i < len(part.bars)] for i in range(count)]
    order: list[int] = []
    start, turn, index = 0, 1, 0
    while index < count and len(order) < _LONGEST_PLAY:
        bars = columns[index]
        if any(bar.repeat_start for bar in bars) and index != start:
            start, turn = index, 1
        numbers = _ending_numbers(next((bar.ending for bar in bars if bar.ending), None))
        if numbers and turn not in numbers:
            index += 1
            continue
        order.append(index)
        if any(bar.repeat_end for bar in bars):
            if turn < max(2, max(numbers, default=1) + (1 if numbers else 0)):
                turn, index = turn + 1, start
                continue
            start, turn = index + 1, 1
        elif numbers and _leaves_ending(columns, index) and turn > 1:
            start, turn = index + 1, 1
        index += 1
    return order


def _ending_numbers(text: str | None) -> set[int]:
    return {int(n) for n in re.findall(r"\d{1,3}", text or "")}


def _leaves_ending(columns: Sequence[Sequence[Bar]], index: int) -> bool:
    return index + 1 >= len(columns) or not any(bar.ending for bar in columns[index + 1])


def _lengths(score: Score, count: int) -> list[Fraction]:
    lengths = [Fraction(0)] * count
    for part in score.parts:
        metre = Metre()
        for index, bar in enumerate(part.bars):
            metre = bar.metre or metre
            filled = max((e.onset + e.length for e in bar.events if not e.whole_bar), default=Fraction(0))
            lengths[index] = max(lengths[index], bar_length(bar, metre), filled)
    return lengths


def _tempos(score: Score, count: int) -> list[float]:
    tempos, now = [], score.tempo or DEFAULT_TEMPO
    for index in range(count):
        now = (
            next(
                (p.bars[index].tempo for p in score.parts if index < len(p.bars) and p.bars[index].tempo), now
            )
            or now
        )
        tempos.append(now)
    return tempos


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
    for place, start in zip(course.bars, course.starts, strict=True):
        if place >= len(part.bars):
            continue
        bar = part.bars[place]
        changes = sorted((e.onset, _LEVELS[e.dynamic]) for e in bar.events if e.dynamic in _LEVELS)
        before = level
        for _, events in groupby(sorted(bar.events, key=lambda e: e.voice), key=lambda e: e.voice):
            for event, onset, length in _with_graces(sorted(events, key=lambda e: (e.onset, not e.grace))):
                now = next((v for at, v in reversed(changes) if at <= event.onset), before)
                velocity = max(1, min(127, now + _stress(event)))
                kept = length * min(
                    (_SHORTENED[a] for a in event.articulations if a in _SHORTENED), default=Fraction(1)
                )
                for note in event.notes:
                    midi = note.pitch.midi + part.transpose
                    if 0 <= midi <= 127 and length > 0:
                        at = start + onset
                        played = Played(
                            at,
                            at + (length if note.tie_start else kept),
                            midi,
                            velocity,
                            (note.id,),
                            place,
                            index,
                        )
                        yield _Strike(played, note.tie_start, note.tie_stop)
        level = changes[-1][1] if changes else level


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


def _ties(strikes: Iterator[_Strike]) -> list[Played]:
    """Tied notes as one, where the second follows the first at once."""
    done: list[Played] = []
    held: dict[int, int] = {}
    for strike in sorted(strikes, key=lambda s: s.note.start):
        note = strike.note
        before = held.pop(note.midi, None) if strike.tie_stop else None
        if before is not None and abs(done[before].end - note.start) <= _GRACE:
            done[before] = replace(done[before], end=note.end, ids=done[before].ids + note.ids)
            at = before
        else:
            at = len(done)
            done.append(note)
        if strike.tie_start:
            held[note.midi] = at
    return done


def _merged(notes: list[Played]) -> list[Played]:
    """Two voices that strike one key at once are one note that lasts as long as the longer."""
    by_key: dict[tuple[Fraction, int], Played] = {}
    for note in notes:
        place = note.start, note.midi
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
