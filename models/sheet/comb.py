"""Five equally spaced dark lines, looked for strip by strip: the raw comb matches of staves on a page.

A page is cut into upright strips one to two staff spaces wide and each strip is averaged to one column, so that
a staff line, which runs on, stays dark while stems, letters and specks fade. Down each column a comb of five
teeth is matched at every spacing. The second weakest tooth decides, so one tooth may be lost to a notehead, yet
neither half nor double the true spacing can match: half the teeth would bite into bare paper. Because the teeth
are compared with the gaps between them in grey, not in black and white, lines thinner than a pixel count too.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import cv2
import numpy as np
from numpy.typing import NDArray

from models.arrays import Grey
from models.sheet.ink import Floats, Ink, Light

LEVELS = (-1, 0, 1, 2, 3)
"""Each halves the resolution of the one before, -1 doubles the page's: 3 to 96 pixels in all."""

_STRIP = 12  # width of a strip, in the pixels of its level
_FINEST, _COARSEST = 6.0, 12.0  # staff spaces that one level looks for, in its pixels
_WIDE_PAGE = 1400  # pixels; here the finest level costs most and matters least, so its strips are wider
_LEAST_TOOTH = 0.07  # ink of a line above its gaps, averaged over a strip
_LEAST_STRIPS = 4
_SLOPE = 0.07  # rise of a staff per pixel along it: 4 degrees
_BRIDGE = 4  # strips without a match that a staff survives: a chord, a clef, a beam
_MOST_MATCHES = 48  # a strip of plain text has many; staves need no more than this

_CombMatch = tuple[int, float, float, float]  # strip, row, spacing, score


@dataclass(frozen=True)
class Track:
    """A run of comb matches that may be one staff: centres of strips and of middle lines, and the staff space.

    `x`, `y` and `space` are float arrays of equal length in the pixels of the page, `y` being the third line's;
    `score` sums up how well the combs fitted, and over what length.
    """

    x: Floats
    y: Floats
    space: Floats
    score: float

    @property
    def length(self) -> float:
        """Pixels along the staff."""
        return float(self.x[-1] - self.x[0])

    @cached_property
    def spacing(self) -> float:
        """The staff space in pixels, good to about 5 %."""
        return float(np.median(self.space))


def tracks_at(grey: Grey, light: Light, level: int) -> list[Track]:
    """The possible staves of `level`, that is of a staff space of 6 to 12 times 2**level pixels."""
    shrink = 2.0**level
    width = _STRIP if level < 0 and grey.shape[1] > _WIDE_PAGE else round(_STRIP * shrink)
    if grey.shape[1] // width < _LEAST_STRIPS or grey.shape[0] / shrink < 4 * _FINEST + 3:
        return []
    score, spacing = _best_comb(_strips(grey, light, width, shrink))
    return [
        Track(
            x=(chain[:, 0] + 0.5) * width,
            y=(chain[:, 1] + 0.5) * shrink - 0.5,
            space=chain[:, 2] * shrink,
            score=float(chain[:, 3].sum() * width),
        )
        for chain in _chains(score, spacing, slope=_SLOPE * width / shrink)
    ]


def _strips(grey: Grey, light: Light, width: int, shrink: float) -> Ink:
    """Ink averaged over strips of `width` pixels: (rows of the level, strips)."""
    count, height = grey.shape[1] // width, grey.shape[0]
    rows = int(height / shrink)
    mean = cv2.resize(grey[:, : count * width], (count, height), interpolation=cv2.INTER_AREA)
    ink = light.ink(mean.astype(np.float32), part=count * width / grey.shape[1])
    if shrink < 1:
        ink = np.asarray(cv2.resize(ink, (count, rows), interpolation=cv2.INTER_CUBIC), np.float32)
    else:
        if shrink > 1:
            whole = ink[: int(rows * shrink)]
            ink = np.asarray(cv2.resize(whole, (count, rows), interpolation=cv2.INTER_AREA), np.float32)
        # a hair's-breadth line must still be met by a tooth that is half a pixel off
        ink = np.asarray(cv2.sepFilter2D(ink, cv2.CV_32F, _ONE, _SOFT, borderType=cv2.BORDER_REPLICATE))
    return ink


