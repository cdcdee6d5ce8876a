"""One Ray cluster of this machine for all tests, with the services that behave well and badly on it.

The services run in other processes there: what tests look at (what was entered, gates) lies in files instead.
"""

from __future__ import annotations

import json
import os
import shutil
import time
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from models.engine.errors import BY_NAME
from tests import engine_services
from tests.engine_services import Fake, Gated, Poisoned

STAGED = ("Echo", "Mute", "Stepping", "Terse", "Gated", "Busy", "Failing", "Nonsense", "Poisoned")
"""The services of the contract tests, put on the cluster once for all of them."""


class SharedList(Sequence[Any]):
    """A list in a file: what one process appends, all see."""

    def __init__(
        self,
        path: Path,
        kept: Callable[[Any], Any] = lambda one: one,
        given: Callable[[Any], Any] = lambda one: one,
    ) -> None:
        """``kept`` makes JSON of a member, ``given`` the member of that."""
        self._path, self._kept, self._given = path, kept, given

    def append(self, one: Any) -> None:
        self.extend([one])

    def extend(self, more: Any) -> None:
        lines = "".join(json.dumps(self._kept(one)) + "\n" for one in more)
        handle = os.open(self._path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
        os.write(handle, lines.encode())
        os.close(handle)

    def _all(self) -> list[Any]:
        try:
            return [self._given(json.loads(line)) for line in self._path.read_text().splitlines()]
        except FileNotFoundError:
            return []

    def __len__(self) -> int:
        return len(self._all())

    def __getitem__(self, index: Any) -> Any:
        return self._all()[index]

    def __eq__(self, other: object) -> bool:
        return self._all() == other if isinstance(other, list) else NotImplemented

    __hash__ = None  # type: ignore[assignment]

    def __repr__(self) -> str:
        return repr(self._all())


class SharedEvent:
    """An event in a file."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def set(self) -> None:
        self._path.touch()

    def is_set(self) -> bool:
        return self._path.exists()

    def wait(self, timeout: float | None = None) -> bool:
        until = None if timeout is None else time.monotonic() + timeout
        while not self.is_set():
            if until is not None and time.monotonic() >= until:
                return False
            time.sleep(0.005)
        return True


def shared(service: Fake, folder: Path) -> Fake:
    """The service with everything that tests look at in ``folder``."""
    service.entered = SharedList(folder / "entered")  # type: ignore[assignment]
    if isinstance(service, Gated):
        service.gate = SharedEvent(folder / "gate")  # type: ignore[assignment]
        service.stopped = SharedList(  # type: ignore[assignment]
            folder / "stopped", lambda kind: kind.__name__, BY_NAME.__getitem__
        )
    if isinstance(service, Poisoned):
        service.batches = SharedList(folder / "batches")  # type: ignore[assignment]
        service.batch_wait_s = 120.0  # requests come there one by one: a batch begins when it is full
    return service


def open_shared(kind: type[Fake], folder: Path) -> Fake:
    return shared(kind(), folder)


class Stage:
    """Puts the services of the contract tests on the cluster, once, and gives them to one test after the other."""

    app = "staged"

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._kinds = [getattr(engine_services, name) for name in STAGED]
        self._is_deployed = False

    def app_of(self, services: Sequence[Fake]) -> str:
        """Where these services run now, with nothing entered and every gate closed."""
        assert all(type(service) in self._kinds for service in services), "add it to STAGED"
        if not self._is_deployed:
            self._deploy()
        for service in services:
            folder = self._of(type(service))
            shutil.rmtree(folder, ignore_errors=True)
            folder.mkdir()
            shared(service, folder)
        return self.app

    def _deploy(self) -> None:
        from models.engine import ray_cluster

        for kind in self._kinds:
            self._of(kind).mkdir(exist_ok=True)
        openers = {kind.name: partial(open_shared, kind, self._of(kind)) for kind in self._kinds}
        scales = {kind.name: ray_cluster.Scale(cpus=0.01, batch=kind.max_batch) for kind in self._kinds}
        ray_cluster.deploy(openers, scales, app=self.app, drain_s=2.0)
        self._is_deployed = True

    def _of(self, kind: type[Fake]) -> Path:
        return self._folder / kind.name


@pytest.fixture(scope="session")
def ray_cluster_here() -> Iterator[None]:
    """A Ray cluster of this machine, for the whole run."""
    from models.engine import EngineUnreachable, ray_cluster

    # Ray gives its workers the last place among all that runs: on a busy machine they would hardly begin.
    os.environ["RAY_worker_niceness"] = "0"  # noqa: SIM112 - so Ray spells it
    for attempt in range(8):
        try:
            ray_cluster.start(num_cpus=2, object_store_memory=100 * 2**20)
            break
        except EngineUnreachable:  # a machine with much other work may need more than Ray's 30 seconds
            if attempt == 7:
                raise
    yield
    ray_cluster.leave()


@pytest.fixture(scope="session")
def ray_stage(ray_cluster_here: None, tmp_path_factory: pytest.TempPathFactory) -> Stage:
    return Stage(tmp_path_factory.mktemp("stage"))
