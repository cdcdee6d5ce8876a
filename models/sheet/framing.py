"""A page turned by quarters and cut to four corners, as a person set it: what lies between them becomes the page."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

import cv2
import numpy as np

from models.arrays import Grey
from models.sheet.errors import TooSmall
from models.sheet.opening import Pages
from models.sheet.page import Page

Corner = tuple[float, float]
"""Column and row as shares (0..1) of a page's width and height."""
Corners = tuple[Corner, Corner, Corner, Corner]
"""Top left, top right, bottom right, bottom left."""
WHOLE: Corners = ((0.0, 0.0), (1.0, 0.0), (1.0, 1.0), (0.0, 1.0))

LEAST_PIXELS = 16
"""Of the shorter side of what is cut out."""
LEAST_SIDE = 0.05
"""The least share of a page's width and height between two corners."""


@dataclass(frozen=True)
class Framing:
    """Quarter ``turns`` clockwise (0..3), then the ``corners`` of what is wanted, in shares of the turned page.

    ValueError for corners that are no convex four-cornered figure in this order, or too small a one.
    """

    turns: int = 0
    corners: Corners = WHOLE

    def __post_init__(self) -> None:
        if self.turns not in range(4):
            raise ValueError("a page is turned by none to three quarters")
        if len(self.corners) != 4 or not all(0.0 <= v <= 1.0 for corner in self.corners for v in corner):
            raise ValueError("corners are four shares of width and height")
        for n in range(4):
            (ax, ay), (bx, by), (cx, cy) = (self.corners[(n + k) % 4] for k in range(3))
            if (bx - ax) * (cy - by) - (by - ay) * (cx - bx) <= 0.0 or math.dist(
                (ax, ay), (bx, by)
            ) < LEAST_SIDE:
                raise ValueError("corners go round clockwise, apart from each other")

    @property
    def changes_nothing(self) -> bool:
        """Whether the page is as it was uploaded."""
        return self.turns == 0 and self.corners == WHOLE


def turned(framing: Framing, turns: int) -> Framing:
    """The framing whose page is turned clockwise by so many more quarters."""
    corners = framing.corners
    for _ in range(turns % 4):
        top_left, top_right, low_right, low_left = ((1.0 - y, x) for x, y in corners)
        corners = (low_left, top_left, top_right, low_right)
    return Framing((framing.turns + turns) % 4, corners)


def framed(page: Page, framing: Framing) -> Page:
    """The page turned and cut; four corners that are no rectangle are pulled to one, as long as its sides on average.

    Drawn pages become pictures, whose characters are not known, by anything but no change at all. TooSmall where hardly
    anything is left.
    """
    if framing.changes_nothing:
        return page
    grey: Grey = np.ascontiguousarray(np.rot90(page.grey, -framing.turns))
    if framing.corners != WHOLE:
        grey = _cut(grey, framing.corners)
        if min(grey.shape) < LEAST_PIXELS:
            raise TooSmall("What you cut out of the page is too small to be a score. Take a larger part.")
    return replace(page, grey=grey, glyphs=(), drawn=False, redrawn=None)


def _cut(grey: Grey, corners: Corners) -> Grey:
    height, width = grey.shape
    points = np.array([(x * width, y * height) for x, y in corners], np.float64)
    (left, top), (right, low) = points.min(axis=0), points.max(axis=0)
    box = np.array([(left, top), (right, top), (right, low), (left, low)])
    if np.abs(points - box).max() < 1.0:  # no pixel need be made anew
        part = grey[
            round(top) : max(round(low), round(top) + 1), round(left) : max(round(right), round(left) + 1)
        ]
        return np.ascontiguousarray(part)
    sides = [math.dist(points[n], points[(n + 1) % 4]) for n in range(4)]
    size = max(1, round((sides[0] + sides[2]) / 2)), max(1, round((sides[1] + sides[3]) / 2))
    # Corners are edges of pixels, while pictures are sampled at the middles of pixels
    wanted = np.array([(0, 0), (size[0], 0), size, (0, size[1])], np.float64) - 0.5
    matrix = cv2.getPerspectiveTransform((points - 0.5).astype(np.float32), wanted.astype(np.float32))
    out = cv2.warpPerspective(grey, matrix, size, flags=cv2.INTER_CUBIC, borderMode=cv2.BORDER_REPLICATE)
    return np.asarray(out, np.uint8)


class FramedPages:
    """Pages, some of them framed, by number from 0; each is decoded when it is asked for."""

    def __init__(self, pages: Pages, framings: Mapping[int, Framing]) -> None:
        self._pages, self._framings = pages, dict(framings)

    def __len__(self) -> int:
        return len(self._pages)

    def __getitem__(self, index: int) -> Page:
        page, framing = self._pages[index], self._framings.get(index)
        return page if framing is None else framed(page, framing)

    def __iter__(self) -> Iterator[Page]:
        return (self[index] for index in range(len(self)))
