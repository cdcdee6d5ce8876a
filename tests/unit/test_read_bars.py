"""Bar lines of a system: where bars begin and end, what repeats and heavy lines say, which staves share them."""

from dataclasses import replace

import numpy as np
import pytest

from models.read.meaning.barring import bars_of, staff_signs, unwritten
from models.read.page.preparation import PreparedPage
from models.read.page.staves import SPACE, STRIP_ROWS, TOP_LINE, Staff, Strip, System
from models.read.primitives import row_at
from tests.marks import blob, line, note

LEFT, WIDE = 3.0, 60.0  # where a staff begins on its strip, how wide it is, in staff spaces


def staff(number=0, wide=WIDE):
    """A staff that lies on its page as its strip does, 300 pixels below the one before."""
    columns, top = int((wide + 2 * LEFT) * SPACE), 300 * number
    map_y, map_x = np.mgrid[:STRIP_ROWS, :columns].astype(np.float32)
    page = PreparedPage(np.zeros((1, 1), np.uint8), 20.0, 2.0, np.eye(2, 3), (2000, 3000))
    strip = Strip(np.zeros((STRIP_ROWS, columns), np.uint8), map_x, map_y + top, 2.0)
    xs = np.array([LEFT * SPACE, (LEFT + wide) * SPACE])
    lines = np.array([[TOP_LINE + top + SPACE * n] * 2 for n in range(5)], float)
    return Staff(number, xs, lines, 20.0, 2.0, 1.0, page, strip)


def system(staves=1):
    return System(0, tuple(staff(n) for n in range(staves)))


def bar_line(x, thickness=0.15, certainty=0.9, top=-4.0, bottom=0.0):
    return line("bar_line", x, top, x, bottom, thickness, certainty)


def notes(*places):
    return [p for x in places for p in note(x, 4)]


def clef(x=5.0):
    return blob("treble_clef", x, 3.6, 2.5, 7.0)


def repeat_dots(x):
    return [blob("dot", x, step, 0.4, 0.4) for step in (3, 5)]


def heads(bar):
    return [p.x for p in bar.primitives if p.label == "solid_head"]


def read(*found):
    """The bars of a single staff on which this is seen."""
    flat = [p for f in found for p in (f if isinstance(f, list) else [f])]
    (bars,) = bars_of(system(), [flat])
    return bars


def test_a_bar_ends_at_its_line_and_the_next_begins_there():
    bars = read(clef(), notes(10, 18), bar_line(30), notes(35, 44, 50), bar_line(62.9))
    assert [heads(b) for b in bars] == [[10, 18], [35, 44, 50]]
    assert bars[0].frame.right == pytest.approx(30, abs=0.2)
    assert bars[1].frame.left == pytest.approx(30, abs=0.2)
    assert [b.frame.barline for b in bars] == ["regular", "regular"]
    assert not any(p.label == "bar_line" for b in bars for p in b.primitives)


def test_a_frame_is_told_in_pixels_of_the_upload():
    (first, _) = read(notes(10), bar_line(30), notes(40), bar_line(62.9))
    x0, y0, x1, y1 = first.frame.box
    assert x0 <= 3 * SPACE
    assert x1 == pytest.approx(30 * SPACE, abs=3)
    assert y0 < row_at(8) < row_at(0) < y1


def test_the_first_bar_begins_before_its_clef_where_the_staff_was_followed_from_behind_it():
    bars = read(clef(1.9), notes(10, 18), bar_line(62.9))
    assert "treble_clef" in [p.label for p in bars[0].primitives]


def test_the_line_at_the_systems_left_end_is_no_bar_line():
    bars = read(bar_line(3.0), clef(), notes(10), bar_line(30), notes(40), bar_line(62.9))
    assert [heads(b) for b in bars] == [[10], [40]]


