"""The mode ``piano``: any number of notes at once, both hands, with the pedal."""

from __future__ import annotations

import numpy as np

from models.arrays import Samples
from models.transcribe.ear.hearing import CLIPPED, CLIPPED_SHARE, QUIET_DB, SILENCE, TOO_QUIET
from models.transcribe.heard import HeardNote
from models.transcribe.listener import Listener, OnNotes, OnProgress, Transcription
from models.transcribe.piano.hearing import SILENT_DB, PianoEar
from models.transcribe.piano.tuning import piano_tuning
from models.transcribe.registry import PIANO

UNLIKELY = 0.72
"""A recording whose notes are less certain than this, in the middle, is probably no piano (`benchmarks.textures`)."""
NOTHING = "No piano is to be heard in this recording."
DOUBTFUL = "Most of the notes are uncertain: this may be no piano, or be recorded from far away."
OFF_TUNE, AGREED = 0.15, 0.5
"""Semitones off A = 440 Hz that are worth a sentence, and how well the spectrum's peaks must agree on them."""
NARROW = "The recording has nothing above 4 kHz: the highest notes may be missing."


def opened(device: str = "cpu") -> Listener:
    """The listener with the shipped weights."""
    return PianoListener(PianoEar.open(device))


class PianoListener:
    """See `Listener`. Notes are handed on while the recording is heard; candidates are those less likely."""

    def __init__(self, ear: PianoEar) -> None:
        self._ear = ear

    def hear(
        self,
        samples: Samples,
        rate: int,
        *,
        on_progress: OnProgress | None = None,
        on_notes: OnNotes | None = None,
    ) -> Transcription:
        """See `Listener.hear`."""
        notes: list[HeardNote] = []
        candidates: list[HeardNote] = []
        for settled, fainter in self._ear.notes(samples, rate, on_chunk=on_progress):
            notes += settled
            candidates = fainter
            if settled and on_notes:
                on_notes(settled)
        return Transcription(
            tuple(notes),
            _hints(samples, rate, notes),
            PIANO,
            "piano",
            self._ear.weights.sha256,
            tuple(candidates),
        )


def _hints(samples: Samples, rate: int, notes: list[HeardNote]) -> tuple[str, ...]:
    """What is true of the whole recording."""
    peak = float(np.abs(samples).max(initial=0.0))
    level = 20 * float(np.log10(peak + 1e-12))
    if level < SILENT_DB:
        return (SILENCE,)
    hints = []
    if level < QUIET_DB:
        hints.append(TOO_QUIET)
    elif peak > 0.5 and float((np.abs(samples) > 0.999 * peak).mean()) > CLIPPED_SHARE:
        hints.append(CLIPPED)
    if rate <= 8_000:
        hints.append(NARROW)
    if not notes:
        hints.append(NOTHING)
    elif float(np.median([note.certainty for note in notes])) < UNLIKELY:
        hints.append(DOUBTFUL)
    tuning, agreement = piano_tuning(samples, rate) if notes else (0.0, 0.0)
    if agreement >= AGREED and abs(tuning) >= OFF_TUNE:
        way = "above" if tuning > 0 else "below"
        hints.append(f"The piano is tuned about {abs(tuning) * 100:.0f} cents {way} A = 440 Hz.")
    return tuple(hints)
