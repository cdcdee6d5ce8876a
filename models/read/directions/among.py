"""Signs among the notes and close to them that the network sees, as marks: articulations, ornaments, arpeggios, tremolos.

The network tells kinds; which articulation or ornament it is, the form of the ink tells.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

import cv2
import numpy as np

from models.arrays import Box, Mask
from models.notation.words import Placement
from models.read.directions.forms import CODES, Form, forms, likest
from models.read.meaning.marks import Mark, MarkKind
from models.read.page.staves import LINE_ROWS, SPACE, Staff
from models.read.primitives import Primitive
from models.read.primitives.primitive import TREMOLOS
from models.read.primitives.regions import symbol_ink

KINDS = {
    "articulation": ("accent", "strong-accent", "tenuto", "staccatissimo"),
    "ornament": ("trill-mark", "inverted-mordent", "mordent", "turn", "inverted-turn"),
}
"""The signs for which the network has one class."""

_SURE = {"arpeggio": 0.3, "staccato": 0.5}  # probability from which the network is believed alone
_USUAL = 0.45
_TALL = 0.9  # staff spaces of an arpeggio, at least
_ALIKE = 0.4  # overlap over union of ink and a form, at least
_WIDER = 3  # pixels around a box in which its ink is looked for
_FLAT = 0.35  # height of a tenuto's ink by its width, at most


def among_notes(staff: Staff, hints: Sequence[Primitive]) -> list[Mark]:
    """The marks of a staff's hints, from left to right."""
    found = []
    ink = symbol_ink(staff.strip) if any(p.label in KINDS for p in hints) else None
    for p in sorted(hints, key=lambda p: p.x):
        kind: MarkKind = "articulation"
        text: str | None = None
        if p.certainty < _SURE.get(p.label, _USUAL) or (p.shared and p.label != "arpeggio"):
            continue
        if p.label == "arpeggio" and p.box[3] - p.box[1] >= _TALL * SPACE:
            text = "arpeggiate"
        elif p.label == "staccato":
            text = "staccato"
        elif p.label in TREMOLOS:
            kind, text = "tremolo", str(1 + TREMOLOS.index(p.label))
        elif p.label in KINDS and ink is not None:
            text = form_in(ink, p.box, p.label)
        if text:
            found.append(_mark(staff, p, kind, text))
    return found


def _mark(staff: Staff, p: Primitive, kind: MarkKind, text: str) -> Mark:
    x0, y0, x1, y1 = p.box
    placement: Placement = "above" if 0.5 * (y0 + y1) < LINE_ROWS[2] else "below"
    left, top, right, low = staff.upload_box(p.box)
    box = float(left), float(top), float(right), float(low)
    return Mark(kind, x0 / SPACE, x1 / SPACE, text, placement, certainty=p.certainty, box=box)


def form_in(ink: Mask, box: Box, label: str) -> str | None:
    """Which of the signs of a label the ink in a box of the strip is likest; None for none. ``ink`` has no staff lines."""
    x0, y0, x1, y1 = (round(v) for v in box)
    x0, y0 = max(0, x0 - _WIDER), max(0, y0 - _WIDER)
    part = ink[y0 : y1 + _WIDER, x0 : x1 + _WIDER].astype(np.uint8)
    count, labels, stats, _ = cv2.connectedComponentsWithStats(part, connectivity=8)
    if count < 2:
        return None
    n = 1 + int(np.argmax(stats[1:, cv2.CC_STAT_AREA]))
    x, y, w, h = (int(v) for v in stats[n, :4])
    if label == "articulation" and h < _FLAT * w:
        return "tenuto"
    whole = label == "ornament"  # a trill's letters may stand apart
    mask = part > 0 if whole else labels[y : y + h, x : x + w] == n
    if whole:
        rows, columns = np.flatnonzero(mask.any(axis=1)), np.flatnonzero(mask.any(axis=0))
        mask = mask[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
    found = likest(mask, mask.shape[0] / SPACE, _forms(label))
    return found[0] if found is not None and found[1] >= _ALIKE else None


@lru_cache(maxsize=4)
def _forms(label: str) -> tuple[Form, ...]:
    return forms({name: CODES[name] for name in KINDS[label]})
