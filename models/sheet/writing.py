"""Results as files: PNG and PDF without loss, the same bytes for the same page."""

from __future__ import annotations

import io
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

import img2pdf
from PIL import Image

from models.sheet.page import Grey

_NO_DATE = datetime(2000, 1, 1, tzinfo=UTC)
"""img2pdf writes the time of writing unless it is given one; equal pages must give equal bytes."""


def write_png(grey: Grey, *, dpi: float | None = None, bilevel: bool = False) -> bytes:
    """A PNG of uint8 (H, W), 8-bit grey or (threshold 128) 1-bit, with its resolution where that is known."""
    image = Image.fromarray(grey)
    if bilevel:
        image = image.point([0] * 128 + [255] * 128, "1")
    buffer = io.BytesIO()
    more: dict[str, Any] = {"dpi": (dpi, dpi)} if dpi else {}
    # Level 6 costs seconds on a whole page and saves a tenth.
    image.save(buffer, "PNG", compress_level=3, **more)
    return buffer.getvalue()


def write_pdf(pages: Sequence[Grey], dpi: float) -> bytes:
    """A PDF with one page a picture, lossless, each as large as ``dpi`` makes it."""
    layout = img2pdf.get_fixed_dpi_layout_fun((dpi, dpi))
    made: bytes = img2pdf.convert(
        [write_png(page) for page in pages],
        layout_fun=layout,
        creationdate=_NO_DATE,
        moddate=_NO_DATE,
        nodate=True,
    )
    return made
