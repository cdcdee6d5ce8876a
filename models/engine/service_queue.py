"""The queue in front of one service of a local engine, with its worker thread and its batches."""

from __future__ import annotations

import logging
import threading
import time
from collections import deque
from collections.abc import Callable, Hashable
from dataclasses import dataclass, field
from typing import Any

from models.engine.batch import LocalTicket, run_batch
from models.engine.errors import DeadlinePassed, EngineBusy, EngineClosed
from models.engine.protocol import Service

log = logging.getLogger(__name__)


@dataclass(eq=False)
class Worker:
    """A thread and its batch; ``given_up`` once it counts as stuck and must take no more."""

    thread: threading.Thread | None = None
    batch: list[LocalTicket] = field(default_factory=list)
    running: bool = False
    given_up: bool = False


class ServiceQueue:
    """A bounded queue in front of one service; all methods may be called from any thread.

    Requests run in the order in which they came, except that those of one batch run together.
    The worker thread starts with the first request. A worker still running ``grace_s`` after the last
    deadline of its batch is given up and replaced; with ``max_stuck`` such workers alive none is added, and
    the queue is busy until one of them comes back.
    """

    def __init__(
        self,
        service: Service[Any, Any],
        *,
        queue_size: int,
        grace_s: float,
        max_stuck: int,
        wake: Callable[[], None],
    ) -> None:
        """``wake`` is called when there is something new for `check`."""
        self.service = service
        self._queue_size = queue_size
        self._grace_s = grace_s
        self._max_stuck = max_stuck
        self._wake = wake
        self._queue: deque[LocalTicket] = deque()
        self._changed = threading.Condition()
        self._worker: Worker | None = None
        self._stuck: set[Worker] = set()
        self._closed = False

    def enter(self, ticket: LocalTicket) -> None:
        """Puts ``ticket`` last in the queue; raises `EngineClosed` or `EngineBusy`."""
        with self._changed:
            if self._closed:
                raise EngineClosed
            if len(self._queue) >= self._queue_size or len(self._stuck) >= self._max_stuck:
                raise EngineBusy
            if self._worker is None:
                self._worker = self._new_worker()
            self._queue.append(ticket)
            self._changed.notify_all()
        self._wake()

    def leave(self, ticket: LocalTicket) -> None:
        """Frees the place of a ticket that was cancelled."""
        with self._changed:
            if ticket in self._queue:
                self._queue.remove(ticket)
            self._changed.notify_all()
        self._wake()  # if it was running without a deadline, the grace of its worker counts from now

    def place(self, ticket: LocalTicket) -> int:
        """1 for the next in line; 0 for a ticket that is not in the queue."""
        with self._changed:
            return self._queue.index(ticket) + 1 if ticket in self._queue else 0

    def check(self) -> float | None:
        """Fails overdue tickets and replaces a stuck worker; returns when to check again, None for never.

        The time is a reading of ``time.monotonic``.
        """
        now = time.monotonic()
        ended: list[LocalTicket] = []
        rejected: list[LocalTicket] = []
        with self._changed:
            held = self._worker.batch if self._worker else []
            for ticket in (*self._queue, *held):
                if ticket.deadline is not None and ticket.deadline <= now:
                    ended.append(ticket)
            for ticket in ended:
                if ticket in self._queue:
                    self._queue.remove(ticket)
            due = [t.deadline for t in (*self._queue, *held) if t.deadline is not None and t.deadline > now]
            give_up_at = self._give_up_at()
            if give_up_at is not None and give_up_at <= now:
                rejected = self._give_up()
            elif give_up_at is not None:
                due.append(give_up_at)
        # Outside the lock, because the end of a ticket calls listeners that may well call this queue.
        for ticket in ended:
            ticket.fail(DeadlinePassed())
        for ticket in rejected:
            ticket.fail(EngineBusy())
        with self._changed:
            if self._queue and self._worker is None:
                self._worker = self._new_worker()
        return min(due, default=None)

    def health(self) -> dict[str, Any]:
        """Numbers for a health report."""
        with self._changed:
            return {
                "healthy": not self._closed and len(self._stuck) < self._max_stuck,
                "waiting": len(self._queue),
                "running": len(self._worker.batch) if self._worker else 0,
                "stuck_workers": len(self._stuck),
            }

    def close(self) -> None:
        """Fails all unanswered tickets with `EngineClosed` and asks the worker to stop, without waiting."""
        with self._changed:
            self._closed = True
            unanswered = [*self._queue, *(self._worker.batch if self._worker else [])]
            self._queue.clear()
            self._changed.notify_all()
        for ticket in unanswered:
            ticket.fail(EngineClosed())

    def join(self, timeout_s: float) -> bool:
        """Waits for the worker to stop; True if no thread of this queue is left."""
        with self._changed:
            thread = self._worker.thread if self._worker else None
        if thread is not None and thread is not threading.current_thread():
            thread.join(max(0.0, timeout_s))
        with self._changed:
            return self._worker is None and not self._stuck

    def _new_worker(self) -> Worker:
        worker = Worker()
        # Daemons, so that a worker stuck in foreign code cannot keep the process from ending.
        worker.thread = threading.Thread(
            target=self._work, args=(worker,), name=f"engine-{self.service.name}", daemon=True
        )
        try:
            worker.thread.start()
        except RuntimeError as error:
            raise EngineBusy from error
        return worker

    def _work(self, worker: Worker) -> None:
        while self._served(worker):
            pass  # a batch belongs to the call that served it: its pages must not wait here for the next one
        with self._changed:
            if self._worker is worker:
                self._worker = None

    def _served(self, worker: Worker) -> bool:
        """Whether there was a batch, which is answered, and the worker is to go on."""
        batch = self._next_batch(worker)
        if not batch:
            return False
        try:
            run_batch(self.service, batch)
        except BaseException:
            # Not even a SystemExit out of a service may leave its queue without a worker.
            log.exception("The worker of %s caught what no service should raise.", self.service.name)
        with self._changed:
            worker.batch, worker.running = [], False
            if worker.given_up:
                self._stuck.discard(worker)
                log.warning("A stuck worker of %s came back.", self.service.name)
                return False
        return True

    def _next_batch(self, worker: Worker) -> list[LocalTicket]:
        """Waits for requests and takes those that run together; empty when the queue is closed."""
        while True:
            with self._changed:
                while not self._queue and not self._closed:
                    self._changed.wait()
                if self._closed:
                    return []
                worker.batch = [self._queue.popleft()]
                self._gather(worker.batch, worker.batch[0].key)
                if self._closed:
                    return []
                worker.batch = [ticket for ticket in worker.batch if not ticket.done()]
                worker.running = bool(worker.batch)
            if worker.batch:
                self._wake()
                return worker.batch

    def _gather(self, batch: list[LocalTicket], key: Hashable) -> None:
        """Adds waiting tickets of the same key to ``batch``, and waits a little for more."""
        until = time.monotonic() + self.service.batch_wait_s
        while not self._closed:
            batch[:] = [ticket for ticket in batch if not ticket.done()]
            if not batch:
                return
            room = max(0, self.service.max_batch - len(batch))
            for ticket in [ticket for ticket in self._queue if ticket.key == key][:room]:
                self._queue.remove(ticket)
                batch.append(ticket)
            remaining = until - time.monotonic()
            if len(batch) >= self.service.max_batch or remaining <= 0:
                return
            self._changed.wait(remaining)

    def _give_up_at(self) -> float | None:
        """When the running batch counts as stuck: by the latest deadline in it, or moment of cancelling.

        A ticket without a deadline that the service has returned is no sign of a stuck worker.
        """
        if self._worker is None or not self._worker.running:
            return None
        held = [t for t in self._worker.batch if t.deadline is not None or not t.returned]
        if not held:
            return None
        patience = [t.deadline if t.deadline is not None else t.ended_at for t in held]
        known = [moment for moment in patience if moment is not None]
        return max(known) + self._grace_s if len(known) == len(patience) else None

    def _give_up(self) -> list[LocalTicket]:
        """Gives the worker up; if there may be no other, empties the queue and returns its tickets."""
        assert self._worker is not None  # noqa: S101 - for the type checker; `_give_up_at` looked
        self._worker.given_up = True
        self._stuck.add(self._worker)
        self._worker = None
        log.error("A worker of %s is stuck (%d in all).", self.service.name, len(self._stuck))
        if len(self._stuck) < self._max_stuck:
            return []
        rejected = list(self._queue)
        self._queue.clear()
        return rejected
