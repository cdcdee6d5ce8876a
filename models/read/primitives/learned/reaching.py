"""Strokes of a hand drawn on to what they belong to: a pen leaves gaps that print has not.

In handwriting a stem often ends a space short of its head, or beside it, and a beam before its stems. The network sees
each for what it is; here a stem is led to its head's side, as print would have it, and to the beams at its other end, so
that the productions of notes hold for both.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from models.read.page.staves import SPACE
from models.read.primitives.learned.detect import Box
from models.read.primitives.primitive import HEADS, LineShape, Primitive, position_at, row_at
from models.read.primitives.shapes import line_shape

_HEADS = frozenset((*HEADS, "grace_head"))
_LEAST = 0.3
_OUTSIDE, _INSIDE = 1.3, 1.1  # staff spaces from a head's side to its stem: away from the head, and over it
_GAP, _INTO = 2.8, 0.9  # staff spaces from a head's middle to the end of its stem: short of it, and beyond it
_NEAR = 0.4  # cost up to which a stem may have a head that another stem has already, as two voices share one
_ALONG = 0.5  # staff spaces from a stem to the side of a further head on it
_TOUCHING = 0.15  # staff spaces within which nothing need be moved
_SHORT = 1.1  # staff spaces from a stem's end to a beam, and from a beam's end to a stem, that a hand leaves
_SEEN_BEAM = 0.12
_BETWEEN_STEMS = (
    0.75  # probability that a stroke from one stem's end to another's is a beam, whatever else is seen
)


@dataclass(frozen=True)
class _Reach:
    """A way to lead a stem to a head, by its place in the list: how far it is off, and where the stem then is."""

    head: int
    cost: float
    x: float
    end: float
    up: bool


def reached(found: Sequence[Primitive]) -> list[Primitive]:
    """The primitives with stems led to heads and beams, and beams to stems; in the order given."""
    heads = [
        n for n, p in enumerate(found) if p.kind == "blob" and p.label in _HEADS and p.certainty >= _LEAST
    ]
    out = list(found)
    ways: dict[int, _Reach] = {}
    stems = [n for n, p in enumerate(found) if _is_stem(p)]
    options = [(way, n) for n in stems for head in heads for way in _ways(found[n], head, found[head])]
    taken: set[int] = set()
    for way, n in sorted(options, key=lambda o: o[0].cost):
        if n in ways or (way.head in taken and way.cost > _NEAR):
            continue
        ways[n] = way
        out[n] = _led(found[n], way)
        taken.add(way.head)
        taken |= {head for head in heads if _runs_along(out[n], found[head])}
    for n, p in enumerate(found):
        if p.kind == "line" and p.membership("beam") >= _SEEN_BEAM and p.line is not None:
            out[n] = _between(out[n], out, ways)
    return out


def _is_stem(p: Primitive) -> bool:
    return p.kind == "line" and p.label == "stem" and p.certainty >= _LEAST


def _ways(stem: Primitive, number: int, head: Primitive) -> list[_Reach]:
    x = (stem.box[0] + stem.box[2]) / 2
    middle = (head.box[1] + head.box[3]) / 2
    out = []
    for up, side, aside, gap in (
        (True, head.box[2], x - head.box[2], middle - stem.box[3]),
        (False, head.box[0], head.box[0] - x, stem.box[1] - middle),
    ):
        off, short = aside / SPACE, gap / SPACE
        if -_INSIDE < off < _OUTSIDE and -_INTO < short < _GAP:
            out.append(_Reach(number, abs(off) + 0.5 * max(0.0, short), side, middle, up))
    return out


def _runs_along(stem: Primitive, head: Primitive) -> bool:
    """Whether a head hangs on a stem that is led to another, as the tones of a chord do."""
    x, middle = (stem.box[0] + stem.box[2]) / 2, (head.box[1] + head.box[3]) / 2
    aside = min(abs(x - head.box[0]), abs(x - head.box[2]))
    return aside < _ALONG * SPACE and stem.box[1] <= middle <= stem.box[3]


def _led(stem: Primitive, way: _Reach) -> Primitive:
    x0, y0, x1, y1 = stem.box
    apart = abs((x0 + x1) / 2 - way.x)
    short = way.end - y1 if way.up else y0 - way.end
    if apart < _TOUCHING * SPACE and short < _TOUCHING * SPACE:
        return stem
    half = (x1 - x0) / 2 if apart < _TOUCHING * SPACE else min((x1 - x0) / 2, 0.1 * SPACE)
    box = (
        way.x - half,
        y0 if way.up else min(y0, way.end),
        way.x + half,
        max(y1, way.end) if way.up else y1,
    )
    return _upright(stem, box)


def _between(beam: Primitive, found: list[Primitive], ways: dict[int, _Reach]) -> Primitive:
    """The beam out to the stems at its ends; the stems in `found` are led to it."""
    line = beam.line
    if line is None:
        return beam
    x0, _, x1, _ = beam.box
    (_, left), (_, right) = line.ends
    top, bottom = (row_at(v) for v in (left, right))

    def height(x: float) -> float:
        return top + (bottom - top) * (x - x0) / max(1.0, x1 - x0)

    near, held, slack = [], [], _SHORT * SPACE
    for n, way in ways.items():
        stem, up = found[n], way.up
        x = (stem.box[0] + stem.box[2]) / 2
        if not x0 - slack < x < x1 + slack:
            continue
        y = height(x)
        end = stem.box[1] if up else stem.box[3]
        if abs(end - y) > slack:
            continue
        near.append(x)
        held.append(way.head)
        a, b = stem.box[1], stem.box[3]
        box = (stem.box[0], min(a, y), stem.box[2], b) if up else (stem.box[0], a, stem.box[2], max(b, y))
        if box != stem.box:
            found[n] = _upright(stem, box)
    if len(near) < 2:
        return beam
    for n in held:
        found[n] = _solid(found[n])
    first, last = min(x0, *near), max(x1, *near)
    ends = np.array([height(first), height(last)])
    thick = line.thickness * SPACE
    told = {**beam.memberships, "beam": 1.0 - (1.0 - beam.membership("beam")) * (1.0 - _BETWEEN_STEMS)}
    box = (first, min(beam.box[1], *ends), last, max(beam.box[3], *ends))
    shape = line_shape(np.array([first, last]), ends, thick)
    return replace(_moved(beam, box, shape), memberships=told)


def _solid(head: Primitive) -> Primitive:
    """The head as one under a beam is: a dab of the pen that stayed open is a solid head all the same."""
    told = dict(head.memberships)
    open_ones = max(told.pop("hollow_head", 0.0), told.pop("whole_head", 0.0))
    solid = max(told.get("solid_head", 0.0), open_ones)
    return replace(head, memberships={**told, "solid_head": solid}) if open_ones else head


def _upright(stem: Primitive, box: Box) -> Primitive:
    x = (box[0] + box[2]) / 2
    shape = line_shape(np.array([x, x]), np.array([box[1], box[3]]), max(1.0, box[2] - box[0]))
    return _moved(stem, box, shape)


def _moved(p: Primitive, box: Box, shape: LineShape) -> Primitive:
    """The stroke in another box; where its ink lies stays known."""
    return replace(p, box=box, x=_middle(box), position=_position(box), line=shape, inked=p.seen_at)


def _middle(box: Box) -> float:
    return (box[0] + box[2] - 1) / 2 / SPACE


def _position(box: Box) -> float:
    return position_at((box[1] + box[3] - 1) / 2)
