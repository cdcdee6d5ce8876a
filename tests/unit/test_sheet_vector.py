"""Outlines drawn again are the page that they came from."""

import io

import numpy as np
import pypdfium2
import pytest
from PIL import Image, ImageDraw

from models.sheet import AbsurdTarget, EmptyFile, write_svg, write_vector_pdf


def page():
    """A ring, a line of one pixel at the edge, and a slanted stroke, anti-aliased."""
    big = Image.new("L", (640, 480), 255)
    draw = ImageDraw.Draw(big)
    draw.ellipse((100, 100, 300, 260), fill=0)
    draw.ellipse((150, 140, 250, 220), fill=255)
    draw.line((350, 60, 600, 430), fill=0, width=20)
    draw.rectangle((0, 440, 640, 452), fill=0)
    return np.asarray(big.resize((160, 120), Image.Resampling.BOX))


def drawn(pdf: bytes, number: int = 0, scale: float = 1.0) -> np.ndarray:
    document = pypdfium2.PdfDocument(pdf)
    picture = document[number].render(scale=scale).to_pil().convert("L")
    document.close()
    return np.asarray(picture)


def test_a_pdf_of_shapes_looks_like_the_page():
    again = drawn(write_vector_pdf([page()], 72))
    assert again.shape == (120, 160)
    assert np.abs(again.astype(int) - page()).mean() < 3
    assert ((again < 128) != (page() < 128)).mean() < 0.01


def test_it_stays_sharp_when_enlarged():
    large = drawn(write_vector_pdf([page()], 72), scale=8)
    between = ((large > 60) & (large < 195)).mean()
    assert between < 0.01


def test_holes_stay_white():
    again = drawn(write_vector_pdf([page()], 72))
    assert again[45, 50] == 255
    assert again[45, 30] < 20


def test_pages_are_as_large_as_the_resolution_says():
    document = pypdfium2.PdfDocument(write_vector_pdf([page(), page()], 300))
    assert len(document) == 2
    assert document[1].get_size() == pytest.approx((160 * 72 / 300, 120 * 72 / 300), abs=0.01)
    document.close()


def test_the_same_page_gives_the_same_bytes():
    assert write_vector_pdf([page()], 300) == write_vector_pdf([page()], 300)


def test_blank_paper_is_a_blank_page():
    assert drawn(write_vector_pdf([np.full((50, 40), 255, np.uint8)], 72)).min() == 255


def test_svg_holds_the_size_and_the_shapes():
    import cairosvg

    svg = write_svg(page(), 96)
    again = np.asarray(
        Image.open(io.BytesIO(cairosvg.svg2png(bytestring=svg, output_width=160))).convert("L")
    )
    assert ((again < 128) != (page() < 128)).mean() < 0.01


def test_no_pages_and_no_size_are_refused():
    with pytest.raises(EmptyFile):
        write_vector_pdf([], 300)
    with pytest.raises(AbsurdTarget):
        write_vector_pdf([page()], 0.1)
