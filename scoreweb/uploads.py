"""Uploads: files moved from Gradio's cache into a visitor's workspace, opened, within the host's limits."""

from __future__ import annotations

import secrets
import shutil
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from models.sheet import Limits, Pages
from models.sheet.apart import open_apart
from models.sheet.framing import FramedPages, Framing
from scoreweb import texts as messages
from scoreweb.errors import VisitorError
from scoreweb.settings import Settings
from scoreweb.widgets.examples import example_name

if TYPE_CHECKING:
    import gradio as gr  # the command line must not load it


@dataclass
class Uploads:
    """The files of one upload field: their bytes lie in a folder of the workspace.

    They are known by the path that Gradio gave them, so that a file that stays while another is added, removed or moved
    need not come again. A damaged file stays as well: the visitor may remove that one only.
    """

    folder: Path
    _copies: dict[str, Path] = field(default_factory=dict)

    def update(self, uploaded: Sequence[Path]) -> list[Path]:
        """Where the files now lie, in this order; those that are not among them are removed. OSError as it comes."""
        self.folder.mkdir(parents=True, exist_ok=True)
        for origin in [origin for origin in self._copies if origin not in {str(path) for path in uploaded}]:
            self._copies.pop(origin).unlink(missing_ok=True)
        for path in uploaded:
            if str(path) not in self._copies:
                copy = self.folder / f"upload-{secrets.token_hex(8)}"
                shutil.copyfile(path, copy)
                self._copies[str(path)] = copy
        return [self._copies[str(path)] for path in uploaded]

    def clear(self) -> None:
        """All are removed."""
        self._copies.clear()
        shutil.rmtree(self.folder, ignore_errors=True)


@dataclass
class Upload:
    """What was uploaded to one field: ``files`` with the name that the visitor knows each by, in order; ``pages`` of all.

    ``origins`` are the paths that Gradio gave them; ``example`` names which of our own examples it is, if one, as it is.
    ``counts`` are the pages of each file.
    ``framings`` are those of pages, from 0, that the visitor turned or cut.
    """

    files: tuple[tuple[Path, str], ...]
    pages: int
    origins: tuple[str, ...] = ()
    example: str | None = None
    counts: tuple[int, ...] = ()
    framings: dict[int, Framing] = field(default_factory=dict)

    def opened(self, limits: Limits) -> Pages:
        """The pages as a job gets them. SheetErrors as `open_apart`."""
        return FramedPages(open_apart(self.files, limits=limits), self.framings)

    def frame(self, page: int, framing: Framing) -> None:
        """A page is wanted so from now on."""
        self.example = None
        self.framings[page] = framing

    def framed_as(self, before: Upload | None) -> None:
        """Pages that were framed before some files came, went or moved are framed still, where each file is one page
        or files were only added behind.
        """
        if before is None or not before.framings:
            return
        if self.origins[: len(before.origins)] == before.origins:
            self.framings = dict(before.framings)
        elif self.pages == len(self.files) and before.pages == len(before.files):
            known = {before.origins[n]: framing for n, framing in before.framings.items()}
            self.framings = {n: known[origin] for n, origin in enumerate(self.origins) if origin in known}
        if self.framings:
            self.example = None

    @property
    def name(self) -> str:
        """The name of the first file, after which results are called."""
        return self.files[0][1]


def file_limits(settings: Settings) -> Limits:
    """What may be opened at all: beyond that a file is refused before its pixels are decoded."""
    return Limits(
        max_bytes=settings.upload_mb * 1_000_000,
        max_pixels=50_000_000,
        max_pages=settings.pdf_pages,
        max_together=4 * settings.upload_mb * 1_000_000,
    )


def open_upload(
    uploads: Uploads, uploaded: Sequence[Path], limits: Limits, before: Upload | None = None
) -> tuple[Upload, Pages]:
    """The files moved from Gradio's cache into the workspace, opened, and the first page decoded.

    Files that were in the upload ``before`` keep the framing of their pages.

    SheetError when that cannot be: a picture may be cut off behind a whole head. Of several files the good ones then stay,
    so that the visitor need remove the bad one only. VisitorError for too many files, or when one is gone.
    """
    if len(uploaded) > limits.max_pages:
        raise VisitorError(messages.TOO_MANY_FILES.format(most=limits.max_pages))
    try:
        copies = uploads.update(uploaded)
        examples = [example_name(copy) for copy in copies]
        for path, example in zip(uploaded, examples, strict=True):
            if example is None:  # every visitor may use the one copy that Gradio made of an example
                path.unlink(missing_ok=True)
    except OSError as error:
        raise VisitorError(messages.UPLOAD_GONE) from error
    files = tuple((copy, path.name) for copy, path in zip(copies, uploaded, strict=True))
    try:
        pages = open_apart(files, limits=limits)
        pages[0]
    except BaseException:
        if len(files) == 1:
            uploads.clear()
        raise
    origins = tuple(map(str, uploaded))
    counts = (1,) * len(files) if len(pages) == len(files) else (len(pages),)
    if len(counts) != len(files):
        counts = tuple(len(open_apart([file], limits=limits)) for file in files)
    upload = Upload(files, len(pages), origins, examples[0] if len(files) == 1 else None, counts)
    upload.framed_as(before)
    return upload, FramedPages(pages, upload.framings)


def taken_from(file: gr.FileData | dict[str, str]) -> tuple[bytes, str]:
    """Bytes and name of a file that a program sent to an endpoint; nothing of it stays in Gradio's cache.

    Gradio hands a dict to functions that it calls without a component.
    """
    path = Path(file["path"] if isinstance(file, dict) else file.path)
    data = path.read_bytes()
    path.unlink(missing_ok=True)
    return data, path.name
