"""A transcription in a visitor's workspace: the notes as they stand now, their score, and the files to play and download."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from PIL import Image

import scoreweb
from models.contracts.transcribe import HeardNote
from models.notation.editing import Edit, edited, edited_by, find_note, joined, with_rests
from models.notation.engraving.engrave import Engraving, Look, engrave
from models.notation.engraving.pictures import svg_to_pdf, svg_to_png
from models.notation.midi import write_performance
from models.notation.musicxml import write_musicxml
from models.notation.performance import Sounding, sounding_notes
from models.notation.score import Score
from models.notation.synthesis.sound import flac_bytes, play, play_notes, wav_bytes
from models.transcribe.classic.images import note_image
from models.transcribe.score.writing import note_id
from models.transcribe.sound import Sound
from models.weights import WeightsError
from scoreweb.errors import VisitorError
from scoreweb.heard_notes import as_edited, heard_id, notes_json, pieces, score_of
from scoreweb.jobs.transcribe import texts as say
from scoreweb.jobs.transcribe.options import Heard, TranscribeOptions
from scoreweb.score_result import Named, ScoreResult
from storage import CorrectionFormat, NewCorrection, NewPrediction, NewSubmission, ScoreText, Task
from storage import Sound as KeptSound

PRINT = Look(width=1000, staff_space=8.0, layout="pages")
"""A4 pages."""
STRIP = 12
"""Most pictures that the classic strip of a melody shows."""
LOWEST, HIGHEST = 21, 108
"""The keys of a piano."""
_OFFERED = 5
LEAST = 0.05
"""How sure the faintest note is that can be written."""


@dataclass(frozen=True)
class State:
    """What the visitor decided so far: notes, the tempo and metre that they are written in, edits of that score, how sure notes must be."""

    notes: tuple[HeardNote, ...]
    options: TranscribeOptions
    edits: tuple[Edit, ...] = ()
    least: float | None = None


class TranscribeResult(ScoreResult[State]):
    """One transcribed recording. ``notes`` are as the visitor left them, ``heard.notes`` as the network heard them."""

    look = Look(width=760, staff_space=9.0, header=False)
    as_printed = False

    def __init__(
        self, folder: Path, name: str, sound: Sound, heard: Heard, options: TranscribeOptions
    ) -> None:
        """A transcription whose score is not written yet."""
        super().__init__(folder, name, State(tuple(heard.notes), options))
        self.sound_heard, self.heard = sound, heard
        self.rolled: tuple[int, int] | None = None
        """The lowest and the highest key of the spectrum that the browser has."""

    @property
    def options(self) -> TranscribeOptions:
        """The options that the score is written with."""
        return self.state.options

    @property
    def notes(self) -> list[HeardNote]:
        """The notes as they stand now."""
        return [note for _, note in self._left()]

    @property
    def is_corrected(self) -> bool:
        """Whether the visitor changed or removed a note."""
        return [n.midi for n in self.notes] != [n.midi for n in self.heard.notes]

    # What the visitor does

    def rewrite(self, options: TranscribeOptions) -> None:
        """Another tempo or metre: the notes as they stand now in a new score."""
        self._become(State(tuple(self.notes), options, least=self.state.least))

    @property
    def least(self) -> float:
        """How sure a note must be to be written: the visitor's, or that of the surest one left out."""
        surest = max((note.certainty for note in self.heard.candidates), default=LEAST)
        return self.state.least if self.state.least is not None else max(LEAST, surest)

    def choose(self, least: float) -> None:
        """Notes surer than ``least`` (0 to 1) are written, candidates too; what the visitor corrected or took out stays so."""
        heard = (*self.heard.notes, *self.heard.candidates)
        before = self.state.least
        expected = self.heard.notes if before is None else [n for n in heard if n.certainty >= before]
        written = {_span(note) for note in self.notes}
        removed = {_span(note) for note in expected} - written
        more = [n for n in heard if n.certainty >= least and _span(n) not in written | removed]
        kept = [note for note in self.notes if note.certainty >= least]
        chosen = tuple(sorted((*kept, *more), key=lambda note: (note.onset_s, note.midi)))
        if not chosen:
            raise VisitorError(say.NONE_SO_SURE)
        self._become(State(chosen, self.options, least=least))

    def left_out(self) -> list[HeardNote]:
        """What was heard and is not written."""
        written = {_span(note) for note in self.notes}
        return [n for n in (*self.heard.notes, *self.heard.candidates) if _span(n) not in written]

    def _with(self, edits: Sequence[Edit]) -> State:
        """A note's pitch goes for all its tied pieces; a single note gets the clef that suits it."""
        state, score = self.state, self.score
        new = state
        for edit in edits:
            score = edited(score, edit) if score else None
            found = find_note(score, edit.id) if score else None
            if found and found[3] and not LOWEST <= found[3].pitch.midi <= HIGHEST:
                raise VisitorError(say.NO_SUCH_KEY)
            new = replace(new, edits=joined(new.edits, edit))
        if not self.heard.single:
            return new
        notes = [note for _, note in as_edited(state.notes, self._score_of(new), new.edits)]
        return State(tuple(notes), state.options, least=state.least) if notes else new

    def _left(self) -> list[tuple[int, HeardNote]]:
        if self.score is None:
            return list(enumerate(self.state.notes))
        return as_edited(self.state.notes, self.score, self.state.edits)

    # What is written of it

    def _score_of(self, state: State) -> Score:
        plain = score_of(state.notes, state.options, single=self.heard.single)
        return edited_by(with_rests(plain), state.edits)

    def _slow_files(self, score: Score, engraving: Engraving) -> Mapping[str, Named]:
        pages = engraving.pages
        notes = [note for _, note in as_edited(self.state.notes, score, self.state.edits)]
        made: dict[str, Named] = {
            "performance": (f"{self.stem}-as-played.mid", write_performance(_performance(notes))),
            "notes": (f"{self.stem}.json", json.dumps(notes_json(notes)).encode()),
            "png": (f"{self.stem}.png", svg_to_png(pages[0], width=1800)),
            "pdf": (f"{self.stem}.pdf", svg_to_pdf(engrave(score, PRINT).pages)),
        }
        with suppress(WeightsError):  # a host without the piano still writes scores
            made["wav"] = f"{self.stem}.wav", wav_bytes(*play(score))
        return made

    def _sound(self, kind: str, score: Score) -> bytes:
        if kind == "recording":
            return flac_bytes(self.sound_heard.samples, self.sound_heard.rate)
        if kind == "detected":
            return flac_bytes(*play_notes(_performance(self.notes)))
        return super()._sound(kind, score)

    def sounding(self, kind: str, quiet: Sequence[str] = ()) -> list[Sounding]:
        """See `ScoreResult.sounding`: a recording has times of its own."""
        return super().sounding(kind, quiet) if kind == "score" else self.heard_times()

    def heard_times(self) -> list[Sounding]:
        """When the notes that are left sound in the recording, with the ids and the bar that they are written as."""
        if self.score is None:
            return []
        written = pieces(self.score)
        bars = {heard_id(n.ids[0]): n.bar for n in sounding_notes(self.score) if n.ids}
        found = [
            Sounding(n.onset_s, n.offset_s, n.midi, n.velocity, tuple(written.get(i, ())), bars.get(i, 0))
            for i, n in ((note_id(index), note) for index, note in self._left())
        ]
        return sorted(found)

    def alternatives(self) -> dict[str, list[tuple[int, float]]]:
        """What else each note may be, by id: (MIDI number, certainty), the likeliest first."""
        return {
            note_id(index): [(a.midi, a.certainty) for a in note.alternatives[:_OFFERED]]
            for index, note in self._left()
        }

    def classic(self) -> Image.Image:
        """The dissertation's picture: the network's own for one note, a strip of drawn ones for a melody."""
        if len(self.notes) == 1 and self.heard.picture is not None and not self.is_corrected:
            return Image.fromarray(np.asarray(self.heard.picture, np.uint8))
        strip = [note_image(n.midi) for n in self.notes[:STRIP] if 21 <= n.midi <= 108]
        return Image.fromarray(np.concatenate(strip or [np.full_like(note_image(LOWEST), 255)], axis=1))

    def submission(self) -> NewSubmission:
        """The recording whole, for the collection: recording, score as it was heard, ranked readings, settings."""
        heard = self.heard
        sheet = score_of(heard.notes, self.options, single=heard.single)
        metre = self.options.metre
        payload = {"notes": notes_json(heard.notes)}
        score = min(1.0, max(0.0, float(np.mean([n.certainty for n in heard.notes]))))
        return NewSubmission(
            task=Task.TRANSCRIBE,
            app_version=scoreweb.__version__,
            settings={
                "mode": self.options.mode,
                "tempo": self.options.tempo,
                "metre": f"{metre.beats}/{metre.beat_type}" if metre else None,
                "network": self.options.network,
                "hints": list(heard.hints),
            },
            input=KeptSound(self.sound_heard.samples, self.sound_heard.rate),
            results=[ScoreText(write_musicxml(sheet))],
            predictions=[
                NewPrediction(
                    rank=1,
                    payload=payload,
                    model=heard.model,
                    model_digest=heard.weights if len(heard.weights) == 64 else None,
                    score=score,
                )
            ],
        )

    def corrections(self) -> list[NewCorrection]:
        """What the visitor changed, as notes; none when nothing was."""
        if not self.is_corrected:
            return []
        return [NewCorrection(format=CorrectionFormat.NOTES, payload=notes_json(self.notes), based_on_rank=1)]


def _span(note: HeardNote) -> tuple[float, float]:
    """What tells a note from the others whatever its pitch is corrected to."""
    return note.onset_s, note.offset_s


def _performance(notes: Sequence[HeardNote]) -> list[tuple[float, float, int, int]]:
    return [(n.onset_s, n.offset_s, n.midi, n.velocity) for n in notes]
