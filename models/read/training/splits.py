"""Which part of the data a page belongs to. Training, calibration and benchmarks of reading all ask here.

*train* makes weights; *develop* is looked at as often as wanted, for thresholds, calibration and prototypes of rules;
*test* is measured and never tuned on. Printed music is split by work, songs by composer, handwriting by writer.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Collection
from pathlib import Path
from typing import Literal

Part = Literal["train", "develop", "test"]

_SHARES = 5
"""One work in five is test, one in five develop, three in five train."""


def part_of_work(name: str) -> Part:
    """The part of a printed work, by the name of its file without ending; of a song's composer, by his name.

    The same name is in the same part on every machine.
    """
    digest = int(hashlib.sha1(name.encode()).hexdigest()[:6], 16)  # noqa: S324 - a split, no secret
    return ("test", "develop", "train", "train", "train")[digest % _SHARES]


def part_of_writer(writer: int, test_writers: Collection[int]) -> Part:
    """The part of a MUSCIMA++ page, by its writer: no writer of a test page is in any other part.

    One in four of the other writers is develop.
    """
    if writer in test_writers:
        return "test"
    return "develop" if writer % 4 == 0 else "train"


def muscima_test_writers(folder: Path) -> frozenset[int]:
    """The writers of the pages that MUSCIMA++ itself names as its test set (testset-dependent.txt)."""
    stems = (folder / "specifications" / "testset-dependent.txt").read_text(encoding="utf-8").split()
    return frozenset(muscima_writer(stem) for stem in stems)


def muscima_writer(stem: str) -> int:
    """The writer's number in a MUSCIMA++ file name, as 7 in CVC-MUSCIMA_W-07_N-10_D-ideal; ValueError for another name."""
    found = re.search(r"W-(\d+)", stem)
    if not found:
        raise ValueError(f"{stem!r} names no MUSCIMA++ writer.")
    return int(found.group(1))
