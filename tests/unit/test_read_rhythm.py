"""When signs sound: columns, voices, tuplets, and how well a bar fills its metre."""

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models.notation.score import Metre, NoteType
from models.read.meaning.rhythm import (
    DOES_NOT_SUM,
    columns,
    placed,
    sums,
    total,
    with_whole_rests,
)
from models.read.meaning.signs import (
    BarSigns,
    RestSign,
    StaffBar,
    TupletSign,
)
from models.read.meaning.tuplets import implied_triplets, summing_tuplets, with_tuplets
from models.read.ranking.bars import bar_readings, staff_readings
from tests.signs import FRAME, F, eighth, grace, group, half, onsets, quarter, rest

# Columns and onsets


def test_signs_of_one_voice_follow_one_another():
    assert onsets([quarter(0), eighth(5), eighth(8, dots=1), rest(12)]) == [
        (0, 0), (5, 1), (8, F(3, 2)), (12, F(9, 4)),
    ]  # fmt: skip


def test_order_along_the_staff_decides_not_the_order_of_finding():
    assert onsets([quarter(9), half(0)]) == [(0, 0), (9, 2)]


def test_stems_apart_in_one_column_begin_together():
    assert columns([quarter(5, stem="up"), half(5.4, -1, stem="down")]) == [
        [quarter(5, stem="up"), half(5.4, -1, stem="down")]
    ]


def test_stems_alike_side_by_side_follow_one_another():
    assert len(columns([quarter(5), quarter(5.6)])) == 2


def test_a_second_between_voices_pushes_a_head_aside():
    near, far = half(6.2, 2, stem="down"), half(6.2, -2, stem="down")
    assert len(columns([quarter(5, 3, stem="up"), near])) == 1
    assert len(columns([quarter(5, 3, stem="up"), far])) == 2


def test_a_grace_note_has_a_column_of_its_own_and_takes_no_time():
    signs = [grace(4.6), quarter(5.2), quarter(9)]
    assert len(columns(signs)) == 3
    assert onsets(signs) == [(4.6, 0), (5.2, 0), (9, 1)]
    assert total(placed(signs)) == 2


def test_two_voices_over_a_half_note():
    signs = [
        quarter(0, 6, stem="up"), half(0, -1, stem="down"), quarter(5, 7, stem="up"),
        quarter(10, 8, stem="up"), quarter(10, 0, stem="down"),
    ]  # fmt: skip
    found = {(p.sign.x, p.sign.stem): (p.onset, p.voice) for p in placed(signs)}
    assert found == {
        (0, "up"): (0, 1), (0, "down"): (0, 2), (5, "up"): (1, 1), (10, "up"): (2, 1), (10, "down"): (2, 2),
    }  # fmt: skip


def test_a_dotted_note_against_three():
    signs = [half(0, -1, stem="down", dots=1), *(quarter(x, 6, stem="up") for x in (0, 5, 10))]
    found = placed(signs)
    assert [p.onset for p in found if p.voice == 1] == [0, 1, 2]
    assert [p.onset for p in found if p.voice == 2] == [0]
    assert sums(found, F(3)) == 1.0


def test_a_rest_joins_the_voice_on_whose_side_it_stands():
    signs = [
        quarter(0, 6, stem="up"), half(0, -1, stem="down"), rest(5, place=7.0), quarter(10, 6, stem="up"),
        rest(10, place=-2.0),
    ]  # fmt: skip
    voices = {(p.sign.x, p.sign.place): p.voice for p in placed(signs) if isinstance(p.sign, RestSign)}
    assert voices == {(5, 7.0): 1, (10, -2.0): 2}


def test_stems_that_only_change_sides_are_one_voice():
    assert {p.voice for p in placed([quarter(0, stem="up"), quarter(5, 7, stem="down")])} == {1}


WRITTEN = {
    F(1, 2): {"strokes": 1},
    F(1): {},
    F(3, 2): {"dots": 1},
    F(2): {"filled": False},
    F(3): {"filled": False, "dots": 1},
    F(4): {"filled": False, "stem": None},
}


