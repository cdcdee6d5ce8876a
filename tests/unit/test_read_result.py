"""A read score in a workspace: what the visitor decides, undoes, takes away and leaves to the collection."""

import io
import json
import zipfile
from dataclasses import replace
from fractions import Fraction

import jsonschema
import numpy as np
import pytest
from PIL import Image

from models.notation.editing import Misfit, Remove, Step, Transpose
from models.notation.engraving.engrave import engrave
from models.notation.errors import NotationError
from models.notation.musicxml import read_musicxml, write_musicxml
from models.notation.score import Metre
from models.read.report import schema
from models.read.service import lean
from scoreweb.errors import VisitorError
from scoreweb.jobs.read import result as rendition_module
from scoreweb.jobs.read.options import ReadOptions
from scoreweb.jobs.read.result import VIEW_WIDTH, ReadResult
from scoreweb.jobs.read.showing import empty_bars, headline, interpretation_text, needing
from scoreweb.jobs.read.texts import share
from scoreweb.widgets.bar_choice import choice_value
from scoreweb.widgets.page_view import page_value
from scoreweb.widgets.score_view import view_value
from storage import CorrectionFormat, Task
from tests.doubtful_readings import doubtful_tune

SECOND, THIRD = ["D5", "C5", "B4"], ["A4", "C#5", "E4", "F#4"]


@pytest.fixture
def result(tmp_path):
    _, paper, reading = doubtful_tune()
    return made_of(tmp_path / "reading-1", reading, paper)


def made_of(folder, reading, paper):
    made = ReadResult(folder, "../my tune.png", lean(reading), ReadOptions(), "classical", 0.5)
    made.write_pages(paper.pages)
    made.write()
    return made


def bar(result, number):
    part = read_musicxml(write_musicxml(result.score)).parts[0]
    return [n.pitch.name for e in part.bars[number - 1].events if e.staff == 1 for n in e.notes]


def test_a_bar_read_otherwise_goes_into_every_file_and_old_files_vanish(result):
    result.print_out()
    before = {k: v for k, v in result.files.items() if k not in {"overlay", "json"}}
    result.choose(1, 1)
    assert not any(path.exists() for path in before.values())
    result.print_out()
    assert bar(result, 2) == ["E5", *SECOND[1:]]
    assert {p.stem for p in result.files.values()} == {"my-tune", "my-tune-marked", "my-tune-readings"}
    assert result.state.settled == {1}
    result.undo()
    assert bar(result, 2) == SECOND
    assert not result.is_corrected
    assert not result.edits.past


def test_corrections_stay_when_another_bar_is_read_otherwise_and_go_with_their_own(result):
    result.edit(Step("p1s1b3t1n2", 1))
    assert bar(result, 3) == [*THIRD[:2], "F#4", "F#4"]
    result.choose(1, 1)
    assert bar(result, 3)[2] == "F#4"
    result.choose(2, 1)
    assert bar(result, 3) == THIRD
    for _ in range(3):
        result.undo()
    assert (bar(result, 2), bar(result, 3)) == (SECOND, THIRD)


def test_a_note_is_moved_as_the_key_has_it_and_removed(result):
    result.edit(Step("p1s1b1t1n1", -1))
    assert bar(result, 1) == ["F#4", "A4", "B4"]
    result.edit(Remove("p1s1b1t1n2"))
    assert bar(result, 1) == ["F#4", "B4"]
    assert result.selected == "p1s1b1t1n2"


def test_a_sharp_survives_up_and_down_and_undo_and_redo(result):
    sharp = next(n.id for _, _, e in result.score.events() for n in e.notes if n.pitch.name == "C#5")
    result.edit(Transpose(sharp, 1))
    assert "D5" in bar(result, 3)
    result.edit(Transpose(sharp, -1))
    assert bar(result, 3) == THIRD
    assert not result.is_corrected, "nothing is left of it"
    result.undo()
    assert "D5" in bar(result, 3)
    result.redo()
    assert bar(result, 3) == THIRD


def test_flags_follow_what_a_bar_holds_after_edits(result):
    rest = next(e.id for _, b, e in result.score.events() if e.is_rest and b.number == 6)
    before = result.off
    result.edit(Remove(rest))
    assert result.off == before, "the last bar may be short"
    result.undo()
    result.edit(Remove("p1s1b2t1n1"))
    result.edit(Remove("p1s1b2t1n1"))
    assert {n: str(one.beats) for n, one in result.off.items()} == {1: "1"}, "a needed rest is missed"
    result.undo()
    result.undo()
    assert result.off == before
    result.edit(Remove("p1s1b1t1n1"))
    assert result.off == before, "a rest stays in the note's place"


