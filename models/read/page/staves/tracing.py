"""Staff lines followed across a page: first the staff as a whole, then each line by itself.

Following is dynamic programming (Viterbi): at every fourth column a line lies at one of some heights, each costs
as much as ink is missing there, and so does every step up or down. Lines hidden by beams, broken or covered by
notes are bridged, since the path only has to be the best as a whole.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from models.sheet.ink import Floats, Ink

GRID = 4
"""Pixels of the page between two columns at which lines are followed."""

_SIDE = 0.2  # staff spaces from the middle of a line to where it is over, and a beam is not
_WANDER = 1.5  # staff spaces by which a staff may leave its comb matches, which may be a line off,
_SETTLED = 0.45  # and by which it may then leave the stiff curve through most of what was seen
_STIFF = 0.2  # staff spaces that the curve may miss it by,
_STIFF_SHARE = 0.45  # on so much of it; otherwise the page is bent too much for a curve
_STRAY = 0.32  # and a line its place in the staff
_MORE_LINE = (
    0.12  # share of the staff by which a line beyond must be visible more often than the outermost within
)
_BEND = 0.25  # cost of one row of rise a column, in ink
_VISIBLE = 0.22  # ink above its gaps that is a line
_FAINT, _FAINT_SHARE = 0.07, 0.5  # ink, and the share of columns, that a piece of staff beyond its ends needs
_END_WINDOW = 2.5  # staff spaces over which the end of a staff is judged
_END_SHARE = 0.5


@dataclass(frozen=True)
class Traced:
    """Five lines followed: columns `xs` (n,), heights `lines` (5, n), the share of columns where they are visible."""

    xs: Floats
    lines: Floats
    evidence: float


def traced(ink: NDArray[np.uint8], x: Floats, y: Floats, space: Floats) -> Traced | None:
    """The staff whose middle line was matched at (x, y) with staff spaces `space`; None where it fades away.

    `ink` is the page, uint8 with 255 for black. Both ends are followed as far as the lines go.
    """
    width = ink.shape[1]
    unit = float(np.median(space))
    xs = np.arange(0.0, width, GRID)
    order = np.argsort(x)
    x, y, space = x[order], y[order], space[order]
    path = np.interp(xs, x, _running_median(y))
    spacing = _spacing(xs, x, space)
    slope = _steady_slope(x, y)
    path = path + slope * (xs - np.clip(xs, x[0], x[-1]))
    path, visible = _followed_staff(ink, xs, path, spacing, _WANDER)
    path = _stiffened(xs, path, visible, spacing)
    path, visible = _followed_staff(ink, xs, path, spacing, _WANDER)
    path = _stiffened(xs, path, visible, spacing)
    path = path + _line_off(ink, xs, path, spacing, visible) * spacing
    path, visible = _followed_staff(ink, xs, path, spacing, _SETTLED)
    span = _extent(visible, x, xs, unit)
    if span is None:
        return None
    first, last = span
    xs, path, spacing, visible = xs[first:last], path[first:last], spacing[first:last], visible[first:last]
    if len(xs) < 8:
        return None
    lines = _followed_lines(ink, xs, path, spacing)
    spacing = _spacing(xs, xs, (lines[4] - lines[0]) / 4.0)
    lines = _followed_lines(ink, xs, lines[1:4].mean(axis=0), spacing)
    evidence = float(np.mean(visible > _VISIBLE))
    return Traced(xs, lines, evidence)


def lengthened(
    ink: NDArray[np.uint8], lines: Traced, first: float, last: float, piece: Traced | None = None
) -> Traced | None:
    """The staff followed on to the columns `first` and `last`; None where its lines are not seen there, however faint.

    `lines` runs within them, and may be a piece of the staff; where `piece`, another one, runs need not be looked.
    """
    xs = np.arange(min(first, lines.xs[0]), max(last, lines.xs[-1]) + GRID, GRID)
    xs = xs[(xs >= 0) & (xs < ink.shape[1])]
    spacing = _spacing(xs, lines.xs, (lines.lines[4] - lines.lines[0]) / 4.0)
    held = (xs >= lines.xs[0]) & (xs <= lines.xs[-1])
    if held.all() or len(lines.xs) < 8:
        return None
    slope = np.polynomial.Polynomial.fit(lines.xs, lines.lines[2], 2 if len(lines.xs) > 200 else 1)
    ends = np.clip(xs, lines.xs[0], lines.xs[-1])
    beyond = np.polynomial.Polynomial.fit(lines.xs, lines.lines[2], 1).deriv()(0.0)
    path = np.where(held, np.interp(xs, lines.xs, lines.lines[2]), slope(ends) + beyond * (xs - ends))
    path, visible = _followed_staff(ink, xs, np.asarray(path, np.float64), spacing, _SETTLED)
    between = ~held if piece is None else ~held & ((xs < piece.xs[0]) | (xs > piece.xs[-1]))
    if between.any() and np.mean(visible[between] > _FAINT) < _FAINT_SHARE:
        return None
    whole = _followed_lines(ink, xs, path, spacing)
    spacing = _spacing(xs, xs, (whole[4] - whole[0]) / 4.0)
    whole = _followed_lines(ink, xs, whole[1:4].mean(axis=0), spacing)
    return Traced(xs, whole, float(np.mean(visible > _VISIBLE)))


def _spacing(xs: Floats, x: Floats, space: Floats) -> Floats:
    """The staff space at columns `xs` from measurements `space` at `x`: even, or changing evenly as in perspective.

    Measurements that hit a beam for a line spoil a fit, so it has to be plainly better than one staff space for all.
    """
    unit = float(np.median(space))
    if len(x) >= 8:
        third = max(1, len(x) // 3)
        first, last = float(np.median(space[:third])), float(np.median(space[-third:]))
        slope = (last - first) / max(float(np.median(x[-third:]) - np.median(x[:third])), 1.0)
        fit = unit + slope * (x - float(np.median(x)))
        if np.mean(np.abs(space - fit)) < 0.8 * np.mean(np.abs(space - unit)):
            bent = unit + slope * (np.clip(xs, x[0], x[-1]) - float(np.median(x)))
            return np.asarray(np.clip(bent, 0.8 * unit, 1.25 * unit), np.float64)
    return np.full(len(xs), unit)


def _steady_slope(x: Floats, y: Floats) -> float:
    """The rise of the staff as a whole, by least absolute deviation; level where its comb matches are few."""
    if len(x) < 6:
        return 0.0
    weights = np.ones(len(x))
    line = np.polynomial.Polynomial.fit(x, y, 1)
    for _ in range(8):
        weights = 1.0 / (0.5 + np.abs(y - line(x)))
        line = np.polynomial.Polynomial.fit(x, y, 1, w=np.sqrt(weights))
    return float(line.deriv()(0.0))


def _running_median(values: Floats) -> Floats:
    if len(values) < 5:
        return values
    padded = np.pad(values, 2, mode="edge")
    return np.asarray(np.median(np.lib.stride_tricks.sliding_window_view(padded, 5), axis=1), np.float64)


def _band(ink: NDArray[np.uint8], xs: Floats, path: Floats, spacing: Floats, fine: int, reach: float) -> Ink:
    """The page around a path: `fine` rows to a staff space, a column each GRID pixels, averaged over its width."""
    rows = round(reach * fine)
    offsets = np.arange(-rows, rows + 1) / fine
    total = np.zeros((len(offsets), len(xs)), np.float32)
    for nudge in range(GRID):
        at = np.repeat((xs + nudge - (GRID - 1) / 2)[None, :], len(offsets), 0).astype(np.float32)
        down = (path[None, :] + offsets[:, None] * spacing[None, :]).astype(np.float32)
        total += cv2.remap(ink, at, down, cv2.INTER_LINEAR, borderMode=cv2.BORDER_CONSTANT).astype(np.float32)
    return np.asarray(total / np.float32(255 * GRID), np.float32)


def _fineness(spacing: Floats) -> int:
    """Rows to a staff space so that no line falls between two of them."""
    return int(np.clip(round(float(np.median(spacing))), 16, 32))


def _ridge(band: Ink, fine: int) -> Ink:
    """How much darker each row is than what lies a little above and below, 0..1: thin lines, not beams."""
    side = round(_SIDE * fine)
    padded = np.pad(band, ((side, side), (0, 0)), mode="edge")
    beside = np.maximum(padded[: -2 * side], padded[2 * side :])
    return np.asarray(np.maximum(band - beside, 0.0), np.float32)


def _stiffened(xs: Floats, path: Floats, visible: Floats, spacing: Floats) -> Floats:
    """A smooth curve through most of what was visible of the staff, so that a part that lies a line off is put right."""
    held = np.flatnonzero(visible > _VISIBLE)
    if len(held) < 30:
        return path
    x, y, unit = xs[held], path[held], spacing[held]
    best, most = None, _STIFF_SHARE
    for degree in (1, 2, 3):  # a bend has to earn its keep: most pages are flat
        curve = np.polynomial.Polynomial.fit(x, y, degree, w=np.sqrt(visible[held]))
        for _ in range(12):
            off = np.abs(y - curve(x)) / unit
            weights = visible[held] / (0.03 + off)  # least absolute deviation, by reweighting
            curve = np.polynomial.Polynomial.fit(x, y, degree, w=np.sqrt(weights))
        share = float(np.mean(np.abs(y - curve(x)) / unit < _STIFF))
        if share > most:
            best, most = curve, share + 0.15
    if best is None:
        return path
    curve = best
    inside = (xs >= xs[held[0]]) & (xs <= xs[held[-1]])
    ends = np.clip(xs, xs[held[0]], xs[held[-1]])
    slope = np.where(xs < ends, curve.deriv()(xs[held[0]]), curve.deriv()(xs[held[-1]]))
    return np.where(inside, curve(ends), curve(ends) + slope * (xs - ends))


def _line_off(ink: NDArray[np.uint8], xs: Floats, path: Floats, spacing: Floats, visible: Floats) -> int:
    """By how many lines (-1, 0, 1) the path misses the middle one: five lines in a row run on, a beam does not."""
    fine = _fineness(spacing)
    ridge = _ridge(_band(ink, xs, path, spacing, fine, 4.0), fine)
    ridge = np.asarray(cv2.dilate(ridge, np.ones((round(0.5 * fine), 1), np.uint8)), np.float32)
    centre = ridge.shape[0] // 2
    judged = visible > 0.5 * _VISIBLE
    if judged.sum() < 8:
        return 0
    above, first, last, below = (
        float(np.mean(ridge[centre + k * fine, judged] > _VISIBLE)) for k in (-3, -2, 2, 3)
    )
    if below > first + _MORE_LINE:
        return 1
    if above > last + _MORE_LINE:
        return -1
    return 0


def _followed_staff(
    ink: NDArray[np.uint8], xs: Floats, path: Floats, spacing: Floats, reach: float
) -> tuple[Floats, Floats]:
    """The middle line's heights, and how much line is visible at each column (the third weakest of five)."""
    fine = _fineness(spacing)
    ridge = _ridge(_band(ink, xs, path, spacing, fine, 2.0 + reach + 0.5), fine)
    # lines need not be spaced to the pixel: a tooth bites a row beside as well
    ridge = np.asarray(cv2.dilate(ridge, np.ones((3, 1), np.uint8)), np.float32)
    ridge = np.asarray(cv2.blur(ridge, (9, 1)), np.float32)
    centre, wander = ridge.shape[0] // 2, round(reach * fine)
    teeth = np.stack(
        [ridge[centre + k * fine - wander : centre + k * fine + wander + 1] for k in range(-2, 3)]
    )
    teeth.sort(axis=0)
    # all five count, or a ledger line or a beam beside four of them would do for the fifth
    score = 0.6 * teeth.mean(axis=0) + teeth[0]
    # the comb matches know where the staff is: far from them costs
    off = np.abs(np.arange(-wander, wander + 1))[:, None] / fine
    best = viterbi(score - (0.02 * off).astype(np.float32), _BEND * 10 / fine, 3)
    rows = best - wander
    every = np.arange(len(xs))
    visible = teeth[2][best, every]
    return path + _smoothed(
        rows.astype(np.float64), np.ones(len(rows)), 5.0
    ) / fine * spacing, visible.astype(np.float64)


