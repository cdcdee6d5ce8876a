"""A new piano out of an old one: another equaliser, another room, another tuning."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import numpy.typing as npt
from scipy.fft import irfft, next_fast_len, rfft

from models.arrays import Samples
from models.transcribe.dataset.note import Note
from models.transcribe.dataset.real import shifted


def altered(note: Note, number: int) -> Note:
    """The note on the new piano ``number`` made of its old one: alike for all notes of that piano, drawn by the number."""
    draw = np.random.default_rng([31, number])
    tilt, stretch, cents = draw.uniform(-4, 4), draw.uniform(-0.8, 1.0), draw.normal(0, 8)
    curve, room = equaliser(draw, tilt_db=tilt), room_response(draw, 32_000)
    own = cents + stretch * 15 * ((note.midi - 64) / 44) ** 3
    samples = filtered(shifted(note.samples, 2 ** (own / 1200)), room, curve)
    return replace(note, samples=samples, piano=f"{note.piano}-altered-{number}", kind="altered")


def equaliser(
    draw: np.random.Generator, *, tilt_db: float | None = None, wild_db: float = 5.0
) -> npt.NDArray[np.float64]:
    """Gains in decibels at `BANDS`: a tilt per octave and a smooth random curve."""
    slope = draw.uniform(-4, 4) if tilt_db is None else tilt_db
    wild = np.convolve(draw.normal(0, 1, len(BANDS) + 2), [0.5, 0.7, 0.5], "valid")
    return np.asarray(slope * (np.log2(BANDS) - np.log2(600)) + draw.uniform(0, wild_db) * wild)


BANDS = 20 * 2 ** (np.arange(0, 31) / 3)
"""Third-octave middles from 20 Hz to 20 kHz."""


def room_response(draw: np.random.Generator, rate: int) -> Samples:
    """A room's impulse response: the direct sound, a few early echoes and a tail of decaying noise."""
    seconds = float(np.exp(draw.uniform(np.log(0.08), np.log(1.0))))
    length = round(min(0.6, seconds) * rate)
    time = np.arange(length) / rate
    tail = draw.normal(0, 1, length) * 10 ** (-3 * time / seconds)
    dark = float(draw.uniform(0.0, 0.8))
    tail[1:] = tail[1:] * (1 - dark) + dark * tail[:-1]
    tail *= 10 ** (draw.uniform(-28, -4) / 20) / (np.sqrt(np.square(tail).sum()) + 1e-9)
    for _ in range(int(draw.integers(0, 5))):
        tail[int(draw.integers(1, round(0.04 * rate)))] += draw.normal(0, 0.25)
    tail[0] = 1.0
    return np.asarray(tail, np.float32)


def filtered(
    samples: Samples, response: Samples | None, gains_db: npt.NDArray[np.float64], rate: int = 32_000
) -> Samples:
    """The samples through a room (none for None) and an equaliser, of the same length."""
    size = next_fast_len(len(samples) + (0 if response is None else len(response)), real=True)
    spectrum = rfft(samples, size)
    hertz = np.maximum(np.arange(len(spectrum)) * rate / size, 1.0)
    spectrum *= 10 ** (np.interp(np.log2(hertz), np.log2(BANDS), gains_db) / 20)
    if response is not None:
        spectrum *= rfft(response, size)
    return np.asarray(irfft(spectrum, size)[: len(samples)], np.float32)
