"""A queue of scores to be drawn, before a fixed number of processes: first come, first served."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Protocol

from models.notation.engraving.pages import Engraving, Look
from models.notation.engraving.process import POLL_S, DrawingProgress, Watch
from models.notation.errors import EngravingFailed


class Drawer(Protocol):
    """What draws: `DrawingProcess`, or a stand-in."""

    def draw(self, text: str, look: Look, seconds: float, watch: Watch) -> Engraving:
        """As `engrave`, except that there is no queue."""
        ...

    @property
    def is_stopped(self) -> bool:
        """Whether it can draw no more."""
        ...

    def stop(self) -> None:
        """It ends at once."""
        ...


class Lane:
    """At most so many of what ``start`` gives, each made when it is first needed, and again when it was stopped."""

    def __init__(self, places: int, start: Callable[[], Drawer]) -> None:
        self._start, self._changed = start, threading.Condition()
        self._idle: list[Drawer | None] = [None] * places
        self._all: set[Drawer] = set()
        self._waiting: deque[object] = deque()
        self._closed = False

    def draw(self, text: str, look: Look, seconds: float, watch: Watch) -> Engraving:
        """As `engrave`. May be called from any thread."""
        with self._turn(watch) as drawer:
            return drawer.draw(text, look, seconds, watch)

    def close(self) -> None:
        """All end at once; nothing is drawn any more."""
        with self._changed:
            self._closed = True
            drawers = list(self._all)
            self._changed.notify_all()
        for drawer in drawers:
            drawer.stop()

    @contextmanager
    def _turn(self, watch: Watch) -> Iterator[Drawer]:
        drawer = self._taken(watch)
        try:
            if drawer is None:
                drawer = self._start()
                with self._changed:
                    self._all.add(drawer)
            yield drawer
        finally:
            with self._changed:
                if drawer is not None and drawer.is_stopped:
                    self._all.discard(drawer)
                    drawer = None
                self._idle.append(drawer)
                self._changed.notify_all()

    def _taken(self, watch: Watch) -> Drawer | None:
        """A free place, in the order of coming: with what draws there, or None."""
        me = object()
        with self._changed:
            self._waiting.append(me)
        try:
            while True:
                with self._changed:
                    if self._closed:
                        raise EngravingFailed("The engraver is being stopped.")
                    if self._idle and self._waiting[0] is me:
                        return self._idle.pop()  # one that is ready rather than one to be started
                    ahead = self._waiting.index(me) + 1
                    self._changed.wait(POLL_S)
                watch(DrawingProgress(ahead=ahead))
        finally:
            with self._changed:
                self._waiting.remove(me)
                self._changed.notify_all()
