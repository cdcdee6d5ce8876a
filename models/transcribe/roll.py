"""How loud every third of a semitone is over time: the picture behind the detected notes."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from models.arrays import Samples

BINS_PER_KEY = 3
MOST_COLUMNS = 2400
WINDOW_S = 0.18
"""Long enough to part neighbouring keys from about C3 on; below, the picture is broad."""
STEP_S = 0.02
RANGE_DB = 60.0


def key_levels(samples: Samples, rate: int, lowest: int, highest: int) -> npt.NDArray[np.uint8]:
    """((``highest`` - ``lowest`` + 1) * 3, columns), the highest pitch first: 255 the loudest sound of the recording, 0 for 60 dB less.

    Columns are at least 20 ms apart, and at most 2400; memory does not grow with the length.
    """
    window = int(2 ** np.ceil(np.log2(WINDOW_S * rate)))
    columns = int(np.clip(len(samples) / rate / STEP_S, 1, MOST_COLUMNS))
    places = np.linspace(0, max(0, len(samples) - 1), columns).astype(int)
    count = (highest - lowest + 1) * BINS_PER_KEY
    centres = lowest - 0.5 + (np.arange(count) + 0.5) / BINS_PER_KEY
    hertz = 440.0 * 2.0 ** ((centres - 69.0) / 12.0)
    bins = np.minimum(hertz * window / rate, window / 2 - 1)
    below = bins.astype(int)
    share = bins - below
    hann = np.hanning(window)
    padded = np.pad(np.asarray(samples, np.float32), window // 2)
    levels = np.empty((count, columns), np.float32)
    for column, place in enumerate(places):
        power = np.abs(np.fft.rfft(padded[place : place + window] * hann)) ** 2
        levels[:, column] = (1 - share) * power[below] + share * power[below + 1]
    decibels = 10 * np.log10(levels + 1e-12)
    shown = np.clip((decibels - decibels.max() + RANGE_DB) / RANGE_DB, 0, 1)
    return np.asarray(255 * shown[::-1], np.uint8)
