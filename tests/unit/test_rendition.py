"""A read score on a desk: what the visitor decides, undoes, takes away and leaves to the collection."""

import io
import json
import zipfile
from dataclasses import replace

import jsonschema
import numpy as np
import pytest
from PIL import Image

from models.notation.engraving.engrave import engrave
from models.notation.errors import NotationError
from models.notation.musicxml import read_musicxml
from models.read.report import schema
from models.read.service import lean
from scoreweb.errors import VisitorError
from scoreweb.jobs.read import result as rendition_module
from scoreweb.jobs.read.options import Wish
from scoreweb.jobs.read.result import VIEW_WIDTH, Rendition
from scoreweb.widgets.bar_choice import Offered, choice_value
from scoreweb.widgets.page_view import page_value
from scoreweb.widgets.score_view import view_value
from storage import CorrectionFormat, Task
from tests.readings import doubtful_tune

SECOND, THIRD = ["D5", "C5", "B4"], ["A4", "C#5", "E4", "F#4"]


@pytest.fixture
def rendition(tmp_path):
    _, paper, reading = doubtful_tune()
    made = Rendition(tmp_path / "reading-1", "../my tune.png", lean(reading), Wish(), "classical", 0.5)
    made.lay_pages(paper.pages)
    made.write()
    return made


def bar(rendition, number):
    part = read_musicxml(rendition.files["musicxml"].read_bytes()).parts[0]
    return [n.pitch.name for e in part.bars[number - 1].events if e.staff == 1 for n in e.notes]


def test_a_bar_read_otherwise_goes_into_every_file_and_old_files_vanish(rendition):
    before = dict(rendition.files)
    rendition.choose(1, 1)
    assert bar(rendition, 2) == ["E5", *SECOND[1:]]
    assert not any(path.exists() for path in before.values())
    assert {p.stem for p in rendition.files.values()} == {"my-tune"}
    assert rendition.state.settled == {1}
    rendition.undo()
    assert bar(rendition, 2) == SECOND
    assert not rendition.is_corrected
    assert not rendition.past


def test_corrections_stay_when_another_bar_is_read_otherwise_and_go_with_their_own(rendition):
    rendition.correct("p1s1b3t1n2", 1)
    assert bar(rendition, 3) == [*THIRD[:2], "F#4", "F#4"]
    rendition.choose(1, 1)
    assert bar(rendition, 3)[2] == "F#4"
    rendition.choose(2, 1)
    assert bar(rendition, 3) == THIRD
    for _ in range(3):
        rendition.undo()
    assert (bar(rendition, 2), bar(rendition, 3)) == (SECOND, THIRD)


def test_a_note_is_moved_as_the_key_has_it_and_removed(rendition):
    rendition.correct("p1s1b1t1n1", -1)
    assert bar(rendition, 1) == ["F#4", "A4", "B4"]
    rendition.correct("p1s1b1t1n2", None)
    assert bar(rendition, 1) == ["F#4", "B4"]
    assert rendition.selected == "p1s1b1t1n2"


def test_another_interpretation_keeps_corrections_of_bars_that_it_reads_alike(rendition):
    rendition.correct("p1s1b1t1n1", -1)
    rendition.correct("p1s1b2t1n1", -1)
    rendition.take(2)
    assert bar(rendition, 1)[0] == "F#4"
    assert bar(rendition, 2) == ["E5", *SECOND[1:]], "bar 2 is read otherwise there"
    assert rendition.is_corrected


@pytest.mark.parametrize(
    "wrong",
    [
        lambda r: r.choose(99, 0),
        lambda r: r.choose(-1, 0),
        lambda r: r.choose(1, 99),
        lambda r: r.choose(1, -1),
        lambda r: r.take(99),
        lambda r: r.correct("nothing", 1),
        lambda r: r.look_at(99),
        lambda r: r.look_at(-1_000_000),
    ],
)
def test_what_is_not_there_is_told_and_changes_nothing(rendition, wrong):
    before = rendition.state, rendition.files["musicxml"].read_bytes()
    with pytest.raises(VisitorError):
        wrong(rendition)
    assert (rendition.state, rendition.files["musicxml"].read_bytes()) == before


def test_a_score_that_cannot_be_drawn_leaves_the_last_one(rendition, monkeypatch):
    def fails(*_):
        raise NotationError("It cannot be drawn.")

    monkeypatch.setattr("scoreweb.jobs.read.result.engrave", fails)
    with pytest.raises(NotationError):
        rendition.choose(1, 1)
    assert not rendition.is_corrected
    assert bar(rendition, 2) == SECOND


