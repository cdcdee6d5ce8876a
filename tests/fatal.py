"""Functions that end badly, in place of those that open files; a module of its own, as processes must load it quickly."""

import os
import signal


def computes_for_ever(*_):
    while True:
        pass


def eats_memory(*_):
    return [bytearray(1 << 28) for _ in range(100)]


def crashes(*_):
    os.kill(os.getpid(), signal.SIGSEGV)
