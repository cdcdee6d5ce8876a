"""Measures of places: a place is a node, a pair (x, y) or a box (x0, y0, x1, y1). None in, None out.

A node's own attributes `centre`, `top`, `bot`, `left`, `right`, `length` and `slope` come before its box: a slanted line
knows its ends, which a box does not show.
"""

from __future__ import annotations

import math
from typing import Any

from models.arrays import Box
from models.read.grammar.graph import Node, Point

READS = frozenset({"centre", "top", "bot", "left", "right", "length", "slope"})


def box_of(place: Any) -> Box | None:
    """The box of a place; of a point, an empty one; None where there is none."""
    if isinstance(place, Node):
        return place.box
    if isinstance(place, tuple) and all(isinstance(v, (int, float)) for v in place):
        if len(place) == 2:
            x, y = place
            return (x, y, x, y)
        if len(place) == 4:
            return place
    return None


def _own(place: Any, name: str) -> Point | None:
    if isinstance(place, Node):
        value = place.attributes.get(name)
        if isinstance(value, (tuple, list)) and len(value) == 2:
            return Point(value[0], value[1])
    return None


def centre(place: Any) -> Point | None:
    """The middle of a place."""
    if own := _own(place, "centre"):
        return own
    box = box_of(place)
    return None if box is None else Point((box[0] + box[2]) / 2, (box[1] + box[3]) / 2)


def top(place: Any) -> Point | None:
    """The upper end of a line, the middle of a box's upper side."""
    if own := _own(place, "top"):
        return own
    box = box_of(place)
    return None if box is None else Point((box[0] + box[2]) / 2, box[1])


def bot(place: Any) -> Point | None:
    """The lower end of a line, the middle of a box's lower side."""
    if own := _own(place, "bot"):
        return own
    box = box_of(place)
    return None if box is None else Point((box[0] + box[2]) / 2, box[3])


def left(place: Any) -> Point | None:
    """The left end of a line, the middle of a box's left side."""
    if own := _own(place, "left"):
        return own
    box = box_of(place)
    return None if box is None else Point(box[0], (box[1] + box[3]) / 2)


def right(place: Any) -> Point | None:
    """The right end of a line, the middle of a box's right side."""
    if own := _own(place, "right"):
        return own
    box = box_of(place)
    return None if box is None else Point(box[2], (box[1] + box[3]) / 2)


def _ends(place: Any) -> tuple[Point, Point] | None:
    for one, other in (("top", "bot"), ("left", "right")):
        first, second = _own(place, one), _own(place, other)
        if first and second:
            return first, second
    return None


def midpoint(place: Any) -> Point | None:
    """The point halfway between a line's ends, or the middle of a box."""
    if ends := _ends(place):
        (x0, y0), (x1, y1) = ends
        return Point((x0 + x1) / 2, (y0 + y1) / 2)
    return centre(place)


def length(place: Any) -> float | None:
    """From end to end of a line; of a box, its longer side."""
    if isinstance(place, Node) and isinstance(own := place.attributes.get("length"), (int, float)):
        return own
    if ends := _ends(place):
        return math.dist(*ends)
    box = box_of(place)
    return None if box is None else max(box[2] - box[0], box[3] - box[1])


def slope(place: Any) -> float | None:
    """Steps down for a step to the right; infinite for an upright line. Needs the ends of a line."""
    if isinstance(place, Node) and isinstance(own := place.attributes.get("slope"), (int, float)):
        return own
    ends = _ends(place)
    if ends is None:
        return None
    (x0, y0), (x1, y1) = sorted(ends)
    return (y1 - y0) / (x1 - x0) if x1 != x0 else math.inf


def angle(place: Any) -> float | None:
    """Degrees between a line and the horizontal, 0 to 90."""
    tilt = slope(place)
    return None if tilt is None else math.degrees(math.atan(abs(tilt)))


def width(place: Any) -> float | None:
    """From left to right."""
    box = box_of(place)
    return None if box is None else box[2] - box[0]


def height(place: Any) -> float | None:
    """From top to bottom."""
    box = box_of(place)
    return None if box is None else box[3] - box[1]


def distance(one: Any, other: Any) -> float | None:
    """Between the middles of two places, or between two numbers."""
    if isinstance(one, (int, float)) and isinstance(other, (int, float)):
        return abs(one - other)
    a, b = centre(one), centre(other)
    return None if a is None or b is None else math.dist(a, b)


def dx(one: Any, other: Any) -> float | None:
    """How far the middle of `other` lies to the right of that of `one`."""
    a, b = centre(one), centre(other)
    return None if a is None or b is None else b[0] - a[0]


def dy(one: Any, other: Any) -> float | None:
    """How far the middle of `other` lies below that of `one`."""
    a, b = centre(one), centre(other)
    return None if a is None or b is None else b[1] - a[1]


def gap_x(one: Any, other: Any) -> float | None:
    """White between two boxes from left to right; 0 where they overlap."""
    a, b = box_of(one), box_of(other)
    return None if a is None or b is None else max(0.0, a[0] - b[2], b[0] - a[2])


def gap_y(one: Any, other: Any) -> float | None:
    """White between two boxes from top to bottom; 0 where they overlap."""
    a, b = box_of(one), box_of(other)
    return None if a is None or b is None else max(0.0, a[1] - b[3], b[1] - a[3])


def gap(one: Any, other: Any) -> float | None:
    """The shortest way between two boxes; 0 where they touch."""
    across, down = gap_x(one, other), gap_y(one, other)
    return None if across is None or down is None else math.hypot(across, down)


def overlap_x(one: Any, other: Any) -> float | None:
    """How much of the narrower box lies above, below or on the other, 0 to 1."""
    a, b = box_of(one), box_of(other)
    return None if a is None or b is None else _shared(a[0], a[2], b[0], b[2])


def overlap_y(one: Any, other: Any) -> float | None:
    """How much of the lower box lies beside or on the other, 0 to 1."""
    a, b = box_of(one), box_of(other)
    return None if a is None or b is None else _shared(a[1], a[3], b[1], b[3])


def _shared(a0: float, a1: float, b0: float, b1: float) -> float:
    both = min(a1, b1) - max(a0, b0)
    shorter = min(a1 - a0, b1 - b0)
    if shorter <= 0:
        return 1.0 if both >= 0 else 0.0
    return max(0.0, both) / shorter


def union(boxes: list[Box]) -> Box | None:
    """The smallest box around all."""
    if not boxes:
        return None
    if len(boxes) == 1:
        return boxes[0]
    return (
        min(b[0] for b in boxes),
        min(b[1] for b in boxes),
        max(b[2] for b in boxes),
        max(b[3] for b in boxes),
    )
