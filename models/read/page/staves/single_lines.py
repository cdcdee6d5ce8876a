"""Staves of one line, as percussion has them: a line as long as the staves of its system, alone, with bar lines across.

Such a line is given as the middle one of five, so that all that reads staves reads it: heads on the line stand on the
middle line, and what its bar lines and rests look like is the same.
"""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np
from numpy.typing import NDArray

from models.arrays import Mask
from models.read.page.staves.tracing import GRID, Traced
from models.sheet.ink import Floats

_RUN = 3.0  # staff spaces of unbroken line that one is put together of
_LONG = 0.9  # of the length of the staves beside it
_END = 1.5  # staff spaces between its ends and theirs
_THICK = 2.2  # of a staff line's thickness, at most
_ALONE = 2.6  # staff spaces to the next line, or staff, at least
_UPRIGHT = (0.8, 2.4)  # staff spaces that its bar lines reach up and down
_SLIM, _CLEF = 0.28, (0.25, 0.8)  # staff spaces of the width of a bar line, and of a stroke of the clef
_CLEF_REACH = 5.0  # staff spaces from its left end within which the clef stands
_EVEN = 0.45  # staff spaces by which a stroke may reach farther up than down


def single_lines(binary: Mask, staves: Sequence[Traced], thickness: float) -> list[Traced]:
    """The staves of one line on a page, bool (H, W), as five lines of which the middle one is seen.

    `staves` are those of five lines that were found; without any there is nothing to tell a line's length by.
    """
    if not staves:
        return []
    space = float(np.median([np.median(s.lines[4] - s.lines[0]) / 4.0 for s in staves]))
    bar = np.ones((1, max(3, round(_RUN * space))), np.uint8)
    runs = np.asarray(cv2.morphologyEx(binary.astype(np.uint8), cv2.MORPH_OPEN, bar), np.uint8)
    # a line that is not quite level goes on a row higher or lower
    count, labels, stats, _ = cv2.connectedComponentsWithStats(
        cv2.dilate(runs, np.ones((3, 3), np.uint8)), connectivity=8
    )
    found, heights = [], []
    for n in range(1, count):
        if not _is_long(stats[n], staves, space):
            continue
        x0, y0, wide, high = (int(v) for v in stats[n, :4])
        here = slice(y0, y0 + high), slice(x0, x0 + wide)
        own = (labels[here] == n) & (runs[here] > 0)
        xs, ys = _followed(own, x0, y0)
        if not _is_apart(xs, ys, staves, space):
            continue
        heights.append(float(np.mean(ys)))
        slim = float(np.median(own.sum(axis=0))) <= max(3.0, _THICK * thickness)
        if slim and _is_barred(binary, xs, ys, space):
            lines = ys[None, :] + space * np.arange(-2.0, 3.0)[:, None]
            found.append(Traced(xs, lines, 1.0))
    return [one for one in found if _is_alone(float(np.mean(one.lines[2])), heights, space)]


def _is_alone(height: float, heights: Sequence[float], space: float) -> bool:
    """Whether of all long lines only the one at this height lies near it."""
    return sum(abs(other - height) < _ALONE * space for other in heights) == 1


def _is_long(stats: NDArray[np.int32], staves: Sequence[Traced], space: float) -> bool:
    """Whether a piece of line is as long as a staff and stands in line with one."""
    x0, x1 = float(stats[0]), float(stats[0] + stats[2])
    return any(
        abs(x0 - s.xs[0]) < _END * space
        and abs(x1 - s.xs[-1]) < _END * space
        and x1 - x0 > _LONG * (s.xs[-1] - s.xs[0])
        for s in staves
    )


def _followed(own: Mask, x0: int, y0: int) -> tuple[Floats, Floats]:
    """Columns of the grid and the heights of a line there, whose ink begins at (x0, y0): gaps and heads hide pieces of it."""
    rows, columns = np.nonzero(own)
    bend = np.polynomial.Polynomial.fit(columns + x0, rows + y0, 2 if len(own) > 6 else 1)
    xs: Floats = np.arange(float(x0), float(x0 + own.shape[1]), GRID)
    return xs, np.asarray(bend(xs), np.float64)


def _is_apart(xs: Floats, ys: Floats, staves: Sequence[Traced], space: float) -> bool:
    """Whether no staff lies near, whose line or ledger line it would be."""
    for staff in staves:
        top, bottom = (np.interp(xs, staff.xs, staff.lines[n]) for n in (0, 4))
        if np.median(top - ys) < _ALONE * space and np.median(ys - bottom) < _ALONE * space:
            return False
    return True


def _is_barred(binary: Mask, xs: Floats, ys: Floats, space: float) -> bool:
    """Whether bar lines or a percussion clef cross a line evenly: what a bracket, a rule or a pedal's line has not."""
    columns = np.arange(int(xs[0]), min(binary.shape[1], int(xs[-1]) + 1))
    middle = np.rint(np.interp(columns, xs, ys)).astype(np.intp)
    most = round(_UPRIGHT[1] * space) + 2
    reach = []
    for side in (-1, 1):
        rows = np.clip(middle[None, :] + side * np.arange(1, most)[:, None], 0, binary.shape[0] - 1)
        reach.append(np.cumprod(binary[rows, columns[None, :]], axis=0).sum(axis=0) / space)
    up, down = reach
    even = (np.minimum(up, down) > _UPRIGHT[0]) & (np.abs(up - down) < _EVEN)
    edges = np.flatnonzero(np.diff(np.concatenate([[0], even.astype(np.int8), [0]]))).reshape(-1, 2)
    wide = [(first / space, (last - first) / space) for first, last in edges.tolist()]
    clef = [w for x, w in wide if x < _CLEF_REACH and _CLEF[0] <= w <= _CLEF[1]]
    bars = [w for x, w in wide if x > 1.0 and w < _SLIM]
    return len(clef) >= 2 or (len(bars) >= 1 and len(wide) >= 2)
