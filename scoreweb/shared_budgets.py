"""Budgets that hold for a client at all web processes of one address together, by telling each other what was used.

Each process decides by what it knows, without asking anybody, and learns of the others every few seconds: a client who
runs from one process to the next gets that much more at most. While the others cannot be reached, each goes on alone.
"""

from __future__ import annotations

import logging
import threading
import time
from collections import defaultdict
from collections.abc import Callable
from functools import partial
from typing import Protocol

from scoreweb.guard import Budgets
from storage import StorageError, Used

log = logging.getLogger(__name__)

EVERY_S = 2.0
MOST_UNTOLD = 10_000
"""Clients of whom is kept what the others have not heard yet."""


class Ledger(Protocol):
    """Where processes tell each other; `storage.Usage`."""

    def exchange(self, mine: list[Used]) -> list[Used]:
        """See `storage.Usage.exchange`."""
        ...

    def close(self) -> None:
        """Gives everything back."""
        ...


class SharedBudgets:
    """A thread that tells the other processes what this one's clients used, and the budgets what they told."""

    def __init__(
        self,
        budgets: Budgets,
        ledger: Ledger,
        *,
        every_s: float = EVERY_S,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._budgets, self._ledger = budgets.by_kind(), ledger
        self._every_s, self._clock = every_s, clock
        self._lock = threading.Lock()
        self._untold: dict[tuple[str, str], float] = defaultdict(float)
        self._alone = False
        for kind, budget in self._budgets.items():
            budget.listener = partial(self._used, kind)
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="shared-budgets", daemon=True)
        self._thread.start()

    def exchange(self) -> None:
        """Tells and learns once; without an effect while the others cannot be reached."""
        with self._lock:
            untold, self._untold = self._untold, defaultdict(float)
        now = self._clock()
        mine = [Used(kind, client, amount, now) for (kind, client), amount in untold.items()]
        try:
            theirs = self._ledger.exchange(mine)
        except StorageError as error:
            if not self._alone:
                log.warning("Budgets are kept by this process alone until the others are reached: %s", error)
            self._alone = True
            with self._lock:
                for key, amount in untold.items():
                    if key in self._untold or len(self._untold) < MOST_UNTOLD:
                        self._untold[key] += amount
            return
        self._alone = False
        for used in theirs:
            if (budget := self._budgets.get(used.kind)) is not None:
                budget.learn(used.client, used.amount, now - used.at)

    def close(self) -> None:
        """Tells the rest and ends."""
        self._stop.set()
        self._thread.join()
        self._ledger.close()

    def _used(self, kind: str, client: str, amount: float) -> None:
        with self._lock:
            self._untold[kind, client] += amount

    def _run(self) -> None:
        while True:
            last = self._stop.is_set()
            try:
                self.exchange()
            except Exception:
                log.exception("Budgets could not be exchanged; it is tried again.")
            if last:
                return
            self._stop.wait(self._every_s)
