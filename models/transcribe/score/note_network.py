"""The notation network: what it says of each note of a performance - beat, downbeat, hand, place, value, tempo, metre, key, spelling.

Residual convolutions over the row of notes, and attention whose positions are the onsets in seconds (rotary, after Su et
al., "RoFormer", 2021), so that notes a beat apart can find each other at any density. Run by NumPy: the page needs no
network library to write a score down. Trained by `models.transcribe.score_training.train`.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import numpy.typing as npt

from models import weights
from models.transcribe.score.note_features import features

NAME = "transcribe-notation"
CHANNELS, HEADS = 96, 8
DILATIONS = (1, 2, 4, 8, 16, 32, 4, 1)
ATTENDS = (1, 3, 5, 7)
"""Blocks after which notes attend to each other."""
WINDOW, MARGIN = 448, 64
"""Notes that are seen at once, and how many of them at each side are only context."""

PLACES = ((0,), (12,), (6,), (18,), (8,), (16,), (3, 9, 15, 21), (4, 20))
"""Places in a beat of 24 units; one class more is any other."""
LENGTHS = (3, 4, 6, 8, 12, 16, 18, 24, 36, 48, 72, 96, 144)
"""Written lengths, in 24ths of a beat."""
PERIODS = tuple(float(p) for p in np.exp(np.linspace(np.log(0.15), np.log(3.0), 24)))
"""Seconds of a beat."""
METRES = ("4/4", "3/4", "2/4", "2/2", "6/8", "9/8", "12/8", "3/8", "5/4", "7/8", "6/4", "other")
KEYS = tuple(range(-7, 8))
SPELLINGS = tuple(range(-13, 18))
"""Places on the line of fifths, C = 0."""
SIZES = {
    "beat": 1,
    "down": 1,
    "hand": 1,
    "place": len(PLACES) + 1,
    "length": len(LENGTHS),
    "period": len(PERIODS),
    "metre": len(METRES),
    "key": len(KEYS),
    "spelling": len(SPELLINGS),
}

Arrays = npt.NDArray[np.float32]


@dataclass(frozen=True)
class NoteMarks:
    """Logarithms, a row a note: of the odds for `beat`, `down` and the right `hand`; of the chances of each class of the others."""

    beat: Arrays
    down: Arrays
    hand: Arrays
    place: Arrays
    length: Arrays
    period: Arrays
    metre: Arrays
    key: Arrays
    spelling: Arrays


def frequencies() -> Arrays:
    """Radians a second of the rotations of a head's pairs: periods from a quarter of a second to half a minute."""
    pairs = CHANNELS // HEADS // 2
    return np.asarray(2 * np.pi / np.exp(np.linspace(np.log(0.25), np.log(32.0), pairs)), np.float32)


def marked(
    onsets: npt.ArrayLike, offsets: npt.ArrayLike, midis: npt.ArrayLike, velocities: npt.ArrayLike
) -> NoteMarks:
    """What the network says of notes in order of onset. `WeightsError` where it is missing or damaged."""
    times = np.asarray(onsets, np.float64)
    told = features(times, *(np.asarray(a, np.float64) for a in (offsets, midis, velocities)))
    arrays = _loaded()
    out = np.zeros((len(times), sum(SIZES.values())), np.float32)
    step = WINDOW - 2 * MARGIN
    for begin in range(0, max(1, len(times)), step):
        left, right = max(0, begin - MARGIN), min(len(times), begin + step + MARGIN)
        if right <= left:
            break
        some = _run(told[left:right], times[left:right], arrays)
        end = min(len(times), begin + step)
        out[begin:end] = some[begin - left : end - left]
    return _parted(out)


def _parted(out: Arrays) -> NoteMarks:
    parts: dict[str, Arrays] = {}
    at = 0
    for name, size in SIZES.items():
        part = out[:, at : at + size]
        at += size
        parts[name] = part[:, 0] if size == 1 else _log_softmax(part)
    return NoteMarks(**parts)


@lru_cache(maxsize=1)
def _loaded() -> dict[str, Arrays]:
    return weights.load(NAME).arrays


def _run(told: Arrays, times: npt.NDArray[np.float64], w: dict[str, Arrays]) -> Arrays:
    h = told @ w["enter.weight"].T + w["enter.bias"]
    angle = (times - times[0]).astype(np.float32)[:, None] * frequencies()[None]
    turns = np.cos(angle), np.sin(angle)
    for number, dilation in enumerate(DILATIONS):
        name = f"blocks.{number}"
        x = _normed(h, w[f"{name}.norm.weight"], w[f"{name}.norm.bias"])
        kernel = w[f"{name}.conv.weight"]
        y = x @ kernel[:, :, 1].T + w[f"{name}.conv.bias"]
        if len(x) > dilation:
            y[dilation:] += x[:-dilation] @ kernel[:, :, 0].T
            y[:-dilation] += x[dilation:] @ kernel[:, :, 2].T
        h = h + _gelu(y) @ w[f"{name}.leave.weight"].T + w[f"{name}.leave.bias"]
        if number in ATTENDS:
            h = h + _attended(h, turns, w, f"attention.{ATTENDS.index(number)}")
    h = _normed(h, w["norm.weight"], w["norm.bias"])
    return np.asarray(h @ w["answer.weight"].T + w["answer.bias"], np.float32)


def _attended(h: Arrays, turns: tuple[Arrays, Arrays], w: dict[str, Arrays], name: str) -> Arrays:
    x = _normed(h, w[f"{name}.norm.weight"], w[f"{name}.norm.bias"])
    size = CHANNELS // HEADS
    asked = (x @ w[f"{name}.enter.weight"].T + w[f"{name}.enter.bias"]).reshape(len(x), 3, HEADS, size)
    q, k, v = (asked[:, i].transpose(1, 0, 2) for i in range(3))
    q, k = _turned(q, turns), _turned(k, turns)
    scores = q @ k.transpose(0, 2, 1) / np.float32(size**0.5)
    scores = np.exp(scores - scores.max(-1, keepdims=True))
    mixed = (scores / scores.sum(-1, keepdims=True)) @ v
    return np.asarray(
        mixed.transpose(1, 0, 2).reshape(len(x), CHANNELS) @ w[f"{name}.leave.weight"].T
        + w[f"{name}.leave.bias"]
    )


def _turned(x: Arrays, turns: tuple[Arrays, Arrays]) -> Arrays:
    cos, sin = turns
    half = x.shape[-1] // 2
    a, b = x[..., :half], x[..., half:]
    return np.concatenate([a * cos - b * sin, a * sin + b * cos], -1)


def _normed(x: Arrays, weight: Arrays, bias: Arrays) -> Arrays:
    mean = x.mean(-1, keepdims=True)
    spread = np.sqrt(((x - mean) ** 2).mean(-1, keepdims=True) + 1e-5)
    return np.asarray((x - mean) / spread * weight + bias)


def _gelu(x: Arrays) -> Arrays:
    return np.asarray(0.5 * x * (1 + np.tanh(0.7978845608 * (x + 0.044715 * x**3))))


def _log_softmax(x: Arrays) -> Arrays:
    top = x - x.max(-1, keepdims=True)
    return np.asarray(top - np.log(np.exp(top).sum(-1, keepdims=True)))
