"""How like the truth a picture is: PSNR and SSIM, the measures of the paper's Table 2."""

from __future__ import annotations

import math

import numpy as np
from skimage.metrics import structural_similarity

from models.arrays import Grey

SMALLEST = 11
"""Pixels that SSIM's window measures: no smaller picture has one."""

_BAND = 512  # rows at a time: a page at 300 dpi would need a gigabyte at once


def psnr(truth: Grey, other: Grey) -> float:
    """PSNR in dB of two uint8 pictures of one size (equation 9 of the paper, peak 255); infinite where they are equal."""
    total = sum(
        float(np.square(truth[y : y + _BAND].astype(np.float64) - other[y : y + _BAND]).sum())
        for y in range(0, truth.shape[0], _BAND)
    )
    return math.inf if total == 0 else 10 * math.log10(255.0**2 * float(truth.size) / total)


def ssim(truth: Grey, other: Grey) -> float:
    """SSIM as in Wang et al. 2004: a Gaussian window of 11x11, sigma 1.5. Both sides need `SMALLEST` pixels.

    The mean over all windows that lie on the picture; bands that overlap by a window give it exactly.
    """
    rows = truth.shape[0] - SMALLEST + 1
    total = 0.0
    for top in range(0, rows, _BAND):
        height = min(_BAND, rows - top)
        band = slice(top, top + height + SMALLEST - 1)
        mean = structural_similarity(  # type: ignore[no-untyped-call]
            truth[band],
            other[band],
            data_range=255,
            gaussian_weights=True,
            sigma=1.5,
            use_sample_covariance=False,
        )
        total += float(mean) * height
    return float(total / rows)
