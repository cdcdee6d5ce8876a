"""The engine that computes in this process."""

from __future__ import annotations

import logging
import math
import threading
import time
from collections.abc import Callable, Iterable
from typing import Any, TypeVar

from models.engine.batch import LocalTicket, run_batch
from models.engine.errors import (
    BadRequest,
    EngineBusy,
    EngineClosed,
    EngineError,
    ServiceFailed,
    UnknownService,
)
from models.engine.job import Progress
from models.engine.protocol import (
    Describing,
    Engine,
    Estimate,
    Estimating,
    Grouping,
    Service,
    Signature,
    Warming,
    by_name,
)
from models.engine.service_queue import ServiceQueue
from models.engine.watchdog import Watchdog

log = logging.getLogger(__name__)


R = TypeVar("R")


class InlineRunner:
    """One service, run in the threads of its callers: no queue, no batches; at most ``size`` requests at once."""

    def __init__(self, service: Service[Any, Any], size: int) -> None:
        self.service = service
        self._size = size
        self._running: set[LocalTicket] = set()
        self._lock = threading.Lock()
        self._closed = False

    def enter(self, ticket: LocalTicket) -> None:
        """Runs ``ticket`` to its end; raises `EngineClosed` or `EngineBusy`."""
        with self._lock:
            if self._closed:
                raise EngineClosed
            if len(self._running) >= self._size:
                raise EngineBusy
            self._running.add(ticket)
        try:
            run_batch(self.service, [ticket])
        finally:
            with self._lock:
                self._running.discard(ticket)

    def health(self) -> dict[str, Any]:
        """Numbers for a health report."""
        with self._lock:
            return {
                "healthy": not self._closed,
                "waiting": 0,
                "running": len(self._running),
                "stuck_workers": 0,
            }

    def close(self) -> None:
        """Fails what is running with `EngineClosed`."""
        with self._lock:
            self._closed = True
            running = list(self._running)
        for ticket in running:
            ticket.fail(EngineClosed())

    def join(self, timeout_s: float) -> bool:
        """Nothing to wait for: the threads are the callers' own."""
        return True


