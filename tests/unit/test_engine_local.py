"""What only the engine of this process does: batches, lanes, threads, warming, running inline."""

from __future__ import annotations

import gc
import threading
import weakref
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import pytest

from models.engine import (
    DeadlinePassed,
    EngineBusy,
    EngineClosed,
    Job,
    LocalEngine,
    Progress,
    ServiceFailed,
    UnknownService,
)
from models.engine.local import LocalEngine as Local
from tests.engine_services import (
    Echo,
    Failing,
    Fake,
    Gated,
    Poisoned,
    Question,
    Reply,
    Sorted,
    Stepping,
    engine_threads,
    eventually,
)

Opener = Callable[..., LocalEngine]


@pytest.fixture
def open_engine() -> Iterator[Opener]:
    engines: list[LocalEngine] = []
    gates: list[threading.Event] = []

    def opened(*services: Any, **settings: Any) -> LocalEngine:
        gates.extend(service.gate for service in services if isinstance(service, Gated))
        engines.append(LocalEngine(services, **settings))
        return engines[-1]

    before = engine_threads()
    yield opened
    for gate in gates:
        gate.set()
    for engine in engines:
        engine.close()
    assert engine_threads() == before


def test_waiting_requests_run_in_batches_no_longer_than_allowed(open_engine: Opener) -> None:
    service = Poisoned()
    engine = open_engine(service)
    tickets = [engine.submit("poisoned", Question("0"))]
    eventually(lambda: service.batches == [["0"]])
    tickets += [engine.submit("poisoned", Question(str(number))) for number in range(1, 8)]
    service.gate.set()
    assert [ticket.result().text for ticket in tickets] == list("01234567")
    assert service.batches == [["0"], ["1", "2", "3", "4"], ["5", "6", "7"]]


def test_only_requests_of_one_key_share_a_batch(open_engine: Opener) -> None:
    service = Sorted()
    engine = open_engine(service)
    tickets = [engine.submit("sorted", Question("x0"))]
    eventually(lambda: service.batches)
    tickets += [engine.submit("sorted", Question(text)) for text in ("a1", "b1", "a2", "c1", "b2")]
    service.gate.set()
    assert [ticket.result().text for ticket in tickets] == ["x0", "a1", "b1", "a2", "c1", "b2"]
    assert service.batches == [["x0"], ["a1", "a2"], ["b1", "b2"], ["c1"]]


def test_a_key_that_cannot_be_told_refuses_the_request(open_engine: Opener) -> None:
    engine = open_engine(Sorted())
    with pytest.raises(ServiceFailed) as failed:
        engine.submit("sorted", Question(""))  # no first letter
    assert isinstance(failed.value.__cause__, IndexError)


def test_a_first_request_waits_for_company_as_long_as_the_service_likes(open_engine: Opener) -> None:
    service = Poisoned()
    service.batch_wait_s = 3600.0
    service.gate.set()
    engine = open_engine(service)
    tickets = [engine.submit("poisoned", Question(text)) for text in "abcd"]
    assert [ticket.result().text for ticket in tickets] == list("abcd")
    assert service.batches == [list("abcd")]


def test_a_request_that_waits_for_company_can_still_be_taken_back(open_engine: Opener) -> None:
    service = Poisoned()
    service.batch_wait_s = 3600.0
    service.gate.set()
    engine = open_engine(service)
    first = engine.submit("poisoned", Question("first"))
    eventually(lambda: first.position == 0)
    assert first.cancel()
    tickets = [engine.submit("poisoned", Question(text)) for text in "ab"]
    late = engine.submit("poisoned", Question("late"), deadline_s=0.05)
    with pytest.raises(DeadlinePassed):
        late.result()
    engine.close()
    for ticket in tickets:
        with pytest.raises(EngineClosed):
            ticket.result()
    assert service.batches == []


def test_cancelled_members_do_not_run_again_when_a_batch_is_retried(open_engine: Opener) -> None:
    service = Poisoned()
    engine = open_engine(service)
    first = engine.submit("poisoned", Question("first"))
    eventually(lambda: service.batches)
    tickets = [engine.submit("poisoned", Question(text)) for text in ("a", "b", "poison")]
    service.gate.set()
    first.result()
    with pytest.raises(ServiceFailed):
        tickets[2].result()
    service.gate.clear()
    more = [engine.submit("poisoned", Question(text)) for text in ("c",)]
    eventually(lambda: ["c"] in service.batches)
    more += [engine.submit("poisoned", Question(text)) for text in ("d", "e")]
    more[0].cancel()  # the running one stops at its next check
    eventually(lambda: ["d", "e"] in service.batches)
    more[1].cancel()  # its check stops the whole batch, and only its neighbour is run again
    eventually(lambda: ["e"] in service.batches)
    service.gate.set()
    assert more[2].result() == Reply("e")
    assert ["d"] not in service.batches


def test_each_service_has_a_thread_of_its_own(open_engine: Opener) -> None:
    slow, quick = Gated(), Echo()
    engine = open_engine(slow, quick)
    waiting = engine.submit("gated", Question("slow"))
    assert engine.run("echo", Question("quick")) == Reply("quick")
    assert not waiting.done()
    assert quick.threads == {"engine-echo"}


def test_no_thread_runs_before_the_first_request_nor_after_the_end(open_engine: Opener) -> None:
    engine = open_engine(Echo())
    assert engine_threads() == []
    engine.run("echo", Question())
    assert sorted(engine_threads()) == ["engine-echo", "engine-watchdog"]
    engine.close()
    assert engine_threads() == []