@st.composite
def rows(draw):
    """Signs of one voice that fill 4/4, each where it would stand: twelve staff spaces to a quarter note."""
    now, signs = F(0), []
    while now < 4:
        length = draw(st.sampled_from([k for k in WRITTEN if k <= 4 - now]))
        signs.append(quarter(12 * now, **WRITTEN[length]))
        now += length
    return signs


@settings(deadline=None, max_examples=40)
@given(rows())
def test_a_full_row_fills_its_bar_without_gap_or_overlap(signs):
    found = placed(signs)
    assert [p.onset for p in found] == [F(p.sign.x) / 12 for p in found]
    assert {p.voice for p in found} == {1}
    assert sums(found, F(4)) == 1.0


@settings(deadline=None, max_examples=40)
@given(rows(), rows(), st.randoms(use_true_random=False))
def test_two_full_voices_sound_when_they_stand_and_none_overlaps_itself(upper, lower, shuffle):
    mixed = [*upper, *(replace(s, stem="down" if s.stem else None, x=s.x + 0.25) for s in lower)]
    shuffle.shuffle(mixed)
    found = placed(mixed)
    assert len(found) == len(mixed)
    assert all(abs(p.onset - F(p.sign.x) / 12) < F(1, 20) for p in found)
    ends = {}
    for one in sorted(found, key=lambda p: (p.voice, p.onset)):
        assert ends.get(one.voice, F(0)) <= one.onset
        ends[one.voice] = one.end
    assert sums(found, F(4)) >= 0.9


# Summing


@pytest.mark.parametrize(
    ("signs", "metre", "edge", "grade"),
    [
        ([quarter(0), quarter(5)], F(2), False, 1.0),
        ([quarter(0)], None, False, 1.0),
        ([], F(4), False, 1.0),
        ([rest(5, NoteType.WHOLE, whole_bar=True)], F(3), False, 1.0),
        ([quarter(0)], F(3), False, DOES_NOT_SUM),
        ([quarter(0)], F(3), True, 0.9),
        ([half(0), half(5)], F(3), True, DOES_NOT_SUM),
        ([quarter(0), quarter(5), quarter(9), eighth(12)], F(4), False, 0.5),
    ],
    ids=["full", "no metre", "empty", "rest", "short", "pickup", "too long for a pickup", "nearly"],
)
def test_how_far_a_bar_sums(signs, metre, edge, grade):
    assert sums(placed(signs), metre, edge=edge) == grade


def test_the_further_from_its_metre_the_worse():
    grades = [sums(placed([quarter(5 * n) for n in range(count)]), F(3)) for count in (3, 4, 5)]
    assert grades == sorted(grades, reverse=True)
    assert len(set(grades)) == 3, "a bar far too full is worse than one that merely misses"
    assert grades[-1] > 0


def test_a_second_voice_that_ends_early_is_a_little_worse():
    upper = [quarter(x, 6, stem="up") for x in (0, 5, 10)]
    full = sums(placed([*upper, half(0, -1, stem="down", dots=1)]), F(3))
    short = sums(placed([*upper, half(0, -1, stem="down")]), F(3))
    assert 0.5 < short < full == 1.0


@pytest.mark.parametrize("edge", [True, False], ids=["first or last bar", "inner bar"])
def test_a_pickup_is_believed_at_the_edge_alone(edge):
    seen = StaffBar(FRAME, (BarSigns((half(5),)),))
    (first, *others) = staff_readings(seen, Metre(3, 4), edge=edge)
    assert first.signs.timed == (half(5),), "what was seen comes first"
    assert (first.grade >= 0.9) is edge
    assert [o.sums for o in others] == ([] if edge else [True]), (
        "a pickup lacks nothing that a dot would mend"
    )


def test_only_a_lone_whole_rest_lasts_as_long_as_its_bar():
    (alone,) = with_whole_rests((rest(5, NoteType.WHOLE),))
    assert alone.whole_bar
    with_note = with_whole_rests((rest(5, NoteType.WHOLE), quarter(9)))
    assert not with_note[0].whole_bar
    assert not with_whole_rests((rest(5, NoteType.HALF),))[0].whole_bar


# Tuplets


