"""Visitors' files of pages opened apart from the page that visitors look at, in processes with a limit on time and memory.

A hostile file can keep a decoder busy for hours, fill the memory, or crash it; there it costs its sender a sentence, and
nobody else anything.
"""

from __future__ import annotations

import atexit
import queue
from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import lru_cache, partial
from pathlib import Path

from models.child_process import ChildProcess
from models.sheet import errors
from models.sheet.errors import SheetError, TooDemanding
from models.sheet.opening_process import COMPUTING_S, Opened, Question
from models.sheet.page import Limits, Page

PROCESSES = 2
WAITING_S = 120.0
"""So long a file waits for a free process, and so long an answer may take whatever else the computer is doing."""

_MODULE = "models.sheet.opening_process"
_BUSY = "Many files are being opened at this moment. Try again in a minute."
_TOO_MUCH = "Opening that file takes too much time or memory. Save it again, or scan it at a usual size."


class ApartPages:
    """The pages of files, each decoded by another process when it is asked for. As `models.sheet.open_files` gives them."""

    def __init__(self, files: Sequence[tuple[bytes | Path, str]], limits: Limits) -> None:
        self._files, self._limits = tuple(files), limits
        self._count = int(_asked(Question(self._files, limits, seconds=COMPUTING_S)).count)

    def __len__(self) -> int:
        return self._count

    def __getitem__(self, index: int) -> Page:
        if not 0 <= index < self._count:
            raise IndexError(index)
        return self._page(index, None)

    def __iter__(self) -> Iterator[Page]:
        return (self[index] for index in range(self._count))

    def _page(self, index: int, dpi: float | None) -> Page:
        page = _asked(Question(self._files, self._limits, index, dpi, COMPUTING_S)).page
        if page is None:
            raise RuntimeError("a page was asked for, and none came")
        return replace(page, redrawn=partial(self._page, index)) if page.drawn and dpi is None else page


def open_apart(files: Sequence[tuple[bytes | Path, str]], *, limits: Limits | None = None) -> ApartPages:
    """The pages of files, each its bytes or path and the name that the visitor knows it by. May be called from any thread.

    SheetErrors as `models.sheet.open_files`; TooDemanding besides, where opening would take more time or memory than any
    honest file does.
    """
    return ApartPages(files, limits or Limits())


def _asked(question: Question) -> Opened:
    places = _places()
    try:
        child = places.get(timeout=WAITING_S)
    except queue.Empty:
        raise TooDemanding(_BUSY) from None
    try:
        if child is None or child.is_stopped:
            child = ChildProcess(_MODULE)
            _started().append(child)
        child.send(question)
        opened: Opened = child.receive(WAITING_S)
        if opened.last:
            _discard(child)
    except (EOFError, OSError) as error:  # it was ended at its limits, or crashed
        _discard(child)
        raise TooDemanding(_TOO_MUCH) from error
    except BaseException:
        _discard(child)
        raise
    finally:
        places.put(child)
    if opened.refused:
        kind, sentence = opened.refused
        raise getattr(errors, kind, SheetError)(sentence)
    if opened.broken:
        raise RuntimeError(opened.broken)
    return opened


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


def close() -> None:
    """The processes end; the next file starts one again."""
    for child in list(_started()):
        _discard(child)
