"""How far a piano is off A = 440 Hz, told by the peaks of its spectrum."""

from __future__ import annotations

import numpy as np

from models.arrays import Samples
from models.transcribe.sound import resampled
from models.transcribe.tuning import tuning_of

RATE = 8_000
SIZE = 8_192
"""Samples of a window: 1 Hz between its bins."""
BAND_HZ = (150.0, 1_400.0)
"""Where strings are neither stiff nor their partials crowded."""
WINDOWS = 60
"""Windows looked at, spread over the recording."""
PEAKS = 6
"""Strongest peaks taken from each."""


def piano_tuning(samples: Samples, rate: int) -> tuple[float, float]:
    """(semitones above A = 440 Hz, -0.5 to 0.5; how well the peaks agree, 0 to 1) of mono float32 ``samples``."""
    length = round(SIZE / RATE * rate)
    if len(samples) < length:
        return 0.0, 0.0
    starts = np.linspace(0, len(samples) - length, min(WINDOWS, 1 + len(samples) // length)).astype(int)
    pitches: list[float] = []
    weights: list[float] = []
    for start in starts:
        piece = resampled(np.asarray(samples[start : start + length], np.float32), rate, RATE)
        level = np.abs(np.fft.rfft(piece * np.hanning(len(piece)), SIZE))
        low, high = (int(hertz * SIZE / RATE) for hertz in BAND_HZ)
        inner = level[low:high]
        peaks = low + np.flatnonzero(
            (inner > level[low - 1 : high - 1]) & (inner >= level[low + 1 : high + 1])
        )
        for peak in sorted(peaks, key=lambda bin_: -level[bin_])[:PEAKS]:
            before, at, after = np.log(level[peak - 1 : peak + 2] + 1e-9)
            place = peak + 0.5 * (before - after) / (before - 2 * at + after - 1e-9)
            pitches.append(69 + 12 * float(np.log2(place * RATE / SIZE / 440)))
            weights.append(float(level[peak]))
    return tuning_of(pitches, weights)
