"""The mode ``auto``: hears what kind of music a recording is, and lets the listener of that kind hear its notes."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from models.arrays import Samples
from models.transcribe.ear.hearing import NO_NOTE, SILENCE, Ear
from models.transcribe.listener import Listener, OnNotes, OnProgress, Transcription
from models.transcribe.piano.listener import DOUBTFUL
from models.transcribe.registry import MELODY, NOTE, PIANO, REASONS, VOICE, mode_named
from models.transcribe.texture import Texture, texture_of
from models.transcribe.voice.listener import SILENT_PEAK
from models.transcribe.voice.pitch import tracked
from models.transcribe.voice.segmentation import notes_of

BRIEFEST_MELODY_S = 0.3
"""Seconds below which there is no room for a second note."""
SEVERAL = 0.2
"""Share of moments with more than one key from which on it is piano music (`benchmarks.textures`)."""
WAVERING, SUNG_CHORDS = 0.1, 0.35
"""Semitones that a sung or bowed pitch strays and a struck string does not; and how many chords a voice may be mistaken for."""
HELD_DB, HELD_CHORDS = 5.0, 0.45
"""Decibels a second by which a struck string always falls; blown and bowed notes do not."""
STEADY, HELD_STEADY = 0.45, 0.65
GLIDING = 0.25
"""Share of the voiced time on a steady pitch below which it may be speech; dense piano music may, too, and the ear decides."""
GLIDES = "This sounds like speech or noise rather than a piano: the notes are guesses."


def opened(device: str = "cpu") -> Listener:
    """The listener that chooses between the others."""
    return AutomaticListener(
        {name: mode_named(name).open(device) for name in (NOTE, MELODY, PIANO, VOICE)}, Ear.open(device)
    )


def kind_of(texture: Texture) -> str:
    """The mode for a texture: `NOTE` where there is no second onset, whatever that one holds."""
    if texture.struck <= 1 and texture.lines <= 1:
        return NOTE
    sung = texture.lines >= 2 and texture.lines >= texture.struck / 3
    wavers = texture.wavering >= WAVERING and texture.steady >= STEADY and texture.chords < SUNG_CHORDS
    holds = texture.falling < HELD_DB and texture.steady >= HELD_STEADY and texture.chords < HELD_CHORDS
    if sung and (wavers or holds):
        return VOICE
    return PIANO if texture.chords >= SEVERAL else MELODY


class AutomaticListener:
    """Hears with the piano listener and the tracker of one line, and lets the texture of what they hear decide.

    See `Listener`. The last hint says which listener was chosen and why, or that the notes are guesses.
    """

    def __init__(self, listeners: dict[str, Listener], ear: Ear) -> None:
        self._listeners, self._ear = listeners, ear

    def hear(
        self,
        samples: Samples,
        rate: int,
        *,
        on_progress: OnProgress | None = None,
        on_notes: OnNotes | None = None,
    ) -> Transcription:
        """See `Listener.hear`; ``mode`` of the answer says which listener it was."""
        mode, heard, glides = NOTE, None, False
        first = _Half(on_progress, 0)
        if len(samples) >= BRIEFEST_MELODY_S * rate and np.abs(samples).max() >= SILENT_PEAK:
            piano = self._listeners[PIANO].hear(samples, rate, on_progress=first)
            track = tracked(samples, rate, on_chunk=None)
            texture = texture_of(piano.notes, track, notes_of(track))
            mode = kind_of(texture)
            if mode == PIANO and texture.steady < GLIDING:
                glides = self._ear.hear(samples, rate).kinds["other"] > 0.5
            if mode == NOTE and piano.notes and self._ear.hear(samples, rate).kinds["chord"] > 0.5:
                mode = PIANO
            heard = piano if mode == PIANO and piano.notes else None
        if heard is None:
            heard = self._listeners[mode].hear(samples, rate, on_progress=_Half(on_progress, 1))
            if mode == MELODY and len(heard.notes) < 2:
                mode = NOTE
                heard = self._listeners[mode].hear(samples, rate)
        if on_progress:
            on_progress(2, 2)
        if on_notes and heard.notes:
            on_notes(heard.notes)
        if not heard.notes or {SILENCE, NO_NOTE} & set(heard.hints):
            return heard
        if glides:
            return replace(heard, hints=(*(h for h in heard.hints if h != DOUBTFUL), GLIDES))
        if DOUBTFUL in heard.hints:
            return heard
        return replace(heard, hints=(*heard.hints, REASONS[mode]))


class _Half:
    """Progress of the first or the second half of the work, told in parts of the whole."""

    def __init__(self, told: OnProgress | None, half: int) -> None:
        self._told, self._half = told, half

    def __call__(self, done: int, total: int) -> None:
        if self._told:
            self._told(done + self._half * total, 2 * total)
