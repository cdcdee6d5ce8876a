"""Pages of a PDF: scans at their own resolution, drawn pages at a chosen one."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np
import pypdfium2
import pypdfium2.raw as pdfium
from PIL import Image

from models.sheet.errors import EmptyFile, LockedPdf, NotAPicture, TooLarge, TooSmall
from models.sheet.page import Grey, Limits, Page

_LOCK = threading.Lock()
"""PDFium is not thread-safe."""

POINTS = 72.0
COVERS = 0.85
"""A page is a scan when one embedded picture covers at least this share of it."""


def looks_like_pdf(data: bytes) -> bool:
    """Whether the bytes begin as a PDF does (the standard allows some rubbish before)."""
    return b"%PDF-" in data[:1024]


def pdf_page_count(data: bytes, limits: Limits) -> int:
    """The number of pages; SheetError when the file cannot be used."""
    with _document(data) as document:
        count = len(document)
    if count == 0:
        raise EmptyFile("That PDF has no pages.")
    if count > limits.max_pages:
        raise TooLarge(f"That PDF has {count} pages; at most {limits.max_pages} are taken. Split it first.")
    return count


def read_pdf_page(data: bytes, index: int, limits: Limits) -> Page:
    """One page: a scan at its own resolution, a drawn page at ``limits.pdf_dpi``."""
    with _document(data) as document:
        try:
            page = document[index]
        except pypdfium2.PdfiumError as error:
            raise NotAPicture(f"Page {index + 1} of that PDF is damaged. Export it again.") from error
        try:
            width, height = page.get_size()
            if not (0 < width < 1e5 and 0 < height < 1e5):
                raise NotAPicture(f"Page {index + 1} of that PDF has no sensible size. Export it again.")
            found = _scan(page, width, height)
            scan = _scan_dpi(page, found) if found is not None else None
            dpi = scan or limits.pdf_dpi
            pixels = width * height * (dpi / POINTS) ** 2
            if scan and pixels > limits.max_pixels:  # a very fine scan: as fine as is taken
                dpi = float(np.sqrt(limits.max_pixels / (width * height)) * POINTS * 0.999)
            elif pixels > limits.max_pixels:
                raise TooLarge(
                    f"Page {index + 1} of that PDF is far too large. Export it at a usual paper size."
                )
            if round(min(width, height) * dpi / POINTS) < limits.min_side:
                raise TooSmall(f"Page {index + 1} of that PDF is too small to hold music.")
            try:
                bitmap = page.render(scale=dpi / POINTS, grayscale=True)
                grey = np.array(bitmap.to_numpy(), np.uint8).reshape(bitmap.height, bitmap.width)
                if found is not None and dpi == scan:
                    grey = _own_pixels(page, found, grey)
            except (pypdfium2.PdfiumError, ValueError, MemoryError) as error:
                raise NotAPicture(
                    f"Page {index + 1} of that PDF cannot be drawn. Export it again."
                ) from error
        finally:
            page.close()
    note = (
        f"a scan, taken at its own {dpi:.0f} dpi"
        if scan
        else f"a drawn page, rendered at {dpi:.0f} dpi (a PDF like this is sharp already)"
    )
    return Page(grey, index, f"Page {index + 1}", dpi, note)


def _scan(page: Any, width: float, height: float) -> Any | None:  # noqa: ANN401 - pypdfium2 has no types
    """The one picture that covers the page; None when the page is drawn."""
    images = list(page.get_objects(filter=[pdfium.FPDF_PAGEOBJ_IMAGE], max_depth=2))
    if len(images) != 1 or _has_marks(page):
        return None
    left, bottom, right, top = images[0].get_bounds()
    return images[0] if (right - left) * (top - bottom) >= COVERS * width * height else None


def _scan_dpi(page: Any, image: Any) -> float | None:  # noqa: ANN401
    left, bottom, right, top = image.get_bounds()
    across, down = image.get_px_size()
    if page.get_rotation() in {90, 270}:
        across, down = down, across
    dpi = POINTS * min(across / (right - left), down / (top - bottom))
    return dpi if 20 <= dpi <= 2400 else None


def _own_pixels(page: Any, image: Any, rendered: Grey) -> Grey:  # noqa: ANN401
    """The picture's own pixels where they are what the page shows, else ``rendered``.

    Rendering resamples by a fraction of a pixel, which blurs thin lines. Turned, mirrored or masked pictures, and
    pages that show only a part, are left to the rendering; so is whatever does not look like it.
    """
    a, b, c, d, _, _ = image.get_matrix().get()
    if page.get_rotation() or b or c or a <= 0 or d <= 0:
        return rendered
    try:
        own = np.asarray(image.get_bitmap(render=False).to_pil().convert("L"), np.uint8)
    except (pypdfium2.PdfiumError, ValueError, OSError, RuntimeError):
        return rendered
    height, width = own.shape
    if abs(height - rendered.shape[0]) > 2 or abs(width - rendered.shape[1]) > 2:
        return rendered
    # Coarse on purpose: it must tell a mask or a negative from the page, not one way of resampling from another.
    seen, kept = (
        np.asarray(Image.fromarray(g).resize((4, 4), Image.Resampling.BOX), np.float32)
        for g in (rendered, own)
    )
    return own if float(np.abs(seen - kept).mean()) < 20 else rendered


def _has_marks(page: Any) -> bool:  # noqa: ANN401
    """Whether anything visible is drawn beside pictures: notes drawn over a background make the page a drawn one.

    Text does not count: scans often carry an invisible layer of recognised words.
    """
    return sum(1 for _ in page.get_objects(filter=[pdfium.FPDF_PAGEOBJ_PATH], max_depth=2)) > 5


@contextmanager
def _document(data: bytes) -> Iterator[Any]:
    with _LOCK:
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
