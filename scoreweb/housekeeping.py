"""Regular chores of a host: idle workspaces are cleared; unreviewed contributions expire; leftovers are swept; a copy is made."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable

from scoreweb.workspace import Workspaces
from storage import StorageError, Store

log = logging.getLogger(__name__)

DAY_S = 86_400.0
FIVE_MINUTES_S = 300.0


class Housekeeping:
    """A thread that looks at the workspaces every ``every_s`` seconds and tends the store at the start and then daily."""

    def __init__(
        self,
        store: Store,
        workspaces: Workspaces,
        *,
        backup: Callable[[], object] | None = None,
        every_s: float = FIVE_MINUTES_S,
        day_s: float = DAY_S,
    ) -> None:
        self._store, self._workspaces = store, workspaces
        self._backup = backup
        self._every_s, self._day_s = every_s, day_s
        self._stop = threading.Event()
        self.rounds = 0
        self._thread = threading.Thread(target=self._run, name="housekeeping", daemon=True)
        self._thread.start()

    def close(self) -> None:
        """No further round is begun; one that runs is finished."""
        self._stop.set()
        self._thread.join()

    def _run(self) -> None:
        due = time.monotonic()
        while True:
            self._workspaces.clear_idle()
            if time.monotonic() >= due:
                self._tend_store()
                due = time.monotonic() + self._day_s
            self.rounds += 1
            if self._stop.wait(self._every_s):
                return

    def _tend_store(self) -> None:
        """Erases first, so that no copy holds what is due, and copies last; one that fails stops none of the others."""
        chores: list[Callable[[], object]] = [self._store.expire, self._store.sweep, self._store.scrub]
        for chore in [*chores, *([self._backup] if self._backup else [])]:
            try:
                log.info("%s", chore())
            except StorageError as error:
                log.warning("a chore of the collection was not done today: %s", error)
