"""Lines of print read by an OCR program behind one small door: pictures of lines in, words with their places out."""

from __future__ import annotations

import csv
import os
import shutil
import subprocess
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Protocol

import cv2

from models.arrays import Grey

LANGUAGES = ("deu", "eng", "fra", "ita")
"""Of the words on pages of music, those that are not installed left out. German comes first: with English before it ü is read as ii."""

_SECONDS = 120
_MARGIN = 12  # pixels of white around a line, which Tesseract wants


@dataclass(frozen=True)
class LineWord:
    """A word of a line: from and to in the line's pixels, and how sure it is, 0..1."""

    text: str
    x0: float
    x1: float
    certainty: float


class Recogniser(Protocol):
    """Whatever reads lines of print."""

    def lines(self, pictures: Sequence[Grey]) -> list[list[LineWord]]:
        """The words of each picture, which shows one line, uint8 (H, W), 255 paper, from left to right.

        A picture in which nothing is read gives an empty list. Raises nothing for a program that fails: it has read nothing.
        """
        ...


@dataclass(frozen=True)
class Tesseract:
    """Debian's Tesseract, started once for all lines of a page. A `Recogniser`."""

    program: str
    languages: tuple[str, ...]

    def lines(self, pictures: Sequence[Grey]) -> list[list[LineWord]]:
        """See `Recogniser.lines`."""
        if not pictures:
            return []
        with tempfile.TemporaryDirectory() as place:
            folder = Path(place)
            names = []
            for n, picture in enumerate(pictures):
                name = folder / f"{n}.png"
                framed = cv2.copyMakeBorder(
                    picture, _MARGIN, _MARGIN, _MARGIN, _MARGIN, cv2.BORDER_CONSTANT, value=255
                )
                cv2.imwrite(str(name), framed)
                names.append(str(name))
            (folder / "lines.txt").write_text("\n".join(names), encoding="utf-8")
            command = [
                self.program, str(folder / "lines.txt"), "stdout", "-l", "+".join(self.languages), "--psm", "7",
                "--dpi", "300", "tsv",
            ]  # fmt: skip
            try:
                done = subprocess.run(  # noqa: S603 - a program found on this computer, our own arguments
                    command,
                    capture_output=True,
                    check=False,
                    timeout=_SECONDS,
                    env={**os.environ, "OMP_THREAD_LIMIT": "1"},
                )
            except (OSError, subprocess.TimeoutExpired):
                return [[] for _ in pictures]
        return _words(done.stdout.decode("utf-8", "replace"), len(pictures))


def _words(table: str, count: int) -> list[list[LineWord]]:
    """The words in Tesseract's table, page by page."""
    found: list[list[LineWord]] = [[] for _ in range(count)]
    for row in csv.DictReader(table.splitlines(), delimiter="\t", quoting=csv.QUOTE_NONE):
        text = (row.get("text") or "").strip()
        try:
            page, left, wide = int(row["page_num"]), float(row["left"]), float(row["width"])
            certainty = float(row["conf"]) / 100.0
        except (KeyError, TypeError, ValueError):
            continue
        if text and certainty >= 0 and 1 <= page <= count:
            found[page - 1].append(LineWord(text, left - _MARGIN, left + wide - _MARGIN, min(1.0, certainty)))
    return [sorted(line, key=lambda w: w.x0) for line in found]


@lru_cache(maxsize=1)
def installed_recogniser() -> Recogniser | None:
    """Tesseract with those of `LANGUAGES` that are installed; None where there is none."""
    program = shutil.which("tesseract")
    if program is None:
        return None
    try:
        told = subprocess.run(  # noqa: S603
            [program, "--list-langs"], capture_output=True, check=False, timeout=20
        ).stdout.decode("utf-8", "replace")
    except (OSError, subprocess.TimeoutExpired):
        return None
    known = set(told.split())
    languages = tuple(language for language in LANGUAGES if language in known)
    return Tesseract(program, languages) if languages else None
