"""One process that draws scores, one after the other, and can be stopped in the middle of any: ``python -m`` runs it.

Verovio cannot be interrupted and holds the interpreter's lock while it works, so it works elsewhere. `multiprocessing`
would load the main module into each process anew, and with it the whole page; this one loads what draws and nothing else.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
import traceback
from collections.abc import Callable
from dataclasses import dataclass
from multiprocessing import Pipe
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

from models.notation.engraving.pages import Engraving, Look, draw
from models.notation.errors import EngravingFailed, NotationError

POLL_S = 0.1
"""A drawing is watched so often."""
START_S = 120.0
"""So long a process may take until it is ready."""
_ROOT = Path(__file__).parents[3]


@dataclass(frozen=True)
class DrawingProgress:
    """How far a drawing is: ``ahead`` scores are drawn first; then ``page`` of ``pages`` is done, 0 of 0 until their number
    is known.
    """

    ahead: int = 0
    page: int = 0
    pages: int = 0


Watch = Callable[[DrawingProgress], None]


def unwatched(progress: DrawingProgress) -> None:
    """For a drawing that nobody watches."""


class DrawingProcess:
    """A process of its own; `draw` is for one thread at a time. Once that raised anything but NotationError, it is stopped."""

    def __init__(self) -> None:
        self._pipe, theirs = Pipe()
        path = os.pathsep.join(filter(None, (str(_ROOT), os.environ.get("PYTHONPATH"))))
        with theirs:
            self._process = subprocess.Popen(  # noqa: S603 - our own module
                [sys.executable, "-m", "models.notation.engraving.process", str(theirs.fileno())],
                pass_fds=(theirs.fileno(),),
                stdin=subprocess.DEVNULL,
                env={**os.environ, "PYTHONPATH": path},
            )
        self._ready = False

    def draw(self, text: str, look: Look, seconds: float, watch: Watch) -> Engraving:
        """As `engrave`, except that there is no queue."""
        try:
            if not self._ready:
                self._next(time.monotonic() + START_S, watch, DrawingProgress())
                self._ready = True
            self._pipe.send((text, look))
            return self._answer(time.monotonic() + seconds, watch)
        except (EOFError, OSError) as error:
            self.stop()
            raise EngravingFailed("This score cannot be drawn: the engraver fails at it.") from error
        except NotationError:
            raise
        except BaseException:
            self.stop()
            raise

    @property
    def is_stopped(self) -> bool:
        """Whether it can draw no more."""
        return self._pipe.closed

    def stop(self) -> None:
        """It ends at once, whatever it is at."""
        self._process.kill()
        self._process.wait()
        self._pipe.close()

    def _answer(self, deadline: float, watch: Watch) -> Engraving:
        progress = DrawingProgress()
        while True:
            kind, *values = self._next(deadline, watch, progress)
            if kind == "page":
                progress = DrawingProgress(0, *values)
            elif kind == "drawn":
                drawn: Engraving = values[0]
                return drawn
            elif kind == "failed":
                raise EngravingFailed(values[0])
            else:
                raise RuntimeError(values[0])

    def _next(self, deadline: float, watch: Watch, progress: DrawingProgress) -> tuple[Any, ...]:
        while not self._pipe.poll(POLL_S):
            watch(progress)
            if time.monotonic() > deadline:
                self.stop()
                raise EngravingFailed("Drawing this score takes too long; try a shorter one.")
        message: tuple[Any, ...] = self._pipe.recv()
        return message


def serve(pipe: Connection) -> None:
    """Draws what comes through the pipe until its other end is closed."""
    pipe.send(("ready",))
    while True:
        try:
            text, look = pipe.recv()
        except EOFError:
            return
        try:
            drawn = draw(text, look, lambda page, pages: pipe.send(("page", page, pages)))
        except NotationError as error:
            pipe.send(("failed", str(error)))
        except Exception:  # noqa: BLE001 - told to the one who asked, with where it happened
            pipe.send(("broken", traceback.format_exc()))
        else:
            pipe.send(("drawn", drawn))


if __name__ == "__main__":
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl+C is for the one that started it
    try:
        serve(Connection(int(sys.argv[1])))
    except BrokenPipeError:  # the one that asked is gone
        sys.exit(0)
