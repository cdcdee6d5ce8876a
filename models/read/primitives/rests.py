"""Whole and half rests told by their place: one hangs below a staff line, the other sits on one; their forms are the same."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from models.read.primitives.primitive import Primitive

_EITHER = 0.5  # membership in the two together from which a piece of ink is one of them
_HANGS, _SITS = (
    (1.15, 1.85),
    (0.15, 0.85),
)  # half spaces from the line below to its middle, lines being two apart
_OTHER = 0.05  # membership left of what its place speaks against


def placed_rests(found: Sequence[Primitive]) -> list[Primitive]:
    """The primitives, whole rests and half rests named by their place where that is plain."""
    return [_placed(p) for p in found]


def _placed(p: Primitive) -> Primitive:
    whole, half = p.membership("whole_rest"), p.membership("half_rest")
    if p.kind != "blob" or whole + half < _EITHER:
        return p
    above = p.position % 2.0
    if _HANGS[0] < above < _HANGS[1]:
        label, other = "whole_rest", "half_rest"
    elif _SITS[0] < above < _SITS[1]:
        label, other = "half_rest", "whole_rest"
    else:
        return p
    sure = 1.0 - (1.0 - whole) * (1.0 - half)
    return replace(p, memberships={**p.memberships, label: sure, other: min(_OTHER, 1.0 - sure)})
