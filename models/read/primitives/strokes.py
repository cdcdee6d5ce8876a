"""Lines: stems and bar lines, beams, ledger lines and slurs, found as long runs of ink and by thinning."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from models.arrays import Mask
from models.read.page.staves import LINE_ROWS, SPACE

_LEANS = (-0.24, -0.12, 0.0, 0.12, 0.24)  # columns a row by which a stem may lean
_LEANS_BY_HAND, _LEANS_IN_PRINT = 30.0, 150.0
_STEM = 1.75  # staff spaces of an unbroken upright run
_THIN = 0.42  # staff spaces: a wider upright run is no stem
_LED = 1.5  # staff spaces by which a printed stroke is followed beyond its straight run
_UPRIGHT_ROWS = 4  # rows between two steps aside of such a stroke
_AS_USUAL, _OTHERWISE = 0.06, 0.1  # columns a row by which a stroke leans as others do, and otherwise
_FLAG, _BESIDE = 3.5, 1.5  # staff spaces that a flag is long at most, and that it lies beside its stem
_BLOCK = 0.75  # staff spaces: ink as wide as that along its height is a block of heads
_SLOPES = np.linspace(-0.6, 0.6, 13)  # rise of beams
_BEAM_RUN = 1.45  # staff spaces of an unbroken level run
_LEAST_BEAM = 0.16  # staff spaces of thickness
_BEAM_PITCH = 0.75  # staff spaces from one beam to the next


@dataclass(frozen=True)
class Upright:
    """An upright stroke from (x0, y0) at its top to (x1, y1), `thickness` wide, in pixels of the strip."""

    x0: float
    y0: float
    x1: float
    y1: float
    thickness: float

    @property
    def height(self) -> float:
        """Pixels from top to bottom."""
        return self.y1 - self.y0

    def x_at(self, y: float | NDArray[np.float64]) -> NDArray[np.float64]:
        """The column at a row, on the stroke or beyond its ends."""
        return np.asarray(self.x0 + (self.x1 - self.x0) * (y - self.y0) / max(self.height, 1.0), np.float64)


@dataclass(frozen=True)
class Level:
    """A level or slanted bar from (x0, y0) to (x1, y1), `thickness` high, in pixels of the strip."""

    x0: float
    y0: float
    x1: float
    y1: float
    thickness: float

    def y_at(self, x: float | NDArray[np.float64]) -> NDArray[np.float64]:
        """The row at a column, on the bar or beyond its ends."""
        return np.asarray(
            self.y0 + (self.y1 - self.y0) * (x - self.x0) / max(self.x1 - self.x0, 1.0), np.float64
        )


def uprights(ink: Mask, *, drawn: bool = True) -> list[Upright]:
    """The upright thin strokes in a strip, bool (H, W): stems, bar lines, and the strokes of accidentals.

    ``drawn`` by hand they may lean; in print a stroke that leans runs into something, such as the side of a head.
    """
    closed = _bits(cv2.morphologyEx(ink.astype(np.uint8), cv2.MORPH_CLOSE, np.ones((5, 1), np.uint8)))
    found: list[Upright] = []
    length = round(_STEM * SPACE)
    for lean in _LEANS:
        sheared = _sheared(closed, lean)
        runs = _bits(cv2.morphologyEx(sheared, cv2.MORPH_OPEN, np.ones((length, 1), np.uint8)))
        found += _upright_runs(runs, sheared, lean)
    if drawn:
        return _distinct(found, _LEANS_BY_HAND)
    return _without_flags([followed(closed, s) for s in _distinct(found, _LEANS_IN_PRINT)])


def _without_flags(strokes: list[Upright]) -> list[Upright]:
    """The strokes of print without those that are a flag's curve: short, leaning otherwise than the stem that they hang to the right of."""
    usual = _usual_lean(strokes)
    stems = [s for s in strokes if abs(_lean(s) - usual) <= _AS_USUAL]

    def hangs(one: Upright) -> bool:
        if one.height > _FLAG * SPACE or abs(_lean(one) - usual) <= _OTHERWISE:
            return False
        middle = (one.y0 + one.y1) / 2
        return any(
            s.y0 < middle < s.y1 and 0 < float(one.x_at(middle) - s.x_at(middle)) < _BESIDE * SPACE
            for s in stems
        )

    return [s for s in strokes if not hangs(s)]


