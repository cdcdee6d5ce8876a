"""The files that one request brings, so that none stays behind when the request comes to nothing.

Gradio writes an upload to a file as it comes and moves that file once it is whole; of an upload that is broken off it would
keep what came, for ever.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from contextvars import ContextVar
from pathlib import Path

_ARRIVING: ContextVar[list[Path] | None] = ContextVar("arriving", default=None)


def arrives(path: Path) -> None:
    """The request at hand writes this file."""
    files = _ARRIVING.get()
    if files is not None:
        files.append(path)


@contextmanager
def nothing_left_behind() -> Iterator[None]:
    """What the requests within the block wrote and did not move elsewhere is removed."""
    files: list[Path] = []
    mark = _ARRIVING.set(files)
    try:
        yield
    finally:
        _ARRIVING.reset(mark)
        for path in files:
            with suppress(OSError):
                path.unlink(missing_ok=True)
