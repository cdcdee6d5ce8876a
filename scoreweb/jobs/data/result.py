"""The label of a donation as a score that can be played and corrected, and what a correction of it is."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from models.contracts.transcribe import HeardNote
from models.notation.editing import Edit, edited_by, joined, with_rests
from models.notation.engraving.engrave import Engraving, Look
from models.notation.musicxml import read_musicxml, write_musicxml
from models.notation.score import Metre, Score
from scoreweb.errors import VisitorError
from scoreweb.heard_notes import as_edited, notes_json, notes_of, score_of
from scoreweb.jobs.data import texts as say
from scoreweb.score_result import Named, ScoreResult
from storage import CorrectionFormat, NewCorrection

LOOK = Look(width=760, staff_space=9.0, header=False)


@dataclass(frozen=True)
class Plain:
    """Tempo and metre estimated."""

    tempo: float | None = None
    metre: Metre | None = None


@dataclass(frozen=True)
class Written:
    """A label as a score; ``notes`` where it was heard rather than read."""

    score: Score
    notes: tuple[HeardNote, ...] | None = None


def written(files: Mapping[str, bytes]) -> Written | None:
    """The label among a donation's files as a score; None where it is none, as of an enlarged page.

    NotationError for a score that cannot be understood.
    """
    if "label.musicxml" in files:
        return Written(read_musicxml(files["label.musicxml"]))
    values = None
    if "label.notes.json" in files:
        values = json.loads(files["label.notes.json"])
    elif "label.json" in files:
        values = json.loads(files["label.json"]).get("notes")
    if not isinstance(values, list) or not values:
        return None
    notes = notes_of(values)
    return Written(score_of(notes, Plain()), tuple(notes))


class LabelResult(ScoreResult[tuple[Edit, ...]]):
    """A label in a visitor's workspace; what the visitor decided are edits of it. ``rank`` is the prediction it comes from."""

    look = LOOK

    def __init__(self, folder: Path, label: Written, rank: int | None) -> None:
        """The label as it is, not drawn yet."""
        super().__init__(folder, "label", ())
        self._label, self._rank = label, rank

    def correction(self) -> NewCorrection:
        """What the visitor made of it: MusicXML, or notes where it was heard. VisitorError where nothing was changed."""
        if self.score is None or self.score == with_rests(self._label.score):
            raise VisitorError(say.NOT_CHANGED)
        if self._label.notes is None:
            text = write_musicxml(self.score).decode()
            return NewCorrection(format=CorrectionFormat.MUSICXML, payload=text, based_on_rank=self._rank)
        left = [note for _, note in as_edited(self._label.notes, self.score, self.state)]
        return NewCorrection(
            format=CorrectionFormat.NOTES, payload=_kept(notes_json(left)), based_on_rank=self._rank
        )

    def _score_of(self, state: tuple[Edit, ...]) -> Score:
        return edited_by(with_rests(self._label.score), state)

    def _with(self, edits: Sequence[Edit]) -> tuple[Edit, ...]:
        now = self.state
        for edit in edits:
            now = joined(now, edit)
        return now

    def _slow_files(self, score: Score, engraving: Engraving) -> Mapping[str, Named]:
        return {}


def _kept(notes: Sequence[dict[str, object]]) -> list[dict[str, object]]:
    return [{name: value for name, value in note.items() if name != "alternatives"} for note in notes]
