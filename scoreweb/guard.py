"""What stands between the internet and the app: budgets a visitor, free disk, security headers.

Gradio's upload endpoint is outside its queue and open to all; this middleware counts what each client sends.
Addresses are never stored: budgets are kept in memory under a salted digest, for an hour. Where several web processes
share them (`scoreweb.shared_budgets`), they tell each other such digests, for a day, under a key of that day.
"""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import json
import secrets
import shutil
import threading
import time
from collections import defaultdict, deque
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from scoreweb import texts as messages
from scoreweb.arrivals import nothing_left_behind
from scoreweb.errors import sentence_of
from scoreweb.settings import Settings

if TYPE_CHECKING:
    import gradio as gr  # the command line must not load it

HOUR = 3600.0
UPLOAD = "/gradio_api/upload"
WRONG_PASSWORDS = 10
"""After so many in an hour, a client is told to come back later."""
PATIENCE_S = 60.0
"""So long an upload may pause; then it counts as broken off."""
BODY_LIMIT = 2_000_000
"""Bytes of any request body that is not an upload."""

HEADERS = {
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
    "permissions-policy": "microphone=(self), camera=(), geolocation=()",
    # Gradio's page needs inline scripts and eval; what matters is that nothing is fetched from or sent elsewhere.
    "content-security-policy": (
        "default-src 'self'; script-src 'self' 'unsafe-inline' 'unsafe-eval' blob:; style-src 'self' 'unsafe-inline'; "
        "img-src 'self' data: blob:; media-src 'self' data: blob:; font-src 'self' data:; "
        "connect-src 'self' blob: data:; worker-src 'self' blob:; object-src 'none'; base-uri 'self'; form-action 'self'"
    ),
}


class Budget:
    """How much of something each client may use in ``span_s`` seconds, an hour; thread-safe."""

    def __init__(
        self, most: float, clock: Callable[[], float] = time.monotonic, *, span_s: float = HOUR
    ) -> None:
        self._most, self._clock, self._span_s = most, clock, span_s
        self.listener: Callable[[str, float], None] = lambda _client, _amount: None
        """Hears of what is counted here, not of what `learn` was told."""
        self._lock = threading.Lock()
        self._spent: dict[str, deque[tuple[float, float]]] = defaultdict(deque)

    def left(self, client: str) -> float:
        """What the client may still use now; negative when overdrawn."""
        with self._lock:
            return self._left(client)

    def spend(self, client: str, amount: float) -> bool:
        """True, and the amount is counted, when the client had anything left; else False and nothing is."""
        with self._lock:
            if self._left(client) <= 0:
                return False
            self._spent[client].append((self._clock(), amount))
        self.listener(client, amount)
        return True

    def charge(self, client: str, amount: float) -> None:
        """The amount is counted, even when it overdraws what is left."""
        with self._lock:
            self._spent[client].append((self._clock(), amount))
        self.listener(client, amount)

    def learn(self, client: str, amount: float, seconds_ago: float) -> None:
        """Counts what the client used at another process."""
        with self._lock:
            self._spent[client].append((self._clock() - max(0.0, seconds_ago), amount))

    def _left(self, client: str) -> float:
        since = self._clock() - self._span_s
        for key in [k for k, spent in self._spent.items() if spent and spent[-1][0] < since]:
            del self._spent[key]
        spent = self._spent.get(client)
        while spent and spent[0][0] < since:
            spent.popleft()
        return self._most - sum(amount for _, amount in spent or ())


class Clients:
    """Names clients without keeping their address: a digest under a key that lives as long as the process.

    With a key that several processes ``share`` they give the same names, which change every day at midnight (UTC).
    """

    def __init__(
        self,
        *,
        trust_proxy: bool,
        share: bytes | None = None,
        today: Callable[[], str] = lambda: datetime.now(UTC).date().isoformat(),
    ) -> None:
        self._trust_proxy, self._key = trust_proxy, share or secrets.token_bytes(32)
        self._today = today if share else lambda: ""

    def name(self, host: str | None, forwarded_for: str | None) -> str:
        """The client's name. Behind a trusted proxy the last address of X-Forwarded-For is the proxy's own word."""
        address = host or "unknown"
        if self._trust_proxy and forwarded_for:
            address = forwarded_for.rsplit(",", 1)[-1].strip()
        return hmac.new(self._key, f"{self._today()}\0{address}".encode(), hashlib.sha256).hexdigest()


