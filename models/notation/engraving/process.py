"""One process that draws scores, one after the other, and can be stopped in the middle of any.

Verovio cannot be interrupted and holds the interpreter's lock while it works, so it works elsewhere.
"""

from __future__ import annotations

import time
import traceback
from collections.abc import Callable
from dataclasses import dataclass
from multiprocessing.connection import Connection
from typing import Any

from models.child_process import POLL_S, ChildProcess
from models.notation.engraving.pages import Engraving, Look, draw
from models.notation.errors import EngravingFailed, NotationError

__all__ = ["POLL_S", "DrawingProcess", "DrawingProgress", "Watch", "unwatched"]

START_S = 120.0
"""So long a process may take until it is ready."""


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
        self._child = ChildProcess("models.notation.engraving.process")
        self._ready = False

    def draw(self, text: str, look: Look, seconds: float, watch: Watch) -> Engraving:
        """As `engrave`, except that there is no queue."""
        try:
            if not self._ready:
                self._next(time.monotonic() + START_S, watch, DrawingProgress())
                self._ready = True
            self._child.send((text, look))
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
    def number(self) -> int:
        """The operating system's number of the process."""
        return self._child.number

    @property
    def is_stopped(self) -> bool:
        """Whether it can draw no more."""
        return self._child.is_stopped

    def stop(self) -> None:
        """It ends at once, whatever it is at."""
        self._child.stop()

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
        try:
            message: tuple[Any, ...] = self._child.receive(
                deadline - time.monotonic(), lambda: watch(progress)
            )
        except TimeoutError as error:
            raise EngravingFailed("Drawing this score takes too long; try a shorter one.") from error
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
