"""A fax that tells no resolution: its pixels are twice as high as wide, which its noteheads show."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from models.arrays import Grey, Mask
from models.sheet.staffspace import measure_staff_space

TALL = 2
"""How many times as high as wide the pixels of a fax in standard resolution are (204 x 98 dots an inch)."""

_LARGEST = 10.0  # pixels of a staff space: 98 dots an inch give about 7
_HEAD = (0.7, 1.25)  # staff spaces of ink in a column through a solid head
_BLOCK = (0.7, 1.6)  # staff spaces of height of such columns side by side
_NARROWEST = 0.4  # staff spaces: narrower blocks are ends of stems and signs
_WIDE = 1.35  # staff spaces of that block's width: 0.8 to 1.2 in square pixels, twice that in a fax's
_FEWEST = 12  # blocks that prove it


def has_fax_pixels(grey: Grey) -> bool:
    """Whether the solid heads of a page, uint8 (H, W), are twice as wide as they should be for its staves.

    False where there are no staves or too few heads to tell.
    """
    space = measure_staff_space(grey)
    if space is None or space.pixels > _LARGEST:
        return False
    widths = _blocks(grey < 128, space.pixels)
    return len(widths) >= _FEWEST and float(np.percentile(widths, 75)) > _WIDE


def _blocks(ink: Mask, space: float) -> NDArray[np.float64]:
    """The widths in staff spaces of blocks of columns of ink as high as a head."""
    above, below = _runs(ink), _runs(ink[::-1])[::-1]
    high = above + below - 1
    columns = ink & (high >= _HEAD[0] * space) & (high <= _HEAD[1] * space)
    _, _, stats, _ = cv2.connectedComponentsWithStats(columns.astype(np.uint8), connectivity=4)
    wide, tall = stats[1:, cv2.CC_STAT_WIDTH] / space, stats[1:, cv2.CC_STAT_HEIGHT] / space
    return np.asarray(wide[(wide >= _NARROWEST) & (tall >= _BLOCK[0]) & (tall <= _BLOCK[1])], np.float64)


def _runs(ink: Mask) -> NDArray[np.int32]:
    """How many inked pixels end at each, counted from above."""
    runs = np.zeros(ink.shape, np.int32)
    for y, row in enumerate(ink):
        runs[y] = np.where(row, (runs[y - 1] if y else 0) + 1, 0)
    return runs
