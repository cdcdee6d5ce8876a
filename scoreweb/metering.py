"""The one way to the engine for page, API and command line alike: budget, memory, deadline, cancelling."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Generator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any

from models.engine import Engine, Estimate, Progress, Ticket
from scoreweb import metrics
from scoreweb import texts as messages
from scoreweb.errors import VisitorError
from scoreweb.guard import Budget
from scoreweb.pace import Job, Pace
from scoreweb.waiting_room import WaitingRoom
from scoreweb.workspace import Run

log = logging.getLogger(__name__)

POLL_S = 0.25
"""A waiting visitor's place in the queue is looked up so often."""


@dataclass(frozen=True)
class Limits:
    """What one job may take on this host: pixels of a page that is upscaled, bytes of memory, seconds in all."""

    page_pixels: int = 12_000_000
    memory_bytes: int = 4_096_000_000
    deadline_s: float = 900.0


@dataclass(frozen=True)
class Step:
    """How far a job is: ``share`` from 0 to 1 and a line of text."""

    share: float
    text: str


class Meter:
    """What may be computed for whom.

    A client (a visitor or a program, see `scoreweb.guard.Clients`) pays with the seconds that the engine computed for
    them, also for a run that was cancelled or failed, and never for time in its queue. None stands for the command
    line, which has no budget. The limits on memory and time hold for all.
    """

    def __init__(
        self, engine: Engine, limits: Limits, seconds: Budget | None = None, pace: Pace | None = None
    ) -> None:
        self._engine, self._limits, self._seconds = engine, limits, seconds
        self._pace = pace or Pace()
        self._waiting_room = WaitingRoom()

    def admit(self, client: str | None) -> None:
        """VisitorError when the client's seconds are used up."""
        if self._seconds is not None and client is not None and self._seconds.left(client) <= 0:
            raise VisitorError(messages.SECONDS_BUDGET)

    def estimate(self, service: str, request: object) -> Estimate | None:
        """What the request will take on this host as busy as it is, None where the engine cannot tell; EngineError as it comes.

        VisitorError when it would take more memory than a job may use here.
        """
        found = self._estimated(service, request)
        return found and replace(found, seconds=self._pace.expected(service, found.seconds))

    def _estimated(self, service: str, request: object) -> Estimate | None:
        """What the service itself says. VisitorError as `estimate`."""
        estimate = self._engine.estimate(service, request)
        if estimate is not None and estimate.peak_bytes > self._limits.memory_bytes:
            raise VisitorError(
                messages.NEEDS_TOO_MUCH_MEMORY.format(
                    megabytes=estimate.peak_bytes / 1e6, most=self._limits.memory_bytes / 1e6
                )
            )
        return estimate

    def call(
        self, service: str, request: object, *, client: str | None = None, deadline_s: float | None = None
    ) -> Any:  # noqa: ANN401 - of the service's answer type
        """The service's answer. Raises VisitorError before anything is computed, EngineError afterwards.

        A caller who is interrupted takes the request back. ``deadline_s`` takes the place of the host's own.
        """
        with (
            metrics.job(service),
            self._submitted(service, request, client, deadline_s, None) as submitted,
        ):
            return submitted.answer()

    def follow(
        self,
        run: Run,
        service: str,
        request: object,
        client: str,
        step: Callable[[Progress], Step],
        before: float = 0.0,
    ) -> Generator[Step, None, Any]:
        """Steps while the service computes; what it returns is the answer. Raises as `call`, and Cancelled.

        ``step`` turns progress into a step. Until there is any, the place in the queue is shown at the share ``before``.
        """
        run.check()
        news = threading.Event()
        stages = metrics.StageClock(service)
        with (
            metrics.job(service),
            self._submitted(service, request, client, None, lambda _: news.set()) as submitted,
        ):
            ticket = submitted.ticket
            run.hold(ticket)
            ticket.when_done(news.set)
            while not ticket.done():
                submitted.look()
                progress = ticket.progress
                if progress is None or progress.total == 0:
                    yield Step(before, self._waiting(service, submitted))
                else:
                    stages.at(progress.note)
                    yield step(progress)
                news.wait(POLL_S)
                news.clear()
            run.check()
            stages.end()
            return submitted.answer()

    @contextmanager
    def computing(self, client: str) -> Iterator[None]:
        """Work that this process does for the client without the engine: its thread's computing time is charged."""
        self.admit(client)
        began = time.thread_time()
        try:
            yield
        finally:
            self._charge(client, time.thread_time() - began)

    @contextmanager
    def _submitted(
        self,
        service: str,
        request: object,
        client: str | None,
        deadline_s: float | None,
        on_progress: Callable[[Progress], None] | None,
    ) -> Iterator[_Submitted]:
        self.admit(client)
        found = self._estimated(service, request)
        estimated = found.seconds if found else 0.0
        deadline_s = deadline_s or self._limits.deadline_s
        if self._pace.others(service) and self._pace.expected(service, estimated) > deadline_s:
            # It would be given up when its turn has hardly come: better told now than after all that waiting.
            raise VisitorError(messages.TOO_LONG_A_QUEUE)
        began = time.monotonic()
        with self._waiting_room.room_for(request):
            ticket = self._engine.submit(service, request, deadline_s=deadline_s, on_progress=on_progress)
            submitted = _Submitted(ticket, began, self._pace.began(service, estimated))
            yield from self._until_done(service, submitted, client)

    def _until_done(self, service: str, submitted: _Submitted, client: str | None) -> Iterator[_Submitted]:
        ticket = submitted.ticket
        try:
            yield submitted
        finally:
            seconds = submitted.seconds()
            self._pace.ended(service, submitted.job, seconds if submitted.answered else None)
            metrics.computed(service, seconds, ticket.seconds_waited)
            log.info(
                "a job ended",
                extra={
                    "service": service,
                    "answered": submitted.answered,
                    "seconds": round(seconds, 3),
                    "waited": round(ticket.seconds_waited, 3),
                },
            )
            ticket.cancel()  # without effect on a finished one
            self._charge(client, seconds)

    def _waiting(self, service: str, submitted: _Submitted) -> str:
        ahead = submitted.ticket.position
        if not ahead:
            return messages.STARTING
        seconds = self._pace.until_turn(service, submitted.job, ahead)
        if seconds < 1:  # nothing is known of those before
            return messages.WAITING.format(ahead=ahead)
        return messages.WAITING_FOR.format(ahead=ahead, seconds=messages.duration(seconds))

    def _charge(self, client: str | None, seconds: float) -> None:
        if self._seconds is not None and client is not None:
            self._seconds.charge(client, seconds)


class _Submitted:
    """A request at the engine, and how long it was computed."""

    def __init__(self, ticket: Ticket[Any], began: float, job: Job) -> None:
        self.ticket, self.job, self._began = ticket, job, began
        self._queued_until = began
        self._seconds: float | None = None

    def look(self) -> None:
        """Called now and then: so time in the queue is known even for a ticket that never leaves it."""
        if self.ticket.position > 0:
            self._queued_until = time.monotonic()

    def answer(self) -> Any:  # noqa: ANN401 - of the service's answer type
        """As soon as it is there; raises the EngineError that the request ended with."""
        answer = self.ticket.result()
        self._seconds = float(answer.seconds)
        return answer

    @property
    def answered(self) -> bool:
        """Whether it was computed to its end."""
        return self._seconds is not None

    def seconds(self) -> float:
        """What the answer says, or the time that has passed outside the queue."""
        if self._seconds is not None:
            return self._seconds
        started = max(self._began + self.ticket.seconds_waited, self._queued_until)
        return max(0.0, time.monotonic() - started)


def time_left(seconds: float) -> str:
    """What to add to a step's text: the time left."""
    return " · " + messages.LEFT.format(seconds=messages.duration(seconds))
