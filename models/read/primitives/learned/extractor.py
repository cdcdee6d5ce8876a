"""The learned extractor: signs from the network, lines named by the network and measured on the ink."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache

import cv2
import numpy as np
from numpy.typing import NDArray

from models.read.page.staves import SPACE, Strip
from models.read.primitives.learned.classes import LABEL_OF
from models.read.primitives.learned.classes import SPACE as SEEN_SPACE
from models.read.primitives.learned.detect import Box, Detection, DetectorRuntime, decoded
from models.read.primitives.learned.lines import (
    Stroke,
    beams_told,
    curves_told,
    ledgers_told,
    uprights_told,
)
from models.read.primitives.learned.old_rests import with_old_rests
from models.read.primitives.learned.reaching import reached
from models.read.primitives.linework import curve_primitives, ledger_primitives, linework
from models.read.primitives.numbering import numbered
from models.read.primitives.orientation import upside_down
from models.read.primitives.primitive import CLEFS, HEADS, Primitive, Style, position_at
from models.read.primitives.regions import regions, symbol_ink
from models.read.primitives.shapes import blob_shape, octave_figure
from models.read.primitives.style import style_of
from models.weights import Weights, load

Mask = NDArray[np.bool_]

WEIGHTS: Mapping[Style, str] = {
    "printed": "read-detector-printed",
    "handwritten": "read-detector-handwritten",
}
"""The detector of each style. That of handwriting learned from MUSCIMA++: non-commercial."""

_LEAST = 0.05
_CONTRAST = 3.0  # at least so steep that paper is white: it lies 0.17 below where ink begins
_TOLD = 0.2  # the grammar takes what it has no better use for beside a stem as pieces of flags: less is no blob to it
_SURE = 0.4  # probability from which a sign's ink is nobody else's
_AGREED = 0.6  # half spaces between what a box and the network say of a head's height
_STRAYED = 3.5  # half spaces by which a hand may set a head off where it belongs, as above many ledger lines,
_STRAYED_WITHIN = 1.3  # and by which it may within the staff
_UPRIGHTS, _CURVES = ("stem", "bar_line"), ("slur", "tie")
SILENT = ("brace", "bracket", "hairpin", "tuplet_bracket", "volta", "arpeggio")
"""Classes that the grammar has no production for."""
_WIDER = 2  # pixels around a box in which its ink is looked for
_TRIMMED = (
    "dot",
    "flat",
    "double_flat",
)  # labels whose size the grammar measures: their boxes end where their ink does


@dataclass(frozen=True)
class LearnedExtractor:
    """Primitives by the shipped detector of a style, or with other weights given for it. An `Extractor`.

    ``device`` is where the network runs, "cpu" or "cuda". WeightsError where the weights are missing or damaged.
    """

    weights: Mapping[Style, Weights] = field(default_factory=dict)
    device: str = "cpu"
    _runtimes: dict[Style, DetectorRuntime] = field(default_factory=dict, repr=False, compare=False)

    def extract(self, strip: Strip, *, style: Style = "printed") -> list[Primitive]:
        """The primitives of a staff's strip, from left to right, numbered in that order."""
        if strip.ink.shape[1] < SPACE or not strip.binary.any():
            return []
        found = _assembled(self.detections(strip, style), strip, believed=style == "handwritten")
        if style == "printed":
            return found
        found = with_old_rests(found, symbol_ink(strip))
        # the foot of a clef written by hand is no small 8
        return numbered([replace(p, octave_below=0.0) for p in reached(found)], strip)

    def detections(self, strip: Strip, style: Style) -> list[Detection]:
        """What the network of a style sees on a strip, boxes in the strip's pixels."""
        height, width = strip.ink.shape
        size = (max(8, round(width * SEEN_SPACE / SPACE)), round(height * SEEN_SPACE / SPACE))
        ink = np.asarray(cv2.resize(seen_ink(strip), size, interpolation=cv2.INTER_AREA), np.float32)
        across, down = width / size[0], height / size[1]
        return [
            replace(d, box=(d.box[0] * across, d.box[1] * down, d.box[2] * across, d.box[3] * down))
            for d in decoded(self._ready(style)(ink), least=_LEAST)
        ]

    def _ready(self, style: Style) -> DetectorRuntime:
        if style not in self.weights:
            return _shared(WEIGHTS[style], self.device)
        if style not in self._runtimes:
            self._runtimes[style] = DetectorRuntime(self.weights[style], self.device)
        return self._runtimes[style]

    def style_of(self, strips: Sequence[Strip]) -> Style:
        """The style whose prototypes the heads and signs of the first few staves are nearer to."""
        return style_of(strips)

    def upside_down(self, strips: Sequence[Strip]) -> bool:
        """Whether the clefs of the first few staves stand plainly at the right end, on their heads."""
        return upside_down(strips)


