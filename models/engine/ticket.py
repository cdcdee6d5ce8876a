"""A ticket's ending: an answer or an error, whichever comes first; everything later is dropped."""

from __future__ import annotations

import logging
from collections.abc import Callable
from concurrent.futures import Future, InvalidStateError
from typing import Generic, TypeVar

from models.engine.errors import EngineError

A = TypeVar("A")

log = logging.getLogger(__name__)


class Ending(Generic[A]):
    """The half of a `Ticket` that local and remote ones share.

    Answers race with deadlines, cancelling and closing; `answer` and `fail` say who won.
    """

    def __init__(self) -> None:
        self._future: Future[A] = Future()

    def answer(self, answer: A) -> bool:
        """True if this is how the ticket ended."""
        try:
            self._future.set_result(answer)
        except InvalidStateError:
            return False
        return True

    def fail(self, error: EngineError) -> bool:
        """True if this is how the ticket ended."""
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
