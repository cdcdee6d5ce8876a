"""Heads that a hand filled by half are solid where its other solid heads are filled like them."""

import cv2
import numpy as np
import pytest

from models.read.page.staves import LINE_ROWS, SPACE, STRIP_ROWS, Strip
from models.read.primitives.learned.fills import filled_as_others
from tests.marks import blob, line

WIDTH = 1200
STEP = 3  # between two lines, so that no line runs through a head


def page_of(heads):
    """A strip and its primitives: each head is (label, certainty, share of its inside that is inked, width in spaces)."""
    ink = np.zeros((STRIP_ROWS, WIDTH), np.uint8)
    for row in LINE_ROWS:
        ink[row - 1 : row + 1] = 255
    found = []
    middle = LINE_ROWS[4] - round(0.5 * STEP * SPACE)
    for n, (label, certainty, share, wide) in enumerate(heads):
        x = 60 + 60 * n
        axes = (round(0.5 * wide * SPACE), 8)
        cv2.ellipse(ink, (x, middle), axes, 0, 0, 360, 255, 2)
        cv2.ellipse(
            ink, (x, middle), (round(axes[0] * share**0.5), round(8 * share**0.5)), 0, 0, 360, 255, -1
        )
        at = (x + 0.5) / SPACE
        side = at + wide / 2
        found += [
            blob(label, at, STEP, wide, 0.85, certainty=certainty),
            line("stem", side, -0.5 * STEP - 3.5, side, -0.5 * STEP),
        ]
    ys, xs = np.mgrid[0:STRIP_ROWS, 0:WIDTH].astype(np.float32)
    return Strip(ink, xs, ys, 2.0), found


def labels(strip, found):
    (own,) = filled_as_others([found], [strip])
    return [p.label for p in own if p.kind == "blob"]


SOLID = [("solid_head", 0.95, share, 1.0) for share in (0.35, 0.4, 0.5, 0.6, 0.7, 0.45, 0.5)]
HALF = [("hollow_head", 0.98, 0.0, 1.2)] * 3
BY_HALF = [("hollow_head", 0.97, share, 1.0) for share in (0.3, 0.4, 0.5)]


def test_heads_filled_by_half_are_solid_on_a_page_that_fills_its_solid_heads_so():
    told = labels(*page_of(SOLID + HALF + BY_HALF))
    assert told == ["solid_head"] * 7 + ["hollow_head"] * 3 + ["solid_head"] * 3


@pytest.mark.parametrize("heads", [SOLID[:3] + HALF + BY_HALF, SOLID + HALF, SOLID, HALF])
def test_few_solid_heads_or_plain_ones_change_nothing(heads):
    assert labels(*page_of(heads)) == [label for label, *_ in heads]


def test_half_notes_in_a_thick_pen_stay_what_they_are():
    black = [("solid_head", 0.99, 1.0, 1.2)] * 8
    thick = [("hollow_head", 0.97, 0.2, 1.2)] * 4
    assert labels(*page_of(black + thick)) == ["solid_head"] * 8 + ["hollow_head"] * 4
