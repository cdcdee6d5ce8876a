"""MUSCIMA++ pages with their signs, for prototypes of handwriting, calibration and benchmarks.

Pages belong to the part of their writer (`models.read.training.splits`): no writer of a test page is in training.
"""

from __future__ import annotations

import gzip
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from defusedxml import ElementTree
from numpy.typing import NDArray

from models.arrays import Grey
from models.read.training.engraved import Sign
from models.read.training.splits import Part, muscima_test_writers, muscima_writer, part_of_writer
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


def page_files(folder: Path, *, part: Part, most: int | None = None) -> list[Path]:
    """The page images of one part, in order of their names; at most ``most``, spread evenly over its writers."""
    test_writers = muscima_test_writers(folder)
    files = [
        f
        for f in sorted((folder / "images").glob("*.png"))
        if part_of_writer(muscima_writer(f.stem), test_writers) == part
    ]
    if most is None or most >= len(files):
        return files
    return [files[n * len(files) // most] for n in range(most)]


def pages(
    folder: Path, *, part: Part, most: int | None = None
) -> Iterator[tuple[Grey, tuple[Sign, ...], str]]:
    """The pages of `page_files` as uint8 (H, W), with their signs in pixels and the name of the file."""
    for file in page_files(folder, part=part, most=most):
        yield open_pages(file)[0].grey, signs(folder, file.stem), file.stem


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
