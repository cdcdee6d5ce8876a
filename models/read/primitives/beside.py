"""Signs beside the notes that the network sees, as hints: articulations, ornaments, pedal marks, arpeggios, tremolos."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from math import prod

import numpy as np

from models.arrays import Mask
from models.read.page.staves import SPACE
from models.read.primitives.learned.detect import Detection
from models.read.primitives.learned.extractor import sign_of
from models.read.primitives.primitive import TREMOLOS, Primitive

_LABELS = {
    "ornament": "ornament", "pedal": "pedal", "arpeggio": "arpeggio", "articulation": "articulation",
    "staccato_dot": "staccato",
}  # fmt: skip
_SEEN = 0.3  # probability from which a sign is told
_PIECE = 0.15  # and that of a piece of an arpeggio, which is as long as its chord and is seen piece by piece
_COLUMN, _GAP = 0.6, 1.2  # staff spaces between the middles of pieces of one arpeggio, and between their ends
_STEM = 0.85  # share of a tremolo's height from which a column is the stem's


def beside(seen: Sequence[Detection], ink: Mask) -> list[Primitive]:
    """The signs beside the notes among what the network sees, as primitives of the kind hint, with the labels of `BESIDE`.

    ``ink`` is that of the strip without staff lines, bool (H, W).
    """
    out = []
    for d in (*seen, *arpeggios(seen)):
        if d.certainty < _SEEN or (d.name == "arpeggio" and any(d is s for s in seen)):
            continue
        label = TREMOLOS[strokes_in(d, ink) - 1] if d.name == "tremolo" else _LABELS.get(d.name)
        if label is not None:
            out.append(replace(sign_of(d, ink), kind="hint", memberships={label: d.certainty}))
    return out


def arpeggios(seen: Sequence[Detection]) -> list[Detection]:
    """Arpeggios put together from their pieces, which stand one above the other."""
    groups: list[list[Detection]] = []
    pieces = [d for d in seen if d.name == "arpeggio" and d.certainty >= _PIECE]
    for d in sorted(pieces, key=lambda d: d.box[1]):
        group = next((g for g in groups if any(_goes_on(d, other) for other in g)), None)
        if group is None:
            groups.append([d])
        else:
            group.append(d)
    out = []
    for group in groups:
        lefts, tops, rights, lows = zip(*(d.box for d in group), strict=True)
        sure = 1.0 - prod(1.0 - d.certainty for d in group)
        out.append(Detection({"arpeggio": sure}, (min(lefts), min(tops), max(rights), max(lows))))
    return out


def _goes_on(one: Detection, two: Detection) -> bool:
    middles = (0.5 * (d.box[0] + d.box[2]) for d in (one, two))
    gap = max(one.box[1], two.box[1]) - min(one.box[3], two.box[3])
    return abs(next(middles) - next(middles)) < _COLUMN * SPACE and gap < _GAP * SPACE


def strokes_in(tremolo: Detection, ink: Mask) -> int:
    """How many strokes a tremolo's ink has, 1 to 4: as many as most of its columns, its stem left out."""
    x0, y0, x1, y1 = (max(0, round(v)) for v in tremolo.box)
    part = np.pad(ink[y0:y1, x0:x1], ((1, 1), (0, 0)))
    runs = (part[1:] & ~part[:-1]).sum(axis=0)
    full = part.sum(axis=0) > _STEM * max(1, y1 - y0)
    counts = runs[~full & (runs > 0)]
    return int(np.clip(np.median(counts), 1, len(TREMOLOS))) if len(counts) else 1
