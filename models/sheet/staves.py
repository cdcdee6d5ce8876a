"""Staves proved line by line: a run of sightings becomes a staff only if five unbroken thin lines lie there.

The band of page around a run is pulled straight, with a fixed number of rows to a staff space whatever the
resolution. Five lines are fitted in it block by block, to fractions of a pixel. Then the band is asked what
letters, tables and patterns would answer differently: do the lines run on without the gaps that words leave,
is there a sixth one, do the signs between the lines touch them (notes do, the text of a table does not)?
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cache

import cv2
import numpy as np
from numpy.typing import NDArray

from models.sheet.comb import Track
from models.sheet.ink import Grey, Ink, Light

Floats = NDArray[np.float64]

_LINES = np.arange(-2.0, 3.0)
_SHIFTS = np.arange(-6, 7) / 12  # staff spaces by which a run of sightings may miss the middle line
_STRETCHES = np.linspace(0.91, 1.09, 7)  # and by which share its spacing may err
_PLACES = np.arange(-3.0, 4.0)  # the five lines and a stranger on either side
_REACH = 4.2  # staff spaces from the middle line that the band shows
_BLOCK = 3.0  # staff spaces along the staff that are measured as one
_LEAST_LENGTH = 6.0  # staff spaces
_LEAST_PEAK = 0.07  # ink of a line above its gaps
_WIDEST_LINE = 0.36  # width in staff spaces; rows of letters are wider
_PIXEL_SPREAD = 1.8  # pixels that anti-aliasing and a gentle blur add to it
_MOST_RESIDUAL = 0.09  # staff spaces by which a line may stray from its place
_LEAST_GOOD = 0.5  # share of blocks in which the five lines must be found
_LEAST_UNBROKEN = 0.90  # of all five lines; rows of letters reach 0.88, staves begin at 0.93
_LEAST_OF_A_LINE = 0.75
_HALF_LINE, _HALF_GAP = 0.3, 0.15  # staff spaces over which a line and the paper beside it are averaged
_NOISE_BORNE = 0.2  # of a line's ink; more of it is averaged away along the staff,
_LONGEST_BLUR = 0.8  # but over no more staff spaces than this, or words would run together
_BESIDE = 0.22  # staff spaces from the middle of a line to where it is over, and a beam is not
_STRANGER = 0.5  # a sixth line half as dark, or half as long, makes a tablature, a table or a barcode


@dataclass(frozen=True)
class Staff:
    """One staff, or a piece of one, in pixels of the page.

    `left` and `right` bound it; `middle` is the height of its middle line half way, `slope` that line's fall per
    pixel; `spaces` holds the staff space of every measured block; `thickness` is a line's; `unbroken` the share
    of the lines' length, 0..1, on which they are seen. `signs` counts the places where ink lies between the
    lines, and `touching` those of them where it reaches a line.
    """

    left: float
    right: float
    middle: float
    slope: float
    spaces: Floats
    thickness: float
    unbroken: float
    signs: int
    touching: int

    @property
    def space(self) -> float:
        """The staff space, square to the lines."""
        return float(np.median(self.spaces))

    @property
    def length(self) -> float:
        """Pixels from left to right."""
        return self.right - self.left

    def middle_at(self, x: Floats) -> Floats:
        """Heights at which the middle line passes the columns `x`."""
        return self.middle + self.slope * (x - (self.left + self.right) / 2)


@dataclass(frozen=True)
class _Fit:
    """Five lines fitted in the blocks of a band, in rough staff spaces.

    `shift` of the middle line off the band's and `spacing`, a value a block; `good` marks the blocks where they
    were found and not bridged; `area` and `peak` are a line's ink above the gaps, summed across it and at most.
    """

    shift: Floats
    spacing: Floats
    good: NDArray[np.bool_]
    area: float
    peak: float


def proved(track: Track, grey: Grey, light: Light, *, moved: bool = False) -> Staff | None:
    """The staff under `track`, or None where text, a table, a tablature or noise only looked like one.

    A track that follows the second or the fourth line is moved to the third, once (`moved`).
    """
    rough = track.spacing
    if track.length < _LEAST_LENGTH * rough:
        return None
    xs, ys, slope = _path(track, grey.shape[1])
    fine = int(np.clip(round(rough / 1.5), 12, 32))  # rows of the band in a staff space
    band = _straightened(grey, light, xs, ys, rough, fine)
    columns = max(4, round(_BLOCK * rough / (xs[1] - xs[0])))
    count = band.shape[1] // columns
    if count < 2:
        return None
    band = band[:, : count * columns]
    # a low quantile along the staff keeps what runs on (the lines) and drops what does not (the notes)
    blocks = np.partition(band.reshape(band.shape[0], count, columns), int(0.4 * columns), axis=2)
    profile = np.ascontiguousarray(blocks[:, :, int(0.4 * columns)])
    fit = _fitted(profile, fine, 1.0 / rough)
    if fit is None:
        return None
    off = _misplaced(profile, fit, fine)
    if off and not moved:
        return proved(replace(track, y=track.y + off * rough), grey, light, moved=True)
    if _stranger(profile, fit, fine):
        return None
    seen = _Columns(band, fit, columns, fine, step=float(xs[1] - xs[0]))
    shares = seen.shares(fit, pixel=1.0 / rough)
    unbroken = float(shares[1:6].mean())
    if (
        unbroken < _LEAST_UNBROKEN
        or shares[1:6].min() < _LEAST_OF_A_LINE
        or max(shares[0], shares[6]) > _STRANGER
    ):
        return None
    signs, touching = seen.signs(fit)
    upright = float(np.cos(np.arctan(slope)))
    # below some three pixels a line's peak is dimmed by the pixels' own width: take full black for its ink
    thick = fit.area * rough / (1.0 if fit.area / fit.peak * rough < 3.0 else min(1.0, fit.peak))
    return Staff(
        left=float(xs[0]),
        right=float(xs[-1]),
        middle=float(ys[len(ys) // 2] + np.median(fit.shift[fit.good]) * rough),
        slope=slope,
        spaces=fit.spacing[fit.good] * rough * upright,
        thickness=thick * upright,
        unbroken=unbroken,
        signs=signs,
        touching=touching,
    )


def _path(track: Track, page_width: int) -> tuple[Floats, Floats, float]:
    """Columns along the track, the middle line's height at each (a smooth curve), and the mean slope."""
    x, y = track.x - track.x.mean(), track.y
    degree = 1 if len(x) < 10 else 2 if len(x) < 24 else 3  # paper bends; a short piece shows nothing of it
    kept = np.ones(len(x), bool)
    for _ in range(3):
        curve = np.polynomial.Polynomial.fit(x[kept], y[kept], degree)
        off = np.abs(y - curve(x))
        kept = off <= max(0.1 * track.spacing, 2.5 * float(np.median(off)))
    slope = float(np.polyfit(x[kept], y[kept], 1)[0])
    margin = (track.x[1] - track.x[0]) / 2
    step = max(1.0, track.spacing / 16)
    xs = np.arange(max(0.0, track.x[0] - margin), min(page_width - 1.0, track.x[-1] + margin), step)
    return xs, curve(xs - track.x.mean()), slope


