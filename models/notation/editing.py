"""Corrections of a score: small values that say what was done to a note, and functions that give the score after them.

An edit names its note by id, so that it holds for any score that has the note: a bar beside it may be read otherwise,
or the whole be written anew in another metre.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction

from models.notation.accidentals import spelled, with_accidentals
from models.notation.score import (
    STEPS,
    Bar,
    Duration,
    Event,
    Key,
    Metre,
    Note,
    NoteType,
    Part,
    Pitch,
    Score,
    bar_length,
)

HIGHEST_STEP = 69
"""`Pitch.diatonic` of B9; C0 is the lowest."""


@dataclass(frozen=True, slots=True)
class Transpose:
    """A note moved by semitones."""

    id: str
    semitones: int


@dataclass(frozen=True, slots=True)
class Step:
    """A note moved by staff places, as the key signature alters them."""

    id: str
    steps: int


@dataclass(frozen=True, slots=True)
class Accidental:
    """A note altered at its place on the staff: -2..2 semitones from the natural note."""

    id: str
    alter: int


@dataclass(frozen=True, slots=True)
class Letter:
    """A note moved to the nearest one of that name, C..B, as the key signature alters it."""

    id: str
    letter: str


@dataclass(frozen=True, slots=True)
class Repitch:
    """A note that shall sound as this MIDI number (0..127)."""

    id: str
    midi: int


@dataclass(frozen=True, slots=True)
class Remove:
    """A note or rest taken away."""

    id: str


Edit = Transpose | Step | Accidental | Letter | Repitch | Remove


def edited(score: Score, edit: Edit) -> Score:
    """The score after an edit; the same score where the edit means nothing: no such note, or beyond C0 to B9.

    What a note is tied to moves with it, and the accidentals of its bars are printed anew. A note that was set is certain.
    """
    if isinstance(edit, Remove):
        return removed(score, edit.id)
    found = find_note(score, edit.id)
    if found is None or found[3] is None:
        return score
    old = found[3].pitch
    key = _keys(found[0])[found[0].bars.index(found[1])]
    pitch = _target(edit, old, key)
    return score if pitch is None or pitch == old else _repitched(score, edit.id, pitch)


def edited_by(score: Score, edits: Iterable[Edit]) -> Score:
    """The score after all edits, one after the other."""
    for edit in edits:
        score = edited(score, edit)
    return score


def joined(before: Sequence[Edit], edit: Edit) -> tuple[Edit, ...]:
    """The edits and one more, in as few as do the same.

    Moves of one note in a row add up, so that up and down again is no edit at all and the note is as it was read, with
    its accidental. A pitch that is set outright replaces the moves before it.
    """
    if not before or before[-1].id != edit.id:
        return (*before, edit)
    *earlier, last = before
    if isinstance(last, Transpose) and isinstance(edit, Transpose):
        total = last.semitones + edit.semitones
        return (*earlier, Transpose(edit.id, total)) if total else tuple(earlier)
    if isinstance(last, Step) and isinstance(edit, Step):
        steps = last.steps + edit.steps
        return (*earlier, Step(edit.id, steps)) if steps else tuple(earlier)
    if isinstance(edit, Repitch | Remove) and not isinstance(last, Remove):
        return joined(earlier, edit)
    return (*before, edit)


def find_note(score: Score, identity: str) -> tuple[Part, Bar, Event, Note | None] | None:
    """The part, bar, event and note of that id; the note is None where the id is a rest's; None for no such id."""
    for part, bar, event in score.events():
        if event.is_rest and event.id == identity:
            return part, bar, event, None
        for note in event.notes:
            if note.id == identity:
                return part, bar, event, note
    return None


def removed(score: Score, identity: str) -> Score:
    """The score without a note: its chord without it, or a rest in its place; a rest or grace note leaves nothing.

    The same score where there is no such id. Ties to it are cut. Where a voice holds more than its bar, what follows
    a removed rest moves up; elsewhere all other notes keep their places.
    """
    found = find_note(score, identity)
    if found is None:
        return score
    before, after = _neighbours(score, identity)

    def change(event: Event) -> Event | None:
        if event.is_rest:
            return None if event.id == identity else event
        kept = tuple(
            replace(n, tie_start=n.tie_start and n.id != before, tie_stop=n.tie_stop and n.id != after)
            for n in event.notes
            if n.id != identity
        )
        if kept == event.notes:
            return event
        if not kept:
            bare = replace(event, notes=(), stem=None, beams=(), slurs=(), articulations=(), certainty=1.0)
            return None if event.grace else bare
        return replace(event, notes=kept)

    part, bar, event, _ = found
    if event.is_rest and not event.whole_bar:
        score = _closed_up(score, part, bar, event)
    return _changed(score, change)


def excess(part: Part, index: int) -> dict[int, Fraction]:
    """By how many quarter notes each voice of a bar (from 0) exceeds the bar's length; negative for one that falls short."""
    bar = part.bars[index]
    metre = Metre()
    for earlier in part.bars[: index + 1]:
        metre = earlier.metre or metre
    length = bar_length(bar, metre)
    held: dict[int, Fraction] = {}
    for event in bar.events:
        held[event.voice] = held.get(event.voice, -length) + (length if event.whole_bar else event.length)
    return held