def test_a_listener_may_close_the_engine_it_listens_to(open_engine: Opener) -> None:
    engine = open_engine(Stepping())
    ticket = engine.submit("stepping", Question(steps=3), on_progress=lambda _: engine.close())
    with pytest.raises(EngineClosed):
        ticket.result()
    eventually(lambda: engine_threads() == [])


def test_a_listener_may_submit_another_request(open_engine: Opener) -> None:
    engine = open_engine(Stepping(), Echo())
    others: list[Reply] = []

    def ask(_: Progress) -> None:
        others.append(engine.run("echo", Question("from a listener")))

    engine.run("stepping", Question(steps=1), on_progress=ask)
    assert Reply("from a listener") in others


def test_running_calls_take_their_request_back_when_interrupted() -> None:
    taken_back: list[bool] = []

    class Interrupted:
        def result(self, timeout_s: float | None = None) -> Reply:
            raise KeyboardInterrupt

        def cancel(self) -> bool:
            taken_back.append(True)
            return True

    class Engine(Local):
        def submit(self, *_: Any, **__: Any) -> Any:
            return Interrupted()

    with Engine([Echo()]) as engine, pytest.raises(KeyboardInterrupt):
        engine.run("echo", Question())
    assert taken_back == [True]


def test_warming_tells_which_services_stayed_cold(open_engine: Opener) -> None:
    class Cold(Echo):
        name = "cold"
        repaired = False

        def warm(self) -> None:
            if not self.repaired:
                raise OSError("no weights")

    echo, cold = Echo(), Cold()
    engine = open_engine(echo, cold, Failing())
    assert engine.warm() == ("cold",)
    assert echo.warmed == 1
    health = engine.health()
    assert not health["ok"]
    assert not health["services"]["cold"]["healthy"]
    assert health["services"]["echo"]["healthy"]
    assert engine.run("cold", Question("a")) == Reply("a")
    cold.repaired = True
    assert engine.warm() == ()
    assert engine.health()["ok"]


def test_health_counts_who_waits_and_who_runs(open_engine: Opener) -> None:
    service = Gated()
    engine = open_engine(service)
    engine.submit("gated", Question("a"))
    eventually(lambda: service.entered)
    engine.submit("gated", Question("b"))
    numbers = engine.health()["services"]["gated"]
    assert numbers == {"healthy": True, "waiting": 1, "running": 1, "stuck_workers": 0}


def test_a_service_that_cannot_describe_itself_is_not_healthy(open_engine: Opener) -> None:
    class Mute(Echo):
        def describe(self) -> dict[str, Any]:
            raise OSError("no voice")

    assert not open_engine(Mute()).health()["ok"]


@pytest.mark.parametrize("name", ["", "jobs", "Read", "a/b", "9lives", "läuten", "a b", "-a"])
def test_names_that_do_not_fit_an_address_are_refused(name: str) -> None:
    service = Echo()
    service.name = name  # type: ignore[misc]
    with pytest.raises(ValueError, match="cannot be named"):
        LocalEngine([service])


def test_a_name_can_be_given_once() -> None:
    with pytest.raises(ValueError, match="cannot be named"):
        LocalEngine([Echo(), Echo()])


def test_an_engine_without_services_knows_none() -> None:
    with LocalEngine([]) as engine:
        assert engine.services() == ()
        assert engine.health() == {"ok": True, "services": {}}
        with pytest.raises(UnknownService):
            engine.run("echo", Question())


def test_inline_runs_in_the_callers_thread_and_starts_none(open_engine: Opener) -> None:
    service = Echo()
    ticket = open_engine(service, inline=True).submit("echo", Question("a"))
    assert ticket.done()
    assert service.threads == {threading.current_thread().name}
    assert engine_threads() == []
    assert not ticket.cancel()


class Asking(Fake):
    """Runs another request of the engine it is given, or outlasts its own deadline."""

    name = "asking"
    engine: LocalEngine

    def run(self, jobs: Sequence[Job[Question]]) -> Sequence[Reply | Exception]:
        if jobs[0].request.text == "late":
            eventually(lambda: (jobs[0].seconds_left or 0.0) < 0)
            return [Reply("late")]
        self.engine.run("asking", Question("inner"))
        return [Reply("never")]


def test_inline_is_busy_beyond_its_size_and_passes_that_on(open_engine: Opener) -> None:
    service = Asking()
    service.engine = open_engine(service, inline=True, queue_size=3)
    with pytest.raises(EngineBusy):
        service.engine.run("asking", Question("outer"))
    assert service.engine.health()["services"]["asking"]["running"] == 0


def test_inline_gives_no_answer_after_the_deadline(open_engine: Opener) -> None:
    service = Asking()
    engine = open_engine(service, inline=True)
    with pytest.raises(DeadlinePassed):
        engine.run("asking", Question("late"), deadline_s=0.02)


def test_inline_can_be_closed_while_it_runs(open_engine: Opener) -> None:
    service = Gated()
    engine = open_engine(service, inline=True)
    closing = threading.Thread(target=lambda: (eventually(lambda: service.entered), engine.close()))
    closing.start()
    with pytest.raises(EngineClosed):
        engine.run("gated", Question("a"))
    closing.join()
    assert service.stopped == [EngineClosed]


def test_what_was_asked_and_answered_is_let_go_while_the_next_is_waited_for(open_engine: Opener) -> None:
    """A page and its enlargement take up to a gigabyte, and the next job may be hours away."""
    engine = open_engine(Echo())
    ticket = engine.submit("echo", Question("a"))
    assert ticket.result(10).text == "a"
    held = weakref.ref(ticket)
    del ticket

    def gone() -> bool:
        gc.collect()
        return held() is None

    eventually(gone)
