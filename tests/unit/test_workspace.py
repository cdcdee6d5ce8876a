"""Workspaces of visitors: found again, cleared, limited; jobs in them, one at a time, unknown by name."""

import threading
from dataclasses import dataclass, field
from typing import ClassVar

import pytest

from models.engine import Cancelled
from scoreweb import texts as messages
from scoreweb.errors import Superseded, VisitorError
from scoreweb.workspace import Work, Workspace, Workspaces


@dataclass
class Drum(Work):
    """A job that the package knows nothing of."""

    job: ClassVar[str] = "drum"
    beats: list[int] = field(default_factory=list, init=False)

    @property
    def has_result(self):
        return self.beats == [1, 2, 3]

    def clear(self):
        self.beats = []
        super().clear()


class Flute(Work):
    job = "flute"


@pytest.fixture
def workspaces(tmp_path):
    return Workspaces(tmp_path)


@pytest.fixture
def workspace(tmp_path):
    return Workspace(tmp_path / "workspace")


def test_a_session_finds_its_own_workspace_again(workspaces):
    assert workspaces.of("a") is workspaces.of("a")
    assert workspaces.of("a").folder != workspaces.of("b").folder


def test_names_of_workspaces_cannot_be_guessed(workspaces):
    name = workspaces.of("a").folder.name
    assert len(name) >= 32
    assert name != "a"


def test_leaving_cancels_and_clears_the_work_of_every_job(workspaces):
    workspace = workspaces.of("a")
    drum = workspace.work(Drum)
    drum.beats.append(1)
    drum.folder.mkdir()
    (drum.folder / "loop.wav").write_bytes(b"x")
    with workspace.running(drum) as run:
        workspaces.leave("a")
        with pytest.raises(Cancelled):
            run.check()
    assert not workspace.folder.exists()
    assert drum.beats == []
    assert len(workspaces) == 0


def test_leaving_twice_or_as_a_stranger_is_harmless(workspaces):
    workspaces.leave("nobody")
    workspaces.of("a")
    workspaces.leave("a")
    workspaces.leave("a")
    assert len(workspaces) == 0


def finished(workspaces, session):
    """The workspace of a session, with a result."""
    workspace = workspaces.of(session)
    workspace.work(Drum).beats.extend([1, 2, 3])
    return workspace


def test_a_result_is_found_again_after_leaving_by_the_session_and_by_its_token(workspaces):
    workspace = finished(workspaces, "a")
    with workspace.running(workspace.work(Drum)) as run:
        workspaces.leave("a")
        with pytest.raises(Cancelled):
            run.check()
    assert workspaces.of("a") is workspace, "who is asked before leaving, and stays"
    workspaces.leave("a")
    assert workspaces.join("b", workspace.token)
    assert workspaces.of("b") is workspace
    assert workspace.work(Drum).beats == [1, 2, 3]
    assert len(workspaces) == 1


def test_one_of_two_pages_of_a_workspace_can_be_closed(workspaces):
    workspace = finished(workspaces, "a")
    own = workspaces.of("b")
    assert workspaces.join("b", workspace.token)
    assert not own.folder.exists(), "what the second page began with is nobody's now"
    workspaces.leave("a")
    assert workspaces.of("b") is workspace
    workspaces.leave("b")
    assert workspace.folder.exists()


def test_a_result_that_was_left_is_cleared_after_a_while(tmp_path):
    workspaces = Workspaces(tmp_path, away_s=-1)
    workspace = finished(workspaces, "a")
    workspaces.clear_idle()
    assert workspace.folder.exists(), "its visitor is there"
    workspaces.leave("a")
    workspaces.clear_idle()
    assert not workspace.folder.exists()
    assert not workspaces.join("b", workspace.token)


@pytest.mark.parametrize("token", ["", "x", "\u2603"])
def test_no_workspace_opens_by_a_wrong_token(workspaces, token):
    finished(workspaces, "a")
    assert not workspaces.join("b", token)


def test_idle_workspaces_are_cleared_when_another_visitor_comes(tmp_path):
    workspaces = Workspaces(tmp_path, idle_s=-1)
    old = workspaces.of("old")
    workspaces.of("new")
    assert not old.folder.exists()


def test_there_are_never_more_workspaces_than_allowed(tmp_path):
    workspaces = Workspaces(tmp_path, most=3)
    first = workspaces.of("0")
    for name in range(1, 10):
        workspaces.of(str(name))
    assert len(workspaces) <= 4
    assert not first.folder.exists()
    assert len(list(tmp_path.iterdir())) == len(workspaces)


def test_each_job_has_one_work_with_a_folder_of_its_own(workspace):
    drum, flute = workspace.work(Drum), workspace.work(Flute)
    assert workspace.work(Drum) is drum
    assert drum.folder != flute.folder
    assert {drum.folder.parent, flute.folder.parent} == {workspace.folder}


def test_one_job_runs_at_a_time_and_the_next_may_when_it_has_ended(workspace):
    drum, flute = workspace.work(Drum), workspace.work(Flute)
    with workspace.running(drum):
        assert workspace.is_busy
        with pytest.raises(VisitorError, match=messages.ALREADY_RUNNING), workspace.running(flute):
            pass
    assert not workspace.is_busy
    with workspace.running(flute):
        pass


def test_cancelling_one_job_does_not_touch_another(workspace):
    drum, flute = workspace.work(Drum), workspace.work(Flute)
    with workspace.running(drum) as run:
        flute.cancel()
        flute.supersede()
        run.check()
        drum.cancel()
        with pytest.raises(Cancelled):
            run.check()


def test_a_run_whose_input_was_replaced_says_so_and_a_later_cancel_does_not_change_it(workspace):
    drum = workspace.work(Drum)
    with workspace.running(drum) as run:
        drum.supersede()
        drum.cancel()
        with pytest.raises(Superseded):
            run.check()


def test_a_cancel_of_the_last_run_does_not_end_the_next(workspace):
    drum = workspace.work(Drum)
    with workspace.running(drum):
        drum.cancel()
    drum.cancel()
    with workspace.running(drum) as run:
        run.check()


def test_a_run_that_starts_while_a_cancelled_one_ends_waits_for_it(workspace):
    drum, entered, leave = workspace.work(Drum), threading.Event(), threading.Event()

    def slow():
        with workspace.running(drum):
            entered.set()
            leave.wait(10)

    thread = threading.Thread(target=slow)
    thread.start()
    assert entered.wait(10)
    drum.cancel()
    threading.Timer(0.2, leave.set).start()
    with workspace.running(drum) as run:
        run.check()
    thread.join()


def test_a_ticket_that_comes_after_the_cancel_is_taken_back(workspace):
    class Ticket:
        cancelled = False

        def cancel(self):
            self.cancelled = True
            return True

    late = Ticket()
    drum = workspace.work(Drum)
    with workspace.running(drum) as run:
        drum.cancel()
        run.hold(late)
        assert late.cancelled