class Budgets:
    """The budgets of all clients: upload bytes and computing seconds an hour, tokens a day, wrong passwords an hour."""

    def __init__(self, settings: Settings, *, share: bytes | None = None) -> None:
        """``share``: the key under which all processes of this address name their clients, where they share budgets."""
        self.clients = Clients(trust_proxy=settings.trust_proxy, share=share)
        self.bytes = Budget(settings.client_mb_per_hour * 1e6)
        self.seconds = Budget(settings.client_seconds_per_hour)
        self.tokens = Budget(settings.client_tokens_per_day, span_s=24 * HOUR)
        self.wrong_passwords = Budget(WRONG_PASSWORDS)
        self.upload_limit = settings.upload_mb * 1_000_000 + 10_000  # the form around the file
        self.free_disk = settings.free_disk_mb * 1_000_000

    def by_kind(self) -> dict[str, Budget]:
        """The budgets by the names that processes use between them."""
        return {
            "bytes": self.bytes,
            "seconds": self.seconds,
            "tokens": self.tokens,
            "wrong-passwords": self.wrong_passwords,
        }

    def client_of(self, request: gr.Request | None) -> str:
        """The name of the client behind a call of Gradio's."""
        if request is None:
            return self.clients.name(None, None)
        host = request.client.host if request.client else None
        return self.clients.name(host, request.headers.get("x-forwarded-for"))


class Guard:
    """ASGI middleware: refuses what is over a limit with a sentence, counts what is not, adds security headers."""

    def __init__(self, app: ASGIApp, budgets: Budgets, cache: Path) -> None:
        self._app, self._budgets, self._cache = app, budgets, cache

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Passes a request on, or answers it with a refusal."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        if scope["method"] not in {"POST", "PUT", "PATCH"}:
            await self._app(scope, receive, _with_headers(send))
            return
        upload = scope["path"].rstrip("/").endswith(UPLOAD)
        limit = self._budgets.upload_limit if upload else BODY_LIMIT
        host = scope["client"][0] if scope.get("client") else None
        client = self._budgets.clients.name(host, headers.get("x-forwarded-for"))
        refusal = self._refusal(upload, client, headers.get("content-length"), limit)
        if refusal:
            await _refuse(send, *refusal)
            return
        received, over, started, whole = 0, False, False, False

        async def counted() -> Message:
            # A chunked body has no length in its headers: it is counted as it comes and cut off at the limit.
            nonlocal received, over, whole
            message = await _in_time(receive, PATIENCE_S if upload and not whole else None)
            whole = not message.get("more_body", False)
            size = len(message.get("body", b""))
            received += size
            if upload and size:
                self._budgets.bytes.spend(client, size)
            if received > limit:
                over = True
                return {"type": "http.disconnect"}
            return message

        async def noticed(message: Message) -> None:
            nonlocal started
            if not over or started:  # what the app makes of the cut is not for the client
                started = True
                await _with_headers(send)(message)

        try:
            with nothing_left_behind():
                await self._app(scope, counted, noticed)
        except Exception as error:
            if upload and not started and isinstance(error, OSError) and not isinstance(error, TimeoutError):
                await _refuse(send, 507, sentence_of(error))
            elif not over:
                raise
        if over and not started:
            await _refuse(send, 413, messages.UPLOAD_TOO_LARGE)

    def _refusal(self, upload: bool, client: str, length: str | None, limit: int) -> tuple[int, str] | None:
        if length is not None and (not length.isdigit() or int(length) > limit):
            return 413, messages.UPLOAD_TOO_LARGE
        if not upload:
            return None
        if self._budgets.bytes.left(client) <= 0:
            return 429, messages.UPLOAD_BUDGET
        self._cache.mkdir(parents=True, exist_ok=True)
        if shutil.disk_usage(self._cache).free < self._budgets.free_disk:
            return 507, messages.DISK_FULL
        return None


def _with_headers(send: Send) -> Send:
    async def sending(message: Message) -> None:
        if message["type"] == "http.response.start":
            headers = MutableHeaders(scope=message)
            for name, value in HEADERS.items():
                headers.setdefault(name, value)
        await send(message)

    return sending


async def _in_time(receive: Receive, seconds: float | None) -> Message:
    """The next message; the client counts as gone where none comes within so many seconds."""
    try:
        return await asyncio.wait_for(receive(), seconds)
    except TimeoutError:
        return {"type": "http.disconnect"}


async def _refuse(send: Send, status: int, sentence: str) -> None:
    body = json.dumps({"detail": sentence}).encode()
    start: Message = {
        "type": "http.response.start",
        "status": status,
        "headers": [(b"content-type", b"application/json"), (b"content-length", str(len(body)).encode())],
    }
    await _with_headers(send)(start)
    await send({"type": "http.response.body", "body": body})
