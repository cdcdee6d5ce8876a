"""What every engine promises about cancelling, deadlines, a full queue and its end."""

from __future__ import annotations

import pytest

from models.engine import (
    Cancelled,
    DeadlinePassed,
    EngineBusy,
    EngineClosed,
)
from tests.engine_contract import Opener, queued, submit_and_enter
from tests.engine_services import (
    Echo,
    Gated,
    Question,
    Reply,
    eventually,
)


@queued
def test_a_request_taken_back_in_the_queue_is_never_run(open_engine: Opener) -> None:
    service = Gated()
    engine = open_engine(service)
    running = engine.submit("gated", Question("running"))
    eventually(lambda: service.entered)
    waiting = engine.submit("gated", Question("waiting"))
    assert waiting.cancel()
    with pytest.raises(Cancelled):
        waiting.result()
    assert not waiting.cancel()
    service.gate.set()
    running.result()
    assert engine.run("gated", Question("next")) == Reply("next")
    assert service.entered == ["running", "next"]


@queued
def test_a_request_taken_back_while_it_runs_stops(open_engine: Opener) -> None:
    service = Gated()
    engine = open_engine(service)
    ticket = engine.submit("gated", Question("running"))
    eventually(lambda: service.entered)
    assert ticket.cancel()
    with pytest.raises(Cancelled):
        ticket.result()
    eventually(lambda: service.stopped == [Cancelled])
    service.gate.set()
    assert engine.run("gated", Question("next")) == Reply("next")


def test_taking_back_a_finished_request_comes_too_late(open_engine: Opener) -> None:
    ticket = open_engine(Echo()).submit("echo", Question("a"))
    ticket.result()
    assert not ticket.cancel()
    assert ticket.result() == Reply("a")


@queued
def test_a_request_whose_deadline_passes_in_the_queue_is_never_run(open_engine: Opener) -> None:
    service = Gated()
    engine = open_engine(service)
    running = engine.submit("gated", Question("running"))
    eventually(lambda: service.entered)
    waiting = engine.submit("gated", Question("waiting"), deadline_s=0.05)
    with pytest.raises(DeadlinePassed):
        waiting.result()
    eventually(
        lambda: engine.health()["services"]["gated"]["waiting"] == 0
    )  # the other machine has its own clock
    service.gate.set()
    running.result()
    engine.run("gated", Question("next"))
    assert service.entered == ["running", "next"]


@queued
def test_a_request_whose_deadline_passes_while_it_runs_stops(open_engine: Opener) -> None:
    service = Gated()
    engine = open_engine(service)
    ticket = submit_and_enter(engine, service)
    with pytest.raises(DeadlinePassed):
        ticket.result()
    eventually(lambda: len(service.stopped) == len(service.entered))
    assert service.stopped[-1] in (DeadlinePassed, Cancelled)  # whichever side's clock noticed first
    service.gate.set()
    assert engine.run("gated", Question("next")) == Reply("next")


def test_a_deadline_that_passed_before_it_began_runs_nothing(open_engine: Opener) -> None:
    service = Echo()
    engine = open_engine(service)
    with pytest.raises(DeadlinePassed):
        engine.run("echo", Question("late"), deadline_s=0.0)
    assert engine.run("echo", Question("in time"), deadline_s=600.0) == Reply("in time")
    assert service.entered == ["in time"]


@queued
def test_a_full_queue_is_busy_and_loses_nobody(open_engine: Opener) -> None:
    service = Gated()
    engine = open_engine(service, queue_size=1)
    running = engine.submit("gated", Question("running"))
    eventually(lambda: service.entered)
    waiting = engine.submit("gated", Question("waiting"))
    with pytest.raises(EngineBusy, match="try again in a moment"):
        engine.submit("gated", Question("one too many"))
    service.gate.set()
    assert running.result() == Reply("running")
    assert waiting.result() == Reply("waiting")


@queued
def test_a_place_in_the_queue_freed_by_a_cancel_is_free(open_engine: Opener) -> None:
    service = Gated()
    engine = open_engine(service, queue_size=1)
    running = engine.submit("gated", Question("running"))
    eventually(lambda: service.entered)
    engine.submit("gated", Question("waiting")).cancel()
    other = engine.submit("gated", Question("other"))
    service.gate.set()
    assert [running.result().text, other.result().text] == ["running", "other"]


@queued
def test_a_ticket_tells_its_place_in_the_queue(open_engine: Opener) -> None:
    service = Gated()
    engine = open_engine(service)
    tickets = [engine.submit("gated", Question("0"))]
    eventually(lambda: service.entered)
    tickets += [engine.submit("gated", Question(str(number))) for number in (1, 2)]
    eventually(lambda: [ticket.position for ticket in tickets] == [0, 1, 2])
    waited = tickets[2].seconds_waited
    eventually(lambda: tickets[2].seconds_waited > waited)
    service.gate.set()
    for ticket in tickets:
        ticket.result()
    assert [ticket.position for ticket in tickets] == [0, 0, 0]
    at_rest = [ticket.seconds_waited for ticket in tickets]
    assert at_rest == [ticket.seconds_waited for ticket in tickets]
    assert at_rest[2] >= waited


@queued
def test_losing_patience_with_a_result_does_not_lose_the_request(open_engine: Opener) -> None:
    service = Gated()
    ticket = open_engine(service).submit("gated", Question("slow"))
    with pytest.raises(TimeoutError):
        ticket.result(timeout_s=0.01)
    assert not ticket.done()
    service.gate.set()
    assert ticket.result(timeout_s=60) == Reply("slow")
    assert ticket.done()


def test_the_end_of_a_ticket_is_told_once_to_each(open_engine: Opener) -> None:
    ticket = open_engine(Echo()).submit("echo", Question())
    told: list[str] = []

    def broken() -> None:
        raise RuntimeError("nobody cares")

    ticket.when_done(broken)
    ticket.when_done(lambda: told.append("early"))
    eventually(lambda: told)
    ticket.when_done(lambda: told.append("late"))
    assert told == ["early", "late"]


@queued
def test_closing_fails_whatever_is_unanswered(open_engine: Opener) -> None:
    service = Gated()
    engine = open_engine(service)
    running = engine.submit("gated", Question("running"))
    eventually(lambda: service.entered)
    waiting = engine.submit("gated", Question("waiting"))
    engine.close()
    for ticket in (running, waiting):
        with pytest.raises(EngineClosed):
            ticket.result()
    assert service.entered == ["running"]
    eventually(lambda: len(service.stopped) == 1)


def test_a_closed_engine_stays_closed(open_engine: Opener) -> None:
    with open_engine(Echo()) as engine:
        assert engine.run("echo", Question("a")) == Reply("a")
    with pytest.raises(EngineClosed):
        engine.submit("echo", Question("b"))
    engine.close()
    assert engine.health()["ok"] is False
