"""Pages as outlines: their ink as filled shapes, sharp at any size, and SVG of them. Best made after upscaling."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

import contourpy
import cv2
import numpy as np
import numpy.typing as npt

from models.arrays import Grey

TOLERANCE = 0.25
"""Pixels by which a simplified outline may stray: less than grey levels can show."""

Outline = npt.NDArray[np.float64]


def outlines(grey: Grey) -> Iterator[list[Outline]]:
    """The shapes of ink, each its outer outline and its holes as (n, 2) points x, y in pixels, (0, 0) the top left corner.

    The outline runs where the grey level crosses the middle, interpolated between pixel centres, so that an anti-aliased edge
    stays where it was to a fraction of a pixel.
    """
    ink = np.pad((255.0 - grey.astype(np.float64)), 1)  # ink at the very edge is closed along it
    found, offsets = contourpy.contour_generator(z=ink, fill_type="OuterOffset").filled(127.5, np.inf)  # type: ignore[misc]
    for points, cuts in zip(found, offsets, strict=True):
        rings = [points[a:b] for a, b in pairwise(cuts)]
        simple = [
            cv2.approxPolyDP(r.astype(np.float32)[:, None], TOLERANCE, closed=True)[:, 0] for r in rings
        ]
        kept = [np.asarray(r, np.float64) - 0.5 for r in simple if len(r) > 2]
        if kept:
            yield kept


def write_svg(grey: Grey, dpi: float) -> bytes:
    """An SVG of the page in black shapes, as large as ``dpi`` makes it."""
    height, width = grey.shape
    inches = width / dpi, height / dpi
    paths = "".join(
        "".join("M" + "L".join(f"{x:.2f} {y:.2f}" for x, y in ring) + "Z" for ring in shape) + "\n"
        for shape in outlines(grey)
    )
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{inches[0]:.3f}in" height="{inches[1]:.3f}in" '
        f'viewBox="0 0 {width} {height}"><rect width="100%" height="100%" fill="#fff"/>'
        f'<path fill-rule="evenodd" d="{paths}"/></svg>'
    ).encode()