def _followed_lines(ink: NDArray[np.uint8], xs: Floats, path: Floats, spacing: Floats) -> Floats:
    """The heights of the five lines, each followed by itself within a third of a space of its place."""
    fine = _fineness(spacing)
    ridge = _ridge(_band(ink, xs, path, spacing, fine, 2.0 + _STRAY + 0.6), fine)
    centre, stray = ridge.shape[0] // 2, round(_STRAY * fine)
    lines = np.empty((5, len(xs)))
    weights = np.empty((5, len(xs)))
    every = np.arange(len(xs))
    bands = [ridge[centre + k * fine - stray : centre + k * fine + stray + 1] for k in range(-2, 3)]
    soft = np.stack([np.asarray(cv2.blur(near, (5, 1)), np.float32) for near in bands])
    off = np.abs(np.arange(-stray, stray + 1))[:, None] / fine
    followed = viterbi(soft - (0.15 * off).astype(np.float32), 0.06, 1)
    for n, (k, near, best) in enumerate(zip(range(-2, 3), bands, followed, strict=True)):
        # to a fraction of a row: the ridge's centre of mass around the path
        total, moment = np.zeros(len(xs)), np.zeros(len(xs))
        for nudge in range(-4, 5):
            row = np.clip(best + nudge, 0, near.shape[0] - 1)
            ink_here = near[row, every]
            total += ink_here
            moment += ink_here * row
        place = np.where(total > 0.05, moment / np.maximum(total, 1e-6), best) - stray
        lines[n] = path + (k + place / fine) * spacing
        weights[n] = np.minimum(near[best, every], 0.6) + 1e-3
    # a line hidden for long lies where its neighbours say
    nominal = path + np.arange(-2, 3)[:, None] * spacing
    shift = np.average(lines - nominal, axis=0, weights=weights)
    hidden = nominal + shift
    for n in range(5):
        held = np.asarray(cv2.blur(weights[n][None, :].astype(np.float32), (15, 1))[0], np.float64)
        trust = np.clip((held - 0.12) / 0.25, 0.0, 1.0)
        off = np.clip(lines[n] - hidden[n], -0.15 * spacing, 0.15 * spacing)
        lines[n] = _smoothed(trust * off, weights[n], 10.0)
    return np.asarray(lines + nominal + _smoothed(shift, weights.sum(axis=0), 3.0), np.float64)