def test_slower_files_come_afterwards_and_only_when_they_are_missing(rendition):
    assert "pdf" not in rendition.files
    rendition.print_out()
    assert rendition.files["pdf"].read_bytes().startswith(b"%PDF-")
    jsonschema.validate(json.loads(rendition.files["json"].read_text()), schema())
    marked = rendition.files["overlay"]
    with Image.open(marked) as picture:
        assert picture.size == doubtful_tune()[1].pages[0].shape[::-1]
    stamp = marked.stat().st_mtime_ns
    rendition.choose(1, 1)
    assert "pdf" not in rendition.files, "that of the old score is gone"
    assert rendition.files["overlay"] == marked
    rendition.print_out()
    assert rendition.files["pdf"].exists()
    assert marked.stat().st_mtime_ns == stamp


def test_what_is_decided_while_a_score_is_printed_is_printed_afterwards(rendition, monkeypatch):
    real, decided = rendition_module.svg_to_pdf, []

    def slow(pages):
        if not decided:
            decided.append(True)
            rendition.choose(1, 1)
        return real(pages)

    monkeypatch.setattr(rendition_module, "svg_to_pdf", slow)
    rendition.print_out()
    assert "pdf" not in rendition.files, "it would be that of the old score"
    rendition.print_out()
    assert rendition.files["pdf"].exists()
    assert rendition.files["overlay"].exists()


def test_pages_are_kept_whole_and_looked_at_smaller(tmp_path):
    _, _, reading = doubtful_tune()
    wide = np.full((400, 2 * VIEW_WIDTH), 255, np.uint8)
    reading = replace(reading, pages=(replace(reading.pages[0], shape=wide.shape),) * 2)
    made = Rendition(tmp_path / "reading-2", "a.pdf", reading, Wish(), "classical", 0.5)
    made.lay_pages((wide, wide))
    made.write()
    made.print_out()
    with Image.open(made.views[0]) as view, Image.open(made.pages[0]) as page:
        assert view.size == (VIEW_WIDTH, 200)
        assert page.size == wide.shape[::-1]
    with zipfile.ZipFile(io.BytesIO(made.files["overlay"].read_bytes())) as archive:
        assert archive.namelist() == ["a-marked-1.png", "a-marked-2.png"]


def test_views_tell_bars_marks_and_what_does_not_sum(rendition):
    view = page_value(rendition.reading, rendition.state.way, 0, "x", settled={1})
    assert [b["level"] for b in view["bars"]] == [0, 0, 1, 0, 0, 0]
    assert all(view["marks"]), "marks of all levels"
    assert all(b["sums"] for b in view["bars"])
    rendition.choose(2, 1)
    rendition.choose(1, 0)
    settled = rendition.state.settled
    assert settled == {1, 2}
    assert rendition.off == set(), "what the visitor settled is not doubted again"
    other = rendition.reading.switched(rendition.reading.interpretations[0], {2: 1})
    bars = page_value(rendition.reading, other, 0, "x")["bars"]
    assert [b["bar"] for b in bars if not b["sums"]] == [2]
    told = view_value(rendition.engraving, rendition.score, doubtful={1: 1.0}, off={4})
    assert [b["off"] for b in told["bars"]] == [False] * 4 + [True, False]
    assert told["bars"][1]["certainty"] == 1.0


def test_a_bars_readings_are_drawn_and_cut_out(rendition):
    drawn = rendition.bar_drawings(1)
    assert [(round(c, 2), s) for _, c, s in drawn] == [(0.75, True), (0.7, True), (0.3, True)]
    assert len({page.svg for page, _, _ in drawn}) == 3
    with Image.open(io.BytesIO(rendition.crop(1))) as cut:
        _, (x0, y0, x1, y1) = rendition.reading.place(1)
        assert cut.width >= x1 - x0 - 1
        assert cut.height >= min(y1 - y0, 242)
    value = choice_value(1, "data:", [Offered(p.svg, c, s) for p, c, s in drawn], 0, look=True)
    assert [r["certainty"] for r in value["readings"]] == [0.75, 0.7, 0.3]


def test_what_is_kept_is_what_was_read_and_the_correction_beside_it(rendition):
    assert rendition.corrections() == []
    rendition.choose(1, 1)
    kept = rendition.submission()
    assert kept.task is Task.READ
    assert [p.rank for p in kept.predictions] == [1, 2, 3, 4, 5]
    assert kept.predictions[0].payload["bars"] == [0] * 6
    (correction,) = rendition.corrections()
    assert correction.format is CorrectionFormat.MUSICXML
    assert correction.based_on_rank == 1
    assert engrave(correction.payload.encode()).bars
    assert read_musicxml(correction.payload.encode()).parts[0].bars[1].events[0].notes[0].pitch.name == "E5"
