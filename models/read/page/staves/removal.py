"""Staff lines taken off a page, leaving the symbols that cross them (Watkins 1994, section 2).

Each line is followed column by column. `plain_mask` is the rule of the paper: a column of the line stays where the
pixel above it and the pixel below it are set. `line_mask` is what the reader uses: a column stays where the ink
through it is taller than a line is, the line's own height being measured; strokes that cross at a slant are kept
whole, and crumbs that a symbol's edge leaves on the line go with it.
"""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from models.arrays import Mask
from models.sheet.ink import Floats

_REACH = 0.30  # staff spaces up and down from a line's place in which its ink may lie
_TALLER = 1.45  # of a line's usual height: more is a symbol
_MORE = 1.2  # pixels that count as more in any case
_CRUMB = 0.28  # staff spaces: a shorter piece of symbol between two pieces of line is a crumb


def line_thickness(binary: Mask, rows: Floats, space: float) -> float:
    """The usual height in pixels of the lines at `rows` (5, W), NaN where a line does not reach."""
    heights = [h[(h > 0) & (h < 0.4 * space)] for h in (_runs(binary, r, space)[1] for r in rows)]
    every = np.concatenate(heights) if heights else np.empty(0)
    return float(np.median(every)) if every.size > 20 else max(1.0, 0.1 * space)


def plain_mask(binary: Mask, rows: Floats, space: float) -> Mask:
    """The pixels of the staff lines by the paper's rule alone: bool, the shape of `binary` (H, W).

    `rows` (5, W) are the heights of the five lines, NaN where a line does not reach; `space` is the staff space.
    """
    thickness = line_thickness(binary, rows, space)
    mask = np.zeros_like(binary)
    for line in rows:
        centre = np.where(np.isfinite(line), line, -1e6)
        top = np.ceil(centre - thickness / 2).astype(np.intp)
        height = max(1, round(thickness))
        above, below = _at(binary, top - 1), _at(binary, top + height)
        erase = ~(above & below) & (centre > -1e5)
        for k in range(height):
            _mark(mask, top + k, erase)
    return mask & binary


def line_mask(binary: Mask, rows: Floats, space: float) -> Mask:
    """The pixels of the staff lines: bool, the shape of `binary` (H, W); arguments as for `plain_mask`."""
    thickness = line_thickness(binary, rows, space)
    limit = max(_TALLER * thickness, thickness + _MORE)
    mask = np.zeros_like(binary)
    for line in rows:
        top, height = _runs(binary, line, space)
        is_line = (height > 0) & (height <= limit)
        is_line = _without_crumbs(is_line, height, space)
        for k in range(int(np.ceil(limit)) + 1):
            _mark(mask, top + k, is_line & (k < np.minimum(height, np.ceil(limit))))
    return mask & binary


def _runs(binary: Mask, line: Floats, space: float) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Top and height of the run of ink nearest to the line in each column; height 0 where there is none."""
    height, width = binary.shape
    reach = max(2, round(_REACH * space))
    far = reach + max(3, round(0.6 * space))  # runs are counted to here
    centre = np.rint(np.where(np.isfinite(line), line, -1e6)).astype(np.intp)
    offsets = np.arange(-far, far + 1)
    rows = centre[None, :] + offsets[:, None]
    inside = (rows >= 0) & (rows < height)
    window = binary[np.clip(rows, 0, height - 1), np.arange(width)[None, :]] & inside
    # the inked row nearest to the line's place
    distance = np.where(window, np.abs(offsets)[:, None], 10_000)
    nearest = distance.argmin(axis=0)
    found = distance[nearest, np.arange(width)] <= max(2, round(0.5 * reach))
    # how far the run goes up and down from there
    count = len(offsets)
    index = np.arange(count)[:, None]
    last_gap_above = np.where((~window) & (index <= nearest), index, -1).max(axis=0)
    first_gap_below = np.where((~window) & (index >= nearest), index, count).min(axis=0)
    top = centre + offsets[0] + last_gap_above + 1
    tall = first_gap_below - last_gap_above - 1
    return top, np.where(found, tall, 0)


def _without_crumbs(is_line: Mask, height: NDArray[np.intp], space: float) -> Mask:
    """Short kept pieces, hardly taller than the line, that stand between pieces of line, given to the line."""
    kept = (~is_line) & (height > 0)
    edges = np.flatnonzero(np.diff(np.concatenate([[False], kept, [False]]).astype(np.int8)))
    out = is_line.copy()
    for first, last in edges.reshape(-1, 2):
        piece = height[first:last]
        if (
            last - first <= _CRUMB * space and piece.max() <= np.median(height[is_line]) + 2.2
            if is_line.any()
            else False
        ):
            out[first:last] = True
    return out


def _at(binary: Mask, rows: NDArray[np.intp]) -> Mask:
    height, width = binary.shape
    inside = (rows >= 0) & (rows < height)
    return np.asarray(binary[np.clip(rows, 0, height - 1), np.arange(width)] & inside, np.bool_)


def _mark(mask: Mask, rows: NDArray[np.intp], where: Mask) -> None:
    inside = where & (rows >= 0) & (rows < mask.shape[0])
    mask[rows[inside], np.flatnonzero(inside)] = True


def mended(symbols: Mask, lines: Mask, space: float) -> Mask:
    """Symbols with thin strokes joined again where they were cut on a line: bool (H, W).

    A pixel of line comes back where symbols stand right above and right below it, straight or aslant.
    """
    reach = max(1, round(0.12 * space))
    tall = np.ones((2 * reach + 3, 1), np.uint8)
    closed = cv2.morphologyEx(symbols.astype(np.uint8), cv2.MORPH_CLOSE, tall)
    return np.asarray(symbols | (lines & (closed > 0)), np.bool_)
