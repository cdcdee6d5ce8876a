import cv2
import numpy as np
import pytest

from models.read.page.layout import layout_of
from models.read.page.preparation import prepare
from models.read.page.staves import tracks_on
from models.read.page.staves.tablature import LEFT_OUT, tablatures
from tests.drawn_staves import SPACE, drawn_page, head_columns

STRINGS = 30
"""Pixels between two lines of the tablatures drawn here: wider than a staff space, as they are printed."""


def with_strings(page, *, lines=6, space=STRINGS, top=None):
    """The page with a tablature below: lines, figures in gaps of theirs, and bar lines."""
    width = page.shape[1]
    strip = np.full((lines * space + 8 * SPACE, width), 255, np.uint8)
    page = np.concatenate([page, strip])
    top = page.shape[0] - lines * space - 4 * SPACE if top is None else top
    for n in range(lines):
        cv2.line(page, (60, top + n * space), (width - 60, top + n * space), 0, 2)
    for n, x in enumerate(head_columns(width)):
        y = top + n % lines * space
        cv2.rectangle(page, (x - 8, y - 10), (x + 8, y + 10), 255, -1)
        cv2.putText(page, str(n), (x - 7, y + 8), cv2.FONT_HERSHEY_SIMPLEX, 0.7, 0, 2)
    for x in (60, width // 2, width - 61):
        cv2.line(page, (x, top), (x, top + (lines - 1) * space), 0, 3)
    return page


@pytest.mark.parametrize(("lines", "space"), [(6, STRINGS), (6, SPACE), (4, STRINGS)])
def test_a_tablature_below_a_staff_is_left_out_with_a_word(lines, space):
    page = with_strings(drawn_page(), lines=lines, space=space)
    layout = layout_of(page)
    assert LEFT_OUT in layout.page.notes
    (system,) = layout.systems
    (staff,) = system.staves
    assert staff.y(0, np.array([600.0])) == pytest.approx(100, abs=1.5)
    rows = np.arange(page.shape[0] - lines * space - 5 * SPACE, page.shape[0])
    left = layout.page.ink[rows][:, 70 : page.shape[1] // 2 - 10] >= 128
    assert not left.any(), "neither figures nor lines of it are left to be read as words or notes"


def test_staves_are_no_tablatures():
    page = drawn_page(staves=2, joined=True)
    cv2.line(page, (60, 200), (400, 200), 0, 2)  # a row of ledger lines, or a bracket: short
    layout = layout_of(page)
    assert layout.page.notes == ()
    assert [len(s.staves) for s in layout.systems] == [2]


def test_bar_lines_through_a_tablature_stay():
    page = with_strings(drawn_page(width=1400), space=STRINGS)
    prepared = prepare(page)
    (found,) = tablatures(prepared, tracks_on(prepared))
    assert found.lines.shape[0] == 6
    ink = layout_of(page).page.ink
    middle = round(float(np.mean(found.lines)))
    assert (ink[middle - 20 : middle + 20, 695:706] >= 128).any()


def test_ties_and_ledger_lines_along_a_staff_make_no_sixth_line():
    page = drawn_page(width=2000)
    top = 5 * SPACE - SPACE
    for x in range(80, 1900, 160):
        cv2.line(page, (x, top), (x + 112, top), 0, 2)
    layout = layout_of(page)
    assert LEFT_OUT not in layout.page.notes
    assert [len(s.staves) for s in layout.systems] == [1]