def test_pieces_of_a_brace_do_not_make_the_left_end_a_bar_line():
    brace = [
        line("stem", 2.2, -6.0, 2.2, 0.0),
        blob("noise", 2.5, 7, 0.4, 0.9, 0.9),
        blob("eighth_rest", 2.05, 5),
    ]
    bars = read(brace, bar_line(3.25), clef(), notes(10), bar_line(30), notes(40), bar_line(62.9))
    assert [heads(b) for b in bars] == [[10], [40]]


def test_a_sign_before_the_left_end_of_one_staff_makes_no_empty_bar_of_it():
    piece_of_name = blob("flat", 1.8, 5, 0.8, 2.4)
    edge, end = bar_line(2.6), bar_line(62.9)
    upper, lower = bars_of(
        system(2),
        [[piece_of_name, edge, *notes(10), bar_line(30), end], [edge, *notes(12), bar_line(30), end]],
    )
    assert [heads(b) for b in upper] == [[10], []]
    assert [heads(b) for b in lower] == [[12], []]


@pytest.mark.parametrize("start", [bar_line(3.1), []], ids=["behind the line", "without a line"])
def test_what_stands_before_the_staff_is_no_rest_of_the_first_bar(start):
    pieces_of_brace = [blob("eighth_rest", 2.2, 6, 0.7, 1.6), blob("quarter_rest", 1.9, 3, 0.6, 3.0)]
    first, _ = read(pieces_of_brace, start, clef(), notes(10), bar_line(30), notes(35), bar_line(62.9))
    assert not [p for p in first.primitives if "rest" in p.label]
    assert heads(first) == [10]


def test_a_rest_at_the_very_start_of_a_staff_without_clef_is_kept():
    (bar,) = read(blob("quarter_rest", 3.6, 4, 0.9, 2.8), notes(10), bar_line(62.9))
    assert [p.x for p in bar.primitives if p.label == "quarter_rest"] == [3.6]


def test_a_clef_before_the_line_of_a_torn_edge_is_kept():
    (bar,) = read(clef(2.5), notes(10), bar_line(62.9))
    assert [p.x for p in bar.primitives if p.label == "treble_clef"] == [2.5]


def test_a_clef_goes_with_the_bar_that_it_opens():
    bars = read(clef(), notes(10), bar_line(30), notes(40), bar_line(62.9))
    assert bars[0].primitives[0].label == "treble_clef"
    assert not any(p.label == "treble_clef" for p in bars[1].primitives)


def test_music_after_the_last_line_is_a_bar():
    bars = read(notes(10), bar_line(30), notes(40))
    assert [heads(b) for b in bars] == [[10], [40]]
    assert bars[1].frame.right > 60


def test_what_is_no_music_after_the_last_line_makes_no_bar():
    bars = read(notes(10), bar_line(30), blob("sharp", 40, 4, 0.9, 2.8))
    assert len(bars) == 1


def test_a_staff_without_bar_lines_is_one_bar():
    (bar,) = read(clef(), notes(10, 30, 50))
    assert heads(bar) == [10, 30, 50]


@pytest.mark.parametrize("reach", [(-4.0, -1.5), (-2.5, 0.0)], ids=["upper half", "lower half"])
def test_a_line_that_does_not_cross_the_staff_ends_no_bar(reach):
    top, bottom = reach
    (bar, _) = read(notes(10), bar_line(20, top=top, bottom=bottom), notes(25), bar_line(30), notes(40))
    assert heads(bar) == [10, 25]


def test_what_is_rather_a_stem_ends_no_bar():
    stem = line("stem", 20.0, -4.0, 20.0, 0.0, certainty=0.8)
    doubtful = type(stem)(
        "", "line", stem.box, stem.x, stem.position, {"stem": 0.8, "bar_line": 0.4}, line=stem.line
    )
    (bar, _) = read(notes(10), doubtful, notes(25), bar_line(30), notes(40))
    assert heads(bar) == [10, 25]