def seen_ink(strip: Strip) -> NDArray[np.float32]:
    """A strip as networks see it, float32, 0 paper to 1 ink: on a strip bare paper is grey, and ink begins at 128."""
    steep = _CONTRAST * (strip.ink.astype(np.float32) - 128.0) / 255.0
    return np.asarray(np.clip(steep + 0.5, 0.0, 1.0), np.float32)


@lru_cache(maxsize=4)
def _shared(name: str, device: str) -> DetectorRuntime:
    return DetectorRuntime(load(name), device)


def _assembled(seen: Sequence[Detection], strip: Strip, *, believed: bool) -> list[Primitive]:
    """The primitives; `believed` takes heads to be at the height that the network tells, wherever they are."""
    ink = symbol_ink(strip)
    seen = exclusive(seen)
    signs = [d for d in seen if not is_line(d)]
    uprights = [_stroke(d) for d in seen if d.name in _UPRIGHTS]
    beams = [_stroke(d) for d in seen if d.name == "beam"]
    ledgers = [_stroke(d) for d in seen if d.name == "ledger"]
    curves = [_stroke(d) for d in seen if d.name in _CURVES]
    rest = ink & ~_owned(signs, [*uprights, *beams], ink)
    lines = linework(rest, strip)
    found = [
        sign_of(d, ink, _STRAYED if believed else None)
        for d in signs
        if d.name not in SILENT and d.certainty >= _TOLD
    ]
    found += uprights_told(lines, uprights, ink)
    found += beams_told(lines, beams, ink, strip)
    found += ledgers_told(ledger_primitives(strip, lines), ledgers)
    left = rest & ~lines.ink & ~_heads(signs, ink.shape)
    pieces = regions(left)
    found += curves_told(curve_primitives(pieces)[0], curves, left)
    return numbered([p for p in found if p.certainty >= _LEAST], strip)


def exclusive(seen: Sequence[Detection]) -> list[Detection]:
    """The detections, those inside a likelier sign made as unlikely as that sign is likely.

    A blot in a clef is no head and a stroke in a letter no stem. Heads, flags and long signs own nothing: what lies in
    their boxes may well be there besides.
    """
    owners = [
        d
        for d in seen
        if not is_line(d)
        and d.name not in SILENT
        and not d.name.endswith("_head")
        and not d.name.startswith("flag")
    ]
    if not owners:
        return list(seen)
    boxes = np.array([d.box for d in owners])
    sure = np.array([d.certainty for d in owners])
    size = (boxes[:, 2:] - boxes[:, :2]).prod(1)
    out = []
    for d in seen:
        x, y = (d.box[0] + d.box[2]) / 2, (d.box[1] + d.box[3]) / 2
        inside = (boxes[:, 0] < x) & (x < boxes[:, 2]) & (boxes[:, 1] < y) & (y < boxes[:, 3])
        larger = size > 0.8 * (d.box[2] - d.box[0]) * (d.box[3] - d.box[1])
        over = inside & larger & (sure > d.certainty)
        left = float(np.prod(1.0 - sure[over]))
        if left < 1.0:
            d = replace(d, memberships={k: left * v for k, v in d.memberships.items()})  # noqa: PLW2901
        if d.certainty >= _LEAST:
            out.append(d)
    return out


def is_line(d: Detection) -> bool:
    """Whether a detection is a stroke, whose course the ink tells better than its box."""
    return d.name in (*_UPRIGHTS, *_CURVES, "beam", "ledger")


def _stroke(d: Detection) -> Stroke:
    return Stroke(_labelled(d), d.box)


def _labelled(d: Detection) -> dict[str, float]:
    """The memberships of a detection as those of the grammar's labels; classes of one label exclude each other."""
    told: dict[str, float] = {}
    for name, grade in d.memberships.items():
        label = LABEL_OF[name]
        told[label] = min(1.0, told.get(label, 0.0) + grade)
    return told


