"""A script that runs before any other of the page: Gradio puts its own ``head`` in only once it has chosen a language.

The page goes out packed, which Gradio leaves to others: most of it is the same few words again and again.
"""

from __future__ import annotations

import gzip
import hashlib
from collections import OrderedDict
from collections.abc import Callable

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

_HEAD = b"<head>"
_EFFORT = 6
_KEPT = 12
"""Packed pages: one for each language, at two addresses."""


class FirstScript:
    """ASGI middleware: what ``script`` gives as the first thing in the head of each HTML page; it is asked for each.

    The page is packed for who can unpack it.
    """

    def __init__(self, app: ASGIApp, script: Callable[[], str]) -> None:
        self._app, self._script = app, script
        self._packed: OrderedDict[bytes, bytes] = OrderedDict()

    def _pack(self, body: bytes) -> bytes:
        """The body packed; most visitors of a language get the very same page, and packing it takes longer than making it."""
        digest = hashlib.sha256(body).digest()
        packed = self._packed.pop(digest, None)
        if packed is None:
            packed = gzip.compress(body, _EFFORT, mtime=0)
        self._packed[digest] = packed
        while len(self._packed) > _KEPT:
            self._packed.popitem(last=False)
        return packed

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Passes a request on; an HTML answer goes out packed, with the script in it."""
        if scope["type"] != "http" or scope["method"] != "GET" or not scope["path"].endswith("/"):
            await self._app(scope, receive, send)
            return
        # Packed, it could not be written into
        packs = "gzip" in Headers(scope=scope).get("accept-encoding", "")
        plain = [(name, value) for name, value in scope["headers"] if name.lower() != b"accept-encoding"]
        start: Message | None = None
        body = b""

        async def sending(message: Message) -> None:
            nonlocal start, body
            if message["type"] == "http.response.start":
                start = message
                return
            body += message.get("body", b"")
            if message.get("more_body") or start is None:
                return
            headers = MutableHeaders(scope=start)
            if headers.get("content-type", "").startswith("text/html"):
                body = body.replace(_HEAD, _HEAD + b"<script>" + self._script().encode() + b"</script>", 1)
                headers.add_vary_header("accept-encoding")
                if packs:
                    # Nothing in it is secret or says back what was asked, so its length tells nobody anything.
                    body, headers["content-encoding"] = self._pack(body), "gzip"
                headers["content-length"] = str(len(body))
            await send(start)
            await send({"type": "http.response.body", "body": body})

        await self._app({**scope, "headers": plain}, receive, sending)
