"""Whether a string was struck: a hammer lifts a key's own partials at once, and they stay; a click, a codec's edge or beating strings do not.

An onset network looks at the whole spectrum, and so takes a metronome's click over a held note for that note struck again. The partials tell: under a
click they fall on as they did, when strings beat some rise slowly while others fall. Thresholds were set on melodies of a real Yamaha with and without
drawn clicks (``python -m benchmarks.strikes``).
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from models.arrays import Samples

PARTIALS = 12
STIFFNESS = 2e-4
"""Inharmonicity of a middle string; bands of 2 % forgive the others'."""
BAND = 0.02
HIGHEST_HZ = 8000.0
LOW_HZ = 120.0
"""Fundamentals below this need the longer window."""
WINDOW_S = 0.046
EARLY_S, LATE_S = (0.008, 0.02, 0.035, 0.05), (0.0, 0.015, 0.03)
"""Seconds between the onset and the end of each window before it, and the beginning of each after it."""
HEARD_DB = 45.0
"""Partials so far below the loudest are not looked at."""
STRUCK_DB = 1.8
"""Rise from which a key counts as struck again."""
FADED_DB, FADED_AFTER_S = 25.0, 0.1
"""What falls by so much in so short a time is a click, whatever its pitch."""

Floats = npt.NDArray[np.float64]


def rise(sound: Samples, rate: int, midi: int, onset_s: float) -> float:
    """Decibels by which the partials of a key rise at a second: their median, and a third of the best of the lowest three."""
    hertz = _partials(midi, rate)
    window = _window(hertz[0], rate)
    half = window / rate / 2
    before = np.array([_levels(sound, rate, window, onset_s - half - gap, hertz) for gap in EARLY_S])
    after = np.array([_levels(sound, rate, window, onset_s + half + gap, hertz) for gap in LATE_S])
    middle = after.mean(0) - before[:3].mean(0)
    loud = np.maximum(after.max(0), before.max(0))
    heard = loud > loud.max() - HEARD_DB
    lowest = (after.max(0) - before.min(0))[heard][:3]
    return float(np.median(middle[heard]) + lowest.max() / 3)


def faded(sound: Samples, rate: int, midi: int, onset_s: float) -> float:
    """Decibels that the loudest partial of a key has lost a tenth of a second after the onset."""
    hertz = _partials(midi, rate)
    window = _window(hertz[0], rate)
    first, last = (
        _levels(sound, rate, window, onset_s + window / rate / 2 + gap, hertz).max()
        for gap in (0.0, FADED_AFTER_S)
    )
    return float(first - last)


def _partials(midi: int, rate: int) -> Floats:
    first = 440.0 * 2.0 ** ((midi - 69) / 12)
    number = np.arange(1, PARTIALS + 1)
    hertz = number * first * np.sqrt(1 + STIFFNESS * number**2)
    return np.asarray(hertz[hertz < min(HIGHEST_HZ, 0.45 * rate)], np.float64)


def _window(fundamental: float, rate: int) -> int:
    return round(WINDOW_S * rate * (2 if fundamental < LOW_HZ else 1))


def _levels(sound: Samples, rate: int, window: int, middle_s: float, hertz: Floats) -> Floats:
    """Decibels of each partial in the window about a second."""
    begin = int(middle_s * rate) - window // 2
    piece = sound[max(0, begin) : max(0, begin + window)]
    piece = np.pad(piece, (min(window - len(piece), max(0, -begin)), 0))
    piece = np.pad(piece, (0, window - len(piece)))
    spectrum = np.abs(np.fft.rfft(piece * np.hanning(window)))
    step = rate / window
    return np.array(
        [
            20
            * np.log10(
                spectrum[int(f * (1 - BAND) / step) : int(np.ceil(f * (1 + BAND) / step)) + 1].max() + 1e-5
            )
            for f in hertz
        ]
    )
