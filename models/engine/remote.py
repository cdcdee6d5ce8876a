"""The engine on another machine, reached over HTTP."""

from __future__ import annotations

import json
import math
import secrets
import threading
import time
from collections.abc import Callable, Iterable
from typing import Any

import httpx

from models.engine import wire
from models.engine.circuit import Circuit
from models.engine.connection import Connection
from models.engine.errors import (
    BadRequest,
    EngineBusy,
    EngineClosed,
    EngineError,
    UnknownService,
)
from models.engine.job import Progress
from models.engine.protocol import Engine, Estimate, Signature, Typed, by_name
from models.engine.remote_ticket import RemoteTicket, read_status
from models.engine.request_message import request_message
from models.engine.schema import DEADLINE_HEADER, KEY_HEADER

HEALTH_S = 5.0


class RemoteEngine(Engine):
    """Asks the engine at ``url``; see `Engine` for what a caller gets."""

    def __init__(
        self,
        url: str,
        *,
        services: Iterable[Typed],
        token: str | None = None,
        timeout_s: float = 30.0,
        poll_s: float = 2.0,
        max_in_flight: int = 64,
        max_failures: int = 5,
        pause_s: float = 30.0,
        retry_wait_s: float = 0.2,
        max_bytes: int = wire.MAX_BYTES,
        client: httpx.Client | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """``services`` give names and types: services themselves, or `Signature`s.

        ``timeout_s``: silence in the middle of an exchange that counts as a failure; connecting has 5 s.
        ``poll_s``: how long the host may hold back a status in which nothing changed.
        ``max_in_flight``: unanswered requests, each with a thread, at which `submit` raises `EngineBusy`.
        ``max_failures``, ``pause_s``, ``clock``: see `Circuit`.
        ``max_bytes``: the longest request and answer.
        ``client``: used as it is and left open; without it the engine has its own.
        """
        self._signatures = by_name(services)
        for signature in self._signatures.values():
            wire.check(signature.request_type)
            wire.check(signature.answer_type)
        self._connection = Connection(
            url,
            token=token,
            timeout_s=timeout_s,
            max_bytes=max_bytes,
            retry_wait_s=retry_wait_s,
            circuit=Circuit(max_failures=max_failures, pause_s=pause_s, clock=clock),
            client=client,
            max_connections=2 * max_in_flight,
        )
        self._poll_s = poll_s
        self._max_bytes = max_bytes
        self._slots = threading.BoundedSemaphore(max_in_flight)
        self._followed: dict[RemoteTicket, threading.Thread] = {}
        self._lock = threading.Lock()
        self._closed = False

    def submit(
        self,
        service: str,
        request: object,
        *,
        deadline_s: float | None = None,
        on_progress: Callable[[Progress], None] | None = None,
    ) -> RemoteTicket:
        """See `Engine.submit`; returns when the other machine has the whole request."""
        signature = self.signature(service)
        message = self._message(signature, request)
        if deadline_s is not None and not math.isfinite(deadline_s):
            raise BadRequest("The deadline must be a number of seconds.")
        if not self._slots.acquire(blocking=False):
            raise EngineBusy
        try:
            # The deadline counts from here, so the time of the upload comes off it on this side.
            deadline = None if deadline_s is None else time.monotonic() + deadline_s
            job_id = secrets.token_hex(16)
            headers = {KEY_HEADER: job_id, "content-type": wire.MEDIA_TYPE}
            if deadline_s is not None:
                headers[DEADLINE_HEADER] = repr(deadline_s)
            status = self._connection.exchange(
                "POST", f"/v1/{service}", read_status, content=message, headers=headers, new_work=True
            )
            ticket = RemoteTicket(
                self._connection,
                job_id,
                status,
                signature.answer_type,
                deadline=deadline,
                poll_s=self._poll_s,
                on_progress=on_progress,
            )
            self._follow(ticket)
        except BaseException:
            self._slots.release()
            raise
        return ticket

    def estimate(self, service: str, request: object) -> Estimate | None:
        """See `Engine.estimate`."""
        message = self._message(self.signature(service), request)
        return self._connection.exchange(
            "POST", f"/v1/{service}/estimate", _read_estimate, content=message, new_work=True
        )

    def services(self) -> tuple[str, ...]:
        """See `Engine.services`; as handed in here, whether or not the other machine has them."""
        return tuple(self._signatures)

    def signature(self, service: str) -> Signature:
        """See `Engine.signature`."""
        if service not in self._signatures:
            raise UnknownService
        return self._signatures[service]

    def options(self, service: str) -> dict[str, Any]:
        """See `Engine.options`; the other machine is asked each time."""
        self.signature(service)
        return self._connection.exchange("GET", f"/v1/{service}/options", _read_object, new_work=True)

    def health(self) -> dict[str, Any]:
        """See `Engine.health`: the other machine's report, with the state of the connection as ``circuit``."""
        try:
            report = self._connection.exchange(
                "GET",
                "/healthz",
                _read_report,
                accept=(200, 503),
                silence_s=HEALTH_S,
                retry=False,
                new_work=True,
            )
        except EngineError as error:
            report = {"ok": False, "services": {}, "error": str(error)}
        return {**report, "circuit": self._connection.circuit.state}

    def close(self) -> None:
        """See `Engine.close`; the other machine is asked to stop, as far as it can be reached."""
        with self._lock:
            self._closed = True
            followed = dict(self._followed)
        unfinished = [ticket for ticket in followed if ticket.withdraw(EngineClosed())]
        # This also ends the status requests that the host holds back, and with them our threads. The last
        # comes first: else the host would start the next one in its queue.
        reached = all(ticket.forget() for ticket in reversed(unfinished))
        for thread in followed.values():
            if reached and thread is not threading.current_thread():
                thread.join(self._poll_s)
        self._connection.close()

    def _message(self, signature: Signature, request: object) -> bytes:
        message = request_message(signature, request, self._max_bytes)
        if self._closed:
            raise EngineClosed
        return message

    def _follow(self, ticket: RemoteTicket) -> None:
        def follow() -> None:
            try:
                ticket.follow()
            finally:
                with self._lock:
                    self._followed.pop(ticket, None)
                self._slots.release()

        thread = threading.Thread(target=follow, name="engine-remote-job", daemon=True)
        with self._lock:
            if not self._closed:
                self._followed[ticket] = thread
                thread.start()
                return
        ticket.cancel()
        raise EngineClosed


def _read_estimate(body: bytes) -> Estimate | None:
    match json.loads(body):
        case None:
            return None
        case {"seconds": int() | float() as seconds, "peak_bytes": int(peak_bytes)}:
            return Estimate(seconds, peak_bytes)
    raise ValueError("this is not an estimate")


def _read_object(body: bytes) -> dict[str, Any]:
    match json.loads(body):
        case dict() as found:
            return found
    raise ValueError("this is not an object")


def _read_report(body: bytes) -> dict[str, Any]:
    match json.loads(body):
        case {"ok": bool()} as report:
            return {"services": {}, **report}
    raise ValueError("this is not a health report")
