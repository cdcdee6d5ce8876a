"""Measures of ink, beside PSNR and SSIM: what is black, whether staff lines hold, whether ink was invented."""

from __future__ import annotations

import cv2
import doxapy
import numpy as np

from models.arrays import Grey, Mask
from models.upscale.hallucination import TRACE

BLACK = 128
LINE = 97
"""HR pixels that a horizontal run of ink has at least where it is taken for a staff line."""


def binary_fidelity(truth: Grey, other: Grey) -> tuple[float, float]:
    """F-measure (0..100) and DRD of the thresholded pictures, as in the DIBCO contests (by doxapy)."""
    black = [np.where(p < BLACK, 0, 255).astype(np.uint8) for p in (truth, other)]
    found = doxapy.calculate_performance(*black)
    return float(found["fm"]), float(found["drdm"])


def continuity(truth: Grey, other: Grey) -> float | None:
    """The share of staff-line columns of the truth in which the other picture has ink on the line; None without lines.

    A staff line is what an opening of the truth's ink by `LINE` pixels leaves, at most a pixel up or down of it.
    """
    ink = (truth < BLACK).astype(np.uint8)
    lines = cv2.morphologyEx(ink, cv2.MORPH_OPEN, np.ones((1, LINE), np.uint8))
    _, label = cv2.connectedComponents(lines, connectivity=8)
    y, x = np.nonzero(lines)
    if len(y) == 0:
        return None
    near = cv2.dilate((other < BLACK).astype(np.uint8), np.ones((3, 1), np.uint8))
    columns = label[y, x].astype(np.int64) * truth.shape[1] + x
    held = np.unique(columns[near[y, x] > 0])
    return len(held) / len(np.unique(columns))


def invented(low: Grey, large: Grey, dark: int = TRACE, reach: float = 2.0) -> int:
    """Black pixels of the enlarged picture farther than ``reach`` HR pixels from any LR pixel below ``dark``."""
    trace: Mask = np.kron(low < dark, np.ones((4, 4), np.bool_)).astype(np.bool_)
    far = cv2.distanceTransform((~trace).astype(np.uint8), cv2.DIST_L2, cv2.DIST_MASK_PRECISE)
    return int(np.count_nonzero((large < BLACK) & (far > reach)))
