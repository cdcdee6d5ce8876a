"""Hairpins and accents by their form: two thin strokes that meet at one end."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

import cv2
import numpy as np
from numpy.typing import NDArray

from models.arrays import Box, Mask
from models.read.page.staves import Staff
from models.read.text.letters import Letters

_OPEN, _WIDEST = 0.35, 2.6  # staff spaces of a wedge's open end
_SHUT = 0.45  # of its open end: how far its other end may be apart
_LONG = 1.9  # staff spaces from which a wedge is a hairpin
_ACCENT = (0.9, 1.9)  # staff spaces of an accent's length
_ACCENT_FLAT, _ACCENT_SURE = (
    1.4,
    0.85,
)  # how much longer than high it is, and how straight: letters are neither
_STRAY = 0.14  # staff spaces that its strokes may stray from straight ones
_THICK = 0.34  # staff spaces of a stroke
_PARTED = 0.35  # share of its length on which its strokes stand apart
_REACH = 9.0  # staff spaces from a staff


@dataclass(frozen=True)
class Wedge:
    """One of them: which way it opens, its box in pixels of the prepared page, and how straight it is, 0..1."""

    kind: Literal["crescendo", "diminuendo", "accent"]
    box: Box
    certainty: float


def wedges_on(letters: Letters, staves: Sequence[Staff]) -> list[Wedge]:
    """The hairpins and accents of a page, outside its staves."""
    space = letters.space
    binary = (letters.labels > 0).astype(np.uint8)
    _, labels, stats, _ = cv2.connectedComponentsWithStats(binary, connectivity=8)
    found = []
    for n in range(1, len(stats)):
        x, y, w, h, area = (int(v) for v in stats[n])
        if not (_ACCENT[0] * space < w and _OPEN * space < h < _WIDEST * space and h < 1.2 * w):
            continue
        if area > 2.6 * _THICK * space * w or not _near(x + w / 2, y + h / 2, staves, space):
            continue
        wedge = _wedge(labels[y : y + h, x : x + w] == n, (x, y), space)
        if wedge is not None:
            found.append(wedge)
    return found


def _near(x: float, y: float, staves: Sequence[Staff], space: float) -> bool:
    for staff in staves:
        if not staff.left - 0.5 * space < x < staff.right + 0.5 * space:
            continue
        top, bottom = float(staff.y(0, x)), float(staff.y(4, x))
        if top - 0.2 * space < y < bottom + 0.2 * space:
            return False
    return any(
        staff.left < x < staff.right
        and float(staff.y(0, x)) - _REACH * space < y < float(staff.y(4, x)) + _REACH * space
        for staff in staves
    )


def _wedge(mask: Mask, corner: tuple[int, int], space: float) -> Wedge | None:
    height, width = mask.shape
    if not mask.any(axis=0).all():
        return None
    top = mask.argmax(axis=0).astype(float)
    bottom = height - 1 - mask[::-1].argmax(axis=0).astype(float)
    count = mask.sum(axis=0)
    edge = max(1, round(0.12 * width))
    ends = [float(np.median((bottom - top)[part])) / space for part in (slice(0, edge), slice(-edge, None))]
    inner = slice(edge, -edge) if width > 4 * edge else slice(None)
    at = np.arange(width)[inner]
    stray = max(_stray(at, side[inner]) for side in (top, bottom)) / space
    thick = float(np.median(count[inner])) / space
    opening = (bottom - top)[inner] / space
    parted = float(np.mean(count[inner] / space < 0.75 * opening + 0.1))  # a wedge that is filled is none
    meets = max(ends) >= _OPEN and min(ends) <= _SHUT * max(ends) + 0.12
    if not meets or stray > _STRAY or thick > 2 * _THICK or parted < _PARTED:
        return None
    box = (float(corner[0]), float(corner[1]), float(corner[0] + width), float(corner[1] + height))
    return _named(
        width / space, ends, width / height, Wedge("accent", box, max(0.0, 1.0 - stray / (2 * _STRAY)))
    )


def _named(long: float, ends: Sequence[float], flat: float, wedge: Wedge) -> Wedge | None:
    """A wedge of a length in staff spaces, by which way it opens; None for what is neither hairpin nor accent."""
    if long >= _LONG:
        return replace(wedge, kind="crescendo" if ends[1] > ends[0] else "diminuendo")
    accent = ends[0] > ends[1] and _ACCENT[0] <= long <= _ACCENT[1]
    return wedge if accent and flat > _ACCENT_FLAT and wedge.certainty > _ACCENT_SURE else None


def _stray(at: NDArray[np.int_], side: NDArray[np.float64]) -> float:
    """How far a side strays from a straight line, the median of its points."""
    if len(at) < 3:
        return 0.0
    slope, start = np.polyfit(at, side, 1)
    return float(np.percentile(np.abs(side - (slope * at + start)), 80))