def test_another_interpretation_keeps_corrections_of_bars_that_it_reads_alike(result):
    result.edit(Step("p1s1b1t1n1", -1))
    result.edit(Step("p1s1b2t1n1", -1))
    result.choose_interpretation(2)
    assert bar(result, 1)[0] == "F#4"
    assert bar(result, 2) == ["E5", *SECOND[1:]], "bar 2 is read otherwise there"
    assert result.is_corrected


@pytest.mark.parametrize(
    "wrong",
    [
        lambda r: r.choose(99, 0),
        lambda r: r.choose(-1, 0),
        lambda r: r.choose(1, 99),
        lambda r: r.choose(1, -1),
        lambda r: r.choose_interpretation(99),
        lambda r: r.edit(Step("nothing", 1)),
        lambda r: r.look_at(99),
        lambda r: r.look_at(-1_000_000),
    ],
)
def test_what_is_not_there_is_told_and_changes_nothing(result, wrong):
    before = result.state, write_musicxml(result.score)
    with pytest.raises(VisitorError):
        wrong(result)
    assert (result.state, write_musicxml(result.score)) == before


def test_a_score_that_cannot_be_drawn_leaves_the_last_one(result, monkeypatch):
    def fails(*_):
        raise NotationError("It cannot be drawn.")

    monkeypatch.setattr("models.notation.engraving.by_system.engrave", fails)
    with pytest.raises(NotationError):
        result.choose(1, 1)
    assert not result.is_corrected
    assert bar(result, 2) == SECOND


def test_a_page_of_which_most_bars_need_a_look_was_hardly_read(tmp_path):
    """Of six bars the last four are pencil that was not read: a stand-in for a page whose marks no sign explains."""
    _, paper, reading = doubtful_tune()
    plain = made_of(tmp_path / "plain", reading, paper)
    assert "Little was read" not in headline(plain)
    assert empty_bars(plain) == set()
    bare = [
        replace(b, readings=(emptied(b.readings[0]),), hardly_read=True) if n > 1 else b
        for n, b in enumerate(reading.bars)
    ]
    ways = tuple(replace(w, choice=(w.choice[0], w.choice[1], 0, 0, 0, 0)) for w in reading.interpretations)
    result = made_of(tmp_path / "bare", replace(reading, bars=tuple(bare), interpretations=ways), paper)
    assert needing(result) >= {2, 3, 4, 5}
    told = headline(result)
    assert told.startswith(f"Little was read: {len(needing(result))} of 6 bars need you.")
    assert told.endswith("4 bars hold no notes.")
    best = interpretation_text(result, result.reading.interpretations[0])
    assert "about 2 of 6 bars right" in best
    result.settle(5)
    assert 5 not in needing(result), "the visitor says that it is right"


def emptied(reading):
    """A reading in which nothing was read, and which is not held for probable."""
    staves = tuple(replace(s, placed=(), sums=False, unread=0.6) for s in reading.staves)
    return replace(reading, staves=staves, certainty=0.1)


def test_slower_files_come_afterwards_and_only_when_they_are_missing(result):
    assert "pdf" not in result.files
    result.print_out()
    assert result.files["pdf"].read_bytes().startswith(b"%PDF-")
    jsonschema.validate(json.loads(result.files["json"].read_text()), schema())
    with zipfile.ZipFile(result.files["zip"]) as archive:
        assert set(archive.namelist()) == {path.name for kind, path in result.files.items() if kind != "zip"}
    marked = result.files["overlay"]
    with Image.open(marked) as picture:
        assert picture.size == doubtful_tune()[1].pages[0].shape[::-1]
    stamp = marked.stat().st_mtime_ns
    result.choose(1, 1)
    assert not {"pdf", "zip"} & set(result.files), "those of the old score are gone"
    assert result.files["overlay"] == marked
    result.print_out()
    assert result.files["pdf"].exists()
    assert marked.stat().st_mtime_ns == stamp


def test_what_is_decided_while_a_score_is_printed_is_printed_afterwards(result, monkeypatch):
    real, decided = rendition_module.svg_to_pdf, []

    def slow(pages):
        if not decided:
            decided.append(True)
            result.choose(1, 1)
        return real(pages)

    monkeypatch.setattr(rendition_module, "svg_to_pdf", slow)
    result.print_out()
    assert "pdf" not in result.files, "it would be that of the old score"
    result.print_out()
    assert result.files["pdf"].exists()
    assert result.files["overlay"].exists()


