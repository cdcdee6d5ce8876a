"""Which of the primitives found on a strip are its own, in their order."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from models.read.page.staves.staff import Strip
from models.read.primitives.primitive import Primitive


def numbered(found: Iterable[Primitive], strip: Strip) -> list[Primitive]:
    """Those on the strip's open rows from left to right, with ids ``p0``, ``p1`` and on.

    `Primitive.shared` says that one lies beyond the strip's own rows, where a neighbouring staff may claim it too.
    """
    top, bottom = strip.open_rows
    first, last = strip.own_rows
    kept = [p for p in found if top <= _middle(p) <= bottom]
    kept.sort(key=lambda p: (p.box[0], p.box[1]))
    return [replace(p, id=f"p{n}", shared=not first <= _middle(p) <= last) for n, p in enumerate(kept)]


def _middle(primitive: Primitive) -> float:
    return (primitive.box[1] + primitive.box[3]) / 2
