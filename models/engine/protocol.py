"""The protocols between callers and models: `Service`, `Engine` and `Ticket`.

A web page holds an `Engine` and does not depend on whether the models run in its own process or on another machine.
A job (upscaling, reading, transcribing) writes a `Service` and does not depend on who calls it.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Sequence
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Protocol, Self, TypeVar, runtime_checkable

from models.engine.job import Job, Progress

Q = TypeVar("Q")
Q_contra = TypeVar("Q_contra", contravariant=True)
A_co = TypeVar("A_co", covariant=True)


@dataclass(frozen=True, slots=True)
class Estimate:
    """What a request will cost: ``seconds`` of running and ``peak_bytes`` of memory."""

    seconds: float
    peak_bytes: int


class Typed(Protocol):
    """Anything with a service's name and types: a `Service`, or a `Signature` where there are no models."""

    @property
    def name(self) -> str:
        """Lower-case letters, digits, ``-`` and ``_``, a letter first; not ``jobs``."""
        ...

    @property
    def request_type(self) -> type[Any]:
        """A frozen dataclass that `models.engine.wire` can carry."""
        ...

    @property
    def answer_type(self) -> type[Any]:
        """As ``request_type``."""
        ...


@dataclass(frozen=True, slots=True)
class Signature:
    """A service's name and types without the service."""

    name: str
    request_type: type[Any]
    answer_type: type[Any]


class Service(Protocol[Q, A_co]):
    """What computes. One thread at a time calls `run`, unless a worker was given up as stuck.

    A service may also be `Estimating`, `Describing`, `Warming` or `Grouping`.
    """

    @property
    def name(self) -> str:
        """See `Typed.name`."""
        ...

    @property
    def request_type(self) -> type[Q]:
        """See `Typed.request_type`."""
        ...

    @property
    def answer_type(self) -> type[A_co]:
        """See `Typed.answer_type`."""
        ...

    @property
    def max_batch(self) -> int:
        """The most requests that `run` is given at once; 1 for none together."""
        ...

    @property
    def batch_wait_s(self) -> float:
        """Seconds that a first request waits for company."""
        ...

    def run(self, jobs: Sequence[Job[Q]]) -> Sequence[A_co | Exception]:
        """One answer, or one error, for each job, in order.

        When it raises for several jobs at once, each is run once more alone, so that one poisoned input does
        not fail its neighbours. Raise or return `BadRequest` with a sentence to refuse an input; any other
        exception reaches the caller as `ServiceFailed`, without its message.
        """
        ...


@runtime_checkable
class Estimating(Protocol[Q_contra]):
    """A service that can estimate a request's cost beforehand."""

    def estimate(self, request: Q_contra) -> Estimate:
        """The cost; raises `BadRequest` where the request would be refused."""
        ...


@runtime_checkable
class Describing(Protocol):
    """A service that says what it can be asked for and how it stands."""

    def describe(self) -> dict[str, Any]:
        """JSON values only, no paths: strangers may read it.

        ``options``, if present, is an object of what a request may ask for (`Engine.options` hands it on); the same
        for as long as the service lives. All other keys are for a health report: model versions, device, speed.
        Must be quick, load no model, and may be called from any thread while `run` is at work.
        """
        ...


@runtime_checkable
class Warming(Protocol):
    """A service whose first answer is slow unless it is warmed up."""

    def warm(self) -> None:
        """Loads what is needed and runs once."""
        ...


@runtime_checkable
class Grouping(Protocol[Q_contra]):
    """A service that can batch only some of its requests together."""

    def batch_key(self, request: Q_contra) -> Hashable:
        """Requests of equal keys may share a batch. Without this method any may, up to ``max_batch``."""
        ...


@runtime_checkable
class Weighted(Protocol):
    """A request that says which weights it needs, so that it is sent where these are loaded already."""

    @property
    def weights_wanted(self) -> str:
        """A short name; equal names mean equal weights."""
        ...


