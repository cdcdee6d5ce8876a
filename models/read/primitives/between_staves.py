"""Beams between two staves of a system, whose stems lead to heads on either: each staff is given the strokes that it sees in part.

A strip shows a staff and little beyond, so that a beam that hangs near one staff is far out of the other's sight, and the
stems that lead to it break off there. Strokes are compared and followed on the page, and given back in each strip's pixels.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from models.read.page.staves import LINE_ROWS, SPACE, TOP_LINE, Staff, System
from models.read.primitives.primitive import HEADS, LineShape, Primitive, position_at, row_at

CROSSING = "@"
"""What the id of a beam between staves holds, the same on both."""

_BEAM, _STEM, _HEAD = 0.5, 0.5, 0.3  # memberships from which a stroke, or a blob, is taken for such a one
_BESIDE, _ALONG = 0.45, 0.8  # staff spaces from a stem to the side of its head, and to the head beyond its end
_LONG = 1.8  # staff spaces that a stem reaches beyond its heads, at least
_SAME, _OVERLAP = 0.35, 0.6  # staff spaces between, and the share of the shorter, where two beams are one
_OVER_END = 0.45  # staff spaces by which a stem may stand beyond the end of its beam
_TOUCHES = 0.3  # staff spaces by which a stem may end short of the middle of its beam
_CLEAR = 1.0  # staff spaces between a head and its beam
_HOLE = 0.25  # staff spaces of white over which a stem is followed
_FARTHEST = 24.0  # staff spaces that a stem may be long
_DRAWN_IN, _NOT_SHORT = 0.3, 2.0  # staff spaces taken off the ends of a beam, unless it is short
_ONE = 0.3  # staff spaces between two stems that are one


@dataclass
class Crossing:
    """What a staff takes over: strokes in another form by their ids (None: no stroke of this staff), and beams of its neighbour."""

    instead: dict[str, Primitive | None] = field(default_factory=dict)
    more: list[Primitive] = field(default_factory=list)

    def applied(
        self, primitives: Sequence[Primitive], bar: tuple[float, float]
    ) -> tuple[Primitive, ...]:
        """The primitives of a bar, from and to in staff spaces, with what the staff takes over."""
        own = [found for p in primitives if (found := self.instead.get(p.id, p)) is not None]
        return tuple(own + [p for p in self.more if bar[0] <= p.x < bar[1]])


@dataclass(frozen=True)
class _Beam:
    """A beam on the page: its ends."""

    primitive: Primitive
    x0: float
    y0: float
    x1: float
    y1: float

    def at(self, x: float) -> float:
        share = (x - self.x0) / max(1.0, self.x1 - self.x0)
        return self.y0 + share * (self.y1 - self.y0)


@dataclass(frozen=True)
class _Stem:
    """A stem on the page: where its last head is, and how far its ink leads from there toward the other staff."""

    primitive: Primitive
    x: float
    head: float
    tip: float

    def meets(self, beam: _Beam, space: float) -> bool:
        if not beam.x0 - _OVER_END * space < self.x < beam.x1 + _OVER_END * space:
            return False
        y, down = beam.at(self.x), 1.0 if self.tip > self.head else -1.0
        return down * (y - self.head) > _CLEAR * space and down * (self.tip - y) > -_TOUCHES * space


def crossings(system: System, by_staff: Sequence[Sequence[Primitive]]) -> list[Crossing]:
    """For each staff of a system what beams shared with its neighbours change; `by_staff` holds the primitives of each."""
    out = [Crossing() for _ in system.staves]
    for n in range(len(system.staves) - 1):
        _between(system.staves[n], system.staves[n + 1], by_staff[n], by_staff[n + 1], out[n], out[n + 1], n)
    return out


def _between(
    upper: Staff,
    lower: Staff,
    above: Sequence[Primitive],
    below: Sequence[Primitive],
    to_upper: Crossing,
    to_lower: Crossing,
    number: int,
) -> None:
    space = 0.5 * (upper.space + lower.space)
    seen = [_beams(upper, above), _beams(lower, below)]
    if not any(seen):
        return
    stems = [_stems(upper, above, down=True), _stems(lower, below, down=False)]
    pairs = _matched(*seen, space)
    shared = {
        b.primitive.id: a for a, b in pairs
    }  # beams of the lower strip that the upper one sees as well
    beams = [(0, b) for b in seen[0]] + [(1, b) for b in seen[1] if b.primitive.id not in shared]
    held = [[[s for s in own if s.meets(b, space)] for own in stems] for _, b in beams]
    crossing = {n for n, (first, second) in enumerate(held) if first and second}
    joined = {s.primitive.id for n in crossing for s in held[n][1]}, {s.primitive.id for n in crossing for s in held[n][0]}
    # the second beams of some of its notes belong to a group as well
    taken = {
        n
        for n, (first, second) in enumerate(held)
        if n in crossing
        or (first and all(s.primitive.id in joined[1] for s in first))
        or (second and all(s.primitive.id in joined[0] for s in second))
    }
    if not crossing:
        return
    for n in taken:
        side, beam = beams[n]
        name = f"{beam.primitive.id}{CROSSING}{number}{'ul'[side]}"
        partner = next((b for a, b in pairs if a is beam), None)
        whole = beam if partner is None or beam.x1 - beam.x0 >= partner.x1 - partner.x0 else partner
        for place, staff, crossed in ((0, upper, to_upper), (1, lower, to_lower)):
            given = _beam_on(staff, whole, name)
            own = beam if place == side else partner
            if own is not None:
                crossed.instead[own.primitive.id] = given
            elif held[n][place]:
                crossed.more.append(given)
    for place, staff, other, crossed, far in (
        (0, upper, lower, to_upper, below),
        (1, lower, upper, to_lower, above),
    ):
        own_stems = {s.primitive.id: s for n in taken for s in held[n][place]}
        for stem in own_stems.values():
            crossed.instead[stem.primitive.id] = _stem_on(staff, stem)
        _without_far_ends(other, far, list(own_stems.values()), to_lower if place == 0 else to_upper, space)


def _beams(staff: Staff, primitives: Sequence[Primitive]) -> list[_Beam]:
    found = [p for p in primitives if p.line is not None and p.membership("beam") >= _BEAM]
    out = []
    for p in found:
        assert p.line is not None
        (_, left), (_, right) = p.line.ends
        ends = np.array([[p.box[0], row_at(left)], [p.box[2], row_at(right)]], np.float64)
        (x0, y0), (x1, y1) = staff.strip.page_points(ends)
        out.append(_Beam(p, float(x0), float(y0), float(x1), float(y1)))
    return out


def _stems(staff: Staff, primitives: Sequence[Primitive], *, down: bool) -> list[_Stem]:
    """The stems of a staff's heads that lead toward its neighbour, followed on the page."""
    heads = [
        p
        for p in primitives
        if p.kind == "blob" and not p.shared and max(p.membership(h) for h in HEADS) >= _HEAD
    ]
    binary = staff.page.binary
    out = []
    for p in primitives:
        if p.line is None or p.membership("stem") < _STEM:
            continue
        x = 0.5 * (p.box[0] + p.box[2])
        own = [
            h
            for h in heads
            if min(abs(h.box[0] - x), abs(h.box[2] - x)) < _BESIDE * SPACE
            and p.box[1] - _ALONG * SPACE < row_at(h.position) < p.box[3] + _ALONG * SPACE
        ]
        if not own:
            continue
        rows = [row_at(h.position) for h in own]
        head, tip = (max(rows), p.box[3]) if down else (min(rows), p.box[1])
        if (tip - head if down else head - tip) < _LONG * SPACE:
            continue
        (_, y_head), (x_tip, y_tip) = staff.strip.page_points(np.array([[x, head], [x, tip]], np.float64))
        followed = _followed(binary, float(x_tip), float(y_tip), float(y_head), staff.space, down=down)
        out.append(_Stem(p, float(x_tip), float(y_head), followed))
    return out


