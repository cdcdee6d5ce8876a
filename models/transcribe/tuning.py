"""How far a singer is off A = 440 Hz, and which key of the keyboard a sung pitch is written as."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

MAJOR = (0, 2, 4, 5, 7, 9, 11)
UNDECIDED = 0.04
"""Semitones from the middle between two keys within which the scale decides."""
AGREED = 0.6
"""How well notes must agree on a tuning for it to be taken as meant (`tuning_of`)."""


def tuning_of(pitches: Sequence[float], weights: Sequence[float]) -> tuple[float, float]:
    """(semitones above A = 440 Hz that most notes are, -0.5 to 0.5; how well they agree, 0 to 1): their circular mean."""
    if not len(pitches):
        return 0.0, 0.0
    share = np.asarray(weights, np.float64)
    mean = np.sum(share * np.exp(2j * np.pi * np.asarray(pitches, np.float64))) / max(share.sum(), 1e-9)
    return float(np.angle(mean) / (2 * np.pi)), float(np.abs(mean))


def keys_of(pitches: Sequence[float], weights: Sequence[float]) -> list[int]:
    """The MIDI number of each pitch: the nearest, and where two are about as near, the one in the scale of the others.

    A pitch is measured from A = 440 Hz unless the notes agree on another tuning: few singers hold one, instruments do.
    """
    tuning, agreement = tuning_of(pitches, weights)
    if agreement >= AGREED:
        pitches = [pitch - tuning for pitch in pitches]
    nearest = [int(np.floor(pitch + 0.5)) for pitch in pitches]
    scale = _scale_of(nearest, weights)
    keys = []
    for pitch, key in zip(pitches, nearest, strict=True):
        other = key + (1 if pitch > key else -1)
        doubtful = abs(abs(pitch - key) - 0.5) < UNDECIDED
        keys.append(other if doubtful and key % 12 not in scale and other % 12 in scale else key)
    return keys


def _scale_of(keys: Sequence[int], weights: Sequence[float]) -> frozenset[int]:
    """The pitch classes of the major scale (or its relative minor) that holds most of the notes."""
    held = np.zeros(12)
    for key, weight in zip(keys, weights, strict=True):
        held[key % 12] += weight
    scales = [frozenset((tonic + step) % 12 for step in MAJOR) for tonic in range(12)]
    return max(scales, key=lambda scale: sum(held[c] for c in scale))
