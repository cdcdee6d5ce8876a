"""Staves put together into systems: one decision for the page, from ink, bar lines, clefs and a count that stays the same."""

import cv2
import numpy as np

from models.read.page.preparation import prepare
from models.read.page.staves import StaffSigns, find_systems, groupings
from models.read.page.staves.grouping import partitions
from tests.drawn_staves import drawn_page

FOR, AGAINST = 3.0, -3.0


def runs(evidence, clefs, most=1):
    """The best ways to part a column of staves, as counts of staves."""
    return [[len(run) for run in way] for _, way in partitions(evidence, clefs, most)]


def test_what_speaks_for_a_pair_joins_it_and_what_speaks_against_parts_it():
    assert runs([FOR, AGAINST, FOR], [None] * 4) == [[2, 2]]
    assert runs([AGAINST, AGAINST], [None] * 3) == [[1, 1, 1]]


def test_a_faint_brace_is_outvoted_by_the_clear_ones_of_the_other_systems():
    assert runs([FOR, AGAINST, -1.0, AGAINST, FOR], [None] * 6) == [[2, 2, 2]]


def test_a_count_that_changes_is_believed_where_the_page_shows_it():
    assert runs([FOR, FOR, AGAINST, FOR, AGAINST, FOR], [None] * 7) == [[3, 2, 2]]


def test_clefs_that_stay_in_their_places_decide_what_ink_leaves_open():
    doubtful = [0.5, -0.2, 0.5, -0.1, 0.5]
    assert runs(doubtful, ["treble_clef", "bass_clef"] * 3) == [[2, 2, 2]]
    three = [0.2, 0.2, -0.2, 0.2, 0.2]
    assert runs(three, ["treble_clef", "treble_clef", "bass_clef"] * 2) == [[3, 3]]


def test_what_cannot_be_of_one_system_never_is():
    assert runs([None, FOR], [None] * 3) == [[1, 2]]


def test_the_next_best_ways_come_with_less():
    ways = partitions([0.4, AGAINST, FOR], [None] * 4, 3)
    scores = [score for score, _ in ways]
    assert scores == sorted(scores, reverse=True)
    assert len({tuple(way) for _, way in ways}) == 3


def test_no_staves_make_no_systems():
    assert partitions([], [], 2) == [(0.0, [])]


def pairs_page(broken=(), pairs=3, crop=False, through=True):
    """Pairs of staves, each joined by a line at the left and by bar lines; `broken` pairs have lost the line."""
    space, gap = 20, 14 * 20
    page = drawn_page(staves=2 * pairs)
    for n in range(pairs):
        top = 5 * space + 2 * n * gap
        bottom = top + gap + 4 * space
        if n not in broken:
            cv2.line(page, (60, top), (60, bottom), 0, 3)
        if through:
            for x in (300, 600, 860, 1139):
                cv2.line(page, (x, top), (x, bottom), 0, 3)
    return page[:, 70:] if crop else page


def counts(page, signs=None, **how):
    """Counts of staves of the systems of a page."""
    prepared = prepare(page)
    staves = [staff for system in find_systems(prepared) for staff in system.staves]
    found = groupings(prepared.binary, staves, signs or [StaffSigns(np.empty(0))] * len(staves), **how)
    return [len(system) for system in found[0].systems], found[0].grade


def test_pairs_are_systems():
    assert counts(pairs_page())[0] == [2, 2, 2]


def test_a_pair_that_has_lost_its_line_and_its_bar_lines_between_the_staves_is_one_all_the_same():
    page = pairs_page()
    page[5 * 20 + 4 * 20 + 4 : 5 * 20 + 14 * 20 - 4, :] = 255  # all that stood between the first two
    lines = [
        StaffSigns(np.array(xs))
        for xs in ([300.0, 600.0, 860.0], [420.0, 700.0, 930.0], [250.0, 550.0, 800.0])
    ]
    found, grade = counts(page, [lines[n // 2] for n in range(6)])
    assert found == [2, 2, 2]
    assert grade > 0.8


def test_bar_lines_drawn_staff_by_staff_join_staves_where_they_stand_in_line():
    page = pairs_page(through=False, broken=(1,))
    in_line = [
        StaffSigns(np.array(xs))
        for xs in ([300.0, 620.0, 860.0], [420.0, 700.0, 930.0], [350.0, 550.0, 800.0])
    ]
    assert counts(page, [in_line[n // 2] for n in range(6)])[0] == [2, 2, 2]


def test_tunes_with_bar_lines_in_line_stay_apart_where_nothing_joins_any_staves():
    same = StaffSigns(np.array([300.0, 600.0, 860.0]))
    assert counts(drawn_page(staves=4), [same] * 4)[0] == [1, 1, 1, 1]


def test_staves_whose_bar_lines_stand_elsewhere_are_no_system_though_a_stroke_runs_down_their_edge():
    page = pairs_page(through=False, pairs=1)
    signs = [StaffSigns(np.array(xs)) for xs in ([300.0, 600.0, 860.0], [410.0, 720.0, 980.0])]
    assert counts(page, signs)[0] == [1, 1]


def test_a_page_that_might_be_parted_otherwise_is_told_with_doubt():
    page = pairs_page(through=False, broken=(0,), pairs=1)
    page[5 * 20 : 5 * 20 + 14 * 20, 59:62] = 0
    page[5 * 20 + 6 * 20 : 5 * 20 + 9 * 20, 55:65] = 255  # a part of the line is there
    sure = counts(pairs_page(through=False, pairs=1))[1]
    few = StaffSigns(np.array([600.0]))
    assert counts(page, [few, few])[1] < 0.8 < sure


# Ruled paper, written on by hand


def by_hand_page(bend=14):
    """Six ruled staves, music on the second and third and on the fifth and sixth, their bar lines bent from staff to staff."""
    space, pitch = 20, 14 * 20
    page = drawn_page(staves=6)
    lines = []
    for first, columns in ((1, (300, 640, 900)), (4, (380, 700, 980))):
        top = 5 * space + first * pitch
        for x in columns:
            heights = np.arange(top, top + pitch + 4 * space)
            bent = x + np.rint(bend * np.sin(np.linspace(0.0, 2.5 * np.pi, len(heights)))).astype(int)
            for more in range(3):
                page[heights, bent + more] = 0
        lines.append(StaffSigns(np.array(columns, np.float64)))
    blank = StaffSigns(np.empty(0), blank=True)
    return page, [blank, lines[0], lines[0], blank, lines[1], lines[1]]


def test_bar_lines_that_a_hand_bent_join_staves_and_blank_staves_part_systems():
    page, signs = by_hand_page()
    found, grade = counts(page, signs, by_hand=True)
    assert found == [1, 2, 1, 2]
    assert grade > 0.8
    assert counts(page, signs)[0] != found, "printed bar lines are straight"


def test_a_blank_staff_is_never_joined_in_handwriting():
    page, signs = by_hand_page()
    signs[2] = StaffSigns(np.empty(0), blank=True)
    assert counts(page, signs, by_hand=True)[0][:4] == [1, 1, 1, 1]