def _straightened(grey: Grey, light: Light, xs: Floats, ys: Floats, rough: float, fine: int) -> Ink:
    """Ink of the band around the path: rows `fine` to a staff space, 5 spaces each way; a column per x."""
    offsets = np.arange(-_REACH * fine, _REACH * fine + 1) / fine * rough
    map_x = np.broadcast_to(xs.astype(np.float32), (len(offsets), len(xs)))
    map_y = (ys[None, :] + offsets[:, None]).astype(np.float32)
    taken = cv2.remap(
        grey.astype(np.float32) if grey.size < 1 << 20 else grey,
        np.ascontiguousarray(map_x),
        map_y,
        cv2.INTER_LINEAR if rough > 10 else cv2.INTER_CUBIC,
        borderMode=cv2.BORDER_REPLICATE,
    )
    high, wide = light.paper.shape
    paper = cv2.remap(
        light.paper,
        np.ascontiguousarray((map_x + 0.5) * (wide / grey.shape[1]) - 0.5),
        ((map_y + 0.5) * (high / grey.shape[0]) - 0.5).astype(np.float32),
        cv2.INTER_LINEAR,
        borderMode=cv2.BORDER_REPLICATE,
    )
    return np.clip((1.0 - taken / paper) / light.contrast, -0.5, 1.2).astype(np.float32)


