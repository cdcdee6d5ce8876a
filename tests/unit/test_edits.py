"""The history that every job keeps of what a visitor did."""

from scoreweb import edits as module
from scoreweb.edits import Edits


def test_steps_are_taken_back_and_done_again_in_order():
    edits = Edits("a").to("b").to("c")
    assert edits.undone().now == "b"
    assert edits.undone().undone().now == "a"
    assert edits.undone().undone().redone().now == "b"
    assert edits.undone().redone() == edits


def test_nothing_happens_at_either_end():
    assert Edits("a").undone() == Edits("a")
    assert Edits("a").to("b").redone() == Edits("a").to("b")


def test_a_new_step_forgets_what_was_taken_back_and_the_same_state_is_no_step():
    edits = Edits("a").to("b").undone().to("c")
    assert (edits.now, edits.past, edits.future) == ("c", ("a",), ())
    assert edits.to("c") is edits


def test_the_history_does_not_grow_for_ever():
    edits = Edits(0)
    for number in range(1, module.MOST + 50):
        edits = edits.to(number)
    assert len(edits.past) == module.MOST
    assert edits.undone().now == module.MOST + 48
