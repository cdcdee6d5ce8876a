"""MUSCIMA++ pages with their signs in the classes of the detector. Weights trained on them are non-commercial."""

from __future__ import annotations

import gzip
from collections.abc import Iterator
from pathlib import Path

import cv2
import numpy as np
from defusedxml import ElementTree

from models.read.training.detector.engraving import PACK_SPACE, MarkedPage
from models.read.training.detector.signs import Marked, StaffPlace, barred
from models.read.training.splits import Part, muscima_test_writers, muscima_writer, part_of_writer

CLASS_OF = {
    "noteheadFull": "solid_head", "noteheadHalf": "hollow_head", "noteheadWhole": "whole_head",
    "noteheadFullSmall": "grace_head", "noteheadHalfSmall": "grace_head", "stem": "stem", "beam": "beam",
    "legerLine": "ledger", "slur": "slur", "tie": "tie", "augmentationDot": "augmentation_dot",
    "articulationStaccato": "staccato_dot", "repeatDot": "repeat_dot", "accidentalSharp": "sharp",
    "accidentalFlat": "flat", "accidentalNatural": "natural", "accidentalDoubleSharp": "double_sharp",
    "accidentalDoubleFlat": "double_flat", "flag8thUp": "flag_up", "flag8thDown": "flag_down",
    "flag16thUp": "flag_up_16", "flag16thDown": "flag_down_16", "flag32ndUp": "flag_up_32",
    "flag32ndDown": "flag_down_32", "rest8th": "eighth_rest", "restQuarter": "quarter_rest",
    "rest16th": "sixteenth_rest", "rest32nd": "thirty_second_rest", "restHalf": "half_rest",
    "restWhole": "whole_rest", "gClef": "treble_clef", "fClef": "bass_clef", "cClef": "alto_clef",
    "timeSigCommon": "common_time", "timeSigCutCommon": "cut_time", "fermataAbove": "fermata",
    "fermataBelow": "fermata", "ornamentTrill": "ornament", "articulationAccent": "articulation",
    "articulationTenuto": "articulation", "articulationMarcatoAbove": "articulation", "arpeggio": "arpeggio",
    "tupletBracket": "tuplet_bracket", "dynamicCrescendoHairpin": "hairpin", "dynamicDiminuendoHairpin": "hairpin",
    "dynamicsText": "dynamic", "tempoText": "text", "lyricsText": "text", "otherText": "text",
    **{f"numeral{n}": f"digit_{n}" for n in range(10)},
}  # fmt: skip
"""The detector's class for a class of MUSCIMA++."""

_BARS = {"barline": "bar_line", "barlineHeavy": "bar_line", "brace": "brace", "bracket": "bracket"}


def written_pages(folder: Path, part: Part) -> Iterator[tuple[str, MarkedPage]]:
    """The pages of a part's writers at the pack's staff space, each with its name."""
    test = muscima_test_writers(folder)
    for file in sorted((folder / "images").glob("*.png")):
        if part_of_writer(muscima_writer(file.stem), test) != part:
            continue
        page = _page(folder, file)
        if page is not None:
            yield file.stem, page


def _page(folder: Path, file: Path) -> MarkedPage | None:
    grey = np.asarray(cv2.imread(str(file), cv2.IMREAD_GRAYSCALE), np.uint8)
    if grey.mean() < 128:  # the masks' pictures are white on black
        grey = np.asarray(255 - grey, np.uint8)
    nodes = list(_nodes(folder, file.stem))
    staves = [
        StaffPlace(b[0], b[1], b[2], b[3], 5) for name, b in nodes if name == "staff" and b[3] - b[1] > 20
    ]
    if not staves:
        return None
    space = float(np.median([s.space for s in staves]))
    scale = PACK_SPACE / space
    # figures outside of the staff are those of tuplets
    found = [Marked(_figured(CLASS_OF[name], b, staves), b) for name, b in nodes if name in CLASS_OF]
    found += barred([(b, _BARS[name]) for name, b in nodes if name in _BARS], staves)
    small = cv2.resize(grey, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    signs = tuple(
        Marked(m.name, (m.box[0] * scale, m.box[1] * scale, m.box[2] * scale, m.box[3] * scale))
        for m in found
    )
    places = tuple(StaffPlace(s.x0 * scale, s.top * scale, s.x1 * scale, s.bottom * scale, 5) for s in staves)
    return MarkedPage(np.asarray(small, np.uint8), PACK_SPACE, signs, places)


def _figured(name: str, box: tuple[float, float, float, float], staves: list[StaffPlace]) -> str:
    middle = (box[1] + box[3]) / 2
    inside = any(s.top - 0.5 * s.space < middle < s.bottom + 0.5 * s.space for s in staves)
    return "tuplet_digit" if name.startswith("digit") and not inside else name


def _nodes(folder: Path, stem: str) -> Iterator[tuple[str, tuple[float, float, float, float]]]:
    text = gzip.decompress((folder / "annotations" / f"{stem}.xml.gz").read_bytes())
    for node in ElementTree.fromstring(text).iter("Node"):
        left, top, width, height = (int(node.findtext(k) or 0) for k in ("Left", "Top", "Width", "Height"))
        yield node.findtext("ClassName") or "", (left, top, left + width, top + height)
