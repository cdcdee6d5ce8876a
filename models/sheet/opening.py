"""Files of pages: any image or PDF, or several of them, as grey pages, decoded one at a time."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path, PurePosixPath
from typing import Literal, Protocol

from models.sheet.errors import EmptyFile, SheetError, TooLarge, UnreadableFile
from models.sheet.page import Limits, Page
from models.sheet.pdf import looks_like_pdf, pdf_page_count, read_pdf_page
from models.sheet.picture import picture_count, read_picture
from models.sheet.svg import looks_like_svg, read_svg

MOST_REDRAWN = 200_000_000
"""Pixels of a drawn page at the resolution that is asked for."""


class Pages(Protocol):
    """Pages in their order, each decoded when it is asked for."""

    def __len__(self) -> int: ...

    def __getitem__(self, index: int) -> Page: ...

    def __iter__(self) -> Iterator[Page]: ...


class PageFile:
    """The pages of one file; each is decoded when it is asked for, so that only one lies in memory."""

    def __init__(self, data: bytes, limits: Limits) -> None:
        self._data, self._limits = data, limits
        self._kind: Literal["pdf", "svg", "picture"] = (
            "pdf" if looks_like_pdf(data) else "svg" if looks_like_svg(data) else "picture"
        )
        if self._kind == "pdf":
            self._count = pdf_page_count(data, limits)
        else:
            self._count = 1 if self._kind == "svg" else picture_count(data, limits)

    def __len__(self) -> int:
        return self._count

    def __getitem__(self, index: int) -> Page:
        if not 0 <= index < self._count:
            raise IndexError(index)
        if self._kind == "picture":
            return read_picture(self._data, index, self._limits)
        page = self._drawn(index, self._limits)
        return replace(page, redrawn=partial(self._redrawn, index)) if page.drawn else page

    def _drawn(self, index: int, limits: Limits) -> Page:
        return (
            read_svg(self._data, limits) if self._kind == "svg" else read_pdf_page(self._data, index, limits)
        )

    def _redrawn(self, index: int, dpi: float) -> Page:
        return self._drawn(index, replace(self._limits, pdf_dpi=dpi, max_pixels=MOST_REDRAWN))

    def __iter__(self) -> Iterator[Page]:
        return (self[index] for index in range(self._count))


def open_pages(source: bytes | Path, *, name: str = "", limits: Limits | None = None) -> PageFile:
    """The pages of an image (PNG, JPEG, TIFF, GIF, BMP, WebP, HEIC, AVIF, JPEG 2000, SVG) or PDF, known by its content.

    ``name`` is for messages. Raises a SheetError whose sentence names no path; the size of every picture is checked
    against ``limits`` before its pixels are decoded.
    """
    limits = limits or Limits()
    data = source if isinstance(source, bytes) else _read(source, name, limits)
    if len(data) > limits.max_bytes:
        raise TooLarge(
            f"That file has {len(data) / 1e6:.0f} MB; at most {limits.max_bytes / 1e6:.0f} MB are taken."
        )
    if not data.strip(b"\0"):
        raise EmptyFile("That file is empty. Choose another, or save it again.")
    return PageFile(data, limits)


class PagePile:
    """The pages of several files as those of one; a file is opened again for each page, so that one lies in memory."""

    def __init__(self, files: Sequence[tuple[Path, str]], limits: Limits) -> None:
        self._limits = limits
        self._from: list[tuple[Path, str, int, bool]] = []
        together = 0
        for path, name in files:
            pages = _opened(path, name, limits)
            together += path.stat().st_size
            if together > limits.max_together:
                raise TooLarge(
                    f"Together these files have more than {limits.max_together / 1e6:.0f} MB. Give fewer at once."
                )
            count = len(pages)
            self._from += [(path, name, index, count > 1) for index in range(count)]
            if len(self._from) > limits.max_pages:
                raise TooLarge(
                    f"Together these files have more than {limits.max_pages} pages. Give fewer at once."
                )

    def __len__(self) -> int:
        return len(self._from)

    def __getitem__(self, index: int) -> Page:
        if not 0 <= index < len(self):
            raise IndexError(index)
        path, name, own_index, several = self._from[index]
        pages = _opened(path, name, self._limits)
        try:
            page = pages[own_index]
        except SheetError as error:
            raise type(error)(f"{name}: {error}") from error
        label = f"{name}, {page.label.lower()}" if several else name
        return replace(page, index=index, label=label, file=name)

    def __iter__(self) -> Iterator[Page]:
        return (self[index] for index in range(len(self)))


def open_files(files: Sequence[tuple[Path, str]], *, limits: Limits | None = None) -> Pages:
    """The pages of files, each a path and the name that the visitor knows it by, in this order.

    One file is opened as by `open_pages`. Of several, each page is labelled by its file, and a sentence about what is
    wrong begins with the name of the file.
    """
    limits = limits or Limits()
    if not files:
        raise EmptyFile("There is no file to open. Choose one.")
    if len(files) == 1:
        path, name = files[0]
        return open_pages(path, name=name, limits=limits)
    return PagePile([(path, _called(path, name)) for path, name in files], limits)


def _opened(path: Path, name: str, limits: Limits) -> PageFile:
    try:
        return open_pages(path, name=name, limits=limits)
    except SheetError as error:
        raise type(error)(f"{name}: {error}") from error


def _called(path: Path, name: str) -> str:
    """A visitor's file name, never a path."""
    return PurePosixPath(name.replace("\\", "/")).name or path.name


def _read(path: Path, name: str, limits: Limits) -> bytes:
    called = _called(path, name)
    try:
        if not path.is_file():  # a folder, nothing, or a pipe that would never end
            raise UnreadableFile(f"There is no file {called} to open. Choose another.")
        with path.open("rb") as file:
            return file.read(limits.max_bytes + 1)
    except (OSError, ValueError) as error:
        raise UnreadableFile(
            f"The file {called} cannot be read. Choose another, or copy it first."
        ) from error
