"""The one way to the engine: who pays for what, and what is refused before anything is computed."""

import threading
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import pytest

from models.engine import BadRequest, Cancelled, DeadlinePassed, Estimate, LocalEngine
from scoreweb import texts as messages
from scoreweb.errors import Superseded, VisitorError
from scoreweb.guard import Budget
from scoreweb.metering import Limits, Meter, Step
from scoreweb.workspace import Work, Workspace
from tests.engine_services import eventually

CLIENT = "somebody"
WAIT = 10


@dataclass(frozen=True)
class Sum:
    a: int
    b: int


@dataclass(frozen=True)
class Total:
    total: int
    seconds: float


class Adding:
    """Adds when it is let go; says that it computed two seconds, whatever it did."""

    name = "add"
    request_type = Sum
    answer_type = Total
    max_batch = 1
    batch_wait_s = 0.0

    def __init__(self):
        self.entered, self.go = threading.Event(), threading.Event()
        self.go.set()
        self.ran = 0

    def estimate(self, request):
        return Estimate(seconds=1.0, peak_bytes=request.a)

    def run(self, jobs):
        self.entered.set()
        self.ran += 1
        while not self.go.wait(0.005):
            for job in jobs:
                job.check()
        if jobs[0].request.b < 0:
            return [BadRequest("Give no negative number.") for _ in jobs]
        return [Total(job.request.a + job.request.b, 2.0) for job in jobs]


class Adds(Work):
    job = "add"


@pytest.fixture
def service():
    return Adding()


@pytest.fixture
def engine(service):
    with LocalEngine([service], queue_size=4) as engine:
        yield engine
        service.go.set()


@pytest.fixture
def budget():
    return Budget(100.0)


@pytest.fixture
def meter(engine, budget):
    return Meter(engine, Limits(memory_bytes=1000, deadline_s=WAIT), budget)


@pytest.fixture
def workspace(tmp_path):
    return Workspace(tmp_path / "workspace")


def step(progress):
    return Step(progress.fraction, progress.note)


def followed(meter, run, request, client=CLIENT):
    """The answer of `Meter.follow`, and its steps."""
    steps, generator = [], meter.follow(run, "add", request, client, step)
    while True:
        try:
            steps.append(next(generator))
        except StopIteration as end:
            return end.value, steps


def test_a_client_pays_the_seconds_that_the_engine_computed(meter, budget):
    assert meter.call("add", Sum(1, 2), client=CLIENT).total == 3
    assert budget.left(CLIENT) == 98.0
    assert budget.left("another") == 100.0


def test_the_command_line_pays_nothing(meter, budget):
    meter.call("add", Sum(1, 2))
    assert budget.left(CLIENT) == 100.0


def test_whoever_waits_reads_for_how_long(meter, service, workspace):
    service.go.clear()
    with ThreadPoolExecutor(2) as others:
        calls = [others.submit(meter.call, "add", Sum(0, 0)) for _ in range(2)]
        assert service.entered.wait(WAIT)
        eventually(lambda: meter._pace.others("add") == 2)
        with workspace.running(workspace.work(Adds)) as run:
            steps = meter.follow(run, "add", Sum(1, 2), CLIENT, step)
            said = {next(steps).text}
            while said <= {messages.STARTING}:
                said.add(next(steps).text)
            seconds = messages.duration(2)  # two jobs of one second
            assert said - {messages.STARTING} == {messages.WAITING_FOR.format(ahead=2, seconds=seconds)}
            service.go.set()
            for _ in steps:
                pass
        assert [call.result().total for call in calls] == [0, 0]


def test_who_would_not_be_done_in_time_is_told_at_once(service, engine):
    meter = Meter(engine, Limits(deadline_s=2.5))
    service.go.clear()
    with ThreadPoolExecutor(2) as others:
        calls = [others.submit(meter.call, "add", Sum(0, 0)) for _ in range(2)]
        eventually(lambda: meter._pace.others("add") == 2)
        with pytest.raises(VisitorError, match="would not be done in time"):
            meter.call("add", Sum(1, 2))
        service.go.set()
        for call in calls:
            call.exception()  # it may have taken longer than 2.5 s here
    assert meter._pace.others("add") == 0


def test_a_job_that_is_longer_than_the_deadline_may_try_where_nobody_waits(engine):
    assert Meter(engine, Limits(deadline_s=0.9)).call("add", Sum(1, 2), deadline_s=WAIT).total == 3
    meter = Meter(engine, Limits(deadline_s=WAIT))
    meter._pace._logs["add"] = 5.0
    assert meter.call("add", Sum(1, 2)).total == 3


