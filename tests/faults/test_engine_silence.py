"""The other machine is silent, slow, busy or going: deadlines, closing, requests in flight, refusals."""

from __future__ import annotations

import threading
from collections.abc import Callable

import httpx
import pytest

from models.engine import (
    BadRequest,
    DeadlinePassed,
    EngineBusy,
    EngineClosed,
    EngineUnreachable,
    LocalEngine,
    Signature,
    UnknownService,
)
from models.engine.http import engine_app
from models.engine.remote import RemoteEngine
from models.engine.schema import KEY_HEADER
from tests.engine_host import Host
from tests.engine_services import Echo, Gated, Question, Reply, engine_threads, eventually
from tests.played_machine import ECHO, TOKEN, Machine, raising


def test_the_deadline_holds_while_the_machine_is_silent(
    machine: Machine, open_engine: Callable[..., RemoteEngine]
) -> None:
    speak = threading.Event()

    def silent(_: httpx.Request) -> httpx.Response:
        speak.wait()
        return machine.status("running")

    machine.steps["GET", "job"] = silent
    engine = open_engine()
    ticket = engine.submit("echo", Question(), deadline_s=0.05)
    with pytest.raises(DeadlinePassed):
        ticket.result()
    assert ticket.done()
    speak.set()
    eventually(lambda: machine.times("DELETE", "job") == 1)


def test_done_alone_notices_the_deadline(machine: Machine, open_engine: Callable[..., RemoteEngine]) -> None:
    machine.steps["GET", "job"] = lambda _: machine.status("running")
    ticket = open_engine().submit("echo", Question(), deadline_s=0.05)
    eventually(ticket.done)
    with pytest.raises(DeadlinePassed):
        ticket.result()


def test_nobody_waits_long_to_cancel_or_to_ask_for_health(
    machine: Machine, open_engine: Callable[..., RemoteEngine]
) -> None:
    machine.steps["GET", "job"] = lambda _: machine.status("running")
    machine.steps["DELETE", "job"] = raising(httpx.ReadTimeout)
    engine = open_engine(timeout_s=600.0)
    assert engine.submit("echo", Question()).cancel()
    engine.health()
    patience = {
        r.method: r.extensions["timeout"]["read"] for r in machine.requests if "job" not in str(r.url.path)
    }
    patience |= {r.method: r.extensions["timeout"]["read"] for r in machine.requests if r.method == "DELETE"}
    assert patience["POST"] == 600.0
    assert patience["GET"] <= 5.0
    assert patience["DELETE"] <= 2.0
    assert machine.times("DELETE", "job") == 1


def test_closing_takes_back_the_last_request_first(
    machine: Machine, open_engine: Callable[..., RemoteEngine]
) -> None:
    machine.steps["GET", "job"] = lambda _: machine.status("running")
    engine = open_engine()

    def asked_after() -> set[str]:
        return {r.url.path for r in list(machine.requests) if r.method == "GET" and "job" in r.url.path}

    for number in range(1, 4):
        engine.submit("echo", Question())
        # Requests leave in threads of their own: only one that is asked after is surely known before the next.
        eventually(lambda n=number: len(asked_after()) >= n)
    engine.close()
    sent = [r.headers[KEY_HEADER] for r in machine.requests if r.method == "POST"]
    taken_back = [r.url.path.rsplit("/", 1)[-1] for r in machine.requests if r.method == "DELETE"]
    assert taken_back == sent[::-1]


def test_closing_ends_at_the_first_silence(
    machine: Machine, open_engine: Callable[..., RemoteEngine]
) -> None:
    machine.steps["GET", "job"] = lambda _: machine.status("running")
    machine.steps["DELETE", "job"] = raising(httpx.ReadTimeout)
    engine = open_engine()
    tickets = [engine.submit("echo", Question()) for _ in range(3)]
    engine.close()
    for ticket in tickets:
        with pytest.raises(EngineClosed):
            ticket.result()
    assert machine.times("DELETE", "job") == 1


def test_as_many_as_may_be_in_flight_and_then_busy(
    machine: Machine, open_engine: Callable[..., RemoteEngine]
) -> None:
    machine.steps["GET", "job"] = lambda _: machine.status("running")
    engine = open_engine(max_in_flight=2)
    tickets = [engine.submit("echo", Question()) for _ in range(2)]
    with pytest.raises(EngineBusy):
        engine.submit("echo", Question())
    assert machine.times("POST", "echo") == 2
    tickets[0].cancel()
    eventually(lambda: engine_threads() == ["engine-remote-job"])
    engine.submit("echo", Question())


def test_a_submit_that_fails_frees_its_slot(
    machine: Machine, open_engine: Callable[..., RemoteEngine]
) -> None:
    machine.steps["POST", "echo"] = raising(httpx.ConnectError, times=6, then=machine.steps["POST", "echo"])
    engine = open_engine(max_in_flight=1)
    for _ in range(3):
        with pytest.raises(EngineUnreachable):
            engine.submit("echo", Question())
    assert engine.run("echo", Question()) == Reply("hello")


def test_a_request_too_large_is_refused_before_it_is_sent(
    machine: Machine, open_engine: Callable[..., RemoteEngine]
) -> None:
    with pytest.raises(BadRequest, match="too large"):
        open_engine(max_bytes=1000).submit("echo", Question("x" * 1000))
    assert machine.asked == []


@pytest.mark.parametrize("url", ["engine.example:8000", "ftp://engine.example", "http://", ""])
def test_an_address_that_is_none_is_refused(url: str) -> None:
    with pytest.raises(ValueError, match="address"):
        RemoteEngine(url, services=[ECHO])


@pytest.mark.parametrize("token", ["", "  ", "sécret", "two\nlines"])
def test_a_token_that_fits_no_header_is_refused(token: str) -> None:
    with pytest.raises(ValueError, match="token"):
        RemoteEngine("http://engine.example", services=[ECHO], token=token)


def test_a_wrong_token_is_told_to_the_host_and_not_to_the_visitor(caplog: pytest.LogCaptureFixture) -> None:
    with LocalEngine([Echo()]) as local:
        host = Host(engine_app(local, token=TOKEN))
        try:
            with RemoteEngine(host.url, services=[ECHO], token="other") as engine:  # noqa: S106 - of this test
                with pytest.raises(EngineUnreachable) as told:
                    engine.run("echo", Question())
                assert engine.health()["services"] == {}
        finally:
            host.stop()
    assert "token" not in str(told.value)
    assert "is the token the same on both sides?" in caplog.text


def test_a_machine_that_stops_in_the_middle_is_told() -> None:
    service = Gated()
    local = LocalEngine([service])
    host = Host(engine_app(local, token=None))
    with RemoteEngine(
        host.url, services=[Signature("gated", Question, Reply)], retry_wait_s=0.0, poll_s=0.05
    ) as engine:
        ticket = engine.submit("gated", Question())
        eventually(lambda: service.entered)
        host.stop()
        with pytest.raises(EngineUnreachable):
            ticket.result()
    local.close()
    assert service.stopped


def test_a_service_the_machine_does_not_have_is_told() -> None:
    with LocalEngine([Echo()]) as local:
        host = Host(engine_app(local, token=None))
        with RemoteEngine(host.url, services=[Signature("sing", Question, Reply)]) as engine:
            for ask in (engine.submit, engine.estimate):
                with pytest.raises(UnknownService):
                    ask("sing", Question())
        host.stop()
