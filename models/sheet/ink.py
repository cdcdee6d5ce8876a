"""Ink freed from the light it was photographed in: 0 on bare paper, 1 on full black, whatever the exposure."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

Grey = NDArray[np.uint8]
Ink = NDArray[np.float32]

_MAP_SIDE = 512  # light changes slowly over a page: a map of this many pixels holds it
_LEAST_CONTRAST = 0.16  # less than that between paper and its darkest specks is a blank page, not faint print


@dataclass(frozen=True)
class Light:
    """The brightness of the bare paper over a page, and how far below it full black lies.

    `paper` is a coarse map (h, w) in grey levels that stretches over the whole page; `contrast` is the share of
    the paper's brightness that full black takes away, 0.16 to 1.
    """

    paper: Ink
    contrast: float

    def over(self, shape: tuple[int, int]) -> Ink:
        """The paper's brightness as float32 of `shape` (rows, columns), which spans the whole page."""
        return cv2.resize(self.paper, (shape[1], shape[0]), interpolation=cv2.INTER_LINEAR).astype(
            np.float32, copy=False
        )

    def ink(self, grey: NDArray[np.uint8] | Ink) -> Ink:
        """Ink 0..1.2 of a picture (or shrunken picture) of the whole page, float32 of the same shape."""
        ratio = grey.astype(np.float32) / self.over(grey.shape[:2])  # type: ignore[arg-type]
        return np.clip((1.0 - ratio) / self.contrast, 0.0, 1.2, dtype=np.float32)


def light_of(grey: Grey) -> Light:
    """The light on a page of dark ink on lighter paper, uint8 (H, W) of at least 2 x 2 pixels."""
    height, width = grey.shape
    shrink = min(1.0, _MAP_SIDE / max(height, width))
    size = (max(2, round(width * shrink)), max(2, round(height * shrink)))
    small = cv2.resize(grey, size, interpolation=cv2.INTER_AREA)
    reach = (
        max(5, round(max(size) / 20)) | 1
    )  # wider than a notehead or a bold letter, narrower than a shadow
    paper = cv2.dilate(cv2.medianBlur(small, 3), np.ones((reach, reach), np.uint8))
    paper = cv2.blur(paper.astype(np.float32), (reach, reach))
    paper = np.maximum(paper, 8.0)
    step = max(1, round((height * width / 250_000) ** 0.5))
    sample = grey[::step, ::step]
    backing = cv2.resize(paper, (sample.shape[1], sample.shape[0]), interpolation=cv2.INTER_LINEAR)
    black = float(np.percentile(sample / backing, 0.05))
    return Light(paper.astype(np.float32), min(1.0, max(_LEAST_CONTRAST, 1.0 - black)))
