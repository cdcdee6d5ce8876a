"""A staff as it lies on a page: five lines, each a curve, and the strip in which they are straight."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from models.read.page.preparation import CANONICAL, PreparedPage
from models.sheet.ink import Floats

MARGIN = 8
"""Staff spaces that a strip shows above the staff, and below."""

SPACE = int(CANONICAL)
TOP_LINE = MARGIN * SPACE
"""Row of the topmost staff line in every strip; the others follow every 20 rows."""

LINE_ROWS = tuple(TOP_LINE + SPACE * n for n in range(5))
STRIP_ROWS = 2 * MARGIN * SPACE + 4 * SPACE + 1

_LEAD = 3.0  # staff spaces that a strip shows before the staff and after it: a clef may hide where its lines begin
_SMOOTH = 4.0  # staff spaces over which the direction square to the staff is averaged


@dataclass(frozen=True)
class Strip:
    """A staff pulled straight: line n lies on row `LINE_ROWS[n]`, a staff space is 20 pixels.

    `ink` is uint8 (`STRIP_ROWS` = 401, W), 255 black, 128 where ink begins. `map_x`, `map_y` (float32, the same
    shape) give the place on the prepared page that each pixel was taken from. Rows above `open_rows[0]` and below
    `open_rows[1]` belong to the neighbouring staves and are blank. `thickness` is a staff line's. `own` are the rows nearer to this
    staff than to a neighbour; left out, they go by `open_rows`.
    """

    ink: NDArray[np.uint8]
    map_x: NDArray[np.float32]
    map_y: NDArray[np.float32]
    thickness: float
    open_rows: tuple[int, int] = (0, STRIP_ROWS)
    own: tuple[int, int] | None = None

    @property
    def binary(self) -> NDArray[np.bool_]:
        """Where there is ink: bool."""
        return np.asarray(self.ink >= 128, np.bool_)

    @property
    def own_rows(self) -> tuple[int, int]:
        """The rows nearer to this staff than to its neighbours."""
        if self.own is not None:
            return self.own
        top, bottom = self.open_rows
        first = 0 if top == 0 else (top + TOP_LINE - SPACE // 2) // 2
        last = STRIP_ROWS if bottom >= STRIP_ROWS else (bottom + LINE_ROWS[-1] + SPACE // 2) // 2
        return first, last

    @property
    def spaces(self) -> float:
        """The strip's width in staff spaces."""
        return float(self.ink.shape[1]) / SPACE

    def page_points(self, points: Floats) -> Floats:
        """Points (n, 2), x and y in the strip, on the prepared page."""
        if not len(points):
            return np.empty((0, 2))
        height, width = self.map_x.shape
        x = np.clip(points[:, 0], 0, width - 1).astype(np.float32)[None, :]
        y = np.clip(points[:, 1], 0, height - 1).astype(np.float32)[None, :]
        found = [cv2.remap(m, x, y, cv2.INTER_LINEAR)[0] for m in (self.map_x, self.map_y)]
        return np.stack(found, axis=1).astype(np.float64)


@dataclass(frozen=True)
class Staff:
    """A staff of five lines on a prepared page, or one of a `single` line, which is then the middle one of its five.

    `number` counts from the top of the page. `xs` (n,) are columns from the left end to the right one, `lines`
    (5, n) the heights of the five lines there, topmost first; `space` is the staff space and `thickness` a
    line's, all in pixels of the page. `evidence`, 0..1, is the share of its length on which lines are seen.
    """

    number: int
    xs: Floats
    lines: Floats
    space: float
    thickness: float
    evidence: float
    page: PreparedPage
    strip: Strip
    single: bool = False

    @property
    def left(self) -> float:
        """The column at which the staff begins."""
        return float(self.xs[0])

    @property
    def right(self) -> float:
        """The column at which it ends."""
        return float(self.xs[-1])

    def y(self, line: int, x: float | Floats) -> Floats:
        """The height of a line (0 topmost, 4 lowest) at the columns `x`, held level beyond the staff's ends."""
        return np.asarray(np.interp(x, self.xs, self.lines[line]), np.float64)

    def upload_box(self, box: tuple[float, float, float, float]) -> tuple[int, int, int, int]:
        """A box x0, y0, x1, y1 of the strip in the upload's pixels, clipped to the picture."""
        x0, y0, x1, y1 = box
        xs = np.linspace(x0, x1, 5)
        edge = np.concatenate([np.stack([xs, np.full(5, y0)], 1), np.stack([xs, np.full(5, y1)], 1)])
        found = self.page.upload_points(self.strip.page_points(edge))
        height, width = self.page.upload_shape
        low, high = np.floor(found.min(axis=0)), np.ceil(found.max(axis=0))
        return (
            int(np.clip(low[0], 0, width)),
            int(np.clip(low[1], 0, height)),
            int(np.clip(high[0], 0, width)),
            int(np.clip(high[1], 0, height)),
        )

    def strip_box(self, box: tuple[float, float, float, float]) -> tuple[float, float, float, float]:
        """A box x0, y0, x1, y1 of the upload in the strip's pixels, which may lie beyond the strip."""
        corners = np.array([[box[0], box[1]], [box[2], box[3]]], np.float64)
        places = self.page.page_points(corners)
        along = self.strip.map_x[LINE_ROWS[2]]
        xs = np.interp(places[:, 0], along, np.arange(len(along)))
        middle = float(places[:, 0].mean())
        top, bottom = float(self.y(0, middle)), float(self.y(4, middle))
        ys = TOP_LINE + (places[:, 1] - top) / max(bottom - top, 1.0) * 4 * SPACE
        return float(xs.min()), float(ys.min()), float(xs.max()), float(ys.max())


