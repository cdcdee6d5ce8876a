"""How many heaps the C library keeps for the threads of a process.

The GNU C library gives threads heaps of their own, up to eight a core, and a heap keeps the most that any job ever took in
it. Jobs run on threads that come and go, so that each of 16 heaps grows by what one reading takes (some 17 MB for a small
page), job after job: the page grew by 150 MB in 100 jobs.
"""

from __future__ import annotations

import ctypes
import os
import sys
from contextlib import suppress

VARIABLE = "MALLOC_ARENA_MAX"
"""The C library's own setting. What the host sets stands."""
HEAPS = 2
_ARENA_MAX = -8  # M_ARENA_MAX of malloc.h


def few_heaps() -> bool:
    """From now on this process and those that it starts make no more than two heaps each; those that are there stay.

    False where nothing was changed: the host has set `VARIABLE`, or the C library is another.
    """
    if VARIABLE in os.environ or sys.platform != "linux":
        return False
    with suppress(OSError, AttributeError):
        if ctypes.CDLL(None).mallopt(_ARENA_MAX, HEAPS) == 1:
            os.environ[VARIABLE] = str(HEAPS)
            return True
    return False
