"""How long jobs really take on this host now, against what services estimate: so that what visitors are told holds under load."""

from __future__ import annotations

import math
import threading
from collections import defaultdict

_NEWEST = 0.4
"""Weight of the newest job in the average: after three the pace has nearly followed a change."""
_LEAST, _MOST = 0.2, 10.0
_SHORTEST_S = 0.3
"""Shorter jobs tell nothing of the pace."""


class Pace:
    """For each service how many times its estimate a job takes, and the estimates of those at work. Thread-safe."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._logs: dict[str, float] = defaultdict(float)
        self._at_work: dict[str, list[float]] = defaultdict(list)

    def expected(self, service: str, estimated: float) -> float:
        """Seconds until a job that the service estimates so would be done, those before it in the queue included."""
        with self._lock:
            return (estimated + sum(self._at_work[service])) * math.exp(self._logs[service])

    def began(self, service: str, estimated: float) -> None:
        """A job with this estimate was handed to the engine."""
        with self._lock:
            self._at_work[service].append(estimated)

    def ended(self, service: str, estimated: float, took: float | None) -> None:
        """A job that `began` is over: it took so many seconds of computing, None where it was not computed to its end."""
        with self._lock:
            self._at_work[service].remove(estimated)
            if took is None or min(took, estimated) < _SHORTEST_S:
                return
            ratio = math.log(min(_MOST, max(_LEAST, took / estimated)))
            self._logs[service] += _NEWEST * (ratio - self._logs[service])
