"""The other machine is broken, or talks nonsense."""

from __future__ import annotations

import json
import logging
import socket
from collections.abc import Callable, Iterator

import httpx
import pytest

from models.engine import (
    BadRequest,
    DeadlinePassed,
    EngineBusy,
    EngineClosed,
    EngineUnreachable,
    JobLost,
    UnknownService,
    wire,
)
from models.engine.circuit import Circuit
from models.engine.remote import RemoteEngine
from models.engine.schema import DEADLINE_HEADER, KEY_HEADER
from tests.engine_services import Question, Reply, eventually
from tests.played_machine import ECHO, TOKEN, Answerer, Clock, Machine, raising, replying


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
