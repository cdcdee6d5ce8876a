"""Corrections as values: what a person did to a score, small enough to be kept, taken back and done again.

Each names a note or rest by its id, so that it holds for any score that has it: a bar beside it may be read otherwise, or
the whole be written anew. An edit of a bar names any note or rest in the bar.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from models.arrays import Box
from models.notation.score import Clef, Key, Metre, NoteType


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
    """A note moved to the nearest one of that name, C..B, as the key signature alters it; a rest becomes such a note."""

    id: str
    letter: str


@dataclass(frozen=True, slots=True)
class Repitch:
    """A note that shall sound as this MIDI number (0..127)."""

    id: str
    midi: int


@dataclass(frozen=True, slots=True)
class Remove:
    """A note that becomes a rest, or leaves its chord; a rest that goes, and what follows moves up."""

    id: str


@dataclass(frozen=True, slots=True)
class Cut:
    """A note, chord or rest that goes with its time: what follows moves up."""

    id: str


@dataclass(frozen=True, slots=True)
class Silence:
    """A note or chord that becomes a rest."""

    id: str


@dataclass(frozen=True, slots=True)
class Value:
    """A note or rest of another note value, without dots; what follows in its voice moves."""

    id: str
    type: NoteType


@dataclass(frozen=True, slots=True)
class Dots:
    """A note or rest with so many dots (0..3); what follows in its voice moves."""

    id: str
    dots: int


@dataclass(frozen=True, slots=True)
class Tuplet:
    """A note and those after it played ``count`` (2..9) in the time of the usual number; 1 for none.

    They are those up to ``last``, where that is told; else as many as it takes where the bar holds too much, and where
    it does not, the note's own time is divided.
    """

    id: str
    count: int
    last: str = ""


@dataclass(frozen=True, slots=True)
class Tie:
    """A note tied to the next one of its pitch, or no longer."""

    id: str


@dataclass(frozen=True, slots=True)
class Slur:
    """A slur from one note to another of its part, or to the next where ``last`` is empty; where it is already, it goes."""

    id: str
    last: str = ""


@dataclass(frozen=True, slots=True)
class Repeat:
    """The same note, chord or rest once more, after itself; what follows in its voice moves."""

    id: str


@dataclass(frozen=True, slots=True)
class AddNote:
    """A note of that name, C..B, above the one named, in its chord."""

    id: str
    letter: str


@dataclass(frozen=True, slots=True)
class Fill:
    """The voice of a note or rest, with rests where it lacks something."""

    id: str


@dataclass(frozen=True, slots=True)
class InsertBar:
    """An empty bar in all parts, before or after the bar of a note or rest."""

    id: str
    after: bool = True


@dataclass(frozen=True, slots=True)
class RemoveBar:
    """The bar of a note or rest taken out of all parts."""

    id: str


@dataclass(frozen=True, slots=True)
class JoinBars:
    """The bar of a note or rest and the next one as a single bar."""

    id: str


@dataclass(frozen=True, slots=True)
class SplitBar:
    """A bar line before a note or rest."""

    id: str


@dataclass(frozen=True, slots=True)
class SetClef:
    """Another clef on the staff of a note or rest, from it on, for ``bars`` bars or up to the next clef.

    With ``as_printed`` the heads stay where they stand on the staff and are other notes then; else the notes stay.
    """

    id: str
    clef: Clef
    bars: int | None = None
    as_printed: bool = True


@dataclass(frozen=True, slots=True)
class SetKey:
    """Another key signature in all parts from the bar of a note or rest on, for ``bars`` bars or up to the next one.

    With ``as_printed`` the accidentals stay as they are printed, and notes without one follow the key; else the notes stay.
    """

    id: str
    key: Key
    bars: int | None = None
    as_printed: bool = True


@dataclass(frozen=True, slots=True)
class SetMetre:
    """Another time signature in all parts from the bar of a note or rest on, for ``bars`` bars or up to the next one."""

    id: str
    metre: Metre
    bars: int | None = None


@dataclass(frozen=True, slots=True)
class SetVoice:
    """A note, chord or rest in another voice of its staff, 1..4; what stands there at that time changes places with it."""

    id: str
    voice: int


@dataclass(frozen=True, slots=True)
class SetStaff:
    """A note, chord or rest on another staff of its part, from 1; what stands there at that time changes places with it."""

    id: str
    staff: int


@dataclass(frozen=True, slots=True)
class OneVoice:
    """The staff of a note or rest in one voice, in its bar or in ``bars`` bars from there: its notes one after another."""

    id: str
    bars: int = 1


@dataclass(frozen=True, slots=True)
class SetLyric:
    """The syllable under a note, of a verse from 1; a hyphen at its end joins it to the next. Empty text takes it away."""

    id: str
    text: str
    verse: int = 1


@dataclass(frozen=True, slots=True)
class SetChord:
    """The chord symbol above the moment of a note or rest, as it is printed ("F#m7/A"). Empty text takes it away."""

    id: str
    text: str


@dataclass(frozen=True, slots=True)
class PutIn:
    """A sign that was left out, beside the note or rest named: in its chord, after it or before it.

    ``step`` is a note's place above the lowest line of the staff, None for a rest; ``type`` what it lasts where it has a time
    of its own; ``box`` where it stands on the picture. A rest makes room for a note of its chord.
    """

    id: str
    step: int | None
    how: Literal["chord", "after", "before"]
    type: NoteType = NoteType.QUARTER
    box: Box | None = None


PitchEdit = Transpose | Step | Accidental | Letter | Repitch
LengthEdit = Value | Dots | Tuplet | Repeat | Fill
BarEdit = InsertBar | RemoveBar | JoinBars | SplitBar
SignatureEdit = SetClef | SetKey | SetMetre
WordEdit = SetLyric | SetChord
VoiceEdit = SetVoice | SetStaff | OneVoice
Edit = (
    PitchEdit
    | LengthEdit
    | BarEdit
    | SignatureEdit
    | VoiceEdit
    | WordEdit
    | Remove
    | Cut
    | Silence
    | Tie
    | Slur
    | AddNote
    | PutIn
)
