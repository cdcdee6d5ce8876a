"""Ink freed from the light it was photographed in: 0 on bare paper, 1 on full black, whatever the exposure."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from models.arrays import Grey

Ink = NDArray[np.float32]
Floats = NDArray[np.float64]

_MAP_SIDE = 512  # light changes slowly over a page: a map of this many pixels holds it
_LEAST_CONTRAST = 0.16  # less than that between paper and its darkest specks is a blank page, not faint print
_DARKEST = 0.05  # percent of the page that full black is taken from: a nearly blank page has no more


@dataclass(frozen=True)
class Light:
    """The brightness of the bare paper over a page, and how far below it full black lies.

    `paper` is a coarse map, float32 (h, w) in grey levels, that stretches over the whole page; `contrast` is the
    share of the paper's brightness that full black takes away, 0.16 to 1.
    """

    paper: Ink
    contrast: float

    def ink(self, picture: Ink, *, part: float = 1.0) -> Ink:
        """Ink 0..1.2 of a picture, or a shrunken one, of the page's whole height and of `part` of its width."""
        map_width = max(1, round(self.paper.shape[1] * part))
        size = (picture.shape[1], picture.shape[0])
        paper = cv2.resize(self.paper[:, :map_width], size, interpolation=cv2.INTER_LINEAR)
        ink: Ink = np.clip((1.0 - picture / paper) / self.contrast, 0.0, 1.2).astype(np.float32)
        return ink


def light_of(grey: Grey, least_reach: int = 5) -> Light:
    """The light on a page of dark ink on lighter paper, uint8 (H, W) of at least 2 x 2 pixels.

    Paper is looked for within `least_reach` pixels at least: a cutting with staves of eight pixels needs more than 5.
    """
    height, width = grey.shape
    shrink = min(1.0, _MAP_SIDE / max(height, width))
    size = (max(2, round(width * shrink)), max(2, round(height * shrink)))
    small = cv2.resize(grey, size, interpolation=cv2.INTER_AREA)
    reach = (
        max(least_reach, round(max(size) / 20)) | 1
    )  # wider than a notehead or a bold letter, narrower than a shadow
    paper = cv2.dilate(cv2.medianBlur(small, 3), np.ones((reach, reach), np.uint8))
    paper = np.maximum(cv2.blur(paper.astype(np.float32), (reach, reach)), 8.0)
    step = max(1, round((height * width / 250_000) ** 0.5))
    sample = grey[::step, ::step]
    backing = cv2.resize(paper, (sample.shape[1], sample.shape[0]), interpolation=cv2.INTER_LINEAR)
    black = float(np.percentile(sample / backing, _DARKEST))
    return Light(paper.astype(np.float32), min(1.0, max(_LEAST_CONTRAST, 1.0 - black)))