def test_two_thin_lines_are_a_double_bar_line():
    (first, _) = read(notes(10), bar_line(30), bar_line(30.6), notes(40), bar_line(62.9))
    assert first.frame.barline == "light-light"
    assert not first.frame.repeat_end


def test_a_heavy_line_at_the_end():
    bars = read(notes(10), bar_line(30), notes(40), bar_line(62.1), bar_line(62.8, 0.5))
    assert [b.frame.barline for b in bars] == ["regular", "light-heavy"]


def test_dots_before_a_line_end_a_repeat_and_are_no_music():
    bars = read(
        notes(10), repeat_dots(29.2), bar_line(30), bar_line(30.7, 0.5), notes(40), bar_line(62.9)
    )  # fmt: skip
    assert [(b.frame.repeat_start, b.frame.repeat_end) for b in bars] == [(False, True), (False, False)]
    assert bars[0].frame.barline == "light-heavy"
    assert not any(p.label == "dot" for b in bars for p in b.primitives)


def test_dots_after_a_line_begin_a_repeat():
    bars = read(
        notes(10), bar_line(30, 0.5), bar_line(30.7), repeat_dots(31.5), notes(40), bar_line(62.9)
    )  # fmt: skip
    assert [(b.frame.repeat_start, b.frame.repeat_end) for b in bars] == [(False, False), (True, False)]
    assert bars[0].frame.barline == "regular", "the heavy line belongs to the repeat that begins"
    assert not any(p.label == "dot" for b in bars for p in b.primitives)


def test_dots_on_both_sides_end_one_repeat_and_begin_another():
    bars = read(
        notes(10), repeat_dots(29.2), bar_line(30), bar_line(30.6, 0.5), bar_line(31.2), repeat_dots(32.0),
        notes(40), bar_line(62.9),
    )  # fmt: skip
    assert [(b.frame.repeat_start, b.frame.repeat_end) for b in bars] == [(False, True), (True, False)]


def test_a_repeat_that_begins_behind_the_clef_makes_no_empty_bar():
    bars = read(
        bar_line(3.0), clef(), bar_line(9, 0.5), bar_line(9.7), repeat_dots(10.5), notes(14),
        bar_line(30), notes(40), bar_line(62.9),
    )  # fmt: skip
    assert [heads(b) for b in bars] == [[14], [40]]
    assert [b.frame.repeat_start for b in bars] == [True, False]
    assert any(p.label == "treble_clef" for p in bars[0].primitives)


def test_pieces_of_a_clef_that_look_like_heads_do_not_part_it_from_the_repeat_behind():
    pieces = [blob("grace_head", 4.8, -2, 0.8, 0.7), blob("sixteenth_rest", 3.0, 17, 1.0, 2.0)]
    found = [
        *pieces,
        bar_line(7.5, 0.5),
        bar_line(8.3),
        repeat_dots(8.9),
        notes(12, 20),
        bar_line(30),
        bar_line(62.9),
    ]
    bars = read(*found)
    assert [heads(b) for b in bars] == [[12, 20], []]
    assert bars[0].frame.repeat_start


def test_a_note_before_a_repeat_is_a_bar_of_its_own():
    bars = read(
        clef(), notes(9), bar_line(12, 0.5), bar_line(12.8), repeat_dots(13.4), notes(18), bar_line(62.9)
    )
    assert [heads(b) for b in bars] == [[9], [18]]


def test_one_dot_beside_a_line_is_that_of_a_note():
    dotted = [*notes(27.5), blob("dot", 29.2, 5, 0.35, 0.35)]
    bars = read(dotted, bar_line(30), notes(40), bar_line(62.9))
    assert not bars[0].frame.repeat_end
    assert [p.label for p in bars[0].primitives if p.label == "dot"] == ["dot"]


