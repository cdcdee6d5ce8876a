"""What a collection needs done every day: unreviewed gifts expire, leftovers of crashes are swept."""

from __future__ import annotations

import logging
import threading

from storage import StorageError, Store

log = logging.getLogger(__name__)

DAY_S = 86_400.0


class Housekeeping:
    """A thread that tends the store once at the start and then daily, until `close`."""

    def __init__(self, store: Store, *, every_s: float = DAY_S) -> None:
        self._store, self._every_s = store, every_s
        self._stop = threading.Event()
        self.rounds = 0
        self._thread = threading.Thread(target=self._run, name="housekeeping", daemon=True)
        self._thread.start()

    def close(self) -> None:
        """No further round is begun; one that runs is finished."""
        self._stop.set()
        self._thread.join()

    def _run(self) -> None:
        while True:
            try:
                expired = self._store.expire()
                swept = self._store.sweep()
                if expired.submissions or swept.blobs or swept.partials:
                    log.info("expired %s, swept %s and %s", expired.submissions, swept.blobs, swept.partials)
            except StorageError as error:
                log.warning("the collection was not tended today: %s", error)
            self.rounds += 1
            if self._stop.wait(self._every_s):
                return