def _usual_lean(strokes: list[Upright]) -> float:
    """The lean that half of all that is long has at most."""
    by_lean = sorted(strokes, key=_lean)
    long = np.cumsum([s.height for s in by_lean])
    return _lean(by_lean[int(np.searchsorted(long, long[-1] / 2))]) if by_lean else 0.0


def _lean(stroke: Upright) -> float:
    return (stroke.x1 - stroke.x0) / max(stroke.height, 1.0)


def followed(ink: NDArray[np.uint8], stroke: Upright) -> Upright:
    """The stroke led on at both ends along its own ink: one that leans by less than a shear tells leaves a straight run."""
    x0, y0 = _led(ink, stroke.x0, stroke.y0, -1, stroke.thickness)
    x1, y1 = _led(ink, stroke.x1, stroke.y1, +1, stroke.thickness)
    return Upright(x0, y0, x1, y1, stroke.thickness)


def _led(ink: NDArray[np.uint8], x: float, y: float, way: int, thickness: float) -> tuple[float, float]:
    """Where a stroke ends that is followed from (x, y) up or down: until its ink stops or is part of something wider."""
    at, row, straight = round(x), round(y), _UPRIGHT_ROWS
    for _ in range(round(_LED * SPACE)):
        below = row + way
        if not 0 <= below < ink.shape[0]:
            break
        first = max(0, at - SPACE)
        here = np.flatnonzero(ink[below, first : at + SPACE + 1])
        runs = np.split(here, np.flatnonzero(np.diff(here) > 1) + 1) if len(here) else []
        own = [r for r in runs if r[0] - 2 <= at - first <= r[-1] + 2]
        if not own or len(own[0]) > thickness + 3:
            break
        drift = int(np.clip(first + round(float(own[0].mean())) - at, -1, 1))
        straight += 1
        if drift and straight > _UPRIGHT_ROWS:  # a flag bends away faster
            at, straight = at + drift, 0
        row = below
    return (float(at), float(row)) if row != round(y) else (x, y)


def _bits(picture: object) -> NDArray[np.uint8]:
    return np.asarray(picture, np.uint8)


def _sheared(ink: NDArray[np.uint8], lean: float) -> NDArray[np.uint8]:
    """The strip with each row moved so that strokes that lean stand upright."""
    if lean == 0.0:
        return ink
    height, width = ink.shape
    matrix = np.array([[1.0, -lean, lean * height / 2], [0.0, 1.0, 0.0]])
    return np.asarray(cv2.warpAffine(ink, matrix, (width, height), flags=cv2.INTER_NEAREST), np.uint8)


def _upright_runs(runs: NDArray[np.uint8], ink: NDArray[np.uint8], lean: float) -> list[Upright]:
    height = runs.shape[0]
    count, labels, stats, _ = cv2.connectedComponentsWithStats(runs, connectivity=8)
    found = []
    for n in range(1, count):
        x, y, w, h, _ = stats[n]
        part = labels[y : y + h, x : x + w] == n
        tall = part.sum(axis=0)
        # a chord's heads make a block of runs; its stem is what is taller
        while True:
            high = tall >= max(0.75 * tall.max(), _STEM * SPACE)
            columns = np.flatnonzero(high)
            if not len(columns):
                break
            peak = int(np.argmax(tall))
            first = peak
            while first > 0 and high[first - 1]:
                first -= 1
            last = peak
            while last + 1 < w and high[last + 1]:
                last += 1
            wide = last - first + 1
            rows = np.flatnonzero(part[:, first : last + 1].any(axis=1))
            if wide <= _THIN * SPACE or (wide <= 0.8 * SPACE and tall.max() > 3.6 * SPACE):
                top, bottom = y + rows[0], y + rows[-1]
                at = x + (first + last) / 2
                thickness = _width(ink, at, top, bottom, wide)
            else:
                thickness = np.inf
            if thickness <= _BLOCK * SPACE:
                found.append(
                    Upright(
                        at + lean * (top - height / 2),
                        float(top),
                        at + lean * (bottom - height / 2),
                        float(bottom),
                        thickness,
                    )
                )
            tall = tall.copy()
            tall[max(0, first - 2) : last + 3] = 0
            if tall.max(initial=0) < 0.6 * h:
                break
    return found