def _target(edit: Edit, old: Pitch, key: Key) -> Pitch | None:
    """Where an edit takes a pitch; None beyond the octaves 0 to 9."""
    match edit:
        case Transpose(semitones=semitones):
            return _in_range(old.midi + semitones, key, sharps=semitones > 0)
        case Repitch(midi=midi):
            return old if midi == old.midi else _in_range(midi, key, sharps=midi > old.midi)
        case Step(steps=steps):
            return _at(old.diatonic + steps, key)
        case Accidental(alter=alter):
            return replace(old, alter=alter) if -2 <= alter <= 2 else None
        case Letter(letter=letter) if letter in STEPS and len(letter) == 1:
            away = (STEPS.index(letter) - old.diatonic) % 7
            return _at(old.diatonic + (away if away <= 3 else away - 7), key)
    return None


def _in_range(midi: int, key: Key, *, sharps: bool) -> Pitch | None:
    if not 12 <= midi <= 127:
        return None
    pitch = spelled(midi, key, sharps=sharps)
    return pitch if 0 <= pitch.diatonic <= HIGHEST_STEP else None


def _at(diatonic: int, key: Key) -> Pitch | None:
    if not 0 <= diatonic <= HIGHEST_STEP:
        return None
    return Pitch.from_diatonic(diatonic, key.alter(STEPS[diatonic % 7]))


def _repitched(score: Score, identity: str, pitch: Pitch) -> Score:
    chain = _tied(score, identity)

    def change(event: Event) -> Event:
        if not any(note.id in chain for note in event.notes):
            return event
        plain = replace(pitch, alter=0)
        notes = tuple(
            # a drum's place on the staff is no pitch, which a key could alter
            replace(n, pitch=pitch if n.drum is None else plain, accidental=None, certainty=1.0, cents=0)
            if n.id in chain
            else n
            for n in event.notes
        )
        return replace(event, notes=notes, certainty=1.0)

    return _changed(score, change)


def _changed(score: Score, change: Callable[[Event], Event | None]) -> Score:
    """The score with its events changed; bars that are touched print their accidentals anew."""
    parts = []
    for part in score.parts:
        keys, bars = _keys(part), []
        for index, bar in enumerate(part.bars):
            events = tuple(new for event in bar.events if (new := change(event)) is not None)
            if events == bar.events:
                bars.append(bar)
                continue
            if not events:  # no bar is left blank
                bare = replace(bar.events[0], onset=Fraction(0), duration=Duration(NoteType.WHOLE), notes=())
                bare = replace(bare, grace=False, stem=None, beams=(), slurs=(), articulations=())
                events = (replace(bare, tuplet_mark=None, dynamic=None, whole_bar=True),)
            bars.append(replace(bar, events=with_accidentals(events, keys[index])))
        parts.append(part if tuple(bars) == part.bars else replace(part, bars=tuple(bars)))
    return replace(score, parts=tuple(parts))


def _closed_up(score: Score, part: Part, bar: Bar, rest: Event) -> Score:
    """What follows a rest in its voice moved up by the rest, as far as the bar holds too much."""
    index = part.bars.index(bar)
    over = min(excess(part, index)[rest.voice], rest.length)
    if over <= 0:
        return score
    events = tuple(
        replace(e, onset=e.onset - over) if e.voice == rest.voice and e.onset > rest.onset else e
        for e in bar.events
    )
    bars = (*part.bars[:index], replace(bar, events=events), *part.bars[index + 1 :])
    parts = tuple(replace(p, bars=bars) if p is part else p for p in score.parts)
    return replace(score, parts=parts)


def _keys(part: Part) -> list[Key]:
    now = Key()
    return [now := bar.key or now for bar in part.bars]


def _line(score: Score, identity: str) -> list[Note]:
    """Notes of the same part and pitch as the one named, in time order."""
    found = find_note(score, identity)
    if found is None:
        return []
    part, _, _, note = found
    if note is None:
        return []
    return [
        n
        for bar in part.bars
        for event in sorted(bar.events, key=lambda e: e.onset)
        for n in event.notes
        if n.pitch == note.pitch
    ]


def _neighbours(score: Score, identity: str) -> tuple[str | None, str | None]:
    """Ids of the notes that are tied into and out of the one named."""
    line = _line(score, identity)
    at = next((i for i, n in enumerate(line) if n.id == identity), None)
    if at is None:
        return None, None
    before = line[at - 1].id if at and line[at].tie_stop and line[at - 1].tie_start else None
    after = line[at + 1].id if at + 1 < len(line) and line[at].tie_start and line[at + 1].tie_stop else None
    return before, after


def _tied(score: Score, identity: str) -> set[str]:
    """The ids of the whole chain of ties that a note is part of."""
    chain, line = {identity}, _line(score, identity)
    at = next((i for i, n in enumerate(line) if n.id == identity), 0)
    low = high = at
    while low > 0 and line[low].tie_stop and line[low - 1].tie_start:
        low -= 1
    while high + 1 < len(line) and line[high].tie_start and line[high + 1].tie_stop:
        high += 1
    return chain | {n.id for n in line[low : high + 1]}
