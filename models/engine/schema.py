"""What travels over HTTP beside the wire bytes: header names, the status document, errors and their codes."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any, Literal, Self

from models.engine.errors import (
    BadRequest,
    Cancelled,
    DeadlinePassed,
    EngineBusy,
    EngineClosed,
    EngineError,
    EngineUnreachable,
    JobLost,
    ServiceFailed,
    UnknownService,
    from_name,
    name_of,
)
from models.engine.job import Progress

DEADLINE_HEADER = "scoreweb-deadline-s"
"""Seconds from now within which the caller wants the answer."""
KEY_HEADER = "idempotency-key"
"""32 hexadecimal digits chosen by the caller, which become the job's id: the same sent again is the same job.
"""
MAX_WAIT_S = 30.0
"""The longest that a status request may be held back."""

State = Literal["waiting", "running", "done", "failed"]


class TooLarge(BadRequest):
    """The body is longer than this host takes."""

    sentence = "The input is too large for this host; please send a smaller one."


HTTP_STATUS: dict[type[EngineError], int] = {
    BadRequest: 400,
    TooLarge: 413,
    UnknownService: 404,
    JobLost: 404,
    Cancelled: 409,
    EngineBusy: 429,
    ServiceFailed: 500,
    EngineUnreachable: 502,
    EngineClosed: 503,
    DeadlinePassed: 504,
}


def check_token(token: str | None) -> None:
    """Raises ValueError for a token that fits no header; an empty one is a forgotten setting."""
    if token is not None and not (
        token and token == token.strip() and token.isascii() and token.isprintable()
    ):
        raise ValueError(
            "The engine's token must be printable ASCII without spaces around it, or not be set at all."
        )


def status_of(error: EngineError) -> int:
    """The HTTP status that ``error``, or its nearest ancestor, travels with."""
    return next((HTTP_STATUS[kind] for kind in type(error).__mro__ if kind in HTTP_STATUS), 500)


def error_document(error: EngineError) -> dict[str, Any]:
    """``{"error": name, "message": sentence}``."""
    return {"error": name_of(error), "message": str(error)}


def error_in(document: object) -> EngineError | None:
    """The error that `error_document` wrote; None if ``document`` is something else."""
    match document:
        case {"error": str(name), "message": str(message)}:
            return from_name(name, message)
    return None


@dataclass(frozen=True, slots=True)
class JobStatus:
    """How a job stands. ``version`` grows with every change, so that a caller can wait for the next one."""

    id: str
    service: str
    state: State
    version: int
    position: int
    seconds_waited: float
    progress: Progress | None
    error: EngineError | None

    def document(self) -> dict[str, Any]:
        """The status as JSON values."""
        return {
            "id": self.id,
            "service": self.service,
            "state": self.state,
            "version": self.version,
            "position": self.position,
            "seconds_waited": self.seconds_waited,
            "progress": None if self.progress is None else asdict(self.progress),
            "error": None if self.error is None else error_document(self.error),
        }

    @classmethod
    def of(cls, document: object) -> Self:
        """The status that `document` wrote; raises ValueError for anything else."""
        match document:
            case {
                "id": str(job_id),
                "service": str(service),
                "state": "waiting" | "running" | "done" | "failed" as state,
                "version": int(version),
                "position": int(position),
                "seconds_waited": int() | float() as waited,
                "progress": progress,
                "error": error,
            }:
                failure = error_in(error)
                if (state == "failed") == (failure is not None):
                    return cls(
                        job_id, service, state, version, position, waited, _progress(progress), failure
                    )
        raise ValueError("This is not a job's status.")


def _progress(document: object) -> Progress | None:
    match document:
        case None:
            return None
        case {
            "done": int(done),
            "total": int(total),
            "note": str(note),
            "seconds_elapsed": int() | float() as seconds,
        } if 0 <= done <= total and total > 0:
            return Progress(done, total, note, seconds)
    raise ValueError("This is not a job's progress.")
