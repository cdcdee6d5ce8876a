"""The other machine is silent, broken, slow, or talks nonsense."""

from __future__ import annotations

import json
import logging
import socket
import threading
from collections.abc import Callable, Iterator
from typing import Any

import httpx
import pytest

from models.engine import (
    BadRequest,
    DeadlinePassed,
    EngineBusy,
    EngineClosed,
    EngineUnreachable,
    JobLost,
    LocalEngine,
    Signature,
    UnknownService,
    wire,
)
from models.engine.circuit import Circuit
from models.engine.http import engine_app
from models.engine.remote import RemoteEngine
from models.engine.schema import DEADLINE_HEADER, KEY_HEADER, JobStatus
from tests.engine_host import Host
from tests.engine_services import Echo, Gated, Question, Reply, engine_threads, eventually

ECHO = Signature("echo", Question, Reply)
TOKEN = "quite secret"  # noqa: S105 - of this test

Answerer = Callable[[httpx.Request], httpx.Response]


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


class Machine:
    """The other machine, played: what each step of the schema answers, and a list of what was asked."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, str]] = []
        self.requests: list[httpx.Request] = []
        self.steps: dict[tuple[str, str], Answerer] = {
            ("POST", "echo"): lambda _: self.status("running", code=202),
            ("POST", "estimate"): lambda _: httpx.Response(200, content=b"null"),
            ("GET", "job"): lambda _: self.status("done"),
            ("GET", "answer"): lambda _: httpx.Response(200, content=wire.dumps(Reply("hello"))),
            ("DELETE", "job"): lambda _: httpx.Response(200, json={"cancelled": True}),
            ("GET", "healthz"): lambda _: httpx.Response(200, json={"ok": True}),
        }

    def __call__(self, request: httpx.Request) -> httpx.Response:
        last = request.url.path.rsplit("/", 1)[-1]
        step = (request.method, "job" if len(last) == 32 else last)
        self.asked.append(step)
        self.requests.append(request)
        return self.steps[step](request)

    def status(self, state: str, *, code: int = 200, **more: Any) -> httpx.Response:
        document = JobStatus("0" * 32, "echo", "running", len(self.asked), 0, 0.0, None, None).document()
        return httpx.Response(code, json={**document, "state": state, **more})

    def times(self, method: str, step: str) -> int:
        return self.asked.count((method, step))


@pytest.fixture
def machine() -> Machine:
    return Machine()


@pytest.fixture
def open_engine(machine: Machine) -> Iterator[Callable[..., RemoteEngine]]:
    ends: list[Callable[[], None]] = []

    def opened(**settings: Any) -> RemoteEngine:
        client = httpx.Client(transport=httpx.MockTransport(machine))
        defaults: dict[str, Any] = {"services": [ECHO], "client": client, "retry_wait_s": 0.0, "poll_s": 0.01}
        engine = RemoteEngine("http://engine.example:8000/base/", **{**defaults, **settings})
        ends.extend([client.close, engine.close])
        return engine

    yield opened
    for end in reversed(ends):
        end()
    eventually(lambda: engine_threads() == [])


def raising(error: type[Exception], times: int = 10**9, then: Answerer | None = None) -> Answerer:
    """Raises ``error`` the first ``times`` times."""
    left = [times]

    def answer(request: httpx.Request) -> httpx.Response:
        left[0] -= 1
        if left[0] >= 0 or then is None:
            raise error("http://engine.example:8000 is private")  # type: ignore[call-arg]
        return then(request)

    return answer


def replying(*args: Any, **kwargs: Any) -> Answerer:
    return lambda _: httpx.Response(*args, **kwargs)


def test_a_job_takes_these_steps_and_no_more(
    machine: Machine, open_engine: Callable[..., RemoteEngine]
) -> None:
    engine = open_engine(token=TOKEN)
    assert engine.run("echo", Question("hello"), deadline_s=60.0) == Reply("hello")
    eventually(lambda: len(machine.asked) == 4)
    assert machine.asked == [("POST", "echo"), ("GET", "job"), ("GET", "answer"), ("DELETE", "job")]
    sent = machine.requests[0]
    assert sent.url.path == "/base/v1/echo"
    assert float(sent.headers[DEADLINE_HEADER]) == 60.0
    assert wire.loads(sent.content, Question) == Question("hello")
    for request in machine.requests:
        assert request.headers["authorization"] == f"Bearer {TOKEN}"
    for request in machine.requests[1:]:
        assert f"/base/v1/jobs/{sent.headers[KEY_HEADER]}" in request.url.path


STEPS = [("POST", "echo"), ("GET", "job"), ("GET", "answer")]
BROKEN_CONNECTIONS = [
    httpx.ConnectError,
    httpx.ConnectTimeout,
    httpx.ReadError,
    httpx.WriteError,
    httpx.RemoteProtocolError,
]


@pytest.mark.parametrize("step", STEPS)
@pytest.mark.parametrize("error", BROKEN_CONNECTIONS)
def test_a_broken_connection_is_tried_once_more(
    machine: Machine,
    open_engine: Callable[..., RemoteEngine],
    step: tuple[str, str],
    error: type[Exception],
) -> None:
    machine.steps[step] = raising(error, times=1, then=machine.steps[step])
    assert open_engine().run("echo", Question("hello")) == Reply("hello")
    assert machine.times(*step) == 2
    keys = {r.headers[KEY_HEADER] for r in machine.requests if r.method == "POST"}
    assert len(keys) == 1  # so that the host knows the second for the first


@pytest.mark.parametrize("step", STEPS)
@pytest.mark.parametrize("error", BROKEN_CONNECTIONS)
def test_a_connection_that_stays_broken_is_tried_twice_and_told(
    machine: Machine,
    open_engine: Callable[..., RemoteEngine],
    step: tuple[str, str],
    error: type[Exception],
) -> None:
    machine.steps[step] = raising(error)
    with pytest.raises(EngineUnreachable) as told:
        open_engine().run("echo", Question("hello"))
    assert machine.times(*step) == 2
    assert "engine.example" not in str(told.value)


@pytest.mark.parametrize("step", STEPS)
@pytest.mark.parametrize("error", [httpx.ReadTimeout, httpx.WriteTimeout])
def test_silence_is_not_tried_again(
    machine: Machine,
    open_engine: Callable[..., RemoteEngine],
    step: tuple[str, str],
    error: type[Exception],
) -> None:
    machine.steps[step] = raising(error)
    with pytest.raises(EngineUnreachable):
        open_engine().run("echo", Question("hello"))
    assert machine.times(*step) == 1


GARBAGE = [
    replying(500, text="Internal Server Error"),
    replying(502, html="<h1>Bad gateway</h1>"),
    replying(401, json={"error": "Unauthorized", "message": "This engine serves only holders of its token."}),
    replying(302, headers={"location": "http://elsewhere.example/"}),
    replying(200, text="hello"),
    replying(200, content=b"\xff\xfe\x00"),
    replying(200, json=[]),
    replying(200, json={"id": 7}),
    replying(200, content=b"[" * 200_000),
    replying(404, content=b'{"error":' * 50_000),
    replying(404, json={"error": "ValueError", "message": "no error of ours"}),
    replying(200, content=b""),
    replying(204),
]


@pytest.mark.parametrize("step", STEPS)
@pytest.mark.parametrize("garbage", GARBAGE)
def test_garbage_is_told_as_a_machine_that_cannot_be_reached(
    machine: Machine, open_engine: Callable[..., RemoteEngine], step: tuple[str, str], garbage: Answerer
) -> None:
    machine.steps[step] = garbage
    with pytest.raises(EngineUnreachable):
        open_engine().run("echo", Question("hello"))
    assert "elsewhere.example" not in {request.url.host for request in machine.requests}


@pytest.mark.parametrize("answer", [wire.dumps(Question("?")), wire.dumps(Reply("!"))[:-1]])
def test_an_answer_of_another_type_is_garbage_too(
    machine: Machine, open_engine: Callable[..., RemoteEngine], answer: bytes
) -> None:
    machine.steps["GET", "answer"] = replying(200, content=answer)
    with pytest.raises(EngineUnreachable):
        open_engine().run("echo", Question("hello"))


def test_a_reply_much_too_long_is_cut(machine: Machine, open_engine: Callable[..., RemoteEngine]) -> None:
    given: list[int] = []

    def endless() -> Iterator[bytes]:
        for _ in range(10_000):
            given.append(1000)
            yield b"x" * 1000

    machine.steps["GET", "answer"] = lambda _: httpx.Response(200, content=endless())
    with pytest.raises(EngineUnreachable):
        open_engine(max_bytes=100_000).run("echo", Question("hello"))
    assert sum(given) < 200_000


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (429, EngineBusy),
        (503, EngineClosed),
        (404, UnknownService),
        (404, JobLost),
        (413, BadRequest),
        (504, DeadlinePassed),
    ],
)
@pytest.mark.parametrize("step", STEPS)
def test_an_error_the_machine_names_arrives_under_its_name(
    machine: Machine,
    open_engine: Callable[..., RemoteEngine],
    step: tuple[str, str],
    status: int,
    kind: type[Exception],
) -> None:
    machine.steps[step] = replying(status, json={"error": kind.__name__, "message": "Do this; then that."})
    engine = open_engine(max_failures=1)
    with pytest.raises(kind, match=r"^Do this; then that\.$"):
        engine.run("echo", Question("hello"))
    assert machine.times(*step) == 1
    assert engine.health()["circuit"] == "closed"  # it answered: that is no failure of the way to it


def test_an_estimate_that_is_none_is_garbage(
    machine: Machine, open_engine: Callable[..., RemoteEngine]
) -> None:
    engine = open_engine()
    assert engine.estimate("echo", Question()) is None
    machine.steps["POST", "estimate"] = replying(200, json={"seconds": "3", "peak_bytes": 1})
    with pytest.raises(EngineUnreachable):
        engine.estimate("echo", Question())


@pytest.mark.parametrize(
    "report",
    [
        replying(500),
        replying(200, json=["ok"]),
        replying(200, json={"ok": "yes"}),
        raising(httpx.ConnectError),
    ],
)
def test_health_tells_of_a_machine_that_cannot_be_reached(
    machine: Machine, open_engine: Callable[..., RemoteEngine], report: Answerer
) -> None:
    machine.steps["GET", "healthz"] = report
    health = open_engine().health()
    assert health["ok"] is False
    assert "cannot be reached" in health["error"]
    assert json.dumps(health).count("engine.example") == 0


def test_health_of_a_machine_that_is_not_well(
    machine: Machine, open_engine: Callable[..., RemoteEngine]
) -> None:
    machine.steps["GET", "healthz"] = replying(
        503, json={"ok": False, "services": {"echo": {"healthy": False}}}
    )
    health = open_engine().health()
    assert health == {"ok": False, "services": {"echo": {"healthy": False}}, "circuit": "closed"}


def test_the_circuit_opens_after_failures_in_a_row_and_tries_again_after_a_pause(
    machine: Machine, open_engine: Callable[..., RemoteEngine]
) -> None:
    clock = Clock()
    well = machine.steps["POST", "echo"]
    machine.steps["POST", "echo"] = raising(httpx.ReadTimeout)
    engine = open_engine(max_failures=3, pause_s=30.0, clock=clock)
    for _ in range(3):
        with pytest.raises(EngineUnreachable):
            engine.run("echo", Question())
    assert len(machine.asked) == 3
    for ask in (engine.run, engine.estimate):
        with pytest.raises(EngineUnreachable):
            ask("echo", Question())
    assert engine.health()["circuit"] == "open"
    assert len(machine.asked) == 3  # nobody was asked

    clock.now += 30.0
    with pytest.raises(EngineUnreachable):
        engine.run("echo", Question())  # the trial fails
    with pytest.raises(EngineUnreachable):
        engine.run("echo", Question())
    assert len(machine.asked) == 4

    clock.now += 30.0
    machine.steps["POST", "echo"] = well
    assert engine.run("echo", Question()) == Reply("hello")
    assert engine.run("echo", Question()) == Reply("hello")


def test_one_trial_at_a_time_goes_through_a_half_open_circuit() -> None:
    clock = Clock()
    circuit = Circuit(max_failures=2, pause_s=10.0, clock=clock)
    circuit.failed()
    circuit.succeeded()
    circuit.failed()
    circuit.admit()  # one failure in a row is not two
    circuit.failed()
    with pytest.raises(EngineUnreachable):
        circuit.admit()
    clock.now = 10.0
    assert circuit.state == "half-open"
    circuit.admit()
    with pytest.raises(EngineUnreachable):
        circuit.admit()
    clock.now = 20.0
    circuit.admit()  # the first trial was never heard of again
    circuit.succeeded()
    circuit.admit()
    assert circuit.state == "closed"


def test_a_connection_refused_is_told(caplog: pytest.LogCaptureFixture) -> None:
    with socket.socket() as reserved:
        reserved.bind(("127.0.0.1", 0))  # bound, not listening: whoever connects is refused
        url = f"http://127.0.0.1:{reserved.getsockname()[1]}"
        with (
            caplog.at_level(logging.WARNING),
            httpx.Client(trust_env=False) as client,
            RemoteEngine(url, services=[ECHO], retry_wait_s=0.0, client=client) as engine,
            pytest.raises(EngineUnreachable),
        ):
            engine.run("echo", Question())
    assert url in caplog.text  # the host of the page can see which machine it was


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
