"""A possible staff pulled straight, and five lines fitted in it to a fraction of a pixel.

All lengths here are in rough staff spaces, that is in the spacing of the comb matches the band was cut along; so
nothing depends on the resolution of the page.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import cv2
import numpy as np
from numpy.typing import NDArray

from models.arrays import Grey
from models.sheet.comb import Track
from models.sheet.ink import Floats, Ink, Light

LINES = np.arange(-2.0, 3.0)
"""Places of the five lines, from the middle one."""

_REACH = 4.2  # staff spaces from the middle line that a band shows
_BLOCK = 3.0  # staff spaces along the staff that are measured as one
_RUNS_ON = (
    0.4  # quantile along a block that keeps what runs on, the lines, and drops what does not, the notes
)
_SHIFTS = np.arange(-6, 7) / 12  # by which the comb matches may miss the middle line
_STRETCHES = np.linspace(0.91, 1.09, 7)  # by which their spacing may err
_WINDOW = 0.36  # on either side of a line that its centre is looked for in
_LEAST_PEAK = 0.07  # ink of a line above its gaps
_WIDEST_LINE = 0.36  # rows of letters are wider
_PIXEL_SPREAD = 1.8  # pixels that anti-aliasing and a gentle blur add to that
_MOST_RESIDUAL = 0.09  # by which lines may stray from equal spacing
_LEAST_GOOD = 0.5  # share of blocks in which the lines must be found


@dataclass(frozen=True)
class Band:
    """The page along a track: `ink` (rows, columns), `fine` rows to a staff space, the middle line half way down.

    `left`, `right` bound the track and `middle` is its height half way, `slope` its fall per pixel, `rough` the
    rough staff space, `step` the distance of the columns, all in pixels of the page. `block` columns are measured
    as one, and `profile` (rows, blocks) holds the ink that runs on through each block.
    """

    ink: Ink
    fine: int
    left: float
    right: float
    middle: float
    slope: float
    rough: float
    step: float
    block: int
    profile: Ink


@dataclass(frozen=True)
class Fit:
    """Five lines fitted in every block of a band: `shift` of the middle one off the band's middle, `spacing`.

    `good` marks the blocks where they were found; the others are bridged. `area` and `peak` are a line's ink
    above its gaps, summed across the line and at most.
    """

    shift: Floats
    spacing: Floats
    good: NDArray[np.bool_]
    area: float
    peak: float


def column_step(space: float) -> float:
    """Pixels from one column of a band to the next, at so many pixels to a staff space."""
    return max(1.0, space / 16)


def band_along(track: Track, grey: Grey, light: Light) -> Band | None:
    """The page along `track`, pulled straight; None where that is too short to be measured in two blocks."""
    rough = track.spacing
    xs, ys, slope = _path(track, grey.shape[1])
    step = column_step(rough)
    block = max(4, round(_BLOCK * rough / step))
    count = len(xs) // block
    if count < 2:
        return None
    fine = int(np.clip(round(rough / 1.5), 12, 32))
    whole = count * block
    ink = _straightened(grey, light, xs[:whole], ys[:whole], rough, fine)
    at = int(_RUNS_ON * block)
    profile = np.partition(ink.reshape(ink.shape[0], count, block), at, axis=2)[:, :, at]
    return Band(
        ink=ink,
        fine=fine,
        left=float(xs[0]),
        right=float(xs[-1]),
        middle=float(ys[len(ys) // 2]),
        slope=slope,
        rough=rough,
        step=step,
        block=block,
        profile=np.ascontiguousarray(profile),
    )


def fitted(band: Band) -> Fit | None:
    """Five thin, equally spaced lines in `band`; None where too few blocks show them."""
    profile, fine = band.profile, band.fine
    centre, every = profile.shape[0] // 2, np.arange(profile.shape[1])
    stretch, shift = _placed(profile, fine)
    window = np.arange(-round(_WINDOW * fine), round(_WINDOW * fine) + 1)
    centres, areas, peaks = (np.empty((5, len(every))) for _ in range(3))
    for i, place in enumerate(LINES):
        line = np.rint((shift + place * stretch) * fine).astype(np.intp) + centre
        half = round(0.5 * stretch * fine)
        above, below = profile[line - half, every], profile[line + half, every]
        ramp = (window / (2 * half) + 0.5)[:, None]
        rows = line + window[:, None]
        over = np.maximum(profile[rows, every] - above * (1 - ramp) - below * ramp, 0.0)
        areas[i], peaks[i] = over.sum(axis=0) / fine, over.max(axis=0)
        weight = np.maximum(over - 0.15 * peaks[i], 0.0)
        centres[i] = ((rows - centre) / fine * weight).sum(axis=0) / np.maximum(weight.sum(axis=0), 1e-6)

    valid = peaks > 0.4 * max(float(np.median(peaks)), _LEAST_PEAK)
    start, spacing, residual = _straight_lines(centres, valid)
    good = (valid.sum(axis=0) >= 4) & (residual < _MOST_RESIDUAL) & (np.abs(spacing / stretch - 1.0) < 0.12)
    if good.sum() < 2 or good.mean() < _LEAST_GOOD:
        return None
    area, peak = float(np.median(areas[valid & good])), float(np.median(peaks[valid & good]))
    if peak < _LEAST_PEAK or area / peak > np.hypot(_WIDEST_LINE, _PIXEL_SPREAD / band.rough):
        return None
    where = every[good]
    return Fit(np.interp(every, where, start[good]), np.interp(every, where, spacing[good]), good, area, peak)


def _path(track: Track, page_width: int) -> tuple[Floats, Floats, float]:
    """Columns along the track, the middle line's height at each on a smooth curve, and the mean slope."""
    middle = track.x.mean()
    x, y = track.x - middle, track.y
    degree = 1 if len(x) < 10 else 2 if len(x) < 24 else 3  # paper bends; a short piece shows nothing of it
    kept = np.ones(len(x), np.bool_)
    for _ in range(3):
        curve = np.polynomial.Polynomial.fit(x[kept], y[kept], degree)
        off = np.abs(y - curve(x))
        kept = off <= max(0.1 * track.spacing, 2.5 * float(np.median(off)))
    slope = float(np.polyfit(x[kept], y[kept], 1)[0])
    margin = (track.x[1] - track.x[0]) / 2
    left, right = max(0.0, track.x[0] - margin), min(page_width - 1.0, track.x[-1] + margin)
    xs = np.arange(left, right, column_step(track.spacing))
    return xs, np.asarray(curve(xs - middle), np.float64), slope