def test_pages_are_kept_whole_and_looked_at_smaller(tmp_path):
    _, _, reading = doubtful_tune()
    wide = np.full((400, 2 * VIEW_WIDTH), 255, np.uint8)
    reading = replace(reading, pages=(replace(reading.pages[0], shape=wide.shape),) * 2)
    made = ReadResult(tmp_path / "reading-2", "a.pdf", reading, ReadOptions(), "classical", 0.5)
    made.write_pages((wide, wide))
    made.write()
    made.print_out()
    with Image.open(made.views[0]) as view, Image.open(made.pages[0]) as page:
        assert view.size == (VIEW_WIDTH, 200)
        assert page.size == wide.shape[::-1]
    with zipfile.ZipFile(io.BytesIO(made.files["overlay"].read_bytes())) as archive:
        assert archive.namelist() == ["a-marked-1.png", "a-marked-2.png"]


def test_views_tell_bars_marks_and_what_does_not_sum(result):
    view = page_value(result.reading, result.state.way, 0, "x", settled={1})
    assert [b["level"] for b in view["bars"]] == [0, 0, 1, 0, 0, 0]
    assert all(view["marks"]), "marks of all levels"
    assert all(b["sums"] for b in view["bars"])
    result.choose(2, 1)
    result.choose(1, 0)
    settled = result.state.settled
    assert settled == {1, 2}
    assert result.off == {}, "what the visitor settled is not doubted again"
    other = result.reading.switched(result.reading.interpretations[0], {2: 1})
    bars = page_value(result.reading, other, 0, "x")["bars"]
    assert [b["bar"] for b in bars if not b["sums"]] == [2]
    told = view_value(
        result.engraving, result.score, doubtful={1: 1.0}, off={4: Misfit(Fraction(2), Metre(3, 4))}
    )
    assert [b["off"] for b in told["bars"]] == [None] * 4 + [{"beats": "2", "metre": "3/4"}, None]
    assert told["doubts"][0]["text"] == "Bar 5: 2 beats in 3/4"
    assert told["bars"][1]["certainty"] == 1.0


def test_a_bars_readings_are_drawn_and_cut_out(result):
    drawn = result.bar_drawings(1)
    assert [(round(one.certainty, 2), one.sums) for one in drawn] == [(0.6, True), (0.25, True), (0.1, True)]
    assert len({one.svg for one in drawn}) == 3
    assert [one.differs for one in drawn] == [
        "",
        "beat 1: E5 half, not D5 half",
        "beat 1: C5 half, not D5 half",
    ]
    assert all(one.changed == ("p1s1b2t1n1",) for one in drawn[1:])
    with Image.open(io.BytesIO(result.crop(1))) as cut:
        _, (x0, y0, x1, y1) = result.reading.place(1)
        assert cut.width >= x1 - x0 - 1
        assert cut.height >= min(y1 - y0, 242)
    left = result.reading.bars[1].none_of_these
    value = choice_value(1, "data:", drawn, 0, left, look=True)
    assert [r["share"] for r in value["readings"]] == ["60 %", "25 %", "10 %"]
    assert value["none_of_these"] == "5 %"


@pytest.mark.parametrize(
    ("probability", "told"),
    [
        (0.0, "0 %"),
        (0.0001, "under 1 %"),
        (0.006, "1 %"),
        (0.994, "99 %"),
        (0.9999, "over 99 %"),
        (1.0, "100 %"),
    ],
)
def test_shares_are_never_surer_than_they_are(probability, told):
    assert share(probability) == told


def test_what_is_kept_is_what_was_read_and_the_correction_beside_it(result):
    assert result.corrections() == []
    result.edit(Step("p1s1b1t1n1", -1))
    kept = result.submission()
    assert kept.task is Task.READ
    assert [p.rank for p in kept.predictions] == [1, 2, 3, 4, 5]
    assert kept.predictions[0].payload["bars"] == [0] * 6
    (correction,) = result.corrections()
    assert correction.format is CorrectionFormat.MUSICXML
    assert correction.based_on_rank == 1
    assert engrave(correction.payload.encode()).bars
    first, left = (
        score.parts[0].bars[0].events[0].notes[0].pitch
        for score in (
            result.reading.score(result.reading.interpretations[0]),
            read_musicxml(correction.payload.encode()),
        )
    )
    assert left != first


def test_an_interpretation_that_is_chosen_as_it_stands_is_kept_as_a_choice_of_its_rank(result):
    result.choose_interpretation(2)
    (correction,) = result.corrections()
    assert (correction.format, correction.based_on_rank, correction.payload) == (
        CorrectionFormat.CHOICE,
        2,
        "",
    )
    result.edit(Step("p1s1b1t1n1", -1))
    (correction,) = result.corrections()
    assert correction.format is CorrectionFormat.MUSICXML
