"""Pages drawn by the tests themselves: staves with heads, stems and bar lines at known places."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

SPACE = 20


def drawn_page(
    *, staves: int = 1, width: int = 1200, space: int = SPACE, joined: bool = False
) -> NDArray[np.uint8]:
    """White paper with staves from x = 60 on, each with quarter notes on ascending steps and two bar lines."""
    pitch = 14 * space
    page = np.full((6 * space + staves * pitch, width), 255, np.uint8)
    for n in range(staves):
        top = 5 * space + n * pitch
        for line in range(5):
            cv2.line(page, (60, top + line * space), (width - 60, top + line * space), 0, 2)
        for x in (width // 2, width - 61):
            cv2.line(page, (x, top), (x, top + 4 * space), 0, 3)
        for step, x in enumerate(head_columns(width, space)):
            note(page, x, top + 4 * space - step * space // 2, space)
    if joined:
        cv2.line(page, (60, 5 * space), (60, 5 * space + (staves - 1) * pitch + 4 * space), 0, 3)
    return page


def head_columns(width: int, space: int = SPACE) -> list[int]:
    """Where the heads of `drawn_page` stand; the n-th lies n steps above the lowest line."""
    return list(range(60 + 5 * space, width // 2 - 2 * space, 3 * space))[:7]


def note(page: NDArray[np.uint8], x: int, y: int, space: int) -> None:
    """A quarter note with its stem up."""
    cv2.ellipse(page, (x, y), (round(0.62 * space), round(0.45 * space)), -20, 0, 360, 0, -1)
    edge = x + round(0.56 * space)
    cv2.line(page, (edge, y), (edge, y - round(3.3 * space)), 0, 2)
