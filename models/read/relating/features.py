"""Where two signs lie to each other, in staff spaces: what the probability of their belonging together is told from."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from models.arrays import Box

Floats = NDArray[np.float64]

_FARTHEST = 4.0  # staff spaces beyond which distances are all alike


@dataclass(frozen=True)
class Outline:
    """A sign's box where its ink lies, in staff spaces with y downwards, and `drawn`, its box drawn on to what it belongs to.

    `step` is its place in half spaces above the lowest line, as the grammar has it. Of a beam also the height of its middle
    line at x = 0, and its slope.
    """

    x0: float
    y0: float
    x1: float
    y1: float
    drawn: tuple[float, float, float, float]
    step: float = 0.0
    height: float = 0.0
    slope: float = 0.0

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
        return self.height + self.slope * x


def outline_of(attributes: Mapping[str, Any], box: Box | None) -> Outline:
    """The outline of a token or a node, from its attributes and its box."""
    left_x, top, right_x, low = box or (0.0, 0.0, 0.0, 0.0)
    drawn = float(left_x), float(top), float(right_x), float(low)
    x0, y0, x1, y1 = attributes.get("ink") or drawn
    step = float(attributes.get("step", 0.0))
    left, right = attributes.get("yl"), attributes.get("yr")
    if left is None or right is None:
        return Outline(x0, y0, x1, y1, drawn, step)
    begin, end = float(attributes["x0"]), float(attributes["x1"])
    slope = (float(right) - float(left)) / max(0.2, end - begin)
    return Outline(x0, y0, x1, y1, drawn, step, float(left) - slope * begin, slope)


def _head_stem(h: Outline, s: Outline) -> tuple[float, ...]:
    x0, y0, x1, y1 = s.drawn
    x = (x0 + x1) / 2
    return (
        s.x - h.x1, h.x0 - s.x, h.y - s.y0, s.y1 - h.y, x - h.x1, h.x0 - x, h.y - y0, y1 - h.y, s.tall, s.wide, h.wide, h.tall,
    )  # fmt: skip


def _stem_beam(s: Outline, b: Outline) -> tuple[float, ...]:
    x0, y0, x1, y1 = s.drawn
    x = (x0 + x1) / 2
    y = b.height_at(x)
    return (
        b.x0 - s.x, s.x - b.x1, s.y0 - y, y - s.y1, b.drawn[0] - x, x - b.drawn[2], y0 - y, y - y1, s.tall, b.wide, b.tall,
        min(abs(s.y0 - y), abs(s.y1 - y)),
    )  # fmt: skip


def _stem_flag(s: Outline, f: Outline) -> tuple[float, ...]:
    x0, y0, x1, y1 = s.drawn
    x = (x0 + x1) / 2
    return (
        f.x0 - s.x, f.x1 - s.x, f.y0 - s.y0, s.y1 - f.y1, f.y - s.y0, s.y1 - f.y, f.x0 - x, f.y0 - y0, y1 - f.y1, s.tall, f.wide, f.tall,
    )  # fmt: skip


def _head_dot(h: Outline, d: Outline) -> tuple[float, ...]:
    return (d.x0 - h.x1, d.y - h.y, d.step - h.step, d.x - h.x, h.wide, h.tall, d.wide, d.tall)


def _head_accidental(h: Outline, a: Outline) -> tuple[float, ...]:
    return (h.x0 - a.x1, a.y - h.y, a.step - h.step, a.y1 - h.y, h.y - a.y0, a.wide, a.tall, h.wide, h.tall)


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