@dataclass(frozen=True)
class System:
    """Staves that sound together, from the top down; `number` counts from the top of the page.

    `braces` holds the first and last index of the staves that a brace or bracket joins.
    """

    number: int
    staves: tuple[Staff, ...]
    braces: tuple[tuple[int, int], ...] = ()


def rectified(
    page: PreparedPage,
    xs: Floats,
    lines: Floats,
    *,
    above: Floats | None,
    below: Floats | None,
    lean: Floats | None = None,
) -> Strip:
    """The staff with lines (5, n) at columns `xs` pulled straight.

    `above` and `below` (n,) are the heights of the neighbouring staves' nearest lines; what lies beyond them is
    left blank. `lean` (width of the strip) straightens strokes up by so many columns a row. Columns run along the middle line, 20 to a local staff space, and rows square to it.
    """
    spacing = _averaged((lines[4] - lines[0]) / 4.0, xs)
    slope = _averaged(np.gradient(lines[2], xs), xs)
    level = np.hypot(1.0, slope)
    # so much strip for so much page, the staff space being measured square to the lines
    pace = SPACE * level / (spacing / level)
    along = np.concatenate([[0.0], np.cumsum(0.5 * (pace[1:] + pace[:-1]) * np.diff(xs))])
    lead = _LEAD * SPACE
    columns = np.arange(0.0, along[-1] + 2 * lead) - lead
    x = np.interp(columns, along, xs)
    x = np.where(columns < 0, xs[0] + columns / pace[0], x)
    x = np.where(columns > along[-1], xs[-1] + (columns - along[-1]) / pace[-1], x)
    tilt, space = np.interp(x, xs, slope), np.interp(x, xs, spacing)
    heights = np.stack([_beyond(x, xs, line, slope) for line in lines])
    rows = np.arange(STRIP_ROWS, dtype=np.float64)
    place = np.clip((rows - TOP_LINE) / SPACE, 0.0, 4.0)
    lower = np.minimum(place.astype(int), 3)
    part = (place - lower)[:, None]
    outside = ((rows - TOP_LINE) / SPACE - place)[:, None]
    # by how much a row lies below the middle line, straight down
    down = heights[lower] * (1 - part) + heights[lower + 1] * part + outside * space - heights[2]
    fall = 1.0 / (1.0 + tilt * tilt)
    map_x = (x - down * tilt * fall).astype(np.float32)
    if lean is not None:
        map_x += (down * lean[: len(columns)]).astype(np.float32)
    map_y = (heights[2] + down * fall).astype(np.float32)
    # there the middle line has fallen; put each row where its own line truly is
    bent = np.stack(
        [
            _beyond(map_x[row].astype(np.float64), xs, line, slope)
            for row, line in zip(LINE_ROWS, lines, strict=True)
        ]
    )
    error = bent - map_y[list(LINE_ROWS)]
    map_y += (error[lower] * (1 - part) + error[lower + 1] * part).astype(np.float32)
    taken = cv2.remap(page.ink, map_x, map_y, cv2.INTER_CUBIC, borderMode=cv2.BORDER_CONSTANT, borderValue=0)
    ink: NDArray[np.uint8] = np.asarray(taken, np.uint8)
    first, last = 0, STRIP_ROWS
    nearer = [0, STRIP_ROWS]
    if above is not None:
        nearer[0] = max(0, TOP_LINE - round(float(np.median((lines[0] - above) / spacing)) / 2 * SPACE))
        hidden = map_y < np.interp(x, xs, above + 0.5 * spacing)[None, :]
        ink[hidden] = 0
        first = int(np.max(np.flatnonzero(hidden.mean(axis=1) > 0.5), initial=-1)) + 1
    if below is not None:
        half = round(float(np.median((below - lines[4]) / spacing)) / 2 * SPACE)
        nearer[1] = min(STRIP_ROWS, LINE_ROWS[-1] + half)
        hidden = map_y > np.interp(x, xs, below - 0.5 * spacing)[None, :]
        ink[hidden] = 0
        last = int(np.min(np.flatnonzero(hidden.mean(axis=1) > 0.5), initial=STRIP_ROWS))
    thickness = page.line_thickness / float(np.median(spacing)) * SPACE
    return Strip(ink, map_x, map_y, thickness, (first, last), (nearer[0], nearer[1]))


def _beyond(x: Floats, xs: Floats, line: Floats, slope: Floats) -> Floats:
    """A line's height at `x`, running on straight beyond its ends."""
    inside = np.interp(x, xs, line)
    before, after = np.minimum(x - xs[0], 0.0), np.maximum(x - xs[-1], 0.0)
    return np.asarray(inside + before * slope[0] + after * slope[-1], np.float64)


def _averaged(values: Floats, xs: Floats) -> Floats:
    """Values along the staff, averaged over some spaces of it (the grid is four pixels)."""
    sigma = _SMOOTH * CANONICAL / max(float(xs[1] - xs[0]), 1e-6)
    reach = int(3 * sigma)
    padded = np.pad(values, reach, mode="edge")
    kernel = np.exp(-0.5 * (np.arange(-reach, reach + 1) / sigma) ** 2)
    return np.asarray(np.convolve(padded, kernel / kernel.sum(), "valid"), np.float64)
