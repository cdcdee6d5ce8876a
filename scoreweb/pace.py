"""How long jobs really take on this host now, against what services estimate: so that what visitors are told holds under load."""

from __future__ import annotations

import math
import threading
from collections import defaultdict
from dataclasses import dataclass

_NEWEST = 0.4
"""Weight of the newest job in the average: after three the pace has nearly followed a change."""
_LEAST, _MOST = 0.2, 10.0
_SHORTEST_S = 0.3
"""Shorter jobs tell nothing of the pace."""


@dataclass(frozen=True, eq=False)
class Job:
    """A job that the engine has."""

    estimated: float
    """Seconds, as its service said."""


class Pace:
    """For each service how many times its estimate a job takes, and the estimates of those at work. Thread-safe."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._logs: dict[str, float] = defaultdict(float)
        self._at_work: dict[str, list[Job]] = defaultdict(list)
        self._side_by_side: dict[str, int] = defaultdict(lambda: 1)

    def expected(self, service: str, estimated: float) -> float:
        """Seconds until a job that the service estimates so would be done, those before it in the queue included."""
        with self._lock:
            others = sum(job.estimated for job in self._at_work[service]) / self._side_by_side[service]
            return (estimated + others) * math.exp(self._logs[service])

    def others(self, service: str) -> int:
        """How many jobs the engine has of this service."""
        with self._lock:
            return len(self._at_work[service])

    def until_turn(self, service: str, job: Job, position: int) -> float:
        """Seconds until the turn of a job that has this place in the engine's queue, 1 for the next in line.

        Those at work are counted whole, so rather too many. Those before that do not wait are at work side by side.
        """
        with self._lock:
            jobs = self._at_work[service]
            first = jobs[: jobs.index(job)] if job in jobs else []
            self._side_by_side[service] = max(1, len(first) - (position - 1))
            seconds = sum(one.estimated for one in first) * math.exp(self._logs[service])
            return seconds / self._side_by_side[service]

    def began(self, service: str, estimated: float) -> Job:
        """A job with this estimate was handed to the engine."""
        job = Job(estimated)
        with self._lock:
            self._at_work[service].append(job)
        return job

    def ended(self, service: str, job: Job, took: float | None) -> None:
        """A job that `began` is over: it took so many seconds of computing, None where it was not computed to its end."""
        estimated = job.estimated
        with self._lock:
            self._at_work[service].remove(job)
            if took is None or min(took, estimated) < _SHORTEST_S:
                return
            ratio = math.log(min(_MOST, max(_LEAST, took / estimated)))
            self._logs[service] += _NEWEST * (ratio - self._logs[service])
