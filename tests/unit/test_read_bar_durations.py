"""Bar lines by durations: what is missed and what is too many, and all the places where short and long bars are right."""

from dataclasses import replace

import numpy as np
import pytest

from models.contracts.read import GivenBarLines, GivenStructure
from models.notation.score import Clef, Metre, NoteType
from models.read.meaning.bar_durations import FalseLine, MissedLine, lines_by_durations
from models.read.meaning.metres import metres_of
from models.read.meaning.signs import (
    BarFrame,
    BarSigns,
    ChordSign,
    ClefSign,
    HeadSign,
    MetreSign,
    RestSign,
    StaffBar,
)
from models.read.reader import Reader
from tests.unit.test_reader_end_to_end import SCORES
from tests.worn_pages import SPACE, engraved

VALUES = {"1": (False, None, 0), "2": (False, "up", 0), "4": (True, "up", 0), "8": (True, "up", 1)}
PLAIN = "4 4 4"


def bar(told, *, metre=None, clef_at=None, **frame):
    """A bar of a staff told as "4 8 8 2. r1": values from left to right, four staff spaces to a quarter."""
    timed, x = [], 2.0
    for word in told.split():
        dots, kind = word.count("."), word.rstrip(".")
        if kind.startswith("r"):
            types = {"1": NoteType.WHOLE, "2": NoteType.HALF, "4": NoteType.QUARTER}
            timed.append(RestSign(x, types[kind[1:]], dots))
        else:
            filled, stem, strokes = VALUES[kind]
            timed.append(ChordSign(x, (HeadSign(x, 3.0),), filled, stem, strokes, dots))
        x += 4.0 * float(timed[-1].length)
    clefs = () if clef_at is None else (ClefSign(clef_at, ((Clef("F", 4), 0.9),)),)
    metres = () if metre is None else (MetreSign(0.5, Metre(*metre)),)
    whole = BarFrame(0.0, max(x, 8.0), (0.0, 0.0, 10.0 * x, 80.0), **frame)
    return StaffBar(whole, (BarSigns(tuple(timed), clefs, (), metres),))


def page(*rows, metre=(3, 4)):
    """A page of one system a row; a row is the bars of one staff, or a tuple of the bars of each of its staves."""
    systems = []
    for number, row in enumerate(rows):
        staves = row if isinstance(row, tuple) else (row,)
        systems.append([[bar(one) if isinstance(one, str) else one for one in staff] for staff in staves])
        if number == 0 and metre is not None:
            for staff in systems[0]:
                signs = staff[0].readings[0]
                first = replace(signs, metres=(MetreSign(0.5, Metre(*metre)),))
                staff[0] = replace(staff[0], readings=(first,))
    return systems


def faults(systems):
    return lines_by_durations(systems, metres_of(systems)[0])


def test_a_bar_of_two_bars_worth_has_missed_a_line_in_the_middle():
    found = faults(page([PLAIN, "2. ", "4 4 4 2.", PLAIN], [PLAIN, "2 4", PLAIN]))
    assert [(one.system, one.bar) for one in found] == [(0, 2)]
    ((left, right),) = found[0].between
    assert 10.0 < left < right < 14.0, "between the third quarter and the half"


def test_a_bar_of_three_bars_worth_has_missed_two():
    found = faults(page([PLAIN, "2. 4 4 4 2 4", PLAIN], [PLAIN, PLAIN, PLAIN, PLAIN]))
    assert [type(one) for one in found] == [MissedLine, MissedLine]
    assert found[0].between[0][1] < found[1].between[0][0]


def test_two_short_bars_that_make_one_have_a_line_too_many():
    assert faults(page([PLAIN, "4", "2", PLAIN], [PLAIN, PLAIN, PLAIN])) == [FalseLine(0, 1)]


