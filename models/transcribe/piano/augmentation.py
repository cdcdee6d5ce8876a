"""What stands between a piano and a file: room, loudspeaker, microphone, level, noise. Truth is never moved."""

from __future__ import annotations

import numpy as np
from scipy.signal import butter, fftconvolve, sosfilt

from models.arrays import Samples
from models.transcribe.melody.bank import RATE
from models.transcribe.melody.tunes import coloured

LEVELS_DB = (-32.0, 0.0)


def recorded(rng: np.random.Generator, samples: Samples) -> Samples:
    """The clip as some room, microphone, telephone and level would give it."""
    x = samples
    if rng.random() < 0.75:
        x = equalised(rng, x)
    if rng.random() < 0.55:
        x = roomed(rng, x)
    if rng.random() < 0.12:
        x = telephoned(rng, x)
    peak = float(np.abs(x).max(initial=0.0))
    x = x * np.float32(10 ** (rng.uniform(*LEVELS_DB) / 20) / max(peak, 1e-5)) if peak > 1e-5 else x
    if rng.random() < 0.08:
        x = np.clip(x * np.float32(rng.uniform(1.5, 4.0)), -0.7, 0.7)
    if rng.random() < 0.85:
        x = noised(rng, x)
    return np.asarray(x, np.float32)


def equalised(rng: np.random.Generator, x: Samples) -> Samples:
    """A smooth random colour, up to about 12 dB, and a tilt, up to 2 dB an octave."""
    spectrum = np.fft.rfft(x)
    hertz = np.maximum(np.arange(len(spectrum)) * RATE / len(x), 20.0)
    octaves = np.log2(hertz / 20.0)
    points = np.linspace(0, 10.2, 14)
    decibels = rng.normal(0, rng.uniform(0.5, 4.5), len(points)) + rng.uniform(-2.0, 2.0) * (points - 5.0)
    return np.asarray(
        np.fft.irfft(spectrum * 10 ** (np.interp(octaves, points, decibels) / 20), len(x)), np.float32
    )


def roomed(rng: np.random.Generator, x: Samples) -> Samples:
    """The direct sound, a few early reflections, and a tail that is darker the longer it lasts (0.15 to 1.4 s to -60 dB)."""
    decay = float(np.exp(rng.uniform(np.log(0.15), np.log(1.4))))
    count = int(decay * RATE)
    time = np.arange(count) / RATE
    late = rng.normal(0, 1, count) * np.exp(-6.9 * time / decay) * (time > 0.006)
    dark = sosfilt(butter(1, rng.uniform(800, 5000), fs=RATE, output="sos"), late)
    blend = np.clip(time / decay * rng.uniform(1, 4), 0, 1)
    late = late * (1 - blend) + dark * blend
    for _ in range(int(rng.integers(0, 7))):
        late[int(rng.uniform(0.001, min(0.04, decay * 0.9)) * RATE)] += rng.normal(0, 3)
    late *= rng.uniform(0.05, 0.8) / max(1e-9, float(np.sqrt(np.sum(late**2))))
    return np.asarray(x + fftconvolve(x, late)[: len(x)], np.float32)


def telephoned(rng: np.random.Generator, x: Samples) -> Samples:
    """As a small loudspeaker or microphone passes it on: no bass, sometimes no treble."""
    low = butter(2, rng.uniform(60, 320), "highpass", fs=RATE, output="sos")
    x = np.asarray(sosfilt(low, x), np.float32)
    if rng.random() < 0.5:
        x = np.asarray(sosfilt(butter(4, rng.uniform(3300, 9000), fs=RATE, output="sos"), x), np.float32)
    return x


def noised(rng: np.random.Generator, x: Samples) -> Samples:
    """White, falling or humming noise, 12 to 75 dB below the clip's louder parts."""
    level = float(np.sqrt(np.mean(np.square(x)))) or 1e-4
    noise = rng.normal(0, 1, len(x)).astype(np.float32)
    if rng.random() < 0.5:
        noise = coloured(noise, rng)
    gain = level * 10 ** (-rng.uniform(12, 75) / 20) / max(1e-9, float(noise.std()))
    return np.asarray(x + np.float32(gain) * noise, np.float32)
