"""Heard notes on their way out: written down as a score, as JSON values, and as a visitor's edits of the score leave them."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import replace
from typing import Any, Protocol

from models.contracts.transcribe import Guess, HeardNote
from models.notation.editing import Cut, Edit, Remove, Silence
from models.notation.score import Metre, Score
from models.transcribe.score.staves import TREBLE, clef_of
from models.transcribe.score.writing import note_id, single_note, write_score


class Wanted(Protocol):
    """How a score is to be written: tempo in beats a minute and metre, None to estimate them."""

    @property
    def tempo(self) -> float | None:
        """Beats a minute."""

    @property
    def metre(self) -> Metre | None:
        """The time signature."""


def score_of(notes: Sequence[HeardNote], options: Wanted, *, single: bool = False, title: str = "") -> Score:
    """The score of the notes in order of onset; ``single`` is the dissertation's picture of one. NotationError when there is none."""
    if single and len(notes) == 1:
        return replace(single_note(notes[0], clef_of([notes[0].midi], 1, 1) or TREBLE), title=title)
    wishes = getattr(options, "wishes", None)  # only the Transcribe job knows more than tempo and metre
    return write_score(notes, tempo=options.tempo, metre=options.metre, title=title, wishes=wishes)


def notes_of(values: Sequence[dict[str, Any]]) -> list[HeardNote]:
    """The notes that `notes_json` or a correction gives as JSON values, in order of onset."""
    found = [
        HeardNote(
            onset_s=float(one["onset_s"]),
            offset_s=float(one["offset_s"]),
            midi=int(one["midi"]),
            velocity=int(one.get("velocity", 80)),
            certainty=float(one.get("certainty", 1.0)),
            alternatives=tuple(
                Guess(int(other["midi"]), float(other["certainty"])) for other in one.get("alternatives", ())
            ),
        )
        for one in values
    ]
    return sorted(found, key=lambda note: (note.onset_s, note.midi))


def notes_json(notes: Sequence[HeardNote]) -> list[dict[str, Any]]:
    """The notes as JSON values, as in notes.json, the API and the dataset: times in s to a tenth of a millisecond."""
    return [
        {
            "onset_s": round(float(n.onset_s), 4),
            "offset_s": round(float(n.offset_s), 4),
            "midi": int(n.midi),
            "velocity": int(n.velocity),
            "certainty": round(float(n.certainty), 4),
            "alternatives": [
                {"midi": int(a.midi), "certainty": round(float(a.certainty), 4)} for a in n.alternatives
            ],
        }
        for n in notes
    ]


def pieces(score: Score) -> dict[str, list[str]]:
    """Ids of the notes that each heard note is written as, by the id of the first; tied pieces follow it in time."""
    found: dict[str, list[str]] = {}
    for _, _, event in score.events():
        for note in event.notes:
            found.setdefault(heard_id(note.id), []).append(note.id)
    return found


def heard_id(identity: str) -> str:
    """The id of the heard note that a note of the score is a piece of."""
    return identity.partition("t")[0]


def as_edited(
    notes: Sequence[HeardNote], score: Score, edits: Collection[Edit]
) -> list[tuple[int, HeardNote]]:
    """The notes that are left after the edits that led to a score, each with its index among ``notes``.

    A note that was given another pitch is certain, since a person said so; the old reading stays to be chosen.
    """
    written = pieces(score)
    midis = {note.id: note.pitch.midi for _, _, event in score.events() for note in event.notes}
    touched = {heard_id(edit.id) for edit in edits}
    removed = {heard_id(edit.id) for edit in edits if isinstance(edit, Remove | Cut | Silence)}
    left = []
    for index, note in enumerate(notes):
        identity = note_id(index)
        if identity in removed and identity not in written:
            continue
        first = written.get(identity, [""])[0]
        left.append((index, _pitched(note, midis[first]) if identity in touched and first else note))
    return left


def _pitched(note: HeardNote, midi: int) -> HeardNote:
    if midi == note.midi:
        return note
    others = (
        Guess(note.midi, note.certainty),
        *(a for a in note.alternatives if a.midi not in {midi, note.midi}),
    )
    return replace(note, midi=midi, certainty=1.0, alternatives=others)