def test_all_staves_must_agree():
    upper = [PLAIN, "4 4 4 2.", PLAIN, PLAIN, PLAIN]
    agreeing = [PLAIN, "2. 2.", PLAIN, PLAIN, PLAIN]
    held_over = [PLAIN, "2 2 2", PLAIN, PLAIN, PLAIN]
    assert len(faults(page((upper, agreeing)))) == 1
    assert faults(page((upper, held_over))) == []
    short, other = [PLAIN, "4", "2", PLAIN, PLAIN, PLAIN], [PLAIN, "4", "4 4", PLAIN, PLAIN, PLAIN]
    assert faults(page((short, other))) == [FalseLine(0, 1)]
    assert faults(page((short, [PLAIN, "4", "4", PLAIN, PLAIN, PLAIN]))) == []


def test_a_staff_that_rests_through_both_bars_agrees():
    notes, rests = bar("4 4 4 2."), bar("r1 r1")
    signs = rests.readings[0]
    middles = tuple(replace(rest, x=x) for rest, x in zip(signs.timed, (7.0, 19.0), strict=True))
    resting = replace(rests, frame=notes.frame, readings=(replace(signs, timed=middles),))
    others = [PLAIN, PLAIN]
    assert len(faults(page(([PLAIN, notes, *others], [PLAIN, resting, *others])))) == 1
    one = replace(resting, readings=(replace(signs, timed=middles[:1]),))
    assert faults(page(([PLAIN, notes, *others], [PLAIN, one, *others]))) == []


@pytest.mark.parametrize(
    "rows",
    [
        [["4", PLAIN, PLAIN, PLAIN], [PLAIN, PLAIN, "2"]],
        [["4", "2", PLAIN, PLAIN, PLAIN], [PLAIN, PLAIN]],
        [[PLAIN, PLAIN, PLAIN, PLAIN], [PLAIN, "4", "2"]],
    ],
    ids=["a pickup and what makes up for it", "a pickup and a short bar", "a short last bar"],
)
def test_pickups_and_last_bars_stay(rows):
    assert faults(page(*rows)) == []


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ({"repeat_end": True}, {}),
        ({"barline": "light-light"}, {}),
        ({}, {"repeat_start": True}),
        ({}, {"ending": "opens"}),
        ({"ending": "goes on"}, {}),
    ],
)
def test_short_bars_at_repeats_endings_and_double_bars_stay(before, after):
    rows = [[PLAIN, bar("4", **before), bar("2", **after), PLAIN, PLAIN], [PLAIN, PLAIN, PLAIN]]
    assert faults(page(*rows)) == []
    assert faults(page([PLAIN, bar("4"), bar("2"), PLAIN, PLAIN], [PLAIN, PLAIN, PLAIN])) != []


def test_a_bar_parted_by_the_end_of_a_line_stays():
    assert faults(page([PLAIN, PLAIN, "4"], ["2", PLAIN, PLAIN, PLAIN])) == []


def test_a_metre_that_changes_is_no_missed_line():
    six = bar("4 4 4 2.", metre=(6, 4))
    rows = [[PLAIN, PLAIN, PLAIN, PLAIN], [six, bar(PLAIN, metre=(3, 4)), PLAIN]]
    assert faults(page(*rows)) == []
    short = [PLAIN, PLAIN, bar("4", metre=(1, 4)), bar("2", metre=(2, 4)), bar(PLAIN, metre=(3, 4)), PLAIN]
    assert faults(page(short, [PLAIN, PLAIN])) == []


def test_a_metre_that_most_bars_do_not_fill_proves_nothing():
    assert faults(page([PLAIN, "4 4", "2. 4", "4 4 4 2.", "2"], [PLAIN, "4"])) == []
    twice = "4 4 4 2."
    assert faults(page([PLAIN, PLAIN, PLAIN, twice, twice], [twice, PLAIN])) == [], "it is another metre"


def test_music_without_metre_is_left_alone():
    rows = page(["4 4 4 4 4", "2. 2", "4 4 4 4 4 4 4", "2 4"], ["8 8 4", "1 4 4"], metre=None)
    assert faults(rows) == []


