"""PDF written: pages of pixels without loss, pages of outlines, pages of SVG. Equal pages give equal bytes."""

from __future__ import annotations

import io
from collections.abc import Iterable, Sequence

import pikepdf

from models.arrays import Grey
from models.sheet.errors import AbsurdTarget, EmptyFile
from models.sheet.vector import outlines
from models.sheet.writing import write_png

POINTS_AN_INCH = 72.0
CSS_PIXELS_AN_INCH = 96.0

LEAST_PDF, LARGEST_PDF = 3, 14_400
"""Points that a PDF page may measure (PDF 1.7, annex C)."""

_NO_PAGES = "There are no pages to put into a PDF. Choose some."


def write_pdf(pages: Sequence[Grey], dpi: float) -> bytes:
    """A PDF with one page a picture of uint8 (H, W), lossless, each as large as `dpi` makes it.

    AbsurdTarget where that is no size a page can have, EmptyFile where there are no pages.
    """
    _check_size(pages, dpi)
    with pikepdf.new() as pdf:
        for grey in pages:
            page, size = _blank(pdf, grey, dpi)
            # the pixels of a PNG are packed as a PDF packs them, so that no decoder, which has its limits, looks at them
            height, width = grey.shape
            picture = pikepdf.Stream(pdf, _packed(write_png(grey)))
            packing = {"/Predictor": 15, "/Colors": 1, "/BitsPerComponent": 8, "/Columns": width}
            picture.stream_dict = pikepdf.Dictionary(
                Type=pikepdf.Name.XObject,
                Subtype=pikepdf.Name.Image,
                Width=width,
                Height=height,
                ColorSpace=pikepdf.Name.DeviceGray,
                BitsPerComponent=8,
                Filter=pikepdf.Name.FlateDecode,
                DecodeParms=pikepdf.Dictionary(packing),
            )
            name = page.add_resource(picture, pikepdf.Name.XObject, pikepdf.Name.Picture)
            page.contents_add(f"q {size[0]:.4f} 0 0 {size[1]:.4f} 0 0 cm {name} Do Q\n".encode())
        return _saved(pdf)


def write_vector_pdf(pages: Sequence[Grey], dpi: float) -> bytes:
    """A PDF whose pages are black shapes. AbsurdTarget for a size no page can have, EmptyFile without pages."""
    _check_size(pages, dpi)
    with pikepdf.new() as pdf:
        for grey in pages:
            page, size = _blank(pdf, grey, dpi)
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


def _check_size(pages: Sequence[Grey], dpi: float) -> None:
    if not pages:
        raise EmptyFile(_NO_PAGES)
    points = POINTS_AN_INCH / dpi if dpi > 0 else 0.0
    sides = [side * points for page in pages for side in page.shape]
    if not LEAST_PDF <= min(sides) <= max(sides) <= LARGEST_PDF:
        raise AbsurdTarget(f"At {dpi:g} dpi these pages have no size to print. Ask for 72 to 1200.")


def _blank(pdf: pikepdf.Pdf, grey: Grey, dpi: float) -> tuple[pikepdf.Page, tuple[float, float]]:
    """A new page for a picture, and its width and height in points."""
    height, width = grey.shape
    size = width * POINTS_AN_INCH / dpi, height * POINTS_AN_INCH / dpi
    return pdf.add_blank_page(page_size=size), size


def _packed(png: bytes) -> bytes:
    """The pixels of a PNG as they lie in it: its IDAT chunks, one behind the other."""
    at, found = len(b"\x89PNG\r\n\x1a\n"), []
    while at < len(png):
        length = int.from_bytes(png[at : at + 4])
        if png[at + 4 : at + 8] == b"IDAT":
            found.append(png[at + 8 : at + 8 + length])
        at += length + 12
    return b"".join(found)


def _saved(pdf: pikepdf.Pdf) -> bytes:
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
