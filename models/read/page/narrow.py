"""Cuttings of a bar or two: their staff is too short to be told from text, so that its lines are led on over both edges."""

from __future__ import annotations

import cv2
import numpy as np

from models.arrays import Grey

_EDGE = (
    0.15  # of the width, on whose columns the edge is judged: a bar line there covers less than half of them
)

NARROW = 20.0
"""Staff spaces of a picture's width below which its staff may be too short to be proved."""


def widened(grey: Grey, margin: int) -> Grey:
    """The picture, uint8 (H, W), with so many columns more on either side that hold what runs on to the edge: staff lines."""
    strip = max(3, round(_EDGE * grey.shape[1]))
    left, right = (
        np.median(part, axis=1).astype(np.uint8)[:, None] for part in (grey[:, :strip], grey[:, -strip:])
    )
    middle = cv2.copyMakeBorder(grey, 0, 0, margin, margin, cv2.BORDER_REPLICATE)
    middle[:, :margin], middle[:, -margin:] = left, right
    return np.asarray(middle, np.uint8)
