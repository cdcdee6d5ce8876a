"""What the rhythm between and across beats says of the metre: thirds or halves of beats, and after how many beats bars are alike."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from models.transcribe.score.bars import BEATS

COMPOUND = frozenset({"6/8", "9/8", "12/8", "6/4"})
"""Metres whose beats fall into thirds."""
HALVES, THIRDS = (0.25, 0.5, 0.75), (1 / 3, 2 / 3)
SCATTER = 0.06
"""Share of a beat by which chords are played off their places."""
A_CHORD, MOST = 0.1, 3.0
"""What one chord says of thirds against halves, at most, and all together."""
LIKENESS = 2.0
"""Weight of the likeness of bars of three beats less that of bars of two and four."""

Floats = npt.NDArray[np.float64]


def by_rhythm(times: Floats, lowest: Floats, beats: Floats, names: Sequence[str]) -> Floats:
    """For each metre of ``names`` a logarithm of odds, the same for the whole piece.

    ``times`` and ``lowest`` are the seconds and the lowest keys of the chords, ``beats`` the seconds of the beats.
    """
    number = np.clip(np.searchsorted(beats, times, "right") - 1, 0, len(beats) - 2)
    shares = (times - beats[number]) / np.maximum(beats[number + 1] - beats[number], 1e-3)
    inner = shares[(shares > 0.15) & (shares < 0.85)]
    thirds = float(np.clip(A_CHORD * (_near(inner, THIRDS) - _near(inner, HALVES)).sum(), -MOST, MOST))
    triple = LIKENESS * _triple(number, shares, lowest, len(beats))
    return np.array(
        [
            (thirds if name in COMPOUND else -thirds) / 2
            + (triple if BEATS[name] and BEATS[name] % 3 == 0 else -triple) / 2
            for name in names
        ]
    )


def _near(shares: Floats, places: Sequence[float]) -> Floats:
    """How near each share is to one of the places, as a logarithm of odds between -1 and 1."""
    if not len(shares):
        return np.zeros(0)
    apart = np.abs(shares[:, None] - np.array(places)[None]).min(1)
    return np.asarray(2 * np.exp(-0.5 * (apart / SCATTER) ** 2) - 1)


def _triple(number: npt.NDArray[np.int64], shares: Floats, lowest: Floats, count: int) -> float:
    """How much more alike beats are three and six beats apart than two and four: -1 to 1."""
    told = np.zeros((count, 6))
    for beat, share, key in zip(number, shares, lowest, strict=True):
        told[min(count - 1, beat + (share > 0.9)), int(np.floor((share % 0.9) * 4))] += 1
        if share < 0.1 or share > 0.9:
            told[min(count - 1, beat + (share > 0.9)), 4] = (60 - key) / 10
    told[:, 5] = told[:, :4].sum(1)
    told = (told - told.mean(0)) / (told.std(0) + 1e-6)
    alike = {
        lag: float((told[:-lag] * told[lag:]).mean()) if count > lag + 4 else 0.0 for lag in (2, 3, 4, 6)
    }
    return (alike[3] + alike[6] - alike[2] - alike[4]) / 2
