"""A reader that a service opens when it is first asked for, and that hears whether the job it works on is still wanted."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Generic, TypeVar

from models.arrays import Grey
from models.read.page.preparation import Enlarge

Wanted = Callable[[], None]
"""Returns if the answer is still wanted, raises an engine's error if not."""

R = TypeVar("R")


class OpenedOnce(Generic[R]):
    """The reader that ``open_reader`` makes, once, for all threads; it enlarges low pages by ``enlarge``, which asks now and then whether the page is still
    wanted; None for not at all.
    """

    def __init__(
        self, open_reader: Callable[[Enlarge | None], R], enlarge: Callable[[Grey, Wanted], Grey] | None
    ) -> None:
        self._open, self._enlarge = open_reader, enlarge
        self._reader: R | None = None
        self._opening = threading.Lock()
        self._job = threading.local()

    def reader(self) -> R:
        """The reader; whoever comes first waits for it to open. Errors are those of opening."""
        with self._opening:
            if self._reader is None:
                enlarge = self._enlarge
                self._reader = self._open(None if enlarge is None else self._enlarging(enlarge))
            return self._reader

    @contextmanager
    def wanted(self, check: Wanted) -> Iterator[None]:
        """While this thread works on a job, ``check`` says whether it is still wanted. Nothing of the job is held after."""
        self._job.check = check
        try:
            yield
        finally:
            del self._job.check

    def _enlarging(self, enlarge: Callable[[Grey, Wanted], Grey]) -> Enlarge:
        def enlarged(grey: Grey) -> Grey:
            check: Wanted = getattr(self._job, "check", lambda: None)
            return enlarge(grey, check)

        return enlarged