def three(number=3, x=3.0, start=0.0):
    return BarSigns(
        tuple(group(1, *(eighth(start + 3 * n) for n in range(3)))), tuplets=(TupletSign(x, 10, number),)
    )


def test_a_number_over_a_beamed_group():
    found = with_tuplets(three())
    assert [s.tuplet for s in found.timed] == [(3, 2)] * 3
    assert [s.tuplet_mark for s in found.timed] == ["start", None, "stop"]
    assert total(placed(found.timed)) == 1


def test_a_number_far_from_any_group_is_none():
    assert with_tuplets(three(x=14.0)).timed == three().timed


def test_a_number_takes_the_group_at_whose_middle_it_stands():
    signs = (*group(1, eighth(0), eighth(3), eighth(6)), *group(2, eighth(10), eighth(13), eighth(16)))
    found = with_tuplets(BarSigns(signs, tuplets=(TupletSign(13.2, 10, 3),)))
    assert [s.tuplet for s in found.timed] == [(1, 1)] * 3 + [(3, 2)] * 3


def test_two_numbers_make_two_triplets():
    signs = (*group(1, eighth(0), eighth(3), eighth(6)), *group(2, eighth(10), eighth(13), eighth(16)))
    found = with_tuplets(BarSigns(signs, tuplets=(TupletSign(3, 10, 3), TupletSign(13, 10, 3))))
    assert total(placed(found.timed)) == 2
    assert [s.tuplet_mark for s in found.timed] == ["start", None, "stop"] * 2


def test_a_bracketed_triplet_of_a_long_and_a_short_note():
    signs = (quarter(0), eighth(4), quarter(9), quarter(14))
    found = with_tuplets(BarSigns(signs, tuplets=(TupletSign(2.0, 10, 3),)))
    assert [s.tuplet for s in found.timed] == [(3, 2), (3, 2), (1, 1), (1, 1)]
    assert total(placed(found.timed)) == 3


def test_triplets_with_a_rest():
    signs = (rest(0, NoteType.EIGHTH), eighth(3), eighth(6), quarter(12))
    found = with_tuplets(BarSigns(signs, tuplets=(TupletSign(3.0, 10, 3),)))
    assert [s.tuplet for s in found.timed] == [(3, 2)] * 3 + [(1, 1)]


def test_groups_of_three_are_triplets_where_the_bar_then_sums():
    signs = BarSigns((*group(1, eighth(0), eighth(3), eighth(6)), quarter(10)))
    found = implied_triplets(signs, F(2))
    assert [s.tuplet for s in found.timed] == [(3, 2)] * 3 + [(1, 1)]
    assert [s.tuplet_mark for s in found.timed] == ["start", None, "stop", None]
    assert implied_triplets(signs, F(5, 2)) is None, "the bar sums as it stands"
    assert implied_triplets(signs, F(3)) is None, "it would not sum as triplets either"
    assert implied_triplets(signs, None) is None


def test_a_group_of_six_is_two_triplets():
    six = group(1, *(eighth(3 * n, strokes=2) for n in range(6)))
    found = implied_triplets(BarSigns(tuple(six)), F(1))
    assert [s.tuplet_mark for s in found.timed] == ["start", None, "stop"] * 2


def test_three_of_unlike_length_are_no_triplet():
    signs = BarSigns((*group(1, eighth(0, dots=1), eighth(3, strokes=2), eighth(6)), quarter(10)))
    assert implied_triplets(signs, F(2)) is None


def test_implied_triplets_are_a_reading_that_comes_first():
    signs = BarSigns((*group(1, eighth(0), eighth(3), eighth(6)), quarter(10)))
    (first, *_) = staff_readings(StaffBar(FRAME, (signs,)), Metre(2, 4))
    assert first.sums
    assert first.signs.timed[0].tuplet == (3, 2)


def doubtful(x):
    return TupletSign(x, 10, None, 0.3)


