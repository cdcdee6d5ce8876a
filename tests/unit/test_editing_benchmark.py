"""The scripted editor makes drawn mistakes right, by the keys that they take."""

from dataclasses import replace
from fractions import Fraction

import pytest

from benchmarks.editing_script import BAR, LIST, READING, corrected
from models.notation.editing import (
    Accidental,
    AddNote,
    Cut,
    Dots,
    Letter,
    RemoveBar,
    Repeat,
    SetClef,
    SetKey,
    Silence,
    Transpose,
    Value,
    edited,
    edited_by,
    with_rests,
)
from models.notation.score import Clef, Key, NoteType
from tests.readings import tune

FIRST, SECOND, CHORD = "n1", "n2", "n7"


@pytest.mark.parametrize(
    ("mistakes", "actions"),
    [
        ([], 0),
        ([Transpose(FIRST, 1)], 2),
        ([Letter(FIRST, "C")], 2),
        ([Transpose(FIRST, 12)], 2),
        ([Accidental(FIRST, -1)], 2),
        ([Value(FIRST, NoteType.HALF)], 2),
        ([Dots(FIRST, 1)], 2),
        ([Letter(FIRST, "B"), Dots(FIRST, 1), Value(FIRST, NoteType.EIGHTH)], 3),
        ([Silence(FIRST)], 2),
        ([Cut(SECOND)], 3),
        ([Repeat(FIRST)], 2),
        ([AddNote(FIRST, "B")], 3),
        ([Transpose(FIRST, 1), Transpose("n8", 1)], 4),
    ],
)
def test_a_mistake_is_made_right_by_the_keys_that_it_takes(mistakes, actions):
    truth = tune()
    done = corrected(edited_by(truth, mistakes), truth)
    assert done.left == 0
    assert done.actions <= actions
    assert bool(done.actions) == bool(actions)
    assert done.wrong == (0 if not mistakes else 2 if len({m.id for m in mistakes}) > 1 else 1)


def test_editing_is_cheaper_than_typing_where_a_little_is_wrong():
    truth = tune()
    done = corrected(edited(truth, Transpose(CHORD, 1)), truth)
    assert done.left == 0
    assert 0 < done.actions < done.typed


@pytest.mark.parametrize("mistake", [SetKey("n1", Key(-1)), SetClef("n1", Clef("F", 4))])
def test_a_misread_sign_is_set_once(mistake):
    truth = tune()
    done = corrected(edited(truth, mistake), truth)
    assert (done.left, done.actions) == (0, LIST)
    assert done.typed > LIST


def test_a_made_up_bar_goes_and_a_missed_one_is_typed():
    truth = tune()
    double = edited(truth, RemoveBar("n7"))
    missed = corrected(double, truth)
    assert missed.left == 0
    assert missed.actions >= BAR
    made_up = corrected(truth, double)
    assert (made_up.left, made_up.actions) == (0, BAR)


def test_another_reading_is_taken_where_it_is_right():
    truth = tune()
    wrong = edited_by(truth, [Letter(n, "C") for n in ("n1", "n2", "n3")])
    done = corrected(wrong, truth, {0: with_rests(truth)})
    assert (done.left, done.actions) == (0, READING)
    assert replace(done, left=1).left == 1
    assert Fraction(done.actions) < done.typed
