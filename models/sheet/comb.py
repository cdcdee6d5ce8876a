"""Five equally spaced dark lines, looked for strip by strip: the raw sightings of staves on a page.

A page is cut into upright strips one to two staff spaces wide and each strip is averaged to one column, so that
a staff line, which runs on, stays dark while stems, letters and specks fade. Down each column a comb of five
teeth is matched at every spacing. The second weakest tooth decides, so one tooth may be lost to a notehead, yet
neither half nor double the true spacing can match: half the teeth would bite into bare paper. Because the teeth
are compared with the gaps between them in grey, not in black and white, lines thinner than a pixel count too.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from models.sheet.ink import Grey, Ink, Light

STRIP = 12  # width of a strip, in the pixels of its level
FINEST, COARSEST = 6.0, 12.0  # staff spaces that one level looks for, in its pixels
LEVELS = (
    -1,
    0,
    1,
    2,
    3,
)  # each halves the resolution of the one before; -1 doubles it: 3 to 96 pixels in all
_LEAST_TOOTH = 0.07  # ink of a line above its gaps, averaged over a strip
_LEAST_STRIPS = 4
_SLOPE = 0.07  # rise of a staff per pixel along it: 4 degrees
_BRIDGE = 4  # strips without a sighting that a staff survives (a chord, a clef, a beam)
_WIDE_PAGE = 1400  # pixels
_MOST_SIGHTINGS = 48  # a strip of plain text has many; staves need no more than this


@dataclass(frozen=True)
class Track:
    """A run of sightings that may be one staff: centres of strips and of middle lines, and the staff space.

    `x`, `y` and `space` are float arrays of equal length in the pixels of the page, `y` being the third line's;
    `score` sums up how well the combs fitted.
    """

    x: NDArray[np.float64]
    y: NDArray[np.float64]
    space: NDArray[np.float64]
    score: float

    @property
    def length(self) -> float:
        """Pixels along the staff."""
        return float(self.x[-1] - self.x[0])

    @property
    def spacing(self) -> float:
        """The staff space in pixels, good to about 5 %."""
        return float(np.median(self.space))


def tracks_at(
    grey: Grey, light: Light, level: int, *, first: int = 0, last: int | None = None
) -> list[Track]:
    """The possible staves of `level`, i.e. of staff space 6 to 12 times 2**level pixels, between two columns."""
    profile, width, shrink = _profile(grey, light, level, first, last)
    if profile.shape[1] < _LEAST_STRIPS or profile.shape[0] < 4 * FINEST + 3:
        return []
    score, spacing = _best_comb(profile)
    chains = _chains(score, spacing, slope=_SLOPE * width / shrink)
    return [
        Track(
            x=first + (chain[:, 0] + 0.5) * width,
            y=(chain[:, 1] + 0.5) * shrink - 0.5,
            space=chain[:, 2] * shrink,
            score=float(chain[:, 3].sum() * width),
        )
        for chain in chains
    ]


def _profile(grey: Grey, light: Light, level: int, first: int, last: int | None) -> tuple[Ink, int, float]:
    """Ink averaged over strips, (rows of the level, strips); the strip's width and the row's height in pixels."""
    height, page_width = grey.shape
    last = page_width if last is None else last
    shrink = 2.0**level
    # the finest level of a large page costs most and matters least: wider strips there
    width = STRIP if level < 0 and page_width > _WIDE_PAGE else round(STRIP * shrink)
    strips = (last - first) // width
    if strips < 1:
        return np.zeros((0, 0), np.float32), width, shrink
    rows = int(height / shrink)
    part = grey[:, first : first + strips * width]
    mean = cv2.resize(part, (strips, height), interpolation=cv2.INTER_AREA).astype(np.float32)
    paper = light.over((height, max(2, page_width // width)))
    at = np.minimum(
        (first + (np.arange(strips) + 0.5) * width) / page_width * paper.shape[1], paper.shape[1] - 1
    )
    ink = (1.0 - mean / paper[:, at.astype(int)]) / light.contrast
    np.clip(ink, 0.0, 1.2, out=ink)
    if level < 0:
        ink = cv2.resize(ink, (strips, rows), interpolation=cv2.INTER_CUBIC)
    else:
        if level > 0:
            ink = cv2.resize(ink[: int(rows * shrink)], (strips, rows), interpolation=cv2.INTER_AREA)
        # a hair's-breadth line must still be met by a tooth that is half a pixel off
        ink = cv2.blur(ink, (1, 3), borderType=cv2.BORDER_REPLICATE) * 0.75 + ink * 0.25
    return ink.reshape(rows, strips).astype(np.float32, copy=False), width, shrink


def _best_comb(profile: Ink) -> tuple[Ink, Ink]:
    """The best comb at each row and strip: its score and its spacing, float32 of the shape of `profile`."""
    rows = profile.shape[0]
    best = np.zeros_like(profile)
    spacing = np.zeros_like(profile)
    for two in range(round(2 * FINEST), round(2 * COARSEST) + 1):  # two staff spaces: half-pixel steps in one
        near, half = (two + 1) // 2, (two + 2) // 4
        top, bottom = two + half, rows - two - half
        if bottom <= top:
            break
        # teeth: darkness of each row above the mean of the rows half a space away
        tooth = np.empty_like(profile)
        tooth[half : rows - half] = profile[half : rows - half] - 0.5 * (
            profile[: rows - 2 * half] + profile[2 * half :]
        )
        tooth[:half] = profile[:half] - profile[half : 2 * half]
        tooth[rows - half :] = profile[rows - half :] - profile[rows - 2 * half : rows - half]
        span = rows - 2 * two
        if span < 1:
            break
        teeth = [tooth[two + k : two + k + span] for k in (-two, -near, 0, near, two)]
        low = np.minimum(teeth[0], teeth[1])
        second = np.maximum(teeth[0], teeth[1])
        total = teeth[0] + teeth[1]
        for t in teeth[2:]:
            np.minimum(second, np.maximum(low, t), out=second)
            np.minimum(low, t, out=low)
            total += t
        score = second + 0.2 * total
        score[second < _LEAST_TOOTH] = 0.0
        better = score > best[two : two + span]
        best[two : two + span][better] = score[better]
        spacing[two : two + span][better] = two / 2
    return best, spacing


def _chains(score: Ink, spacing: Ink, *, slope: float) -> list[NDArray[np.float64]]:
    """Sightings joined from strip to strip; each chain is (n, 4): strip, row, spacing, score."""
    reach = 2 * int(1.2 * FINEST) + 1
    peak = (score > 0) & (score >= cv2.dilate(score, np.ones((reach, 1), np.uint8)))
    running: list[list[tuple[int, float, float, float]]] = []
    done: list[list[tuple[int, float, float, float]]] = []
    for strip in range(score.shape[1]):
        rows = np.flatnonzero(peak[:, strip])
        if len(rows) > _MOST_SIGHTINGS:
            rows = rows[np.argsort(score[rows, strip])[-_MOST_SIGHTINGS:]]
        sightings = sorted(
            ((float(score[r, strip]), float(r), float(spacing[r, strip])) for r in rows), reverse=True
        )
        taken: set[int] = set()
        better: list[float] = []
        for value, row, space in sightings:
            # one line up or down four of five teeth still match: only the best within that reach counts
            if any(abs(row - other) < 1.3 * space for other in better):
                continue
            better.append(row)
            found, least = -1, 1e9
            for i, chain in enumerate(running):
                at, y, d, _ = chain[-1]
                if i in taken or at == strip:
                    continue
                gap = strip - at
                off = abs(row - y)
                if (
                    off <= 0.22 * space + slope * gap
                    and abs(d - space) <= 0.09 * space + 0.3
                    and off + gap < least
                ):
                    found, least = i, off + gap
            if found >= 0:
                running[found].append((strip, row, space, value))
                taken.add(found)
            else:
                running.append([(strip, row, space, value)])
                taken.add(len(running) - 1)
        still = []
        for chain in running:
            (still if strip - chain[-1][0] <= _BRIDGE else done).append(chain)
        running = still
    done += running
    return [np.array(c, dtype=np.float64) for c in done if len(c) >= _LEAST_STRIPS]
