"""Scores and notes as sound, by the piano of partials that comes with the project."""

from __future__ import annotations

import io
from collections.abc import Iterable, Sequence
from functools import lru_cache

import numpy as np

from models.arrays import Samples
from models.notation.errors import TooLongScore
from models.notation.performance import Sounding, sounding_notes
from models.notation.score import Score
from models.notation.synthesis.drums import beat
from models.notation.synthesis.piano import RATE, shipped

LONGEST_S = 3600.0
_RELEASE_S = 0.18
_HELD_S = 12.0
"""No string is heard longer than this."""
_GAIN = 0.9
_KNEE = 0.7
_VELOCITY_STEP = 6
_BLOCK = 1 << 20


def play(
    score: Score, *, repeats: bool = True, tempo: float | None = None, stereo: bool = False
) -> tuple[Samples, int]:
    """(samples, rate): the score played, float32 in -1..1 at 44.1 kHz, (n,) or in stereo (n, 2).

    An empty score is half a second of silence. TooLongScore beyond an hour.
    """
    return play_notes(sounding_notes(score, repeats=repeats, tempo=tempo), stereo=stereo)


def play_notes(notes: Iterable[Sequence[object]], *, stereo: bool = False) -> tuple[Samples, int]:
    """(samples, rate) of notes (onset_s, offset_s, midi, velocity, ...) or `Sounding`s, as `play`. A key's end damps it."""
    heard = [
        (float(n[0]), float(n[1]), int(n[2]), float(n[3]), n.cents, n.drum)
        if isinstance(n, Sounding)
        else (float(n[0]), float(n[1]), int(n[2]), float(n[3]), 0, False)  # type: ignore[arg-type,call-overload]
        for n in notes
    ]
    heard = [n for n in heard if np.isfinite(n[0]) and np.isfinite(n[1]) and n[1] > n[0] >= 0]
    end = max((n[1] for n in heard), default=0.0)
    if end > LONGEST_S:
        raise TooLongScore("This music lasts longer than an hour; play a part of it.")
    out = np.zeros((2 if stereo else 1, round((end + 0.5) * RATE)), np.float32)
    for onset, offset, midi, velocity, cents, drum in heard:
        tone = beat(midi, velocity) if drum else _released(midi, velocity, offset - onset, cents)
        at = round(onset * RATE)
        tone = tone[: out.shape[1] - at]
        if stereo:  # as from the bench: low keys left
            right = 0.5 + 0.3 * (midi - 64) / 44
            out[0, at : at + len(tone)] += tone * np.float32(np.cos(right * np.pi / 2) * 2**0.5)
            out[1, at : at + len(tone)] += tone * np.float32(np.sin(right * np.pi / 2) * 2**0.5)
        else:
            out[0, at : at + len(tone)] += tone
    for channel in out:
        for begin in range(0, len(channel), _BLOCK):  # in place: an hour of sound takes 600 MB by itself
            block = channel[begin : begin + _BLOCK]
            block[:] = _limited(block * np.float32(_GAIN))
    return (out.T if stereo else out[0]), RATE


def wav_bytes(samples: Samples, rate: int = RATE) -> bytes:
    """The samples as a WAV file of 16 bits."""
    return _file(samples, rate, "WAV")


def flac_bytes(samples: Samples, rate: int = RATE) -> bytes:
    """The samples as a FLAC file of 16 bits: the same sound in a third of the bytes, for browsers."""
    return _file(samples, rate, "FLAC")


def _file(samples: Samples, rate: int, kind: str) -> bytes:
    import soundfile

    out = io.BytesIO()
    soundfile.write(out, samples, rate, subtype="PCM_16", format=kind)
    return out.getvalue()


def _released(midi: int, velocity: float, seconds: float, cents: int) -> Samples:
    seconds = min(seconds, _HELD_S)
    held = round(seconds * RATE)
    # The top octave and a half has no dampers
    release = round((_RELEASE_S if midi < 90 else 0.6) * RATE)
    step = _VELOCITY_STEP * round(max(1.0, min(127.0, velocity)) / _VELOCITY_STEP)
    # Lengths in few sizes, so that a key struck again need not be computed again
    longest = next(s for s in (0.5, 1.0, 2.0, 4.0, 13.0) if s * RATE >= held + release)
    tone = _struck(midi, step, longest, cents)[: held + release].copy()
    tone[held:] *= np.exp(-5.5 * np.arange(len(tone) - held, dtype=np.float32) / release)
    return tone


@lru_cache(maxsize=256)
def _struck(midi: int, velocity: int, seconds: float, cents: int) -> Samples:
    return shipped().note(midi, velocity, seconds, cents)


def _limited(samples: Samples) -> Samples:
    """Loud peaks bent to stay within 1, all else untouched."""
    over = np.abs(samples) - _KNEE
    bent = np.sign(samples) * (_KNEE + (1 - _KNEE) * np.tanh(np.maximum(over, 0) / (1 - _KNEE)))
    return np.where(over > 0, bent, samples).astype(np.float32)
