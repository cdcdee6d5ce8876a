"""Which accidentals must be printed in a bar, and how a key of the piano is spelled under a key signature."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from models.notation.score import STEPS, Event, Key, Note, Pitch

SIGNS = {-2: "flat-flat", -1: "flat", 0: "natural", 1: "sharp", 2: "double-sharp"}
"""MusicXML's word for the sign of each alteration in semitones."""


def spelled(midi: int, key: Key, *, sharps: bool = True) -> Pitch:
    """The pitch of a MIDI number (0..127) as it is written in a key.

    A note of the scale keeps its name there (F in F sharp major is E sharp); other white keys are naturals, other black
    keys sharps, or flats with ``sharps`` false. In minor the raised sixth and seventh are spelled as such either way.
    """
    for diatonic in range(7 * (midi // 12 - 2), 7 * (midi // 12 + 1)):
        alter = key.alter(STEPS[diatonic % 7])
        pitch = Pitch.from_diatonic(diatonic, alter)
        if pitch.midi == midi:
            return pitch
    if key.mode == "minor":
        raised = [p for p in _raised(midi, key) if p.midi == midi]
        if raised:
            return raised[0]
    return Pitch.from_midi(midi, flats=not sharps)


def _raised(midi: int, key: Key) -> list[Pitch]:
    """The sixth and seventh of the minor scale of a key, raised, near a MIDI number: F sharp and G sharp in A minor."""
    tonic = "CGDAEBF"[(key.fifths + 3) % 7]
    steps = [STEPS[(STEPS.index(tonic) + up) % 7] for up in (5, 6)]
    octaves = range(midi // 12 - 2, midi // 12 + 1)
    return [Pitch(s, key.alter(s) + 1, octave) for s in steps if key.alter(s) < 2 for octave in octaves]


def with_accidentals(events: Sequence[Event], key: Key) -> tuple[Event, ...]:
    """The events of one bar of one part, in their order, each note with the sign that must be printed before it.

    A sign holds on its staff and at its octave to the end of the bar. A sign that agrees with the pitch but is not
    needed (a courtesy accidental) stays; one that contradicts it goes. The end of a tie needs none.
    """
    held: dict[tuple[int, int], int] = {}
    out = list(events)
    for place in sorted(range(len(out)), key=lambda n: (out[n].onset, not out[n].grace)):
        event = out[place]
        notes = tuple(_signed(note, event.staff, held, key) for note in event.notes)
        if notes != event.notes:
            out[place] = replace(event, notes=notes)
    return tuple(out)


def _signed(note: Note, staff: int, held: dict[tuple[int, int], int], key: Key) -> Note:
    pitch, place = note.pitch, (staff, note.pitch.diatonic)
    if note.tie_stop and note.accidental is None:
        return note
    in_force = held.get(place, key.alter(pitch.step))
    sign = SIGNS[pitch.alter]
    held[place] = pitch.alter
    wanted = sign if pitch.alter != in_force or note.accidental == sign else None
    return note if note.accidental == wanted else replace(note, accidental=wanted)
