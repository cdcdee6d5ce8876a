"""Reading under what a person says of a page: bar lines that are given, systems that are one."""

import numpy as np
import pytest

from models.contracts.read import GivenBarLines, GivenStaff, GivenStructure, ReadRequest
from models.engine import BadRequest
from models.read.meaning.barring import bars_of
from models.read.reader import Reader
from models.read.service import _check
from tests.drawn_staves import drawn_page, head_columns, note

TOP = 5 * 20 + 40  # the middle of the first staff
SECOND = TOP + 14 * 20


@pytest.fixture(scope="module")
def found():
    reader, page = Reader(recogniser=None), drawn_page(staves=2)

    def read(*lines, joined=()):
        known = GivenStructure(tuple(lines), tuple(joined))
        return reader.primitives(page, "printed", "classical", structure=known)

    return read


def edges(found, system=0):
    """The columns of the page at which the bars of a system's first staff begin and end."""
    bars = bars_of(found.systems[system], found.primitives[system])[0]
    return [bars[0].frame.box[0], *(bar.frame.box[2] for bar in bars)]


def test_a_bar_line_is_where_it_is_given_and_no_longer_where_it_was_found(found):
    assert edges(found())[1] == pytest.approx(600, abs=6)
    moved = found(GivenBarLines(TOP, (480.0,)))
    assert edges(moved)[1] == pytest.approx(480, abs=6)
    assert len(edges(moved)) == len(edges(found()))
    assert edges(moved, 1) == edges(found(), 1), "the other system is read as it was"


def test_further_bar_lines_part_bars_and_those_that_were_found_stay(found):
    inner = edges(found(GivenBarLines(SECOND, (300.0, 600.0, 900.0))), 1)[1:4]
    assert inner == pytest.approx([300, 600, 900], abs=6)


def test_without_lines_inside_a_system_is_one_bar(found):
    assert len(edges(found(GivenBarLines(TOP, ())))) == 2


def test_two_systems_are_one_where_a_person_says_so(found):
    assert len(found().systems) == 2
    whole = found(GivenBarLines(TOP, (500.0,)), joined=[(TOP, SECOND)])
    assert [len(system.staves) for system in whole.systems] == [2]
    assert edges(whole)[1] == pytest.approx(500, abs=6)


def test_heights_beyond_the_page_are_its_nearest_system(found):
    assert edges(found(GivenBarLines(-50.0, (480.0,))))[1] == pytest.approx(480, abs=6)


def test_the_structure_is_told_for_each_page_or_none():
    page = np.full((100, 100), 255, np.uint8)
    with pytest.raises(BadRequest, match="every page"):
        _check(ReadRequest((page, page), structure=(GivenStructure(),)))


def test_a_system_ends_where_a_person_parts_it_whatever_was_joined():
    reader, page = Reader(recogniser=None), drawn_page(staves=3, joined=True)

    def counts(**known):
        found = reader.primitives(page, "printed", "classical", structure=GivenStructure(**known))
        return [len(system.staves) for system in found.systems]

    third = SECOND + 14 * 20
    between = (TOP + SECOND) / 2
    assert counts() == [3]
    assert counts(parted=(between,)) == [1, 2]
    assert counts(parted=(between, (SECOND + third) / 2)) == [1, 1, 1]
    assert counts(joined=((TOP, third),), parted=(between,)) == [1, 2]
    assert counts(parted=(5.0,)) == [3], "nothing lies above"


def faded():
    """Three staves, of whose middle one nothing is left but the notes."""
    page, top = drawn_page(staves=3), TOP - 40 + 14 * 20
    page[top - 100 : top + 120] = 255
    for step, x in enumerate(head_columns(1200)):
        note(page, x, top + 80 - step * 10, 20)
    return page


def found_lines(page, *staves):
    found = Reader(recogniser=None).primitives(
        page, "printed", "classical", structure=GivenStructure(staves=staves)
    )
    return [
        [float(np.median(line)) for line in staff.lines]
        for system in found.systems
        for staff in system.staves
    ], found


@pytest.mark.parametrize("off", [(0, 0), (-8, 6), (10, 14)], ids=["exact", "larger", "too low"])
def test_a_staff_that_a_person_draws_is_found_by_its_lines_where_they_can_be_followed(off):
    page, top = drawn_page(staves=3), 5 * 20 + 14 * 20
    lines, _ = found_lines(page, GivenStaff(60, top + off[0], 1140, top + 80 + off[1]))
    assert len(lines) == 3
    assert lines[1] == pytest.approx([top + 20 * n for n in range(5)], abs=1.5)


def test_a_staff_whose_lines_are_gone_is_where_it_was_drawn_and_its_notes_are_read():
    page, top = faded(), 5 * 20 + 14 * 20
    assert len(found_lines(page)[0]) == 2
    lines, found = found_lines(page, GivenStaff(60, top, 1140, top + 80))
    assert len(lines) == 3
    assert lines[1] == pytest.approx([top + 20 * n for n in range(5)], abs=1.5)
    heads = [p for p in found.primitives[1][0] if p.label and "head" in p.label]
    assert len(heads) >= 5


def test_a_drawn_staff_stays_though_nothing_is_written_on_it():
    page = drawn_page(staves=2)
    paper = np.full((page.shape[0] + 280, page.shape[1]), 255, np.uint8)
    paper[: page.shape[0]] = page
    top = page.shape[0] + 80
    assert len(found_lines(paper)[0]) == 2
    lines, _ = found_lines(paper, GivenStaff(60, top, 1140, top + 80))
    assert len(lines) == 3
    assert lines[2] == pytest.approx([top + 20 * n for n in range(5)], abs=1.5)


def test_a_staff_drawn_beside_the_page_or_no_wider_than_a_note_is_left_out():
    page = drawn_page(staves=2)
    for given in (GivenStaff(60, -900, 1140, -820), GivenStaff(60, 300, 90, 380)):
        assert len(found_lines(page, given)[0]) == 2


def test_a_drawn_staff_takes_the_place_of_the_one_that_was_found_there():
    page, top = drawn_page(staves=2), 5 * 20
    lines, _ = found_lines(page, GivenStaff(60, top + 4, 1140, top + 76))
    assert len(lines) == 2
    assert lines[0] == pytest.approx([top + 20 * n for n in range(5)], abs=1.5)
