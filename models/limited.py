"""Functions run in processes of our own with a limit on time and memory: for files that strangers send.

A hostile file can keep a decoder busy for hours, fill the memory, or crash it; there it costs its sender a sentence, and
nobody else anything. The limits are the operating system's, so that they hold in the middle of any decoder, and for the
programs that one starts.
"""

from __future__ import annotations

import atexit
import contextlib
import math
import os
import queue
import traceback
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import lru_cache
from multiprocessing.connection import Connection
from pathlib import Path
from time import process_time
from typing import Any, ParamSpec, TypeVar

from models.child_process import ChildProcess

PROCESSES = 2
COMPUTING_S = 20.0
"""Seconds of computing for one call, however busy the computer is: 50 megapixels of any kind take less than half."""
MEMORY_BYTES = 3_000_000_000
WELL_USED_BYTES = 500_000_000
"""A process that still holds so much behind an answer gives it back by ending; the next call starts another."""
WAITING_S = 120.0
"""So long a call waits for a free process, and so long an answer may take whatever else the computer is doing."""

P = ParamSpec("P")
T = TypeVar("T")


class TooMuch(Exception):  # noqa: N818 - named for what it was
    """The function took more time or memory than it may, or crashed its process."""


class NoneFree(Exception):  # noqa: N818
    """All processes were busy for so long that the call was given up."""


@dataclass(frozen=True)
class _Call:
    function: Callable[..., Any]
    arguments: tuple[Any, ...]
    named: dict[str, Any]
    refusals: tuple[type[Exception], ...]
    seconds: float


@dataclass(frozen=True)
class _Outcome:
    answer: object = None
    refused: Exception | None = None
    too_much: bool = False
    broken: str = ""
    last: bool = False
    """Whether the process ends behind this answer."""


def limited(
    function: Callable[P, T], refusals: tuple[type[Exception], ...], *arguments: P.args, **named: P.kwargs
) -> T:
    """What the function returns, computed by another process. May be called from any thread.

    Function, arguments, answer and errors travel there and back as pickles. Raises one of ``refusals`` as the function
    does, TooMuch or NoneFree; RuntimeError, with the traceback in it, where the function raises anything else.
    """
    outcome = _asked(_Call(function, arguments, named, refusals, COMPUTING_S))
    if outcome.refused is not None:
        raise outcome.refused
    if outcome.too_much:
        raise TooMuch
    if outcome.broken:
        raise RuntimeError(outcome.broken)
    answer: T = outcome.answer  # type: ignore[assignment]
    return answer


def close() -> None:
    """The processes end; the next call starts one again."""
    for child in list(_started()):
        _discard(child)


def running() -> list[int]:
    """The operating system's numbers of the processes that there are."""
    return [child.number for child in _started()]


def _asked(call: _Call) -> _Outcome:
    places = _places()
    try:
        child = places.get(timeout=WAITING_S)
    except queue.Empty:
        raise NoneFree from None
    try:
        if child is None or child.is_stopped:
            child = ChildProcess(__name__)
            _started().append(child)
        child.send(call)
        outcome: _Outcome = child.receive(WAITING_S)
        if outcome.last:
            _discard(child)
    except (EOFError, OSError) as error:  # it was ended at its limits, or crashed
        _discard(child)
        raise TooMuch from error
    except BaseException:
        _discard(child)
        raise
    finally:
        places.put(child)
    return outcome


def _discard(child: ChildProcess | None) -> None:
    if child is not None:
        if not child.is_stopped:
            child.stop()
        if child in _started():
            _started().remove(child)


@lru_cache(maxsize=1)
def _places() -> queue.LifoQueue[ChildProcess | None]:
    """A place for each process; one that runs already is taken first."""
    places: queue.LifoQueue[ChildProcess | None] = queue.LifoQueue()
    for _ in range(PROCESSES):
        places.put(None)
    atexit.register(close)
    return places


@lru_cache(maxsize=1)
def _started() -> list[ChildProcess]:
    return []


def serve(pipe: Connection) -> None:
    """The other side: answers calls until the pipe's other end is closed."""
    _limit_memory()
    while True:
        try:
            call: _Call = pipe.recv()
        except EOFError:
            return
        _limit_time(call.seconds)
        outcome = _outcome(call)
        outcome = replace(outcome, last=_held() > WELL_USED_BYTES)
        try:
            pipe.send(outcome)
        except MemoryError:  # the answer is there, but not the room for its pickle
            pipe.send(_Outcome(too_much=True, last=True))
            return
        if outcome.last:
            return


def _outcome(call: _Call) -> _Outcome:
    try:
        return _Outcome(call.function(*call.arguments, **call.named))
    except call.refusals as error:
        return _Outcome(refused=error)
    except MemoryError:
        return _Outcome(too_much=True)
    except Exception:  # noqa: BLE001 - told to the one who asked, with where it happened
        return _Outcome(broken=traceback.format_exc())


def _limit_time(seconds: float) -> None:
    """From now on so many seconds of computing; then the system ends this process."""
    with contextlib.suppress(ImportError, ValueError, OSError):  # where the system has no such limit
        import resource

        resource.setrlimit(resource.RLIMIT_CPU, (math.ceil(process_time() + seconds), resource.RLIM_INFINITY))


def _limit_memory() -> None:
    with contextlib.suppress(ImportError, ValueError, OSError):
        import resource

        resource.setrlimit(resource.RLIMIT_DATA, (MEMORY_BYTES, resource.RLIM_INFINITY))


def _held() -> int:
    """Bytes of memory now; 0 where the system does not tell. The most that was ever held is not asked for: Linux counts
    what the page held that started this process.
    """
    try:
        resident = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
        return resident * os.sysconf("SC_PAGE_SIZE")
    except (OSError, ValueError, IndexError, AttributeError):
        return 0