def _owned(signs: Sequence[Detection], strokes: Sequence[Stroke], ink: Mask) -> Mask:
    """The ink of signs that are plainly neither heads nor lines: no stroke is looked for in it."""
    mask = np.zeros(ink.shape, np.bool_)
    for d in signs:
        if d.certainty < _SURE or d.name.endswith("_head") or d.name.startswith("flag") or d.name in SILENT:
            continue
        x0, y0, x1, y1 = _pixels(d.box, ink.shape)
        mask[y0:y1, x0:x1] = True
    for s in strokes:
        if s.certainty > _SURE:
            x0, y0, x1, y1 = _pixels(s.box, ink.shape)
            mask[y0:y1, x0:x1] = False
    return mask


def _heads(signs: Sequence[Detection], shape: tuple[int, ...]) -> Mask:
    mask = np.zeros(shape, np.uint8)
    for d in signs:
        if d.certainty >= _SURE and d.name.endswith("_head"):
            x, y = (d.box[0] + d.box[2]) / 2, (d.box[1] + d.box[3]) / 2
            axes = (round((d.box[2] - d.box[0]) / 2 + 1), round((d.box[3] - d.box[1]) / 2 + 1))
            cv2.ellipse(mask, (round(x), round(y)), axes, -12, 0, 360, 1, -1)
    return mask > 0


def _pixels(box: Box, shape: tuple[int, ...]) -> tuple[int, int, int, int]:
    height, width = shape[:2]
    return (
        int(np.clip(np.floor(box[0]) - _WIDER, 0, width)),
        int(np.clip(np.floor(box[1]) - _WIDER, 0, height)),
        int(np.clip(np.ceil(box[2]) + _WIDER, 0, width)),
        int(np.clip(np.ceil(box[3]) + _WIDER, 0, height)),
    )


def sign_of(d: Detection, ink: Mask, reach: float | None = None) -> Primitive:
    """A detection of a sign as a primitive; ``ink`` is the strip's without staff lines, bool (H, W).

    A head's height is what its box and the network say together where they agree, else the box's; with a `reach` in half
    spaces the network's alone up to so far from the box.
    """
    told = _labelled(d)
    box = d.box
    label = max(told, key=lambda k: told[k])
    if label in _TRIMMED:
        box = _trimmed(box, ink)
    elif label in CLEFS:  # how far it reaches tells an octave clef from a plain one
        box = _inked(box, ink)
    x0, y0, x1, y1 = (round(v) for v in box)
    y0, x0 = max(0, y0), max(0, x0)
    mask = ink[y0 : max(y1, y0 + 1), x0 : max(x1, x0 + 1)]
    middle = (box[1] + box[3] - 1) / 2
    position = position_at(middle)
    if label in (*HEADS, "grace_head") and d.position is not None:
        if reach is not None and 0.0 <= position <= 8.0:
            reach = min(reach, _STRAYED_WITHIN)
        if reach is not None and abs(d.position - position) < reach:
            position = d.position
        elif abs(d.position - position) < _AGREED:
            position = (position + d.position) / 2
    return Primitive(
        id="",
        kind="blob",
        box=box,
        x=(box[0] + box[2] - 1) / 2 / SPACE,
        position=position,
        memberships=told,
        octave_below=octave_figure(mask, box[3]) if label == "treble_clef" and mask.any() else 0.0,
        blob=blob_shape(
            mask if mask.size and mask.any() else np.ones((max(1, y1 - y0), max(1, x1 - x0)), np.bool_)
        ),
    )


def _inked(box: Box, ink: Mask) -> Box:
    """The box drawn in to the ink inside of it."""
    x0, y0, x1, y1 = (max(0, round(v)) for v in box)
    rows, columns = (np.flatnonzero(ink[y0:y1, x0:x1].any(axis=axis)) for axis in (1, 0))
    if not len(rows):
        return box
    return float(x0 + columns[0]), float(y0 + rows[0]), float(x0 + columns[-1] + 1), float(y0 + rows[-1] + 1)


def _trimmed(box: Box, ink: Mask) -> Box:
    """The box drawn in or out to the ink that has most of its area in it."""
    x0, y0, x1, y1 = _pixels(box, ink.shape)
    part = ink[y0:y1, x0:x1].astype(np.uint8)
    if not part.any():
        return box
    count, _, stats, _ = cv2.connectedComponentsWithStats(part, connectivity=8)
    if count < 2:
        return box
    n = 1 + int(np.argmax(stats[1:, cv2.CC_STAT_AREA]))
    x, y, w, h = (int(v) for v in stats[n, :4])
    wide, high = box[2] - box[0], box[3] - box[1]
    if not (0.5 * wide < w < 1.5 * wide and 0.5 * high < h < 1.5 * high):
        return box
    return float(x0 + x), float(y0 + y), float(x0 + x + w), float(y0 + y + h)
