"""One exchange at a time with an engine on another machine: time-outs, one retry, named errors."""

from __future__ import annotations

import json
import logging
import math
import threading
from collections.abc import Callable, Collection, Mapping
from typing import TypeVar

import httpx

from models.engine.circuit import Circuit
from models.engine.errors import EngineBusy, EngineClosed, EngineUnreachable
from models.engine.schema import check_token, error_in

R = TypeVar("R")

log = logging.getLogger(__name__)

CONNECT_S = 5.0
_TIMED_OUT = (httpx.ReadTimeout, httpx.WriteTimeout)


class Connection:
    """Sends requests of the schema to ``url`` and reads the replies; may be used from several threads."""

    def __init__(
        self,
        url: str,
        *,
        token: str | None,
        timeout_s: float,
        max_bytes: int,
        retry_wait_s: float,
        circuit: Circuit,
        client: httpx.Client | None,
        max_connections: int,
    ) -> None:
        """``client`` is used as it is and stays the caller's to close. Raises ValueError for an unfit URL or
        token.
        """
        parsed = httpx.URL(url)
        if parsed.scheme not in ("http", "https") or not parsed.host:
            raise ValueError("The engine's address must start with http:// or https:// and name a host.")
        check_token(token)
        self._base = str(parsed).rstrip("/")
        self._headers = {"accept-encoding": "identity"}
        if token is not None:
            self._headers["authorization"] = f"Bearer {token}"
        self._timeout_s = timeout_s
        self._max_bytes = max_bytes
        self._retry_wait_s = retry_wait_s
        self._owned = client is None
        self._client = client or httpx.Client(limits=httpx.Limits(max_connections=max_connections))
        self._closed = threading.Event()
        self.circuit = circuit

    def exchange(
        self,
        method: str,
        path: str,
        read: Callable[[bytes], R],
        *,
        content: bytes | None = None,
        headers: Mapping[str, str] | None = None,
        params: Mapping[str, str] | None = None,
        held_s: float = 0.0,
        silence_s: float = math.inf,
        accept: Collection[int] = (200, 202),
        new_work: bool = False,
        retry: bool = True,
    ) -> R:
        """What ``read`` makes of the reply's body.

        Every step of the schema may be repeated without harm, so one that could not connect, or whose
        connection broke, is tried once more; one that timed out is not. Raises the error the host names,
        `EngineUnreachable` for everything else that goes wrong, a ValueError of ``read`` included, and
        `EngineClosed` after `close`.

        ``held_s``: how long the host may hold the reply back. ``silence_s``: shortens the time-outs.
        ``accept``: statuses whose body is for ``read``. ``new_work``: ask the circuit first.
        """
        if self._closed.is_set():
            raise EngineClosed
        if new_work:
            self.circuit.admit()
        silence_s = min(silence_s, self._timeout_s)
        timeout = httpx.Timeout(silence_s, read=silence_s + held_s, connect=min(silence_s, CONNECT_S))
        request = self._client.build_request(
            method,
            self._base + path,
            content=content,
            headers={**self._headers, **(headers or {})},
            params=params,
            timeout=timeout,
        )
        try:
            try:
                status, body = self._sent(request)
            except httpx.PoolTimeout:
                raise EngineBusy from None  # our own connections are all in use: no fault of the host
            except httpx.TransportError as error:
                if not retry or isinstance(error, _TIMED_OUT) or self._closed.wait(self._retry_wait_s):
                    raise
                status, body = self._sent(request)
            return self._understood(status, body, read, accept)
        except (httpx.HTTPError, httpx.StreamError, ValueError, RuntimeError) as error:
            # RuntimeError: a client closed under us, or JSON nested without end.
            if self._closed.is_set():
                raise EngineClosed from error
            self.circuit.failed()
            # The address may be private: it stays out of the sentence, and the log has it.
            log.warning("%s %s%s failed: %s", method, self._base, path, error or type(error).__name__)
            raise EngineUnreachable from error

    def close(self) -> None:
        """Ends waiting for a retry and, if the client is ours, its connections."""
        self._closed.set()
        if self._owned:
            self._client.close()

    def _sent(self, request: httpx.Request) -> tuple[int, bytes]:
        response = self._client.send(request, stream=True, follow_redirects=False)
        try:
            body = bytearray()
            for chunk in response.iter_bytes():
                body += chunk
                if len(body) > self._max_bytes:
                    raise ValueError("the reply is longer than this side takes")
            return response.status_code, bytes(body)
        finally:
            response.close()

    def _understood(self, status: int, body: bytes, read: Callable[[bytes], R], accept: Collection[int]) -> R:
        if status in accept:
            answer = read(body)
            self.circuit.succeeded()
            return answer
        error = error_in(json.loads(body)) if body[:1] == b"{" else None
        if error is None:
            raise ValueError(
                f"status {status}" + (", is the token the same on both sides?" if status == 401 else "")
            )
        self.circuit.succeeded()
        raise error
