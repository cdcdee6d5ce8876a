import pytest

from models.read.primitives import Primitive
from models.read.primitives.primitive import share_within
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


def test_how_much_of_one_box_lies_in_another():
    assert share_within((0, 0, 10, 10), (5, 0, 20, 10)) == 0.5
    assert share_within((0, 0, 10, 10), (20, 0, 30, 10)) == 0.0
    assert share_within((2, 2, 4, 4), (0, 0, 10, 10)) == 1.0
