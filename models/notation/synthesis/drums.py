"""Percussion as short bursts of noise and falling tones: enough to hear the rhythm and tell drums from cymbals."""

from __future__ import annotations

from functools import lru_cache

import numpy as np

from models.arrays import Samples

RATE = 44_100

_LOW = {35, 36, 41, 43, 45, 47, 48, 50, 60, 61, 62, 63, 64, 65, 66}
"""Keys of General MIDI's drums with a skin and a pitch: bass drums, toms, bongos, congas, timbales."""
_METAL = {42, 44, 46, 49, 51, 52, 53, 54, 55, 56, 57, 59, 67, 68, 69, 70, 71, 72, 80, 81}
"""Cymbals, bells, triangles, shakers."""
_TONES_HZ = {35: 48.0, 36: 55.0, 41: 82.0, 43: 98.0, 45: 110.0, 47: 131.0, 48: 147.0, 50: 165.0}


def beat(key: int, velocity: float) -> Samples:
    """A percussion key of General MIDI struck, float32 at 44.1 kHz; it rings by itself, whatever the note's length."""
    return _plain(key) * np.float32((max(1.0, min(127.0, velocity)) / 127) ** 1.7)


@lru_cache(maxsize=128)
def _plain(key: int) -> Samples:
    seconds = (
        1.0 if key in {49, 51, 52, 55, 57, 59} else 0.4 if key in {46, 81} else 0.12 if key in _METAL else 0.3
    )
    time = np.arange(round(seconds * RATE), dtype=np.float32) / RATE
    noise = np.random.default_rng(key).standard_normal(len(time)).astype(np.float32)
    if key in _METAL:
        bright = np.diff(noise, prepend=np.float32(0))  # a first difference lifts the highs
        sound = 0.18 * bright * np.exp(-5.0 * time / seconds)
    elif key in _LOW:
        pitch = _TONES_HZ.get(key, 190.0)
        falling = 2 * np.pi * pitch * (time + 0.03 * (1 - np.exp(-time / 0.03)))
        sound = 0.9 * np.sin(falling) * np.exp(-12 * time) + 0.15 * noise * np.exp(-90 * time)
    else:  # a snare drum, and what else cracks
        sound = 0.35 * noise * np.exp(-18 * time) + 0.3 * np.sin(2 * np.pi * 185 * time) * np.exp(-25 * time)
    attack = min(len(time), 44)
    sound[:attack] *= np.linspace(0, 1, attack, dtype=np.float32)
    return np.asarray(sound, np.float32)
