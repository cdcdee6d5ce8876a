"""The ticket of a request that a Ray cluster computes."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any, Protocol

from ray.exceptions import (
    ActorUnavailableError,
    RayActorError,
    RayError,
    RayTaskError,
    TaskCancelledError,
    WorkerCrashedError,
)
from ray.serve.exceptions import RayServeException

from models.engine import wire
from models.engine.errors import (
    BadRequest,
    Cancelled,
    DeadlinePassed,
    EngineError,
    EngineUnreachable,
    ServiceFailed,
    from_name,
)
from models.engine.job import Progress, ProgressBar
from models.engine.ticket_base import TicketBase

log = logging.getLogger(__name__)

REPLICA_LOST = (RayActorError, ActorUnavailableError, WorkerCrashedError, TaskCancelledError)
"""The process that computed is gone, or was asked to stop: another may do it."""


class News(Protocol):
    """What a handle gives for a request: news one after another, and a way to end it."""

    def __iter__(self) -> Iterator[tuple[Any, ...]]:
        """See `models.engine.ray_replica.News`."""
        ...

    def cancel(self) -> None:
        """The replica learns that nobody waits."""
        ...


Ask = Callable[[float | None], News]
"""Hands the request in, to be answered within so many seconds, and returns its news."""


class RayTicket(TicketBase[Any]):
    """A request that is handed in again where the process that computed it died; a thread of its own hears of it."""

    def __init__(
        self,
        ask: Ask,
        answer_type: type[Any],
        *,
        deadline: float | None,
        most_attempts: int,
        place: Callable[[RayTicket], int],
        moved: Callable[[], None],
        on_progress: Callable[[Progress], None] | None,
    ) -> None:
        """``deadline`` is a reading of ``time.monotonic``; ``place`` returns the ticket's place in the queue, and
        ``moved`` is called when it leaves it.
        """
        super().__init__()
        self.deadline = deadline
        self.attempts = 0
        """How often the request was handed in."""
        self.started_at: float | None = None
        self._ask, self._answer_type = ask, answer_type
        self._most_attempts = most_attempts
        self._place, self._moved = place, moved
        self._bar = ProgressBar(on_progress)
        self._submitted_at = time.monotonic()
        self._ended_at: float | None = None
        self._news: News | None = None
        self._gone = threading.Event()

    def follow(self) -> None:
        """Hands the request in and hears of it until the ticket is done; never raises."""
        try:
            while not self.done():
                self.attempts += 1
                try:
                    self._follow_once()
                except REPLICA_LOST as error:
                    self._lost(error)
        except EngineError as error:
            self.fail(error)
        except (RayTaskError, ValueError, BadRequest) as error:
            self._broken(error, ServiceFailed())
        except (RayError, RayServeException, OSError) as error:
            self._broken(error, EngineUnreachable())
        except Exception as error:  # noqa: BLE001 - whatever it was, the caller must learn of it
            self._broken(error, ServiceFailed())

    def answer(self, answer: object) -> bool:
        """True if this is how the ticket ended."""
        return super().answer(answer) and self._end()

    def fail(self, error: EngineError) -> bool:
        """True if this is how the ticket ended; the cluster is then told that nobody waits."""
        self._bar.silence()
        if not super().fail(error):
            return False
        self._end()
        if (news := self._news) is not None:
            news.cancel()
        return True

    def cancel(self) -> bool:
        """See `Ticket.cancel`."""
        return self.fail(Cancelled())

    def check(self, now: float) -> None:
        """Fails the ticket when its deadline has passed at ``now``."""
        if self.deadline is not None and self.deadline <= now:
            self.fail(DeadlinePassed())

    @property
    def progress(self) -> Progress | None:
        """See `Ticket.progress`."""
        return self._bar.last

    @property
    def position(self) -> int:
        """See `Ticket.position`: among the requests that this process handed in."""
        return 0 if self.done() else self._place(self)

    @property
    def seconds_waited(self) -> float:
        """See `Ticket.seconds_waited`."""
        return (self.started_at or self._ended_at or time.monotonic()) - self._submitted_at

    def _follow_once(self) -> None:
        left = None if self.deadline is None else self.deadline - time.monotonic()
        if left is not None and left <= 0:
            raise DeadlinePassed
        self._news = news = self._ask(left)
        if self.done():  # taken back while it was handed in
            news.cancel()
            return
        for one in news:
            self._hear(one)
            if self.done():
                return
        raise WorkerCrashedError

    def _hear(self, news: tuple[Any, ...]) -> None:
        match news:
            case ("started",):
                self.started_at = self.started_at or time.monotonic()
                self._moved()
            case ("progress", int(done), int(total), str(note), float() | int() as seconds):
                self._bar.update(done, total, note, seconds)
            case ("answer", bytes(message)):
                answer = wire.loads(message, self._answer_type, max_bytes=len(message))
                if not self.done():
                    self._bar.fill(time.monotonic() - (self.started_at or self._submitted_at))
                self.answer(answer)
            case ("failed", str(name), str(sentence)):
                raise from_name(name, sentence) or ServiceFailed()
            case _:
                raise ValueError("The cluster runs another version.")

    def _lost(self, error: Exception) -> None:
        if self.done():
            return
        log.warning("A replica was lost in attempt %d: %s", self.attempts, type(error).__name__)
        if self.attempts >= self._most_attempts:
            # Very likely it is this request that ends them.
            self._broken(error, ServiceFailed())
            return
        self._gone.wait(0.2 * self.attempts)

    def _broken(self, cause: Exception, error: EngineError) -> None:
        error.__cause__ = cause
        if self.fail(error):
            log.error("A request to the cluster failed.", exc_info=cause)

    def _end(self) -> bool:
        self._ended_at = time.monotonic()
        self._gone.set()
        self._moved()
        return True
