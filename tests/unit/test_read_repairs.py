"""Slips of the eye undone: which readings are one away from a bar that misses its metre."""

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models.notation.score import NoteType
from models.read.meaning.rhythm import (
    placed,
    sums,
    total,
)
from models.read.meaning.signs import (
    BarSigns,
    ChordSign,
)
from models.read.ranking.repair import MOST, repairs
from tests.signs import F, eighth, grace, group, half, quarter, rest


def kinds(signs):
    return [(s.type, s.dots) for s in signs.timed]


EIGHTH, SIXTEENTH = NoteType.EIGHTH, NoteType.N16


def test_a_dotted_pair_whose_second_beam_was_not_seen_comes_back():
    pair = group(1, eighth(0, dots=1), eighth(4))
    (first, *_) = repairs(BarSigns((*pair, quarter(8))), F(2))
    assert kinds(first) == [(EIGHTH, 1), (SIXTEENTH, 0), (NoteType.QUARTER, 0)]


def test_a_snap_whose_second_beam_was_not_seen_comes_back():
    pair = group(1, eighth(0), eighth(4, dots=1))
    (first, *_) = repairs(BarSigns((*pair, quarter(8))), F(2))
    assert kinds(first) == [(SIXTEENTH, 0), (EIGHTH, 1), (NoteType.QUARTER, 0)]


def test_a_dotted_pair_whose_dot_was_not_seen_comes_back():
    pair = group(1, eighth(0), eighth(4, strokes=2))
    (first, *_) = repairs(BarSigns((*pair, quarter(8))), F(2))
    assert kinds(first) == [(EIGHTH, 1), (SIXTEENTH, 0), (NoteType.QUARTER, 0)]


def test_a_beam_too_few_over_a_whole_group_comes_back():
    four = group(1, *(eighth(3 * n) for n in range(4)))
    (first, *_) = repairs(BarSigns((*four, quarter(14))), F(2))
    assert kinds(first) == [(SIXTEENTH, 0)] * 4 + [(NoteType.QUARTER, 0)]


def test_a_doubtful_speck_that_was_read_as_a_rest_goes_first():
    signs = BarSigns((quarter(0), rest(4, EIGHTH, certainty=0.2), quarter(8)))
    (first, *_) = repairs(signs, F(2))
    assert kinds(first) == [(NoteType.QUARTER, 0)] * 2


@pytest.mark.parametrize(
    ("seen", "metre", "meant"),
    [
        ([half(0)], F(3), [(NoteType.HALF, 1)]),
        ([quarter(0), quarter(5)], F(3), [(NoteType.HALF, 0), (NoteType.QUARTER, 0)]),
        ([quarter(0), rest(5, NoteType.HALF)], F(2), [(NoteType.QUARTER, 0)] * 2),
        ([quarter(0), quarter(5)], F(3, 2), [(EIGHTH, 0), (NoteType.QUARTER, 0)]),
    ],
    ids=["dot", "hollow", "rest", "flag"],
)
def test_a_single_slip_is_among_the_repairs(seen, metre, meant):
    assert meant in [kinds(r) for r in repairs(BarSigns(tuple(seen)), metre)]


def test_a_bar_that_sums_has_no_repairs():
    assert repairs(BarSigns((quarter(0), quarter(5))), F(2)) == []
    assert repairs(BarSigns(()), F(2)) == []


def test_a_grace_note_is_never_given_time():
    for found in repairs(BarSigns((grace(0), quarter(3), quarter(8))), F(3)):
        assert [s.length for s in found.timed if isinstance(s, ChordSign) and s.grace] in ([F(0)], [])


MOVES = st.builds(
    lambda strokes, dots, filled, sure: (strokes if filled else 0, dots, filled, sure),
    st.integers(0, 3), st.integers(0, 1), st.booleans(), st.floats(0.05, 1.0),
)  # fmt: skip


@settings(deadline=None, max_examples=60)
@given(
    st.lists(MOVES, min_size=1, max_size=7),
    st.sampled_from([F(2), F(3), F(4), F(9, 2)]),
    st.floats(0.05, 1.0),
)
def test_repairs_always_sum_and_never_seem_surer_than_what_was_seen(moves, metre, certainty):
    timed = tuple(
        replace(
            quarter(6.0 * n, strokes=strokes, dots=dots, filled=filled, certainty=sure),
            group=1 + n // 3 if strokes else None,
        )
        for n, (strokes, dots, filled, sure) in enumerate(moves)
    )
    seen = BarSigns(timed, certainty=certainty)
    found = repairs(seen, metre)
    assert len(found) <= MOST
    for one in found:
        there = placed(one.timed)
        assert total(there) == metre
        assert sums(there, metre) == 1.0
        assert one.certainty <= certainty
        assert one.meaning() != seen.meaning()
        assert {s.x for s in one.timed} <= {s.x for s in timed}, "a repair invents no sign"
    assert [r.certainty for r in found] == sorted((r.certainty for r in found), reverse=True)
    if total(placed(timed)) == metre:
        assert found == []
