"""Lines told by both: the network says what a stroke is and that it is there, the ink where it ends."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from models.read.page.staves import LINE_ROWS, SPACE, Strip
from models.read.primitives.learned.detect import Box, overlap
from models.read.primitives.linework import Linework
from models.read.primitives.primitive import Kind, LineShape, Primitive, position_at
from models.read.primitives.shapes import line_shape

Mask = NDArray[np.bool_]

# of its grade that a stroke keeps which the network does not see: it seldom misses a stem, oftener a beam or a slur
_UNSEEN_UPRIGHT, _UNSEEN_BEAM, _UNSEEN_LEDGER, _UNSEEN_CURVE = 0.2, 0.7, 0.3, 0.8
_BESIDE = 0.4  # staff spaces between a stroke and the network's
_SHARE = 0.5  # of the shorter of both that must lie side by side
_STEM, _BAR, _BEAM, _LEDGER, _SLUR = 0.12, 0.16, 0.5, 0.14, 0.2  # usual thickness in staff spaces
_LEVELS = 0.45  # staff spaces between two beams of a group, at least
_FLAT = 0.9  # staff spaces that the box of a level beam is high at most
_OFF_ROW = 2  # pixels by which a staff line may miss its row
_THICKER = 0.4  # of a staff line's thickness, by which what lies on one is thicker where it is a beam
_CURVE_SLACK = 3  # pixels around a slur's box in which its ink may lie


@dataclass(frozen=True)
class Stroke:
    """What the network tells of a line: memberships of labels and its box in pixels of the strip."""

    memberships: dict[str, float]
    box: Box

    @property
    def certainty(self) -> float:
        """The highest membership."""
        return max(self.memberships.values())


def uprights_told(lines: Linework, seen: Sequence[Stroke], ink: Mask) -> list[Primitive]:
    """Stems and bar lines: the strokes of the ink named by the network, and those that only the network sees."""
    out, used = [], set[int]()
    for p in lines.primitives:
        if "beam" in p.memberships or "ledger" in p.memberships:
            continue
        told: dict[str, float] = {}
        for n, s in enumerate(seen):
            if _side_by_side(p.box, s.box, "bar_line" in s.memberships and s.memberships["bar_line"] > 0.3):
                used.add(n)
                for label, grade in s.memberships.items():
                    told[label] = max(told.get(label, 0.0), grade)
        if told:
            out.append(replace(p, memberships=told))
        else:
            out.append(replace(p, memberships={k: _UNSEEN_UPRIGHT * v for k, v in p.memberships.items()}))
    for n, s in enumerate(seen):
        if n in used:
            continue
        x0, y0, x1, y1 = s.box
        bar = s.memberships.get("bar_line", 0.0) > s.memberships.get("stem", 0.0)
        if bar:
            y0, y1 = min(y0, LINE_ROWS[0]), max(y1, LINE_ROWS[-1])
        thickness = max(x1 - x0, 1.0) if bar else min(max(x1 - x0, 1.0), 0.25 * SPACE)
        middle = (x0 + x1) / 2 - 0.5
        shape = line_shape(np.array([middle, middle]), np.array([y0, y1 - 1]), thickness)
        out.append(line_primitive((x0, y0, x1, y1), s.memberships, shape))
    return out


def beams_told(
    lines: Linework, seen: Sequence[Stroke], ink: Mask, strip: Strip | None = None
) -> list[Primitive]:
    """Beams: the network's, with the ends that the ink gives where one bar of it answers to one of the network's.

    Those are left out that are a piece of staff line of the `strip`: on one, and no thicker than it.
    """
    bars = [p for p in lines.primitives if "beam" in p.memberships]
    if strip is not None:
        thick = _thickness(strip)
        bars = [p for p in bars if not _on_line(p.box, strip.binary, thick)]
        seen = [s for s in seen if not _on_line(s.box, strip.binary, thick)]
    out: list[Primitive] = [p for p in lines.primitives if "ledger" in p.memberships]
    free = set(range(len(bars)))
    for s in sorted(seen, key=lambda s: -s.certainty):
        shape = slanted(s.box, ink)
        best, share = -1, 0.55
        for n in free:
            alike = _alike(bars[n].line, shape)
            if alike > share:
                best, share = n, alike
        if best >= 0:
            free.discard(best)
            grade = max(s.certainty, _UNSEEN_BEAM * bars[best].membership("beam"))
            out.append(replace(bars[best], memberships={**s.memberships, "beam": grade}))
        elif not any(_one_level(b.line, shape) for b in bars):  # else it is told already
            out.append(line_primitive(s.box, s.memberships, shape))
    out += [
        replace(
            bars[n], memberships={k: _UNSEEN_BEAM * v for k, v in bars[n].memberships.items() if k == "beam"}
        )
        for n in free
    ]
    return out


def _thickness(strip: Strip) -> dict[int, float]:
    """How many pixels thick each staff line of a strip mostly is, by its row; without those that are not seen."""
    ink = strip.binary
    every = np.arange(ink.shape[1])
    return {row: float(np.median(own)) for row in LINE_ROWS if len(own := _runs(ink, every, row))}


def _on_line(box: Box, ink: Mask, thickness: Mapping[int, float]) -> bool:
    x0, y0, x1, y1 = (round(v) for v in box)
    usual = max((own for row, own in thickness.items() if y0 <= row < y1), default=None)
    if usual is None or y1 - y0 > _FLAT * SPACE:
        return False
    inside = ink[max(0, y0 - 1) : y1 + 1, max(0, x0) : x1].sum(axis=0)
    return bool(len(inside) and np.median(inside) <= usual + max(1.0, _THICKER * usual))


def _runs(ink: Mask, columns: NDArray[np.intp], row: int) -> NDArray[np.intp]:
    """How many pixels of ink lie upon each other at a staff line's row, in each of the columns where there are some."""
    near = ink[row - _OFF_ROW : row + _OFF_ROW + 1, columns]
    held = near.any(axis=0)
    columns, start = columns[held], row - _OFF_ROW + near[:, held].argmax(axis=0)
    away = np.arange(round(0.5 * SPACE))[:, None]
    down, up = (
        np.logical_and.accumulate(ink[start + s * away, columns], axis=0).sum(axis=0) for s in (1, -1)
    )
    return np.asarray(down + up - 1, np.intp)


