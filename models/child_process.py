"""A process of our own that can be stopped in the middle of anything: ``python -m`` runs what one of our modules serves.

`multiprocessing` would load the main module into each process anew, and with it the whole page; this one loads what it
works with and nothing else.
"""

from __future__ import annotations

import importlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from multiprocessing import Pipe
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

POLL_S = 0.1
"""Whoever waits for an answer looks around so often."""
_ROOT = Path(__file__).parents[1]


class ChildProcess:
    """A process that runs the function ``serve`` of a module of ours, which is given a pipe; for one thread at a time."""

    def __init__(self, module: str) -> None:
        self._pipe, theirs = Pipe()
        path = os.pathsep.join(filter(None, (str(_ROOT), os.environ.get("PYTHONPATH"))))
        with theirs:
            self._process = subprocess.Popen(  # noqa: S603 - our own module
                [sys.executable, "-m", "models.child_process", module, str(theirs.fileno())],
                pass_fds=(theirs.fileno(),),
                stdin=subprocess.DEVNULL,
                env={**os.environ, "PYTHONPATH": path},
            )

    @property
    def number(self) -> int:
        """The operating system's number of the process."""
        return self._process.pid

    @property
    def is_stopped(self) -> bool:
        """Whether it answers no more."""
        return self._pipe.closed

    def send(self, message: object) -> None:
        """Hands it something. OSError when it has ended."""
        self._pipe.send(message)

    def receive(self, seconds: float, waiting: Callable[[], None] = lambda: None) -> Any:  # noqa: ANN401
        """What it says next. ``waiting`` is called several times a second; what that raises comes through.

        EOFError or OSError when the process has ended; TimeoutError after so many seconds, and it is stopped.
        """
        deadline = time.monotonic() + seconds
        while not self._pipe.poll(POLL_S):
            waiting()
            if time.monotonic() > deadline:
                self.stop()
                raise TimeoutError(f"no answer within {seconds:g} s")
        return self._pipe.recv()

    def stop(self) -> None:
        """It ends at once, whatever it is at."""
        self._process.kill()
        self._process.wait()
        self._pipe.close()


def main() -> None:
    """The other side: the module's ``serve`` reads from the pipe and writes to it until that is closed."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl+C is for the one that started it
    module, pipe = sys.argv[1:]
    try:
        importlib.import_module(module).serve(Connection(int(pipe)))
    except BrokenPipeError:  # the one that asked is gone
        sys.exit(0)


if __name__ == "__main__":
    main()
