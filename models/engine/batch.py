"""Tickets of a local engine, and how a service's answers to a batch reach them."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Hashable, Sequence
from typing import Any

from models.engine.errors import Cancelled, EngineError, ServiceFailed, as_engine_error
from models.engine.job import Job, Progress
from models.engine.protocol import Service
from models.engine.ticket_base import TicketBase

log = logging.getLogger(__name__)


class LocalTicket(TicketBase[Any]):
    """The ticket of one request in this process; see `Ticket`."""

    def __init__(
        self,
        request: object,
        *,
        key: Hashable = None,
        deadline_s: float | None = None,
        on_progress: Callable[[Progress], None] | None = None,
        leave: Callable[[LocalTicket], None] | None = None,
        place: Callable[[LocalTicket], int] | None = None,
    ) -> None:
        """``leave`` takes the ticket out of its queue, ``place`` returns its place there."""
        super().__init__()
        self._submitted_at = time.monotonic()
        self.deadline = None if deadline_s is None else self._submitted_at + deadline_s
        self.key = key
        self.job: Job[Any] = Job(request, deadline=self.deadline, on_progress=on_progress)
        self.ended_at: float | None = None
        self.returned = False
        """Whether the service has come back from it: whoever ran it does not hang at it."""
        self._started_at: float | None = None
        self._leave = leave
        self._place = place

    def start(self) -> None:
        """Marks the end of waiting; a second call changes nothing."""
        if self._started_at is None:
            self._started_at = time.monotonic()
            self.job.begin()

    def answer(self, answer: object) -> bool:
        """True if this is how the ticket ended."""
        if not super().answer(answer):
            return False
        self.ended_at = time.monotonic()
        return True

    def fail(self, error: EngineError) -> bool:
        """True if this is how the ticket ended; the service then learns of it at its next ``job.check()``."""
        if not super().fail(error):
            return False
        self.ended_at = time.monotonic()
        self.job.interrupt(error)
        return True

    def cancel(self) -> bool:
        """See `Ticket.cancel`."""
        if not self.fail(Cancelled()):
            return False
        if self._leave:
            self._leave(self)
        return True

    @property
    def progress(self) -> Progress | None:
        """See `Ticket.progress`."""
        return self.job.progress

    @property
    def position(self) -> int:
        """See `Ticket.position`."""
        return self._place(self) if self._place else 0

    @property
    def seconds_waited(self) -> float:
        """See `Ticket.seconds_waited`."""
        return (self._started_at or self.ended_at or time.monotonic()) - self._submitted_at


def run_batch(service: Service[Any, Any], tickets: Sequence[LocalTicket]) -> None:
    """Ends every ticket with an answer or an error of its own; raises only what is no ``Exception``.

    Tickets that ended, or whose deadline passed, are not run. If the service raises for several at once, each
    is run once more alone.
    """
    wanted = [ticket for ticket in tickets if _still_wanted(ticket)]
    if not wanted:
        return
    for ticket in wanted:
        ticket.start()
    try:
        answers = _answers(service, wanted)
    except Exception as error:  # noqa: BLE001 - whatever it was, it belongs to the tickets
        if len(wanted) == 1:
            _fail(service, wanted[0], error)
            return
        for ticket in wanted:
            run_batch(service, [ticket])
        return
    except BaseException as error:
        for ticket in wanted:
            _fail(service, ticket, error)
        raise
    for ticket, answer in zip(wanted, answers, strict=True):
        _settle(service, ticket, answer)


def _answers(service: Service[Any, Any], tickets: Sequence[LocalTicket]) -> list[object]:
    answers = list(service.run([ticket.job for ticket in tickets]))
    if len(answers) != len(tickets):
        raise TypeError(f"{service.name} gave {len(answers)} answers to {len(tickets)} requests")
    return answers


def _still_wanted(ticket: LocalTicket) -> bool:
    if ticket.done():
        return False
    try:
        ticket.job.check()
    except EngineError as error:
        ticket.fail(error)
        return False
    return True


def _settle(service: Service[Any, Any], ticket: LocalTicket, answer: object) -> None:
    ticket.returned = True
    if isinstance(answer, Exception):
        _fail(service, ticket, answer)
    elif not isinstance(answer, service.answer_type):
        expected, got = service.answer_type.__name__, type(answer).__name__
        _fail(service, ticket, TypeError(f"{service.name} answered with {got} instead of {expected}"))
    elif _still_wanted(ticket):
        ticket.job.complete()
        ticket.answer(answer)


def _fail(service: Service[Any, Any], ticket: LocalTicket, cause: BaseException) -> None:
    ticket.returned = True
    error = as_engine_error(cause)
    if ticket.fail(error) and isinstance(error, ServiceFailed):
        log.error("%s failed.", service.name, exc_info=cause)
