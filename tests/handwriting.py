"""A page of music in an unsteady hand, drawn by ourselves stroke by stroke: ruled staves, everything on them wobbling.

Nothing is copied from any data: a stroke is a polyline whose points stray and whose pen grows thick and thin; a head is a
short slanted dab; a treble clef is a spiral with a tail.
"""

from dataclasses import dataclass
from itertools import pairwise

import cv2
import numpy as np

SPACE = 24
FINE = 4
"""The page is drawn so many times as large and then reduced, so that strokes have soft rims."""


@dataclass(frozen=True)
class Written:
    """The page, grey uint8 (H, W), and the middles (x, y) of its solid heads."""

    grey: np.ndarray
    heads: tuple


class Pen:
    """A pen in an unsteady hand."""

    def __init__(self, paper, rng):
        self.paper, self.rng = paper, rng

    def stroke(self, points, thick, stray=0.05):
        """A line through points (x, y), straying by so many staff spaces, with a pen so many spaces thick."""
        points = np.asarray(points, float)
        steps = np.maximum(2, (np.hypot(*np.diff(points, axis=0).T) / (0.12 * SPACE)).astype(int))
        path = np.concatenate(
            [np.linspace(a, b, n, endpoint=False) for a, b, n in zip(points, points[1:], steps, strict=False)]
            + [points[-1:]]
        )
        wander = np.cumsum(self.rng.normal(0, 0.25, path.shape), axis=0)
        wander -= np.linspace(wander[0], wander[-1], len(path))
        path = path + stray * SPACE * wander
        for n, (a, b) in enumerate(pairwise(path)):
            width = thick * (1 + 0.25 * np.sin(0.7 * n + self.rng.uniform(0, 0.6)))
            self._line(a, b, width)

    def head(self, x, y):
        """A solid head: one thick short dab or two, much smaller than a printed one, rising steeply to the right."""
        lean, long = self.rng.uniform(0.7, 1.3), self.rng.uniform(0.16, 0.26)
        for _ in range(2):
            dx, dy = self.rng.normal(0, 0.05, 2) * SPACE
            reach = long * SPACE
            a = (x - reach + dx, y + lean * reach + dy)
            b = (x + reach + dx, y - lean * reach + dy)
            self.stroke([a, b], self.rng.uniform(0.3, 0.42), 0.03)

    def _line(self, a, b, width):
        a, b = (tuple(round(FINE * v) for v in p) for p in (a, b))
        cv2.line(self.paper, a, b, 0, max(1, round(FINE * width * SPACE)), cv2.LINE_AA)


def handwritten_page(seed=1, staves=2, bars=4):
    """Staves of quarter notes and beamed pairs in the first octave of the treble staff."""
    rng = np.random.default_rng(seed)
    width, margin = 1600, 90
    height = staves * 12 * SPACE + 6 * SPACE
    paper = np.full((FINE * height, FINE * width), 255, np.uint8)
    pen, heads = Pen(paper, rng), []
    for staff in range(staves):
        top = 6 * SPACE + staff * 12 * SPACE
        for line in range(5):
            y = FINE * (top + line * SPACE)
            cv2.line(paper, (FINE * margin, y), (FINE * (width - margin), y), 0, FINE * 2)
        _clef(pen, margin + 1.6 * SPACE, top)
        left = margin + 4 * SPACE
        step = (width - margin - left) / bars
        for bar in range(bars):
            x0 = left + bar * step
            at = [x0 + step * (0.12 + 0.22 * n) + rng.normal(0, 3) for n in range(4)]
            places = np.clip(3 + np.cumsum(rng.integers(-2, 3, 4)), 0, 7)
            tips = []
            for x, place in zip(at, places, strict=True):
                y = top + 4 * SPACE - place * SPACE / 2 + rng.normal(0, 1.5)
                pen.head(x, y)
                heads.append((x, y))
                up = place < 4
                side = (0.3 if up else -0.2) * SPACE
                tip = (x + side + rng.normal(0, 3), y + (-3.2 if up else 3.2) * SPACE)
                pen.stroke([(x + side, y), tip], 0.17)
                tips.append((up, tip))
            if tips[2][0] == tips[3][0]:
                pen.stroke([tips[2][1], tips[3][1]], 0.22, 0.08)
            pen.stroke([(x0 + step, top - 4), (x0 + step + rng.normal(0, 2), top + 4 * SPACE + 5)], 0.14)
    grey = cv2.resize(paper, (width, height), interpolation=cv2.INTER_AREA)
    return Written(grey, tuple(heads))


def _clef(pen, x, top):
    middle = top + 3 * SPACE
    turn = np.linspace(0, 2.6 * np.pi, 26)
    curl = [
        (x + r * SPACE * np.cos(t), middle + r * SPACE * np.sin(t))
        for t, r in zip(turn, np.linspace(0.3, 1.0, 26), strict=True)
    ]
    tail = [
        (x + 0.5 * SPACE, top - SPACE),
        (x, top - 1.6 * SPACE),
        (x - 0.3 * SPACE, top - 0.4 * SPACE),
        (x + 0.3 * SPACE, top + 5.2 * SPACE),
        (x - 0.5 * SPACE, top + 5.4 * SPACE),
    ]
    pen.stroke([*curl, *tail], 0.16)
