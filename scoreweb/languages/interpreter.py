"""The language of each request, from its first byte to its last."""

from __future__ import annotations

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from scoreweb.languages.spoken import chosen, speaking


class Interpreter:
    """ASGI middleware: the language that a request asks for is spoken while it is answered, and a page says which it is."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Passes a request on; the answer's head says that it depends on the language, so that no cache mixes them up."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        language = chosen(Headers(scope=scope).get("accept-language"))

        async def sending(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                if headers.get("content-type", "").startswith("text/html"):
                    headers["content-language"] = language
                    headers.add_vary_header("accept-language")
            await send(message)

        with speaking(language):
            await self._app(scope, receive, sending)
