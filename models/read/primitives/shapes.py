"""Attributes of regions and strokes (Watkins 1994, figure 2), and the numbers that a region is classified by."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from models.arrays import Mask
from models.read.page.staves import LINE_ROWS, SPACE
from models.read.primitives.primitive import BlobShape, LineShape, position_at

Vector = NDArray[np.float32]

_ZONES = 12  # a region is looked at in so many zones across and down
_FIGURE_ENDS = (2.25, 3.4)  # staff spaces below the staff at which the 8 below a treble clef ends
_FIGURE_WIDE = (0.4, 1.25)  # staff spaces


def blob_shape(mask: Mask) -> BlobShape:
    """The attributes of a region given by its ink, bool (h, w), at 20 pixels to a staff space."""
    height, width = mask.shape
    ink = mask.astype(np.uint8)
    m = cv2.moments(ink, binaryImage=True)
    area = max(m["m00"], 1.0)
    xx, yy, xy = m["mu20"] / area, m["mu02"] / area, m["mu11"] / area
    spread = float(np.hypot(xx - yy, 2 * xy))
    large, small = (xx + yy + spread) / 2, max((xx + yy - spread) / 2, 1e-6)
    hu = cv2.HuMoments(m).ravel()
    moments = tuple(float(v) for v in -np.sign(hu) * np.log10(np.abs(hu) + 1e-12) / 12.0)
    return BlobShape(
        width=width / SPACE,
        height=height / SPACE,
        area=float(area) / SPACE**2,
        solidity=solidity(mask),
        elongation=float(1.0 - np.sqrt(small / max(large, 1e-6))),
        angle=float(-np.rad2deg(0.5 * np.arctan2(2 * xy, xx - yy))),
        moments=moments,
    )


def solidity(mask: Mask) -> float:
    """The inked share of the middle of a region, an ellipse of half its width and height: 0 hollow, 1 solid."""
    height, width = mask.shape
    y = (np.arange(height)[:, None] + 0.5 - height / 2) / max(height / 2, 1)
    x = (np.arange(width)[None, :] + 0.5 - width / 2) / max(width / 2, 1)
    middle = x * x + y * y < 0.3
    return float(mask[middle].mean()) if middle.any() else 1.0


def octave_figure(mask: Mask, bottom: float) -> float:
    """Whether a treble clef reaches below where it should end, in a foot as narrow as a small 8: 0 or 1.

    `mask` is the clef's ink, bool (h, w), `bottom` the row of the strip below its lowest.
    """
    low, high = _FIGURE_ENDS
    if not low < (bottom - LINE_ROWS[4]) / SPACE < high:
        return 0.0
    columns = np.flatnonzero(mask[-int(0.8 * SPACE) :].any(axis=0))
    wide = (columns[-1] - columns[0] + 1) / SPACE if len(columns) else 0.0
    least, most = _FIGURE_WIDE
    return 1.0 if least < wide < most else 0.0


def line_shape(xs: NDArray[np.float64], ys: NDArray[np.float64], thickness: float) -> LineShape:
    """The attributes of a stroke through points of a strip in order along it; `thickness` in pixels."""
    run, rise = float(xs[-1] - xs[0]), float(ys[0] - ys[-1])
    length = max(float(np.hypot(run, rise)), 1e-6)
    off = ((xs - xs[0]) * -rise - (ys - ys[0]) * run) / length  # upward where positive
    slope = 99.0 if abs(run) < 1e-3 * abs(rise) + 1e-9 else rise / run
    return LineShape(
        ends=(
            (float(xs[0]) / SPACE, position_at(float(ys[0]))),
            (float(xs[-1]) / SPACE, position_at(float(ys[-1]))),
        ),
        length=length / SPACE,
        thickness=thickness / SPACE,
        slope=float(np.clip(slope, -99.0, 99.0)),
        curvature=float(off[np.argmax(np.abs(off))]) / SPACE,
    )


def features(mask: Mask, box: tuple[int, int, int, int]) -> Vector:
    """A region as numbers, float32 (302,): zones of its form and of its true size, measures, moments, its place.

    `mask` is its ink and `box` x0, y0, x1, y1 where it lies on the strip.
    """
    height, width = mask.shape
    ink = mask.astype(np.float32)
    form = cv2.resize(ink, (_ZONES, _ZONES), interpolation=cv2.INTER_AREA).ravel()
    # the same at its true size: a frame of 3 by 8 staff spaces around its centre
    frame = np.zeros((8 * SPACE, 3 * SPACE), np.float32)
    y0, x0 = 4 * SPACE - height // 2, 3 * SPACE // 2 - width // 2
    top, left = max(0, y0), max(0, x0)
    part = ink[top - y0 : top - y0 + 8 * SPACE - top, left - x0 : left - x0 + 3 * SPACE - left]
    frame[top : top + part.shape[0], left : left + part.shape[1]] = part
    true = cv2.resize(frame, (_ZONES, _ZONES), interpolation=cv2.INTER_AREA).ravel()
    shape = blob_shape(mask)
    holes = _holes(mask)
    place = position_at((box[1] + box[3]) / 2)
    rest = np.array(
        [
            np.log(shape.width + 0.05), np.log(shape.height + 0.05), np.log(shape.width / shape.height), shape.area / (shape.width * shape.height),
            shape.solidity, shape.elongation, np.sin(np.deg2rad(2 * shape.angle)), np.clip((place - 4) / 8, -2, 2),
            holes, *shape.moments[:5],
        ],
        np.float32,
    )  # fmt: skip
    return np.concatenate([form, true, rest]).astype(np.float32)


def _holes(mask: Mask) -> float:
    padded = np.pad(~mask, 1, constant_values=True).astype(np.uint8)
    return float(min(cv2.connectedComponents(padded, connectivity=4)[0] - 2, 4))


_DISC = (0.28, 0.62)  # staff spaces of a dot's width and height
_ROUND, _FULL = 0.12, (0.68, 0.95)  # difference of the two, and share of its box that a disc fills


def is_disc(mask: Mask) -> bool:
    """Whether a region of ink, bool (h, w), is a small disc, as dots of every kind are."""
    height, width = (side / SPACE for side in mask.shape)
    sized = all(_DISC[0] <= side <= _DISC[1] for side in (height, width)) and abs(height - width) <= _ROUND
    return sized and _FULL[0] <= float(mask.mean()) <= _FULL[1]
