"""Pages as outlines: SVG and PDF whose ink is filled shapes, sharp at any size. Best made after upscaling."""

from __future__ import annotations

import io
from collections.abc import Iterator, Sequence
from itertools import pairwise

import contourpy
import cv2
import numpy as np
import numpy.typing as npt
import pikepdf

from models.sheet.errors import AbsurdTarget, EmptyFile
from models.sheet.page import Grey

POINTS_AN_INCH = 72.0
TOLERANCE = 0.25
"""Pixels by which a simplified outline may stray: beneath what grey levels can tell."""

LARGEST_PDF = 14_400
"""Points that a PDF page may measure (PDF 1.7, annex C)."""

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


def write_vector_pdf(pages: Sequence[Grey], dpi: float) -> bytes:
    """A PDF whose pages are black shapes. AbsurdTarget for a size no page can have, EmptyFile without pages."""
    if not pages:
        raise EmptyFile("There are no pages to put into a PDF. Choose some.")
    if not dpi > 0 or max(max(p.shape) for p in pages) * POINTS_AN_INCH / dpi > LARGEST_PDF:
        raise AbsurdTarget(f"At {dpi:g} dpi these pages have no size to print. Ask for 72 to 1200.")
    with pikepdf.new() as pdf:
        for grey in pages:
            height, width = grey.shape
            size = width * POINTS_AN_INCH / dpi, height * POINTS_AN_INCH / dpi
            page = pdf.add_blank_page(page_size=size)
            scale = POINTS_AN_INCH / dpi
            page.contents_add(
                f"q {scale:.6f} 0 0 {-scale:.6f} 0 {size[1]:.4f} cm\n".encode() + _shapes(grey) + b"Q\n"
            )
        buffer = io.BytesIO()
        pdf.save(buffer, deterministic_id=True, compress_streams=True)
    return buffer.getvalue()


def _shapes(grey: Grey) -> bytes:
    """The ink as PDF path operators, filled by the even-odd rule."""
    lines = []
    for shape in outlines(grey):
        for ring in shape:
            x, y = ring[0]
            lines.append(f"{x:.2f} {y:.2f} m")
            lines += [f"{x:.2f} {y:.2f} l" for x, y in ring[1:]]
            lines.append("h")
        lines.append("f*")
    return ("\n".join(lines) + "\n").encode()
