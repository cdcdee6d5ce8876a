"""A switch that spares visitors the wait for a machine that does not answer."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

from models.engine.errors import EngineUnreachable


class Circuit:
    """Opens after ``max_failures`` failures in a row; ``pause_s`` seconds later it lets one trial through.

    A trial that succeeds closes it; one that fails, or is never heard of, means another pause.
    """

    def __init__(
        self, *, max_failures: int, pause_s: float, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._max_failures = max_failures
        self._pause_s = pause_s
        self._clock = clock
        self._failures = 0
        self._refuses_until = 0.0
        self._lock = threading.Lock()

    def admit(self) -> None:
        """Returns if a call may be tried now; raises `EngineUnreachable` if not."""
        with self._lock:
            if self._failures < self._max_failures:
                return
            if self._clock() < self._refuses_until:
                raise EngineUnreachable
            self._refuses_until = self._clock() + self._pause_s

    def succeeded(self) -> None:
        """The machine answered."""
        with self._lock:
            self._failures = 0

    def failed(self) -> None:
        """The machine did not answer."""
        with self._lock:
            self._failures += 1
            if self._failures >= self._max_failures:
                self._refuses_until = self._clock() + self._pause_s

    @property
    def state(self) -> str:
        """Either closed (calls go through), open (they do not) or half-open (the next call is a trial)."""
        with self._lock:
            if self._failures < self._max_failures:
                return "closed"
            return "open" if self._clock() < self._refuses_until else "half-open"
