"""A script that runs before any other of the page: Gradio puts its own ``head`` in only once it has chosen a language.

The page goes out packed, which Gradio leaves to others: most of it is the same few words again and again. And it is made once for
all who ask the same way, which Gradio does anew for each visitor.
"""

from __future__ import annotations

import gzip
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from scoreweb.languages.spoken import spoken

_HEAD = b"<head>"
_EFFORT = 6
_KEPT = 12
"""Pages: one for each language, at two addresses."""
_TELLING = ("host", "x-forwarded-host", "x-forwarded-proto", "x-gradio-server")
"""Headers that Gradio takes the page's own address from."""


@dataclass(frozen=True)
class _Page:
    """An HTML answer with the script in it, as it is and packed."""

    start: Message
    plain: bytes
    packed: bytes

    async def send(self, send: Send, *, packs: bool) -> None:
        body = self.packed if packs else self.plain
        start = {**self.start, "headers": list(self.start["headers"])}
        headers = MutableHeaders(scope=start)
        headers.add_vary_header("accept-encoding")
        if packs:
            headers["content-encoding"] = "gzip"
        headers["content-length"] = str(len(body))
        await send(start)
        await send({"type": "http.response.body", "body": body})


class FirstScript:
    """ASGI middleware: what ``script`` gives as the first thing in the head of each HTML page.

    The page is packed for who can unpack it, and kept for all who ask for it at the same address and in the same language, unless it
    was asked for with a query or comes with a cookie. So it must not depend on who asks, and nor must ``script``.
    """

    def __init__(self, app: ASGIApp, script: Callable[[], str]) -> None:
        self._app, self._script = app, script
        self._kept: OrderedDict[tuple[object, ...], _Page] = OrderedDict()

    def _keep(self, asked: tuple[object, ...], page: _Page) -> None:
        self._kept[asked] = page
        while len(self._kept) > _KEPT:
            self._kept.popitem(last=False)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Passes a request on; an HTML answer goes out packed, with the script in it."""
        if scope["type"] != "http" or scope["method"] != "GET" or not scope["path"].endswith("/"):
            await self._app(scope, receive, send)
            return
        sent = Headers(scope=scope)
        packs = "gzip" in sent.get("accept-encoding", "")
        asked = (
            spoken(), scope["path"], scope.get("root_path"), scope.get("scheme"), *(tuple(sent.getlist(name)) for name in _TELLING)
        )  # fmt: skip
        lasting = not scope.get("query_string")
        if lasting and asked in self._kept:
            self._kept.move_to_end(asked)
            await self._kept[asked].send(send, packs=packs)
            return
        # Packed, it could not be written into
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
            headers = Headers(raw=start["headers"])
            if not headers.get("content-type", "").startswith("text/html"):
                await send(start)
                await send({"type": "http.response.body", "body": body})
                return
            whole = body.replace(_HEAD, _HEAD + b"<script>" + self._script().encode() + b"</script>", 1)
            # Nothing in it is secret or says back what was asked, so its length tells nobody anything.
            page = _Page(start, whole, gzip.compress(whole, _EFFORT, mtime=0))
            if lasting and start["status"] == 200 and "set-cookie" not in headers:
                self._keep(asked, page)
            await page.send(send, packs=packs)

        await self._app({**scope, "headers": plain}, receive, sending)
