"""Whether two neighbouring staves belong to one system: a line down their left end, or bar lines through both."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from models.read.page.staves.staff import Staff
from models.sheet.ink import Floats

_FARTHEST = 22.0  # staff spaces between two staves of a system
_FULL = 0.93  # share of the gap that a joining line fills
_NEAR_END = 2.0  # staff spaces from the left end within which one line is enough
_SPANNED = 0.86  # share of the gap that a brace drawn by hand reaches
_WIDEST = 0.9  # staff spaces


def joins(binary: NDArray[np.bool_], upper: Staff, lower: Staff) -> bool:
    """Whether a vertical line joins the lowest line of `upper` to the topmost of `lower`.

    One at the left end is enough; elsewhere there must be two, or a stem that spans both staves would do.
    """
    space = 0.5 * (upper.space + lower.space)
    if min(upper.right, lower.right) - max(upper.left, lower.left) < 0.5 * min(
        upper.right - upper.left, lower.right - lower.left
    ):
        return False
    left, right = 0.5 * (upper.left + lower.left), 0.5 * (upper.right + lower.right)
    xs = np.arange(max(0.0, left - 2.5 * space), min(binary.shape[1] - 1.0, right + space))
    if len(xs) < 4:
        return False
    gap = float(np.median(lower.y(0, xs) - upper.y(4, xs)))
    if not 0.5 * space < gap < _FARTHEST * space:
        return False
    # a page in perspective leans, as its staves' ends show
    ends = np.array([lower.left - upper.left, lower.right - upper.right])
    lean = np.where(np.abs(ends) < 0.5 * gap, ends, 0.0)
    across = np.interp(xs, [left, right], lean)
    places = connecting_columns(binary, xs, upper, lower, across, space)
    at_left = np.abs(places - left) < _NEAR_END * space
    return bool(at_left.any() or len(places) >= 2) or _spanned(binary, upper, lower, space)


def _spanned(binary: NDArray[np.bool_], upper: Staff, lower: Staff, space: float) -> bool:
    """Whether one stroke, be it bent like a brace, runs from staff to staff at their left end."""
    left, right = min(upper.left, lower.left) - 4.0 * space, max(upper.left, lower.left) + 1.2 * space
    xs = np.arange(max(0, round(left)), min(binary.shape[1] - 1, round(right)))
    top, bottom = upper.y(4, xs) + 0.3 * space, lower.y(0, xs) - 0.3 * space
    first, last = int(top.min()), int(np.ceil(bottom.max()))
    if len(xs) < 4 or last - first < 4:
        return False
    rows = np.arange(first, last)[:, None]
    between = (rows > top) & (rows < bottom)
    part = binary[first:last, xs[0] : xs[-1] + 1] & between
    count, _, stats, _ = cv2.connectedComponentsWithStats(
        cv2.dilate(part.astype(np.uint8), np.ones((3, 3), np.uint8)), connectivity=8
    )
    gap = float(np.median(bottom - top))
    enough = _SPANNED if gap > 4.0 * space else _FULL
    return any(stats[n, cv2.CC_STAT_HEIGHT] > enough * gap + 2 for n in range(1, count))


def connecting_columns(
    binary: NDArray[np.bool_], xs: Floats, upper: Staff, lower: Staff, across: Floats, space: float
) -> Floats:
    """The columns at which thin lines run from staff to staff.

    `xs` (n,) are the columns looked at half way, `across` (n,) how far a line there is expected to lean.
    """
    gap = float(np.median(lower.y(0, xs) - upper.y(4, xs)))
    part = np.linspace(0.0, 1.0, max(8, round(gap / 2)))[:, None]
    best = np.zeros(len(xs))
    wide = cv2.dilate(binary.astype(np.uint8), np.ones((3, 3), np.uint8))
    for more in np.linspace(-0.12, 0.12, 7) * gap:
        lean = across + more
        top, bottom = upper.y(4, xs - 0.5 * lean), lower.y(0, xs + 0.5 * lean)
        y = np.rint(top * (1 - part) + bottom * part).astype(np.intp)
        x = np.rint(xs + (part - 0.5) * lean).astype(np.intp)
        inside = (x >= 0) & (x < binary.shape[1]) & (y >= 0) & (y < binary.shape[0])
        held = wide[np.clip(y, 0, binary.shape[0] - 1), np.clip(x, 0, binary.shape[1] - 1)]
        best = np.maximum(best, np.where(inside, held, 0).mean(axis=0))
    full = np.flatnonzero(best > _FULL)
    if not len(full):
        return np.empty(0)
    runs = np.split(full, np.flatnonzero(np.diff(full) > max(2.0, 0.3 * space)) + 1)
    return np.array([float(xs[run].mean()) for run in runs if len(run) < _WIDEST * space + 4])
