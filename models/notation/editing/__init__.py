"""Corrections of a score: small values that say what was done, and pure functions that give the score after them.

Every edit leaves each bar at the length that it holds (`filling.misfits` tells which do not fill their metre), moves what
follows rather than losing it, and prints accidentals, beams and tuplet brackets anew where they are touched.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any

from models.notation.editing.bars import rebarred
from models.notation.editing.connections import slurred, tied
from models.notation.editing.edits import (
    Accidental,
    AddNote,
    BarEdit,
    Cut,
    Dots,
    Edit,
    Fill,
    InsertBar,
    JoinBars,
    LengthEdit,
    Letter,
    OneVoice,
    PitchEdit,
    PutIn,
    Remove,
    RemoveBar,
    Repeat,
    Repitch,
    SetChord,
    SetClef,
    SetKey,
    SetLyric,
    SetMetre,
    SetStaff,
    SetVoice,
    SignatureEdit,
    Silence,
    Slur,
    SplitBar,
    Step,
    Tie,
    Transpose,
    Tuplet,
    Value,
    VoiceEdit,
    WordEdit,
)
from models.notation.editing.filling import Misfit, excess, misfits, with_rests
from models.notation.editing.lengths import lengthened
from models.notation.editing.pitches import HIGHEST_STEP, repitched, with_chord_note
from models.notation.editing.places import find_note, place_of
from models.notation.editing.putting_in import put_in
from models.notation.editing.removal import removed, taken_out
from models.notation.editing.signatures import signed
from models.notation.editing.voices import revoiced
from models.notation.editing.wording import syllable_text, worded
from models.notation.score import Score

__all__ = [
    "HIGHEST_STEP",
    "Accidental",
    "AddNote",
    "Cut",
    "Dots",
    "Edit",
    "Fill",
    "InsertBar",
    "JoinBars",
    "Letter",
    "Misfit",
    "OneVoice",
    "PutIn",
    "Remove",
    "RemoveBar",
    "Repeat",
    "Repitch",
    "SetChord",
    "SetClef",
    "SetKey",
    "SetLyric",
    "SetMetre",
    "SetStaff",
    "SetVoice",
    "Silence",
    "Slur",
    "SplitBar",
    "Step",
    "Tie",
    "Transpose",
    "Tuplet",
    "Value",
    "edited",
    "edited_by",
    "excess",
    "find_note",
    "joined",
    "misfits",
    "place_of",
    "removed",
    "syllable_text",
    "with_rests",
]


_APPLIED: tuple[tuple[Any, Callable[[Score, Any], Score]], ...] = (
    (PitchEdit, repitched),
    (LengthEdit, lengthened),
    (Remove | Cut | Silence, taken_out),
    (AddNote, with_chord_note),
    (PutIn, put_in),
    (Tie, tied),
    (Slur, slurred),
    (BarEdit, rebarred),
    (SignatureEdit, signed),
    (VoiceEdit, revoiced),
    (WordEdit, worded),
)


def edited(score: Score, edit: Edit) -> Score:
    """The score after an edit; the same score where the edit means nothing: no such note, or out of range."""
    return next(apply for kind, apply in _APPLIED if isinstance(edit, kind))(score, edit)


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
    if isinstance(edit, Repitch) and isinstance(last, PitchEdit):
        return joined(earlier, edit)
    same_verse = isinstance(edit, SetLyric) and isinstance(last, SetLyric) and edit.verse == last.verse
    if same_verse or (isinstance(edit, SetChord) and isinstance(last, SetChord)):
        return (*earlier, edit)
    return (*before, edit)
