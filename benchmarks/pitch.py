"""A pitch tracker that knows nothing of pianos: a second opinion beside the ear.

The first stage of pYIN (Mauch and Dixon, "pYIN: a fundamental frequency estimator using probabilistic threshold distributions",
ICASSP 2014, section 2.1) over YIN's cumulative mean normalised difference (de Cheveigne and Kawahara 2002, equation 8). Its second
stage follows a melody; here one note sounds, and the chances of all frames are summed instead.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import soxr
from scipy.stats import beta

from models.arrays import Samples

RATE = 44_100
FRAME, HOP = 4096, 1024
LOWEST_HZ, HIGHEST_HZ = 26.0, 4400.0
THRESHOLDS = np.linspace(0.01, 1, 100)
PRIOR = np.diff(beta.cdf(np.linspace(0, 1, 101), 2, 18))
"""The chance of each threshold: a beta distribution of mean 0.1."""
UNSURE = 0.01
"""The share of a threshold's chance that the deepest dip gets when none is below it."""
LISTEN_S = 1.2


def tracked_key(samples: Samples, rate: int) -> int | None:
    """The MIDI number that is likeliest over the first 1.2 s of mono sound; None when no frame has a pitch."""
    sound = soxr.resample(samples, rate, RATE) if rate != RATE else samples
    listened: npt.NDArray[np.float64] = sound[: round(LISTEN_S * RATE)].astype(np.float64)
    chances = np.zeros(128)
    for start in range(0, len(listened) - 2 * FRAME, HOP):
        for hertz, chance in candidates(listened[start : start + 2 * FRAME]):
            midi = round(69 + 12 * np.log2(hertz / 440))
            if 0 <= midi < len(chances):
                chances[midi] += chance
    return int(chances.argmax()) if chances.any() else None


def candidates(frame: npt.NDArray[np.float64]) -> list[tuple[float, float]]:
    """(hertz, chance) of the periods of a frame of ``2 * FRAME`` samples."""
    d = normalised_difference(frame)
    low, high = int(RATE / HIGHEST_HZ), int(RATE / LOWEST_HZ) + 2
    dips = [t for t in range(max(2, low), min(high, len(d) - 1)) if d[t] < d[t - 1] and d[t] <= d[t + 1]]
    if not dips:
        return []
    places = [t + _shift(d[t - 1 : t + 2]) for t in dips]
    chance = np.zeros(len(dips))
    depth = d[dips]
    for threshold, prior in zip(THRESHOLDS, PRIOR, strict=True):
        below = np.flatnonzero(depth < threshold)
        if len(below):
            chance[below[0]] += prior
        else:
            chance[depth.argmin()] += UNSURE * prior
    return [(RATE / place, float(c)) for place, c in zip(places, chance, strict=True) if c > 0]


def normalised_difference(frame: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """d'(lag) for lags 0 to FRAME - 1: 1 where the frame is unlike itself, 0 where it repeats."""
    head = frame[:FRAME]
    size = 4 * FRAME
    product = np.fft.irfft(np.fft.rfft(frame, size) * np.conj(np.fft.rfft(head, size)), size)[:FRAME]
    energy = np.concatenate([[0.0], np.cumsum(frame**2)])
    d = energy[FRAME] + (energy[FRAME : 2 * FRAME] - energy[:FRAME]) - 2 * product
    d[0] = 0
    mean = np.cumsum(d)[1:] / np.arange(1, FRAME)
    return np.concatenate([[1.0], np.maximum(d[1:], 0) / np.maximum(mean, 1e-12)])


def _shift(three: npt.NDArray[np.float64]) -> float:
    bend = three[0] - 2 * three[1] + three[2]
    return float(np.clip(0.5 * (three[0] - three[2]) / bend, -1, 1)) if bend > 0 else 0.0
