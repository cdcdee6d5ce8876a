"""The errors an engine raises, each with one sentence that tells the visitor what to do.

EngineError
├── BadRequest           the input cannot be served as it is
├── UnknownService       this engine runs no such service
├── EngineBusy           the queue is full, or the service is stuck
├── DeadlinePassed       no answer within the time asked for
├── Cancelled            the caller took the request back
├── ServiceFailed        the service broke; the cause is kept for the log, never in the message
├── EngineUnreachable    the other machine does not answer, or not in a form that this version reads
├── JobLost              the other machine no longer knows the request
└── EngineClosed         the engine was shut down
"""

# ruff: noqa: N818 - visitors read these as events, not as programming errors

from __future__ import annotations

from typing import ClassVar

LONGEST_MESSAGE = 300


class EngineError(Exception):
    """Root of the tree; ``str(error)`` is a sentence that may be shown to a visitor as it stands."""

    sentence: ClassVar[str] = "Something went wrong; please try again."

    def __init__(self, message: str | None = None) -> None:
        super().__init__(message or self.sentence)


class BadRequest(EngineError):
    """The input cannot be served as it is; services raise it with a sentence of their own."""

    sentence = "This input cannot be processed; please check it and send it again."


class UnknownService(EngineError):
    """The engine runs no service of that name."""

    sentence = "This job is not offered here; please choose another."


class EngineBusy(EngineError):
    """The queue is full, or every worker the service may have is stuck."""

    sentence = "Many people are using this right now; please try again in a moment."


class DeadlinePassed(EngineError):
    """No answer came within the time asked for."""

    sentence = "This took longer than allowed; please try again with a smaller input."


class Cancelled(EngineError):
    """The caller took the request back."""

    sentence = "The job was cancelled; start it again whenever you like."


class ServiceFailed(EngineError):
    """The service broke or answered nonsense; ``__cause__`` holds the original, the message never does."""

    sentence = "This input could not be processed; please try another one, or tell the host of this page."


class EngineUnreachable(EngineError):
    """The machine that computes does not answer, or not in a form that this version reads."""

    sentence = "The machine that computes cannot be reached; please try again in a few minutes."


class JobLost(EngineError):
    """The other machine no longer knows the request: it restarted, or the answer was left too long."""

    sentence = "The answer is no longer there; please start the job again."


class EngineClosed(EngineError):
    """The engine was shut down before it could answer."""

    sentence = "This page is restarting; please try again in a minute."


BY_NAME: dict[str, type[EngineError]] = {
    kind.__name__: kind
    for kind in (
        BadRequest,
        UnknownService,
        EngineBusy,
        DeadlinePassed,
        Cancelled,
        ServiceFailed,
        EngineUnreachable,
        JobLost,
        EngineClosed,
    )
}
"""Every error that may travel between machines, by its name."""


def as_engine_error(cause: BaseException) -> EngineError:
    """``cause`` itself where it is of this tree, else a `ServiceFailed` with it as ``__cause__``."""
    if isinstance(cause, EngineError):
        return cause
    failed = ServiceFailed()
    failed.__cause__ = cause
    return failed


def name_of(error: EngineError) -> str:
    """The name ``error`` travels under: that of its nearest ancestor in `BY_NAME`."""
    return next((kind.__name__ for kind in type(error).__mro__ if kind.__name__ in BY_NAME), "ServiceFailed")


def from_name(name: str, message: str) -> EngineError | None:
    """The error that travelled as ``name``, its message made printable and short; None for a strange name."""
    kind = BY_NAME.get(name)
    if kind is None:
        return None
    printable = "".join(letter if letter.isprintable() else " " for letter in message)
    return kind(printable[:LONGEST_MESSAGE].strip())