@cache
def _comb_rows(fine: int) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Rows off the band's middle of five lines and of six gaps, for every stretch and shift: (7, 13, 5 or 6)."""
    shifts, stretches = _SHIFTS[None, :, None], _STRETCHES[:, None, None]
    lines = np.rint((shifts + _LINES * stretches) * fine).astype(np.intp)
    gaps = np.rint((shifts + np.arange(-2.5, 3.0) * stretches) * fine).astype(np.intp)
    return lines, gaps


def _fitted(profile: Ink, fine: int, pixel: float) -> _Fit | None:
    """The five lines fitted in every block of `profile` (rows, blocks); a pixel is `pixel` staff spaces high."""
    centre = profile.shape[0] // 2
    count = profile.shape[1]
    every = np.arange(count)

    def at(place: Floats) -> Ink:
        """Ink at `place` (n, blocks) staff spaces from the band's middle."""
        row = np.clip(np.rint(place * fine).astype(int) + centre, 0, profile.shape[0] - 1)
        return profile[row, every]

    lines, gaps = _comb_rows(fine)
    teeth = profile[lines + centre] - 0.5 * (profile[gaps[..., :-1] + centre] + profile[gaps[..., 1:] + centre])
    teeth.sort(axis=2)
    scores = teeth[:, :, 1] + 0.2 * teeth.sum(axis=2)  # (stretches, shifts, blocks)
    chosen = int(np.median(scores.max(axis=1), axis=1).argmax())
    stretch, shift = float(_STRETCHES[chosen]), _SHIFTS[scores[chosen].argmax(axis=0)]

    window = np.arange(-round(0.36 * fine), round(0.36 * fine) + 1)
    centroid = np.empty((5, count))
    area, peak = np.empty((5, count)), np.empty((5, count))
    for i, k in enumerate(_LINES):
        middle = shift + k * stretch
        row = np.rint(middle * fine).astype(int) + centre
        rows = np.clip(row[None, :] + window[:, None], 0, profile.shape[0] - 1)
        above, below = at((middle - 0.5 * stretch)[None])[0], at((middle + 0.5 * stretch)[None])[0]
        ramp = ((window / fine) / stretch + 0.5)[:, None]
        over = np.maximum(profile[rows, every] - (above * (1 - ramp) + below * ramp), 0.0)
        area[i], peak[i] = over.sum(axis=0) / fine, over.max(axis=0)
        weight = np.maximum(over - 0.15 * peak[i], 0.0)
        mass = weight.sum(axis=0)
        centroid[i] = ((rows - centre) / fine * weight).sum(axis=0) / np.maximum(mass, 1e-6)

    typical = float(np.median(peak))
    valid = peak > 0.4 * max(typical, _LEAST_PEAK)
    n = np.maximum(valid.sum(axis=0), 1)
    k_mean = (valid * _LINES[:, None]).sum(axis=0) / n
    y_mean = (valid * centroid).sum(axis=0) / n
    k_off = (_LINES[:, None] - k_mean) * valid
    spacing = (k_off * centroid).sum(axis=0) / np.maximum((k_off**2).sum(axis=0), 1e-6)
    start = y_mean - spacing * k_mean
    residual = np.sqrt((valid * (centroid - start - spacing * _LINES[:, None]) ** 2).sum(axis=0) / n)
    good = (n >= 4) & (residual < _MOST_RESIDUAL) & (np.abs(spacing / stretch - 1) < 0.12)
    if good.sum() < 2 or good.mean() < _LEAST_GOOD:
        return None
    clean = valid & good
    line_area, line_peak = float(np.median(area[clean])), float(np.median(peak[clean]))
    widest = (_WIDEST_LINE**2 + (_PIXEL_SPREAD * pixel) ** 2) ** 0.5
    if line_peak < _LEAST_PEAK or line_area / line_peak > widest:
        return None
    start = np.interp(every, every[good], start[good])
    spacing = np.interp(every, every[good], spacing[good])
    return _Fit(start, spacing, good, line_area, line_peak)


def _ridges(profile: Ink, fit: _Fit, fine: int, places: Floats) -> Floats:
    """How far a thin line at `places` staff spaces from the middle stands out; a beam, being thicker, does not."""
    centre, every = profile.shape[0] // 2, np.arange(profile.shape[1])

    def at(where: Floats) -> Ink:
        row = np.rint((fit.shift + where[:, None] * fit.spacing) * fine).astype(int) + centre
        return profile[np.clip(row, 0, profile.shape[0] - 1), every]

    beside = np.maximum(at(places - _BESIDE), at(places + _BESIDE))
    return np.median(at(places) - beside, axis=1).astype(np.float64)


