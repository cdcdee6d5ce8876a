"""What enlarging is worth to reading: ``python -m benchmarks.upscale_reading [--pages 4] [--spaces 4 5 6 8] [--methods NAME ...]``.

The paper's claim, measured by our own reader: engraved pages of the part *develop* (`benchmarks.reading_sets.engraved`) are reduced by a
bicubic filter until their staff lines are so many pixels apart, enlarged four times by each method, and read; *directly* is
without enlarging first. Note errors (SER, as in `benchmarks.read`) summed over the pages; the last column is the pages as they were drawn.
What was read is kept in the cache, so that the command goes on where it was stopped.
"""

from __future__ import annotations

import argparse
import json
import tempfile
from collections.abc import Callable, Iterator
from functools import partial
from itertools import islice
from pathlib import Path

import numpy as np
from PIL import Image

from benchmarks.read import enlarging, read_case
from benchmarks.reading_marks import Marks
from benchmarks.reading_sets import Case, engraved
from models.arrays import Grey
from models.read.page.pose import pose_of
from models.read.reader import Reader

DIRECTLY = "directly"
METHODS = (DIRECTLY, "bicubic", "srgan", "edsr", "reference", "fast", "best", "scan")
SPACES = (4.0, 5.0, 6.0, 8.0)

Errors = tuple[int, int]
"""Edits, and notes of the truth."""


def reduced(grey: Grey, space: float) -> Grey:
    """The page with staff lines ``space`` pixels apart; ValueError where it has none."""
    pose = pose_of(grey)
    if pose is None:
        raise ValueError("no staves were found on this page")
    share = space / pose.space
    size = round(grey.shape[1] * share), round(grey.shape[0] * share)
    return np.asarray(Image.fromarray(grey).resize(size, Image.Resampling.BICUBIC))


class Kept:
    """Note errors by page, staff space and method, in a file."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._found: dict[str, list[int]] = json.loads(path.read_text()) if path.exists() else {}

    def get(self, key: str, measure: Callable[[], Errors]) -> Errors:
        """What the file has, or what ``measure`` gives, which is kept."""
        if key not in self._found:
            self._found[key] = list(measure())
            self._path.parent.mkdir(parents=True, exist_ok=True)
            self._path.write_text(json.dumps(self._found, indent=1))
        edits, notes = self._found[key]
        return edits, notes


def errors(reader: Reader, case: Case) -> Errors:
    """Edits and notes of a page read."""
    marks = Marks()
    with tempfile.TemporaryDirectory() as folder:
        read_case(reader, case, marks, Path(folder))
    return marks.edits["all"], marks.notes


def at(case: Case, space: float, reader: Reader) -> Errors:
    """The errors of the page with staff lines so far apart."""
    with tempfile.TemporaryDirectory() as folder:
        picture = Path(folder) / "page.png"
        Image.fromarray(reduced(np.asarray(Image.open(case.picture).convert("L")), space)).save(picture)
        return errors(reader, Case(case.name, picture, case.staves, score=case.score, work=case.work))


def pages(cache: Path, most: int) -> Iterator[Case]:
    """The first pages of the set that have notes."""
    return islice((c for c in engraved(part="develop", cache=cache) if c.staves), most)


def main() -> None:
    """Reads and prints the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--pages", type=int, default=4)
    parser.add_argument("--spaces", type=float, nargs="+", default=SPACES)
    parser.add_argument("--methods", nargs="+", choices=METHODS, default=METHODS)
    parser.add_argument("--cache", type=Path, default=Path("build/reading"))
    given = parser.parse_args()
    chosen, kept = list(pages(given.cache, given.pages)), Kept(given.cache / "upscale-reading.json")
    plain = Reader()
    full = [kept.get(f"{case.name} as drawn", partial(errors, plain, case)) for case in chosen]
    print(f"{len(chosen)} pages, {sum(notes for _, notes in full)} notes, SER:\n")
    print("| enlarged by | " + " | ".join(f"{space:g} px" for space in given.spaces) + " | as drawn |")
    print("|---" * (len(given.spaces) + 2) + "|")
    for method in given.methods:
        reader = plain if method == DIRECTLY else Reader(enlarge=enlarging(method))
        cells = []
        for space in given.spaces:
            found = [
                kept.get(f"{case.name} {space:g} {method}", partial(at, case, space, reader))
                for case in chosen
            ]
            cells.append(share(found))
        print(
            f"| {method} | " + " | ".join(cells) + f" | {share(full) if method == DIRECTLY else ''} |",
            flush=True,
        )


def share(found: list[Errors]) -> str:
    """Edits over notes of all pages."""
    return f"{100 * sum(edits for edits, _ in found) / max(1, sum(notes for _, notes in found)):.1f} %"


if __name__ == "__main__":
    main()
