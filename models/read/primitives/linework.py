"""Lines as primitives: stems, bar lines, beams, ledger lines and slurs, with their fuzzy memberships."""

from __future__ import annotations

from dataclasses import dataclass, replace

import cv2
import numpy as np
from numpy.typing import NDArray
from skimage.morphology import skeletonize

from models.arrays import Mask
from models.read.page.staves import LINE_ROWS, SPACE, Strip
from models.read.primitives.primitive import LineShape, Primitive, position_at
from models.read.primitives.regions import Region
from models.read.primitives.shapes import line_shape
from models.read.primitives.strokes import Level, Upright, beams, ledgers, uprights

_CURVE = 1.3  # staff spaces of width from which a thin region may be a slur
_CURVE_THICK = 0.42
_THIN_BEAM = 0.33  # staff spaces: thinner is no printed beam
_CROSSING = 0.55  # staff spaces of an upright stroke that a crossing curve takes up


@dataclass(frozen=True)
class Linework:
    """The straight lines of a strip as primitives, and their ink, which is taken away before blobs are looked for."""

    primitives: list[Primitive]
    ink: Mask
    uprights: list[Upright]
    beams: list[Level]


def linework(rest: Mask, strip: Strip, *, thin_beams: bool = True) -> Linework:
    """Stems, bar lines and beams in `rest`, the strip's ink without staff lines and without signs of their own.

    `thin_beams`: as in handwriting, where beams may be a stroke of the pen and stems lean; in print they are thick and upright.
    """
    bars, bar_ink = beams(rest, strip.thickness)
    if not thin_beams:
        bars, bar_ink = _without_arcs(bars, bar_ink)
    strokes = uprights(rest, drawn=thin_beams)
    canvas = np.zeros(rest.shape, np.uint8)
    for s in strokes:
        cv2.line(
            canvas, (round(s.x0), round(s.y0)), (round(s.x1), round(s.y1)), 1, max(1, round(s.thickness + 1))
        )
    found = [_upright(s, strip, bars) for s in strokes] + [_beam(b, strokes) for b in bars]
    uprights_ink = (canvas > 0) & rest
    for s in strokes:
        uprights_ink &= ~_crossed(s, rest, bar_ink)
    return Linework(found, bar_ink | uprights_ink, strokes, bars)


def _without_arcs(bars: list[Level], ink: Mask) -> tuple[list[Level], Mask]:
    """The bars that are as thick as printed beams, or ledger lines, and their ink: the flat middle of an arc is thinner."""
    kept = [b for b in bars if b.thickness >= _THIN_BEAM * SPACE or _like_ledger(b)]
    dropped = [b for b in bars if b not in kept]
    if not dropped:
        return kept, ink
    # the ends of an arc bend away from its middle: all of its piece of ink goes
    labels = np.asarray(cv2.connectedComponents(ink.astype(np.uint8), connectivity=8)[1], np.int32)
    others = {n for b in kept for n in _labels_along(b, labels)}
    gone = {n for b in dropped for n in _labels_along(b, labels)} - others - {0}
    left = (ink & ~np.isin(labels, list(gone))).astype(np.uint8)
    for b in dropped:
        wide = max(1, round(b.thickness + 4))
        cv2.line(left, (round(b.x0), round(b.y0)), (round(b.x1), round(b.y1)), 0, wide)
    return kept, left > 0


def _labels_along(b: Level, labels: NDArray[np.int32]) -> set[int]:
    """The labels of the pieces of ink that a bar runs through."""
    band = np.zeros(labels.shape, np.uint8)
    cv2.line(band, (round(b.x0), round(b.y0)), (round(b.x1), round(b.y1)), 1, max(1, round(b.thickness / 2)))
    return set(np.unique(labels[band > 0]).tolist())


def _crossed(s: Upright, rest: Mask, beams_ink: Mask) -> Mask:
    """The ink of an upright stroke where a thin one crosses it, as a tie does a bar line: it belongs to both."""
    crossed = np.zeros_like(rest)
    half = s.thickness / 2 + 1.5
    for y in range(max(2, round(s.y0)), min(rest.shape[0] - 2, round(s.y1) + 1)):
        x = float(s.x_at(float(y)))
        left, right = round(x - half) - 1, round(x + half) + 1
        if left < 0 or right >= rest.shape[1]:
            continue
        sides = [rest[y - 2 : y + 3, at] & ~beams_ink[y - 2 : y + 3, at] for at in (left, right)]
        if all(side.any() for side in sides):
            crossed[y, left : right + 1] = rest[y, left : right + 1]
    # thick crossings are heads and flags, which have rules of their own
    rows = crossed.any(axis=1)
    edges = np.flatnonzero(np.diff(np.concatenate([[False], rows, [False]]).astype(np.int8))).reshape(-1, 2)
    for first, last in edges:
        if last - first > _CROSSING * SPACE:
            crossed[first:last] = False
    return crossed


