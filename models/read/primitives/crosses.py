"""Noteheads that are crosses: an x at the end of a stem is a head, whatever double sharp it is like."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from models.read.page.staves import SPACE
from models.read.primitives.primitive import HEADS, Primitive

_CROSS = 0.25  # membership in double sharps that a cross has, however thin its strokes
_STEM = 0.5  # membership in stems
_SIZE = (0.7, 1.6)  # staff spaces of a cross, either way
_HEAD = 0.8  # membership in solid heads of a cross at the end of a stem, at least
_AT_SIDE = 0.4  # staff spaces between the stem and the side of a head on which it runs
_AT_END = 0.9  # staff spaces between the end of the stem and the head's middle
_OVERLAP = 0.75  # staff spaces within which another head is a piece of the cross
_BEFORE = 2.2  # staff spaces in front of a head within which a double sharp is its own
_LEVEL = 0.8  # half spaces between that head and its sign


def crossed_heads(found: Sequence[Primitive]) -> list[Primitive]:
    """The primitives, crosses at the ends of stems labelled as solid heads; what looked like a head in one is left out.

    A cross right before a head at its height is a double sharp and stays one.
    """
    crosses = [p for p in found if p.membership("double_sharp") >= _CROSS and _is_sized(p)]
    heads = [p for p in crosses if _hangs(p, found) and not _precedes_head(p, found, crosses)]
    if not heads:
        return list(found)
    out = []
    for p in found:
        if any(p is h for h in heads):
            out.append(replace(p, memberships={"solid_head": max(_HEAD, p.membership("double_sharp"))}))
        elif not (p.label in HEADS and any(_within(p, h) for h in heads)):
            out.append(p)
    return out


def _is_sized(p: Primitive) -> bool:
    x0, y0, x1, y1 = p.box
    return all(_SIZE[0] <= side / SPACE <= _SIZE[1] for side in (x1 - x0, y1 - y0))


def _hangs(cross: Primitive, found: Sequence[Primitive]) -> bool:
    """Whether a stem runs up from the right side of a cross or down from its left."""
    for stem in found:
        if stem.line is None or stem.membership("stem") < _STEM:
            continue
        (_, one), (_, other) = stem.line.ends
        low, high = sorted((one / 2, other / 2))
        middle, half = cross.position / 2, (cross.box[2] - cross.box[0]) / 2 / SPACE
        up = abs(stem.x - cross.x - half) <= _AT_SIDE and abs(low - middle) <= _AT_END
        down = abs(stem.x - cross.x + half) <= _AT_SIDE and abs(high - middle) <= _AT_END
        if up or down:
            return True
    return False


def _precedes_head(cross: Primitive, found: Sequence[Primitive], crosses: Sequence[Primitive]) -> bool:
    return any(
        p.label in HEADS
        and 0 < p.x - cross.x < _BEFORE
        and abs(p.position - cross.position) < _LEVEL
        and not any(_within(p, c) for c in crosses)
        for p in found
    )


def _within(head: Primitive, cross: Primitive) -> bool:
    return abs(head.x - cross.x) < _OVERLAP and abs(head.position - cross.position) < 2 * _OVERLAP
