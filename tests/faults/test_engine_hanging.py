"""Services that hang, and crowds."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from models.engine import DeadlinePassed, Engine, EngineBusy, LocalEngine, Progress, Signature, Ticket
from models.engine import service_queue as lane
from models.engine.batch import run_batch
from models.engine.http import engine_app
from models.engine.remote import RemoteEngine
from tests.engine_host import Host
from tests.engine_services import Echo, Gated, Hanging, Question, Reply, engine_threads, eventually


@pytest.fixture
def hanging() -> Iterator[Hanging]:
    service = Hanging()
    yield service
    service.gate.set()
    eventually(lambda: engine_threads() == [])


@pytest.fixture
def open_engine(hanging: Hanging) -> Iterator[Callable[..., LocalEngine]]:
    engines: list[LocalEngine] = []

    def opened(**settings: Any) -> LocalEngine:
        engines.append(LocalEngine([hanging], grace_s=0.0, **settings))
        return engines[-1]

    yield opened
    for engine in engines:
        engine.close()


def hang(engine: LocalEngine, service: Hanging, word: str = "hang", **more: Any) -> Ticket[Any]:
    """Makes one worker of ``engine`` hang past a deadline, on a machine however slow."""
    deadline_s, before = 0.05, stuck(engine)
    while True:
        ticket = engine.submit("hanging", Question(word), deadline_s=deadline_s, **more)
        with pytest.raises(DeadlinePassed):
            ticket.result()
        eventually(lambda: word in service.entered or (idle(engine) and stuck(engine) == before))
        if word in service.entered:
            return ticket
        deadline_s *= 2


def stuck(engine: LocalEngine) -> int:
    return int(engine.health()["services"]["hanging"]["stuck_workers"])


def idle(engine: LocalEngine) -> bool:
    numbers = engine.health()["services"]["hanging"]
    return bool(numbers["waiting"] == numbers["running"] == 0)


def test_a_hanging_service_is_replaced_and_the_next_request_is_served(
    hanging: Hanging, open_engine: Callable[..., LocalEngine]
) -> None:
    engine = open_engine()
    hang(engine, hanging)
    assert engine.run("hanging", Question("next")) == Reply("next")
    assert stuck(engine) == 1
    assert engine.health()["ok"]


def test_requests_that_waited_behind_a_hanging_one_are_served(
    hanging: Hanging, open_engine: Callable[..., LocalEngine]
) -> None:
    engine = open_engine()
    first = engine.submit("hanging", Question("hang"))
    eventually(lambda: hanging.entered)
    behind = [engine.submit("hanging", Question(str(number))) for number in range(3)]
    first.cancel()
    assert [ticket.result().text for ticket in behind] == ["0", "1", "2"]


def test_what_a_replaced_worker_says_late_is_dropped(
    hanging: Hanging, open_engine: Callable[..., LocalEngine]
) -> None:
    engine = open_engine()
    heard: list[Progress] = []
    ticket = hang(engine, hanging, on_progress=heard.append)
    hanging.gate.set()
    assert hanging.came_back.acquire(timeout=60)
    eventually(lambda: stuck(engine) == 0)
    with pytest.raises(DeadlinePassed):
        ticket.result()
    assert heard == []
    assert engine.run("hanging", Question("next")) == Reply("next")


def test_too_many_stuck_workers_make_the_service_busy_until_one_comes_back(
    hanging: Hanging, open_engine: Callable[..., LocalEngine]
) -> None:
    engine = open_engine(max_stuck=2)
    hang(engine, hanging, "hang 1")
    hang(engine, hanging, "hang 2")
    eventually(lambda: stuck(engine) == 2)
    assert not engine.health()["ok"]
    with pytest.raises(EngineBusy):
        engine.submit("hanging", Question("next"))
    assert engine_threads().count("engine-hanging") == 2
    hanging.gate.set()
    eventually(lambda: stuck(engine) == 0)
    assert engine.health()["ok"]
    assert engine.run("hanging", Question("next")) == Reply("next")


def test_those_who_wait_when_the_last_worker_sticks_are_told_to_try_again(
    hanging: Hanging, open_engine: Callable[..., LocalEngine]
) -> None:
    engine = open_engine(max_stuck=1)
    first = engine.submit("hanging", Question("hang"))
    eventually(lambda: hanging.entered)
    behind = engine.submit("hanging", Question("behind"))
    first.cancel()
    with pytest.raises(EngineBusy):
        behind.result()
    assert hanging.entered == ["hang"]


def test_a_request_without_deadline_gets_the_engines(
    hanging: Hanging, open_engine: Callable[..., LocalEngine]
) -> None:
    engine = open_engine(deadline_s=0.2)
    with pytest.raises(DeadlinePassed):
        engine.run("hanging", Question("hang"))


def test_a_cancelled_request_without_deadline_does_not_hold_its_worker_for_ever(
    hanging: Hanging, open_engine: Callable[..., LocalEngine]
) -> None:
    engine = open_engine()
    ticket = engine.submit("hanging", Question("hang"))
    eventually(lambda: hanging.entered)
    assert ticket.cancel()
    assert engine.run("hanging", Question("next")) == Reply("next")
    assert stuck(engine) == 1


def test_a_batch_is_left_alone_while_one_in_it_may_still_be_answered(
    hanging: Hanging, open_engine: Callable[..., LocalEngine]
) -> None:
    hanging.max_batch, hanging.batch_wait_s = 2, 3600.0
    engine = open_engine()
    patient, hurried = (engine.submit("hanging", Question(word)) for word in ("hang", "hurried"))
    eventually(lambda: hanging.entered == ["hang", "hurried"])
    assert hurried.cancel()
    late = engine.submit("hanging", Question("late"), deadline_s=0.01)
    with pytest.raises(DeadlinePassed):
        late.result()  # the watchdog has looked again
    assert stuck(engine) == 0
    other = engine.submit("hanging", Question("other"))
    hanging.gate.set()
    assert patient.result() == Reply("hang")
    other.cancel()


def test_a_service_that_is_still_within_its_deadline_is_left_alone(
    hanging: Hanging, open_engine: Callable[..., LocalEngine]
) -> None:
    engine = open_engine()
    slow = engine.submit("hanging", Question("hang"), deadline_s=3600.0)
    eventually(lambda: hanging.entered)
    late = engine.submit("hanging", Question("late"), deadline_s=0.01)
    with pytest.raises(DeadlinePassed):
        late.result()  # the watchdog has looked, and found nothing stuck
    assert stuck(engine) == 0
    hanging.gate.set()
    assert slow.result() == Reply("hang")


def test_a_worker_that_has_just_answered_is_not_taken_for_stuck(
    hanging: Hanging, open_engine: Callable[..., LocalEngine], monkeypatch: pytest.MonkeyPatch
) -> None:
    def runs_and_lingers(*batch: Any) -> None:
        run_batch(*batch)
        hanging.gate.wait()  # all tickets have ended, and the worker still holds them

    monkeypatch.setattr(lane, "run_batch", runs_and_lingers)
    engine = open_engine()
    assert engine.run("hanging", Question("first")) == Reply("first")
    late = engine.submit("hanging", Question("late"), deadline_s=0.01)
    with pytest.raises(DeadlinePassed):
        late.result()  # the watchdog has looked
    assert stuck(engine) == 0
    hanging.gate.set()
    assert engine.run("hanging", Question("next")) == Reply("next")


def test_closing_does_not_wait_for_a_hanging_service(
    hanging: Hanging, open_engine: Callable[..., LocalEngine]
) -> None:
    engine = open_engine()
    engine.submit("hanging", Question("hang"))
    eventually(lambda: hanging.entered)
    engine.close()  # the gate is still shut: if this waited, the test would not end
    assert "engine-hanging" in engine_threads()


@pytest.mark.parametrize("where", ["local", "remote"])
def test_of_a_crowd_each_is_answered_or_told_that_the_engine_is_busy(where: str) -> None:
    crowd = 200
    service = Gated()
    local = LocalEngine([service], queue_size=16)
    host = Host(engine_app(local, token=None, max_jobs=crowd)) if where == "remote" else None
    engine: Engine = local
    if host:
        types = [Signature("gated", Question, Reply)]
        engine = RemoteEngine(host.url, services=types, poll_s=0.5)
    start, lock = threading.Barrier(20), threading.Lock()
    outcomes: dict[str, str] = {}

    def visit(first: int) -> None:
        start.wait()
        tickets = {}
        for number in range(first, crowd, 20):
            text = str(number)
            try:
                tickets[text] = engine.submit("gated", Question(text))
            except EngineBusy:
                with lock:
                    outcomes[text] = "busy"
            if len(outcomes) > crowd // 2:
                service.gate.set()  # from here on the queue moves while others still push in
        service.gate.set()
        for text, ticket in tickets.items():
            answer = ticket.result().text
            with lock:
                outcomes[text] = answer

    visitors = [threading.Thread(target=visit, args=(first,)) for first in range(20)]
    for visitor in visitors:
        visitor.start()
    for visitor in visitors:
        visitor.join()
    served = [text for text, outcome in outcomes.items() if outcome == text]
    busy = [text for text, outcome in outcomes.items() if outcome == "busy"]
    assert len(served) + len(busy) == crowd
    assert sorted(service.entered) == sorted(served)
    assert len(served) >= 16
    engine.close()
    if host:
        host.stop()
    local.close()
    eventually(lambda: engine_threads() == [])


def test_two_engines_do_not_share_a_queue() -> None:
    with LocalEngine([Echo()], queue_size=1) as one, LocalEngine([Echo()], queue_size=1) as other:
        assert one.run("echo", Question("a")) == Reply("a")
        assert other.run("echo", Question("b")) == Reply("b")
