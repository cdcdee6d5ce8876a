"""Where two signs lie to each other, in staff spaces: what the probability of their belonging together is told from."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

_FARTHEST = 4.0  # staff spaces beyond which distances are all alike


@dataclass(frozen=True)
class Outline:
    """A sign's box, in staff spaces with y downwards; of a beam also the heights of its left and right end."""

    x0: float
    y0: float
    x1: float
    y1: float
    left: float = 0.0
    right: float = 0.0

    @property
    def x(self) -> float:
        """The middle across."""
        return (self.x0 + self.x1) / 2

    @property
    def y(self) -> float:
        """The middle down."""
        return (self.y0 + self.y1) / 2

    @property
    def wide(self) -> float:
        """The width."""
        return self.x1 - self.x0

    @property
    def tall(self) -> float:
        """The height."""
        return self.y1 - self.y0

    def height_at(self, x: float) -> float:
        """Where a beam, drawn on, has its middle at x."""
        return self.left + (self.right - self.left) * (x - self.x0) / max(0.2, self.x1 - self.x0)


def _head_stem(h: Outline, s: Outline) -> tuple[float, ...]:
    return (s.x - h.x1, h.x0 - s.x, h.y - s.y0, s.y1 - h.y, s.y0 - h.y1, h.y0 - s.y1, s.tall, s.wide, h.wide, h.tall)  # fmt: skip


def _stem_beam(s: Outline, b: Outline) -> tuple[float, ...]:
    y = b.height_at(s.x)
    return (b.x0 - s.x, s.x - b.x1, s.y0 - y, y - s.y1, s.tall, s.wide, b.wide, b.tall, min(abs(s.y0 - y), abs(s.y1 - y)))  # fmt: skip


def _stem_flag(s: Outline, f: Outline) -> tuple[float, ...]:
    return (f.x0 - s.x, f.x1 - s.x, f.y0 - s.y0, s.y1 - f.y1, f.y - s.y0, s.y1 - f.y, s.tall, f.wide, f.tall)


def _head_dot(h: Outline, d: Outline) -> tuple[float, ...]:
    return (d.x0 - h.x1, d.y - h.y, d.x - h.x, h.wide, h.tall, d.wide, d.tall)


def _head_accidental(h: Outline, a: Outline) -> tuple[float, ...]:
    return (h.x0 - a.x1, a.y - h.y, a.y1 - h.y, h.y - a.y0, a.wide, a.tall, h.wide, h.tall)


FEATURES: Mapping[str, Callable[[Outline, Outline], tuple[float, ...]]] = {
    "head-stem": _head_stem,
    "stem-beam": _stem_beam,
    "stem-flag": _stem_flag,
    "head-dot": _head_dot,
    "head-accidental": _head_accidental,
}
"""The measures of each kind of relation, from its first and second sign."""


def features(kind: str, first: Outline, second: Outline) -> Floats:
    """The measures of two signs for a kind of relation."""
    return np.clip(np.array(FEATURES[kind](first, second), np.float64), -_FARTHEST, _FARTHEST)