_ONE, _SOFT = np.ones(1, np.float32), np.array([0.25, 0.5, 0.25], np.float32)


def _best_comb(ink: Ink) -> tuple[Ink, Ink]:
    """The best comb around each row and strip: its score and its spacing, float32 of the shape of `ink`."""
    rows = ink.shape[0]
    best, spacing = np.zeros_like(ink), np.zeros_like(ink)
    for two in range(round(2 * _FINEST), round(2 * _COARSEST) + 1):  # two spaces: half-pixel steps of one
        near, half, span = (two + 1) // 2, (two + 2) // 4, rows - 2 * two
        if span < 1:
            break
        # a tooth is darkness above the mean of the rows half a space up and down
        padded = np.pad(ink, ((half, half), (0, 0)), mode="edge")
        tooth = ink - 0.5 * (padded[:rows] + padded[2 * half :])
        first, *others = (tooth[two + k : two + k + span] for k in (-two, -near, 0, near, two))
        lowest, second = first, np.full_like(first, np.inf)
        total = first.copy()
        for other in others:
            second = np.minimum(second, np.maximum(lowest, other))
            lowest = np.minimum(lowest, other)
            total += other
        score = np.where(second < _LEAST_TOOTH, 0.0, second + 0.2 * total)
        here = slice(two, two + span)
        better = score > best[here]
        best[here][better] = score[better]
        spacing[here][better] = two / 2
    return best, spacing


def _chains(score: Ink, spacing: Ink, *, slope: float) -> list[NDArray[np.float64]]:
    """Comb matches joined from strip to strip; each chain is (n, 4): strip, row, spacing, score.

    `slope` is how many rows a staff may rise from one strip to the next.
    """
    reach = 2 * int(1.2 * _FINEST) + 1
    peaks = (score > 0) & (score >= cv2.dilate(score, np.ones((reach, 1), np.uint8)))
    running: list[list[_CombMatch]] = []
    done: list[list[_CombMatch]] = []
    for strip in range(score.shape[1]):
        free = list(running)
        for match in _comb_matches(strip, peaks, score, spacing):
            chain = _continued(match, free, slope)
            if chain is None:
                running.append([match])
            else:
                chain.append(match)
                free = [other for other in free if other is not chain]
        done += [chain for chain in running if strip - chain[-1][0] > _BRIDGE]
        running = [chain for chain in running if strip - chain[-1][0] <= _BRIDGE]
    return [np.array(chain) for chain in done + running if len(chain) >= _LEAST_STRIPS]


def _comb_matches(strip: int, peaks: NDArray[np.bool_], score: Ink, spacing: Ink) -> list[_CombMatch]:
    """The comb matches of a strip, the best first."""
    rows = np.flatnonzero(peaks[:, strip])
    rows = rows[np.argsort(-score[rows, strip], kind="stable")][:_MOST_MATCHES]
    spaces = spacing[rows, strip]
    # one line up or down four of five teeth still match: only the best within that reach counts
    near = np.abs(rows[:, None] - rows[None, :]) < 1.3 * spaces[:, None]
    kept: list[int] = []
    for n in range(len(rows)):
        if not near[n, kept].any():
            kept.append(n)
    return [(strip, float(rows[n]), float(spaces[n]), float(score[rows[n], strip])) for n in kept]


def _continued(match: _CombMatch, chains: list[list[_CombMatch]], slope: float) -> list[_CombMatch] | None:
    """The chain that the match carries on most smoothly, if any."""
    strip, row, space, _ = match
    nearest, least = None, float("inf")
    for chain in chains:
        last, y, d, _ = chain[-1]
        gap, off = strip - last, abs(row - y)
        if off <= 0.22 * space + slope * gap and abs(d - space) <= 0.09 * space + 0.3 and off + gap < least:
            nearest, least = chain, off + gap
    return nearest
