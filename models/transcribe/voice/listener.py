"""The mode ``voice``: singing, humming, whistling, and any instrument of one line."""

from __future__ import annotations

from math import erf

import numpy as np

from models.arrays import Samples
from models.transcribe.ear.hearing import SILENCE
from models.transcribe.heard import Guess, HeardNote
from models.transcribe.listener import Listener, OnNotes, OnProgress, Transcription
from models.transcribe.registry import VOICE
from models.transcribe.tuning import AGREED, keys_of, tuning_of
from models.transcribe.voice.pitch import MODEL, tracked
from models.transcribe.voice.segmentation import FRAME_S, Pitches, SungNote, notes_of

LOWEST, HIGHEST = 21, 108
SPREAD = 0.22
"""Semitones (standard deviation) that a sung note lies off the key that is meant; of the develop takes of `benchmarks.voice`."""
SILENT_PEAK = 10 ** (-66 / 20)
OFF_TUNE = 0.12
STEADY = 0.6
"""Share of the voiced time that notes must cover: speech glides on."""
NOTHING = "No voice and no instrument of one line is to be heard in this recording."
GLIDES = "Much of what is voiced glides from pitch to pitch, as in speech: the notes are uncertain."


def opened(device: str = "cpu") -> Listener:
    """The listener; ``device`` does not matter to it."""
    del device
    return VoiceListener()


class VoiceListener:
    """See `Listener`. Notes never overlap; all are handed on at the end, for the key of the tune decides doubtful ones."""

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

        def on_chunk(done: int, total: int) -> None:
            nonlocal parts
            parts = total + 1
            if on_progress:
                on_progress(done, parts)

        notes: tuple[HeardNote, ...] = ()
        hints: tuple[str, ...] = (SILENCE,)
        if float(np.abs(samples).max(initial=0.0)) >= SILENT_PEAK:
            track = tracked(samples, rate, on_chunk=on_chunk)
            sung = notes_of(track)
            notes = heard_notes(sung)
            hints = _hints(track, sung)
        if on_progress:
            on_progress(parts, parts)
        if on_notes and notes:
            on_notes(notes)
        return Transcription(notes, hints, VOICE, MODEL)


def heard_notes(sung: list[SungNote]) -> tuple[HeardNote, ...]:
    """What was sung as keys of the keyboard, with the key on the other side as an alternative."""
    sung = [n for n in sung if LOWEST <= n.pitch <= HIGHEST]
    keys = keys_of([n.pitch for n in sung], [n.end_s - n.onset_s for n in sung])
    loudest = max((n.level for n in sung), default=0.0)
    notes = []
    for note, key in zip(sung, keys, strict=True):
        key = min(max(key, LOWEST), HIGHEST)  # noqa: PLW2901 - the ends of the keyboard
        other = key + (1 if note.pitch > key else -1)
        near = _chance(note.pitch - key)
        far = _chance(note.pitch - other)
        likely, unlikely = near / (near + far + 1e-9), far / (near + far + 1e-9)
        others = (Guess(other, min(1.0, note.certainty * unlikely)),) if LOWEST <= other <= HIGHEST else ()
        velocity = int(np.clip(round(96 + 1.8 * (note.level - loudest)), 20, 110))
        notes.append(
            HeardNote(note.onset_s, note.end_s, key, velocity, min(1.0, note.certainty * likely), others)
        )
    return tuple(notes)


def steadiness(track: Pitches, sung: list[SungNote]) -> float:
    """Share of the voiced time that lies within three tenths of a semitone of a note's pitch, 0 to 1."""
    voiced = track.voiced > 0.5
    if not voiced.any():
        return 0.0
    held = 0
    for note in sung:
        frames = slice(round(note.onset_s / FRAME_S), round(note.end_s / FRAME_S))
        held += int((voiced[frames] & (np.abs(track.midi[frames] - note.pitch) < 0.3)).sum())
    loud = voiced & (track.level > np.percentile(track.level[voiced], 90) - 24.0)
    return held / max(1, int(loud.sum()))


def _chance(apart: float) -> float:
    """The chance that a pitch ``apart`` semitones off its key is sung for it rather than for a neighbour."""
    scale = SPREAD * 2**0.5
    return 0.5 * (erf((apart + 0.5) / scale) - erf((apart - 0.5) / scale))


def _hints(track: Pitches, sung: list[SungNote]) -> tuple[str, ...]:
    if not sung:
        return (NOTHING,)
    hints = []
    if steadiness(track, sung) < STEADY:
        hints.append(GLIDES)
    tuning, agreement = tuning_of([n.pitch for n in sung], [n.end_s - n.onset_s for n in sung])
    if agreement >= AGREED and abs(tuning) >= OFF_TUNE:
        way = "above" if tuning > 0 else "below"
        hints.append(
            f"The notes lie about {abs(tuning) * 100:.0f} cents {way} A = 440 Hz; they are written as the nearest keys of that tuning."
        )
    return tuple(hints)
