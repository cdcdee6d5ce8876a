"""What every engine promises, asked of the local one, the inline one, and the one on another machine."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest

from models.engine import (
    BadRequest,
    Cancelled,
    DeadlinePassed,
    Engine,
    EngineBusy,
    EngineClosed,
    Estimate,
    LocalEngine,
    Progress,
    ServiceFailed,
    Signature,
    Ticket,
    UnknownService,
)
from models.engine.http import engine_app
from models.engine.remote import RemoteEngine
from tests.engine_host import Host
from tests.engine_services import (
    Echo,
    Failing,
    Fake,
    Gated,
    Mute,
    Nonsense,
    Poisoned,
    Question,
    Reply,
    Stepping,
    engine_threads,
    eventually,
)

Opener = Callable[..., Engine]
TOKEN = "a secret"


@pytest.fixture(params=["local", "inline", "remote"])
def open_engine(request: pytest.FixtureRequest) -> Iterator[Opener]:
    """Opens an engine of each kind over the services given; gates are opened and all is closed in the end."""
    ends: list[Callable[[], None]] = []
    before = engine_threads()

    def opened(*services: Any, **settings: Any) -> Engine:
        ends.extend(service.gate.set for service in services if isinstance(service, Gated))
        local = LocalEngine(services, inline=request.param == "inline", **settings)
        ends.append(local.close)
        if request.param != "remote":
            return local
        host = Host(engine_app(local, token=TOKEN))
        ends.append(host.stop)
        types = [Signature(s.name, s.request_type, s.answer_type) for s in services]
        remote = RemoteEngine(host.url, services=types, token=TOKEN, poll_s=0.5)
        ends.append(remote.close)
        return remote

    opened.kind = request.param  # type: ignore[attr-defined]
    yield opened
    for end in reversed(ends):
        end()
    eventually(lambda: engine_threads() == before)


queued = pytest.mark.parametrize("open_engine", ["local", "remote"], indirect=True)


def submit_and_enter(engine: Engine, service: Fake) -> Ticket[Any]:
    """A ticket whose deadline will pass while it runs, on a machine however slow."""
    deadline_s = 0.2
    while True:
        text = f"within {deadline_s}"
        ticket = engine.submit(service.name, Question(text), deadline_s=deadline_s)
        eventually(lambda t=ticket, word=text: t.done() or word in service.entered)  # type: ignore[misc]
        if text in service.entered:
            return ticket
        deadline_s *= 2


def test_the_answer_comes_back_as_it_was_given(open_engine: Opener) -> None:
    numbers = np.arange(6, dtype=np.float32).reshape(2, 3)
    answer = open_engine(Echo()).run("echo", Question("sharp ♯", numbers))
    assert isinstance(answer, Reply)
    assert answer.text == "sharp ♯"
    assert answer.numbers is not None
    assert answer.numbers.dtype == np.float32
    np.testing.assert_array_equal(answer.numbers, numbers)


def test_many_requests_each_get_their_own_answer(open_engine: Opener) -> None:
    engine = open_engine(Echo(), queue_size=20)
    tickets = [engine.submit("echo", Question(str(number))) for number in range(20)]
    assert [ticket.result().text for ticket in tickets] == [str(number) for number in range(20)]


def test_progress_never_falls_and_is_complete_before_the_answer(open_engine: Opener) -> None:
    heard: list[Progress] = []
    ticket = open_engine(Stepping()).submit("stepping", Question(steps=7), on_progress=heard.append)
    ticket.result()
    shares = [progress.fraction for progress in heard]
    assert shares == sorted(shares)
    assert (heard[-1].done, heard[-1].total) == (7, 7)
    assert ticket.progress == heard[-1]
    assert heard[-1].note.startswith("step")


def test_a_service_that_reports_nothing_is_complete_all_the_same(open_engine: Opener) -> None:
    heard: list[Progress] = []
    open_engine(Echo()).run("echo", Question(), on_progress=heard.append)
    assert [(progress.done, progress.total) for progress in heard] == [(1, 1)]


def test_a_listener_that_breaks_does_no_harm(open_engine: Opener) -> None:
    calls: list[Progress] = []

    def broken(progress: Progress) -> None:
        calls.append(progress)
        raise RuntimeError("the tab was closed")

    engine = open_engine(Stepping())
    assert engine.run("stepping", Question("a", steps=5), on_progress=broken) == Reply("a")
    assert len(calls) == 1
    assert engine.run("stepping", Question("b", steps=5)) == Reply("b")


@pytest.mark.parametrize("how", ["raise", "return"])
def test_a_failure_tells_the_visitor_nothing_of_the_host(open_engine: Opener, how: str) -> None:
    engine = open_engine(Failing())
    ticket = engine.submit("failing", Question(how))
    with pytest.raises(ServiceFailed) as failed:
        ticket.result()
    assert "private" not in str(failed.value)
    assert "please" in str(failed.value)
    if isinstance(engine, LocalEngine):
        assert isinstance(failed.value.__cause__, OSError)


def test_a_refusal_reaches_the_visitor_word_for_word(open_engine: Opener) -> None:
    engine = open_engine(Failing())
    with pytest.raises(
        BadRequest, match=r"^The staff lines are too close; please scan at 150 dpi or more\.$"
    ):
        engine.run("failing", Question("refuse"))


def test_a_service_that_exits_fails_and_serves_on(open_engine: Opener) -> None:
    engine = open_engine(Failing())
    if isinstance(engine, LocalEngine) and getattr(open_engine, "kind", "") == "inline":
        with pytest.raises(SystemExit):  # it is the caller's thread, so the caller must learn of it
            engine.submit("failing", Question("exit"))
    else:
        with pytest.raises(ServiceFailed):
            engine.run("failing", Question("exit"))
    with pytest.raises(BadRequest):
        engine.run("failing", Question("refuse"))


def test_an_unknown_service_is_refused(open_engine: Opener) -> None:
    engine = open_engine(Echo())
    for ask in (engine.submit, engine.estimate):
        with pytest.raises(UnknownService):
            ask("sing", Question())
    with pytest.raises(UnknownService):
        engine.signature("sing")


def test_a_request_of_another_type_is_refused(open_engine: Opener) -> None:
    engine = open_engine(Echo())
    for ask in (engine.submit, engine.estimate):
        with pytest.raises(BadRequest):
            ask("echo", Reply("not a question"))


@pytest.mark.parametrize("deadline_s", [float("nan"), float("inf")])
def test_a_deadline_that_is_no_moment_is_refused(open_engine: Opener, deadline_s: float) -> None:
    with pytest.raises(BadRequest, match="deadline"):
        open_engine(Echo()).submit("echo", Question(), deadline_s=deadline_s)


@pytest.mark.parametrize("kind", ["type", "count", "none", "text"])
def test_a_nonsense_answer_is_a_failure(open_engine: Opener, kind: str) -> None:
    with pytest.raises(ServiceFailed):
        open_engine(Nonsense()).run("nonsense", Question(kind))


@queued
def test_one_poisoned_request_does_not_fail_its_batch(open_engine: Opener) -> None:
    service = Poisoned()
    engine = open_engine(service)
    first = engine.submit("poisoned", Question("first"))
    eventually(lambda: service.batches == [["first"]])
    texts = ["a", "poison", "b"]
    tickets = [engine.submit("poisoned", Question(text)) for text in texts]
    service.gate.set()
    assert first.result() == Reply("first")
    assert tickets[0].result() == Reply("a")
    assert tickets[2].result() == Reply("b")
    with pytest.raises(ServiceFailed):
        tickets[1].result()
    assert service.batches == [["first"], texts, ["a"], ["poison"], ["b"]]


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


def test_an_estimate_comes_from_the_service(open_engine: Opener) -> None:
    engine = open_engine(Echo(), Failing())
    assert engine.estimate("echo", Question(steps=3)) == Estimate(3.0, 3000)
    assert engine.estimate("failing", Question()) is None
    with pytest.raises(BadRequest, match=r"^Please send another text\.$"):
        engine.estimate("echo", Question("refused"))
    with pytest.raises(ServiceFailed) as failed:
        engine.estimate("echo", Question("broken"))
    assert "private" not in str(failed.value)


def test_an_engine_knows_its_services(open_engine: Opener) -> None:
    engine = open_engine(Stepping(), Echo())
    assert engine.services() == ("stepping", "echo")
    assert engine.signature("echo") == Signature("echo", Question, Reply)


def test_health_is_json_with_the_services_own_words(open_engine: Opener) -> None:
    health = open_engine(Echo(), Gated()).health()
    assert health["ok"] is True
    assert health["services"]["echo"]["about"] == {"version": "echo-1"}
    assert health["services"]["gated"]["healthy"] is True
    assert json.loads(json.dumps(health)) == health


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


def test_options_are_handed_on_as_the_service_describes_them(open_engine: Opener) -> None:
    engine = open_engine(Echo())
    expected = {"voices": [{"name": "high"}, {"name": "low ♯"}], "most": 7}
    assert engine.options("echo") == expected
    assert engine.options("echo") == expected, "asking changes nothing"


def test_a_service_that_describes_no_options_has_none(open_engine: Opener) -> None:
    class Terse(Stepping):
        name = "terse"

        def describe(self) -> dict[str, Any]:
            return {"version": "terse-1"}

    engine = open_engine(Stepping(), Terse())
    assert engine.options("stepping") == engine.options("terse") == {}


def test_options_of_a_service_that_breaks_over_them_or_is_not_there(open_engine: Opener) -> None:
    engine = open_engine(Mute(), Echo())
    with pytest.raises(ServiceFailed) as failed:
        engine.options("mute")
    assert "/srv" not in str(failed.value)
    with pytest.raises(UnknownService):
        engine.options("nobody")
    assert engine.options("echo"), "a neighbour is not concerned"


def test_options_can_be_asked_for_while_the_service_is_at_work(open_engine: Opener) -> None:
    if open_engine.kind == "inline":  # type: ignore[attr-defined]
        pytest.skip("an inline engine runs in the caller's thread")

    class Busy(Gated):
        def describe(self) -> dict[str, Any]:
            return {"options": {"most": 1}}

    service = Busy()
    engine = open_engine(service)
    ticket = engine.submit(service.name, Question("work"))
    eventually(lambda: service.entered)
    assert engine.options(service.name) == {"most": 1}
    service.gate.set()
    ticket.result()


def test_a_closed_engine_elsewhere_is_asked_for_nothing(open_engine: Opener) -> None:
    if open_engine.kind != "remote":  # type: ignore[attr-defined]
        pytest.skip("a local engine describes its services for as long as it is held")
    engine = open_engine(Echo())
    engine.close()
    with pytest.raises(EngineClosed):
        engine.options("echo")
