"""Uploads in a visitor's workspace: one file, or several whose pages make up one piece."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from models.sheet import Limits, Pages, open_files
from scoreweb import texts as messages
from scoreweb.errors import VisitorError
from scoreweb.settings import Settings
from scoreweb.widgets.examples import example_name
from scoreweb.workspace import Upload, Uploads


def file_limits(settings: Settings) -> Limits:
    """What may be opened at all: beyond that a file is refused before its pixels are decoded."""
    return Limits(
        max_bytes=settings.upload_mb * 1_000_000,
        max_pixels=40_000_000,
        max_pages=settings.pdf_pages,
        max_together=4 * settings.upload_mb * 1_000_000,
    )


def open_upload(uploads: Uploads, uploaded: Sequence[Path], limits: Limits) -> tuple[Upload, Pages]:
    """The files moved from Gradio's cache to the visitor's tray, opened and the first page decoded.

    SheetError when that cannot be: a picture may be cut off behind a whole head. Of several files the good ones then stay,
    so that the visitor need take away the bad one only.
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
        pages = open_files(files, limits=limits)
        pages[0]
    except BaseException:
        if len(files) == 1:
            uploads.clear()
        raise
    return Upload(
        files, len(pages), tuple(map(str, uploaded)), examples[0] if len(files) == 1 else None
    ), pages
