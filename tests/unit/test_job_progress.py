"""What a tab shows while its job runs, and how it ends: done, cancelled, replaced, failed."""

import gradio as gr
import pytest

from models.engine import Cancelled
from scoreweb import texts as messages
from scoreweb.errors import Superseded, VisitorError
from scoreweb.job_progress import show_job
from scoreweb.metering import Step
from scoreweb.workspace import Work


class Panel:
    def __init__(self):
        self.progress, self.result = gr.HTML(), gr.HTML()

    def cleared(self):
        return {self.progress: "", self.result: ""}

    def working(self, step):
        return {self.progress: step.text}

    def filled(self, work, *, fresh):
        return {self.result: f"{work.job}, fresh: {fresh}"}


class Flute(Work):
    job = "flute"


@pytest.fixture
def shown(tmp_path):
    """Everything that is shown at the end, by name, for steps that end with an error or none."""

    def run(error=None):
        panel, problem, start, stop = Panel(), gr.HTML(), gr.Button(), gr.Button()
        names = {
            panel.progress: "progress",
            panel.result: "result",
            problem: "problem",
            start: "start",
            stop: "stop",
        }
        state = {}

        def steps():
            yield Step(0.5, "half")
            assert state["start"]["interactive"] is False
            assert state["stop"]["interactive"] is True
            if error is not None:
                raise error

        for update in show_job(Flute(tmp_path), panel, problem, start, stop, steps):
            state |= {names[component]: value for component, value in update.items()}
        assert state["start"]["interactive"] is True
        assert state["stop"]["interactive"] is False
        return state

    return run


def test_a_job_that_is_done_shows_its_result(shown):
    state = shown()
    assert state["result"] == "flute, fresh: True"
    assert state["problem"] == ""


def test_a_job_that_the_visitor_cancelled_says_so_and_shows_what_is_left(shown):
    state = shown(Cancelled())
    assert messages.CANCELLED in state["progress"]
    assert state["result"] == "flute, fresh: False"


def test_a_job_whose_file_was_replaced_does_not_claim_that_it_was_cancelled_nor_touch_the_results(shown):
    state = shown(Superseded())
    assert messages.SUPERSEDED in state["progress"]
    assert messages.CANCELLED not in state["progress"]
    assert state["result"] == ""


def test_a_job_that_fails_gives_a_sentence(shown):
    state = shown(VisitorError("Tune the flute first."))
    assert "Tune the flute first." in state["problem"]
    assert state["progress"] == ""