def viterbi(score: Ink, bend: float, most: int) -> NDArray[np.intp]:
    """The row at each column of `score` (..., rows, columns) whose sum is greatest; a step of a row costs `bend`.

    Steps of more than `most` rows a column are not taken. Several scores of one shape are followed at once; what comes
    back is (..., columns).
    """
    rows, columns = score.shape[-2:]
    each = score.reshape(-1, rows, columns)
    many = np.arange(len(each))
    steps = np.arange(-most, most + 1)
    cost = (bend * np.abs(steps)).astype(np.float32)
    totals = np.full((columns, len(each), rows + 2 * most), -np.inf, np.float32)
    inner = slice(most, most + rows)
    totals[0][:, inner] = each[:, :, 0]
    along = np.ascontiguousarray(each.transpose(2, 0, 1), np.float32)
    step_costs = [(int(s) + most, float(c)) for s, c in zip(steps, cost, strict=True)]
    for column in range(1, columns):
        before = totals[column - 1]
        total = before[:, :rows] - np.float32(step_costs[0][1])
        for first, price in step_costs[1:]:
            np.maximum(total, before[:, first : first + rows] - np.float32(price), out=total)
        total += along[column]
        totals[column][:, inner] = total
    path = np.empty((len(each), columns), np.intp)
    path[:, -1] = totals[-1][:, inner].argmax(axis=1)
    reach = steps + most
    for column in range(columns - 1, 0, -1):
        here = path[:, column]
        options = totals[column - 1][many[:, None], here[:, None] + reach] - cost
        path[:, column - 1] = here + steps[options.argmax(axis=1)]
    return path.reshape(*score.shape[:-2], columns)


