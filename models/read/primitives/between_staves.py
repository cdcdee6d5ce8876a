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
_BESIDE, _ALONG = (
    0.45,
    0.8,
)  # staff spaces from a stem to the side of its head, and to the head beyond its end
_LONG = 1.8  # staff spaces that a stem reaches beyond its heads, at least
_SAME, _OVERLAP = 0.35, 0.6  # staff spaces between, and the share of the shorter, where two beams are one
_OVER_END = 0.45  # staff spaces by which a stem may stand beyond the end of its beam
_TOUCHES = 0.3  # staff spaces by which a stem may end short of the middle of its beam
_CLEAR = 1.0  # staff spaces between a head and its beam
_HOLE = 0.25  # staff spaces of white over which a stem is followed
_FARTHEST = 24.0  # staff spaces that a stem may be long
_DRAWN_IN, _NOT_SHORT = 0.3, 2.0  # staff spaces taken off the ends of a beam, unless it is short
_ONE, _ONE_END = 0.3, 0.6  # staff spaces between two stems that are one, and between their ends


@dataclass
class Crossing:
    """What a staff takes over: strokes in another form by their ids (None: no stroke of this staff), and beams of its neighbour."""

    instead: dict[str, Primitive | None] = field(default_factory=dict)
    more: list[Primitive] = field(default_factory=list)

    def applied(self, primitives: Sequence[Primitive], bar: tuple[float, float]) -> tuple[Primitive, ...]:
        """The primitives of a bar, from and to in staff spaces, with what the staff takes over."""
        own = [found for p in primitives if (found := self.instead.get(p.id, p)) is not None]
        return tuple(own + [p for p in self.more if bar[0] <= p.x < bar[1]])


@dataclass(frozen=True)
class _Beam:
    """A beam on the page: its ends."""

    primitive: Primitive
    line: LineShape
    x0: float
    y0: float
    x1: float
    y1: float

    def at(self, x: float) -> float:
        share = (x - self.x0) / max(1.0, self.x1 - self.x0)
        return self.y0 + share * (self.y1 - self.y0)


@dataclass(frozen=True)
class _Stem:
    """A stem on the page: where its last head is, and how far its ink leads from there, toward the other staff or away from it."""

    primitive: Primitive
    line: LineShape
    x: float
    head: float
    tip: float
    toward: bool

    def meets(self, beam: _Beam, space: float) -> bool:
        if not beam.x0 - _OVER_END * space < self.x < beam.x1 + _OVER_END * space:
            return False
        y, down = beam.at(self.x), 1.0 if self.tip > self.head else -1.0
        clear = down * (y - self.head) > _CLEAR * space
        return clear and down * (self.tip - y) > -_TOUCHES * space


def crossings(system: System, by_staff: Sequence[Sequence[Primitive]]) -> list[Crossing]:
    """For each staff of a system what beams shared with its neighbours change; `by_staff` holds the primitives of each."""
    out = [Crossing() for _ in system.staves]
    for n in range(len(system.staves) - 1):
        pair = system.staves[n], system.staves[n + 1]
        _between(pair, (by_staff[n], by_staff[n + 1]), (out[n], out[n + 1]), n)
    return out


def _between(
    staves: tuple[Staff, Staff],
    own: tuple[Sequence[Primitive], Sequence[Primitive]],
    crossed: tuple[Crossing, Crossing],
    number: int,
) -> None:
    space = 0.5 * (staves[0].space + staves[1].space)
    above, below = _beams(staves[0], own[0]), _beams(staves[1], own[1])
    if not above and not below:
        return
    stems = _of_one_staff(
        _stems(staves[0], staves[1], own[0], down=True),
        _stems(staves[1], staves[0], own[1], down=False),
        space,
    )
    twice = _seen_twice(above, below, space)
    again = {id(other) for _, other in twice}
    beams = [(0, b) for b in above] + [(1, b) for b in below if id(b) not in again]
    held = [tuple([s for s in side if s.meets(beam, space)] for side in stems) for _, beam in beams]
    for n in _crossing(held):
        side, beam = beams[n]
        partner = next((other for one, other in twice if one is beam), None)
        whole = beam if partner is None or beam.x1 - beam.x0 >= partner.x1 - partner.x0 else partner
        name = f"{beam.primitive.id}{CROSSING}{number}{'ul'[side]}"
        for place, there in enumerate((beam, partner) if side == 0 else (partner, beam)):
            given = _beam_on(staves[place], whole, name)
            if there is not None:
                crossed[place].instead[there.primitive.id] = given
            elif held[n][place]:
                crossed[place].more.append(given)
            led = [s for s in held[n][place] if s.toward]
            crossed[place].instead.update((s.primitive.id, _stem_on(staves[place], s)) for s in led)
            other = 1 - place
            for p in _far_ends(staves[other], own[other], led, space):
                crossed[other].instead.setdefault(p.id, None)


def _crossing(held: Sequence[Sequence[Sequence[_Stem]]]) -> list[int]:
    """The beams, by the stems of either staff that each of them holds, that join both, and further beams of those stems."""
    both = {n for n, (first, second) in enumerate(held) if first and second}
    joined = {id(stem) for n in both for side in held[n] for stem in side}
    further = {
        n
        for n, sides in enumerate(held)
        if any(sides) and all(id(stem) in joined for side in sides for stem in side)
    }
    return sorted(both | further)


