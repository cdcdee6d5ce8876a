"""What was seen, drawn over a strip or over a whole page, for people to look at."""

from __future__ import annotations

from collections.abc import Iterable

import cv2
import numpy as np
from numpy.typing import NDArray

from models.read.page.preparation import PreparedPage
from models.read.page.staves import Staff
from models.read.primitives.primitive import Primitive

Rgb = NDArray[np.uint8]

_COLOURS = {
    "solid_head": (220, 30, 30), "hollow_head": (30, 30, 230), "whole_head": (160, 0, 200), "stem": (0, 150, 0), "bar_line": (0, 110, 200),
    "beam": (240, 140, 0), "ledger": (0, 160, 160), "slur": (150, 0, 150), "noise": (190, 190, 190), "text": (190, 190, 190),
}  # fmt: skip
_OTHER = (120, 70, 20)


def draw_overlay(page: PreparedPage, seen: Iterable[tuple[Staff, list[Primitive]]]) -> Rgb:
    """The prepared page in pale grey with every staff's lines and primitives on it, uint8 (H, W, 3)."""
    pale = (255 - (page.ink >> 1)).astype(np.uint8)
    rgb = np.asarray(cv2.cvtColor(pale, cv2.COLOR_GRAY2RGB), np.uint8)
    for staff, primitives in seen:
        for line in staff.lines:
            points = np.stack([staff.xs, line], axis=1).round().astype(np.int32)
            cv2.polylines(rgb, [points], False, (150, 200, 255), 1)
        for primitive in primitives:
            x0, y0, x1, y1 = primitive.box
            corners = np.array([[x0, y0], [x1, y0], [x1, y1], [x0, y1]], np.float64)
            colour = _COLOURS.get(primitive.label, _OTHER)
            at = staff.strip.page_points(corners).round().astype(np.int32)
            cv2.polylines(rgb, [at], True, colour, 1)
            if primitive.label not in _COLOURS:
                cv2.putText(
                    rgb,
                    primitive.label,
                    (int(at[0, 0]), int(at[0, 1]) - 2),
                    cv2.FONT_HERSHEY_SIMPLEX,
                    0.35,
                    colour,
                    1,
                )
    return rgb
