"""Heads between two staves, flags that hang far down, and what a strip's edge cuts off: whose they are."""

from types import SimpleNamespace

import numpy as np
import pytest

from models.read.page.staves import LINE_ROWS, SPACE, STRIP_ROWS, Strip
from models.read.primitives.numbering import numbered
from models.read.primitives.owners import claimed
from models.read.primitives.primitive import Primitive, position_at, row_at
from models.read.primitives.strokes import uprights

GAP = 10
"""Staff spaces between the last line of the upper staff and the first of the lower one."""
APART = (4 + GAP) * SPACE


def staff(number):
    """A staff of a page on which both strips lie as they are, one below the other."""
    strip = SimpleNamespace(page_points=lambda points: np.add(points, (0.0, number * APART)))
    return SimpleNamespace(strip=strip, left=0.0, right=1000.0, space=float(SPACE))


def seen(name, kind, label, x, row, size=(20, 18), shared=False):
    """Something with its middle at a row of the strip."""
    box = (x - size[0] / 2, row - size[1] / 2, x + size[0] / 2, row + size[1] / 2)
    return Primitive(name, kind, box, x / SPACE, position_at(row), {label: 0.9}, shared=shared)


def ledgers(x, *positions):
    return [seen(f"l{p}", "line", "ledger", x, row_at(p), (34, 3)) for p in positions]


def head(position, shared, name="head", x=300):
    return seen(name, "blob", "solid_head", x, row_at(position), shared=shared)


def other_side(position):
    """The position above the lower staff of what stands so far below the upper one."""
    return 8 + 2 * GAP + position


def shared(found, name="head"):
    return next(p.shared for p in found if p.id == name)


@pytest.mark.parametrize("below", [True, False])
def test_a_head_is_the_staffs_from_which_ledger_lines_lead_to_it(below):
    position = -9.0  # nearer to the upper staff than to the lower one
    upper, lower = [head(position, False)], [head(other_side(position), True)]
    if below:  # and yet the lower staff's
        lower += ledgers(300, *range(10, int(other_side(position)) + 1, 2))
    else:
        upper += ledgers(300, *range(-2, -9, -2))
    one, two = claimed([staff(0), staff(1)], [upper, lower])
    assert (shared(one), shared(two)) == (below, not below)


def test_without_ledger_lines_the_nearer_staff_has_it():
    one, two = claimed([staff(0), staff(1)], [[head(-9.0, False)], [head(other_side(-9.0), True)]])
    assert (shared(one), shared(two)) == (False, True)


def test_what_stands_at_a_claimed_head_comes_with_it():
    position = -9.0
    flag = seen("flag", "blob", "flag_up", 315, row_at(other_side(position) + 3), shared=True)
    its_twin = seen("twin", "blob", "flag_up", 315, row_at(position + 3))
    lower = [head(other_side(position), True), flag, *ledgers(300, *range(10, 21, 2))]
    one, two = claimed([staff(0), staff(1)], [[head(position, False), its_twin], lower])
    assert not shared(two, "flag")
    assert shared(one, "twin")


def test_a_head_that_only_the_farther_staff_sees_is_its_own_where_ledger_lines_lead_to_it():
    high = other_side(-9.0)
    for lines, given in (((10, 12, 14, 16, 18), False), ((10,), True)):
        _, found = claimed([staff(0), staff(1)], [[], [head(high, True), *ledgers(300, *lines)]])
        assert shared(found) == given


def test_a_flag_on_the_stem_of_an_own_head_is_the_staffs_however_far_it_hangs():
    own = head(-4.0, False)
    stem = seen("stem", "line", "stem", 291, row_at(-7.0), (4, 70))
    flags = [
        seen("hangs", "blob", "flag_down", 299, row_at(-9.5), (16, 24), shared=True),
        seen("alone", "blob", "flag_down", 500, row_at(-9.5), (16, 24), shared=True),
    ]
    (found,) = claimed([staff(0)], [[own, stem, *flags]])
    assert not shared(found, "hangs")
    assert shared(found, "alone")


def blank():
    nowhere = np.zeros((STRIP_ROWS, 400), np.float32)
    return Strip(np.zeros((STRIP_ROWS, 400), np.uint8), nowhere, nowhere, 3.0)


def test_half_of_what_the_edge_of_a_strip_cuts_off_is_nothing():
    whole = seen("whole", "blob", "solid_head", 100, STRIP_ROWS - 10, (22, 20))
    half = seen("half", "blob", "dot", 200, STRIP_ROWS - 6, (16, 12))
    dot = seen("dot", "blob", "dot", 300, STRIP_ROWS - 30, (6, 6))
    assert [p.label for p in numbered([whole, half, dot], blank())] == ["solid_head", "dot"]


def test_a_strip_knows_what_is_nearer_to_it_though_the_neighbour_is_out_of_sight():
    strip = Strip(blank().ink, blank().map_x, blank().map_y, 3.0, own=(40, 300))
    found = numbered([head(-12.0, False), head(-2.0, False, x=200)], strip)
    assert [p.shared for p in found] == [False, True]


def test_a_flags_curve_is_no_stem_and_leaning_stems_are():
    ink = np.zeros((STRIP_ROWS, 400), bool)
    rows = np.arange(LINE_ROWS[4], LINE_ROWS[4] + 90)
    ink[rows, 100] = ink[rows, 101] = ink[rows, 102] = True  # the stem
    curve = np.arange(LINE_ROWS[4] + 30, LINE_ROWS[4] + 85)
    for n, row in enumerate(curve):
        ink[row, 106 + n // 6 : 109 + n // 6] = True
    assert [round(u.x_at(u.y0 + 10).item()) for u in uprights(ink, drawn=False)] == [101]
    leaning = np.zeros_like(ink)
    for x in (100, 200, 300):
        for n, row in enumerate(rows):
            leaning[row, x + n // 8 : x + n // 8 + 3] = True
    assert len(uprights(leaning, drawn=False)) == 3
