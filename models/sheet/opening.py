"""Files of pages: any image or PDF as grey pages, decoded one at a time."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path, PurePosixPath

from models.sheet.errors import EmptyFile, TooLarge, UnreadableFile
from models.sheet.page import Limits, Page
from models.sheet.pdf import looks_like_pdf, pdf_page_count, read_pdf_page
from models.sheet.picture import picture_count, read_picture


class PageFile:
    """The pages of one file; each is decoded when it is asked for, so that only one lies in memory."""

    def __init__(self, data: bytes, limits: Limits) -> None:
        self._data, self._limits = data, limits
        self._pdf = looks_like_pdf(data)
        self._count = pdf_page_count(data, limits) if self._pdf else picture_count(data, limits)

    def __len__(self) -> int:
        return self._count

    def __getitem__(self, index: int) -> Page:
        if not 0 <= index < self._count:
            raise IndexError(index)
        return (
            read_pdf_page(self._data, index, self._limits)
            if self._pdf
            else read_picture(self._data, index, self._limits)
        )

    def __iter__(self) -> Iterator[Page]:
        return (self[index] for index in range(self._count))


def open_pages(source: bytes | Path, *, name: str = "", limits: Limits | None = None) -> PageFile:
    """The pages of an image (PNG, JPEG, TIFF, GIF, BMP, WebP) or PDF, known by its content, not its name.

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


def _read(path: Path, name: str, limits: Limits) -> bytes:
    called = PurePosixPath(name.replace("\\", "/")).name or path.name  # a visitor's file name, never a path
    try:
        if not path.is_file():  # a folder, nothing, or a pipe that would never end
            raise UnreadableFile(f"There is no file {called} to open. Choose another.")
        with path.open("rb") as file:
            return file.read(limits.max_bytes + 1)
    except (OSError, ValueError) as error:
        raise UnreadableFile(
            f"The file {called} cannot be read. Choose another, or copy it first."
        ) from error
