"""Hairpins and accents by their form: two thin strokes that meet at one end, or would beyond the end of a line of music."""

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


_UPRIGHT, _MENDED = (
    2.6,
    0.6,
)  # staff spaces of an upright stroke, at least, and of the gap that it leaves, at most
_CROSSING, _PLAINLY = (
    3.0,
    0.8,
)  # staff spaces and certainty of a hairpin with upright strokes through it, at least
_PART = 2.0  # staff spaces of the strokes of a hairpin that goes on in the next line, at least
_AT_EDGE, _AT_START = (
    1.6,
    12.0,
)  # staff spaces from a staff's right end to where it breaks off, from its left end to where it goes on
_TOGETHER = 0.5  # staff spaces between the ends of its two strokes
_CLOSING = 0.12  # staff spaces by which its strokes draw nearer, at least


@dataclass(frozen=True)
class Wedge:
    """One of them: which way it opens, its box in pixels of the prepared page, and how straight it is, 0..1.

    ``goes_on``: it breaks off at the end of a line of music and goes on in the next.
    """

    kind: Literal["crescendo", "diminuendo", "accent"]
    box: Box
    certainty: float
    goes_on: bool = False


def wedges_on(letters: Letters, staves: Sequence[Staff]) -> list[Wedge]:
    """The hairpins and accents of a page, outside its staves."""
    binary = (letters.labels > 0).astype(np.uint8)
    plain = _wedges(binary, staves, letters.space)
    # between the staves of a piano bar lines run through hairpins
    crossing = _wedges(_without_uprights(binary, letters.space), staves, letters.space)
    plainly = [
        w for w in crossing if w.certainty >= _PLAINLY and w.box[2] - w.box[0] > _CROSSING * letters.space
    ]
    return plain + [w for w in plainly if not any(_overlap(w.box, p.box) for p in plain)]


def _without_uprights(binary: NDArray[np.uint8], space: float) -> NDArray[np.uint8]:
    """The page without its upright strokes, what lay level across them drawn through."""
    upright = cv2.morphologyEx(binary, cv2.MORPH_OPEN, np.ones((round(_UPRIGHT * space), 1), np.uint8))
    left = np.where(cv2.dilate(upright, np.ones((1, 3), np.uint8)) > 0, 0, binary).astype(np.uint8)
    return np.asarray(
        cv2.morphologyEx(left, cv2.MORPH_CLOSE, np.ones((1, round(_MENDED * space)), np.uint8)), np.uint8
    )


def _overlap(one: Box, two: Box) -> bool:
    return one[0] < two[2] and two[0] < one[2] and one[1] < two[3] and two[1] < one[3]


def _wedges(binary: NDArray[np.uint8], staves: Sequence[Staff], space: float) -> list[Wedge]:
    _, labels, stats, _ = cv2.connectedComponentsWithStats(binary, connectivity=8)
    found = _open_ones(np.asarray(labels, np.int32), np.asarray(stats, np.int32), staves, space)
    for n in range(1, len(stats)):
        x, y, w, h, area = (int(v) for v in stats[n])
        if not (_ACCENT[0] * space < w and _OPEN * space < h < _WIDEST * space and h < 1.2 * w):
            continue
        if area > 2.6 * _THICK * space * w or not _near(x + w / 2, y + h / 2, staves, space):
            continue
        wedge = _wedge(labels[y : y + h, x : x + w] == n, (x, y), space)
        if wedge is not None:
            found.append(replace(wedge, goes_on=_opens_at_end(wedge, staves, space)))
    return found


def _opens_at_end(wedge: Wedge, staves: Sequence[Staff], space: float) -> bool:
    """Whether a crescendo is still open at the right end of its staff."""
    staff = _nearest(wedge.box, staves)
    return wedge.kind == "crescendo" and wedge.box[2] > staff.right - 0.5 * space


def _nearest(box: Box, staves: Sequence[Staff]) -> Staff:
    x, y = 0.5 * (box[0] + box[2]), 0.5 * (box[1] + box[3])
    return min(staves, key=lambda s: max(float(s.y(0, x)) - y, y - float(s.y(4, x))))


@dataclass(frozen=True)
class _Stroke:
    x0: float
    x1: float
    left: float  # its heights
    right: float


def _open_ones(
    labels: NDArray[np.int32], stats: NDArray[np.int32], staves: Sequence[Staff], space: float
) -> list[Wedge]:
    """Hairpins of which a line of music shows no tip: two strokes, one over the other, that draw nearer and end at its edge."""
    strokes = []
    for n in range(1, len(stats)):
        x, y, w, h, area = (int(v) for v in stats[n])
        if (
            w < _PART * space
            or h > 0.7 * space
            or area > 2 * _THICK * space * w
            or not _near(x + w / 2, y + h / 2, staves, space)
        ):
            continue
        mask = labels[y : y + h, x : x + w] == n
        middle = y + (mask * np.arange(h)[:, None]).sum(axis=0) / np.maximum(1, mask.sum(axis=0))
        slope, start = np.polyfit(np.arange(w), middle, 1)
        if _stray(np.arange(w), middle) < _STRAY * space and mask.any(axis=0).all():
            strokes.append(_Stroke(float(x), float(x + w), float(start), float(start + slope * w)))
    found = []
    for upper in strokes:
        for lower in strokes:
            wedge = _of_strokes(upper, lower, space)
            if wedge is None:
                continue
            staff = _nearest(wedge.box, staves)
            on = wedge.box[2] > staff.right - _AT_EDGE * space
            if on or wedge.box[0] < staff.left + _AT_START * space:
                found.append(replace(wedge, goes_on=on))
    return found


def _of_strokes(upper: _Stroke, lower: _Stroke, space: float) -> Wedge | None:
    ends = lower.left - upper.left, lower.right - upper.right
    level = max(abs(upper.x0 - lower.x0), abs(upper.x1 - lower.x1)) < _TOGETHER * space
    apart = 0.1 * space < min(ends) and max(ends) < _WIDEST * space
    if not level or not apart or abs(ends[1] - ends[0]) < _CLOSING * space:
        return None
    kind: Literal["crescendo", "diminuendo"] = "crescendo" if ends[1] > ends[0] else "diminuendo"
    top, low = min(upper.left, upper.right), max(lower.left, lower.right)
    return Wedge(kind, (upper.x0, top, upper.x1, low), 0.8)


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