def slanted(box: Box, ink: Mask) -> LineShape:
    """The bar in a box: along the diagonal on which more ink lies, or level where the box is as flat as a bar."""
    x0, y0, x1, y1 = box
    thick = min(_BEAM * SPACE, y1 - y0)
    run = max(x1 - x0 - 1, 1.0)
    rise = max(y1 - y0 - thick, 0.0)
    xs = np.linspace(x0, x1 - 1, 24)
    best, most = 0.0, -1.0
    for slope in (rise, -rise) if rise > 0.1 * SPACE else (0.0,):
        ys = (y0 + y1) / 2 + slope * ((xs - x0) / run - 0.5)
        rows = np.clip(np.rint(ys).astype(int), 0, ink.shape[0] - 1)
        columns = np.clip(np.rint(xs).astype(int), 0, ink.shape[1] - 1)
        share = float(ink[rows, columns].mean())
        if share > most:
            best, most = slope, share
    middle = (y0 + y1) / 2 - 0.5
    return line_shape(np.array([x0, x1 - 1]), np.array([middle - best / 2, middle + best / 2]), thick)


def ledgers_told(found: Sequence[Primitive], seen: Sequence[Stroke]) -> list[Primitive]:
    """Ledger lines: the network's, and at a discount those that only the ink shows."""
    out = []
    for s in seen:
        x0, y0, x1, y1 = s.box
        middle = (y0 + y1) / 2 - 0.5
        shape = line_shape(
            np.array([x0, x1 - 1]), np.array([middle, middle]), min(y1 - y0, _LEDGER * 2 * SPACE)
        )
        out.append(line_primitive(s.box, s.memberships, shape))
    for p in found:
        x, y = p.x * SPACE, (p.box[1] + p.box[3]) / 2
        if not any(
            s.box[0] - 4 < x < s.box[2] + 4 and abs((s.box[1] + s.box[3]) / 2 - y) < 0.35 * SPACE
            for s in seen
        ):
            out.append(replace(p, memberships={k: _UNSEEN_LEDGER * v for k, v in p.memberships.items()}))
    return out


def curves_told(found: Sequence[Primitive], seen: Sequence[Stroke], ink: Mask) -> list[Primitive]:
    """Slurs and ties: the network's, with the course of the ink's where one answers to it."""
    out, free = [], set(range(len(found)))
    for s in sorted(seen, key=lambda s: -s.certainty):
        best, share = -1, 0.5
        for n in free:
            alike = overlap(_padded(found[n].box), _padded(s.box))
            if alike > share:
                best, share = n, alike
        if best >= 0:
            free.discard(best)
            grade = max(s.certainty, _UNSEEN_CURVE * found[best].membership("slur"))
            out.append(replace(found[best], memberships={**s.memberships, "slur": grade}))
        else:
            out.append(line_primitive(s.box, s.memberships, arched(s.box, ink), "curve"))
    for n in free:
        told = {k: _UNSEEN_CURVE * v for k, v in found[n].memberships.items() if k == "slur"}
        out.append(replace(found[n], memberships=told or {"noise": 0.5}))
    return out