def _beams(staff: Staff, primitives: Sequence[Primitive]) -> list[_Beam]:
    out = []
    for p in primitives:
        if p.line is None or p.membership("beam") < _BEAM:
            continue
        (_, left), (_, right) = p.line.ends
        ends = np.array([[p.box[0], row_at(left)], [p.box[2], row_at(right)]], np.float64)
        (x0, y0), (x1, y1) = staff.strip.page_points(ends)
        out.append(_Beam(p, p.line, float(x0), float(y0), float(x1), float(y1)))
    return out


def _stems(staff: Staff, other: Staff, primitives: Sequence[Primitive], *, down: bool) -> list[_Stem]:
    """The stems of a staff's heads, those that lead toward its neighbour, `down` or up, followed on the page."""
    heads = [
        p
        for p in primitives
        if p.kind == "blob"
        and not p.shared
        and max(p.membership(h) for h in HEADS) >= _HEAD
        and _is_nearer(p, staff, other)
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
        falls = p.box[3] - max(rows) > min(rows) - p.box[1]
        head, tip = (max(rows), p.box[3]) if falls else (min(rows), p.box[1])
        if abs(tip - head) < _LONG * SPACE:
            continue
        (_, y_head), (x_tip, y_tip) = staff.strip.page_points(np.array([[x, head], [x, tip]], np.float64))
        end = float(y_tip)
        if falls == down:
            end = _followed(binary, float(x_tip), end, float(y_head), staff.space, down=down)
        out.append(_Stem(p, p.line, float(x_tip), float(y_head), end, falls == down))
    return out


def _of_one_staff(
    first: Sequence[_Stem], second: Sequence[_Stem], space: float
) -> tuple[list[_Stem], list[_Stem]]:
    """The stems of either staff without those that both take for theirs: a chord high above its staff, seen from both."""

    def same(a: _Stem, b: _Stem) -> bool:
        return abs(a.x - b.x) < _ONE * space and abs(a.tip - b.tip) < _ONE_END * space

    return [a for a in first if not any(same(a, b) for b in second)], [
        b for b in second if not any(same(a, b) for a in first)
    ]


def _is_nearer(p: Primitive, staff: Staff, other: Staff) -> bool:
    """Whether a head stands nearer to its staff than to the other: where staves stand far apart, both strips may see it."""
    middle = np.array([[0.5 * (p.box[0] + p.box[2]), 0.5 * (p.box[1] + p.box[3])]], np.float64)
    ((x, y),) = staff.strip.page_points(middle)
    near, far = (max(float(s.y(0, x)) - y, y - float(s.y(4, x)), 0.0) for s in (staff, other))
    return bool(near <= far)


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


def _seen_twice(first: Sequence[_Beam], second: Sequence[_Beam], space: float) -> list[tuple[_Beam, _Beam]]:
    """The beams that both strips see, as each does."""
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
    drawn_in = _DRAWN_IN * staff.space if beam.x1 - beam.x0 > _NOT_SHORT * staff.space else 0.0
    x0, left = _on_strip(staff, beam.x0 + drawn_in, beam.at(beam.x0 + drawn_in))
    x1, right = _on_strip(staff, beam.x1 - drawn_in, beam.at(beam.x1 - drawn_in))
    half = 0.5 * beam.line.thickness * SPACE
    box = x0, min(left, right) - half, x1, max(left, right) + half
    ends = (x0 / SPACE, position_at(left)), (x1 / SPACE, position_at(right))
    line = replace(beam.line, ends=ends)
    middle = 0.5 * (left + right)
    return replace(
        beam.primitive, id=name, box=box, x=0.5 * (x0 + x1) / SPACE, position=position_at(middle), line=line, shared=False,
        inked=None,
    )  # fmt: skip


def _stem_on(staff: Staff, stem: _Stem) -> Primitive:
    """A stem with the end that its ink leads to."""
    p = stem.primitive
    _, tip = _on_strip(staff, stem.x, stem.tip)
    x0, top, x1, bottom = p.box
    top, bottom = min(top, tip), max(bottom, tip)
    x = 0.5 * (x0 + x1) / SPACE
    line = LineShape(
        ((x, position_at(top)), (x, position_at(bottom))),
        (bottom - top) / SPACE,
        stem.line.thickness,
        stem.line.slope,
    )
    return replace(
        p, box=(x0, top, x1, bottom), position=position_at(0.5 * (top + bottom)), line=line, shared=False, inked=p.seen_at
    )  # fmt: skip


def _far_ends(
    staff: Staff, primitives: Sequence[Primitive], stems: Sequence[_Stem], space: float
) -> list[Primitive]:
    """What a staff sees of the stems of another."""
    found = []
    for p in primitives:
        if p.membership("stem") < _STEM:
            continue
        middle = np.array([[0.5 * (p.box[0] + p.box[2]), 0.5 * (p.box[1] + p.box[3])]], np.float64)
        ((x, y),) = staff.strip.page_points(middle)
        ends = [sorted((s.head, s.tip)) for s in stems if abs(s.x - x) < _ONE * space]
        if any(low <= y <= high for low, high in ends):
            found.append(p)
    return found
