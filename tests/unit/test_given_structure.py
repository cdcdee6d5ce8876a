"""Reading under what a person says of a page: bar lines that are given, systems that are one."""

import numpy as np
import pytest

from models.contracts.read import GivenBarLines, GivenStructure, ReadRequest
from models.engine import BadRequest
from models.read.meaning.barring import bars_of
from models.read.reader import Reader
from models.read.service import _check
from tests.drawn_staves import drawn_page

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
