import pytest

from models.read.page.staves import LINE_ROWS, SPACE
from models.read.primitives import Primitive
from models.read.primitives.primitive import position_at, share_within
from models.read.primitives.rests import placed_rests


def rest(position, whole, half, kind="blob"):
    return Primitive(
        "p", kind, (0.0, 0.0, 20.0, 10.0), 1.0, position, {"whole_rest": whole, "half_rest": half}
    )


@pytest.mark.parametrize(
    ("position", "label"),
    [(5.45, "whole_rest"), (4.5, "half_rest"), (7.4, "whole_rest"), (6.5, "half_rest"), (1.5, "whole_rest")],
    ids=["hangs from the fourth line", "sits on the third", "upper voice", "upper voice", "lower voice"],
)
def test_a_bar_of_a_rest_is_named_by_the_line_that_it_touches(position, label):
    for whole, half in ((0.9, 0.1), (0.06, 0.94)):
        (told,) = placed_rests([rest(position, whole, half)])
        assert told.label == label
        assert told.certainty >= max(whole, half)


@pytest.mark.parametrize("found", [rest(5.0, 0.3, 0.6), rest(5.45, 0.1, 0.3), rest(5.45, 0.1, 0.9, "hint")])
def test_what_is_between_lines_or_hardly_a_rest_stays_as_it_was_seen(found):
    assert placed_rests([found]) == [found]


def line(label, x0, row, wide, high=0.2, grade=1.0, **more):
    """A stroke from x0, in staff spaces, whose top lies on a row of the strip."""
    box = (x0 * SPACE, row, (x0 + wide) * SPACE, row + high * SPACE)
    middle = position_at(0.5 * (box[1] + box[3]))
    return Primitive("p", "line", box, x0 + wide / 2, middle, {label: grade}, **more)


ABOVE = LINE_ROWS[0] - SPACE


def on_ledger(row, label="beam", grade=0.35, right=True):
    """A block that begins on a row, between two pieces of the first ledger line above the staff."""
    pieces = [line("ledger", 19.4, ABOVE, 0.6), *([line("ledger", 21.5, ABOVE, 0.6)] if right else [])]
    found = placed_rests([line(label, 20.0, row, 1.5, 0.7, grade), *pieces])
    return found[0].label


def test_a_block_on_a_ledger_line_is_a_rest_of_a_voice_beyond_the_staff():
    assert on_ledger(ABOVE) == "whole_rest"
    assert on_ledger(ABOVE - 0.5 * SPACE) == "half_rest"


def test_what_is_plainly_something_else_or_has_no_line_on_either_side_is_no_rest():
    assert on_ledger(ABOVE, "beam", 0.9) == "beam"
    assert on_ledger(ABOVE, "solid_head", 0.4) == "solid_head"
    assert on_ledger(ABOVE, right=False) == "beam"


def test_how_much_of_one_box_lies_in_another():
    assert share_within((0, 0, 10, 10), (5, 0, 20, 10)) == 0.5
    assert share_within((0, 0, 10, 10), (20, 0, 30, 10)) == 0.0
    assert share_within((2, 2, 4, 4), (0, 0, 10, 10)) == 1.0