def test_dots_of_a_chord_far_from_the_line_are_no_repeat():
    bars = read(notes(20), repeat_dots(21.5), bar_line(30), notes(40), bar_line(62.9))
    assert not bars[0].frame.repeat_end
    assert sum(p.label == "dot" for p in bars[0].primitives) == 2


def test_a_narrow_bar_without_music_is_none():
    bars = read(notes(10), bar_line(30), bar_line(32.5), notes(40), bar_line(62.9))
    assert [heads(b) for b in bars] == [[10], [40]]
    assert bars[1].frame.left == pytest.approx(32.5, abs=0.2)


def test_a_narrow_bar_with_a_rest_is_one():
    bars = read(
        notes(10), bar_line(30), blob("whole_rest", 31.8, 5.5, 1.2, 0.6), bar_line(33.6), notes(40),
        bar_line(62.9),
    )  # fmt: skip
    assert [[p.label for p in b.primitives if "rest" in p.label] for b in bars] == [[], ["whole_rest"], []]


def test_a_wide_bar_without_music_is_kept():
    bars = read(notes(10), bar_line(30), bar_line(38), notes(50), bar_line(62.9))
    assert [heads(b) for b in bars] == [[10], [], [50]]


# Several staves


def test_a_line_on_one_staff_of_two_is_believed_only_where_it_is_sure():
    sure, faint = [[*notes(10, 40), bar_line(30)], notes(10, 40)], [[bar_line(30, certainty=0.6)], notes(10)]
    assert [len(staff) for staff in bars_of(system(2), sure)] == [1, 1]
    assert [len(staff) for staff in bars_of(system(2), faint)] == [1, 1]
    both = [[*notes(10, 40), bar_line(30, certainty=0.6)], [*notes(10, 40), bar_line(30.3, certainty=0.6)]]
    assert [len(staff) for staff in bars_of(system(2), both)] == [2, 2]


def test_two_of_three_staves_outvote_the_third_and_it_is_cut_there_too():
    seen = [[*notes(10, 40), bar_line(30)], notes(10, 28, 40), [*notes(10, 40), bar_line(30.2)]]
    found = bars_of(system(3), seen)
    assert [[heads(b) for b in staff] for staff in found] == [
        [[10], [40]], [[10, 28], [40]], [[10], [40]],
    ]  # fmt: skip


def test_a_long_stem_through_one_staff_of_three_is_no_bar_line():
    seen = [[*notes(10, 40), bar_line(25), bar_line(30)], *([*notes(10, 40), bar_line(30)] for _ in range(2))]
    assert [len(staff) for staff in bars_of(system(3), seen)] == [2, 2, 2]


def test_every_staff_has_as_many_bars():
    seen = [[*notes(10, 40), bar_line(30), bar_line(62.9)], [*notes(10), bar_line(30.1), bar_line(62.8)]]
    assert [len(staff) for staff in bars_of(system(2), seen)] == [2, 2]


def test_staves_of_other_widths_share_their_lines_in_proportion():
    joined = System(0, (staff(0, 60.0), staff(1, 63.0)))
    seen = [[*notes(10, 50), bar_line(3 + 30.0)], [*notes(10, 50), bar_line(3 + 31.5)]]
    found = bars_of(joined, seen)
    assert [staff[0].frame.right for staff in found] == pytest.approx([33.0, 34.5], abs=0.2)


# Never a bar left of the first or right of the last


def test_a_line_close_behind_the_metre_ends_no_bar():
    metre = [blob("digit_4", 9.0, step, 1.2, 2.0) for step in (6, 2)]
    bars = read(clef(), metre, bar_line(10.4), notes(14, 20), bar_line(30), notes(40), bar_line(62.9))
    assert [heads(b) for b in bars] == [[14, 20], [40]]


def test_a_first_bar_whose_rest_was_not_seen_stays_a_bar():
    metre = [blob("digit_4", 9.0, step, 1.2, 2.0) for step in (6, 2)]
    bars = read(clef(), metre, bar_line(20), notes(24), bar_line(62.9))
    assert [heads(b) for b in bars] == [[], [24]]