def _width(ink: NDArray[np.uint8], x: float, top: int, bottom: int, wide: int) -> float:
    """The usual width of the ink along an upright stroke: what is attached to it counts in few rows."""
    first = max(0, round(x) - SPACE)
    band = ink[top : bottom + 1, first : round(x) + SPACE + 1] > 0
    at = min(round(x) - first, band.shape[1] - 1)
    right = np.where(band[:, at:].all(axis=1), band.shape[1] - at, np.argmin(band[:, at:], axis=1))
    flipped = band[:, at::-1]
    left = np.where(flipped.all(axis=1), at, np.argmin(flipped, axis=1))
    usual = float(np.percentile(left + right, 30))
    return usual if usual > _BLOCK * SPACE else min(wide + 1.0, usual)


def _distinct(found: list[Upright], leaning: float) -> list[Upright]:
    """The longest of those that lie on each other, each shortened by so many pixels for a lean of one column a row."""
    kept: list[Upright] = []
    for one in sorted(found, key=lambda u: -(u.height - leaning * abs(u.x1 - u.x0) / max(u.height, 1))):
        middle = (one.y0 + one.y1) / 2
        for other in kept:
            overlap = min(one.y1, other.y1) - max(one.y0, other.y0)
            if overlap > 0.3 * one.height:
                at = float(np.clip(middle, other.y0, other.y1))
                if abs(one.x_at(at) - other.x_at(at)) < max(
                    0.3 * SPACE, 0.5 * (one.thickness + other.thickness)
                ):
                    break
        else:
            kept.append(one)
    return sorted(kept, key=lambda u: u.x0)


def beams(ink: Mask, thickness: float) -> tuple[list[Level], Mask]:
    """The beams in a strip and their ink; `thickness` is a staff line's, which a beam surpasses."""
    run = np.ones((1, round(_BEAM_RUN * SPACE)), np.uint8)
    image = ink.astype(np.uint8)
    tall = _bits(
        cv2.morphologyEx(
            image,
            cv2.MORPH_OPEN,
            np.ones((max(3, round(max(_LEAST_BEAM * SPACE, 1.1 * thickness))), 1), np.uint8),
        )
    )
    held = np.zeros(tall.shape, np.uint8)
    for slope in _SLOPES:
        moved = _sheared_down(tall, slope)
        runs = _bits(cv2.morphologyEx(moved, cv2.MORPH_OPEN, run))
        held |= _sheared_down(runs, -slope)
    held = _bits(cv2.morphologyEx(held, cv2.MORPH_CLOSE, np.ones((1, 3), np.uint8))) & image
    return _bars(held > 0)


def _sheared_down(ink: NDArray[np.uint8], slope: float) -> NDArray[np.uint8]:
    """The strip with each column moved down by `slope` times its place, wrapped within itself."""
    if slope == 0.0:
        return ink
    height, width = ink.shape
    shift = np.rint(slope * np.arange(width)).astype(np.intp)
    rows = (np.arange(height)[:, None] - shift[None, :]) % height
    return np.ascontiguousarray(np.take_along_axis(ink, rows, axis=0))


def _bars(held: Mask) -> tuple[list[Level], Mask]:
    """The level bars in a mask of level runs, those that touch parted, and the ink that is theirs."""
    count, labels, stats, _ = cv2.connectedComponentsWithStats(held.astype(np.uint8), connectivity=8)
    found: list[Level] = []
    mine = np.zeros_like(held)
    for n in range(1, count):
        x, y, w, h, area = stats[n]
        if w < _BEAM_RUN * SPACE or area < 0.2 * SPACE * SPACE:
            continue
        part = labels[y : y + h, x : x + w] == n
        bars = _parted(part)
        if bars:
            mine[y : y + h, x : x + w] |= part
        found += [Level(b.x0 + x, b.y0 + y, b.x1 + x, b.y1 + y, b.thickness) for b in bars]
    return found, mine


