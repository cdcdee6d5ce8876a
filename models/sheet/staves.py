"""Staves proved line by line: a run of comb matches becomes a staff only if five unbroken thin lines lie there.

The band of page around a run is tested for what distinguishes staves from letters, tables and patterns: do the lines run
on without the gaps that words leave, is there a sixth one, do the signs between the lines touch them (notes do,
the text of a table does not)?
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property

import cv2
import numpy as np

from models.arrays import Grey
from models.sheet.band import LINES, Band, Fit, band_along, fitted
from models.sheet.comb import Track
from models.sheet.ink import Floats, Ink, Light

_PLACES = np.arange(-3.0, 4.0)  # the five lines and a stranger on either side
_LEAST_LENGTH = 6.0  # staff spaces
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
    of the lines' length, 0..1, on which they are visible. `signs` counts the places where ink lies between the
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

    @cached_property
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


def proved(track: Track, grey: Grey, light: Light, *, moved: bool = False) -> Staff | None:
    """The staff under `track`, or None where text, a table, a tablature or noise only looked like one.

    A track that follows the second or the fourth line is moved to the third, once (`moved`).
    """
    if track.length < _LEAST_LENGTH * track.spacing:
        return None
    band = band_along(track, grey, light)
    fit = fitted(band) if band else None
    if band is None or fit is None:
        return None
    off = _misplaced(band, fit)
    if off and not moved:
        return proved(replace(track, y=track.y + off * band.rough), grey, light, moved=True)
    columns = _Columns(band, fit)
    shares = np.zeros(7) if _stranger(band, fit) else columns.shares()
    unbroken = float(shares[1:6].mean())
    if unbroken < _LEAST_UNBROKEN or shares[1:6].min() < _LEAST_OF_A_LINE or shares[[0, 6]].max() > _STRANGER:
        return None
    signs, touching = columns.signs()
    upright = float(np.cos(np.arctan(band.slope)))
    # below some three pixels a line's peak is dimmed by the pixels' own width: take full black for its ink
    black = 1.0 if fit.area / fit.peak * band.rough < 3.0 else min(1.0, fit.peak)
    return Staff(
        left=band.left,
        right=band.right,
        middle=band.middle + float(np.median(fit.shift[fit.good])) * band.rough,
        slope=band.slope,
        spaces=fit.spacing[fit.good] * band.rough * upright,
        thickness=fit.area * band.rough / black * upright,
        unbroken=unbroken,
        signs=signs,
        touching=touching,
    )


def _at(band: Band, fit: Fit, places: Floats) -> Ink:
    """The ink that runs on through each block at `places` staff spaces from the middle line: (places, blocks)."""
    rows = band.profile.shape[0]
    row = np.rint((fit.shift + places[:, None] * fit.spacing) * band.fine).astype(np.intp) + rows // 2
    found: Ink = band.profile[np.clip(row, 0, rows - 1), np.arange(len(fit.shift))]
    return found


def _ridges(band: Band, fit: Fit, places: Floats) -> Floats:
    """How far a thin line at `places` stands out in most blocks; a beam, being thicker, does not."""
    beside = np.maximum(_at(band, fit, places - _BESIDE), _at(band, fit, places + _BESIDE))
    return np.median(_at(band, fit, places) - beside, axis=1).astype(np.float64)


def _stranger(band: Band, fit: Fit) -> bool:
    """Whether a further line lies within a space and a half of the outer two, whatever its distance.

    A thick bar counts too where it runs from end to end, which beams do not.
    """
    outside = np.concatenate([np.arange(-3.55, -2.5, 0.08), np.arange(2.55, 3.6, 0.08)])
    line = float(np.median(_ridges(band, fit, LINES)))
    bare = float(np.median(_at(band, fit, LINES[:-1] + 0.5)))
    bars = np.percentile(_at(band, fit, outside), 10, axis=1) - bare
    return bool(_ridges(band, fit, outside).max() > _STRANGER * line or bars.max() > _STRANGER * fit.peak)


def _misplaced(band: Band, fit: Fit) -> int:
    """By how many lines (-1, 0, 1) the run of comb matches lies off a staff: a line too many here, one missing there."""
    ridges = _ridges(band, fit, _PLACES)
    there = ridges > _STRANGER * np.median(ridges[1:6])
    if there[0] and there[1:5].all() and not there[5:].any():
        return -1
    if there[6] and there[2:6].all() and not there[:2].any():
        return 1
    return 0


class _Columns:
    """The band read column by column along its fitted lines."""

    def __init__(self, band: Band, fit: Fit) -> None:
        blocks = np.arange(len(fit.shift))
        self._every = np.arange(band.ink.shape[1])
        where = (self._every + 0.5) / band.block - 0.5
        self._shift = np.interp(where, blocks, fit.shift)
        self._spacing = np.interp(where, blocks, fit.spacing)
        self._band, self._fit = band, fit

    def shares(self) -> Floats:
        """For each of seven line places, 0..1: the share of columns free of notes where a line is visible."""
        # sums across a line do not care whether it falls on one row of pixels or between two
        lines = self._mean(_PLACES, _HALF_LINE)
        gaps = self._mean(np.append(_PLACES - 0.5, _PLACES[-1] + 0.5), _HALF_GAP)
        calm = self._columns_to_average()
        if calm > 1:
            lines, gaps = (np.asarray(cv2.blur(a, (calm, 1)), np.float32) for a in (lines, gaps))
        lighter = np.minimum(gaps[:-1], gaps[1:])
        judged = lighter < 0.35 + 0.3 * self._fit.peak
        visible = judged & ((lines - lighter) * (2 * _HALF_LINE) > 0.4 * self._fit.area)
        share = visible.sum(axis=1) / np.maximum(judged.sum(axis=1), 1)
        share[judged.mean(axis=1) < 0.2] = 0.0
        return np.asarray(share, np.float64)

    def signs(self) -> tuple[int, int]:
        """How often ink lies in a gap (but not in all four: barlines), and how often it touches a line there."""
        within = self._at(np.array([-1.5, -0.5, 0.5, 1.5])) > 0.5
        within &= ~within.all(axis=0)
        edge = 0.5 * self._fit.area / self._fit.peak + 0.12
        above = self._at(LINES[:-1] + edge) > 0.45
        below = self._at(LINES[1:] - edge) > 0.45
        return int(within.sum()), int((within & (above | below)).sum())

    def _columns_to_average(self) -> int:
        """An odd number of columns that brings the page's noise below a fifth of a line's ink."""
        pixel = 1.0 / self._band.rough
        noise = float(np.median(np.abs(np.diff(self._band.ink, axis=1)))) / (0.6745 * 2**0.5)
        noise *= (pixel / (2 * _HALF_LINE) + pixel / (2 * _HALF_GAP)) ** 0.5
        wanted = (noise / (_NOISE_BORNE * self._fit.area / (2 * _HALF_LINE))) ** 2
        return int(np.clip(wanted, 1, max(1.0, _LONGEST_BLUR / (pixel * self._band.step)))) | 1

    def _mean(self, places: Floats, half: float) -> Ink:
        """Ink averaged `half` a staff space up and down from `places`: (places, columns)."""
        reach = round(half * self._band.fine)
        total = np.zeros((len(places), len(self._every)), np.float32)
        for nudge in range(-reach, reach + 1):
            total += self._at(places + nudge / self._band.fine)
        return total / np.float32(2 * reach + 1)

    def _at(self, places: Floats) -> Ink:
        """Ink at `places` staff spaces from the middle line: (places, columns)."""
        rows = self._band.ink.shape[0]
        row = np.rint((self._shift + places[:, None] * self._spacing) * self._band.fine).astype(np.intp)
        found: Ink = self._band.ink[np.clip(row + rows // 2, 0, rows - 1), self._every]
        return found
