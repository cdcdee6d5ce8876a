"""What the ink between two neighbouring staves says of whether they belong to one system: edge, brace, bar lines."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from models.read.page.staves.staff import Staff
from models.sheet.ink import Floats

_FARTHEST = 22.0  # staff spaces between two staves of a system
_FULL = 0.93  # share of the gap that a joining line fills
_NEAR_END = 2.0  # staff spaces from the left end within which a line is the system's own
_BRACE_REACH = 4.0  # staff spaces left of a staff within which its brace or bracket stands
_WIDEST = 0.9  # staff spaces
_BENT = 0.25  # of the gap that a bar line drawn by hand may be wide


@dataclass(frozen=True)
class Joint:
    """What stands between two staves, one under the other.

    `edge` (0..1) is the share of the gap that the fullest line at their left end inks, `brace` (0..1) the share of it
    that the tallest stroke there reaches, be it bent. `through` are the columns of the page (n,) at which thin lines
    run from staff to staff, and `gap` the staff spaces between them.
    """

    edge: float
    brace: float
    through: Floats
    gap: float


def joint(binary: NDArray[np.bool_], upper: Staff, lower: Staff, *, by_hand: bool = False) -> Joint | None:
    """What stands between two staves; None where they cannot be of one system: beside each other, or too far apart.

    Bar lines that are drawn `by_hand` run through though they are bent.
    """
    space = 0.5 * (upper.space + lower.space)
    if min(upper.right, lower.right) - max(upper.left, lower.left) < 0.5 * min(
        upper.right - upper.left, lower.right - lower.left
    ):
        return None
    first, last = min(upper.left, lower.left), max(upper.left, lower.left)
    xs = np.arange(
        max(0.0, first - 2.5 * space),
        min(binary.shape[1] - 1.0, max(upper.right, lower.right) + space),
    )
    if len(xs) < 4:
        return None
    gap = float(np.median(lower.y(0, xs) - upper.y(4, xs)))
    if not 0.5 * space < gap < _FARTHEST * space:
        return None
    # a page in perspective leans, as its staves' ends show
    ends = np.array([lower.left - upper.left, lower.right - upper.right])
    lean = np.where(np.abs(ends) < 0.5 * gap, ends, 0.0)
    across = np.interp(xs, [0.5 * (upper.left + lower.left), 0.5 * (upper.right + lower.right)], lean)
    shares = inked_shares(binary, xs, upper, lower, across)
    at_edge = (xs > first - _NEAR_END * space) & (xs < last + _NEAR_END * space)
    edge = float(shares[at_edge].max(initial=0.0))
    through = _thin_runs(xs, shares > _FULL, space)
    if by_hand:
        bent = _bent_lines(binary, xs, upper, lower, space)
        near = [np.min(np.abs(through - x), initial=np.inf) < _WIDEST * space for x in bent]
        through = np.sort(np.concatenate([through, bent[~np.array(near, np.bool_)]]))
    return Joint(edge, _brace(binary, upper, lower, space), through, gap / space)


def _bent_lines(binary: NDArray[np.bool_], xs: Floats, upper: Staff, lower: Staff, space: float) -> Floats:
    """The middles of the strokes that reach from staff to staff and stay narrow, however they bend."""
    left, right = round(float(xs[0])), round(float(xs[-1]))
    top, bottom = upper.y(4, xs) + 0.3 * space, lower.y(0, xs) - 0.3 * space
    first, last = max(0, int(top.min())), min(binary.shape[0], int(np.ceil(bottom.max())))
    if last - first < 4:
        return np.empty(0)
    rows = np.arange(first, last)[:, None]
    columns = np.arange(left, right + 1)
    inside = (rows > np.interp(columns, xs, top)) & (rows < np.interp(columns, xs, bottom))
    part = (binary[first:last, left : right + 1] & inside).astype(np.uint8)
    count, _, stats, middles = cv2.connectedComponentsWithStats(
        cv2.dilate(part, np.ones((5, 3), np.uint8)), connectivity=8
    )
    gap = float(np.median(bottom - top))
    return np.array(
        [
            left + float(middles[n, 0])
            for n in range(1, count)
            if stats[n, cv2.CC_STAT_HEIGHT] - 4 > _FULL * gap
            and stats[n, cv2.CC_STAT_WIDTH] < max(_WIDEST * space, _BENT * gap)
        ],
        np.float64,
    )


def _brace(binary: NDArray[np.bool_], upper: Staff, lower: Staff, space: float) -> float:
    """The share of the gap that the tallest stroke at the staves' left end reaches, be it bent like a brace."""
    left = min(upper.left, lower.left) - _BRACE_REACH * space
    right = max(upper.left, lower.left) + 1.2 * space
    xs = np.arange(max(0, round(left)), min(binary.shape[1] - 1, round(right)))
    top, bottom = upper.y(4, xs) + 0.3 * space, lower.y(0, xs) - 0.3 * space
    first, last = int(top.min()), int(np.ceil(bottom.max()))
    if len(xs) < 4 or last - first < 4:
        return 0.0
    rows = np.arange(first, last)[:, None]
    between = (rows > top) & (rows < bottom)
    part = binary[first:last, xs[0] : xs[-1] + 1] & between
    count, _, stats, _ = cv2.connectedComponentsWithStats(
        cv2.dilate(part.astype(np.uint8), np.ones((3, 3), np.uint8)), connectivity=8
    )
    gap = float(np.median(bottom - top))
    tallest = max((int(stats[n, cv2.CC_STAT_HEIGHT]) for n in range(1, count)), default=0)
    return float(np.clip((tallest - 2) / gap, 0.0, 1.0))


def inked_shares(binary: NDArray[np.bool_], xs: Floats, upper: Staff, lower: Staff, across: Floats) -> Floats:
    """The share of the gap between two staves that the fullest line at each column inks, float64 (n,).

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
    return best


def _thin_runs(xs: Floats, full: NDArray[np.bool_], space: float) -> Floats:
    """The middles of the runs of columns that are full and no wider than a line."""
    at = np.flatnonzero(full)
    if not len(at):
        return np.empty(0)
    runs = np.split(at, np.flatnonzero(np.diff(at) > max(2.0, 0.3 * space)) + 1)
    return np.array([float(xs[run].mean()) for run in runs if len(run) < _WIDEST * space + 4])
