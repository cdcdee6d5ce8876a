"""The metre of each bar of a page: the one seen, outvoted where hardly a bar fills it, or told by what most bars last."""

from fractions import Fraction

import pytest

from models.notation.score import Metre
from models.read.meaning.signs import (
    ChordSign,
    HeadSign,
)
from tests.contexts import (
    bar,
    metres_of,
    one_staff,
    read,
    start,
)


def bars_of(count, beats, **first):
    return [start(count=beats, **first), *(bar(count=beats) for _ in range(count - 1))]


def test_a_metre_holds_until_the_next():
    page = one_staff([start(metre=Metre(3, 4), count=3), bar(count=3), bar(metre=Metre(2, 4), count=2), bar(count=2)])  # fmt: skip
    best = read(page)[0]
    assert metres_of(best) == [Metre(3, 4)] * 2 + [Metre(2, 4)] * 2
    assert not best.inferred


def test_a_metre_goes_on_over_the_next_system():
    page = one_staff(bars_of(2, 3, metre=Metre(3, 4)), bars_of(2, 3))
    assert metres_of(read(page)[0]) == [Metre(3, 4)] * 4


def test_most_staves_decide():
    seen = [Metre(3, 4), Metre(2, 4), Metre(3, 4)]
    page = [[[start(metre=m, count=3), bar(count=3)] for m in seen]]
    assert metres_of(read(page, [[0], [1], [2]])[0]) == [Metre(3, 4)] * 2


def test_a_metre_that_hardly_any_bar_fills_was_misread():
    best = read(one_staff(bars_of(8, 3, metre=Metre(2, 4))))[0]
    assert metres_of(best) == [Metre(3, 4)] * 8
    assert not best.inferred


def test_the_unit_of_a_misread_metre_is_kept_where_it_can_be():
    assert metres_of(read(one_staff(bars_of(8, 3, metre=Metre(8, 8))))[0]) == [Metre(6, 8)] * 8


def test_few_bars_do_not_outvote_a_metre():
    assert metres_of(read(one_staff(bars_of(4, 3, metre=Metre(4, 4))))[0]) == [Metre(4, 4)] * 4


def test_bars_without_agreement_do_not_outvote_a_metre():
    page = one_staff([start(metre=Metre(7, 4), count=1), *(bar(count=1 + n % 6) for n in range(1, 9))])
    assert metres_of(read(page)[0]) == [Metre(7, 4)] * 9


def test_a_metre_some_bars_fill_is_kept():
    counts = [4, 4, 3, 3, 3, 3, 3, 4]
    page = one_staff([start(metre=Metre(4, 4)), *(bar(count=c) for c in counts)])
    assert metres_of(read(page)[0]) == [Metre(4, 4)] * 9


def test_a_metre_that_is_not_seen_is_what_most_bars_last():
    page = one_staff([start(count=1), *(bar(count=3) for _ in range(4)), bar(count=2)])
    best = read(page)[0]
    assert best.inferred
    assert metres_of(best) == [Metre(3, 4)] * 6


def test_eighths_give_a_metre_of_eighths():
    timed = (ChordSign(14.0, (HeadSign(14.0, 3.0),), dots=1),)
    best = read(one_staff([start(timed=timed), *(bar(timed=timed) for _ in range(3))]))[0]
    assert [m.quarters for m in metres_of(best)] == [Fraction(3, 2)] * 4
    assert metres_of(best)[0] == Metre(3, 8)


@pytest.mark.parametrize("counts", [(3, 3), (1, 2, 3, 4)], ids=["too few", "no agreement"])
def test_no_metre_is_told_without_evidence(counts):
    best = read(one_staff([start(count=counts[0]), *(bar(count=c) for c in counts[1:])]))[0]
    assert best.inferred
    assert set(metres_of(best)) == {None}
