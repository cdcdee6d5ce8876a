"""PDF written: pages of pixels without loss, pages of outlines, pages of SVG. Equal pages give equal bytes."""

from __future__ import annotations

import io
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime

import img2pdf
import pikepdf

from models.arrays import Grey
from models.sheet.errors import AbsurdTarget, EmptyFile
from models.sheet.vector import outlines
from models.sheet.writing import write_png

POINTS_AN_INCH = 72.0
CSS_PIXELS_AN_INCH = 96.0

LARGEST_PDF = 14_400
"""Points that a PDF page may measure (PDF 1.7, annex C)."""

_NO_DATE = datetime(2000, 1, 1, tzinfo=UTC)
"""img2pdf writes the time of writing unless it is given one."""

_NO_PAGES = "There are no pages to put into a PDF. Choose some."


def write_pdf(pages: Sequence[Grey], dpi: float) -> bytes:
    """A PDF with one page a picture of uint8 (H, W), lossless, each as large as `dpi` makes it.

    AbsurdTarget where that is no size a page can have, EmptyFile where there are no pages.
    """
    if not pages:
        raise EmptyFile(_NO_PAGES)
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
        raise AbsurdTarget(_no_size(dpi)) from error
    return made


def write_vector_pdf(pages: Sequence[Grey], dpi: float) -> bytes:
    """A PDF whose pages are black shapes. AbsurdTarget for a size no page can have, EmptyFile without pages."""
    if not pages:
        raise EmptyFile(_NO_PAGES)
    if not dpi > 0 or max(max(p.shape) for p in pages) * POINTS_AN_INCH / dpi > LARGEST_PDF:
        raise AbsurdTarget(_no_size(dpi))
    with pikepdf.new() as pdf:
        for grey in pages:
            height, width = grey.shape
            size = width * POINTS_AN_INCH / dpi, height * POINTS_AN_INCH / dpi
            page = pdf.add_blank_page(page_size=size)
            scale = POINTS_AN_INCH / dpi
            page.contents_add(
                f"q {scale:.6f} 0 0 {-scale:.6f} 0 {size[1]:.4f} cm\n".encode() + _shapes(grey) + b"Q\n"
            )
        return _saved(pdf)


def write_svg_pdf(pages: Iterable[tuple[str, float]], *, width_mm: float = 210.0) -> bytes:
    """A PDF of drawings that stay vectors, each (SVG text, height as a share of its width), ``width_mm`` wide.

    EmptyFile without pages.
    """
    import cairosvg

    pixels = width_mm / 25.4 * CSS_PIXELS_AN_INCH
    with pikepdf.new() as pdf:
        for svg, share in pages:
            single = cairosvg.svg2pdf(
                bytestring=svg.encode(), output_width=pixels, output_height=pixels * share
            )
            with pikepdf.open(io.BytesIO(single)) as drawn:
                pdf.pages.extend(drawn.pages)
        if not len(pdf.pages):
            raise EmptyFile(_NO_PAGES)
        return _saved(pdf)


def _saved(pdf: pikepdf.Pdf) -> bytes:
    buffer = io.BytesIO()
    pdf.save(buffer, deterministic_id=True, compress_streams=True)
    return buffer.getvalue()


def _no_size(dpi: float) -> str:
    return f"At {dpi:g} dpi these pages have no size to print. Ask for 72 to 1200."


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
