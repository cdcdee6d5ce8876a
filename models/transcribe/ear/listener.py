"""The mode ``note``: one note of a piano, with everything else that it may have been."""

from __future__ import annotations

import numpy as np

from models.arrays import Samples
from models.transcribe.ear.hearing import Ear, Hearing
from models.transcribe.heard import Guess, HeardNote
from models.transcribe.listener import Listener, OnNotes, OnProgress, Transcription
from models.transcribe.registry import NOTE

FADED_DB = -35.0
BRIEFEST_S = 0.03


def opened(device: str = "cpu") -> Listener:
    """The listener with the shipped weights."""
    return NoteListener(Ear.open(device))


class NoteListener:
    """The ear, asked for one note. See `Listener`: there is one note, or none where nothing is to be heard."""

    def __init__(self, ear: Ear) -> None:
        self._ear = ear

    def hear(
        self,
        samples: Samples,
        rate: int,
        *,
        on_progress: OnProgress | None = None,
        on_notes: OnNotes | None = None,
    ) -> Transcription:
        """See `Listener.hear`; the note lasts from its onset until it has faded by 35 dB."""
        if on_progress:
            on_progress(0, 1)
        hearing = self._ear.hear(samples, rate)
        notes = (_note_of(samples, rate, hearing),) if hearing.ranked else ()
        if on_progress:
            on_progress(1, 1)
        if on_notes and notes:
            on_notes(notes)
        return Transcription(notes, hearing.hints, NOTE, "ear", self._ear.weights.sha256)


def _note_of(samples: Samples, rate: int, hearing: Hearing) -> HeardNote:
    (midi, certainty), *others = hearing.ranked
    sound = samples[round(hearing.onset_s * rate) :]
    frame = max(1, rate // 50)
    count = max(1, len(sound) // frame)
    padded = np.pad(sound[: count * frame], (0, max(0, count * frame - len(sound))))
    level = 10 * np.log10(np.square(padded.reshape(count, frame)).mean(1) + 1e-12)
    loud = np.flatnonzero(level > level.max() + FADED_DB)
    end = hearing.onset_s + (int(loud[-1]) + 1) * frame / rate
    velocity = int(np.clip(round(100 + 1.8 * (float(level.max()) + 20)), 20, 120))
    guesses = tuple(Guess(m, c) for m, c in others)
    return HeardNote(
        hearing.onset_s, max(end, hearing.onset_s + BRIEFEST_S), midi, velocity, certainty, guesses
    )
