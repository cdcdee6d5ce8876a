"""Marks of the page that the score does not have, and how they are put in."""

from dataclasses import replace

import pytest

from models.read.service import lean
from scoreweb.errors import VisitorError
from scoreweb.jobs.read.left_out import left_out, put_in
from scoreweb.jobs.read.options import ReadOptions
from scoreweb.jobs.read.result import ReadResult
from scoreweb.jobs.read.showing import page_of
from tests.doubtful_readings import doubtful_tune, loose_marks


@pytest.fixture
def result(tmp_path):
    _, paper, reading = doubtful_tune()
    page = reading.pages[0]
    page = replace(page, detections=(*page.detections, *loose_marks(paper)))
    made = ReadResult(
        tmp_path / "r", "tune.png", lean(replace(reading, pages=(page,))), ReadOptions(), "rules", 0.5
    )
    made.write_pages(paper.pages)
    made.write()
    return made


def sounding(result, bar):
    events = sorted(result.score.parts[0].bars[bar - 1].events, key=lambda e: e.onset)
    return [" ".join(n.pitch.name for n in e.notes) for e in events if e.staff == 1 and e.notes]


def marks(result):
    return {(one.kind, one.bar + 1): one.number for one in left_out(result)}


def test_what_the_score_has_is_not_offered_and_what_it_has_not_is(result):
    found = left_out(result)
    assert {(one.kind, one.bar + 1, one.part, one.staff) for one in found} == {
        ("head", 4, 0, 1),
        ("head", 3, 0, 1),
        ("accidental", 5, 0, 1),
    }
    assert [one["kind"] for one in page_of(result)["loose"]] == [one.kind for one in found]


def test_a_head_in_a_column_joins_its_chord_and_is_offered_no_longer_until_it_is_taken_back(result):
    before = sounding(result, 4)
    assert before == ["G4"]
    put_in(result, marks(result)["head", 4])
    assert sounding(result, 4) == ["G4 B4"]
    assert result.bar == 3
    assert ("head", 4) not in marks(result)
    result.undo()
    assert sounding(result, 4) == before
    assert ("head", 4) in marks(result)


def test_a_head_after_the_last_note_comes_after_it_with_its_own_value(result):
    before = sounding(result, 3)
    put_in(result, marks(result)["head", 3])
    assert sounding(result, 3) == [*before, "A4"]
    assert result.selected is not None
    assert 2 in result.off, "the bar holds too much now, and says so"


def test_an_accidental_alters_the_note_that_it_stands_before(result):
    put_in(result, marks(result)["accidental", 5])
    assert "B-4" in sounding(result, 5) or "Bb4" in sounding(result, 5)
    assert ("accidental", 5) not in marks(result)


def test_a_mark_that_is_not_there_is_told(result):
    before = result.state
    for number in (-1, 0, 9999):
        with pytest.raises(VisitorError):
            put_in(result, number)
    assert result.state == before
