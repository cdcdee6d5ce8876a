"""A scan or photograph made even before it is enlarged: paper white, ink black, staves level.

The network ``scan`` learned grey ink and grey paper, but neither a shadow across the page nor a page laid askew.
"""

from __future__ import annotations

import cv2
import numpy as np

from models.arrays import Grey
from models.sheet.ink import light_of
from models.upscale.tiling import Ink

STEEPEST = 8.0
"""Degrees of tilt that are looked for."""

LEAST = 1.0
"""Degrees of tilt below which a page stays as it lies: resampling would cost more sharpness than level staves give."""

_REACH = 25  # pixels: between the lines of the largest staves worth enlarging there is no clean paper
_LEARNED = 0.65  # contrasts above it are what the network was trained on: it needs no help
_SEARCHED = 900  # pixels of the page's width in which the tilt is looked for
_SURER = 1.3  # by how much more concentrated the rows must be than in the page as it lies


def evened(grey: Grey) -> Grey:
    """The page in even light, uint8 (H, W): bare paper near 255, full black near 0; every pixel stays in its place.

    A clean page stays as it is, and so does one too small to tell its light.
    """
    if min(grey.shape) < 16:
        return grey
    light = light_of(grey, _REACH)
    if light.paper.min() > 252 and light.contrast > _LEARNED:
        return grey
    ink = np.clip(light.ink(grey.astype(np.float32)), 0.0, 1.0)
    return np.asarray(255 - np.rint(255 * ink), np.uint8)


def tilt_of(grey: Grey) -> float:
    """Degrees, clockwise positive, by which an even page's staves fall to the right; 0.0 where no tilt stands out.

    Rows of a level page are full of ink (staff lines) or empty. So the tilt is the one whose shear concentrates the ink
    in the fewest rows: the largest sum of squared row sums.
    """
    shrink = min(1.0, _SEARCHED / grey.shape[1])
    if shrink < 1:
        size = (round(grey.shape[1] * shrink), max(2, round(grey.shape[0] * shrink)))
        grey = np.asarray(cv2.resize(grey, size, interpolation=cv2.INTER_AREA), np.uint8)
    y, x = np.nonzero(grey < 160)
    if len(y) < 200:
        return 0.0
    across = x - grey.shape[1] / 2

    def concentration(degrees: float) -> float:
        rows = y - across * np.tan(np.deg2rad(degrees))
        full = np.bincount(np.rint(rows - rows.min()).astype(np.int64)).astype(np.float64)
        return float((full * full).sum())

    rough = max(np.arange(-STEEPEST, STEEPEST + 0.1, 0.25), key=concentration)
    fine = max(np.arange(rough - 0.25, rough + 0.26, 0.05), key=concentration)
    return float(fine) if concentration(fine) > _SURER * concentration(0.0) else 0.0


def levelled(grey: Grey) -> Grey:
    """An even page turned about its middle so that its staves are level, of the same size; paper fills the corners.

    Unchanged when the tilt is below `LEAST`.
    """
    if min(grey.shape) < 16:
        return grey
    tilt = tilt_of(grey)
    if abs(tilt) < LEAST:
        return grey
    height, width = grey.shape
    turn = cv2.getRotationMatrix2D(((width - 1) / 2, (height - 1) / 2), tilt, 1.0)
    ink: Ink = 255 - grey.astype(np.float32)
    turned = cv2.warpAffine(ink, turn, (width, height), flags=cv2.INTER_CUBIC, borderValue=0.0)
    return np.asarray(255 - np.clip(np.rint(turned), 0, 255), np.uint8)
