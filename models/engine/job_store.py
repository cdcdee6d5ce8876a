"""Jobs that an HTTP host holds for its callers between their requests. Everything here runs on the event
loop.
"""

from __future__ import annotations

import asyncio
from typing import Any

from models.engine.errors import EngineBusy, EngineError, JobLost, as_engine_error
from models.engine.job import Progress
from models.engine.protocol import Ticket
from models.engine.schema import JobStatus, State


class HeldJob:
    """One job: its ticket once the engine accepted it, and a way to wait for the next change.

    ``version`` grows by one with every report of progress and with the end, so a caller who knows a version can wait
    for the next.
    """

    def __init__(self, job_id: str, service: str) -> None:
        self.id = job_id
        self.service = service
        self.ticket: Ticket[Any] | None = None
        self.version = 0
        self.finished_at: float | None = None
        self._loop = asyncio.get_running_loop()
        self._changed = asyncio.Event()

    def accept(self, ticket: Ticket[Any]) -> None:
        """Follows ``ticket`` from now on."""
        self.ticket = ticket
        ticket.when_done(lambda: self._from_thread(finished=True))

    def on_progress(self, _: Progress) -> None:
        """Takes note of a report; called from any thread."""
        self._from_thread(finished=False)

    async def wait(self, seen: int, seconds: float) -> None:
        """Returns when the version is no longer ``seen``, when the job is finished, or after ``seconds``."""
        until = self._loop.time() + seconds
        while self.version == seen and self.finished_at is None:
            try:
                async with asyncio.timeout_at(until):
                    await self._changed.wait()
            except TimeoutError:
                return

    def error(self) -> EngineError | None:
        """What the job failed with; None while it has not."""
        if self.ticket is None or not self.ticket.done():
            return None
        try:
            self.ticket.result(0.0)
        except Exception as error:  # noqa: BLE001 - a foreign engine may raise anything
            return as_engine_error(error)
        return None

    def status(self) -> JobStatus:
        """How the job stands."""
        ticket = self.ticket
        if ticket is None:
            return JobStatus(self.id, self.service, "waiting", self.version, 0, 0.0, None, None)
        # Whether it is done comes first: the ticket may end between any two of these lines.
        done, position = ticket.done(), ticket.position
        error = self.error() if done else None
        state: State = "failed" if error else "done" if done else "waiting" if position else "running"
        return JobStatus(
            self.id,
            self.service,
            state,
            self.version,
            position,
            ticket.seconds_waited,
            ticket.progress,
            error,
        )

    def _from_thread(self, *, finished: bool) -> None:
        try:
            self._loop.call_soon_threadsafe(self._note, finished)
        except RuntimeError:
            return  # the loop is closed: nobody can ask any more

    def _note(self, finished: bool) -> None:
        self.version += 1
        if finished:
            self.finished_at = self._loop.time()
        # Whoever waits now is woken; whoever comes later waits for the next change.
        self._changed.set()
        self._changed = asyncio.Event()


class JobStore:
    """The jobs of one HTTP host, at most ``max_jobs``, finished ones included.

    A finished job is kept ``keep_s`` seconds after its end, then forgotten, fetched or not; an unfinished one is never
    forgotten unless it is dropped.
    """

    def __init__(self, *, max_jobs: int, keep_s: float) -> None:
        self._max_jobs = max_jobs
        self._keep_s = keep_s
        self._jobs: dict[str, HeldJob] = {}

    def find(self, job_id: str) -> HeldJob | None:
        """The job, if it is held."""
        self._sweep()
        return self._jobs.get(job_id)

    def get(self, job_id: str) -> HeldJob:
        """The job; raises `JobLost`."""
        held = self.find(job_id)
        if held is None:
            raise JobLost
        return held

    def add(self, held: HeldJob) -> None:
        """Holds a job; raises `EngineBusy` when the store is full."""
        self._sweep()
        if len(self._jobs) >= self._max_jobs:
            raise EngineBusy
        self._jobs[held.id] = held

    def drop(self, job_id: str) -> None:
        """Forgets a job, if it is held."""
        self._jobs.pop(job_id, None)

    def _sweep(self) -> None:
        oldest = asyncio.get_running_loop().time() - self._keep_s
        for held in list(self._jobs.values()):
            if held.finished_at is not None and held.finished_at <= oldest:
                del self._jobs[held.id]
