"""Marks that the reader cannot read: they are told, and what is left of their bars is not held for sure."""

from dataclasses import replace

import cv2
import numpy as np
import pytest

from models.read.page.layout import layout_of
from models.read.primitives.classical import ClassicalExtractor
from models.read.primitives.unread import unread_shares
from models.read.reader import Reader
from tests.drawn_staves import SPACE, drawn_page


def pencilled(page, xs, top=5 * SPACE):
    """Strokes of a pencil at columns of a page's first staff: zigzags as high as a staff that are no sign of music."""
    for n, x in enumerate(xs):
        y = top + (n % 3) * SPACE // 2
        points = [(x, y), (x + 14, y + 22), (x - 6, y + 30), (x + 16, y + 58), (x + 2, y + 64)]
        cv2.polylines(page, [np.array(points)], isClosed=False, color=0, thickness=4)
    return page


def columns(width=1200):
    return range(width // 2 + 3 * SPACE, width - 6 * SPACE, 5 * SPACE)


@pytest.fixture(scope="module")
def reader():
    return Reader({"classical": ClassicalExtractor()}, recogniser=None)


def read(reader, page):
    return reader.read([page], primitives="classical", style="printed")


def test_pencil_is_unread_ink_and_heads_are_not():
    spans = [(4.0, 30.0), (31.0, 56.0)]
    for page, expected in ((drawn_page(), [0.0, 0.0]), (pencilled(drawn_page(), columns()), [0.0, 1.0])):
        strip = layout_of(page).systems[0].staves[0].strip
        found = unread_shares(strip, ClassicalExtractor().extract(strip, style="printed"), spans)
        assert found == pytest.approx(expected, abs=0.5)
        assert found[0] == 0.0


def test_a_bar_of_pencil_lowers_the_headline_and_needs_the_reader(reader):
    clean, marked = read(reader, drawn_page()), read(reader, pencilled(drawn_page(), columns()))
    assert not any(bar.hardly_read for bar in clean.bars)
    assert [bar.hardly_read for bar in marked.bars] == [False, True]
    best = marked.interpretations[0]
    assert best.certainty <= marked.bars[1].readings[0].certainty / 0.99 + 1e-9
    assert best.certainty < 0.2 < marked.none_of_these
    assert 1 in marked.doubtful(best)


def test_a_stroke_that_was_led_elsewhere_explains_the_ink_that_it_was_seen_in():
    strip = layout_of(drawn_page()).systems[0].staves[0].strip
    found = ClassicalExtractor().extract(strip, style="printed")
    away = [replace(p, box=(0.0, 0.0, 1.0, 1.0), inked=p.box) for p in found]
    lost = [replace(p, box=(0.0, 0.0, 1.0, 1.0)) for p in found]
    spans = [(4.0, 30.0)]
    assert unread_shares(strip, away, spans) == unread_shares(strip, found, spans) == [0.0]
    assert unread_shares(strip, lost, spans) == [1.0]


def test_what_is_left_of_a_staff_line_a_pixel_thicker_than_others_is_not_unread():
    page = drawn_page()
    for row in (5 * SPACE + 2 * SPACE, 5 * SPACE + 4 * SPACE):
        cv2.line(page, (60, row), (1140, row), 0, 4)
    strip = layout_of(page).systems[0].staves[0].strip
    found = ClassicalExtractor().extract(strip, style="printed")
    assert unread_shares(strip, found, [(4.0, 30.0), (31.0, 56.0)]) == [0.0, 0.0]
