"""Key signatures of a performance, bar by bar, and how its notes are spelt in them."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from models.notation.score import STEPS, Key, Pitch
from models.transcribe.score.note_network import KEYS, SPELLINGS
from models.transcribe.score.spelling import LINE, MAJOR, MINOR

CHANGE = 14.0
"""What it costs that the key signature changes."""
BAR_WEIGHT = 1.0

Floats = npt.NDArray[np.float64]


def signatures(chances: Floats, bars: Sequence[Sequence[int]]) -> list[int]:
    """The fifths of the key signature of each bar; ``chances`` (notes, keys) are logarithms, ``bars`` the notes of each bar."""
    told = np.array([chances[list(own)].mean(0) if len(own) else np.zeros(len(KEYS)) for own in bars])
    told = BAR_WEIGHT * np.maximum(told, -6.0)
    if not len(told):
        return []
    price = CHANGE * (1 - np.eye(len(KEYS)))
    value, came = told[0].copy(), np.zeros(told.shape, np.int64)
    for bar in range(1, len(told)):
        options = value[:, None] - price
        came[bar] = options.argmax(0)
        value = options.max(0) + told[bar]
    at = int(value.argmax())
    path = [at]
    for bar in range(len(told) - 1, 0, -1):
        at = int(came[bar, at])
        path.append(at)
    return [KEYS[i] for i in reversed(path)]


def with_mode(fifths: int, midis: Sequence[int], weights: Sequence[float]) -> Key:
    """The major or the minor key of a signature, whichever the notes (weighted by their lengths) are more at home in."""
    weight = np.zeros(12)
    for midi, length in zip(midis, weights, strict=True):
        weight[midi % 12] += length
    if weight.std() < 1e-9:
        return Key(fifths)
    tonic = 7 * fifths % 12
    major = float(np.corrcoef(weight, np.roll(MAJOR, tonic))[0, 1])
    minor = float(np.corrcoef(weight, np.roll(MINOR, (tonic + 9) % 12))[0, 1])
    return Key(fifths, "major" if major >= minor else "minor")


def spelt_by(chances: Floats, midis: Sequence[int], fifths: Sequence[int]) -> list[Pitch]:
    """Each key of the piano as the network spells it; ``chances`` (notes, spellings) are logarithms, ``fifths`` the signatures there."""
    out = []
    for row, midi, key in zip(chances, midis, fifths, strict=True):
        places = [p for p in SPELLINGS if (7 * midi - p) % 12 == 0 and key - 8 <= p <= key + 12]
        best = max(places, key=lambda p: float(row[p - SPELLINGS[0]]))
        step, alter = LINE[(best + 1) % 7], (best + 1) // 7
        natural = 12 * ((midi - alter) // 12 - 1)
        octave = natural // 12
        out.append(Pitch(step, alter, octave))
    return out


def line_of_fifths(pitch: Pitch) -> int:
    """A pitch's place on the line of fifths, C = 0."""
    return LINE.index(pitch.step) - 1 + 7 * pitch.alter if pitch.step in STEPS else 0
