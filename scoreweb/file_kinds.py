"""Which files are accepted, by page and command line alike, and what their results are called."""

from __future__ import annotations

from pathlib import Path

IMAGES = (
    ".png", ".jpg", ".jpeg", ".heic", ".heif", ".avif", ".tif", ".tiff", ".gif", ".bmp", ".webp", ".jp2", ".svg",
)  # fmt: skip
PAGES = (*IMAGES, ".pdf")
"""Pages of a score as pictures: images and PDFs."""
MUSICXML = (".musicxml", ".xml", ".mxl")
SOUNDS = (
    ".wav", ".flac", ".mp3", ".ogg", ".oga", ".opus", ".m4a", ".mp4", ".aac", ".webm", ".wma", ".amr", ".aif", ".aiff",
)  # fmt: skip


def is_pdf(path: Path) -> bool:
    """Whether a file says that it is a PDF, whatever it is called; False where it cannot be read."""
    try:
        with path.open("rb") as file:
            return b"%PDF-" in file.read(1024)
    except OSError:
        return False


def safe_stem(name: str, otherwise: str) -> str:
    """A file name without its ending, fit to name downloads by; ``otherwise`` where nothing is left of it."""
    return (
        "".join(c if c.isalnum() or c in "-_" else "-" for c in Path(name).stem)[:60].strip("-") or otherwise
    )