def _straightened(grey: Grey, light: Light, xs: Floats, ys: Floats, rough: float, fine: int) -> Ink:
    """Ink around the path, -0.5 to 1.2: `fine` rows to a staff space, a column for each of `xs`."""
    reach = round(_REACH * fine)
    offsets = np.arange(-reach, reach + 1) / fine * rough
    map_x = np.repeat(xs[None, :].astype(np.float32), len(offsets), axis=0)
    map_y = (ys[None, :] + offsets[:, None]).astype(np.float32)
    top = int(np.clip(np.floor(map_y.min()) - 3, 0, grey.shape[0] - 1))
    bottom = int(np.clip(np.ceil(map_y.max()) + 4, top + 1, grey.shape[0]))
    taken = cv2.remap(
        grey[top:bottom].astype(np.float32),
        map_x,
        map_y - top,
        cv2.INTER_LINEAR if rough > 10 else cv2.INTER_CUBIC,
        borderMode=cv2.BORDER_REPLICATE,
    )
    high, wide = light.paper.shape
    paper = cv2.remap(
        light.paper,
        (map_x + 0.5) * (wide / grey.shape[1]) - 0.5,
        (map_y + 0.5) * (high / grey.shape[0]) - 0.5,
        cv2.INTER_LINEAR,
        borderMode=cv2.BORDER_REPLICATE,
    )
    # noise goes below bare paper as well as above it, and has to, or it would look like faint ink
    ink: Ink = np.clip((1.0 - taken / paper) / light.contrast, -0.5, 1.2).astype(np.float32)
    ink[(map_y < -0.5) | (map_y > grey.shape[0] - 0.5)] = 0.0  # off the page there are no lines
    return ink


def _placed(profile: Ink, fine: int) -> tuple[float, Floats]:
    """The stretch of the spacing that suits all blocks, and the shift that suits each."""
    lines, gaps = _comb_rows(fine)
    lines, gaps = lines + profile.shape[0] // 2, gaps + profile.shape[0] // 2
    teeth = profile[lines] - 0.5 * (profile[gaps[..., :-1]] + profile[gaps[..., 1:]])
    teeth.sort(axis=2)
    scores = teeth[:, :, 1] + 0.2 * teeth.sum(axis=2)  # (stretches, shifts, blocks)
    best = int(np.median(scores.max(axis=1), axis=1).argmax())
    return float(_STRETCHES[best]), _SHIFTS[scores[best].argmax(axis=0)]


@cache
def _comb_rows(fine: int) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Rows off the band's middle of five lines and of six gaps, for every stretch and shift."""
    shifts, stretches = _SHIFTS[None, :, None], _STRETCHES[:, None, None]
    lines = np.rint((shifts + LINES * stretches) * fine).astype(np.intp)
    gaps = np.rint((shifts + np.arange(-2.5, 3.0) * stretches) * fine).astype(np.intp)
    return lines, gaps


def _straight_lines(centres: Floats, valid: NDArray[np.bool_]) -> tuple[Floats, Floats, Floats]:
    """Least squares of the lines' centres (5, blocks) on their number: middle, spacing, and what remains."""
    count = np.maximum(valid.sum(axis=0), 1)
    place = LINES[:, None]
    mean_place = (valid * place).sum(axis=0) / count
    mean_centre = (valid * centres).sum(axis=0) / count
    off = (place - mean_place) * valid
    spacing = (off * centres).sum(axis=0) / np.maximum((off**2).sum(axis=0), 1e-6)
    start = mean_centre - spacing * mean_place
    residual = np.sqrt((valid * (centres - start - spacing * place) ** 2).sum(axis=0) / count)
    return start, spacing, residual
