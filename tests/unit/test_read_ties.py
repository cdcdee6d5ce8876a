"""Arcs as ties and slurs: the bars are laid out by hand, one staff, places in staff spaces and half spaces."""

from dataclasses import replace
from fractions import Fraction

import pytest

from models.read.meaning.marks import Mark
from models.read.meaning.rhythm import Placed
from models.read.meaning.signs import ArcSign, ChordSign, HeadSign
from models.read.meaning.ties import BarOnStaff, arcs_of

F = Fraction


def chord(x, *places, stem="up", filled=True, accidental=None, **more):
    heads = tuple(HeadSign(float(x), float(place), accidental) for place in places)
    return ChordSign(float(x), heads, stem=stem, filled=filled, **more)


def bar(*signs, arcs=(), system=0, voices=None, onsets=None, hairpins=()):
    """A bar of signs one after another, or at the onsets and in the voices given."""
    placed, now = [], F(0)
    for n, sign in enumerate(signs):
        at = now if onsets is None else F(onsets[n])
        placed.append(Placed(sign, at, 1 if voices is None else voices[n]))
        now += sign.length
    return BarOnStaff(placed, arcs, F(4), hairpins, system)


def over(first, last, *, place=None, rise=-1.0):
    """An arc from over one chord to over another."""
    y = (first.heads[0].place if place is None else place) + rise
    return ArcSign((first.x + 0.9, y), (last.x - 0.9, y))


def tied(found):
    """(bar, place) at which ties start and stop."""
    starts = sorted((n, head.place) for n, one in enumerate(found) for _, head in one.starts)
    return starts, sorted((n, head.place) for n, one in enumerate(found) for _, head in one.stops)


def slurred(found):
    return [
        (n, kind, number)
        for n, one in enumerate(found)
        for ends in one.slurs.values()
        for kind, number in ends
    ]


def test_an_arc_between_two_heads_at_one_place_is_a_tie_and_any_other_a_slur():
    a, b, c = chord(10, 3), chord(16, 3), chord(22, 5)
    found = arcs_of([bar(a, b, c, arcs=(over(a, b), replace(over(b, c), right=(21.2, 4.0))))])
    assert tied(found) == ([(0, 3.0)], [(0, 3.0)])
    assert slurred(found) == [(0, "start", 1), (0, "stop", 1)]


@pytest.mark.parametrize("owner", [0, 1], ids=["seen in the first bar", "seen in the second"])
def test_arcs_lead_over_bar_lines_whichever_bar_they_were_seen_in(owner):
    a, b, c, d = chord(10, 3), chord(16, 3), chord(24, 3), chord(30, 6)
    arcs = (over(b, c), replace(over(b, d), right=(29.2, 5.0)))
    bars = [bar(a, b, arcs=arcs if owner == 0 else ()), bar(c, d, arcs=arcs if owner == 1 else ())]
    found = arcs_of(bars)
    assert tied(found) == ([(0, 3.0)], [(1, 3.0)])
    assert found[0].carried == {b.heads[0]}
    assert slurred(found) == [(0, "start", 1), (1, "stop", 1)]


def test_the_slur_of_a_grace_note_ties_no_notes_around_it():
    a, grace, b = chord(10, 3), chord(12, 4, grace=True), chord(14, 3)
    found = arcs_of([bar(a, grace, b, onsets=(0, 1, 1), arcs=(ArcSign((12.3, 2.0), (13.4, 2.0)),))])
    assert tied(found) == ([], [])
    assert slurred(found) == [(0, "start", 1), (0, "stop", 1)]
    over_it = arcs_of([bar(a, grace, b, onsets=(0, 1, 1), arcs=(over(a, b),))])
    assert tied(over_it) == ([(0, 3.0)], [(0, 3.0)])


def test_a_tie_of_one_voice_passes_the_notes_of_the_other():
    long, last = chord(10, 1, stem="down", filled=False), chord(30, 1, stem="down", filled=False)
    above = [chord(10, 8), chord(20, 6)]
    found = arcs_of(
        [bar(long, *above, last, arcs=(over(long, last),), voices=[2, 1, 1, 2], onsets=[0, 0, 1, 2])]
    )
    assert tied(found) == ([(0, 1.0)], [(0, 1.0)])


def test_a_phrase_that_comes_back_to_its_first_note_is_a_slur():
    a, b, c = chord(10, 3), chord(16, 4), chord(22, 3)
    found = arcs_of([bar(a, b, c, arcs=(over(a, c),))])
    assert tied(found) == ([], [])
    assert slurred(found) == [(0, "start", 1), (0, "stop", 1)]


def test_each_head_of_a_chord_has_a_tie_of_its_own():
    a, b = chord(10, -3, 1, 4, filled=False), chord(20, 4, 1, -3, filled=False)
    found = arcs_of([bar(a, b, arcs=tuple(over(a, b, place=p) for p in (-3, 1, 4)))])
    assert tied(found) == ([(0, -3.0), (0, 1.0), (0, 4.0)],) * 2


def test_a_sign_that_changes_the_note_makes_it_no_tie():
    a, b = chord(10, 3), chord(16, 3, accidental="sharp")
    assert tied(arcs_of([bar(a, b, arcs=(over(a, b),))])) == ([], [])


def test_the_stroke_of_a_hairpin_is_no_slur():
    a, b = chord(10, 2), chord(24, 3)
    stroke = ArcSign((9.8, -2.5), (23.8, -2.0))
    hairpin = Mark("crescendo", 9.7, 24.0, placement="below")
    assert slurred(arcs_of([bar(a, b, arcs=(stroke,))]))
    assert not slurred(arcs_of([bar(a, b, arcs=(stroke,), hairpins=(hairpin,))]))


def test_two_halves_of_an_arc_at_the_ends_of_two_systems_are_one():
    a, b, c, d = chord(10, 3), chord(60, 3), chord(12, 3), chord(20, 6)
    bars = [
        bar(a, b, arcs=(ArcSign((60.9, 2.0), (64.0, 2.0)), ArcSign((60.0, 11.0), (64.0, 12.0)))),
        bar(c, d, arcs=(ArcSign((8.0, 2.0), (11.1, 2.0)), ArcSign((8.0, 13.0), (20.0, 13.5))), system=1),
    ]
    found = arcs_of(bars)
    assert tied(found) == ([(0, 3.0)], [(1, 3.0)])
    assert slurred(found) == [(0, "start", 1), (1, "stop", 1)]


def test_a_tie_out_of_the_last_note_of_a_system_is_open_where_its_other_half_is_not_seen():
    a, b = chord(10, 3), chord(60, 3)
    found = arcs_of([bar(a, b, arcs=(ArcSign((60.9, 2.0), (64.0, 2.0)),))])
    assert found[0].open_end == {(id(b), b.heads[0])}


def test_slurs_that_last_at_once_have_numbers_of_their_own():
    a, b, c, d = chord(10, 3), chord(16, 4), chord(22, 6), chord(28, 7)
    outer, inner = ArcSign((10, 11.0), (28, 14.0)), ArcSign((16, 2.0), (22, 4.0))
    found = arcs_of([bar(a, b, c, d, arcs=(outer, inner))], first_number=7)
    assert sorted(slurred(found)) == [(0, "start", 7), (0, "start", 8), (0, "stop", 7), (0, "stop", 8)]
