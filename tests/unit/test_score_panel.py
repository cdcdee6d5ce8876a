"""What happens at a score view: nobody waits for another visitor, and each edit is answered with its turn."""

import threading
from types import SimpleNamespace

import gradio as gr
import pytest

from scoreweb.errors import VisitorError
from scoreweb.score_panel import ScorePanel
from scoreweb.widgets.score_view import ScoreView
from scoreweb.workspace import Workspaces


class Result:
    """A result whose edits take as long as a test wants, with a history of numbers."""

    as_printed, version, files = True, "", {}

    def __init__(self):
        self.lock, self.go, self.steps = threading.RLock(), threading.Event(), []

    def edit(self, *edits):
        self.go.wait(20)
        self.steps.append(edits)

    def undo(self):
        if not self.steps:
            raise VisitorError("nothing to take back")
        self.steps.pop()


class Panel(ScorePanel):
    """The least that a job says."""

    nothing_yet = "nothing yet"

    def __init__(self, host, results):
        super().__init__(host)
        self.results = results
        self.progress, self.score = gr.HTML(), ScoreView(elem_id="score")
        self.downloads = {"midi": gr.DownloadButton()}
        self._connect_score([self.progress, self.score])

    def _result(self, workspace):
        return self.results[workspace.folder]

    def _views(self, result):
        return {self.score: {"pages": [], "steps": len(result.steps)}}


@pytest.fixture
def panel(tmp_path):
    host = SimpleNamespace(workspaces=Workspaces(tmp_path))
    with gr.Blocks() as blocks:
        made = Panel(host, {host.workspaces.of(who).folder: Result() for who in "ab"})
    made.blocks = blocks
    return made


def handler(panel, event):
    """The handler of an event of the score view, and its options."""
    return next(fn for fn in panel.blocks.fns.values() if (panel.score._id, event) in fn.targets)


def sent(panel, event, who, **detail):
    data = gr.EventData(None, detail)
    return handler(panel, event).fn(data, SimpleNamespace(session_hash=who))


def test_a_slow_edit_of_one_visitor_holds_no_other(panel):
    for event in ("edited", "undone", "redone", "pages_wanted"):
        assert handler(panel, event).concurrency_limit is None, "Gradio would put all visitors in one queue"
    slow = threading.Thread(target=sent, args=(panel, "edited", "a"), kwargs={"ids": ["x"], "kind": "remove"})
    slow.start()
    quick = panel.results[panel._host.workspaces.of("b").folder]
    quick.go.set()
    answer = sent(panel, "edited", "b", ids=["x"], kind="remove", turn=7)
    assert answer[panel.score] == {"pages": [], "steps": 1, "answers": 7}
    assert slow.is_alive()
    panel.results[panel._host.workspaces.of("a").folder].go.set()
    slow.join(20)
    assert not slow.is_alive()


def test_an_edit_that_cannot_be_is_answered_too_so_that_the_next_is_sent(panel):
    answer = sent(panel, "undone", "a", turn=3)
    assert answer[panel.score] == {"answers": 3}
    assert "nothing to take back" in answer[panel.progress]


@pytest.mark.parametrize("stays", [True, False])
def test_files_that_were_slow_are_shown_only_where_the_visitor_still_looks_at_their_result(
    panel, tmp_path, stays
):
    folder = panel._host.workspaces.of("a").folder
    shown = panel.results[folder]
    shown.files = {"midi": tmp_path / "first.mid"}

    def print_out():
        if not stays:
            panel.results[folder] = Result()

    shown.print_out = print_out
    answer = panel.print_out(SimpleNamespace(session_hash="a"))
    told = answer[panel.downloads["midi"]]
    assert (told.get("value") == str(tmp_path / "first.mid")) is stays
