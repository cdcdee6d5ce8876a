"""Halves of the brackets of tuplets: a level line with a hook at its outer end, which as an arc would be a slur."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from models.arrays import Mask
from models.read.page.staves import SPACE, Strip
from models.read.primitives.primitive import Primitive

_LEVEL, _STRAIGHT = (
    0.12,
    0.85,
)  # staff spaces about its row in which so great a share of its columns have their ink
_HOOK = 0.5  # staff spaces of the hook at one end, at least
_END = 0.25  # staff spaces of an end
_THIN = 0.3  # staff spaces of the line


def without_brackets(found: Sequence[Primitive], strip: Strip) -> list[Primitive]:
    """The primitives without the arcs that are halves of brackets."""
    binary = strip.binary
    return [p for p in found if p.kind != "curve" or p.membership("slur") < 0.5 or not _is_half(p, binary)]


def _is_half(p: Primitive, binary: Mask) -> bool:
    x0, y0, x1, y1 = (round(v) for v in p.box)
    part = binary[max(0, y0) : y1 + 1, max(0, x0) : x1 + 1]
    if part.shape[1] < SPACE or part.shape[0] < _HOOK * SPACE:
        return False
    high = part.sum(axis=0)
    rows = np.arange(part.shape[0])[:, None]
    middles = (part * rows).sum(axis=0) / np.maximum(high, 1)
    thin = (high > 0) & (high <= _THIN * SPACE)
    if thin.mean() < _STRAIGHT:
        return False
    level = np.abs(middles - np.median(middles[thin])) <= _LEVEL * SPACE
    if (level & thin).mean() < _STRAIGHT:
        return False
    end = max(2, round(_END * SPACE))
    tall = high >= _HOOK * SPACE
    return bool(tall[:end].any() != tall[-end:].any())
