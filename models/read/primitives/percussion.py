"""The percussion clef: two thick upright strokes side by side, from the second line to the fourth."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import numpy as np

from models.read.page.staves import LINE_ROWS, SPACE, Staff
from models.read.primitives.numbering import numbered
from models.read.primitives.primitive import CLEFS, PERCUSSION_CLEF, Primitive, position_at
from models.read.primitives.regions import Region

_WIDE, _HIGH = (0.2, 0.8), (1.5, 2.6)  # staff spaces of a stroke
_FILLED = 0.75  # share of its box that is ink
_CENTRED = 0.4  # staff spaces between its middle and the middle line
_GAP = (0.1, 1.0)  # staff spaces between the two
_SEEN, _SURE = 0.5, 0.9  # membership of a clef that was seen, and of one that the staff itself tells
_PLACE = (3.1, 4.1)  # staff spaces of the strip where that stands: its staff begins at 3
_REACH = 9.0  # staff spaces from the strip's left end within which a clef stands


def percussion_clef(found: Sequence[Region]) -> tuple[Region, Region] | None:
    """The two strokes of a percussion clef at the start of a staff; None where there is none."""
    strokes = sorted((r for r in found if _is_stroke(r)), key=lambda r: r.box[0])
    for left, right in pairwise(strokes):
        gap = (right.box[0] - left.box[2]) / SPACE
        alike = abs(left.width - right.width) < 0.2 and abs(left.height - right.height) < 0.3
        if _GAP[0] <= gap <= _GAP[1] and alike:
            return left, right
    return None


def both_strokes(left: Region, right: Region) -> Region:
    """The two strokes as one region."""
    box = (left.box[0], min(left.box[1], right.box[1]), right.box[2], max(left.box[3], right.box[3]))
    mask = np.zeros((box[3] - box[1], box[2] - box[0]), np.bool_)
    for stroke in (left, right):
        x0, y0, x1, y1 = stroke.box
        mask[y0 - box[1] : y1 - box[1], x0 - box[0] : x1 - box[0]] |= stroke.mask
    return Region(box, mask)


def with_percussion_clef(found: Sequence[Primitive], staff: Staff) -> list[Primitive]:
    """The primitives of a staff; one of a single line names no pitches and has a percussion clef, be it seen or not."""
    if not staff.single or any(p.membership(PERCUSSION_CLEF) >= _SEEN for p in found):
        return list(found)
    box = (_PLACE[0] * SPACE, LINE_ROWS[1] + 0.0, _PLACE[1] * SPACE, LINE_ROWS[3] + 0.0)
    clef = Primitive("", "blob", box, sum(_PLACE) / 2, position_at(LINE_ROWS[2]), {PERCUSSION_CLEF: _SURE})
    others = [p for p in found if not (p.label in CLEFS and p.x < _REACH)]
    return numbered([clef, *others], staff.strip)


def _is_stroke(region: Region) -> bool:
    middle = (region.box[1] + region.box[3] - 1) / 2
    return (
        region.box[2] < _REACH * SPACE
        and _WIDE[0] <= region.width <= _WIDE[1]
        and _HIGH[0] <= region.height <= _HIGH[1]
        and region.width < 0.5 * region.height
        and abs(middle - LINE_ROWS[2]) <= _CENTRED * SPACE
        and float(region.mask.mean()) >= _FILLED
    )
