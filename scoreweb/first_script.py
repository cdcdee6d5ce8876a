"""A script that runs before any other of the page: Gradio puts its own ``head`` in only once it has chosen a language."""

from __future__ import annotations

from collections.abc import Callable

from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

_HEAD = b"<head>"


class FirstScript:
    """ASGI middleware: what ``script`` gives as the first thing in the head of each HTML page; it is asked for each."""

    def __init__(self, app: ASGIApp, script: Callable[[], str]) -> None:
        self._app, self._script = app, script

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Passes a request on; an HTML answer goes out with the script in it."""
        if scope["type"] != "http" or scope["method"] != "GET" or not scope["path"].endswith("/"):
            await self._app(scope, receive, send)
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
            headers = MutableHeaders(scope=start)
            if headers.get("content-type", "").startswith("text/html"):
                body = body.replace(_HEAD, _HEAD + b"<script>" + self._script().encode() + b"</script>", 1)
                headers["content-length"] = str(len(body))
            await send(start)
            await send({"type": "http.response.body", "body": body})

        await self._app({**scope, "headers": plain}, receive, sending)
