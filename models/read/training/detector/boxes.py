"""Boxes of what an SVG draws: of a path, and around several boxes."""

from __future__ import annotations

from functools import lru_cache

import numpy as np

from models.arrays import Box


def union_of(boxes: list[Box]) -> Box:
    """The box around boxes, x0, y0, x1, y1."""
    every = np.array(boxes)
    low, high = every[:, :2].min(axis=0), every[:, 2:].max(axis=0)
    return float(low[0]), float(low[1]), float(high[0]), float(high[1])


@lru_cache(maxsize=4096)
def path_box(path: str) -> Box | None:
    """The box of an SVG path in its own units."""
    from fontTools.pens.boundsPen import BoundsPen
    from fontTools.svgLib.path import parse_path

    if not path:
        return None
    pen = BoundsPen(None)
    parse_path(path, pen)
    bounds: Box | None = pen.bounds
    return bounds
