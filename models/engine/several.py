"""Several engines as one: each request goes to the one with the shortest queue, and none to one that is down."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar

from models.engine.errors import EngineBusy, EngineClosed, EngineUnreachable
from models.engine.job import Progress
from models.engine.protocol import Engine, Estimate, Signature, Ticket

R = TypeVar("R")

CHECK_S = 5.0
"""So often each engine is asked how it is."""
CLOSING_S = 1.0


class SeveralEngines(Engine):
    """Hands requests to engines that all have the same services; see `Engine` for what a caller gets.

    Each engine is asked for its health every so many seconds. One that does not answer, or says that a service of it is
    unwell, is left out for that service until it says otherwise; where none is well, all are tried. A request that an
    engine accepted stays there: if that engine is lost, so is the request, and its ticket says so.
    """

    def __init__(self, engines: Sequence[Engine], *, check_s: float = CHECK_S) -> None:
        """``engines`` (one or more) are closed with this one. ``check_s``: seconds between two checks of each."""
        self._members = [_Member(engine) for engine in engines]
        self._stopped = threading.Event()
        # Each has a thread of its own: one that is silent must not delay the checks of the others.
        self._checks = [
            threading.Thread(
                target=self._keep_checking, args=(member, check_s), name="engine-check", daemon=True
            )
            for member in self._members
        ]
        for check in self._checks:
            check.start()

    def submit(
        self,
        service: str,
        request: object,
        *,
        deadline_s: float | None = None,
        on_progress: Callable[[Progress], None] | None = None,
    ) -> Ticket[Any]:
        """See `Engine.submit`. EngineBusy where the queues of all that are well are full."""

        def submitted(member: _Member) -> Ticket[Any]:
            ticket = member.engine.submit(service, request, deadline_s=deadline_s, on_progress=on_progress)
            member.count(service)
            return ticket

        return self._first(service, submitted)

    def estimate(self, service: str, request: object) -> Estimate | None:
        """See `Engine.estimate`."""
        return self._first(service, lambda member: member.engine.estimate(service, request))

    def services(self) -> tuple[str, ...]:
        """See `Engine.services`."""
        return self._members[0].engine.services()

    def signature(self, service: str) -> Signature:
        """See `Engine.signature`."""
        return self._members[0].engine.signature(service)

    def options(self, service: str) -> dict[str, Any]:
        """See `Engine.options`; one that is well is asked."""
        return self._first(service, lambda member: member.engine.options(service))

    def health(self) -> dict[str, Any]:
        """See `Engine.health`: well where each service is at one engine; ``engines`` has the report of each, in their order.

        ``waiting`` and ``running`` are sums; everything else is told by the first engine that answers.
        """
        with ThreadPoolExecutor(len(self._members), thread_name_prefix="engine-health") as asking:
            reports = list(asking.map(_Member.ask, self._members))
        services: dict[str, dict[str, Any]] = {}
        for name, said in ((n, s) for report in reports for n, s in report["services"].items()):
            known = services.setdefault(name, {**said, "healthy": False, "waiting": 0, "running": 0})
            known["healthy"] |= bool(said.get("healthy"))
            known["waiting"] += said.get("waiting", 0)
            known["running"] += said.get("running", 0)
        ok = bool(services) and all(said["healthy"] for said in services.values())
        return {"ok": ok, "services": services, "engines": reports}

    def close(self) -> None:
        """See `Engine.close`."""
        self._stopped.set()
        for check in self._checks:
            check.join(CLOSING_S)  # a connection in use would be left open
        for member in self._members:
            member.engine.close()
        for check in self._checks:
            check.join()

    def _first(self, service: str, ask: Callable[[_Member], R]) -> R:
        """The answer of the one with the shortest queue; of the next where that one has no place or is not there."""
        well = [member for member in self._members if member.is_well(service)] or self._members
        refused: EngineBusy | EngineUnreachable | EngineClosed | None = None
        for member in sorted(well, key=lambda member: member.queue(service)):
            try:
                return ask(member)
            except (EngineUnreachable, EngineClosed) as error:
                # One that is stopping says that it is closed: to us it is not there.
                if self._stopped.is_set():
                    raise EngineClosed from error
                member.is_lost()
                refused = refused or EngineUnreachable()
            except EngineBusy as error:
                refused = error
        raise refused or EngineUnreachable

    def _keep_checking(self, member: _Member, check_s: float) -> None:
        while not self._stopped.is_set():
            member.ask()
            self._stopped.wait(check_s)


class _Member:
    """One of the engines, and what is known of it."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self._lock = threading.Lock()
        self._is_there = True
        self._services: dict[str, dict[str, Any]] = {}
        self._since: Counter[str] = Counter()

    def ask(self) -> dict[str, Any]:
        """Its health report, which is taken note of."""
        with self._lock:
            before = Counter(self._since)
        report = self.engine.health()
        with self._lock:
            self._is_there = "error" not in report
            self._services = report.get("services", {})
            self._since -= before  # what was submitted while it answered may not be in its report
        return report

    def is_lost(self) -> None:
        """It did not answer; until the next check it counts as gone."""
        with self._lock:
            self._is_there = False

    def is_well(self, service: str) -> bool:
        """Whether requests to the service should go there; until the first check that is assumed."""
        with self._lock:
            return self._is_there and bool(self._services.get(service, {}).get("healthy", True))

    def count(self, service: str) -> None:
        """One more request was handed to it."""
        with self._lock:
            self._since[service] += 1

    def queue(self, service: str) -> int:
        """Requests there: those of its last report, and what it was handed since."""
        with self._lock:
            said = self._services.get(service, {})
            return int(said.get("waiting", 0)) + int(said.get("running", 0)) + self._since[service]
