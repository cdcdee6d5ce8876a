"""Pitch edits: where a note goes, how it is spelled there, and rests that become notes."""

from __future__ import annotations

from dataclasses import replace

from models.notation.accidentals import spelled
from models.notation.editing.edits import Accidental, AddNote, Letter, PitchEdit, Repitch, Step, Transpose
from models.notation.editing.places import (
    Place,
    clef_at,
    new_id,
    place_of,
    tied_chain,
    with_bar,
    with_events,
)
from models.notation.editing.shapes import shaped
from models.notation.score import STEPS, Duration, Event, Key, Note, NoteType, Pitch, Score

HIGHEST_STEP = 69
"""`Pitch.diatonic` of B9; C0 is the lowest."""


def repitched(score: Score, edit: PitchEdit) -> Score:
    """The score after an edit of a pitch; the same score where it means nothing: no such note, or beyond C0 to B9.

    What a note is tied to moves with it, and the accidentals of its bars are printed anew. A note that was set is certain.
    """
    place = place_of(score, edit.id)
    if place is None:
        return score
    if place.note is None:
        return _sounded(score, place, edit.letter) if isinstance(edit, Letter) else score
    old = place.note.pitch
    pitch = _target(edit, old, place.key)
    if pitch is None or pitch == old:
        return score
    chain = tied_chain(place)

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

    return with_events(score, change)


def with_chord_note(score: Score, edit: AddNote) -> Score:
    """The score with a note of that name next above the one named, in its chord; a rest becomes that note."""
    place = place_of(score, edit.id)
    if place is None or not _is_letter(edit.letter):
        return score
    if place.note is None:
        return _sounded(score, place, edit.letter)
    away = (STEPS.index(edit.letter) - place.note.pitch.diatonic - 1) % 7 + 1
    pitch = keyed(place.note.pitch.diatonic + away, place.key)
    if pitch is None or any(n.pitch.diatonic == pitch.diatonic for n in place.event.notes):
        return score
    note = Note(new_id(score, place.note.id), pitch)
    notes = tuple(sorted((*place.event.notes, note), key=lambda n: n.pitch.midi))
    return _put(score, place, replace(place.event, notes=notes, certainty=1.0))


def _sounded(score: Score, place: Place, letter: str) -> Score:
    """A rest that becomes a note of that name, as near as can be to the note before it in its voice."""
    if not _is_letter(letter):
        return score
    near = _before(place)
    away = (STEPS.index(letter) - near) % 7
    pitch = keyed(near + (away if away <= 3 else away - 7), place.key)
    if pitch is None:
        return score
    event = place.event
    if event.whole_bar:
        event = replace(event, whole_bar=False, duration=_filling(place))
    return _put(score, place, replace(event, notes=(Note(event.id, pitch),), certainty=1.0))


def _put(score: Score, place: Place, event: Event) -> Score:
    bar = place.bar
    events = tuple(event if e is place.event else e for e in bar.events)
    bar = replace(bar, events=events, gap=False)
    return with_bar(score, place.part, place.index, shaped(bar, event.voice, place.metre))


def _filling(place: Place) -> Duration:
    """The written length that fills the bar, or the longest below it."""
    wanted = place.metre.quarters
    lengths = [Duration(kind, dots) for kind in NoteType for dots in (0, 1)]
    return max((d for d in lengths if d.quarters <= wanted), key=lambda d: d.quarters)


def _before(place: Place) -> int:
    """`Pitch.diatonic` of the last note before a place in its voice; the middle line where there is none."""
    for index in range(place.index, max(-1, place.index - 4), -1):
        own = [
            e
            for e in place.part.bars[index].events
            if e.notes
            and e.voice == place.event.voice
            and (index < place.index or e.onset < place.event.onset)
        ]
        if own:
            return max(own, key=lambda e: e.onset).notes[-1].pitch.diatonic
    return clef_at(place).bottom_line + 4


def _target(edit: PitchEdit, old: Pitch, key: Key) -> Pitch | None:
    """Where an edit takes a pitch; None beyond the octaves 0 to 9."""
    match edit:
        case Transpose(semitones=semitones):
            return _in_range(old.midi + semitones, key, sharps=semitones > 0)
        case Repitch(midi=midi):
            return old if midi == old.midi else _in_range(midi, key, sharps=midi > old.midi)
        case Step(steps=steps):
            return keyed(old.diatonic + steps, key)
        case Accidental(alter=alter):
            return replace(old, alter=alter) if -2 <= alter <= 2 else None
        case Letter(letter=letter) if _is_letter(letter):
            away = (STEPS.index(letter) - old.diatonic) % 7
            return keyed(old.diatonic + (away if away <= 3 else away - 7), key)
    return None


def _is_letter(letter: str) -> bool:
    return letter in STEPS and len(letter) == 1


def _in_range(midi: int, key: Key, *, sharps: bool) -> Pitch | None:
    if not 12 <= midi <= 127:
        return None
    pitch = spelled(midi, key, sharps=sharps)
    return pitch if 0 <= pitch.diatonic <= HIGHEST_STEP else None


def keyed(diatonic: int, key: Key) -> Pitch | None:
    """The pitch at a place (`Pitch.diatonic`) as the key has it; None beyond C0 to B9."""
    if not 0 <= diatonic <= HIGHEST_STEP:
        return None
    return Pitch.from_diatonic(diatonic, key.alter(STEPS[diatonic % 7]))