class Ticket(Protocol[A_co]):
    """A request that was accepted, and later its answer or its error."""

    def result(self, timeout_s: float | None = None) -> A_co:
        """The answer, as soon as it is there.

        Raises the `EngineError` the request ended with, or `TimeoutError` after ``timeout_s`` seconds of
        waiting here; the request then goes on.
        """
        ...

    def cancel(self) -> bool:
        """True if the request was taken back: `result` then raises `Cancelled`, its run soon stops."""
        ...

    def done(self) -> bool:
        """Whether `result` would return or raise at once."""
        ...

    def when_done(self, callback: Callable[[], None]) -> None:
        """Calls ``callback`` once, from any thread, when the ticket is done; at once if it is."""
        ...

    @property
    def progress(self) -> Progress | None:
        """The last report of the service, if it made one."""
        ...

    @property
    def position(self) -> int:
        """Place in the queue, 1 for the next in line; 0 when running or done."""
        ...

    @property
    def seconds_waited(self) -> float:
        """Seconds between submission and the start of the run, still growing while in the queue."""
        ...


class Engine(Protocol):
    """The one door to everything that computes. All methods may be called from any thread."""

    def submit(
        self,
        service: str,
        request: object,
        *,
        deadline_s: float | None = None,
        on_progress: Callable[[Progress], None] | None = None,
    ) -> Ticket[Any]:
        """A ticket for ``request``, to be answered within ``deadline_s`` seconds from now.

        ``on_progress`` is called from another thread (from this one if the engine runs inline); the share that
        it gets never falls and is 1 before the answer is there. Raises `UnknownService`, `BadRequest` for a
        request of another type, `EngineBusy`, `EngineClosed` or `EngineUnreachable`; all else comes out of
        the ticket.
        """
        ...

    def run(
        self,
        service: str,
        request: object,
        *,
        deadline_s: float | None = None,
        on_progress: Callable[[Progress], None] | None = None,
    ) -> Any:  # noqa: ANN401 - of the service's answer type
        """The answer itself: `submit`, then wait. A caller who is interrupted takes the request back."""
        ticket = self.submit(service, request, deadline_s=deadline_s, on_progress=on_progress)
        try:
            return ticket.result()
        finally:
            ticket.cancel()

    def estimate(self, service: str, request: object) -> Estimate | None:
        """What the request would cost, None where the service cannot estimate; raises like `run`."""
        ...

    def services(self) -> tuple[str, ...]:
        """Names of the services, in the order they were handed in."""
        ...

    def signature(self, service: str) -> Signature:
        """The types that a service takes and gives; raises `UnknownService`."""
        ...

    def options(self, service: str) -> dict[str, Any]:
        """What a request to the service may ask for, in the service's own words: JSON values, {} if it does not say.

        The key and value types are the service's; `models.contracts` reads them. Equal answers as long as the service
        lives. Raises `UnknownService`, `ServiceFailed` where the service breaks over the question, `EngineUnreachable`
        or `EngineClosed` where another machine cannot be asked.
        """
        ...

    def health(self) -> dict[str, Any]:
        """``{"ok": bool, "services": {name: {...}}}`` of JSON values; never raises."""
        ...

    def close(self) -> None:
        """Ends the engine: whatever is unanswered fails with `EngineClosed`. Safe to call twice."""
        ...

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def by_name(services: Iterable[Typed]) -> dict[str, Signature]:
    """Signatures keyed by name; raises ValueError for a name that is unfit for a URL, or given twice."""
    signatures: dict[str, Signature] = {}
    for service in services:
        name = service.name
        fit = name.isascii() and name[:1].islower() and name.replace("-", "").replace("_", "").isalnum()
        if not fit or name != name.lower() or name == "jobs" or name in signatures:
            raise ValueError(f"A service cannot be named {name!r} here: see Typed.name.")
        signatures[name] = Signature(name, service.request_type, service.answer_type)
    return signatures
