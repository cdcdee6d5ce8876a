"""Files to download: several of them as one."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Mapping, Sequence
from pathlib import Path

from models.notation.engraving.engrave import Page


def svg_file(stem: str, pages: Sequence[Page]) -> tuple[str, bytes]:
    """A name and the bytes for it: one page's SVG, or a zip of several."""
    if len(pages) == 1:
        return f"{stem}.svg", pages[0].svg.encode()
    return f"{stem}-svg.zip", zipped(
        {f"{stem}-{n}.svg": p.svg.encode() for n, p in enumerate(pages, start=1)}
    )


def zipped(files: Mapping[str, bytes]) -> bytes:
    """A zip of files by name."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return out.getvalue()


def zip_of_files(target: Path, files: Sequence[Path]) -> Path:
    """A zip at ``target`` of files by their names; pictures in it are compressed already."""
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        for file in files:
            archive.write(file, file.name)
    return target
