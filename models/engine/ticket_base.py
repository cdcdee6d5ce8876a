"""What local and remote tickets share: they end once, with an answer or an error."""

from __future__ import annotations

import logging
from collections.abc import Callable
from concurrent.futures import Future, InvalidStateError
from typing import Generic, TypeVar

from models.engine.errors import EngineError

A = TypeVar("A")

log = logging.getLogger(__name__)


class TicketBase(Generic[A]):
    """A `Ticket` that ends exactly once; everything that comes later is dropped.

    Answers race with deadlines, cancelling and closing, from any thread; `answer` and `fail` return True for the one
    that came first.
    """

    def __init__(self) -> None:
        self._future: Future[A] = Future()

    def answer(self, answer: A) -> bool:
        """Ends the ticket, unless it has ended; True if this ended it."""
        try:
            self._future.set_result(answer)
        except InvalidStateError:
            return False
        return True

    def fail(self, error: EngineError) -> bool:
        """Ends the ticket, unless it has ended; True if this ended it."""
        try:
            self._future.set_exception(error)
        except InvalidStateError:
            return False
        return True

    def result(self, timeout_s: float | None = None) -> A:
        """See `Ticket.result`."""
        return self._future.result(timeout_s)

    def done(self) -> bool:
        """See `Ticket.done`."""
        return self._future.done()

    def when_done(self, callback: Callable[[], None]) -> None:
        """See `Ticket.when_done`."""

        def call(_: Future[A]) -> None:
            try:
                callback()
            except Exception:
                log.exception("A listener to a ticket's end failed.")

        self._future.add_done_callback(call)
