"""Pages of a PDF: scans at their own resolution, drawn pages at a chosen one."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np
import pypdfium2
import pypdfium2.raw as pdfium

from models.arrays import Grey
from models.sheet.errors import EmptyFile, LockedPdf, NotAPicture, TooLarge, TooSmall
from models.sheet.glyphs import glyphs_on
from models.sheet.page import Limits, Page
from models.sheet.scan import POINTS, Embedded, own_pixels, pictures_on, scan_on

LOCK = threading.Lock()
"""PDFium is not thread-safe: whoever calls it holds this."""

_BYTES_OF_PICTURES = 6
"""Bytes of unpacked pictures on one page, as a multiple of the pixels a page may have."""

_SHRUNK = 1e-5
"""So much smaller is a page rendered: a picture that reached 0.0001 of a pixel further would be stretched over it."""

_LONGEST_SIDE = 100_000.0  # points; sizes beyond come from damaged files


def looks_like_pdf(data: bytes) -> bool:
    """Whether the bytes begin as a PDF does (the standard allows some rubbish before)."""
    return b"%PDF-" in data[:1024]


def pdf_page_count(data: bytes, limits: Limits) -> int:
    """The number of pages; SheetError when the file cannot be used."""
    with _document(data) as document:
        count = len(document)
    if count == 0:
        raise EmptyFile("That PDF has no pages. Export it again.")
    if count > limits.max_pages:
        raise TooLarge(f"That PDF has {count} pages; at most {limits.max_pages} are taken. Split it first.")
    return count


def read_pdf_page(data: bytes, index: int, limits: Limits) -> Page:
    """One page: a scan at its own resolution, a drawn page at `limits.pdf_dpi`.

    The document is opened anew for each page, so that PDFium holds nothing between calls, which may come from
    several threads.
    """
    with _document(data) as document:
        try:
            page = document[index]
            try:
                return _read(page, index, limits)
            finally:
                page.close()
        except (pypdfium2.PdfiumError, ValueError, OverflowError, MemoryError) as error:
            raise NotAPicture(f"Page {index + 1} of that PDF is damaged. Export it again.") from error


def _read(page: Any, index: int, limits: Limits) -> Page:  # noqa: ANN401 - pypdfium2 has no types
    label = f"Page {index + 1}"
    width, height = page.get_size()
    if not (0 < width < _LONGEST_SIDE and 0 < height < _LONGEST_SIDE):
        raise NotAPicture(f"{label} of that PDF has no sensible size. Export it again.")
    _refuse_bombs(pictures_on(page), label, limits)
    scan = scan_on(page)
    finest = POINTS * float(np.sqrt(limits.max_pixels / (width * height))) * 0.999
    dpi = min(scan.dpi, finest) if scan else limits.pdf_dpi  # a very fine scan: as fine as is taken
    if dpi > finest:
        raise TooLarge(f"{label} of that PDF is far too large. Export it at a usual paper size.")
    if min(width, height) * dpi / POINTS < limits.min_side:
        raise TooSmall(f"{label} of that PDF is too small to hold music. Export it at a usual paper size.")
    grey = _rendered(page, dpi)
    if scan is None:
        note = f"a drawn page, rendered at {dpi:.0f} dpi (a PDF like this is sharp already)"
        return Page(grey, index, label, round(dpi, 2), note, drawn=True, glyphs=glyphs_on(page, dpi))
    if dpi == scan.dpi:
        own = own_pixels(scan.pieces, grey, (width, height))
        grey = grey if own is None else own
    return Page(grey, index, label, round(dpi, 2), f"a scan, taken at its own {dpi:.0f} dpi")


def _rendered(page: Any, dpi: float) -> Grey:  # noqa: ANN401
    """The page on white, uint8 (H, W).

    By a matrix, since rendering to a size stretches the page to whole pixels, and every picture on it with it.
    """
    scale = dpi / POINTS
    width, height = (max(1, round(side * scale)) for side in page.get_size())
    inset = (width * _SHRUNK / 2, height * _SHRUNK / 2)
    bitmap = pypdfium2.PdfBitmap.new_native(width, height, pdfium.FPDFBitmap_Gray)
    try:
        bitmap.fill_rect((255, 255, 255, 255), 0, 0, width, height)
        pdfium.FPDF_RenderPageBitmapWithMatrix(
            bitmap,
            page,
            pdfium.FS_MATRIX(scale * (1 - _SHRUNK), 0, 0, scale * (1 - _SHRUNK), *inset),
            pdfium.FS_RECTF(0, 0, width, height),
            pdfium.FPDF_GRAYSCALE | pdfium.FPDF_ANNOT,
        )
        return np.array(bitmap.to_numpy(), np.uint8).reshape(height, width)
    finally:
        bitmap.close()


def _refuse_bombs(pictures: list[Embedded], label: str, limits: Limits) -> None:
    """TooLarge where the page's pictures would unpack to more than a page can need."""
    unpacked = 0.0
    for picture in pictures:
        bits = max(1, picture.image.get_metadata().bits_per_pixel or 24)
        unpacked += picture.width * picture.height * max(0.25, bits / 8)
    if unpacked > _BYTES_OF_PICTURES * limits.max_pixels:
        raise TooLarge(f"{label} of that PDF holds far too large a picture. Scale it down first.")


@contextmanager
def _document(data: bytes) -> Iterator[Any]:
    with LOCK:
        try:
            document = pypdfium2.PdfDocument(data)
        except pypdfium2.PdfiumError as error:
            if "password" in str(error).lower():
                raise LockedPdf("That PDF is locked with a password. Save a copy without one.") from error
            raise NotAPicture(
                "That PDF is damaged and cannot be opened. Export or download it again."
            ) from error
        try:
            yield document
        finally:
            document.close()
