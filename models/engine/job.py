"""What a service gets for each request: the request itself, progress reports, and a check whether to go on."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

from models.engine.errors import DeadlinePassed, EngineError

Q = TypeVar("Q")
A = TypeVar("A")

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a run is: ``done`` of ``total`` units (tiles, pages, bars) after ``seconds_elapsed``."""

    done: int
    total: int
    note: str = ""
    seconds_elapsed: float = 0.0

    @property
    def fraction(self) -> float:
        """Share done, 0 to 1."""
        return self.done / self.total

    @property
    def eta_s(self) -> float | None:
        """Seconds still to go if the rest runs like the beginning; None until the first unit is done."""
        if self.done == 0:
            return None
        return self.seconds_elapsed * (self.total - self.done) / self.done


class ProgressBar:
    """Progress that never goes backwards, and its listener; may be updated from any thread.

    A run that is repeated, or finds more units on its way, holds the bar where it was. Numbers out of range
    are brought into it: a wrong count is no reason to lose an answer.
    """

    def __init__(self, on_progress: Callable[[Progress], None] | None = None) -> None:
        self.last: Progress | None = None
        self._on_progress = on_progress
        self._silent = False
        # Held while the listener runs, so that it hears the reports of several threads in order.
        self._lock = threading.RLock()

    def update(self, done: int, total: int, note: str, seconds_elapsed: float) -> None:
        """Moves the bar and calls the listener, whose errors are logged and end its listening."""
        total = max(1, total)
        done = min(max(0, done), total)
        with self._lock:
            if self._silent:
                return
            if self.last is not None and done * self.last.total < self.last.done * total:
                done, total = self.last.done, self.last.total
            self.last = Progress(done, total, note, seconds_elapsed)
            if self._on_progress is None:
                return
            try:
                self._on_progress(self.last)
            except Exception:
                # A listener that broke (a closed browser tab, say) will break again; the answer matters more.
                log.exception("A progress listener failed and will not be called again.")
                self._on_progress = None

    def fill(self, seconds_elapsed: float) -> None:
        """Moves the bar to its end, unless it is there."""
        last = self.last
        if last is None:
            self.update(1, 1, "", seconds_elapsed)
        elif last.done < last.total:
            self.update(last.total, last.total, last.note, seconds_elapsed)

    def silence(self) -> None:
        """Nothing moves the bar from now on."""
        self._silent = True


class Job(Generic[Q]):
    """One request on its way through a service.

    A service reads ``request``, calls `report` when a unit is done and `check` between units. Both may be
    called from any thread. A job made by hand, ``Job(request)``, has no deadline and nobody listening: this
    is how scripts and tests call a service without an engine.
    """

    def __init__(
        self,
        request: Q,
        *,
        deadline: float | None = None,
        on_progress: Callable[[Progress], None] | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """``deadline`` is a reading of ``clock``, in seconds."""
        self.request = request
        self.deadline = deadline
        self._bar = ProgressBar(on_progress)
        self._clock = clock
        self._began = clock()
        self._interruption: EngineError | None = None

    @property
    def progress(self) -> Progress | None:
        """The last report."""
        return self._bar.last

    @property
    def seconds_left(self) -> float | None:
        """Seconds until the deadline, negative when it passed; None without one."""
        return None if self.deadline is None else self.deadline - self._clock()

    def report(self, done: int, total: int, note: str = "") -> None:
        """Tells the caller that ``done`` of ``total`` units are done; see `ProgressBar` for what happens to odd
        numbers.
        """
        self._bar.update(done, total, note, self._clock() - self._began)

    def check(self) -> None:
        """Returns if the answer is still wanted.

        Raises `Cancelled`, `DeadlinePassed` or `EngineClosed` if not; a service lets them through, or returns
        them as this job's answer where it runs several.
        """
        interruption = self._interruption
        if interruption is not None:
            # A fresh instance: the one held is being raised in the caller's thread.
            raise type(interruption)(str(interruption))
        if self.deadline is not None and self._clock() >= self.deadline:
            raise DeadlinePassed

    def begin(self) -> None:
        """Starts the clock that ``seconds_elapsed`` reads; for engines: waiting in a queue is not running."""
        self._began = self._clock()

    def complete(self) -> None:
        """Reports the last unit as done where the service did not; for engines, before an answer."""
        self._bar.fill(self._clock() - self._began)

    def interrupt(self, error: EngineError) -> None:
        """Makes `check` raise an error like ``error`` from now on and silences `report`; for engines."""
        self._interruption = error
        self._bar.silence()


def each_alone(jobs: Sequence[Job[Q]], answer: Callable[[Job[Q]], A]) -> list[A | Exception]:
    """What a service's `run` gives that works on one job after the other: an answer, or the error, for each."""
    answers: list[A | Exception] = []
    for job in jobs:
        try:
            answers.append(answer(job))
        except Exception as error:  # noqa: BLE001 - one job's error must not take its neighbours' answers
            answers.append(error)
    return answers
