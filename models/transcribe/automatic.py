"""The mode ``auto``: hears what kind of music a recording is, and lets the listener of that kind hear its notes."""

from __future__ import annotations

from models.arrays import Samples
from models.transcribe.listener import Listener, OnNotes, OnProgress, Transcription
from models.transcribe.registry import MELODY, NOTE, mode_named

BRIEFEST_MELODY_S = 0.3
"""Seconds below which there is no room for a second note."""


def opened(device: str = "cpu") -> Listener:
    """The listener that chooses between the others."""
    return AutomaticListener(mode_named(NOTE).open(device), mode_named(MELODY).open(device))


class AutomaticListener:
    """Takes a recording for a melody and, where that has one note at most, for a single note.

    See `Listener`. The melody is the safer first guess: its listener finds the onsets, and their number decides.
    """

    def __init__(self, note: Listener, melody: Listener) -> None:
        self._note, self._melody = note, melody

    def hear(
        self,
        samples: Samples,
        rate: int,
        *,
        on_progress: OnProgress | None = None,
        on_notes: OnNotes | None = None,
    ) -> Transcription:
        """See `Listener.hear`; ``mode`` of the answer says which listener it was."""
        if len(samples) >= BRIEFEST_MELODY_S * rate:
            melody = self._melody.hear(samples, rate, on_progress=on_progress)
            if len(melody.notes) > 1:
                if on_notes:
                    on_notes(melody.notes)
                return melody
        return self._note.hear(samples, rate, on_progress=on_progress, on_notes=on_notes)
