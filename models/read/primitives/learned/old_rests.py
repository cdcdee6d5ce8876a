"""Rests as hands of the 17th and 18th century wrote them, told by their form and their place in the staff.

A whole rest is a short upright block that hangs from a staff line, a half rest one that stands on a line: narrower than
high, where later hands write them wide. A quarter rest is a short stroke that rises to the top line and turns to the right.
The network has seen none of them.
"""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np

from models.arrays import Mask
from models.read.page.staves import LINE_ROWS, SPACE
from models.read.primitives.primitive import HEADS, RESTS, Primitive, position_at, share_within
from models.read.primitives.shapes import blob_shape

_WIDE, _HIGH = (0.25, 0.65), (0.55, 1.4)  # staff spaces of a block
_SLENDER = 1.2  # times as high as wide, at least
_FULL = 0.62  # share of its box that a block inks
_ON = -0.35, 0.12  # staff spaces from a line within which an end is on it,
_OFF = 0.3, 0.9  # and beyond it where the other one is free
_HOOK_WIDE, _HOOK_HIGH = (1.1, 2.0), (0.8, 1.5)  # staff spaces of a quarter rest
_HOOK_FULL = (0.25, 0.55)
_HOOK_ROWS = (LINE_ROWS[0] - SPACE // 2, LINE_ROWS[1] + SPACE // 2)  # of its upper end
_FOOT = 0.3  # share of its height that is its foot,
_FOOT_WIDE = 0.35  # and of its width that this is wide at most
_BLOCK_SURE, _HOOK_SURE = 0.85, 0.8
_CLEAR = 0.3  # staff spaces on either side of a block in which there is no other ink
_INSIDE = 0.6  # share of a primitive that lies in the box of the rest which it is then a piece of
_PARTLY = 0.3  # the same of another rest
_HEAD = 0.9  # certainty of a head from which it is one
_OTHERS = 0.95  # certainty from which a sign that is much larger is believed instead


def with_old_rests(found: Sequence[Primitive], ink: Mask) -> list[Primitive]:
    """The primitives with such rests in place of what else was seen there; ``ink`` is the strip's without staff lines."""
    top, bottom = LINE_ROWS[0] - round(1.5 * SPACE), LINE_ROWS[4] + SPACE
    count, labels, stats, _ = cv2.connectedComponentsWithStats(
        ink[top:bottom].astype(np.uint8), connectivity=8
    )
    rests = []
    for n in range(1, count):
        x, y, w, h, _ = (int(v) for v in stats[n])
        if y == 0 or y + h == bottom - top or not _HIGH[0] * SPACE <= h <= _HOOK_HIGH[1] * SPACE:
            continue
        mask = labels[y : y + h, x : x + w] == n
        box = (x, y + top, x + w, y + top + h)
        label = _block(box, mask) or _hook(box, mask)
        if label is not None and (w > _WIDE[1] * SPACE or _is_clear(box, ink)):
            rests.append(_rest(box, mask, label))
    rests = [r for r in rests if not any(_is_larger(p, r) or _is_head(p, r) for p in found)]
    return [p for p in found if not any(_is_told(p, r) for r in rests)] + rests


def _block(box: tuple[int, int, int, int], mask: Mask) -> str | None:
    height, width = mask.shape
    if not _WIDE[0] * SPACE <= width <= _WIDE[1] * SPACE or height < _SLENDER * width or mask.mean() < _FULL:
        return None
    upper = [(box[1] - line) / SPACE for line in LINE_ROWS]
    lower = [(line - box[3]) / SPACE for line in LINE_ROWS]
    hangs = [_ON[0] <= a <= _ON[1] for a in upper]
    stands = [_ON[0] <= b <= _ON[1] for b in lower]
    if any(h and s for h, s in zip(hangs, stands[1:], strict=False)):
        return "whole_rest"  # of two bars: it reaches from line to line
    if any(h and _OFF[0] <= -b <= _OFF[1] for h, b in zip(hangs, lower, strict=True)):
        return "whole_rest"
    if any(s and _OFF[0] <= -a <= _OFF[1] for s, a in zip(stands, upper, strict=True)):
        return "half_rest"
    return None


def _hook(box: tuple[int, int, int, int], mask: Mask) -> str | None:
    """A quarter rest where the stroke has its foot at the left, and an arm at the top that does not rise any more."""
    height, width = mask.shape
    if not _HOOK_WIDE[0] * SPACE <= width <= _HOOK_WIDE[1] * SPACE or height < _HOOK_HIGH[0] * SPACE:
        return None
    if not _HOOK_FULL[0] <= mask.mean() <= _HOOK_FULL[1] or not _HOOK_ROWS[0] <= box[1] <= _HOOK_ROWS[1]:
        return None
    foot = mask[round((1.0 - _FOOT) * height) :]
    if foot[:, round(_FOOT_WIDE * width) :].any() or not foot.any(axis=1).all():
        return None
    tops = np.where(mask.any(axis=0), mask.argmax(axis=0), height)
    early, late = tops[round(0.25 * width) : round(0.5 * width)], tops[round(0.75 * width) : -2]
    falls = late.size and float(late.min()) >= float(early.min())
    return "quarter_rest" if falls and float(tops.max()) < height else None


def _is_clear(box: tuple[int, int, int, int], ink: Mask) -> bool:
    x0, y0, x1, y1 = box
    clear = round(_CLEAR * SPACE)
    return not (ink[y0:y1, max(0, x0 - clear) : x0].any() or ink[y0:y1, x1 : x1 + clear].any())


def _is_larger(p: Primitive, rest: Primitive) -> bool:
    """Whether a sign that is plainly there holds the rest as a piece of it."""
    inside = share_within(rest.box, p.box) >= _INSIDE and share_within(p.box, rest.box) < _INSIDE
    return inside and p.kind == "blob" and p.certainty >= _OTHERS


def _is_head(p: Primitive, rest: Primitive) -> bool:
    """Whether the network is sure of a head there: a dab of the pen may be as slender as a rest."""
    return p.label in HEADS and p.certainty >= _HEAD and share_within(rest.box, p.box) >= _INSIDE


def _is_told(p: Primitive, rest: Primitive) -> bool:
    """Whether a primitive is a piece of the rest, or another name for it."""
    inside = share_within(p.box, rest.box)
    return inside >= _INSIDE or (p.label in RESTS and inside >= _PARTLY)


def _rest(box: tuple[int, int, int, int], mask: Mask, label: str) -> Primitive:
    x0, y0, x1, y1 = (float(v) for v in box)
    return Primitive(
        id="",
        kind="blob",
        box=(x0, y0, x1, y1),
        x=(x0 + x1 - 1) / 2 / SPACE,
        position=position_at((y0 + y1 - 1) / 2),
        memberships={label: _HOOK_SURE if label == "quarter_rest" else _BLOCK_SURE},
        blob=blob_shape(mask),
    )