def _stranger(profile: Ink, fit: _Fit, fine: int) -> bool:
    """Whether a further line lies within a space and a half of the outer two, whatever its distance."""
    own = float(np.median(_ridges(profile, fit, fine, _LINES)))
    outside = np.concatenate([np.arange(-3.55, -2.5, 0.08), np.arange(2.55, 3.6, 0.08)])
    return bool(_ridges(profile, fit, fine, outside).max() > _STRANGER * own)


def _misplaced(profile: Ink, fit: _Fit, fine: int) -> int:
    """By how many lines (-1, 0, 1) the run of sightings lies off a staff: one end missing, one line too many."""
    ridges = _ridges(profile, fit, fine, _PLACES)
    there = ridges > _STRANGER * np.median(ridges[1:6])
    if there[0] and there[1:5].all() and not there[5] and not there[6]:
        return -1
    if there[6] and there[2:6].all() and not there[1] and not there[0]:
        return 1
    return 0


class _Columns:
    """The band read column by column along its fitted lines."""

    def __init__(self, band: Ink, fit: _Fit, columns: int, fine: int, step: float) -> None:
        blocks = np.arange(len(fit.shift))
        where = (np.arange(band.shape[1]) + 0.5) / columns - 0.5
        self._shift = np.interp(where, blocks, fit.shift)
        self._spacing = np.interp(where, blocks, fit.spacing)
        self._step = step
        self._band, self._fine, self._every = band, fine, np.arange(band.shape[1])

    def at(self, places: Floats) -> Ink:
        """Ink at `places` staff spaces from the middle line: (places, columns)."""
        row = np.rint((self._shift + places[:, None] * self._spacing) * self._fine).astype(np.intp)
        row += self._band.shape[0] // 2
        return self._band[np.clip(row, 0, self._band.shape[0] - 1), self._every]

    def shares(self, fit: _Fit, *, pixel: float) -> Floats:
        """For each of seven line places, 0..1: the share of columns free of notes where a line is seen.

        `pixel` is the size of a pixel of the page in staff spaces.
        """
        # sums across a line do not care whether it falls on one row of pixels or between two
        lines = self._mean(_PLACES, _HALF_LINE)
        gaps = self._mean(np.append(_PLACES - 0.5, _PLACES[-1] + 0.5), _HALF_GAP)
        noise = float(np.median(np.abs(np.diff(self._band, axis=1)))) / (0.6745 * 2**0.5)
        noise *= (pixel / (2 * _HALF_LINE) + pixel / (2 * _HALF_GAP)) ** 0.5
        wanted = (noise / (_NOISE_BORNE * fit.area / (2 * _HALF_LINE))) ** 2
        calm = int(np.clip(wanted, 1, max(1.0, _LONGEST_BLUR / (pixel * self._step)))) | 1
        lines, gaps = cv2.blur(lines, (calm, 1)), cv2.blur(gaps, (calm, 1))
        lighter = np.minimum(gaps[:-1], gaps[1:])
        judged = lighter < 0.35 + 0.3 * fit.peak
        seen = judged & ((lines - lighter) * (2 * _HALF_LINE) > 0.4 * fit.area)
        share = seen.sum(axis=1) / np.maximum(judged.sum(axis=1), 1)
        share[judged.mean(axis=1) < 0.2] = 0.0
        return share

    def _mean(self, places: Floats, half: float) -> Ink:
        """Ink averaged `half` a staff space up and down from `places`: (places, columns)."""
        reach = round(half * self._fine)
        total = np.zeros((len(places), len(self._every)), np.float32)
        for nudge in range(-reach, reach + 1):
            total += self.at(places + nudge / self._fine)
        return total / (2 * reach + 1)

    def signs(self, fit: _Fit) -> tuple[int, int]:
        """How often ink lies in a gap (but not in all four: barlines), and how often it touches a line there."""
        within = self.at(np.array([-1.5, -0.5, 0.5, 1.5])) > 0.5
        within &= ~within.all(axis=0)
        edge = 0.5 * fit.area / fit.peak + 0.12
        above = self.at(np.array([-2.0, -1.0, 0.0, 1.0]) + edge) > 0.45
        below = self.at(np.array([-1.0, 0.0, 1.0, 2.0]) - edge) > 0.45
        return int(within.sum()), int((within & (above | below)).sum())
