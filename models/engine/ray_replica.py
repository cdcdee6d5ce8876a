"""What runs on a Ray cluster: replicas that compute for one service each, and a desk that answers quick questions.

Only Ray's own processes import this module. Requests, answers and errors cross as in `models.engine.wire` and by
their names, so that both sides check what they are given and nothing of a failure but its sentence leaves the cluster.
"""

from __future__ import annotations

import asyncio
import itertools
import logging
import time
from collections.abc import AsyncIterator, Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import astuple
from typing import Any

from ray import serve

from models.engine import wire
from models.engine.batch import LocalTicket, run_batch
from models.engine.errors import EngineError, ServiceFailed, as_engine_error, name_of
from models.engine.job import Progress
from models.engine.local import LocalEngine
from models.engine.protocol import Grouping, Service, Warming

log = logging.getLogger(__name__)

Opener = Callable[[], Service[Any, Any]]
"""Opens a service where it will run; must be picklable."""

News = tuple[Any, ...]
"""``("started",)``, ``("progress", done, total, note, seconds)``, ``("answer", wire bytes)`` or ``("failed", name,
sentence)``; the last two end a job."""

MOST_WEIGHTS = 3
"""Networks that one replica holds at once, of a service whose requests say which they need."""


class _Ticket(LocalTicket):
    """A local ticket that tells a queue of the event loop what happens to it, from whatever thread it happens in."""

    def __init__(self, request: object, *, deadline_s: float | None, weights: str, key: object) -> None:
        super().__init__(request, key=(weights, key), deadline_s=deadline_s, on_progress=self._report)
        self.weights = weights
        self.news: asyncio.Queue[News] = asyncio.Queue()
        self._loop = asyncio.get_running_loop()

    def start(self) -> None:
        """See `LocalTicket.start`."""
        super().start()
        self.tell(("started",))

    def tell(self, news: News) -> None:
        """Puts ``news`` into the queue."""
        self._loop.call_soon_threadsafe(self.news.put_nowait, news)

    def _report(self, progress: Progress) -> None:
        self.tell(("progress", *astuple(progress)))


class ServiceReplica:
    """One process with one service, which runs one batch at a time in a thread of its own."""

    def __init__(self, opener: Opener, grace_s: float) -> None:
        """Opens and warms the service: the cluster sends requests only afterwards.

        ``grace_s``: seconds after its deadline for a batch to notice, before this process counts as stuck and is
        replaced by the cluster.
        """
        self._opener, self._grace_s = opener, grace_s
        self._service = opener()
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="engine-replica")
        self._batch: list[_Ticket] = []
        self._together.set_max_batch_size(self._service.max_batch)
        self._together.set_batch_wait_timeout_s(self._service.batch_wait_s)
        if isinstance(self._service, Warming):
            try:
                self._service.warm()
            except Exception:
                # A network that cannot be loaded fails the requests that need it, not those that do not.
                log.exception("%s could not be warmed.", self._service.name)

    async def run(self, message: bytes, seconds_left: float | None) -> AsyncIterator[News]:
        """What becomes of a request, as it happens; the last news ends it. A caller who goes away cancels it."""
        service = self._service
        try:
            request = await asyncio.to_thread(
                wire.loads, message, service.request_type, max_bytes=len(message)
            )
            key = service.batch_key(request) if isinstance(service, Grouping) else None
        except Exception as error:  # noqa: BLE001 - it belongs to the caller
            yield _failed(error)
            return
        weights = serve.get_multiplexed_model_id()
        ticket = _Ticket(request, deadline_s=seconds_left, weights=weights, key=key)
        ticket.when_done(lambda: ticket.tell(("done",)))
        batched = asyncio.ensure_future(self._together(ticket))
        batched.add_done_callback(_looked_at)
        try:
            while (news := await ticket.news.get())[0] != "done":
                yield news
            yield await asyncio.to_thread(_outcome, ticket)
        finally:
            ticket.cancel()  # without effect on a finished one

    @serve.batch(max_batch_size=1, batch_wait_timeout_s=0.0)  # type: ignore[untyped-decorator]
    async def _together(self, tickets: list[_Ticket]) -> list[None]:
        # A batch shares weights and key; what came in between waits for the next.
        for _, group in itertools.groupby(sorted(tickets, key=_sorting(tickets)), key=lambda t: t.key):
            batch = [ticket for ticket in group if not ticket.done()]
            if not batch:
                continue
            service = await self._holding(batch[0].weights) if batch[0].weights else self._service
            self._batch = batch
            try:
                await asyncio.get_running_loop().run_in_executor(self._thread, _run, service, batch)
            finally:
                self._batch = []
        return [None] * len(tickets)

    @serve.multiplexed(max_num_models_per_replica=MOST_WEIGHTS)  # type: ignore[untyped-decorator]
    async def _holding(self, weights: str) -> Service[Any, Any]:
        """The service with these weights: one of its own for each, so that the least used can be dropped."""
        log.info("%s is opened for %s.", self._service.name, weights)
        return await asyncio.to_thread(self._opener)

    def check_health(self) -> None:
        """Raises when the batch should have ended long ago: the cluster then ends this process and starts another."""
        deadlines = [ticket.deadline or ticket.ended_at for ticket in self._batch if not ticket.returned]
        known = [moment for moment in deadlines if moment is not None]
        if known and len(known) == len(deadlines) and max(known) + self._grace_s < time.monotonic():
            raise RuntimeError(f"{self._service.name} is stuck.")


