"""Rests of the 17th and 18th century: upright blocks on staff lines, and strokes that turn to the right."""

import cv2
import numpy as np
import pytest

from models.read.page.staves import LINE_ROWS, SPACE, STRIP_ROWS
from models.read.primitives.learned.old_rests import with_old_rests
from tests.marks import blob

THICK = 3


def ink_with(draw):
    """The ink of a strip without its staff lines, on which something is drawn."""
    ink = np.zeros((STRIP_ROWS, 300), np.uint8)
    draw(ink)
    return ink > 0


def block(first, last, x=150, wide=8):
    return ink_with(lambda ink: cv2.rectangle(ink, (x, first), (x + wide, last), 255, -1))


def quarter_rest(ink):
    """A foot at the left, and a thick arm to the right that falls a little."""
    top = LINE_ROWS[0]
    cv2.line(ink, (120, top + 22), (125, top + 2), 255, 3)
    cv2.line(ink, (125, top + 3), (150, top + 9), 255, 7)


@pytest.mark.parametrize(
    ("first", "last", "told"),
    [
        (LINE_ROWS[1] - THICK, LINE_ROWS[1] + 11, "whole_rest"),
        (LINE_ROWS[2] - 11, LINE_ROWS[2] + THICK, "half_rest"),
        (LINE_ROWS[0] - 15, LINE_ROWS[0] + THICK, "half_rest"),
        (LINE_ROWS[1] - THICK, LINE_ROWS[2] + THICK, "whole_rest"),
        (LINE_ROWS[1] + 4, LINE_ROWS[2] - 4, None),
    ],
)
def test_a_slender_block_is_a_rest_by_the_line_that_it_hangs_from_or_stands_on(first, last, told):
    found = with_old_rests([], block(first, last))
    assert [p.label for p in found] == ([told] if told else [])


def test_a_dot_a_wide_block_and_a_stem_are_none():
    row = LINE_ROWS[1]
    assert not with_old_rests([], block(row - THICK, row + 5))
    assert not with_old_rests([], block(row - THICK, row + 11, wide=24))
    assert not with_old_rests([], block(row - THICK, row + 50, wide=5))


def test_a_quarter_rest_has_its_foot_at_the_left_and_its_mirror_image_is_another_sign():
    ink = ink_with(quarter_rest)
    assert [p.label for p in with_old_rests([], ink)] == ["quarter_rest"]
    assert not with_old_rests([], ink[:, ::-1])


def test_a_rest_takes_the_place_of_a_doubtful_dot_and_not_of_a_plain_head():
    ink = block(LINE_ROWS[2] - 11, LINE_ROWS[2] + THICK)
    dot = blob("dot", 154.0 / SPACE, 4.4, 0.4, 0.7, certainty=0.56)
    head = blob("solid_head", 154.0 / SPACE, 4.4, 0.6, 0.9, certainty=0.97)
    assert [p.label for p in with_old_rests([dot], ink)] == ["half_rest"]
    assert with_old_rests([head], ink) == [head]