def test_letters_above_the_staff_behind_the_last_line_are_no_bar():
    letter = blob("hollow_head", 58, 10.8, 1.2, 1.0)
    bars = read(clef(), notes(14), bar_line(30), notes(40), bar_line(50), letter)
    assert [heads(b) for b in bars] == [[14], [40]]


# What a layout asks of a staff


def test_a_staff_tells_where_bar_lines_cross_it_and_its_first_clef():
    seen = [clef(), *notes(10), bar_line(15), bar_line(30), bar_line(40, certainty=0.4)]
    told = staff_signs(staff(), seen)
    assert told.bar_lines == pytest.approx([15 * SPACE, 30 * SPACE], abs=1)
    assert told.clef == "treble_clef"


def test_a_staff_without_bar_lines_and_clef_tells_none():
    told = staff_signs(staff(), notes(10))
    assert (list(told.bar_lines), told.clef) == ([], None)


def test_a_staff_whose_beginning_was_not_followed_shares_the_bar_lines_of_the_others():
    whole, short = staff(0), staff(1, 50.0)
    late = replace(short, xs=short.xs + 10 * SPACE)  # its lines were followed from ten staff spaces on
    joined = System(0, (whole, late, staff(2)))
    seen = [[*notes(20, 50), bar_line(33)], [*notes(20, 50), bar_line(23)], [*notes(20, 50), bar_line(33)]]
    found = bars_of(joined, seen)
    assert [len(bars) for bars in found] == [2, 2, 2]
    assert [bars[0].frame.right for bars in found] == pytest.approx([33, 23, 33], abs=0.2)


def test_what_stands_before_the_first_clef_is_no_music():
    bracket = blob("eighth_rest", 2.9, 4, 0.8, 1.5)
    (bar,) = read(bracket, clef(), blob("eighth_rest", 12, 4, 0.8, 1.5), notes(18), bar_line(62.9))
    assert [p.x for p in bar.primitives if p.label == "eighth_rest"] == [12]


def test_without_a_clef_what_stands_first_is_kept():
    (bar,) = read(blob("eighth_rest", 4, 4, 0.8, 1.5), notes(18), bar_line(62.9))
    assert [p.x for p in bar.primitives if p.label == "eighth_rest"] == [4]


def test_a_bar_line_that_runs_on_below_joins_its_staff_to_the_next():
    one = staff()
    ink = one.strip.ink
    for x, bottom in ((30, STRIP_ROWS), (62.9, TOP_LINE + 4 * SPACE)):
        ink[TOP_LINE:bottom, int(x * SPACE) - 1 : int(x * SPACE) + 2] = 255
    found = [clef(), *notes(10, 35), bar_line(30), bar_line(62.9)]
    ((first, second),) = bars_of(System(0, (one,)), [found])
    assert (first.frame.joined, second.frame.joined) == (True, False)


@pytest.mark.parametrize(
    ("seen", "blank"),
    [
        ([], True),
        ([blob("noise", 20, 4), blob("text", 30, -6), bar_line(3.1), bar_line(62.9)], True),
        ([blob("treble_clef", 5, 3.6, 2.5, 7.0)], False),
        ([blob("whole_rest", 30, 5)], False),
        ([bar_line(30)], False),
        ([blob("solid_head", 30, 17)], True),
    ],
    ids=["nothing", "specks and ruled ends", "a clef", "a rest", "a bar line", "a head of the next staff"],
)
def test_blank_staves_below_the_music_are_not_read(seen, blank):
    music = [clef(), *notes(10, 18), bar_line(30)]
    assert unwritten([system(), system()], [[music], [seen]]) == ([1] if blank else [])


def test_an_empty_staff_of_a_system_in_use_is_read():
    assert unwritten([system(2)], [[[clef(), *notes(10)], []]]) == []
