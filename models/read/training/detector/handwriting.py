"""MUSCIMA++ pages with their signs in the classes of the detector. Weights trained on them are non-commercial.

Each page comes as it is and, for training, with its signs redrawn by masks: with a pen of another width, and in a pencil
that is fainter than the staff lines.
"""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from defusedxml import ElementTree
from numpy.typing import NDArray

from models.arrays import Grey
from models.read.training.detector.engraving import PACK_SPACE, MarkedPage
from models.read.training.detector.signs import UNKNOWN, Marked, StaffPlace, barred
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

_STAVES = ("staff", "staffLine", "staffSpace", "staffGrouping", "measureSeparator")
_GROUPED = (
    "keySignature",
    "timeSignature",
    "tuple",
    "repeat",
    "dynamicsText",
    "tempoText",
    "otherText",
    "lyricsText",
)
"""Nodes that stand for others and add no ink."""

_NEIGHBOURS = 6  # heads to either side that agree about the clef
_STEPS = "CDEFGAB"

Box = tuple[float, float, float, float]
"""x0, y0, x1, y1 in pixels of the page."""

Mask = NDArray[np.bool_]


@dataclass(frozen=True)
class Annotated:
    """A node of an annotation: its mask, bool, fills its box x0, y0, x1, y1."""

    name: str
    box: tuple[int, int, int, int]
    mask: Mask
    links: tuple[int, ...]


@dataclass(frozen=True)
class _Staff:
    """A staff's first and last line as heights over the page's width: y = slope * x + height."""

    place: StaffPlace
    top: tuple[float, float]
    bottom: tuple[float, float]

    def position(self, x: float, y: float) -> float:
        """Half spaces above the last line."""
        top, bottom = (slope * x + height for slope, height in (self.top, self.bottom))
        return 8.0 * (bottom - y) / (bottom - top)


def written_pages(folder: Path, part: Part, *, redrawn: bool = False) -> Iterator[tuple[str, MarkedPage]]:
    """The pages of a part's writers at the pack's staff space, each with its name.

    ``redrawn`` adds two of each page, drawn with other pens.
    """
    test = muscima_test_writers(folder)
    for n, file in enumerate(sorted((folder / "images").glob("*.png"))):
        if part_of_writer(muscima_writer(file.stem), test) != part:
            continue
        nodes = annotated(folder, file.stem)
        grey = _dark(np.asarray(cv2.imread(str(file), cv2.IMREAD_GRAYSCALE), np.uint8))
        signs, staves = _signs(nodes, _pitches(folder, file.stem))
        if not staves:
            continue
        yield file.stem, _page(grey, signs, staves)
        if redrawn:
            rng = np.random.default_rng(n)
            yield f"{file.stem}-pen", _page(_redrawn(grey, nodes, rng, faint=False), signs, staves)
            yield f"{file.stem}-pencil", _page(_redrawn(grey, nodes, rng, faint=True), signs, staves)


def _dark(grey: Grey) -> Grey:
    return np.asarray(255 - grey, np.uint8) if grey.mean() < 128 else grey  # some pictures are white on black


def _page(grey: Grey, signs: Sequence[Marked], staves: Sequence[_Staff]) -> MarkedPage:
    scale = PACK_SPACE / float(np.median([s.place.space for s in staves]))
    small = cv2.resize(grey, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)

    def scaled(box: Box) -> Box:
        return box[0] * scale, box[1] * scale, box[2] * scale, box[3] * scale

    return MarkedPage(
        np.asarray(small, np.uint8),
        PACK_SPACE,
        tuple(Marked(m.name, scaled(m.box), m.position, m.stem) for m in signs),
        tuple(
            StaffPlace(s.place.x0 * scale, s.place.top * scale, s.place.x1 * scale, s.place.bottom * scale, 5)
            for s in staves
        ),
    )


def _redrawn(grey: Grey, nodes: Mapping[int, Annotated], rng: np.random.Generator, *, faint: bool) -> Grey:
    """The page with its signs in a pen of another width, or in a pencil; staff lines stay as they were printed."""
    ink = grey < 128
    lines, signs = np.zeros_like(ink), np.zeros_like(ink)
    for node in nodes.values():
        x0, y0, x1, y1 = node.box
        if node.name == "staffLine":
            lines[y0:y1, x0:x1] |= node.mask
        elif node.name not in (*_STAVES, *_GROUPED):
            signs[y0:y1, x0:x1] |= node.mask
    signs |= ink & ~lines
    width = int(rng.choice([-3, -2, 2, 4]))
    kernel = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (abs(width), abs(width)))
    change = cv2.erode if width < 0 else cv2.dilate
    signs = change(signs.astype(np.uint8), kernel) > 0
    page = np.full(grey.shape, float(rng.uniform(215, 255)) if faint else 255.0, np.float32)
    page[lines & ink] = rng.uniform(0, 90) if faint else 0.0
    stroke = np.full(
        grey.shape, float(rng.uniform(80, 150)) if faint else float(rng.uniform(0, 60)), np.float32
    )
    if faint:  # graphite takes on the grain of the paper
        grain = cv2.GaussianBlur(rng.standard_normal(grey.shape).astype(np.float32), (0, 0), 1.5)
        stroke += 60.0 * grain
    page = np.where(signs, np.minimum(page, stroke), page)
    return np.asarray(np.clip(page, 0, 255), np.uint8)