def arched(box: Box, ink: Mask) -> LineShape:
    """The arc in a box: bulging upward or downward as the ink has it."""
    x0, y0, x1, y1 = box
    top, bottom = max(0, int(y0)), min(ink.shape[0], int(np.ceil(y1)))
    left, right = max(0, int(x0)), min(ink.shape[1], int(np.ceil(x1)))
    part = ink[top:bottom, left:right]
    high, thick = max(y1 - y0, 1.0), min(_SLUR * SPACE, y1 - y0)
    upward = True
    if part.size:
        third = max(1, part.shape[1] // 3)
        middle = part[:, third : max(third + 1, part.shape[1] - third)]
        half = part.shape[0] / 2
        upward = middle[: int(np.ceil(half))].sum() >= middle[int(half) :].sum()
    ends, summit = (y1 - thick / 2, y0 + thick / 2) if upward else (y0 + thick / 2, y1 - thick / 2)
    xs = np.linspace(x0, x1 - 1, 15)
    across = np.linspace(-1, 1, 15)
    ys = summit + (ends - summit) * across**2 if high > thick else np.full(15, (y0 + y1) / 2)
    return line_shape(xs, ys - 0.5, thick)


def line_primitive(
    box: Box, memberships: dict[str, float], shape: LineShape, kind: Kind = "line"
) -> Primitive:
    """A stroke in a box of pixels, as a primitive; its place is the middle of the box."""
    return Primitive(
        id="",
        kind=kind,
        box=box,
        x=(box[0] + box[2] - 1) / 2 / SPACE,
        position=position_at((box[1] + box[3] - 1) / 2),
        memberships=dict(memberships),
        line=shape,
    )


def _side_by_side(a: Box, b: Box, wide: bool) -> bool:
    middle = (a[0] + a[2]) / 2
    reach = _BESIDE * SPACE
    # a bar line of several strokes is one to the network
    inside = b[0] - reach < middle < b[2] + reach
    beside = inside if wide else abs(middle - (b[0] + b[2]) / 2) < reach
    both = min(a[3], b[3]) - max(a[1], b[1])
    return beside and both > _SHARE * min(a[3] - a[1], b[3] - b[1])


def _one_level(a: LineShape | None, b: LineShape) -> bool:
    """Whether two bars lie so near that they cannot be two beams."""
    if a is None:
        return False
    (ax0, ay0), (ax1, ay1) = a.ends
    (bx0, by0), (bx1, by1) = b.ends
    low, high = max(ax0, bx0), min(ax1, bx1)
    if high - low < 0.5 * min(ax1 - ax0, bx1 - bx0):
        return False
    middle = (low + high) / 2
    at_a = ay0 + (ay1 - ay0) * (middle - ax0) / max(ax1 - ax0, 0.1)
    at_b = by0 + (by1 - by0) * (middle - bx0) / max(bx1 - bx0, 0.1)
    return abs(at_a - at_b) < 2 * _LEVELS


def _alike(a: LineShape | None, b: LineShape) -> float:
    """How far two bars answer to each other: the share of their length side by side, 0 where they lie apart."""
    if a is None:
        return 0.0
    (ax0, ay0), (ax1, ay1) = a.ends
    (bx0, by0), (bx1, by1) = b.ends
    low, high = max(ax0, bx0), min(ax1, bx1)
    if high <= low:
        return 0.0
    middle = (low + high) / 2
    at_a = ay0 + (ay1 - ay0) * (middle - ax0) / max(ax1 - ax0, 0.1)
    at_b = by0 + (by1 - by0) * (middle - bx0) / max(bx1 - bx0, 0.1)
    if abs(at_a - at_b) > 0.8:  # half spaces
        return 0.0
    return (high - low) / (max(ax1, bx1) - min(ax0, bx0))


def _padded(box: Box) -> Box:
    return box[0] - _CURVE_SLACK, box[1] - _CURVE_SLACK, box[2] + _CURVE_SLACK, box[3] + _CURVE_SLACK
