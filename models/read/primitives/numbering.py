"""Which of the primitives found on a strip are its own, in their order."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from models.read.page.staves.staff import SPACE, Strip
from models.read.primitives.primitive import Primitive

_HEAD = 0.85  # staff spaces that a head is high at least


def numbered(found: Iterable[Primitive], strip: Strip) -> list[Primitive]:
    """Those on the strip's open rows from left to right, with ids ``p0``, ``p1`` and on.

    `Primitive.shared` says that one lies beyond the strip's own rows, where a neighbouring staff may claim it too. What the strip's
    edge cuts off, so that less of it is there than of a head, is nothing: half of a neighbour's grace note looks like a dot.
    """
    top, bottom = strip.open_rows
    first, last = strip.own_rows
    height = strip.ink.shape[0]
    kept = [p for p in found if top <= _middle(p) <= bottom and not _is_cut(p, height)]
    kept.sort(key=lambda p: (p.box[0], p.box[1]))
    return [replace(p, id=f"p{n}", shared=not first <= _middle(p) <= last) for n, p in enumerate(kept)]


def _is_cut(primitive: Primitive, height: int) -> bool:
    upper, lower = primitive.box[1], primitive.box[3]
    return primitive.kind == "blob" and lower - upper < _HEAD * SPACE and (upper <= 0 or lower >= height)


def _middle(primitive: Primitive) -> float:
    return (primitive.box[1] + primitive.box[3]) / 2
