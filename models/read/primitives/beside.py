"""Signs beside the notes that the network or their form tells, as hints: articulations, ornaments, pedal marks, arpeggios, tremolos."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from math import prod

import numpy as np

from models.arrays import Mask
from models.read.page.staves import SPACE
from models.read.primitives.learned.detect import Detection
from models.read.primitives.learned.extractor import sign_of
from models.read.primitives.primitive import (
    ACCIDENTALS,
    HEADS,
    TREMOLOS,
    Primitive,
    position_at,
    share_within,
)

_LABELS = {
    "ornament": "ornament", "pedal": "pedal", "arpeggio": "arpeggio", "articulation": "articulation",
    "staccato_dot": "staccato",
}  # fmt: skip
_SEEN = 0.3  # probability from which a sign is told
_PIECE = 0.15  # and that of a piece of an arpeggio, which is as long as its chord and is seen piece by piece
_COLUMN, _GAP = 0.6, 1.2  # staff spaces between the middles of pieces of one arpeggio, and between their ends
_IS_STEM, _BY_FORM = 0.5, 0.8
_OUT, _BEYOND = 0.4, 1.3  # staff spaces from a stem at which a tremolo's stroke is and is no more
_THICK = (0.25, 0.7)  # staff spaces of its thickness
_RISE = 0.9  # staff spaces by which it rises from one to the other, at most
_CLEAR = 1.0  # staff spaces from a head, at least
_INSIDE, _MAY_BE = 0.3, 0.2  # share of a stroke in the box of what may be an accidental
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


def strokes_across(found: Sequence[Primitive], ink: Mask) -> list[Primitive]:
    """Tremolos by their form, as hints: short thick strokes that cross one stem and reach out on both sides.

    Beams reach further, flags and hooks to one side, ledger lines are thin. ``ink`` as for `beside`.
    """
    out = []
    heads = [h for h in found if h.label in HEADS and not h.shared]
    signs = [a for a in found if any(a.membership(name) > _MAY_BE for name in ACCIDENTALS)]
    for p in found:
        own = [h for h in heads if _hangs(h, p)]
        if p.line is None or p.membership("stem") < _IS_STEM or not own:
            continue
        x = round(0.5 * (p.box[0] + p.box[2]))
        near, far = round(_OUT * SPACE), round(_BEYOND * SPACE)
        if x - far < 0 or x + far >= ink.shape[1]:
            continue
        top, low = max(0, round(p.box[1])), round(p.box[3])
        left, right = (_runs(ink[top:low, at]) for at in (x - near, x + near))
        strokes = [
            (a, b)
            for a in left
            for b in right
            if 0 <= 0.5 * (sum(a) - sum(b)) + 2 < _RISE * SPACE and _free(ink, x, far, top, a, b)
        ]
        if 0 < len(strokes) <= len(TREMOLOS):
            rows = [top + r for pair in strokes for run in pair for r in run]
            box = (float(x - near), float(min(rows)), float(x + near), float(max(rows)))
            middle = 0.5 * (box[1] + box[3])
            near_head = any(abs(0.5 * (h.box[1] + h.box[3]) - middle) < _CLEAR * SPACE for h in own)
            # the strokes of a sharp cross its own uprights
            if near_head or any(share_within(box, a.box) > _INSIDE for a in signs):
                continue
            label = TREMOLOS[len(strokes) - 1]
            out.append(Primitive("", "hint", box, x / SPACE, position_at(middle), {label: _BY_FORM}))
    return out


def _hangs(head: Primitive, stem: Primitive) -> bool:
    """Whether a head may hang on a stem: stems of the neighbouring staff have theirs there."""
    x = 0.5 * (stem.box[0] + stem.box[2])
    level = stem.box[1] - SPACE / 2 < 0.5 * (head.box[1] + head.box[3]) < stem.box[3] + SPACE / 2
    return level and head.box[0] - 0.2 * SPACE < x < head.box[2] + 0.2 * SPACE


def _runs(column: Mask) -> list[tuple[int, int]]:
    """From and to of the inked rows of a column that are as thick as a tremolo's stroke."""
    edges = np.flatnonzero(np.diff(np.pad(column.astype(np.int8), 1)))
    runs = zip(edges[::2].tolist(), edges[1::2].tolist(), strict=True)
    return [(a, b) for a, b in runs if _THICK[0] * SPACE <= b - a <= _THICK[1] * SPACE]


def _free(ink: Mask, x: int, far: int, top: int, left: tuple[int, int], right: tuple[int, int]) -> bool:
    """Whether nothing goes on beyond a stroke's ends, as a beam would."""
    ends = ((x - far, left), (x + far, right))
    return not any(ink[max(0, top + a - 3) : top + b + 3, at].any() for at, (a, b) in ends)


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