@pytest.mark.parametrize(("count", "ratio"), [(3, (3, 2)), (5, (5, 4)), (6, (6, 4)), (7, (7, 4))], ids=str)
def test_a_doubtful_number_over_equal_notes_is_their_count(count, ratio):
    strokes = 1 if count == 3 else 2
    run = group(1, *(eighth(3 * n, strokes=strokes) for n in range(count)))
    bar = BarSigns((*run, quarter(40)), tuplets=(doubtful(1.5 * (count - 1)),))
    found = summing_tuplets(bar, Metre(2, 4))
    assert [s.tuplet for s in found.timed] == [ratio] * count + [(1, 1)]
    assert with_tuplets(bar).timed == bar.timed, "without the sum it is not believed"
    assert summing_tuplets(replace(bar, tuplets=()), Metre(2, 4)) is None
    assert summing_tuplets(bar, Metre(3, 4)) is None


@pytest.mark.parametrize(("count", "ratio"), [(2, (2, 3)), (4, (4, 3))])
def test_duplets_and_quadruplets_stand_in_compound_metres(count, ratio):
    run = group(1, *(eighth(3 * n) for n in range(count)))
    bar = BarSigns((*run, quarter(40, dots=1)), tuplets=(doubtful(1.5 * (count - 1)),))
    found = summing_tuplets(bar, Metre(6, 8))
    assert [s.tuplet for s in found.timed] == [ratio] * count + [(1, 1)]
    assert summing_tuplets(bar, Metre(4, 4)) is None


def test_a_triplet_of_unlike_notes_and_a_rest_sums_by_its_number():
    pair = group(1, eighth(8, strokes=2), eighth(12))
    bar = BarSigns((eighth(0), rest(4, NoteType.N16), *pair, quarter(20)), tuplets=(doubtful(6.0),))
    found = summing_tuplets(bar, Metre(2, 4))
    assert [s.tuplet for s in found.timed] == [(3, 2)] * 4 + [(1, 1)]
    assert [s.tuplet_mark for s in found.timed] == ["start", None, None, "stop", None]


def test_a_fingering_over_a_bar_that_sums_is_no_tuplet():
    run = group(1, eighth(0), eighth(3), eighth(6))
    bar = BarSigns((*run, eighth(12), quarter(20)), tuplets=(doubtful(3.0),))
    (first, *_) = staff_readings(StaffBar(FRAME, (bar,)), Metre(3, 4))
    assert first.sums
    assert {s.tuplet for s in first.signs.timed} == {(1, 1)}


@pytest.mark.parametrize(("metre", "kind"), [(Metre(4, 2), NoteType.BREVE), (Metre(4, 4), NoteType.WHOLE)])
def test_a_double_whole_note_stands_where_a_bar_can_hold_it(metre, kind):
    wide = quarter(8, filled=False, stem=None, breve=True)
    (first, *_) = staff_readings(StaffBar(FRAME, (BarSigns((wide,)),)), metre)
    assert (first.signs.timed[0].type, first.sums) == (kind, True)


def crossing(upper, lower, metre):
    staves = [StaffBar(FRAME, (BarSigns(tuple(signs)),)) for signs in (upper, lower)]
    (first, *_) = bar_readings(staves, metre)
    return first.sums, [[(p.sign.x, p.onset) for p in staff.placed] for staff in first.staves]


def test_a_voice_that_crosses_from_staff_to_staff_is_placed_over_both():
    upper = [eighth(20), eighth(30)]
    lower = [eighth(0), eighth(10), quarter(40)]
    assert crossing(upper, lower, Metre(3, 4)) == (
        True,
        [[(20, 1), (30, F(3, 2))], [(0, 0), (10, F(1, 2)), (40, 2)]],
    )


def test_staves_that_fill_their_bar_keep_their_own_onsets():
    upper = [half(0), quarter(40)]
    lower = [quarter(0), quarter(20), quarter(40)]
    sums_, onsets_ = crossing(upper, lower, Metre(3, 4))
    assert sums_
    assert onsets_ == [[(0, 0), (40, 2)], [(0, 0), (20, 1), (40, 2)]]


def test_staves_that_do_not_sum_together_either_stay_apart():
    sums_, (upper, _) = crossing([eighth(20), eighth(30)], [eighth(0), eighth(10)], Metre(4, 4))
    assert not sums_
    assert upper[0] == (20, 0)