def _signs(nodes: Mapping[int, Annotated], pitches: Mapping[int, int]) -> tuple[list[Marked], list[_Staff]]:
    """A page's signs, with staff positions and stems of heads, and its staves."""
    staves = {i: s for i, n in nodes.items() if n.name == "staff" and (s := _staff(n, nodes)) is not None}
    places = [s.place for s in staves.values()]
    positions = _positions(nodes, staves, pitches)
    found = []
    for i, node in nodes.items():
        if node.name not in CLASS_OF:
            continue
        name = CLASS_OF[node.name]
        # figures outside of the staff are those of tuplets
        if name.startswith("digit") and not _within(node.box, places):
            name = "tuplet_digit"
        found.append(Marked(name, node.box, positions.get(i, UNKNOWN), _stem(node, nodes)))
    bars: list[tuple[Box, str]] = [(n.box, _BARS[n.name]) for n in nodes.values() if n.name in _BARS]
    return [*found, *barred(bars, places)], list(staves.values())


def _within(box: tuple[int, int, int, int], staves: Sequence[StaffPlace]) -> bool:
    middle = (box[1] + box[3]) / 2
    return any(s.top - 0.5 * s.space < middle < s.bottom + 0.5 * s.space for s in staves)


def _staff(node: Annotated, nodes: Mapping[int, Annotated]) -> _Staff | None:
    lines = sorted(
        (nodes[i] for i in node.links if i in nodes and nodes[i].name == "staffLine"), key=lambda n: n.box[1]
    )
    x0, y0, x1, y1 = node.box
    if len(lines) != 5 or y1 - y0 < 20:
        return None
    top, bottom = (_course(n) for n in (lines[0], lines[-1]))
    middle = (x0 + x1) / 2
    place = StaffPlace(x0, top[0] * middle + top[1], x1, bottom[0] * middle + bottom[1], 5)
    return _Staff(place, top, bottom)


def _course(line: Annotated) -> tuple[float, float]:
    y, x = np.nonzero(line.mask)
    slope, height = np.polyfit(x + line.box[0], y + line.box[1] + 0.5, 1)
    return float(slope), float(height)


def _positions(
    nodes: Mapping[int, Annotated], staves: Mapping[int, _Staff], pitches: Mapping[int, int]
) -> dict[int, float]:
    """Staff positions of heads by what they sound, which a writer's hand does not move, and of their accidentals.

    The clef need not be known: the heads around tell how far steps and positions are apart.
    """
    told: dict[int, float] = {}
    for number, staff in staves.items():
        heads = [(i, n) for i, n in nodes.items() if "notehead" in n.name and number in n.links]
        heads.sort(key=lambda pair: pair[1].box[0])
        seen = np.array(
            [staff.position((n.box[0] + n.box[2]) / 2, (n.box[1] + n.box[3]) / 2) for _, n in heads]
        )
        steps = np.array([pitches.get(i, -999) for i, _ in heads])
        for k, (i, node) in enumerate(heads):
            near = slice(max(0, k - _NEIGHBOURS), k + _NEIGHBOURS + 1)
            known = steps[near] > -999
            if steps[k] > -999:
                apart = round(float(np.median(steps[near][known] - seen[near][known])))
                by_pitch = float(steps[k] - apart)
            else:
                by_pitch = float(round(seen[k]))
            told[i] = by_pitch if abs(by_pitch - seen[k]) < 1.2 else float(seen[k])
            for linked in node.links:
                if linked in nodes and nodes[linked].name.startswith("accidental"):
                    told[linked] = told[i]
    return told


def _stem(head: Annotated, nodes: Mapping[int, Annotated]) -> int:
    stems = [nodes[i] for i in head.links if i in nodes and nodes[i].name == "stem"]
    if "notehead" not in head.name or len(stems) != 1:
        return 0
    return 1 if stems[0].box[1] + stems[0].box[3] < head.box[1] + head.box[3] else 2


def _pitches(folder: Path, stem: str) -> dict[int, int]:
    """Steps above C0 of the notes of a page, by the number of their head."""
    file = folder / "notes_derived" / f"{stem}.json"
    if not file.exists():
        return {}
    notes = json.loads(file.read_text(encoding="utf-8"))
    out = {}
    for note in notes:
        step, octave = str(note["name"]).strip("()").split(",")
        out[int(note["id"])] = 7 * int(octave) + _STEPS.index(step.strip(" '\"")[0])
    return out


def annotated(folder: Path, stem: str) -> dict[int, Annotated]:
    """The nodes of a page's annotation by their numbers."""
    text = gzip.decompress((folder / "annotations" / f"{stem}.xml.gz").read_bytes())
    found = {}
    for node in ElementTree.fromstring(text).iter("Node"):
        left, top, width, height = (int(node.findtext(k) or 0) for k in ("Left", "Top", "Width", "Height"))
        links = tuple(int(v) for v in (node.findtext("Outlinks") or "").split())
        box = (left, top, left + width, top + height)
        mask = _mask(node.findtext("Mask") or "", width, height)
        found[int(node.findtext("Id") or 0)] = Annotated(node.findtext("ClassName") or "", box, mask, links)
    return found


def _mask(runs: str, width: int, height: int) -> Mask:
    """A mask from its runs, ``value:length`` along the rows."""
    pairs = [run.split(":") for run in runs.split()]
    flat = np.repeat(
        np.array([value == "1" for value, _ in pairs], np.bool_), [int(length) for _, length in pairs]
    )
    whole = np.zeros(width * height, np.bool_)
    whole[: len(flat)] = flat[: width * height]
    return whole.reshape(height, width)
