"""Results as files: PNG and PDF without loss, the same bytes for the same page."""

from __future__ import annotations

import io
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

import img2pdf
from PIL import Image

from models.sheet.errors import AbsurdTarget, EmptyFile
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
    """A PDF with one page a picture of uint8 (H, W), lossless, each as large as `dpi` makes it.

    AbsurdTarget where that is no size a page can have, EmptyFile where there are no pages.
    """
    if not pages:
        raise EmptyFile("There are no pages to put into a PDF. Choose some.")
    try:
        layout = img2pdf.get_fixed_dpi_layout_fun((dpi, dpi))
        made: bytes = img2pdf.convert(
            [write_png(page) for page in pages],
            layout_fun=layout,
            creationdate=_NO_DATE,
            moddate=_NO_DATE,
            nodate=True,
        )
    except (ValueError, ArithmeticError, img2pdf.PdfTooLargeError) as error:
        raise AbsurdTarget(
            f"At {dpi:g} dpi these pages have no size to print. Ask for 72 to 1200."
        ) from error
    return made
