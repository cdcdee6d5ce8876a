"""Noteheads that a hand filled by half, told by how the hand fills others of the page.

By its form alone a small loop with a dab of ink in it is a half note's as well as a quarter note's. A hand keeps to its
ways: what it draws under beams is solid, and its half notes are emptier or larger than that.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from models.arrays import Mask
from models.read.page.staves import SPACE, Strip
from models.read.primitives.primitive import Primitive
from models.read.primitives.regions import symbol_ink

_INNER = 0.6  # of a head's box, whose ink tells how it is filled
_LARGE = 0.5  # of its fill, for each staff space that a head is wider than one: half notes are drawn larger
_SURE, _OTHER = (
    0.8,
    0.3,
)  # membership in solid heads, and at most in hollow ones, of heads that show how the hand fills them
_LEAST = 6  # of these
_APART = 0.25  # of fill between solid heads and hollow ones, at least
_STEM = 0.4  # certainty of a stem, and
_BESIDE = 0.4  # staff spaces between it and a head's side
_ROUNDS = 10


def filled_as_others(
    by_staff: Sequence[Sequence[Primitive]], strips: Sequence[Strip]
) -> list[list[Primitive]]:
    """The primitives of a page's staves, with heads on stems solid that are filled like those that surely are.

    `strips` are the staves'. A page with few heads that are surely solid stays as it is, and so does what hangs on no stem.
    """
    fills: dict[int, float] = {}
    sure, open_ones = [], []
    for own, strip in zip(by_staff, strips, strict=True):
        ink = symbol_ink(strip)
        stems = [p for p in own if p.kind == "line" and p.label == "stem" and p.certainty >= _STEM]
        for p in own:
            if p.kind != "blob" or max(p.membership("solid_head"), p.membership("hollow_head")) < _OTHER:
                continue
            if not any(_hangs(p, stem) for stem in stems):
                continue
            fills[id(p)] = _fill(p, ink)
            if p.membership("solid_head") >= _SURE and p.membership("hollow_head") < _OTHER:
                sure.append(fills[id(p)])
            elif p.label == "hollow_head":
                open_ones.append(fills[id(p)])
    limit = _between(sure, open_ones)
    if limit is None:
        return [list(own) for own in by_staff]
    return [
        [_solid(p) if p.label == "hollow_head" and fills.get(id(p), limit) > limit else p for p in own]
        for own in by_staff
    ]


def _between(sure: Sequence[float], open_ones: Sequence[float]) -> float | None:
    """The fill half way between solid heads and hollow ones: two clusters; None where they do not part."""
    if len(sure) < _LEAST or not open_ones:
        return None
    values = np.array([*sure, *open_ones])
    low, high = float(np.quantile(open_ones, 0.1)), float(np.median(sure))
    for _ in range(_ROUNDS):
        upper = values > 0.5 * (low + high)
        if upper.all() or not upper.any():
            return None
        low, high = float(values[~upper].mean()), float(values[upper].mean())
    return 0.5 * (low + high) if high - low >= _APART else None


def _fill(head: Primitive, ink: Mask) -> float:
    """The share of a head's inside that is inked, less for a large one."""
    x0, y0, x1, y1 = head.box
    rows, columns = np.mgrid[max(0, int(y0)) : int(y1) + 1, max(0, int(x0)) : min(ink.shape[1], int(x1) + 1)]
    across = (columns - 0.5 * (x0 + x1 - 1)) / max(1.0, 0.5 * (x1 - x0))
    down = (rows - 0.5 * (y0 + y1 - 1)) / max(1.0, 0.5 * (y1 - y0))
    inside = across**2 + down**2 <= _INNER**2
    part = ink[rows, columns]
    share = float(part[inside].mean()) if inside.any() else 1.0
    return share - _LARGE * ((x1 - x0) / SPACE - 1.0)


def _hangs(head: Primitive, stem: Primitive) -> bool:
    x, middle = (stem.box[0] + stem.box[2]) / 2, (head.box[1] + head.box[3]) / 2
    aside = min(abs(x - head.box[0]), abs(x - head.box[2]))
    return aside < _BESIDE * SPACE and stem.box[1] - SPACE / 2 < middle < stem.box[3] + SPACE / 2


def _solid(head: Primitive) -> Primitive:
    told = dict(head.memberships)
    hollow, solid = told.pop("hollow_head", 0.0), told.pop("solid_head", 0.0)
    return replace(
        head, memberships={**told, "solid_head": max(hollow, solid), "hollow_head": min(hollow, solid)}
    )
