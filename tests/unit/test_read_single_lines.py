from dataclasses import replace

import cv2
import numpy as np
import pytest

from models.read.page.layout import layout_of
from models.read.page.preparation import prepare
from models.read.page.staves import find_systems
from models.read.primitives import Primitive
from models.read.primitives.percussion import with_percussion_clef
from tests.drawn_staves import SPACE, drawn_page, head_columns, note


def page_with_line(*, bars=True, clef=False, left=60, right=1139, row=None):
    """A system of a staff, one line below it, and a head on the line every few columns."""
    page = np.concatenate([drawn_page(), np.full((8 * SPACE, 1200), 255, np.uint8)])
    row = row or 100 + 12 * SPACE
    cv2.line(page, (left, row), (right, row), 0, 2)
    for x in head_columns(1200)[1:]:
        note(page, x, row, SPACE)
    if bars:
        for x in (600, 1139):
            cv2.line(page, (x, row - 2 * SPACE), (x, row + 2 * SPACE), 0, 3)
    if clef:
        for x in (80, 96):
            cv2.rectangle(page, (x, row - SPACE), (x + 9, row + SPACE), 0, -1)
    cv2.line(page, (60, 100), (60, row), 0, 3)
    return page, row


@pytest.mark.parametrize(("bars", "clef"), [(True, False), (False, True), (True, True)])
def test_a_line_with_bar_lines_or_a_percussion_clef_is_a_staff(bars, clef):
    page, row = page_with_line(bars=bars, clef=clef)
    staves = [staff for system in find_systems(prepare(page)) for staff in system.staves]
    assert [staff.single for staff in staves] == [False, True]
    assert staves[1].y(2, np.array([200.0, 600.0, 1000.0])) == pytest.approx(row, abs=1.5)
    assert staves[1].space == pytest.approx(SPACE, abs=1)


@pytest.mark.parametrize(
    "drawn",
    [{"bars": False}, {"left": 400}, {"row": 100 + 6 * SPACE}],
    ids=["a pedal's line", "a bracket", "a ledger line"],
)
def test_other_lines_are_no_staves(drawn):
    page, _ = page_with_line(**drawn)
    staves = [staff for system in layout_of(page).systems for staff in system.staves]
    assert [staff.single for staff in staves] == [False]


def test_a_staff_of_one_line_has_a_percussion_clef_be_it_seen_or_not():
    page, _ = page_with_line()
    (staff,) = [s for system in layout_of(page).systems for s in system.staves if s.single]
    treble = Primitive("p0", "blob", (62.0, 100.0, 100.0, 220.0), 4.0, 4.0, {"treble_clef": 0.6})
    head = Primitive("p1", "blob", (300.0, 150.0, 325.0, 170.0), 15.6, 4.0, {"solid_head": 0.9})
    assert [p.label for p in with_percussion_clef([treble, head], staff)] == ["percussion_clef", "solid_head"]
    seen = replace(treble, memberships={"percussion_clef": 0.9})
    assert with_percussion_clef([seen, head], staff) == [seen, head]
    assert with_percussion_clef([treble, head], replace(staff, single=False)) == [treble, head]
