"""Whether a key that is heard twice running was struck again, or only beats, was let go, or rang on under a click.

A hammer brings every partial of its string back to where it began: nearly all of them rise at once. Strings that beat
against each other lift one partial or another, slowly; a metronome's click, or a fault of a codec, lies between the
partials and leaves them in their decay; a damper takes them all away.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from models.arrays import Samples
from models.transcribe.melody.spectra import RATE

WINDOW_S = 0.064
BEFORE_S = 0.02
"""Seconds between the window before and the onset."""
AFTER_S = (0.015, 0.03)
"""Seconds from the onset to each of the windows after it; of the two the stronger counts."""
PARTIALS = 12
HIGHEST, LOWEST = 6000.0, 60.0
"""Hertz between which partials are looked at."""
STIFFNESS = 1e-4
"""Inharmonicity of a middle string: partial k lies at about ``k * (1 + STIFFNESS * k**2)`` times the fundamental."""
ROSE_DB, FEW = 1.5, 0.25
"""A partial rose by so many decibels; a hammer lifts more than this share (on two real pianos 0.9 in the median, 0.4 at the tenth percentile)."""
DECAY_DB = (-4.0, 1.5)
"""What the sum of the partials changes within 100 ms in a string that is left alone. A bow that turns drops further, and comes back."""
LET_GO_DB = -10.0
NEW_POWER = 0.03
"""Power that came to rising partials, as a share of all power before: below this nothing was struck."""
FAINTEST = 1e-9


@dataclass(frozen=True)
class Change:
    """What became of a key's partials at a time: decibels of their sum, share that rose, new power over the power before."""

    decibels: float
    rose: float
    new_power: float

    @property
    def struck(self) -> bool:
        """Whether a hammer may have done that; False for a beat, a click or a damper."""
        if self.rose > FEW or self.new_power >= NEW_POWER:
            return True
        return not (DECAY_DB[0] < self.decibels < DECAY_DB[1] or self.decibels < LET_GO_DB)


def change(sound: Samples, time: float, midi: int) -> Change:
    """The change of the partials of key ``midi`` in mono ``sound`` (n,), at `RATE` Hz, at ``time`` seconds."""
    before = _power(sound, time - WINDOW_S - BEFORE_S)
    after = np.maximum(*(_power(sound, time + late) for late in AFTER_S))
    hertz = np.arange(len(before)) * RATE / (2 * (len(before) - 1))
    fundamental = 440 * 2 ** ((midi - 69) / 12)
    peaks = []
    for k in range(1, PARTIALS + 1):
        middle = k * fundamental * (1 + STIFFNESS * k * k)
        near = np.abs(hertz - middle) < max(15.0, 0.012 * middle)
        if LOWEST < middle < HIGHEST and near.any():
            peaks.append((before[near].max(), after[near].max()))
    if not peaks:
        return Change(0.0, 1.0, 1.0)
    old, new = np.array(peaks).T
    return Change(
        10 * float(np.log10(new.sum() / old.sum())),
        float((10 * np.log10(new / old) > ROSE_DB).mean()),
        float(np.maximum(new - old, 0).sum() / old.sum()),
    )


def _power(sound: Samples, begin_s: float) -> Samples:
    """The power spectrum of a window, four times finer than its length gives; past the ends is silence."""
    count, begin = round(WINDOW_S * RATE), round(begin_s * RATE)
    piece = np.zeros(count)
    inside = sound[max(0, begin) : max(0, begin + count)]
    piece[max(0, -begin) : max(0, -begin) + len(inside)] = inside
    spectrum = np.fft.rfft(piece * np.hanning(count), 4 * count)
    return np.asarray(np.square(np.abs(spectrum)) + FAINTEST)
