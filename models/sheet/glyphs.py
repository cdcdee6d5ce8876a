"""The characters of a drawn PDF page: what its fonts drew, by code, at their places in the rendered picture."""

from __future__ import annotations

import ctypes
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import pypdfium2.raw as pdfium

from models.arrays import Box
from models.glyph import Glyph

MOST = 60_000
"""Characters of a page that are taken; an orchestral page has about 10,000."""

_FINE = 1000  # parts of a point in which places are asked for, since PDFium gives whole numbers
_NAME_BYTES = 200
_ALIKE = 0.3  # pixels
_BLANK = 2  # bytes of an empty text: its end alone
_BLANKS = frozenset(map(ord, " \t\r\n\u00a0"))
_COMPARED = 5  # objects before that PDFium compares one with

Placed = Callable[[float, float], tuple[float, float]]
"""Where a point of the page, in its own points, lies on the picture."""


def glyphs_on(page: Any, dpi: float) -> tuple[Glyph, ...]:  # noqa: ANN401 - pypdfium2 has no types
    """The characters of a pypdfium2 page in the order of the file, placed as on a picture of so many dpi.

    None for a page with more than `MOST`. Blanks and line breaks, which PDFium also thinks up between words, are told by
    `Glyph.last`.
    """
    text = page.get_textpage()
    try:
        count = text.count_chars()
        if count > MOST:
            return ()
        scale = dpi / 72.0 / _FINE
        width, height = (max(1, round(side * _FINE)) for side in page.get_size())

        def placed(x: float, y: float) -> tuple[float, float]:
            across, down = ctypes.c_int(), ctypes.c_int()
            pdfium.FPDF_PageToDevice(page, 0, 0, width, height, 0, x, y, across, down)
            return across.value * scale, down.value * scale

        found: list[Glyph] = []
        for n in range(count):
            code = pdfium.FPDFText_GetUnicode(text, n)
            if code in _BLANKS:
                found[-1:] = [replace(g, last=True) for g in found[-1:]]
                continue
            generated = pdfium.FPDFText_IsGenerated(text, n) == 1
            if generated or not 0 <= code < 0x110000 or 0xD800 <= code < 0xE000:
                continue
            left, right, bottom, top = (ctypes.c_double() for _ in range(4))
            if not pdfium.FPDFText_GetCharBox(text, n, left, right, bottom, top):
                continue
            x, y = ctypes.c_double(), ctypes.c_double()
            pdfium.FPDFText_GetCharOrigin(text, n, x, y)
            ends = placed(left.value, top.value), placed(right.value, bottom.value)
            (x0, x1), (y0, y1) = sorted((ends[0][0], ends[1][0])), sorted((ends[0][1], ends[1][1]))
            found.append(Glyph(chr(code), _font(text, n), (x0, y0, x1, y1), placed(x.value, y.value)))
        return (*found, *_passed_over(page, text, found, placed))
    finally:
        text.close()


def _passed_over(page: Any, text: Any, found: Sequence[Glyph], placed: Placed) -> list[Glyph]:  # noqa: ANN401
    """The characters that PDFium leaves out of its text because an equal one close by was just drawn.

    It takes them for bold type made by drawing twice; the heads of a chord are as close. Each is a text object without text,
    equal in size to one of the few before it that hold a single character.
    """
    by_place = {_rounded(g.box): g for g in found}
    before: list[Glyph] = []
    more: list[Glyph] = []
    for n in range(pdfium.FPDFPage_CountObjects(page)):
        item = pdfium.FPDFPage_GetObject(page, n)
        if pdfium.FPDFPageObj_GetType(item) != pdfium.FPDF_PAGEOBJ_TEXT:
            continue
        left, bottom, right, top = (ctypes.c_float() for _ in range(4))
        if not pdfium.FPDFPageObj_GetBounds(item, left, bottom, right, top):
            continue
        ends = placed(left.value, top.value), placed(right.value, bottom.value)
        (x0, x1), (y0, y1) = sorted((ends[0][0], ends[1][0])), sorted((ends[0][1], ends[1][1]))
        glyph = by_place.get(_rounded((x0, y0, x1, y1)))
        if (
            glyph is None
            and x1 - x0 > _ALIKE
            and not pdfium.FPDFTextObj_GetText(item, text, None, 0) > _BLANK
        ):
            like = next((g for g in reversed(before) if _same_size(g.box, (x0, y0, x1, y1))), None)
            if like is not None:
                origin = like.origin[0] + x0 - like.box[0], like.origin[1] + y0 - like.box[1]
                glyph = Glyph(like.text, like.font, (x0, y0, x1, y1), origin, last=True)
                more.append(glyph)
        if glyph is not None:
            before = [*before[1 - _COMPARED :], glyph]
    return more


def _rounded(box: Box) -> tuple[int, ...]:
    return tuple(round(v) for v in box)


def _same_size(one: Box, two: Box) -> bool:
    wide, high = one[2] - one[0] - two[2] + two[0], one[3] - one[1] - two[3] + two[1]
    return abs(wide) < _ALIKE and abs(high) < _ALIKE


def _font(text: Any, n: int) -> str:  # noqa: ANN401
    name = ctypes.create_string_buffer(_NAME_BYTES)
    pdfium.FPDFText_GetFontInfo(text, n, name, _NAME_BYTES, ctypes.c_int())
    told = name.value.decode("utf-8", "replace")
    return told.split("+", 1)[1] if "+" in told[:8] else told
