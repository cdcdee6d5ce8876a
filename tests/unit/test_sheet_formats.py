"""Kinds of picture that phones, faxes and notation programs give."""

import io

import numpy as np
import pytest
from PIL import Image
from pillow_heif import from_pillow

from models.sheet import Limits, open_pages
from models.sheet.errors import NotAPicture, TooLarge, TooSmall
from tests.pages import encoded, staves

MUSIC = staves()
HEIGHT, WIDTH = MUSIC.shape


def svg(inside: str, size: str = 'width="120mm" height="80mm"', more: str = "") -> bytes:
    return f'<?xml version="1.0"?><svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" {size} viewBox="0 0 1200 800" {more}>{inside}</svg>'.encode()


LINES = "".join(f'<rect x="100" y="{200 + 20 * n}" width="1000" height="3" fill="black"/>' for n in range(5))


def test_heic_avif_and_jpeg_2000_show_the_same_page():
    heif = io.BytesIO()
    from_pillow(Image.fromarray(MUSIC).convert("RGB")).save(heif, quality=95)
    for data in (
        heif.getvalue(),
        encoded(Image.fromarray(MUSIC).convert("RGB"), "AVIF", quality=95),
        encoded(Image.fromarray(MUSIC), "JPEG2000", quality_mode="dB", quality_layers=[50]),
    ):
        page = open_pages(data)[0]
        assert page.grey.shape == MUSIC.shape
        assert np.abs(page.grey.astype(int) - MUSIC).mean() < 4


def test_a_faxs_oblong_pixels_are_made_square():
    flat = Image.fromarray(MUSIC).resize((WIDTH, HEIGHT // 2), Image.Resampling.BOX)
    page = open_pages(encoded(flat, "TIFF", dpi=(204, 102)))[0]
    assert page.grey.shape == (HEIGHT // 2 * 2, WIDTH)
    assert page.dpi == pytest.approx(204, abs=1)
    assert "204 x 102" in page.note
    likeness = [np.corrcoef(page.grey.ravel(), np.roll(MUSIC, n, axis=0).ravel())[0, 1] for n in (0, 2, -2)]
    assert likeness[0] > 0.8
    assert likeness[0] == max(likeness)


@pytest.mark.parametrize("outline", ["M5 9z200", "M0 0L9 9Z, -3 4", "M5 9z%"])
def test_an_svg_with_an_outline_that_goes_on_behind_its_end_is_refused_at_once(outline):
    with pytest.raises(NotAPicture):
        open_pages(svg(f'<defs><path d="{outline}"/></defs>{LINES}'))[0]


def test_an_svg_may_begin_a_new_outline_behind_the_end_of_one():
    assert open_pages(svg(f'<path d="M5 9 L9 9 z m 1 1 l 2 2 Z M 3 3 z"/>{LINES}'))[0].drawn


def test_square_pixels_stay_as_they_are():
    page = open_pages(encoded(Image.fromarray(MUSIC), dpi=(300, 300)))[0]
    assert np.array_equal(page.grey, MUSIC)
    assert not page.note


def test_an_svg_is_rendered_at_the_resolution_that_is_wanted():
    for dpi in (75.0, 300.0):
        page = open_pages(svg(LINES), limits=Limits(pdf_dpi=dpi))[0]
        assert page.grey.shape == (round(80 / 25.4 * dpi), round(120 / 25.4 * dpi))
        assert page.dpi == dpi
    rows = np.flatnonzero(page.grey[:, page.grey.shape[1] // 2] < 128)
    assert 5 * 3 <= len(rows) <= 5 * 6
    assert page.grey[0, 0] == 255


def test_an_svg_in_pixels_is_an_a4_page_at_most():
    page = open_pages(svg(LINES, 'width="4000" height="3000"'), limits=Limits(pdf_dpi=100.0))[0]
    assert page.grey.shape[1] == 1170


@pytest.mark.parametrize(
    "inside",
    [
        '<image href="file:///etc/hostname" width="10" height="10"/>',
        '<image xlink:href="http://localhost:9/x.png" width="10" height="10"/>',
        '<use href="other.svg#part"/>',
        '<style>@import url("http://localhost:9/x.css");</style>',
    ],
)
def test_an_svg_fetches_nothing(inside):
    with pytest.raises(NotAPicture, match="refers to other files"):
        open_pages(svg(inside + LINES))[0]


def test_an_svg_with_an_entity_is_refused():
    data = b'<?xml version="1.0"?><!DOCTYPE svg [<!ENTITY a "b">]>' + svg("<text>&a;</text>")[21:]
    with pytest.raises(NotAPicture):
        open_pages(data)[0]


def test_symbols_that_multiply_are_refused_before_they_are_drawn():
    layers = "".join(
        f'<g id="l{n}">' + "".join(f'<use href="#l{n - 1}"/>' for _ in range(10)) + "</g>"
        for n in range(1, 9)
    )
    with pytest.raises(TooLarge):
        open_pages(svg(f'<defs><rect id="l0" width="1" height="1"/>{layers}</defs><use href="#l8"/>'))[0]
    with pytest.raises(TooLarge):
        open_pages(svg('<g id="a"><use href="#a"/></g>'))[0]


def test_an_svg_without_music_size_or_end_gets_a_sentence():
    with pytest.raises(TooSmall):
        open_pages(svg(LINES, 'width="1mm" height="1mm"'))[0]
    with pytest.raises(NotAPicture):
        open_pages(svg(LINES)[:-10])[0]
    with pytest.raises(NotAPicture):
        open_pages(b'<svg xmlns="http://www.w3.org/2000/svg"/>')[0]