def _upright(s: Upright, strip: Strip, bars: list[Level]) -> Primitive:
    top, bottom = s.y0, s.y1
    first, last = LINE_ROWS[0], LINE_ROWS[-1]
    reach = 0.35 * SPACE
    # a bar line runs from the first line to the last, or on into the neighbouring staff
    at_top = (
        _near(top, first, reach)
        if top > first - 3.0 * SPACE or top > strip.open_rows[0] + 0.4 * SPACE
        else 0.9
    )
    at_bottom = (
        _near(bottom, last, reach)
        if bottom < last + 3.0 * SPACE or bottom < strip.open_rows[1] - 0.4 * SPACE
        else 0.9
    )
    bar = min(at_top, at_bottom)
    if any(
        b.x0 - 4 <= s.x0 <= b.x1 + 4 and (abs(b.y_at(s.x0) - top) < 14 or abs(b.y_at(s.x0) - bottom) < 14)
        for b in bars
    ):
        bar *= 0.15
    thick = s.thickness > 0.3 * SPACE
    stem = 0.0 if thick and bar > 0.5 else max(0.1, 1.0 - bar)
    half = max(s.thickness / 2, 0.5)
    return Primitive(
        id="",
        kind="line",
        box=(min(s.x0, s.x1) - half, top, max(s.x0, s.x1) + half + 1, bottom + 1),
        x=(s.x0 + s.x1) / 2 / SPACE,
        position=position_at((top + bottom) / 2),
        memberships={k: v for k, v in (("stem", stem), ("bar_line", bar)) if v > 0.05},
        line=line_shape(np.array([s.x0, s.x1]), np.array([s.y0, s.y1]), s.thickness),
    )


def _near(value: float, wanted: float, reach: float) -> float:
    """1 where a value is as wanted, falling to 0 at three times `reach`."""
    return float(np.clip(1.5 - abs(value - wanted) / (2 * reach), 0.0, 1.0))


def _like_ledger(b: Level) -> bool:
    """Whether a bar is as thin, short, level and placed as a ledger line, which it then is."""
    step = position_at((b.y0 + b.y1) / 2)
    placed = (step < -1.5 or step > 9.5) and abs(step - 2 * round(step / 2)) < 0.3
    thin = b.thickness < 0.34 * SPACE and abs(b.y1 - b.y0) < 0.12 * SPACE
    return placed and thin and 1.3 * SPACE < b.x1 - b.x0 < 3.0 * SPACE


def _beam(b: Level, strokes: list[Upright]) -> Primitive:
    half = b.thickness / 2
    thick = np.clip((b.thickness / SPACE - 0.08) / 0.22, 0.0, 1.0)
    ends = sum(
        any(abs(s.x_at(b.y_at(x)) - x) < 0.45 * SPACE and s.y0 - 10 < b.y_at(x) < s.y1 + 10 for s in strokes)
        for x in (b.x0, b.x1)
    )
    certainty = float(thick * (0.35, 0.75, 1.0)[ends])
    memberships = {"beam": certainty, "noise": 1.0 - certainty} if certainty < 0.9 else {"beam": certainty}
    return Primitive(
        id="",
        kind="line",
        box=(b.x0, min(b.y0, b.y1) - half, b.x1 + 1, max(b.y0, b.y1) + half + 1),
        x=(b.x0 + b.x1) / 2 / SPACE,
        position=position_at((b.y0 + b.y1) / 2),
        memberships={"ledger": 1.0} if _like_ledger(b) else memberships,
        line=line_shape(np.array([b.x0, b.x1]), np.array([b.y0, b.y1]), b.thickness),
    )


def ledger_primitives(strip: Strip, lines: Linework) -> list[Primitive]:
    """The ledger lines of a strip; a piece of beam is none."""
    found = []
    for level in ledgers(strip.binary, strip.thickness):
        if any(
            b.x0 - 2 <= level.x0 and level.x1 <= b.x1 + 2 and abs(b.y_at(level.x0) - level.y0) < 0.5 * SPACE
            for b in lines.beams
        ):
            continue
        long = (level.x1 - level.x0) / SPACE
        certainty = float(np.clip(long / 0.4, 0.2, 1.0) * np.clip((4.0 - long) / 1.5, 0.0, 1.0))
        if certainty < 0.15:
            continue
        half = level.thickness / 2
        found.append(
            Primitive(
                id="",
                kind="line",
                box=(level.x0, level.y0 - half, level.x1 + 1, level.y0 + half + 1),
                x=(level.x0 + level.x1) / 2 / SPACE,
                position=position_at(level.y0),
                memberships={"ledger": certainty},
                line=line_shape(
                    np.array([level.x0, level.x1]), np.array([level.y0, level.y0]), level.thickness
                ),
            )
        )
    return found


