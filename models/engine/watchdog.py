"""A thread that looks after deadlines, so that a service that hangs need not be asked."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable

log = logging.getLogger(__name__)


class Watchdog:
    """Calls ``tend`` whenever it is woken and at each moment that ``tend`` itself names.

    ``tend`` returns a reading of ``time.monotonic``, or None to sleep until woken. The thread starts with the
    first `wake`.
    """

    def __init__(self, tend: Callable[[], float | None]) -> None:
        self._tend = tend
        self._woken = threading.Event()
        self._lock = threading.Lock()
        self._thread: threading.Thread | None = None
        self._stopped = False

    def wake(self) -> None:
        """Has ``tend`` called soon."""
        self._woken.set()
        if self._thread is None:
            with self._lock:
                if self._thread is None and not self._stopped:
                    self._thread = threading.Thread(target=self._watch, name="engine-watchdog", daemon=True)
                    self._thread.start()

    def stop(self, timeout_s: float) -> None:
        """Ends the thread and waits up to ``timeout_s`` seconds for it, unless called from it."""
        with self._lock:
            self._stopped = True
            thread = self._thread
        self._woken.set()
        if thread is not None and thread is not threading.current_thread():
            thread.join(timeout_s)

    def _watch(self) -> None:
        while not self._stopped:
            self._woken.clear()
            try:
                moment = self._tend()
            except Exception:
                log.exception("The watchdog stumbled and will look again in a second.")
                moment = time.monotonic() + 1.0
            # A lock cannot wait for the years that a careless deadline may name.
            self._woken.wait(None if moment is None else min(3600.0, max(0.0, moment - time.monotonic())))
