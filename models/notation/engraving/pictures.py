"""Drawn pages as PNG and PDF."""

from __future__ import annotations

from collections.abc import Iterable

from models.notation.engraving.engrave import Page
from models.notation.engraving.raster import png_of
from models.notation.errors import EngravingFailed
from models.sheet import EmptyFile, write_svg_pdf

_LARGEST_PIXELS = 100_000_000


def svg_to_png(page: Page, *, width: int | None = None, background: str | None = "white") -> bytes:
    """The page as PNG, ``width`` pixels wide (its own width if None), on ``background`` (None: transparent)."""
    wide = width or round(page.width)
    high = wide * page.height / max(1.0, page.width)
    if wide < 1 or wide * high > _LARGEST_PIXELS:
        raise EngravingFailed("This picture would be too large; ask for a narrower one.")
    return png_of(page.svg, width=wide, height=max(1, round(high)), background=background)


def svg_to_pdf(pages: Iterable[Page]) -> bytes:
    """The pages as one PDF in vectors, each 210 mm wide. EngravingFailed for no page."""
    try:
        return write_svg_pdf((page.svg, page.height / max(1.0, page.width)) for page in pages)
    except EmptyFile as error:
        raise EngravingFailed("There is no page to put into a PDF.") from error
