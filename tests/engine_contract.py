"""Engines of each kind over the same services, for the tests of what every engine promises."""

from __future__ import annotations

import socket
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from models.engine import (
    Engine,
    LocalEngine,
    Signature,
    Ticket,
)
from models.engine.http import engine_app
from models.engine.remote import RemoteEngine
from models.engine.several import SeveralEngines
from tests.engine_host import Host
from tests.engine_services import (
    Fake,
    Gated,
    Question,
    engine_threads,
    eventually,
)

Opener = Callable[..., Engine]
TOKEN = "a secret"  # noqa: S105 - of this test


RAY = pytest.param("ray", marks=[pytest.mark.cluster, pytest.mark.timeout(900)])
"""The cluster's processes take their time to start on a busy machine."""


@pytest.fixture(params=["local", "inline", "remote", "several", RAY])
def open_engine(request: pytest.FixtureRequest) -> Iterator[Opener]:
    """Opens an engine of each kind over the services given; gates are opened and all is closed in the end."""
    ends: list[Callable[[], None]] = []
    before = engine_threads()

    def opened(*services: Any, **settings: Any) -> Engine:
        if request.param == "ray":
            from models.engine.ray_engine import RayEngine

            app = request.getfixturevalue("ray_stage").app_of(services)
            ends.extend(service.gate.set for service in services if isinstance(service, Gated))
            engine = RayEngine(services, app=app, **settings)
            ends.append(engine.close)
            return engine
        ends.extend(service.gate.set for service in services if isinstance(service, Gated))
        if request.param in {"local", "inline"}:
            local = LocalEngine(services, inline=request.param == "inline", **settings)
            ends.append(local.close)
            return local
        urls = []
        for _ in range(2 if request.param == "several" else 1):
            elsewhere = LocalEngine(services, **settings)
            ends.append(elsewhere.close)
            host = Host(engine_app(elsewhere, token=TOKEN))
            ends.append(host.stop)
            urls.append(host.url)
        if request.param == "one of two":
            urls.insert(0, nowhere(ends))
        types = [Signature(s.name, s.request_type, s.answer_type) for s in services]
        remotes = [RemoteEngine(url, services=types, token=TOKEN, poll_s=0.5) for url in urls]
        engine = remotes[0] if request.param == "remote" else SeveralEngines(remotes, check_s=0.2)
        ends.append(engine.close)
        return engine

    opened.kind = request.param  # type: ignore[attr-defined]
    yield opened
    for end in reversed(ends):
        end()
    eventually(lambda: engine_threads() == before)


def nowhere(ends: list[Callable[[], None]]) -> str:
    """An address at which nobody answers, as long as the test runs."""
    kept = socket.socket()
    kept.bind(("127.0.0.1", 0))
    ends.append(kept.close)
    return f"http://127.0.0.1:{kept.getsockname()[1]}"


queued = pytest.mark.parametrize("open_engine", ["local", "remote", "one of two", RAY], indirect=True)
"""Of these, each service has one queue; "one of two" are two addresses, and nobody at the first."""


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
