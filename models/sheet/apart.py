"""Visitors' files of pages opened apart from the page that visitors look at, in processes with a limit on time and memory."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import ParamSpec, TypeVar

from models.limited import NoneFree, TooMuch, limited
from models.sheet.errors import SheetError, TooDemanding
from models.sheet.opening import Pages, open_files, open_pages
from models.sheet.page import Limits, Page

_BUSY = "Many files are being opened at this moment. Try again in a minute."
_TOO_MUCH = "Opening that file takes too much time or memory. Save it again, or scan it at a usual size."

Files = tuple[tuple[bytes | Path, str], ...]
P = ParamSpec("P")
T = TypeVar("T")


class ApartPages:
    """The pages of files, each decoded by another process when it is asked for. As `models.sheet.open_files` gives them."""

    def __init__(self, files: Sequence[tuple[bytes | Path, str]], limits: Limits) -> None:
        self._files, self._limits = tuple(files), limits
        self._count = _apart(count_of, self._files, limits)

    def __len__(self) -> int:
        return self._count

    def __getitem__(self, index: int) -> Page:
        if not 0 <= index < self._count:
            raise IndexError(index)
        return self._page(index, None)

    def __iter__(self) -> Iterator[Page]:
        return (self[index] for index in range(self._count))

    def _page(self, index: int, dpi: float | None) -> Page:
        page = _apart(page_of, self._files, self._limits, index, dpi)
        return replace(page, redrawn=partial(self._page, index)) if page.drawn and dpi is None else page


def open_apart(files: Sequence[tuple[bytes | Path, str]], *, limits: Limits | None = None) -> ApartPages:
    """The pages of files, each its bytes or path and the name that the visitor knows it by. May be called from any thread.

    SheetErrors as `models.sheet.open_files`; TooDemanding besides, where opening would take more time or memory than any
    honest file does.
    """
    return ApartPages(files, limits or Limits())


def count_of(files: Files, limits: Limits) -> int:
    """How many pages these files have."""
    return len(_opened(files, limits))


def page_of(files: Files, limits: Limits, index: int, dpi: float | None) -> Page:
    """One of their pages; a drawn one at the resolution ``dpi`` where that is given."""
    page = _opened(files, limits)[index]
    if dpi is not None and page.redrawn is not None:
        page = page.redrawn(dpi)
    return replace(page, redrawn=None)  # what draws it again cannot travel


def _opened(files: Files, limits: Limits) -> Pages:
    if len(files) == 1:
        source, name = files[0]
        return open_pages(source, name=name, limits=limits)
    return open_files([(Path(str(path)), called) for path, called in files], limits=limits)


def _apart(function: Callable[P, T], *arguments: P.args, **named: P.kwargs) -> T:
    try:
        return limited(function, (SheetError,), *arguments, **named)
    except TooMuch as error:
        raise TooDemanding(_TOO_MUCH) from error
    except NoneFree as error:
        raise TooDemanding(_BUSY) from error
