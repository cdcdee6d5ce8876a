"""What opens files of pages in a process of its own (`models.child_process`), within limits on time and memory.

The limits are the operating system's, so that they hold in the middle of any decoder: who exceeds the one on time is ended.
"""

from __future__ import annotations

import contextlib
import math
import os
import traceback
from dataclasses import dataclass, replace
from multiprocessing.connection import Connection
from pathlib import Path
from time import process_time

from models.sheet.errors import SheetError, TooLarge
from models.sheet.opening import Pages, open_files, open_pages
from models.sheet.page import Limits, Page

COMPUTING_S = 20.0
"""Seconds of computing for one page, however busy the computer is: 50 megapixels of any kind take less than half."""
MEMORY_BYTES = 3_000_000_000
WELL_USED_BYTES = 500_000_000
"""A process that still holds so much behind an answer gives it back by ending; the next file starts another."""


@dataclass(frozen=True)
class Question:
    """How many pages these files have, or one of their pages, by index; a drawn one at another resolution ``dpi``."""

    files: tuple[tuple[bytes | Path, str], ...]
    limits: Limits
    index: int | None = None
    dpi: float | None = None
    seconds: float = COMPUTING_S
    """Of computing that the answer may take."""


@dataclass(frozen=True)
class Opened:
    """The answer: a number of pages, a page, or the kind and the sentence of a SheetError, or what broke."""

    count: int = 0
    page: Page | None = None
    refused: tuple[str, str] | None = None
    broken: str = ""
    last: bool = False
    """Whether the process ends behind this answer."""


def answer(question: Question) -> Opened:
    """The answer to one question, whatever goes wrong."""
    try:
        pages = _pages(question)
        if question.index is None:
            return Opened(len(pages))
        page = pages[question.index]
        if question.dpi is not None and page.redrawn is not None:
            page = page.redrawn(question.dpi)
        return Opened(len(pages), replace(page, redrawn=None))
    except SheetError as error:
        return Opened(refused=(type(error).__name__, str(error)))
    except MemoryError:
        return Opened(refused=(TooLarge.__name__, "That file needs too much memory. Save it smaller."))
    except Exception:  # noqa: BLE001 - told to the one who asked, with where it happened
        return Opened(broken=traceback.format_exc())


def _pages(question: Question) -> Pages:
    if len(question.files) == 1:
        source, name = question.files[0]
        return open_pages(source, name=name, limits=question.limits)
    return open_files([(Path(str(path)), called) for path, called in question.files], limits=question.limits)


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


def serve(pipe: Connection) -> None:
    """Answers questions until the pipe's other end is closed."""
    _limit_memory()
    while True:
        try:
            question: Question = pipe.recv()
        except EOFError:
            return
        _limit_time(question.seconds)
        opened = replace(answer(question), last=_held() > WELL_USED_BYTES)
        pipe.send(opened)
        if opened.last:
            return
