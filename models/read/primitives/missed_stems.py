"""Stems that the network sees and the rules do not: faint or leaning, they leave no straight run of ink."""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np

from models.arrays import Mask
from models.read.page.staves import SPACE
from models.read.primitives.learned.detect import Detection
from models.read.primitives.learned.lines import line_primitive
from models.read.primitives.primitive import HEADS, Primitive
from models.read.primitives.shapes import line_shape
from models.read.primitives.strokes import Upright, followed

_SURE = 0.7  # probability from which the network is believed
_HEAD = 0.6  # membership of a head that a stem is wanted for
_BESIDE, _BEYOND = (
    0.35,
    0.6,
)  # staff spaces from a head's side to its stem, and from its middle to the stem's end
_LONG = 1.5  # staff spaces of a stem at least


def missed_stems(found: Sequence[Primitive], seen: Sequence[Detection], ink: Mask) -> list[Primitive]:
    """The stems among what the network sees of heads that have none in `found`; ``ink`` is (H, W) without staff lines."""
    strokes = [p for p in found if p.kind == "line" and max(map(p.membership, ("stem", "bar_line"))) >= 0.3]
    bare = [
        h
        for h in found
        if h.label in HEADS and h.certainty >= _HEAD and not any(_hangs(h, s.box) for s in strokes)
    ]
    mended = cv2.morphologyEx(ink.astype(np.uint8), cv2.MORPH_CLOSE, np.ones((5, 1), np.uint8))
    closed = np.asarray(mended, np.uint8)
    out = []
    for d in seen:
        tall = d.box[3] - d.box[1]
        if d.name != "stem" or d.certainty < _SURE or tall < _LONG * SPACE:
            continue
        if any(_hangs(h, d.box) for h in bare) and not any(_is_same(d, s) for s in strokes):
            x, wide = (d.box[0] + d.box[2]) / 2, d.box[2] - d.box[0]
            out.append(_stem(followed(closed, Upright(x, d.box[1], x, d.box[3] - 1, wide)), d.certainty))
    return out


def _hangs(head: Primitive, box: tuple[float, float, float, float]) -> bool:
    """Whether a stroke runs up or down from a head's side."""
    x, middle = (box[0] + box[2]) / 2, (head.box[1] + head.box[3]) / 2
    side = min(abs(x - head.box[0]), abs(x - head.box[2]))
    return side < _BESIDE * SPACE and box[1] - _BEYOND * SPACE < middle < box[3] + _BEYOND * SPACE


def _is_same(d: Detection, stroke: Primitive) -> bool:
    apart = abs((d.box[0] + d.box[2]) / 2 - (stroke.box[0] + stroke.box[2]) / 2)
    overlap = min(d.box[3], stroke.box[3]) - max(d.box[1], stroke.box[1])
    return apart < 0.5 * SPACE and overlap > 0.3 * (d.box[3] - d.box[1])


def _stem(s: Upright, certainty: float) -> Primitive:
    half = max(s.thickness / 2, 0.5)
    box = (min(s.x0, s.x1) - half, s.y0, max(s.x0, s.x1) + half + 1, s.y1 + 1)
    shape = line_shape(np.array([s.x0, s.x1]), np.array([s.y0, s.y1]), s.thickness)
    return line_primitive(box, {"stem": certainty}, shape)
