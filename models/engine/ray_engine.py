"""The engine on a Ray cluster: every service a Ray Serve deployment, on as many machines as the cluster has."""

from __future__ import annotations

import logging
import math
import threading
import time
from collections.abc import Callable, Iterable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any

from ray import serve
from ray.exceptions import RayError
from ray.serve.exceptions import RayServeException
from ray.serve.handle import DeploymentHandle

from models.engine import wire
from models.engine.errors import (
    BadRequest,
    EngineBusy,
    EngineClosed,
    EngineUnreachable,
    ServiceFailed,
    UnknownService,
    from_name,
)
from models.engine.job import Progress
from models.engine.protocol import Engine, Estimate, Signature, Typed, Weighted, by_name
from models.engine.ray_ticket import RayTicket
from models.engine.request_message import request_message
from models.engine.watchdog import Watchdog

log = logging.getLogger(__name__)

APP = "scoreweb"
DESK = "desk"
ASKING_S = 10.0
"""How long the desk may take for an answer."""
NEWS_S = 1.0
"""How long `submit` waits at a full queue for the news that somebody's turn has come."""

_UNREACHABLE = (RayError, RayServeException, OSError, TimeoutError, ValueError, KeyError)


class RayEngine(Engine):
    """Asks the services that `models.engine.ray_cluster.deploy` put on the cluster; see `Engine` for what a caller gets.

    This process must have joined the cluster (`models.engine.ray_cluster.join`). A request whose replica dies, or is
    stopped before it was done, is handed in again: a ticket ends with an answer, or with an error that is its own.
    """

    def __init__(
        self,
        services: Iterable[Typed],
        *,
        app: str = APP,
        queue_size: int = 16,
        most_attempts: int = 3,
        deadline_s: float | None = None,
        max_bytes: int = wire.MAX_BYTES,
        leave: Callable[[], None] = lambda: None,
    ) -> None:
        """``services`` give names and types: services themselves, or `Signature`s.

        ``queue_size``: how many requests of this process may wait for each service.
        ``most_attempts``: how many replicas a request may be lost with before it counts as their end.
        ``deadline_s``: for requests submitted without one. ``leave`` is called by `close`.
        """
        self._signatures = by_name(services)
        for signature in self._signatures.values():
            wire.check(signature.request_type)
            wire.check(signature.answer_type)
        self._app = app
        self._queue_size = queue_size
        self._most_attempts = most_attempts
        self._deadline_s = deadline_s
        self._max_bytes = max_bytes
        self._leave = leave
        self._handles: dict[str, DeploymentHandle] = {}
        self._unfinished: dict[str, dict[RayTicket, threading.Thread]] = {
            name: {} for name in self._signatures
        }
        self._changed = threading.Condition()
        self._closed = False
        # Ray refuses to wait for an answer in a thread whose event loop is running, as a web server's may be.
        self._asking = ThreadPoolExecutor(4, thread_name_prefix="engine-ray-asking")
        self._watchdog = Watchdog(self._check_deadlines)

    def submit(
        self,
        service: str,
        request: object,
        *,
        deadline_s: float | None = None,
        on_progress: Callable[[Progress], None] | None = None,
    ) -> RayTicket:
        """See `Engine.submit`."""
        signature = self.signature(service)
        message = self._message(signature, request)
        deadline_s = self._deadline_s if deadline_s is None else deadline_s
        if deadline_s is not None and not math.isfinite(deadline_s):
            raise BadRequest("The deadline must be a number of seconds.")
        handle = self._handle(service).options(
            method_name="run",
            stream=True,
            multiplexed_model_id=request.weights_wanted if isinstance(request, Weighted) else "",
        )
        ticket = RayTicket(
            lambda left: handle.remote(message, left),
            signature.answer_type,
            deadline=None if deadline_s is None else time.monotonic() + deadline_s,
            most_attempts=self._most_attempts,
            place=lambda ticket: self._place(service, ticket),
            moved=self._moved,
            on_progress=on_progress,
        )
        self._enter(service, ticket)
        self._watchdog.wake()
        return ticket

    def estimate(self, service: str, request: object) -> Estimate | None:
        """See `Engine.estimate`."""
        found = self._ask_desk("estimate", service, self._message(self.signature(service), request))
        return None if found is None else Estimate(*found)

    def services(self) -> tuple[str, ...]:
        """See `Engine.services`; as handed in here, whether or not the cluster has them."""
        return tuple(self._signatures)

    def signature(self, service: str) -> Signature:
        """See `Engine.signature`."""
        if service not in self._signatures:
            raise UnknownService
        return self._signatures[service]

    def options(self, service: str) -> dict[str, Any]:
        """See `Engine.options`; the cluster is asked each time."""
        self.signature(service)
        return dict(self._ask_desk("options", service))

    def health(self) -> dict[str, Any]:
        """See `Engine.health`; ``waiting`` and ``running`` are this process's own, ``replicas`` the cluster's by state."""
        if self._closed:
            return {"ok": False, "services": {}, "error": str(EngineClosed())}
        try:
            deployments = serve.status().applications[self._app].deployments
            about = self._ask_desk("about")
            services = {}
            for name in self._signatures:
                found, waiting = deployments[name], len(self._waiting(name))
                services[name] = {
                    "healthy": found.status == "HEALTHY",
                    "waiting": waiting,
                    "running": len(self._unfinished[name]) - waiting,
                    "replicas": {str(state): count for state, count in found.replica_states.items()},
                    **({"about": about[name]} if about.get(name) else {}),
                }
        except Exception as error:
            log.warning("The cluster's condition is unknown.", exc_info=True)
            return {"ok": False, "services": {}, "error": str(_named(error))}
        return {"ok": all(service["healthy"] for service in services.values()), "services": services}

    def close(self) -> None:
        """See `Engine.close`; the services stay on the cluster."""
        with self._changed:
            first, self._closed = not self._closed, True
            # The last come first: else the cluster would start the next one in the queue.
            followed = [pair for tickets in self._unfinished.values() for pair in reversed(tickets.items())]
        for ticket, _ in followed:
            ticket.fail(EngineClosed())
        for _, thread in followed:
            if thread is not threading.current_thread():
                thread.join(ASKING_S)
        self._watchdog.stop(ASKING_S)
        self._asking.shutdown()
        if first:
            self._leave()

    def _message(self, signature: Signature, request: object) -> bytes:
        message = request_message(signature, request, self._max_bytes)
        if self._closed:
            raise EngineClosed
        return message

    def _handle(self, deployment: str) -> DeploymentHandle:
        with self._changed:
            if deployment not in self._handles:
                try:
                    self._handles[deployment] = serve.get_deployment_handle(
                        deployment, self._app, _check_exists=False
                    )
                except _UNREACHABLE as error:
                    raise EngineUnreachable from error
            return self._handles[deployment]

    def _ask_desk(self, method: str, *arguments: object) -> Any:  # noqa: ANN401 - each method has its own
        if self._closed:
            raise EngineClosed
        try:
            handle = self._handle(DESK).options(method_name=method)
            asked = self._in_a_thread(lambda: handle.remote(*arguments).result(timeout_s=ASKING_S))
            match asked.result():
                case ("answer", answer):
                    return answer
                case ("failed", str(name), str(sentence)):
                    raise from_name(name, sentence) or ServiceFailed()
        except _UNREACHABLE as error:
            raise EngineUnreachable from error
        raise ServiceFailed

    def _in_a_thread(self, ask: Callable[[], Any]) -> Future[Any]:
        try:
            return self._asking.submit(ask)
        except RuntimeError as error:  # it was closed in between
            raise EngineClosed from error

    def _enter(self, service: str, ticket: RayTicket) -> None:
        thread = threading.Thread(
            target=self._follow, args=(service, ticket), name="engine-ray-job", daemon=True
        )
        with self._changed:
            self._changed.wait_for(lambda: self._closed or self._has_room(service), NEWS_S)
            if self._closed:
                raise EngineClosed
            if not self._has_room(service):
                raise EngineBusy
            self._unfinished[service][ticket] = thread
        try:
            thread.start()
        except RuntimeError as error:
            with self._changed:
                del self._unfinished[service][ticket]
            raise EngineBusy from error

    def _follow(self, service: str, ticket: RayTicket) -> None:
        try:
            ticket.follow()
        finally:
            with self._changed:
                self._unfinished[service].pop(ticket, None)
                self._changed.notify_all()

    def _moved(self) -> None:
        with self._changed:
            self._changed.notify_all()

    def _waiting(self, service: str) -> list[RayTicket]:
        with self._changed:
            return [t for t in self._unfinished[service] if t.started_at is None and not t.done()]

    def _has_room(self, service: str) -> bool:
        return len(self._waiting(service)) < self._queue_size

    def _place(self, service: str, ticket: RayTicket) -> int:
        waiting = self._waiting(service)
        return waiting.index(ticket) + 1 if ticket in waiting else 0

    def _check_deadlines(self) -> float | None:
        with self._changed:
            tickets = [ticket for tickets in self._unfinished.values() for ticket in tickets]
        now = time.monotonic()
        for ticket in tickets:
            ticket.check(now)
        return min((t.deadline for t in tickets if t.deadline is not None and not t.done()), default=None)


def _named(error: Exception) -> Exception:
    return (
        error if isinstance(error, EngineUnreachable | ServiceFailed | EngineClosed) else EngineUnreachable()
    )
