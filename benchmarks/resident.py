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


def tree_mb(process: int) -> float:
    """What a process and all that it started hold, in MB; memory that they share is counted once."""
    parents = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            with suppress(OSError, IndexError, ValueError):
                parents[int(entry.name)] = int((entry / "stat").read_text().rpartition(")")[2].split()[1])
    family, found = {process}, True
    while found:
        found = {child for child, parent in parents.items() if parent in family} - family
        family |= found
    return sum(_proportional(member) for member in family)


def _proportional(process: int) -> float:
    with suppress(OSError):  # it has ended
        lines = Path(f"/proc/{process}/smaps_rollup").read_text().splitlines()
        return next((float(line.split()[1]) / 1000 for line in lines if line.startswith("Pss:")), 0.0)
    return 0.0
