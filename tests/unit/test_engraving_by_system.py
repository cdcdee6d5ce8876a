"""A score drawn system by system: all that the whole drawing has, and only what an edit changed drawn again."""

from dataclasses import replace

import pytest

from models.notation.editing import Tie, Transpose, Value, edited
from models.notation.engraving import by_system
from models.notation.engraving.by_system import SystemEngraver
from models.notation.engraving.engrave import Look, engrave
from models.notation.score import NoteType, Part, Score
from tests.readings import tune

LOOK = Look(width=500, staff_space=7.0, systems=True)


def in_lines(score, *starts):
    parts = tuple(
        replace(p, bars=tuple(replace(b, new_system=n in starts) for n, b in enumerate(p.bars)))
        for p in score.parts
    )
    return replace(score, parts=parts)


@pytest.fixture
def drawn(monkeypatch):
    """An engraver, and how often it really draws."""
    calls = []

    def counted(*given, **more):
        calls.append(given)
        return engrave(*given, **more)

    monkeypatch.setattr(by_system, "engrave", counted)
    return SystemEngraver(LOOK), calls


def test_each_line_is_a_page_and_every_note_and_bar_is_there(drawn):
    engraver, _ = drawn
    score = in_lines(tune(), 2, 4)
    found, whole = engraver.engrave(score), engrave(score, LOOK)
    assert len(found.pages) == 3
    assert found.boxes.keys() == whole.boxes.keys()
    assert [page for page, _ in found.bars] == [0, 0, 1, 1, 2, 2]
    assert 'class="meterSig' in found.pages[0].svg
    assert all('class="meterSig' not in page.svg for page in found.pages[1:]), "it stands where it is new"
    assert all('class="keySig' in page.svg for page in found.pages)


def test_an_edit_draws_its_line_again_and_undo_none(drawn):
    engraver, calls = drawn
    score = in_lines(tune(), 2, 4)
    before = engraver.engrave(score)
    calls.clear()
    after = engraver.engrave(edited(score, Transpose("n7", 1)))
    assert len(calls) == 1
    assert [a.svg == b.svg for a, b in zip(before.pages, after.pages, strict=True)] == [True, False, True]
    calls.clear()
    assert engraver.engrave(score).svgs == before.svgs
    assert calls == []


def test_a_tie_over_the_end_of_a_line_is_seen_on_both():
    plain = in_lines(tune(), 4)
    untied = edited(plain, Tie("n10"))
    for score, arcs in ((plain, [1, 1]), (untied, [0, 0])):
        pages = SystemEngraver(LOOK).engrave(score).pages
        assert [page.svg.count("sw-over") for page in pages] == arcs


def test_lines_of_a_score_without_breaks_stay_where_they_first_fell(drawn):
    score = tune()
    long = Score((Part("P1", score.parts[0].bars, staves=2),))
    engraver = SystemEngraver(replace(LOOK, systems=False, width=260))
    before = engraver.engrave(long)
    assert len(before.pages) > 1
    after = engraver.engrave(edited(long, Value("n1", NoteType.WHOLE)))
    assert [page for page, _ in after.bars] == [page for page, _ in before.bars]
