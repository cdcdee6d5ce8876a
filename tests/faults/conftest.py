"""What the tests of an engine elsewhere and of a damaged collection begin with."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from models.engine.remote import RemoteEngine
from storage import Store
from tests.bare_host import hosts_closed  # noqa: F401 - a fixture
from tests.engine_services import engine_threads, eventually
from tests.played_machine import ECHO, Machine


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


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Where a collection lies."""
    return tmp_path / "data"


@pytest.fixture
def store(folder: Path) -> Iterator[Store]:
    """An open collection that soon loses patience."""
    with Store.open(folder, patience_s=0.2) as store:
        yield store