def _parted(part: Mask) -> list[Level]:
    """The bars in a region: its ink is summed along the slope of its upper edge, and each ridge is a bar."""
    h, w = part.shape
    columns = np.flatnonzero(part.any(axis=0))
    top = np.argmax(part, axis=0)
    bottom = h - 1 - np.argmax(part[::-1], axis=0)
    count = part.sum(axis=0)
    best: tuple[float, float] | None = None
    for slope in np.linspace(-0.65, 0.65, 53):
        level = top[columns] - slope * columns
        lower = bottom[columns] - slope * columns
        spread = min(np.std(level), np.std(lower)) + 0.3 * max(np.std(level), np.std(lower))
        if best is None or spread < best[0]:
            best = (float(spread), float(slope))
    if best is None or best[0] > 0.22 * SPACE + 0.03 * w:
        return []
    slope = best[1]
    ys, xs = np.nonzero(part)
    straight = np.rint(ys - slope * xs).astype(np.intp)
    low = int(straight.min())
    profile = np.bincount(straight - low, minlength=1) / max(len(columns), 1)
    usual = float(np.percentile(count[columns], 80))
    # runs of the profile above a third are bars; a run as high as two bars and their gap is two
    on = np.concatenate([[False], profile > 0.3 * profile.max(), [False]])
    edges = np.flatnonzero(np.diff(on.astype(np.int8))).reshape(-1, 2)
    bars: list[Level] = []
    for first, last in edges:
        high = last - first
        if high < 2:
            continue
        pieces = max(1, round((high / SPACE + 0.25) / _BEAM_PITCH)) if high > 1.05 * SPACE else 1
        for k in range(pieces):
            a, b = first + high * k / pieces, first + high * (k + 1) / pieces
            inside = (straight - low >= a) & (straight - low < b)
            if not inside.any():
                continue
            across = np.bincount(xs[inside], minlength=w)
            filled = np.flatnonzero(across >= 0.4 * (b - a))
            if len(filled) < 0.8 * SPACE:
                continue
            x0, x1 = float(filled[0]), float(filled[-1])
            middle = low + (a + b - 1) / 2
            thick = float(min(b - a, usual)) if pieces == 1 else (b - a) * 0.67
            bars.append(Level(x0, middle + slope * x0, x1, middle + slope * x1, thick))
    return bars


def ledgers(ink: Mask, thickness: float) -> list[Level]:
    """Short thin level strokes above or below the staff where ledger lines may lie, in the strip with its lines."""
    long = cv2.morphologyEx(
        ink.astype(np.uint8), cv2.MORPH_OPEN, np.ones((1, round(0.28 * SPACE) | 1), np.uint8)
    )
    found: list[Level] = []
    first, last = LINE_ROWS[0], LINE_ROWS[-1]
    rows = [r for k in range(1, 6) for r in (first - k * SPACE, last + k * SPACE)]
    reach = round(0.3 * SPACE)
    limit = max(0.32 * SPACE, 1.8 * thickness)
    for row in rows:
        if row - reach - 6 < 0 or row + reach + 6 >= ink.shape[0]:
            continue
        band = long[row - reach : row + reach + 1] > 0
        around = ink[row - reach - 6 : row + reach + 7]
        tall = around.sum(axis=0)
        thin = band.any(axis=0) & (tall <= limit)
        # the parts of a ledger line left and right of its head count as one
        runs = np.flatnonzero(np.diff(np.concatenate([[0], thin.astype(np.int8), [0]]))).reshape(-1, 2)
        for a, b in runs:
            if b - a < 3:
                continue
            ys = np.nonzero(band[:, a:b])[0]
            y = row - reach + float(ys.mean())
            found.append(Level(float(a), y, float(b - 1), y, float(np.median(tall[a:b]))))
    return found