def _followed(
    binary: NDArray[np.bool_], x: float, tip: float, head: float, space: float, *, down: bool
) -> float:
    """How far the ink of a stem leads on from its tip."""
    left, right = max(0, round(x) - 1), round(x) + 2
    step = 1 if down else -1
    row, last = round(tip), round(tip)
    most = _HOLE * space
    while 0 <= row < binary.shape[0] and abs(row - head) < _FARTHEST * space and abs(row - last) <= most:
        if binary[row, left:right].any():
            last = row
        row += step
    return float(last)


def _matched(
    first: Sequence[_Beam], second: Sequence[_Beam], space: float
) -> list[tuple[_Beam, _Beam]]:
    """The beams that both strips see."""
    pairs = []
    left = list(second)
    for a in first:
        for b in left:
            x0, x1 = max(a.x0, b.x0), min(a.x1, b.x1)
            if x1 - x0 < _OVERLAP * min(a.x1 - a.x0, b.x1 - b.x0):
                continue
            middle = 0.5 * (x0 + x1)
            if abs(a.at(middle) - b.at(middle)) < _SAME * space:
                pairs.append((a, b))
                left.remove(b)
                break
    return pairs


def _on_strip(staff: Staff, x: float, y: float) -> tuple[float, float]:
    """A point of the page in a strip's pixels, perhaps far beyond the strip."""
    along = staff.strip.map_x[LINE_ROWS[2]]
    top, bottom = float(staff.y(0, x)), float(staff.y(4, x))
    column = float(np.interp(x, along, np.arange(len(along))))
    return column, TOP_LINE + (y - top) / max(bottom - top, 1.0) * 4 * SPACE


