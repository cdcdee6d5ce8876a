"""A thread that watches deadlines, so that they hold even while a service hangs."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable

log = logging.getLogger(__name__)


class Watchdog:
    """Calls ``check`` whenever it is woken and at each time that ``check`` returned.

    ``check`` returns a reading of ``time.monotonic``, or None to sleep until woken. The thread starts with the
    first `wake`.
    """

    def __init__(self, check: Callable[[], float | None]) -> None:
        self._check = check
        self._woken = threading.Event()
        self._lock = threading.Lock()
        self._thread: threading.Thread | None = None
        self._stopped = False

    def wake(self) -> None:
        """Makes the thread call ``check`` soon."""
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
                moment = self._check()
            except Exception:
                log.exception("The watchdog failed and will check again in a second.")
                moment = time.monotonic() + 1.0
            # A lock cannot wait for years, which a careless deadline may ask for.
            self._woken.wait(None if moment is None else min(3600.0, max(0.0, moment - time.monotonic())))
