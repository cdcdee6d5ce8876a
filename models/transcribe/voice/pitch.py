"""The pitch of one line of sound over time, tracked by SwiftF0 (Nieradzik, 2025, arXiv 2508.18440; its weights lie in its package)."""

from __future__ import annotations

import threading
from collections.abc import Callable
from functools import lru_cache

import numpy as np
import swift_f0

from models.arrays import Samples
from models.transcribe.sound import resampled
from models.transcribe.voice.segmentation import FRAME_S, Pitches

RATE = 16_000
HOP = round(FRAME_S * RATE)
CHUNK = 1_200
"""Frames tracked at once: 19 seconds."""
MARGIN = 12
"""Frames that the tracker sees on each side of a frame."""
LEVEL_PEAK = 0.5
_lock = threading.Lock()

MODEL = f"swift-f0 {swift_f0.__version__}" if hasattr(swift_f0, "__version__") else "swift-f0"


@lru_cache(maxsize=1)
def _tracker() -> swift_f0.SwiftF0:
    return swift_f0.SwiftF0(threads=1, spin=False)


def tracked(samples: Samples, rate: int, *, on_chunk: Callable[[int, int], None] | None = None) -> Pitches:
    """The pitch of mono float32 ``samples`` every `FRAME_S`, 47 to 2094 Hz, at any level; memory does not grow with the length.

    ``on_chunk(done, total)`` is called before each 19 seconds and may raise to stop.
    """
    with _lock:
        tracker = _tracker()
    peak = float(np.abs(samples).max(initial=0.0))
    gain = np.float32(LEVEL_PEAK / peak) if peak > 1e-6 else np.float32(1.0)
    frames = max(1, int(len(samples) / rate / FRAME_S))
    total = -(-frames // CHUNK)
    parts = []
    for number in range(total):
        if on_chunk:
            on_chunk(number, total)
        begin = number * CHUNK
        early, late = max(0, begin - MARGIN), min(frames, begin + CHUNK + MARGIN)
        piece = samples[round(early * FRAME_S * rate) : round(late * FRAME_S * rate)]
        sound = resampled(np.asarray(piece, np.float32) * gain, rate, RATE)
        sound = np.pad(sound, (0, max(0, HOP - len(sound))))
        found = tracker.detect(sound, RATE)
        first, count = begin - early, min(CHUNK, frames - begin)
        parts.append(
            np.stack([found.pitch_hz, found.confidence, found.loudness_db])[:, first : first + count]
        )
    if on_chunk:
        on_chunk(total, total)
    hertz, voiced, level = np.concatenate(parts, 1)
    with np.errstate(divide="ignore", invalid="ignore"):
        midi = 69.0 + 12.0 * np.log2(hertz / 440.0)
    known = np.isfinite(midi)
    return Pitches(np.where(known, midi, 0.0), np.where(known, voiced, 0.0), level)
