"""What the panel of a reading looks at: what the visitor chose last, in whatever order requests are answered."""

from types import SimpleNamespace

import gradio as gr
import pytest

from models.read.service import lean
from scoreweb.jobs.read.options import ReadOptions
from scoreweb.jobs.read.panel import ReadPanel
from scoreweb.jobs.read.pieces import Piece, ReadWork
from scoreweb.jobs.read.result import ReadResult
from scoreweb.settings import Settings
from scoreweb.uploads import Upload
from scoreweb.workspace import Workspaces
from tests.doubtful_readings import doubtful_tune

NOTE = "p1s1b{}t1n1"
SOMEBODY = SimpleNamespace(session_hash="a")


@pytest.fixture
def panel(tmp_path):
    host = SimpleNamespace(workspaces=Workspaces(tmp_path), settings=Settings(collect=False))
    _, paper, reading = doubtful_tune()
    work = host.workspaces.of("a").work(ReadWork)
    for name in ("a.png", "b.png"):
        result = ReadResult(tmp_path / name, name, lean(reading), ReadOptions(), "classical", 0.5)
        result.write_pages(paper.pages)
        result.write()
        work.pieces.append(Piece(Upload(((tmp_path / name, name),), 1, (name,)), result))
    with gr.Blocks():
        made = ReadPanel(host, gr.HTML())
    made.work = work
    return made


def sent(**detail):
    return gr.EventData(None, detail)


def edit(panel, bar, count):
    told = {"ids": [NOTE.format(bar)], "kind": "step", "by": 1, "order": ["page", count]}
    return panel.editor(lambda result, _: result.choose(bar - 1, 0))(sent(**told, turn=count), SOMEBODY)


def test_candidates_are_those_of_the_bar_that_was_chosen_last_though_an_older_choice_is_heard_later(panel):
    panel._picked_note(sent(id=NOTE.format(1), order=["page", 2]), SOMEBODY)
    edit(panel, 1, 3)
    late = panel._picked_note(sent(id=NOTE.format(3), order=["page", 1]), SOMEBODY)
    assert panel.choice not in late
    late = panel._picked_bar(sent(bar=2, order=["page", 1]), SOMEBODY)
    assert panel.choice not in late
    assert panel.work.result.bar == 0
    assert panel._picked_bar(sent(bar=2, order=["page", 4]), SOMEBODY)[panel.choice]["bar"] == 2


def test_an_edit_that_is_made_after_another_bar_was_chosen_does_not_take_its_place(panel):
    panel._picked_bar(sent(bar=1, order=["page", 2]), SOMEBODY)
    shown = edit(panel, 4, 1)
    assert shown[panel.choice]["bar"] == 1
    assert panel.work.result.state.settled == {3}, "it is made all the same"


def test_another_page_of_the_browser_counts_by_itself(panel):
    panel._picked_bar(sent(bar=1, order=["page", 9]), SOMEBODY)
    panel._picked_bar(sent(bar=2, order=["reloaded", 1]), SOMEBODY)
    panel._picked_bar(sent(bar=3), SOMEBODY)
    assert panel.work.result.bar == 3


def test_a_piece_that_is_chosen_is_shown_and_told_corrected_once_it_is(panel):
    shown = panel._picked_piece(1, SOMEBODY)
    assert panel.work.result.name == "b.png"
    assert shown[panel.pieces]["value"] == 1
    changed = edit(panel, 1, 1)
    assert [label for label, _ in changed[panel.pieces]["choices"]] == ["a.png · read", "b.png · corrected"]
    assert panel.pieces not in edit(panel, 2, 2), "nothing new to tell"
    panel.work.pieces[0].result = None
    shown = panel._picked_piece(0, SOMEBODY)
    assert "a.png is not read yet" in shown[panel.remarks]
    assert shown[panel.score] is None
