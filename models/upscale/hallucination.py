"""No ink where none came in: what a network draws far from anything dark is taken back."""

from __future__ import annotations

import cv2
import numpy as np

from models.arrays import Grey
from models.upscale.tiling import SCALE

TRACE = 224
"""Grey level below which a LR pixel is dark at all: an eighth of it is ink."""

REACH = 2
"""HR pixels around a dark LR pixel in which ink may stand: anti-aliasing carries a stroke's edge no farther."""

PAPER, BLACK = 255, 128

_ROWS = 256  # LR rows at a time: the mask of a whole page would cost as much memory as the result


def restrained(low: Grey, large: Grey) -> Grey:
    """``large`` without black pixels (< 128) farther than `REACH` from all dark pixels of ``low``; changed in place.

    ``low`` is uint8 (H, W), ``large`` uint8 (4H, 4W). Grey traces lighter than black are left: they are no ink to a reader.
    """
    disc = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * REACH + 1, 2 * REACH + 1))
    for top in range(0, low.shape[0], _ROWS):
        first, last = max(0, top - 1), min(low.shape[0], top + _ROWS + 1)
        dark = (low[first:last] < TRACE).astype(np.uint8)
        size = (SCALE * dark.shape[1], SCALE * dark.shape[0])
        near = cv2.dilate(cv2.resize(dark, size, interpolation=cv2.INTER_NEAREST), disc)
        bottom = min(low.shape[0], top + _ROWS)
        near = near[SCALE * (top - first) : SCALE * (bottom - first)]
        part = large[SCALE * top : SCALE * bottom]
        part[(part < BLACK) & (near == 0)] = PAPER
    return large