def hook_primitives(pieces: list[Region], lines: Linework) -> tuple[list[Primitive], list[Region]]:
    """Short beams that hang on one stem beside a longer beam; and the regions that are none."""
    found, others = [], []
    for region in pieces:
        bar = _hook(region, lines) if 0.5 < region.width < 1.9 and 0.2 < region.height < 1.3 else None
        if bar is None:
            others.append(region)
        else:
            beam = _beam(bar, lines.uprights)
            found.append(replace(beam, memberships={"beam": 0.85, "noise": 0.15}))
    return found, others


def _hook(region: Region, lines: Linework) -> Level | None:
    x0, y0, x1, y1 = region.box
    middle = (y0 + y1) / 2
    across = region.mask.sum(axis=0)
    thickness = float(np.percentile(across, 60))
    if not 0.2 * SPACE < thickness < 0.8 * SPACE or region.mask.sum() < 0.75 * thickness * (x1 - x0):
        return None
    if region.width * SPACE < 1.1 * thickness:
        return None
    for s in lines.uprights:
        at = float(s.x_at(middle))
        if min(abs(at - x0), abs(at - x1)) > 0.35 * SPACE or not s.y0 - 6 < middle < s.y1 + 6:
            continue
        for b in lines.beams:
            if b.x0 - 6 <= at <= b.x1 + 6 and 0.45 * SPACE < abs(float(b.y_at(at)) - middle) < 2.2 * SPACE:
                slope = (b.y1 - b.y0) / max(b.x1 - b.x0, 1.0)
                half = slope * (x1 - 1 - x0) / 2
                return Level(float(x0), middle - half, float(x1 - 1), middle + half, thickness)
    return None


def curve_primitives(pieces: list[Region]) -> tuple[list[Primitive], list[Region]]:
    """Slurs and ties among regions, by thinning each to its skeleton; and the regions that are none."""
    curves, others = [], []
    for region in pieces:
        shape = _curve(region) if region.width >= _CURVE else None
        if shape is None:
            others.append(region)
            continue
        bend = abs(shape.curvature)
        slur = float(
            np.clip(bend / 0.12, 0.3, 1.0) * np.clip((_CURVE_THICK - shape.thickness) / 0.12, 0.2, 1.0)
        )
        told = {"slur": slur, "noise": 1.0 - slur} if slur < 0.95 else {"slur": slur}
        curves.append(curve_of(region, told, shape))
    return curves, others


def curve_of(region: Region, memberships: dict[str, float], shape: LineShape | None = None) -> Primitive:
    """A region as a slur or tie: a curve along ``shape``, by default along the middle of its ink column by column."""
    x0, y0, x1, y1 = region.box
    return Primitive(
        id="",
        kind="curve",
        box=(float(x0), float(y0), float(x1), float(y1)),
        x=(x0 + x1) / 2 / SPACE,
        position=position_at((y0 + y1 - 1) / 2),
        memberships=memberships,
        line=shape or _middle(region),
    )


def _middle(region: Region) -> LineShape:
    """The middle of a region's ink from its first column to its last."""
    x0, y0, _, _ = region.box
    tall = region.mask.sum(axis=0)
    columns = np.flatnonzero(tall)
    rows = (np.arange(len(region.mask))[:, None] * region.mask).sum(axis=0)[columns] / tall[columns]
    xs = np.asarray(columns + float(x0), np.float64)
    ys = np.asarray(rows + float(y0), np.float64)
    return line_shape(xs, ys, float(np.median(tall[columns])))


def _curve(region: Region) -> LineShape | None:
    """The region as one thin stroke from left to right, or None where it is no such thing."""
    x0, y0, _, _ = region.box
    mask = region.mask
    # column by column a slur has one run
    columns = np.flatnonzero(mask.any(axis=0))
    runs = np.diff(np.pad(mask, ((1, 1), (0, 0))).astype(np.int8), axis=0)
    single = (runs == 1).sum(axis=0)[columns] == 1
    if single.mean() < 0.8:
        return None
    thickness = float(np.median(mask.sum(axis=0)[columns]))
    if thickness > _CURVE_THICK * SPACE:
        return None
    thin = np.asarray(skeletonize(np.pad(mask, 1)), np.bool_)[1:-1, 1:-1]  # type: ignore[no-untyped-call]
    ys, xs = np.nonzero(thin)
    if len(xs) < 8:
        return None
    order = np.argsort(xs, kind="stable")
    return line_shape(xs[order].astype(np.float64) + x0, ys[order].astype(np.float64) + y0, thickness)
