"""A piano of partials: what each key sounds like as sums of decaying sines and a knock, fitted to a real one.

Every key has up to 40 partials. Partial k stands at ``ratio[k]`` times the key's frequency (strings are stiff, so the
ratios are stretched), has an amplitude for each of three dynamics, and decays in two stages, fast then slow
(Weinreich, Coupled piano strings, J. Acoust. Soc. Am. 62, 1977). The knock of the hammer is noise in eight bands.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise

import numpy as np
import numpy.typing as npt

from models import weights

RATE = 44_100
LOWEST, HIGHEST = 21, 108
PARTIALS = 40
VELOCITIES = (38.0, 72.0, 112.0)
"""The velocities that the three dynamics stand for."""
BANDS_HZ = (60, 150, 350, 800, 1600, 3200, 6000, 10_000, 16_000)
KNOCK_S = 0.12
LOUDNESS = 1.7
"""The power of the velocity that the amplitude follows."""
_BLOCK = 256

Floats = npt.NDArray[np.float32]


def stiff_partials(number: npt.ArrayLike, hertz: float, stiffness: float) -> npt.NDArray[np.float64]:
    """Where the partials of a stiff string lie, in hertz: k f sqrt(1 + B k^2) (Fletcher, 1964)."""
    k = np.asarray(number)
    return np.asarray(k * hertz * np.sqrt(1 + stiffness * k**2), np.float64)


@dataclass(frozen=True)
class Piano:
    """Numbers of all 88 keys, key first.

    ``ratio`` (88, partials) to the equal-tempered frequency at A4 = 440 Hz, 0 where there is no such partial;
    ``level`` (88, 3, partials) natural logarithms of amplitudes; ``decay`` (88, partials, 2) in 1/s, fast and slow;
    ``slow_share`` (88, partials) of the amplitude that decays slowly; ``knock`` (88, 3, bands) natural logarithms of
    the effective value in each band; ``knock_decay`` (88,) in 1/s.
    """

    ratio: Floats
    level: Floats
    decay: Floats
    slow_share: Floats
    knock: Floats
    knock_decay: Floats

    def note(self, midi: int, velocity: float, seconds: float, cents: int = 0) -> Floats:
        """The key struck and held, float32 at `RATE`, ``cents`` higher than it is tuned.

        Keys beyond the piano sound as its nearest octave would.
        """
        while midi < LOWEST:
            midi += 12
        while midi > HIGHEST:
            midi -= 12
        key = midi - LOWEST
        count = max(1, round(seconds * RATE))
        level = _between(self.level[key], velocity)
        frequency = 440.0 * 2.0 ** ((midi - 69 + cents / 100) / 12) * self.ratio[key]
        there = (frequency > 0) & (frequency < 0.45 * RATE) & (level > level.max() - 9.2)
        frequency, level = frequency[there], level[there]
        share = self.slow_share[key][there]
        amplitude = np.exp(level)[:, None] * np.stack([1 - share, share], axis=1)
        # Phases that differ from partial to partial keep the attack from being a click
        phase = 2.399963 * np.arange(len(frequency))
        pole = -self.decay[key][there] + 2j * np.pi * frequency[:, None]
        start = amplitude * np.exp(1j * phase)[:, None]
        tone = _sum_of_exponentials(start.ravel(), pole.ravel() / RATE, count)
        attack = min(count, round(RATE * (0.0015 + 0.004 * (HIGHEST - midi) / 87)))
        tone[:attack] *= np.sin(0.5 * np.pi * np.arange(attack, dtype=np.float32) / attack) ** 2
        knock = self._knock(key, velocity)[:count]
        tone[: len(knock)] += knock
        # The recordings of every touch are equally loud, so loudness follows a power of the velocity
        # (Dannenberg, The interpretation of MIDI velocity, ICMC 2006, finds about a square).
        tone *= np.float32((min(127.0, max(1.0, velocity)) / 127) ** LOUDNESS)
        return tone

    def _knock(self, key: int, velocity: float) -> Floats:
        gains = np.exp(_between(self.knock[key], velocity))
        moments = np.arange(round(KNOCK_S * RATE), dtype=np.float32) / RATE
        fade = np.minimum(1, (KNOCK_S - moments) / 0.02) * np.minimum(1, moments / 0.001)
        noise: Floats = (
            (gains.astype(np.float32) @ _noise_bands()) * np.exp(-self.knock_decay[key] * moments) * fade
        )
        return noise


def _between(layers: Floats, velocity: float) -> Floats:
    """Interpolated (or carried on) along the velocities of the three dynamics."""
    low = 0 if velocity < VELOCITIES[1] else 1
    share = (velocity - VELOCITIES[low]) / (VELOCITIES[low + 1] - VELOCITIES[low])
    found: Floats = layers[low] + np.float32(share) * (layers[low + 1] - layers[low])
    return found


def _sum_of_exponentials(
    start: npt.NDArray[np.complex128], pole: npt.NDArray[np.complex128], count: int
) -> Floats:
    """The real part of sum(start * exp(pole * n)) for n below ``count``, as one matrix product over blocks."""
    blocks = -(-count // _BLOCK)
    outer = (start[None] * np.exp(np.arange(blocks)[:, None] * _BLOCK * pole[None])).astype(np.complex64)
    inner = np.exp(pole[:, None] * np.arange(_BLOCK)[None]).astype(np.complex64)
    found: Floats = (outer.real @ inner.real - outer.imag @ inner.imag).reshape(-1)[:count]
    return found


@lru_cache(maxsize=1)
def _noise_bands() -> Floats:
    """Noise of effective value 1 in each band, (bands, samples), always the same."""
    count = round(KNOCK_S * RATE)
    spectrum = np.fft.rfft(np.random.default_rng(1).standard_normal(count))
    frequencies = np.fft.rfftfreq(count, 1 / RATE)
    bands = []
    for low, high in pairwise(BANDS_HZ):
        band = np.fft.irfft(np.where((frequencies >= low) & (frequencies < high), spectrum, 0), count)
        bands.append(band / max(1e-9, float(np.sqrt(np.mean(band**2)))))
    return np.asarray(bands, np.float32)


@lru_cache(maxsize=1)
def shipped() -> Piano:
    """The piano that comes with the project."""
    arrays = weights.load("notation-piano").arrays
    return Piano(**{name: arrays[name] for name in Piano.__dataclass_fields__})