def _beam_on(staff: Staff, beam: _Beam, name: str) -> Primitive:
    """A beam of the page as a primitive of a strip, its ends drawn in: between staves the next group may begin close behind it."""
    assert beam.primitive.line is not None
    drawn_in = _DRAWN_IN * staff.space if beam.x1 - beam.x0 > _NOT_SHORT * staff.space else 0.0
    x0, left = _on_strip(staff, beam.x0 + drawn_in, beam.at(beam.x0 + drawn_in))
    x1, right = _on_strip(staff, beam.x1 - drawn_in, beam.at(beam.x1 - drawn_in))
    half = 0.5 * beam.primitive.line.thickness * SPACE
    box = x0, min(left, right) - half, x1, max(left, right) + half
    ends = (x0 / SPACE, position_at(left)), (x1 / SPACE, position_at(right))
    line = replace(beam.primitive.line, ends=ends)
    middle = 0.5 * (left + right)
    return replace(
        beam.primitive, id=name, box=box, x=0.5 * (x0 + x1) / SPACE, position=position_at(middle), line=line, shared=False,
        inked=None,
    )  # fmt: skip


def _stem_on(staff: Staff, stem: _Stem) -> Primitive:
    """A stem with the end that its ink leads to."""
    p = stem.primitive
    assert p.line is not None
    _, tip = _on_strip(staff, stem.x, stem.tip)
    x0, top, x1, bottom = p.box
    top, bottom = min(top, tip), max(bottom, tip)
    x = 0.5 * (x0 + x1) / SPACE
    line = LineShape(
        ((x, position_at(top)), (x, position_at(bottom))), (bottom - top) / SPACE, p.line.thickness, p.line.slope
    )
    return replace(
        p, box=(x0, top, x1, bottom), position=position_at(0.5 * (top + bottom)), line=line, shared=False, inked=p.seen_at
    )  # fmt: skip


def _without_far_ends(
    staff: Staff, primitives: Sequence[Primitive], stems: Sequence[_Stem], crossed: Crossing, space: float
) -> None:
    """Takes the far ends of another staff's stems off a staff."""
    for p in primitives:
        if p.line is None or p.membership("stem") < _STEM or p.id in crossed.instead:
            continue
        middle = np.array([[0.5 * (p.box[0] + p.box[2]), 0.5 * (p.box[1] + p.box[3])]], np.float64)
        ((x, y),) = staff.strip.page_points(middle)
        for stem in stems:
            low, high = sorted((stem.head, stem.tip))
            if abs(stem.x - x) < _ONE * space and low <= y <= high:
                crossed.instead[p.id] = None
