"""The primitives of a bar as marks that its readings may be made of."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from models.arrays import Box
from models.read.meaning.evidence import ACCIDENTAL_NAMES, HEAD_NAMES, REST_NAMES, SeenMark
from models.read.primitives import Primitive

_TOLD = frozenset((*HEAD_NAMES, *ACCIDENTAL_NAMES, *REST_NAMES, "dot"))
_LEAST = 0.06  # memberships below say nothing


def marks_seen(primitives: Iterable[Primitive], box_of: Callable[[Box], Box]) -> tuple[SeenMark, ...]:
    """The marks among a bar's primitives that may be part of a note or a rest, from left to right.

    `box_of` gives the upload's box for one of the strip.
    """
    found = []
    for p in primitives:
        if p.kind not in ("blob", "hint") or p.shared:
            continue
        names = sorted(
            ((k, float(v)) for k, v in p.memberships.items() if k in _TOLD and v >= _LEAST),
            key=lambda n: -n[1],
        )
        if names:
            found.append(SeenMark(p.x, p.position, tuple(names), box_of(p.box)))
    return tuple(sorted(found, key=lambda m: m.x))
