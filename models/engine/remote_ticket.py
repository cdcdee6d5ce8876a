"""The ticket of a request that another machine has."""

from __future__ import annotations

import json
import logging
import time
from collections.abc import Callable
from typing import Any

from models.engine import wire
from models.engine.connection import Connection
from models.engine.errors import (
    BadRequest,
    Cancelled,
    DeadlinePassed,
    EngineError,
    EngineUnreachable,
    ServiceFailed,
)
from models.engine.job import Progress, ProgressBar
from models.engine.schema import JobStatus
from models.engine.ticket_base import TicketBase

log = logging.getLogger(__name__)

FORGET_S = 2.0
"""Nobody who cancels or closes waits longer than this for a silent host."""


class RemoteTicket(TicketBase[Any]):
    """The ticket of a request that another machine has; a thread of its own asks there how it stands."""

    def __init__(
        self,
        connection: Connection,
        job_id: str,
        status: JobStatus,
        answer_type: type[Any],
        *,
        deadline: float | None,
        poll_s: float,
        on_progress: Callable[[Progress], None] | None,
    ) -> None:
        super().__init__()
        self._connection = connection
        self._path = f"/v1/jobs/{job_id}"
        self._answer_type = answer_type
        self._deadline = deadline
        self._poll_s = poll_s
        self._bar = ProgressBar(on_progress)
        self._status = status
        self._heard_at = time.monotonic()
        self._forgotten = False
        self._withdrawn = False

    def follow(self) -> None:
        """Asks until the ticket is done; never raises."""
        try:
            while not self.done():
                self._hear(self._asked())
            if not self._withdrawn:
                self.forget()
        except EngineError as error:
            self.fail(error)
        except Exception as error:
            log.exception("A remote job could not be followed.")
            failed = ServiceFailed()
            failed.__cause__ = error
            self.fail(failed)

    def result(self, timeout_s: float | None = None) -> Any:  # noqa: ANN401 - of the service's answer type
        """See `Ticket.result`; the deadline holds here even while the other machine is silent."""
        left = self._seconds_left()
        if left is not None and (timeout_s is None or left < timeout_s):
            try:
                return super().result(max(0.0, left))
            except TimeoutError:
                self.fail(DeadlinePassed())
        return super().result(timeout_s)

    def done(self) -> bool:
        """See `Ticket.done`."""
        left = self._seconds_left()
        if left is not None and left <= 0:
            self.fail(DeadlinePassed())
        return super().done()

    def fail(self, error: EngineError) -> bool:
        """True if this is how the ticket ended."""
        self._bar.silence()
        return super().fail(error)

    def cancel(self) -> bool:
        """See `Ticket.cancel`; the other machine learns of it at once if it can be reached."""
        if not self.fail(Cancelled()):
            return False
        self.forget()
        return True

    def withdraw(self, error: EngineError) -> bool:
        """Like `fail`, but the caller tells the other machine (`forget`), in its own order, not this ticket's thread."""
        self._withdrawn = True
        ended = self.fail(error)
        self._withdrawn = ended
        return ended

    def forget(self) -> bool:
        """Tells the other machine, once, that nobody waits for the job; False if it is out of reach."""
        if self._forgotten:
            return True
        self._forgotten = True
        try:
            self._connection.exchange("DELETE", self._path, bytes, silence_s=FORGET_S, retry=False)
        except EngineError as error:
            return not isinstance(error, EngineUnreachable)
        return True

    @property
    def progress(self) -> Progress | None:
        """See `Ticket.progress`."""
        return self._bar.last

    @property
    def position(self) -> int:
        """See `Ticket.position`; as last heard."""
        return 0 if super().done() else self._status.position

    @property
    def seconds_waited(self) -> float:
        """See `Ticket.seconds_waited`."""
        status, growing = self._status, not super().done() and self._status.state == "waiting"
        return status.seconds_waited + (time.monotonic() - self._heard_at if growing else 0.0)

    def _asked(self) -> JobStatus:
        left = self._seconds_left()
        held_s = self._poll_s if left is None else max(0.0, min(self._poll_s, left))
        seen = {"wait": f"{held_s:.3f}", "seen": str(self._status.version)}
        return self._connection.exchange("GET", self._path, read_status, params=seen, held_s=held_s)

    def _hear(self, status: JobStatus) -> None:
        self._status, self._heard_at = status, time.monotonic()
        progress = status.progress
        if progress is not None and progress != self._bar.last:
            self._bar.update(progress.done, progress.total, progress.note, progress.seconds_elapsed)
        if status.error is not None:
            self.fail(status.error)
        elif status.state == "done":
            answer = self._connection.exchange(
                "GET", f"{self._path}/answer", self._read_answer, accept=(200,)
            )
            if not self.done():
                self._bar.fill(progress.seconds_elapsed if progress else 0.0)
            self.answer(answer)

    def _read_answer(self, body: bytes) -> Any:  # noqa: ANN401 - of the service's answer type
        try:
            return wire.loads(body, self._answer_type, max_bytes=len(body))
        except BadRequest as error:
            raise ValueError("the answer is not of the service's type") from error

    def _seconds_left(self) -> float | None:
        return None if self._deadline is None else self._deadline - time.monotonic()


def read_status(body: bytes) -> JobStatus:
    """A status document; raises ValueError."""
    return JobStatus.of(json.loads(body))
