"""The mode ``melody``: one note of a piano after the other, and whether it is a melody of a piano at all."""

from __future__ import annotations

import numpy as np

from models.arrays import Samples
from models.transcribe.ear import Ear, Hearing
from models.transcribe.ear.hearing import NO_NOTE, SEVERAL, SILENCE, UNSURE
from models.transcribe.heard import HeardNote
from models.transcribe.listener import Listener, OnNotes, OnProgress, Transcription
from models.transcribe.melody.hearing import MelodyEar
from models.transcribe.registry import MELODY

BRIEFEST_S = 0.3
"""Seconds of a recording in which an onset cannot be distinguished from the recording's own beginning."""
UNLIKELY = 0.7
"""A melody whose notes are less certain than this, in the middle, is probably none (`benchmarks.textures`)."""
DOUBTFUL = "Most of the notes are uncertain: this may be no piano, or several notes may sound at once."


def opened(device: str = "cpu") -> Listener:
    """The listener with the shipped weights."""
    return MelodyListener(MelodyEar.open(device), Ear.open(device))


class MelodyListener:
    """The onset network, and the ear for what is true of the whole recording.

    See `Listener`. Notes never overlap. All are handed on at the end: how loud and how sure a note is depends on the
    loudest note of the recording.
    """

    def __init__(self, melody: MelodyEar, ear: Ear) -> None:
        self._melody, self._ear = melody, ear

    def hear(
        self,
        samples: Samples,
        rate: int,
        *,
        on_progress: OnProgress | None = None,
        on_notes: OnNotes | None = None,
    ) -> Transcription:
        """See `Listener.hear`."""
        parts = 1
        notes: list[HeardNote] = []
        candidates: list[HeardNote] = []

        def on_chunk(done: int, total: int) -> None:
            nonlocal parts
            parts = total + 1
            if on_progress:
                on_progress(done, parts)

        if len(samples) >= BRIEFEST_S * rate:
            notes, candidates = self._melody.heard(samples, rate, on_chunk=on_chunk)
        hints = _hints(self._ear.hear(samples, rate), notes)
        if on_progress:
            on_progress(parts, parts)
        if on_notes and notes:
            on_notes(notes)
        return Transcription(
            tuple(notes), hints, MELODY, "melody", self._ear.weights.sha256, tuple(candidates)
        )


def _hints(hearing: Hearing, notes: list[HeardNote]) -> tuple[str, ...]:
    """What is true of the whole recording, of what the ear says of its loudest note."""
    hints = [hint for hint in hearing.hints if hint not in {NO_NOTE, SEVERAL, UNSURE}]
    if not notes and SILENCE not in hints:
        hints.append(NO_NOTE)
    if notes and float(np.median([note.certainty for note in notes])) < UNLIKELY:
        hints.append(NO_NOTE if hearing.kinds.get("other", 0.0) > 0.5 else DOUBTFUL)
    return tuple(hints)
