"""Lines named by the network and measured on the ink; and what lies inside of a likelier sign."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from models.read.page.staves import LINE_ROWS, SPACE, STRIP_ROWS, Strip
from models.read.primitives.learned.classes import LOWEST, POSITIONS
from models.read.primitives.learned.detect import Detection
from models.read.primitives.learned.extractor import exclusive, sign_of
from models.read.primitives.learned.lines import (
    Stroke,
    arched,
    beams_told,
    curves_told,
    slanted,
    uprights_told,
)
from models.read.primitives.linework import linework
from models.read.primitives.primitive import position_at


def _strip(draw):
    ink = np.zeros((STRIP_ROWS, 500), np.uint8)
    draw(ink)
    ys, xs = np.mgrid[0:STRIP_ROWS, 0:500].astype(np.float32)
    return Strip(ink, xs, ys, 2.0)


def _stems_and_beam(ink):
    for x in (150, 250):
        cv2.line(ink, (x, LINE_ROWS[0] - 20), (x, LINE_ROWS[3]), 255, 3)
    cv2.line(ink, (150, LINE_ROWS[0] - 20), (250, LINE_ROWS[0] - 20), 255, 9)


def test_a_stroke_takes_the_networks_name_and_keeps_its_own_ends():
    strip = _strip(_stems_and_beam)
    lines = linework(strip.binary, strip)
    box = (148.0, LINE_ROWS[0] - 14.0, 153.0, LINE_ROWS[3] - 8.0)
    found = uprights_told(lines, [Stroke({"stem": 0.9}, box)], strip.binary)
    left = min(found, key=lambda p: abs(p.x * SPACE - 150))
    assert left.memberships == {"stem": 0.9}
    assert left.line is not None
    assert max(left.line.ends[0][1], left.line.ends[1][1]) > position_at(
        LINE_ROWS[0] - 14
    )  # the ink's end, not the box's
    right = min(found, key=lambda p: abs(p.x * SPACE - 250))
    assert right.membership("stem") < 0.3  # the network does not see it


def test_a_stem_that_only_the_network_sees_is_told():
    strip = _strip(lambda ink: None)
    lines = linework(strip.binary, strip)
    found = uprights_told(lines, [Stroke({"stem": 0.8}, (100.0, 80.0, 103.0, 150.0))], strip.binary)
    assert len(found) == 1
    assert found[0].line is not None
    assert found[0].line.length == pytest.approx(69 / SPACE, abs=0.1)
    assert found[0].line.slope == 99.0


def test_one_beam_seen_by_both_is_told_once():
    strip = _strip(_stems_and_beam)
    lines = linework(strip.binary, strip)
    y = LINE_ROWS[0] - 20
    for shift in (0, 6):
        box = (150.0, y - 5.0 + shift, 251.0, y + 5.0 + shift)
        found = [
            p
            for p in beams_told(lines, [Stroke({"beam": 0.8}, box)], strip.binary)
            if p.membership("beam") > 0.1
        ]
        assert len(found) == 1
    two = [
        Stroke({"beam": 0.8}, (150.0, y - 5.0, 251.0, y + 5.0)),
        Stroke({"beam": 0.7}, (150.0, y + 11.0, 251.0, y + 21.0)),
    ]
    assert len([p for p in beams_told(lines, two, strip.binary) if p.membership("beam") > 0.1]) == 2


def test_a_piece_of_staff_line_between_two_stems_is_no_beam():
    def staff_and_stems(ink):
        for row in LINE_ROWS:
            ink[row - 1 : row + 2] = 255
        for x in (150, 250):
            cv2.line(ink, (x, LINE_ROWS[0]), (x, LINE_ROWS[3]), 255, 3)

    row = LINE_ROWS[3]
    on_line = Stroke({"beam": 0.24}, (150.0, row - 5.0, 251.0, row + 5.0))
    strip = _strip(staff_and_stems)
    found = beams_told(linework(np.zeros_like(strip.binary), strip), [on_line], strip.binary, strip)
    assert not [p for p in found if p.membership("beam") > 0.1]

    def with_beam(ink):
        staff_and_stems(ink)
        cv2.line(ink, (150, row), (250, row), 255, 9)

    strip = _strip(with_beam)
    found = beams_told(linework(np.zeros_like(strip.binary), strip), [on_line], strip.binary, strip)
    assert [p for p in found if p.membership("beam") > 0.1]


@pytest.mark.parametrize(("middle", "told"), [(LINE_ROWS[1], 5.9), (LINE_ROWS[4] + 50, -6.0)])
def test_within_the_staff_a_head_is_where_its_ink_is_and_beyond_where_the_network_says(middle, told):
    at = told - 2.0 if middle == LINE_ROWS[1] else told  # the network says two half spaces lower
    positions = np.zeros(POSITIONS, np.float32)
    positions[round(at) - LOWEST] = 1.0
    head = Detection({"solid_head": 0.9}, (100.0, middle - 9.5, 124.0, middle + 10.5), positions)
    ink = np.zeros((STRIP_ROWS, 300), np.bool_)
    assert sign_of(head, ink, 3.5).position == pytest.approx(told, abs=0.2)


@pytest.mark.parametrize("rise", [-30, 30])
def test_a_bar_lies_on_the_diagonal_that_is_inked(rise):
    ink = np.zeros((200, 300), np.uint8)
    cv2.line(ink, (50, 100), (250, 100 + rise), 255, 9)
    low, high = min(100, 100 + rise), max(100, 100 + rise)
    shape = slanted((50.0, low - 5.0, 251.0, high + 5.0), ink > 0)
    assert np.sign(shape.slope) == -np.sign(rise)  # positive upward to the right
    assert abs(shape.slope) == pytest.approx(abs(rise) / 200, abs=0.03)


@pytest.mark.parametrize("up", [True, False])
def test_an_arc_bulges_as_its_ink_does(up):
    ink = np.zeros((200, 300), np.uint8)
    cv2.ellipse(ink, (150, 110 if up else 80), (100, 30), 0, 180 if up else 0, 360 if up else 180, 255, 3)
    shape = arched((50.0, 80.0, 251.0, 111.0), ink > 0)
    assert (shape.curvature > 0) == up
    told = curves_told([], [Stroke({"slur": 0.7}, (50.0, 80.0, 251.0, 111.0))], ink > 0)
    assert told[0].kind == "curve"
    assert told[0].memberships == {"slur": 0.7}


def test_a_blot_in_a_clef_is_no_head_but_a_head_beside_is():
    clef = Detection({"treble_clef": 0.95}, (100.0, 50.0, 150.0, 190.0))
    inside = Detection({"solid_head": 0.3}, (115.0, 150.0, 130.0, 165.0))
    beside = Detection({"solid_head": 0.3}, (170.0, 150.0, 185.0, 165.0))
    assert exclusive([clef, inside, beside]) == [clef, beside]


def test_an_unlikely_word_takes_nothing_from_a_likely_head():
    word = Detection({"text": 0.2}, (100.0, 50.0, 150.0, 90.0))
    head = Detection({"solid_head": 0.9}, (115.0, 60.0, 130.0, 75.0))
    assert exclusive([word, head]) == [word, head]
