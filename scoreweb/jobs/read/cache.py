"""A cache for readings of our own examples: they are read once, and later visitors need not wait."""

from __future__ import annotations

import threading

from models.contracts.read import ReadAnswer
from scoreweb.jobs.read.options import ReadOptions

MOST_ANSWERS = 12


class ExampleCache:
    """Answers by the example's file name and what was asked, those asked for last; thread-safe."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._cached: dict[tuple[str, ReadOptions], ReadAnswer] = {}

    def get(self, example: str | None, options: ReadOptions) -> ReadAnswer | None:
        """The cached answer; None when there is none yet, or the upload is no example."""
        with self._lock:
            return None if example is None else self._cached.get((example, options))

    def put(self, example: str | None, options: ReadOptions, answer: ReadAnswer) -> None:
        """The answer is cached for the next visitor; one under a visitor's own structure of the page is not."""
        if example is None or options.structure:
            return
        with self._lock:
            self._cached[example, options] = answer
            while len(self._cached) > MOST_ANSWERS:
                del self._cached[next(iter(self._cached))]