class LocalEngine(Engine):
    """Runs services in this process; see `Engine` for what a caller gets.

    Each service has its own queue and thread, so a page that waits for a slow reading can still be upscaled.
    """

    def __init__(
        self,
        services: Iterable[Service[Any, Any]],
        *,
        queue_size: int = 16,
        inline: bool = False,
        grace_s: float = 5.0,
        max_stuck: int = 3,
        deadline_s: float | None = None,
    ) -> None:
        """``services`` are run as they are; nothing is loaded and no thread started before the first request.

        ``queue_size``: how many requests may wait for each service.
        ``inline``: run in the caller's thread (ZeroGPU forks a process a call); `submit` then returns a
        ticket that is done, `Ticket.cancel` comes too late, and a service that hangs holds its caller.
        ``grace_s``: seconds after its deadline for a service to notice, before its thread counts as stuck.
        ``max_stuck``: stuck threads of one service at which it answers `EngineBusy`.
        ``deadline_s``: for requests submitted without one; without either, a service that hangs is never
        detected.
        """
        given = list(services)
        self._signatures = by_name(given)
        self._grace_s = grace_s
        self._deadline_s = deadline_s
        self._watchdog = Watchdog(self._check_queues)
        self._runners: dict[str, ServiceQueue | InlineRunner] = {
            service.name: InlineRunner(service, queue_size)
            if inline
            else ServiceQueue(
                service, queue_size=queue_size, grace_s=grace_s, max_stuck=max_stuck, wake=self._watchdog.wake
            )
            for service in given
        }
        self._cold: set[str] = set()

    def submit(
        self,
        service: str,
        request: object,
        *,
        deadline_s: float | None = None,
        on_progress: Callable[[Progress], None] | None = None,
    ) -> LocalTicket:
        """See `Engine.submit`."""
        runner = self._runner(service)
        self._check_type(service, request)
        deadline_s = self._deadline_s if deadline_s is None else deadline_s
        if deadline_s is not None and not math.isfinite(deadline_s):
            raise BadRequest("The deadline must be a number of seconds.")
        key = None
        if isinstance(runner.service, Grouping):
            key = _called(runner.service.batch_key, request)
        queued = runner if isinstance(runner, ServiceQueue) else None
        ticket = LocalTicket(
            request,
            key=key,
            deadline_s=deadline_s,
            on_progress=on_progress,
            leave=queued.leave if queued else None,
            place=queued.place if queued else None,
        )
        runner.enter(ticket)
        return ticket

    def estimate(self, service: str, request: object) -> Estimate | None:
        """See `Engine.estimate`; runs in the caller's thread."""
        runner = self._runner(service)
        self._check_type(service, request)
        if not isinstance(runner.service, Estimating):
            return None
        return _called(runner.service.estimate, request)

    def services(self) -> tuple[str, ...]:
        """See `Engine.services`."""
        return tuple(self._runners)

    def signature(self, service: str) -> Signature:
        """See `Engine.signature`."""
        if service not in self._signatures:
            raise UnknownService
        return self._signatures[service]

    def options(self, service: str) -> dict[str, Any]:
        """See `Engine.options`; runs in the caller's thread."""
        described = self._runner(service).service
        if not isinstance(described, Describing):
            return {}
        try:
            return dict(described.describe().get("options", {}))
        except Exception as error:
            log.exception("%s could not describe itself.", service)
            raise ServiceFailed from error

    def warm(self) -> tuple[str, ...]:
        """Warms the services one after another in this thread; returns the names of those that failed.

        A failure is logged and shown by `health`, but does not stop the other services.
        """
        for name, runner in self._runners.items():
            if isinstance(runner.service, Warming):
                try:
                    runner.service.warm()
                    self._cold.discard(name)
                except Exception:
                    log.exception("%s could not be warmed.", name)
                    self._cold.add(name)
        return tuple(name for name in self._runners if name in self._cold)

    def health(self) -> dict[str, Any]:
        """See `Engine.health`; a service's own description, less its options, stands under ``about``."""
        services = {name: self._health(name, runner) for name, runner in self._runners.items()}
        return {"ok": all(service["healthy"] for service in services.values()), "services": services}

    def close(self) -> None:
        """See `Engine.close`; waits up to ``grace_s`` seconds in all for the services to notice."""
        for runner in self._runners.values():
            runner.close()
        until = time.monotonic() + self._grace_s
        self._watchdog.stop(self._grace_s)
        left = [name for name, runner in self._runners.items() if not runner.join(until - time.monotonic())]
        if left:
            log.warning("Threads of %s did not stop.", ", ".join(left))

    def _runner(self, service: str) -> ServiceQueue | InlineRunner:
        if service not in self._runners:
            raise UnknownService
        return self._runners[service]

    def _check_type(self, service: str, request: object) -> None:
        if not isinstance(request, self._signatures[service].request_type):
            raise BadRequest

    def _health(self, name: str, runner: ServiceQueue | InlineRunner) -> dict[str, Any]:
        numbers = runner.health()
        numbers["healthy"] = numbers["healthy"] and name not in self._cold
        if isinstance(runner.service, Describing):
            try:
                described = runner.service.describe()
                numbers["about"] = {key: value for key, value in described.items() if key != "options"}
            except Exception:
                log.exception("%s could not describe itself.", name)
                numbers["healthy"] = False
        return numbers

    def _check_queues(self) -> float | None:
        queues = [runner for runner in self._runners.values() if isinstance(runner, ServiceQueue)]
        moments = [runner.check() for runner in queues]
        return min((moment for moment in moments if moment is not None), default=None)


def _called(method: Callable[[Any], R], request: object) -> R:
    """What a method of a service returns for ``request``, its errors turned into an engine's."""
    try:
        return method(request)
    except EngineError:
        raise
    except Exception as error:
        log.exception("A service failed to estimate or group a request.")
        raise ServiceFailed from error
