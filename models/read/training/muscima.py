"""MUSCIMA++ pages with their signs, for prototypes of handwriting and benchmarks.

The pages of testset-dependent.txt are never touched here. The others are parted by writer: every fourth writer
measures, the rest train.
"""

from __future__ import annotations

import gzip
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Literal

import numpy as np
from defusedxml import ElementTree
from numpy.typing import NDArray

from models.arrays import Grey
from models.read.training.engraved import Sign
from models.sheet import open_pages

_CLASSES = {
    "noteheadFull": "solid_head", "noteheadHalf": "hollow_head", "noteheadWhole": "whole_head", "noteheadFullSmall": "grace_head",
    "noteheadHalfSmall": "grace_head", "stem": "stem", "beam": "beam", "legerLine": "ledger", "barline": "bar_line", "barlineHeavy": "bar_line",
    "slur": "slur", "tie": "slur", "augmentationDot": "dot", "articulationStaccato": "dot", "repeatDot": "dot", "accidentalSharp": "sharp",
    "accidentalFlat": "flat", "accidentalNatural": "natural", "accidentalDoubleSharp": "double_sharp", "flag8thUp": "flag_up",
    "flag8thDown": "flag_down", "flag16thUp": "flag_up_16", "flag16thDown": "flag_down_16", "rest8th": "eighth_rest", "restQuarter": "quarter_rest",
    "rest16th": "sixteenth_rest", "rest32nd": "thirty_second_rest", "restHalf": "half_rest", "restWhole": "whole_rest", "gClef": "treble_clef",
    "fClef": "bass_clef", "cClef": "alto_clef", "timeSigCommon": "common_time", "timeSigCutCommon": "cut_time", "brace": "brace",
    "fermataAbove": "fermata", "ornamentTrill": "ornament", "dynamicLetterF": "dynamic", "dynamicLetterP": "dynamic",
    **{f"numeral{n}": f"digit_{n}" for n in range(10)},
}  # fmt: skip


Part = Literal["train", "measure"]


def development_files(folder: Path, *, part: Part) -> list[Path]:
    """The page images of the development writers of one part."""
    test = set((folder / "specifications" / "testset-dependent.txt").read_text(encoding="utf-8").split())
    files = [f for f in sorted((folder / "images").glob("*.png")) if f.stem not in test]
    return [f for f in files if (writer(f) % 4 == 0) == (part == "measure")]


def development_pages(
    folder: Path, *, part: Part, most: int = 200
) -> Iterator[tuple[Grey, tuple[Sign, ...]]]:
    """Pages of development writers as uint8 (H, W) with their signs in pixels."""
    chosen = development_files(folder, part=part)
    for file in chosen[:: max(1, len(chosen) // most)][:most]:
        yield open_pages(file)[0].grey, signs(folder, file.stem)


def writer(file: Path) -> int:
    """The writer's number in a file name."""
    found = re.search(r"W-(\d+)", file.name)
    return int(found.group(1)) if found else 0


def signs(folder: Path, stem: str) -> tuple[Sign, ...]:
    """The signs of a page that have a label here."""
    found = []
    for name, box, _ in _nodes(folder, stem):
        label = _CLASSES.get(name)
        if label:
            found.append(Sign(label, box))
    return tuple(found)


def staff_line_mask(folder: Path, stem: str, shape: tuple[int, int]) -> NDArray[np.bool_]:
    """The pixels that are staff line and nothing else, bool (H, W)."""
    line, other = np.zeros(shape, np.bool_), np.zeros(shape, np.bool_)
    for name, (x0, y0, x1, y1), mask in _nodes(folder, stem):
        if name in ("staff", "staffSpace", "staffGrouping", "measureSeparator") or mask is None:
            continue
        target = line if name == "staffLine" else other
        target[int(y0) : int(y1), int(x0) : int(x1)] |= mask
    return line & ~other


def staff_count(folder: Path, stem: str) -> int:
    """How many staves the page truly has."""
    return sum(name == "staff" for name, _, _ in _nodes(folder, stem))


def _nodes(
    folder: Path, stem: str
) -> Iterator[tuple[str, tuple[float, float, float, float], NDArray[np.bool_] | None]]:
    text = gzip.decompress((folder / "annotations" / f"{stem}.xml.gz").read_bytes())
    for node in ElementTree.fromstring(text).iter("Node"):
        left, top, width, height = (int(node.findtext(k) or 0) for k in ("Left", "Top", "Width", "Height"))
        mask = None
        runs = node.findtext("Mask")
        if runs:
            pairs = np.array([part.split(":") for part in runs.split()], np.int64)
            mask = np.repeat(pairs[:, 0], pairs[:, 1]).reshape(height, width).astype(np.bool_)
        yield node.findtext("ClassName") or "", (left, top, left + width, top + height), mask