def _smoothed(values: Floats, weights: Floats, sigma: float) -> Floats:
    """Weighted Gaussian average along the staff; the slope at the ends is kept by mirroring through them."""
    reach = max(1, min(int(3 * sigma), len(values) - 1))
    kernel = np.exp(-0.5 * (np.arange(-reach, reach + 1) / sigma) ** 2)
    front, back = 2 * values[0] - values[reach:0:-1], 2 * values[-1] - values[-2 : -reach - 2 : -1]
    long = np.concatenate([front, values, back])
    heavy = np.pad(weights, reach, mode="reflect" if len(weights) > reach else "edge")
    above = np.convolve(long * heavy, kernel, "valid")
    return np.asarray(above / np.convolve(heavy, kernel, "valid"), np.float64)


def _extent(visible: Floats, x: Floats, xs: Floats, unit: float) -> tuple[int, int] | None:
    """First and last column (excluded) between which the staff is visible, from its comb matches outward."""
    window = max(3, round(_END_WINDOW * unit / GRID)) | 1
    there = (visible > _VISIBLE).astype(np.float32)
    share = np.asarray(cv2.blur(there[None, :], (window, 1), borderType=cv2.BORDER_CONSTANT)[0])
    on = share > _END_SHARE
    middle = (xs >= x[0]) & (xs <= x[-1])
    if not (on & middle).any():
        return None
    # gaps of up to eight spaces within are bridged: a staff hidden by a dense chord or a torn page
    bridge = round(8 * unit / GRID)
    core = np.flatnonzero(on & middle)
    first, last = int(core[0]), int(core[-1])
    every = np.flatnonzero(on)
    for n in every[::-1]:
        if n < first and first - n <= bridge:
            first = int(n)
    for n in every:
        if n > last and n - last <= bridge:
            last = int(n)
    # to the very column where the lines stop
    single = np.flatnonzero(there[: last + window + 1] > 0)
    single = single[single >= max(0, first - window)]
    if len(single) < 2:
        return None
    return int(single[0]), int(single[-1]) + 1
