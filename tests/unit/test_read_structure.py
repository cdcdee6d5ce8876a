"""Bar lines and systems that a visitor drew, and what was decided before, carried over to the reading under them."""

from dataclasses import replace

import pytest

from models.contracts.read import GivenBarLines, GivenStaff, GivenStructure
from models.notation.editing import Slur, Transpose
from scoreweb.jobs.read.carrying import carried
from scoreweb.jobs.read.state import State
from scoreweb.jobs.read.structure import structure_of
from tests.doubtful_readings import doubtful_tune


@pytest.fixture(scope="module")
def reading():
    return doubtful_tune()[2]


def heights(reading):
    """The middle of each system."""
    out = {}
    for bar, options in enumerate(reading.bars):
        box = reading.place(bar)[1]
        out.setdefault(options.system, (box[1] + box[3]) / 2)
    return list(out.values())


def test_lines_of_a_system_take_the_place_of_those_told_before(reading):
    y, other = heights(reading)[0], heights(reading)[-1]
    first = structure_of({"page": 0, "lines": [[y, [300, 100.5]]], "joined": []}, reading, ())
    assert first == (GivenStructure((GivenBarLines(y, (100.5, 300.0)),)),)
    second = structure_of({"page": 0, "lines": [[y + 1, [200]]], "joined": [[y, other]]}, reading, first)
    assert second == (GivenStructure((GivenBarLines(y + 1, (200.0,)),), ((y, other),)),)
    if len(heights(reading)) > 1:
        third = structure_of({"page": 0, "lines": [[other, []]], "joined": []}, reading, first)
        assert len(third[0].bar_lines) == 2


@pytest.mark.parametrize(
    "sent",
    [
        {},
        {"page": 1, "lines": [[1, [2]]], "joined": []},
        {"page": True, "lines": [[1, [2]]], "joined": []},
        {"page": 0, "lines": [], "joined": []},
        {"page": 0, "lines": [[1, ["2"]]], "joined": []},
        {"page": 0, "lines": [[1, [float("nan")]]], "joined": []},
        {"page": 0, "lines": [[1, [0] * 201]], "joined": []},
        {"page": 0, "lines": [[1]] * 2, "joined": []},
        {"page": 0, "lines": [], "joined": [[1]]},
        {"page": 0, "lines": [], "joined": [[1, 2]] * 201},
    ],
)
def test_anything_else_that_a_browser_sends_is_no_structure(reading, sent):
    assert structure_of(sent, reading, ()) == ()


def edited(reading):
    """A state with a reading taken in bar 2, corrections in bars 1 and 3."""
    way = reading.switched(reading.interpretations[0], {1: 1})
    one, three = (reading.bars[n] for n in (0, 2))
    name = [f"p1s{bar.system + 1}b{bar.number + 1}t1n1" for bar in (one, three)]
    return State(way, frozenset({1}), ((0, Transpose(name[0], 1)), (2, Slur(name[1], name[0]))))


def test_the_same_reading_keeps_everything(reading):
    state = edited(reading)
    assert carried(reading, state, reading) == state


def moved(reading, bar, by):
    """The reading with a bar that begins elsewhere."""
    options = reading.bars[bar]
    systems = [[list(staff) for staff in system] for system in reading.systems]
    for staff in systems[options.system]:
        old = staff[options.number]
        x0, y0, x1, y1 = old.frame.box
        staff[options.number] = replace(old, frame=replace(old.frame, box=(x0 + by, y0, x1, y1)))
    return replace(reading, systems=tuple(tuple(tuple(staff) for staff in system) for system in systems))


def test_what_was_decided_of_a_bar_that_is_another_now_is_gone_and_the_rest_stays(reading):
    state = edited(reading)
    now = carried(reading, state, moved(reading, 2, 5 * reading.pages[0].staff_space))
    assert now.edits == state.edits[:1]
    assert now.settled == {1}
    assert now.way.choice[1] == 1


def test_notes_are_found_again_under_another_number_of_their_system(reading):
    state = edited(reading)
    bars = tuple(replace(one, system=one.system + 1) for one in reading.bars)
    shifted = replace(
        reading, bars=bars, systems=((), *reading.systems), system_page=(0, *reading.system_page)
    )
    now = carried(reading, state, shifted)
    assert [edit.id for _, edit in now.edits] == [
        edit.id.replace(f"s{reading.bars[bar].system + 1}b", f"s{reading.bars[bar].system + 2}b")
        for bar, edit in state.edits
    ]


def middles(reading):
    """The height between the two staves of the first system."""
    staves = [[bar.frame.box for bar in bars] for bars in reading.systems[0]]
    return (max(b[3] for b in staves[0]) + min(b[1] for b in staves[1])) / 2


def test_a_parted_system_keeps_its_bar_lines_in_both_halves_until_it_is_joined_again(reading):
    y, cut = heights(reading)[0], middles(reading)
    ruled = structure_of({"page": 0, "lines": [[y, [300]]], "joined": []}, reading, ())
    parted = structure_of({"page": 0, "lines": [], "joined": [], "parted": [cut]}, reading, ruled)
    assert parted[0].parted == (cut,)
    assert [one.xs for one in parted[0].bar_lines] == [(300.0,), (300.0,)]
    above, below = (one.y for one in parted[0].bar_lines)
    assert above < cut < below
    joined = structure_of({"page": 0, "lines": [], "joined": [[above, below]]}, reading, parted)
    assert joined[0].parted == ()
    assert joined[0].joined == ((above, below),)


def test_staves_that_are_told_take_the_place_of_those_told_before(reading):
    first = structure_of({"page": 0, "lines": [], "joined": [], "staves": [[1, 2, 300, 40]]}, reading, ())
    assert first[0].staves == (GivenStaff(1, 2, 300, 40),)
    same = {"page": 0, "lines": [], "joined": [], "staves": [[1, 2, 300, 40]]}
    assert structure_of(same, reading, first) == (), "nothing is new"
    kept = structure_of({"page": 0, "lines": [], "joined": [], "parted": [9]}, reading, first)
    assert kept[0].staves == first[0].staves
    assert structure_of({**same, "staves": []}, reading, first)[0].staves == ()


@pytest.mark.parametrize(
    "more", [{"parted": ["1"]}, {"parted": 3}, {"staves": [[1, 2, 3]]}, {"staves": [None]}, {"staves": {}}]
)
def test_neither_heights_nor_boxes_are_no_structure(reading, more):
    sent = {"page": 0, "lines": [[1, [2]]], "joined": []}
    assert structure_of({**sent, **more}, reading, ()) == ()


def test_notes_are_found_again_where_a_staff_that_rests_is_put_in_above_them(reading):
    """As when a staff is drawn elsewhere: systems are filled up to as many staves as the largest has."""
    state = edited(reading)
    resting = [[replace(bar, absent=True) for bar in system[0]] for system in reading.systems]
    systems = tuple((tuple(rest), *system) for rest, system in zip(resting, reading.systems, strict=True))
    bars = tuple(
        replace(
            one, readings=tuple(replace(read, staves=(read.staves[0], *read.staves)) for read in one.readings)
        )
        for one in reading.bars
    )
    filled = replace(reading, systems=systems, bars=bars, parts=((0,), (1, 2)))
    now = carried(reading, state, filled)
    assert now.settled == state.settled
    assert now.way.choice[1] == 1
    assert [edit.id for _, edit in now.edits] == [edit.id.replace("p1", "p2") for _, edit in state.edits]
