"""Memory of a process as Linux tells it, in MB: what it holds now, and the most since it was last asked to forget."""

from __future__ import annotations

import ctypes
import gc
from contextlib import suppress
from pathlib import Path


def resident_mb(process: int | str = "self") -> float:
    """What the process holds now. Of this process, after giving back what it can."""
    if process == "self":
        gc.collect()
        with suppress(OSError, AttributeError):
            ctypes.CDLL("libc.so.6").malloc_trim(0)
    return _status(process, "VmRSS")


def peak_mb(process: int | str = "self") -> float:
    """The most that it held since `reset_peak`, or since it began."""
    return _status(process, "VmHWM")


def reset_peak(process: int | str = "self") -> None:
    """The peak is counted from now on."""
    with suppress(OSError):  # another user's process
        Path(f"/proc/{process}/clear_refs").write_text("5")


def _status(process: int | str, what: str) -> float:
    lines = Path(f"/proc/{process}/status").read_text().splitlines()
    # a process that has ended holds nothing
    return next((float(line.split()[1]) / 1000 for line in lines if line.startswith(what + ":")), 0.0)
