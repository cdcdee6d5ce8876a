"""The shipped productions on bars of a few primitives: what is a head, what hangs on which stem, whose dot is it."""

import pytest

from models.read.grammar import parse
from models.read.meaning.derived import signs_of
from models.read.productions import PRODUCTIONS, grammar_in
from tests.read_tokens import dot, head, stem, token


def ledger(x, step, half=1.0):
    return token("line", x - half, x + half, -step / 2 - 0.1, -step / 2 + 0.1, ledger=1.0, long=2 * half)


def letter(x, step):
    return token("blob", x - 0.5, x + 0.5, -step / 2 - 0.6, -step / 2 + 0.6, text=0.95)


def read(*tokens):
    best = parse(grammar_in(PRODUCTIONS), tokens).best
    return signs_of(best.graph, best.certainty, lambda _: None)


def chords(*tokens):
    return [
        (sorted(h.step for h in c.heads), c.type.value, c.dots, c.strokes)
        for c in read(*tokens).timed
        if hasattr(c, "heads")
    ]


def test_a_chord_hangs_whole_on_the_stem_that_runs_the_right_way():
    # the rim of a flag beside the lower head looks like a short stem
    found = chords(
        head(3, 12), head(3, 5), stem(2.45, -6.1, 1.1), stem(3.55, -2.9, -0.6), ledger(3, 12), ledger(3, 10)
    )
    assert found == [([5, 12], "quarter", 0, 0)]


@pytest.mark.parametrize(("steps", "is_head"), [((10, 12), True), ((10,), False), ((), False)])
def test_a_head_far_above_the_staff_needs_its_ledger_lines(steps, is_head):
    found = chords(head(3, 13), stem(2.45, -6.4, -2.5), *(ledger(3, step) for step in steps))
    assert (found == [([13], "quarter", 0, 0)]) is is_head


def test_a_round_letter_of_a_word_is_no_whole_note():
    lines = [ledger(3, 10), ledger(3, 12), ledger(3, 14)]
    whole = head(3, 14, "whole_head")
    assert chords(whole, *lines) == [([14], "whole", 0, 0)]
    assert chords(whole, *lines, letter(1.65, 14)) == []


def test_each_head_of_a_third_has_its_own_dot():
    found = chords(head(3, 2), head(3, 0), stem(3.6, -4.5, 0), dot(4.2, 3), dot(4.2, 1))
    assert found == [([0, 2], "quarter", 1, 0)]


def test_two_dots_after_each_other_dot_a_note_twice():
    assert chords(head(3, 3), stem(3.6, -5.0, -1.5), dot(4.2, 3), dot(4.9, 3)) == [([3], "quarter", 2, 0)]


def test_the_end_of_a_ledger_line_is_no_dot():
    note = [head(3, -3), stem(3.6, -2.5, 1.5), ledger(3, -2)]
    assert chords(*note, dot(3.95, -2, half=0.12)) == [([-3], "quarter", 0, 0)]


def test_a_stem_speaks_for_the_doubtful_head_at_its_end():
    doubtful = head(3, 3, "hollow_head", 0.45)
    assert chords(doubtful) == []
    assert chords(doubtful, stem(3.6, -5.0, -1.5)) == [([3], "half", 0, 0)]
    assert chords(doubtful, stem(2.4, -5.0, -1.5)) == []  # on the wrong side, as a flat's is


def test_an_accidental_belongs_to_the_head_at_its_height_before_a_nearer_one():
    # a second: its upper head stands on the far side of the stem
    sharp = token("blob", 0.3, 1.25, -2.05, 1.05, sharp=0.97)
    (chord,) = read(sharp, head(2.6, 0), head(3.8, 1), stem(3.2, -4.5, 0)).timed
    assert {h.step: h.accidental for h in chord.heads} == {0: None, 1: "sharp"}