def test_a_cadenza_that_no_bar_line_would_part_stays():
    assert faults(page([PLAIN, PLAIN, "4 4 2 4 4", PLAIN], [PLAIN, PLAIN, PLAIN])) == []
    assert faults(page([PLAIN, PLAIN, "4 4 4 4 4 4 4", PLAIN], [PLAIN, PLAIN, PLAIN])) == []


def test_a_clef_that_changes_in_the_gap_is_no_bar_line():
    changed = bar("4 4 4 2.", clef_at=12.0)
    assert faults(page([PLAIN, changed, PLAIN, PLAIN], [PLAIN, PLAIN])) == []


# On the page


@pytest.fixture(scope="module")
def reader():
    return Reader(recogniser=None)


def read(reader, picture):
    return reader.read([picture], primitives="classical")


def without_line(picture, box, faint=None):
    """The page whose bar line at the end of a bar is gone, staff lines left, or is grey and broken."""
    out = picture.copy()
    x, top, low = round(box[2]), round(box[1]) - 4, round(box[3]) + 5
    beside = np.repeat(picture[top:low, x - 14 : x - 13], 16, axis=1)
    out[top:low, x - 8 : x + 8] = beside
    if faint is not None:
        line = np.where(picture[top:low, x - 1 : x + 1] < 128, faint, beside[:, :2])
        out[top:low, x - 1 : x + 1] = np.minimum(line, beside[:, :2])
        out[top:low][::9, x - 8 : x + 8] = beside[::9]
        out[top:low][1::9, x - 8 : x + 8] = beside[1::9]
    return out


@pytest.mark.parametrize("name", SCORES)
def test_a_bar_line_that_left_no_trace_gives_an_interpretation_of_its_own(reader, name):
    picture, boxes = engraved(SCORES[name])
    reading = read(reader, without_line(picture, boxes[2]))
    first = reading.interpretations[0]
    other = next(way for way in reading.interpretations if way.layout)
    assert len(first.choice) == len(boxes) - 1
    assert len(other.choice) == len(boxes)
    score = reading.score(other)
    assert len(score.parts[0].bars) == len(boxes)
    assert not any("belong to one system" in said for said in reading.doubts[0])
    edges = [reading.under(other).place(n)[1] for n in (2, 3)]
    assert edges[0][2] == pytest.approx(boxes[2][2], abs=4 * SPACE)
    assert edges[0][2] == pytest.approx(edges[1][0], abs=2), "staff by staff, in whole pixels"


def test_a_bar_line_that_left_faint_ink_is_put_in(reader):
    picture, boxes = engraved(SCORES["melody"])
    faint = without_line(picture, boxes[2], faint=150)
    reading = read(reader, faint)
    assert len(reading.bars) == len(boxes)
    assert {way.layout for way in reading.interpretations} == {0}
    assert reading.place(2)[1][2] == pytest.approx(boxes[2][2], abs=0.5 * SPACE)


def test_a_line_too_many_that_ends_where_the_others_run_on_is_left_out(reader):
    picture, boxes = engraved(SCORES["piano"])
    out = picture.copy()
    x0, y0, x1, y1 = boxes[2]
    x = round(x0 + 0.32 * (x1 - x0))
    for top in (y0, y1 - 4 * SPACE):
        out[round(top) : round(top + 4 * SPACE), x : x + 4] = 0
    told = GivenStructure((GivenBarLines((y0 + y1) / 2, (*(box[2] for box in boxes[:2]), float(x), x1)),))
    ruled = reader.read([out], primitives="classical", structure=(told,))
    assert ruled.place(2)[1][2] == pytest.approx(x, abs=0.5 * SPACE), "a person drew it"
    reading = read(reader, out)
    assert len(reading.bars) == len(boxes)
    first = reading.interpretations[0]
    assert all(reading.bars[n].readings[i].sums for n, i in enumerate(first.choice))


@pytest.mark.parametrize("name", SCORES)
def test_pages_that_are_right_have_one_layout(reader, name):
    picture, boxes = engraved(SCORES[name])
    reading = read(reader, picture)
    assert len(reading.bars) == len(boxes)
    assert reading.others == ()
