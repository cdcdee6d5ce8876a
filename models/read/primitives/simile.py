"""The sign that repeats the bar before: a thick slanted stroke between two dots, in the middle of an otherwise empty bar."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from models.read.page.staves import LINE_ROWS, SPACE, Strip
from models.read.primitives.regions import Region, regions, symbol_ink

_WIDE, _HIGH = (0.9, 3.2), (1.3, 2.5)  # staff spaces of the stroke
_FILLED = (0.15, 0.65)  # share of its box that is ink
_SLANTED = -0.75  # correlation of its rows with its columns: it rises to the right
_CENTRED = 0.4  # staff spaces between its middle and the middle line
_DOT = (0.2, 0.75)  # staff spaces of a dot's width and height
_ASIDE = (0.3, 1.6)  # staff spaces from the middle of the stroke to that of a dot, across
_OFF_LINE = (0.2, 0.8)  # and from the middle line, up or down


def bar_repeats(strip: Strip) -> tuple[float, ...]:
    """Where signs that repeat a bar stand on a strip: the middles of their strokes in staff spaces, from left to right."""
    found = regions(symbol_ink(strip))
    dots = [r for r in found if all(_DOT[0] <= side <= _DOT[1] for side in (r.width, r.height))]
    return tuple(sorted(_middle(r)[0] / SPACE for r in found if _is_stroke(r) and _between_dots(r, dots)))


def _middle(region: Region) -> tuple[float, float]:
    x0, y0, x1, y1 = region.box
    return (x0 + x1 - 1) / 2, (y0 + y1 - 1) / 2


def _is_stroke(region: Region) -> bool:
    sized = _WIDE[0] <= region.width <= _WIDE[1] and _HIGH[0] <= region.height <= _HIGH[1]
    if not sized or abs(_middle(region)[1] - LINE_ROWS[2]) > _CENTRED * SPACE:
        return False
    rows, columns = np.nonzero(region.mask)
    slant = float(np.corrcoef(columns, rows)[0, 1]) if len(rows) > 2 else 0.0
    return slant < _SLANTED and _FILLED[0] <= float(region.mask.mean()) <= _FILLED[1]


def _between_dots(stroke: Region, dots: Sequence[Region]) -> bool:
    """Whether a dot stands at the left above the middle line and one at the right below it."""
    x, _ = _middle(stroke)

    def stands(dot: Region, side: int) -> bool:
        across, down = (_middle(dot)[0] - x) / SPACE, (_middle(dot)[1] - LINE_ROWS[2]) / SPACE
        return _ASIDE[0] <= side * across <= _ASIDE[1] and _OFF_LINE[0] <= side * down <= _OFF_LINE[1]

    return any(stands(d, -1) for d in dots) and any(stands(d, 1) for d in dots)