def test_time_in_the_queue_is_free(meter, service, engine, workspace, budget):
    service.go.clear()
    ahead = engine.submit("add", Sum(0, 0))
    assert service.entered.wait(WAIT)
    with workspace.running(workspace.work(Adds)) as run:
        steps = meter.follow(run, "add", Sum(1, 2), CLIENT, step)
        assert next(steps).text == messages.WAITING.format(ahead=1)
        time.sleep(0.6)
        threading.Timer(0.3, service.go.set).start()
        with pytest.raises(StopIteration) as end:
            while True:
                next(steps)
    assert end.value.value.total == 3
    assert budget.left(CLIENT) == 98.0, "what the answer says, and nothing for the wait"
    ahead.result(WAIT)


def test_leaving_the_queue_again_is_free(meter, service, engine, workspace, budget):
    service.go.clear()
    engine.submit("add", Sum(0, 0))
    assert service.entered.wait(WAIT)
    with workspace.running(workspace.work(Adds)) as run:
        steps = meter.follow(run, "add", Sum(1, 2), CLIENT, step)
        next(steps)
        time.sleep(0.5)
        run.cancel()
        with pytest.raises(Cancelled):
            next(steps)
    assert budget.left(CLIENT) == pytest.approx(100.0, abs=0.05)


def test_a_run_that_is_cancelled_in_the_middle_is_paid_until_then(meter, service, workspace, budget):
    service.go.clear()
    with workspace.running(workspace.work(Adds)) as run:
        steps = meter.follow(run, "add", Sum(1, 2), CLIENT, step)
        next(steps)
        assert service.entered.wait(WAIT)
        time.sleep(0.4)
        run.cancel()
        with pytest.raises(Cancelled):
            list(steps)
    spent = 100.0 - budget.left(CLIENT)
    assert 0.3 < spent < 5


def test_a_request_that_fails_is_paid_as_well(meter, budget, workspace):
    with pytest.raises(BadRequest):
        meter.call("add", Sum(1, -1), client=CLIENT)
    assert budget.left(CLIENT) < 100.0


def test_who_has_spent_the_hour_is_refused_before_anything_runs(meter, service, budget, workspace):
    budget.charge(CLIENT, 101.0)
    with pytest.raises(VisitorError, match="come back later"):
        meter.call("add", Sum(1, 2), client=CLIENT)
    with (
        workspace.running(workspace.work(Adds)) as run,
        pytest.raises(VisitorError, match="come back later"),
    ):
        followed(meter, run, Sum(1, 2))
    with pytest.raises(VisitorError), meter.computing(CLIENT):
        pass
    assert service.ran == 0
    assert followed_by_another(meter, workspace) == 3


def followed_by_another(meter, workspace):
    with workspace.running(workspace.work(Adds)) as run:
        return followed(meter, run, Sum(1, 2), client="another")[0].total


def test_what_needs_too_much_memory_is_refused_before_anything_runs(meter, service, workspace, budget):
    for attempt in (
        lambda run: meter.call("add", Sum(1001, 0), client=CLIENT),
        lambda run: meter.call("add", Sum(1001, 0)),
        lambda run: meter.estimate("add", Sum(1001, 0)),
        lambda run: followed(meter, run, Sum(1001, 0)),
    ):
        with workspace.running(workspace.work(Adds)) as run, pytest.raises(VisitorError, match="memory"):
            attempt(run)
    assert service.ran == 0
    assert budget.left(CLIENT) == 100.0
    assert meter.call("add", Sum(1000, 0)).total == 1000


def test_a_deadline_ends_a_call_and_a_run(engine, service, workspace):
    service.go.clear()
    hasty = Meter(engine, Limits(deadline_s=0.2))
    with pytest.raises(DeadlinePassed):
        hasty.call("add", Sum(1, 2))
    with workspace.running(workspace.work(Adds)) as run, pytest.raises(DeadlinePassed):
        followed(hasty, run, Sum(1, 2))
    threading.Timer(0.4, service.go.set).start()
    assert hasty.call("add", Sum(1, 2), deadline_s=WAIT).total == 3


def test_a_run_whose_input_was_replaced_gives_no_answer(meter, service, workspace):
    service.go.clear()
    with workspace.running(workspace.work(Adds)) as run:
        steps = meter.follow(run, "add", Sum(1, 2), CLIENT, step)
        next(steps)
        workspace.work(Adds).supersede()
        service.go.set()
        with pytest.raises(Superseded):
            list(steps)


def test_work_of_this_process_is_paid_by_computing_time_and_not_by_waiting(meter, budget):
    with meter.computing(CLIENT):
        time.sleep(0.3)
    assert budget.left(CLIENT) > 99.9
    with meter.computing(CLIENT):
        end = time.thread_time() + 0.2
        while time.thread_time() < end:
            pass
    assert budget.left(CLIENT) < 99.85
