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
    """What a process and all that it started hold, in MB, whatever else runs on the machine.

    Their own memory, what they share among them once; and the files that they map (programs, libraries) as the process has
    them that maps most: the others map the same.
    """
    parents = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            with suppress(OSError, IndexError, ValueError):
                parents[int(entry.name)] = int((entry / "stat").read_text().rpartition(")")[2].split()[1])
    family, found = {process}, True
    while found:
        found = {child for child, parent in parents.items() if parent in family} - family
        family |= found
    held = [_held(member) for member in family]
    return sum(own for own, _ in held) + max(files for _, files in held)


def _held(process: int) -> tuple[float, float]:
    """MB of a process: its own memory, shared pages by their share, and the files that it maps."""
    told = {}
    with suppress(OSError):  # it has ended
        for line in Path(f"/proc/{process}/smaps_rollup").read_text().splitlines()[1:]:
            name, _, size = line.partition(":")
            told[name] = float(size.split()[0]) / 1000
    own = told.get("Pss_Anon", 0.0) + told.get("Pss_Shmem", 0.0)
    return own, told.get("Rss", 0.0) - told.get("Anonymous", 0.0)
