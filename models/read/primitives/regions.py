"""Connected regions of a strip freed of its staff lines."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from models.arrays import Mask
from models.read.page.staves import LINE_ROWS, SPACE, Strip
from models.read.page.staves.removal import line_mask, mended

_LEAST = 0.035  # square staff spaces of ink
_WIDEST, _HIGHEST = 40.0, 16.0


@dataclass(frozen=True)
class Region:
    """A connected region: its box x0, y0, x1, y1 in pixels of the strip and its ink, bool of the box's size."""

    box: tuple[int, int, int, int]
    mask: Mask

    @property
    def width(self) -> float:
        """In staff spaces."""
        return (self.box[2] - self.box[0]) / SPACE

    @property
    def height(self) -> float:
        """In staff spaces."""
        return (self.box[3] - self.box[1]) / SPACE


def symbol_ink(strip: Strip) -> Mask:
    """The ink of a strip without its staff lines, bool (H, W)."""
    binary = strip.binary
    rows = np.repeat(np.array(LINE_ROWS, np.float64)[:, None], binary.shape[1], axis=1)
    lines = line_mask(binary, rows, float(SPACE))
    return mended(binary & ~lines, lines, float(SPACE))


def regions(ink: Mask) -> list[Region]:
    """The connected regions of ink, specks left out."""
    count, labels, stats, _ = cv2.connectedComponentsWithStats(ink.astype(np.uint8), connectivity=8)
    found = []
    for n in range(1, count):
        x, y, w, h, area = (int(v) for v in stats[n])
        if area < _LEAST * SPACE * SPACE or w > _WIDEST * SPACE or h > _HIGHEST * SPACE:
            continue
        found.append(Region((x, y, x + w, y + h), labels[y : y + h, x : x + w] == n))
    return found
