"""How much memory the requests of visitors who wait may hold together: pages and recordings lie decoded in them."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import fields, is_dataclass

import numpy as np

from models.engine import EngineBusy

MOST_BYTES = 1_000_000_000
"""Eight of the longest recordings, or eighty large pages."""


class WaitingRoom:
    """Counts the bytes of all requests that the engine has of this process. Thread-safe."""

    def __init__(self, most_bytes: int = MOST_BYTES) -> None:
        self._most = most_bytes
        self._held = 0
        self._lock = threading.Lock()

    @contextmanager
    def room_for(self, request: object) -> Iterator[None]:
        """Room for a request, as long as the context lasts. EngineBusy where there is none; who is alone finds some."""
        size = bytes_in(request)
        with self._lock:
            if self._held and self._held + size > self._most:
                raise EngineBusy
            self._held += size
        try:
            yield
        finally:
            with self._lock:
                self._held -= size


def bytes_in(value: object) -> int:
    """Bytes of the arrays and byte strings in a request."""
    if isinstance(value, np.ndarray):
        return int(value.nbytes)
    if isinstance(value, bytes):
        return len(value)
    if isinstance(value, (tuple, list)):
        return sum(bytes_in(one) for one in value)
    if is_dataclass(value) and not isinstance(value, type):
        return sum(bytes_in(getattr(value, one.name)) for one in fields(value))
    return 0
