"""Arcs that staff-line removal cut where they run along a line, joined again into one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from models.read.page.staves import LINE_ROWS, SPACE
from models.read.primitives.primitive import LineShape, Primitive, position_at, row_at
from models.read.primitives.shapes import line_shape

_GAP = 1.1  # staff spaces between two pieces of one arc
_STEP = 0.35  # staff spaces up or down from one to the next
_ON_LINE = 0.4  # staff spaces from a line's place at which its removal may have cut an arc
_ARC = 0.4  # membership in slurs that each piece must have


def joined_arcs(found: Sequence[Primitive]) -> list[Primitive]:
    """The primitives, pieces of one arc replaced by one curve from the left end of the first to the right end of the last.

    Pieces are joined where they meet end to end on a staff line and bend the same way.
    """
    arcs = sorted((p for p in found if _is_arc(p)), key=lambda p: p.box[0])
    others = [p for p in found if not _is_arc(p)]
    out: list[Primitive] = []
    for arc in arcs:
        before = next((p for p in reversed(out) if _meet(p, arc)), None)
        if before is None:
            out.append(arc)
        else:
            out[out.index(before)] = _joined(before, arc)
    return [*others, *out]


def _is_arc(p: Primitive) -> bool:
    return p.kind == "curve" and p.line is not None and p.membership("slur") >= _ARC


def _ends(shape: LineShape) -> tuple[tuple[float, float], tuple[float, float]]:
    """The ends in pixels of the strip, the left one first."""
    (x0, place0), (x1, place1) = shape.ends
    return (x0 * SPACE, row_at(place0)), (x1 * SPACE, row_at(place1))


def _meet(a: Primitive, b: Primitive) -> bool:
    if a.line is None or b.line is None:
        return False
    (_, _), (x0, y0) = _ends(a.line)
    (x1, y1), _ = _ends(b.line)
    on_line = min(abs((y0 + y1) / 2 - row) for row in LINE_ROWS) <= _ON_LINE * SPACE
    near = -0.2 * SPACE <= x1 - x0 <= _GAP * SPACE and abs(y1 - y0) <= _STEP * SPACE
    if not (on_line and near):
        return False
    bend = _joined(a, b).line
    whole = bend.curvature if bend else 0.0
    # the whole bends at least as much as its pieces, and not the other way
    bends = [p.line.curvature for p in (a, b) if p.line is not None]
    return all(one * whole > -0.01 for one in bends) and abs(whole) > max(
        0.05, *(0.95 * abs(one) for one in bends)
    )


def _joined(a: Primitive, b: Primitive) -> Primitive:
    if a.line is None or b.line is None:
        return a
    points = [*_ends(a.line), *_ends(b.line)]
    xs, ys = (np.array(values, np.float64) for values in zip(*points, strict=True))
    order = np.argsort(xs, kind="stable")
    box = (
        min(a.box[0], b.box[0]),
        min(a.box[1], b.box[1]),
        max(a.box[2], b.box[2]),
        max(a.box[3], b.box[3]),
    )
    slur = max(a.membership("slur"), b.membership("slur"))
    return replace(
        a,
        box=box,
        x=(box[0] + box[2]) / 2 / SPACE,
        position=position_at((box[1] + box[3] - 1) / 2),
        memberships={"slur": slur},
        line=line_shape(xs[order], ys[order], a.line.thickness * SPACE),
        blob=None,
    )
