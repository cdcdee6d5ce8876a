"""A cache for answers about our own examples: they are computed once, and later visitors need not wait."""

from __future__ import annotations

import threading
import zlib
from dataclasses import replace

import numpy as np

from models.contracts.upscale import UpscaleAnswer

Key = tuple[str, int, str]
"""The example's file name, the page's number, the model."""


class ExampleCache:
    """Answers by example, page and model, kept compressed in memory; thread-safe."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._cached: dict[Key, tuple[UpscaleAnswer, tuple[int, ...], bytes]] = {}

    def get(self, key: Key) -> UpscaleAnswer | None:
        """The cached answer; None when there is none yet."""
        with self._lock:
            found = self._cached.get(key)
        if found is None:
            return None
        answer, shape, packed = found
        return replace(answer, grey=np.frombuffer(zlib.decompress(packed), np.uint8).reshape(shape))

    def put(self, key: Key, answer: UpscaleAnswer) -> None:
        """The answer is cached for the next visitor."""
        packed = zlib.compress(answer.grey.tobytes(), 1)
        empty = replace(answer, grey=np.empty((0, 0), np.uint8))
        with self._lock:
            self._cached[key] = empty, answer.grey.shape, packed
