"""Whether a recorded note is the key that its label says: its partials fitted to those of a stiff string.

Partial k of a stiff string lies at k f0 sqrt(1 + B k^2) (Fletcher, 1964). Public sets hold wrong labels, above all in the lowest
octave, where the ear is easily deceived.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from models.arrays import Samples

SEARCHED = np.arange(-2.5, 2.51, 0.05)
"""Semitones from the label that are tried."""
STIFFNESS = (0.0, 3e-5, 6e-5, 1e-4, 2e-4, 3e-4, 4.5e-4, 7e-4, 1e-3, 2e-3, 4e-3, 8e-3, 1.6e-2)
HIGHEST_HZ = 6_000.0
JUDGED = range(21, 90)
"""Keys whose label is judged: above, too few partials are left to fit."""
TRUSTED = 0.45
"""Semitones that a note may sound off its label."""


def deviation(samples: Samples, rate: int, midi: int) -> float:
    """Semitones that the note sounds above its label, within those `SEARCHED`: the best fit of the first partials."""
    begin = round(0.06 * rate)
    piece = np.asarray(samples[begin : begin + round(1.5 * rate)], np.float64)
    size = 1 << 17
    power = np.abs(np.fft.rfft(piece * np.hanning(len(piece)), size)) ** 2
    level = np.sqrt(power)
    level = level / (_smooth(level, 400) + 1e-9)
    level = np.log1p(np.minimum(level, 30.0))
    hertz = 440.0 * 2 ** ((midi - 69) / 12)
    count = int(np.clip(HIGHEST_HZ / hertz, 1, 24))
    orders = np.arange(1, count + 1)
    best, found = -np.inf, 0.0
    for stiff in STIFFNESS if count > 2 else STIFFNESS[:1]:
        ratio = orders * np.sqrt((1 + stiff * orders**2) / (1 + stiff))
        lines = hertz * 2 ** (SEARCHED[:, None] / 12) * ratio[None]
        score = level[np.minimum(np.rint(lines * size / rate).astype(int), len(level) - 1)].mean(1)
        if score.max() > best:
            best, found = float(score.max()), float(SEARCHED[int(score.argmax())])
    return found


def _smooth(values: npt.NDArray[np.float64], width: int) -> npt.NDArray[np.float64]:
    total = np.cumsum(np.pad(values, (width // 2 + 1, width // 2), mode="edge"))
    return np.asarray((total[width:] - total[:-width])[: len(values)] / width)
