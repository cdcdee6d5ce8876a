"""The sign that repeats a bar: seen on a strip, and what the bar then holds."""

from __future__ import annotations

from dataclasses import replace

import cv2
import numpy as np
import pytest

from models.read.meaning.repeating import marked, repeated
from models.read.meaning.signs import BarSigns, StaffBar
from models.read.page.staves import LINE_ROWS, SPACE, STRIP_ROWS, Strip
from models.read.primitives.simile import bar_repeats
from tests.signs import FRAME, half, quarter, rest

WIDTH, MIDDLE = 500, LINE_ROWS[2]


def strip_with(draw):
    ink = np.zeros((STRIP_ROWS, WIDTH), np.uint8)
    for row in LINE_ROWS:
        ink[row - 1 : row + 1] = 255
    draw(ink)
    ys, xs = np.mgrid[0:STRIP_ROWS, 0:WIDTH].astype(np.float32)
    return Strip(ink, xs, ys, 2.0)


def slash(ink, x=250, lean=16):
    corners = [
        (x - lean - 4, MIDDLE + 19),
        (x - lean + 6, MIDDLE + 19),
        (x + lean + 4, MIDDLE - 19),
        (x + lean - 6, MIDDLE - 19),
    ]
    cv2.fillPoly(ink, [np.array(corners, np.int32)], 255)


def dots(ink, x=250, apart=16):
    for side in (-1, 1):
        cv2.circle(ink, (x + side * apart, MIDDLE + side * 10), 4, 255, -1)


def both(ink):
    slash(ink)
    dots(ink)


def test_a_slanted_stroke_between_two_dots_repeats_a_bar():
    assert bar_repeats(strip_with(both)) == pytest.approx((250 / SPACE,), abs=0.3)


@pytest.mark.parametrize(
    "draw",
    [
        slash,
        dots,
        lambda ink: (slash(ink, lean=-16), dots(ink)),
        lambda ink: (slash(ink), dots(ink, apart=-16)),
    ],
    ids=["without dots", "dots alone", "the other way", "dots on the other sides"],
)
def test_other_strokes_repeat_nothing(draw):
    assert bar_repeats(strip_with(draw)) == ()


def bar(left, *timed):
    frame = replace(FRAME, left=float(left), right=left + 60.0)
    return StaffBar(frame, (BarSigns(tuple(timed)),))


def test_the_bar_in_which_the_sign_stands_is_marked():
    assert [b.repeats for b in marked([bar(0), bar(60), bar(120)], [85.0])] == [False, True, False]


def told(one):
    return [(s.x, s.type) for s in one.readings[0].timed]


def test_a_marked_bar_has_the_notes_of_the_one_before():
    first, second = quarter(10), half(30)
    staff = [bar(0, first, second), replace(bar(60, rest(90)), repeats=True), bar(120, quarter(130))]
    (((one, two, three),),) = repeated([[staff]])
    assert told(two) == [(x + 60, kind) for x, kind in told(one)]
    assert len(told(three)) == 1


def test_bars_repeat_over_the_end_of_a_line_and_one_after_another():
    again = replace(bar(0), repeats=True)
    systems = repeated([[[bar(0, quarter(10))]], [[again, replace(bar(60), repeats=True)]]])
    assert [len(told(b)) for b in systems[1][0]] == [1, 1]


def test_with_nothing_before_a_marked_bar_stays():
    (((only,),),) = repeated([[[replace(bar(0, rest(20)), repeats=True)]]])
    assert len(told(only)) == 1