class Desk:
    """One light process that answers what needs no computing, however busy the replicas are."""

    def __init__(self, openers: Mapping[str, Opener], *_replicas: object) -> None:
        """``_replicas`` are the deployments that come and go with this one."""
        # The engine is never asked to run: it has the rules for estimates, options and descriptions.
        self._engine = LocalEngine([opener() for opener in openers.values()])

    async def estimate(self, service: str, message: bytes) -> News:
        """``("answer", None or (seconds, bytes))``, or what went wrong."""

        def estimated() -> News:
            request = wire.loads(
                message, self._engine.signature(service).request_type, max_bytes=len(message)
            )
            found = self._engine.estimate(service, request)
            return ("answer", found and (found.seconds, found.peak_bytes))

        return await _answered(estimated)

    async def options(self, service: str) -> News:
        """``("answer", options)``, or what went wrong."""
        return await _answered(lambda: ("answer", self._engine.options(service)))

    async def about(self) -> News:
        """``("answer", {service: description})``."""

        def described() -> News:
            services = self._engine.health()["services"]
            return ("answer", {name: report.get("about", {}) for name, report in services.items()})

        return await _answered(described)


async def _answered(ask: Callable[[], News]) -> News:
    try:
        return await asyncio.to_thread(ask)
    except Exception as error:  # noqa: BLE001 - it belongs to the caller
        return _failed(error)


def _sorting(tickets: list[_Ticket]) -> Callable[[_Ticket], int]:
    """Brings equal keys together, in the order in which each came first."""
    first: dict[object, int] = {}
    for number, ticket in enumerate(tickets):
        first.setdefault(ticket.key, number)
    return lambda ticket: first[ticket.key]


def _run(service: Service[Any, Any], batch: list[_Ticket]) -> None:
    try:
        run_batch(service, batch)
    except BaseException:
        # Not even a SystemExit out of a service may end this process: others wait in it.
        log.exception("%s raised what no service should raise.", service.name)


def _outcome(ticket: _Ticket) -> News:
    try:
        return ("answer", wire.dumps(ticket.result(0.0)))
    except EngineError as error:
        return _failed(error)
    except (TypeError, ValueError) as error:
        log.exception("An answer cannot travel.")
        failed = ServiceFailed()
        failed.__cause__ = error
        return _failed(failed)


def _failed(cause: Exception) -> News:
    error = as_engine_error(cause)
    if isinstance(error, ServiceFailed):
        log.error("A request failed.", exc_info=cause)
    return ("failed", name_of(error), str(error))


def _looked_at(future: asyncio.Future[Any]) -> None:
    """Takes note of a batch's error, which nobody awaits: it has reached the tickets."""
    if not future.cancelled() and future.exception() is not None:
        log.error("A batch failed.", exc_info=future.exception())
