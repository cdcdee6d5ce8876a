"""An HTTP host on a free port of this machine, in a thread of the test."""

from __future__ import annotations

import socket
import threading

import uvicorn
from starlette.types import ASGIApp

from tests.engine_services import eventually


class Host:
    """Serves ``app`` at ``url`` until `stop`."""

    def __init__(self, app: ASGIApp) -> None:
        # asyncio turns Nagle's algorithm off only where the protocol is named: 40 ms a request.
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
        self._socket.bind(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._socket.getsockname()[1]}"
        config = uvicorn.Config(app, log_level="critical", lifespan="off", timeout_graceful_shutdown=1)
        self._server = uvicorn.Server(config)
        self._thread = threading.Thread(target=self._server.run, args=([self._socket],), daemon=True)
        self._thread.start()
        eventually(lambda: self._server.started or not self._thread.is_alive())

    def stop(self) -> None:
        self._server.should_exit = True
        self._thread.join(60)
        self._socket.close()
        assert not self._thread.is_alive()
