"""The characters of a drawn PDF page, at their places in its picture."""

import pikepdf
import pytest

from models.sheet import Limits, open_pages
from models.sheet.glyphs import MOST
from tests.unit.test_sheet_pdf import paged, saved, scan

SIZE = (400, 300)
"""Of the page, in points."""


def page_with(operators, dpi=144.0, **more):
    pdf = pikepdf.Pdf.new()
    paged(pdf, operators, SIZE, **more)
    return open_pages(saved(pdf), limits=Limits(pdf_dpi=dpi))[0]


def at(x, y, text="H", size=40):
    return f"BT /F {size} Tf {x} {y} Td ({text}) Tj ET "


def test_a_character_stands_where_its_ink_is():
    page = page_with(at(100, 50) + at(200, 120, "i"))
    assert [g.text for g in page.glyphs] == ["H", "i"]
    assert {g.font for g in page.glyphs} == {"Helvetica"}
    for glyph in page.glyphs:
        x0, y0, x1, y1 = (round(v) for v in glyph.box)
        ink = page.grey < 128
        assert ink[y0 - 1 : y1 + 1, x0 - 1 : x1 + 1].any()
        ink[y0 - 1 : y1 + 2, x0 - 1 : x1 + 2] = False
        page.grey[~ink] = 255
    assert not (page.grey < 128).any()  # all ink was the characters'
    assert page.glyphs[0].origin == pytest.approx((200, 2 * (300 - 50)), abs=0.1)


def test_a_turned_page_has_its_characters_turned():
    page = page_with(at(100, 50), Rotate=90)
    x0, y0, x1, y1 = page.glyphs[0].box
    assert page.grey.shape == (800, 600)
    assert (page.grey[round(y0) : round(y1), round(x0) : round(x1)] < 128).any()


def test_the_heads_of_a_chord_are_all_there():
    """Equal characters so close together look like bold type made by drawing twice."""
    page = page_with("".join(at(100, 50 + 12 * n) for n in range(4)) + at(100, 200))
    heads = sorted(g.origin[1] for g in page.glyphs if g.text == "H")
    assert heads == pytest.approx(
        [200, 2 * (300 - 86), 2 * (300 - 74), 2 * (300 - 62), 2 * (300 - 50)], abs=0.6
    )


def test_blanks_end_words_and_are_no_characters():
    """Whether the file holds them or PDFium thinks them up where two words are far apart."""
    glyphs = page_with(at(20, 50, "Hi no") + at(200, 50, "H")).glyphs
    assert [g.text for g in glyphs] == list("HinoH")
    assert [g.last for g in glyphs[:4]] == [False, True, False, True]


def test_a_scan_and_an_endless_page_have_none():
    assert open_pages(scan())[0].glyphs == ()
    lines = "".join(at(10, 20 + n, "a" * (MOST // 4), 1) for n in range(5))
    assert page_with(lines).glyphs == ()


def test_they_shrink_with_the_page():
    page = page_with(at(100, 50))
    small = page.fitted(page.grey.size // 4)
    assert small.glyphs[0].box == pytest.approx([v / 2 for v in page.glyphs[0].box], abs=0.5)
