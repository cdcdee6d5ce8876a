"""What stretches over many notes: ottava lines, the brackets of endings, and the bar that stands for several bars of rest.

They are looked for on the strip itself, since what is left of them among the primitives are dashes, curves and beams.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from models.arrays import Mask
from models.read.page.staves import LINE_ROWS, SPACE, Strip
from models.read.primitives.primitive import DIGITS
from models.read.primitives.regions import Region
from models.read.primitives.shapes import features
from models.read.primitives.shipped import load_prototypes

_DASH_HIGH, _DASH_LONG = 0.35, 1.6  # staff spaces of a dash, at most
_DASH_GAP = 1.2  # staff spaces between two dashes,
_HIDDEN = 2.6  # and between those of a line that has been seen: an accent may hide one or two
_DASHES, _DASHED = 5, 3.0  # dashes of a line and staff spaces that it is long, at least
_ROW = 0.3  # staff spaces between the heights of dashes of one line
_CLEAR = 0.25  # staff spaces between the outer staff lines and what stretches beyond them
_SIGN_GAP = 4.5  # staff spaces from an ottava's 8 to its first dash: letters may stand between
_SIGN = (0.9, 2.8)  # staff spaces of the height of the 8
_EVEN = 0.25  # of the height of its 5, by which the figures of a 15 differ
_THIN = 0.3  # staff spaces of the thickness of a bracket
_BRACKET, _HOOK = 4.0, 0.8  # staff spaces of a bracket's length and of its hook, at least
_HOOK_REACH = 0.3  # staff spaces from the end of a bracket's line to its hook
_THICK_REST = 0.35  # staff spaces of the thickness of a bar of rests, at least
_LONG_REST = 3.0  # staff spaces
_ABOVE = (0.3, 4.5)  # staff spaces above the staff at which the number of bars ends
_BESIDE = 2.5  # staff spaces from the middle of a bar of rests to its number
_FIGURE = (1.2, 2.6)  # staff spaces of the height of that number
_MOST_OLD = 10  # bars that stand as rests side by side
_LEGIBLE = 0.3  # membership of a digit of it, at least


@dataclass(frozen=True)
class OctaveLine:
    """A line under or over an 8: from and to in staff spaces along the strip, octaves that the notes sound higher."""

    x0: float
    x1: float
    octaves: int


@dataclass(frozen=True)
class BarsOfRest:
    """A thick bar on the middle line, or older rests: from and to in staff spaces, and the number of bars that stands above."""

    x0: float
    x1: float
    bars: int


@dataclass(frozen=True)
class Spanners:
    """All of a strip. ``brackets`` are the endings' lines, from and to in staff spaces."""

    octaves: tuple[OctaveLine, ...] = ()
    brackets: tuple[tuple[float, float], ...] = ()
    rests: tuple[BarsOfRest, ...] = ()


def spanners(strip: Strip) -> Spanners:
    """What stretches over many notes on a strip, from left to right; what belongs to its neighbours is left out."""
    binary = strip.binary
    first, last = strip.own_rows
    own = binary.copy()
    own[:first] = False
    own[last:] = False
    pieces = _pieces(own)
    return Spanners(tuple(_octave_lines(own, pieces)), tuple(_brackets(own)), tuple(_rests(binary, pieces)))


Pieces = NDArray[np.int32]
"""Boxes and areas of connected pieces of ink (n, 5): x, y, width, height, area."""


def _pieces(binary: Mask) -> Pieces:
    """The connected pieces of ink that lie wholly above or below the staff."""
    margin = int(_CLEAR * SPACE)
    found = []
    for top, bottom in ((0, LINE_ROWS[0] - margin), (LINE_ROWS[4] + margin, binary.shape[0])):
        _, _, stats, _ = cv2.connectedComponentsWithStats(binary[top:bottom].astype(np.uint8), connectivity=8)
        inside = stats[1:][(stats[1:, 1] > 0) | (top == 0)] + np.array([0, top, 0, 0, 0], np.int32)
        ends = inside[:, 1] + inside[:, 3]
        found.append(inside[(ends < bottom) | (bottom == binary.shape[0])])
    return np.concatenate(found).astype(np.int32)


def _octave_lines(binary: Mask, pieces: Pieces) -> list[OctaveLine]:
    small = (pieces[:, 3] <= _DASH_HIGH * SPACE) & (pieces[:, 2] <= _DASH_LONG * SPACE)
    dashes = sorted(pieces[small].tolist())
    rows: list[list[list[int]]] = []
    for dash in dashes:
        row = next((r for r in rows if _goes_on(r, dash)), None)
        if row is None:
            rows.append([dash])
        else:
            row.append(dash)
    found = []
    for row in rows:
        x0, x1 = row[0][0], row[-1][0] + row[-1][2]
        if len(row) < _DASHES or x1 - x0 < _DASHED * SPACE:
            continue
        sign = _figure_before(binary, x0, row[0][1] + row[0][3] / 2)
        if sign is not None:
            left, octaves = sign
            up = row[0][1] < LINE_ROWS[2]
            found.append(OctaveLine(left / SPACE, x1 / SPACE, octaves if up else -octaves))
    return found


def _goes_on(row: Sequence[Sequence[int]], dash: Sequence[int]) -> bool:
    last = row[-1]
    gap = dash[0] - (last[0] + last[2])
    level = abs(dash[1] + dash[3] / 2 - last[1] - last[3] / 2)
    widest = _DASH_GAP if len(row) < _DASHES else _HIDDEN
    return -2 < gap <= widest * SPACE and level <= _ROW * SPACE


def _figure_before(binary: Mask, edge: int, row: float) -> tuple[float, int] | None:
    """The left end in pixels of the 8 or 15 before a line that begins at `edge` on `row`, and its octaves; None where there is none.

    A slur may touch it: only what lies before the line is looked at.
    """
    left, top = max(0, round(edge - _SIGN_GAP * SPACE)), max(0, round(row - 1.5 * _SIGN[1] * SPACE))
    before = binary[top : round(row + 1.5 * _SIGN[1] * SPACE), left : edge + 2]
    count, labels, stats, _ = cv2.connectedComponentsWithStats(before.astype(np.uint8), connectivity=8)
    beside: list[tuple[int, int, int, int]] = []
    middle = row - top
    for n in range(1, count):
        x, y, w, h, _ = (int(v) for v in stats[n])
        if not (_SIGN[0] * SPACE < h < _SIGN[1] * SPACE and y - 0.5 * h < middle < y + 1.5 * h):
            continue
        holes = _holes(labels[y : y + h, x : x + w] == n)
        if holes == 2:
            return float(left + x), 1
        beside.append((x, y, w, h if not holes else 0))
    beside.sort()
    return (float(left + beside[0][0]), 2) if len(beside) == 2 and _are_fifteen(*beside) else None


def _are_fifteen(one: tuple[int, int, int, int], five: tuple[int, int, int, int]) -> bool:
    """Whether two pieces of ink, as x, y, width, and height without holes, are a 1 and a 5 close behind it."""
    (x, y, w, h), (x5, y5, w5, h5) = one, five
    level = abs(y - y5) < _EVEN * h5 and abs(h - h5) < _EVEN * h5
    return level and w < w5 < h5 and x5 - (x + w) < _EVEN * h5


def _holes(mask: Mask) -> int:
    """How many pieces of white a piece of ink encloses, one above the other; specks do not count."""
    padded = np.pad(~mask, 1, constant_values=True).astype(np.uint8)
    _, _, stats, _ = cv2.connectedComponentsWithStats(padded, connectivity=4)
    inner = stats[1:][stats[1:, 0] > 0]
    return int((inner[:, 4] >= 3).sum())


def _brackets(binary: Mask) -> list[tuple[float, float]]:
    """Level thin lines above the staff that have a hook down at their left end."""
    above = binary[: LINE_ROWS[0] - int(_CLEAR * SPACE)]
    kernel = np.ones((1, int(_BRACKET * SPACE)), np.uint8)
    # a line that is not quite level is followed over a few rows
    thick = cv2.dilate(above.astype(np.uint8), np.ones((3, 1), np.uint8))
    runs = cv2.morphologyEx(thick, cv2.MORPH_OPEN, kernel)
    count, labels, stats, _ = cv2.connectedComponentsWithStats(runs, connectivity=8)
    found = []
    for n in range(1, count):
        x, _, w, h, area = (int(v) for v in stats[n])
        if h > 2 * _THIN * SPACE + 2 or area > (_THIN * SPACE + 2) * w:
            continue
        first = labels[:, x] == n
        row = int(np.flatnonzero(first).max(initial=0))
        reach, hook = int(_HOOK_REACH * SPACE), int(_HOOK * SPACE)
        beside = above[row : row + hook, max(0, x - reach) : x + reach]
        if beside.shape[0] >= hook and beside[3:].mean(axis=0).max(initial=0.0) > 0.9:
            found.append((x / SPACE, (x + w) / SPACE))
    return sorted(found)


def _rests(binary: Mask, pieces: Pieces) -> list[BarsOfRest]:
    """Thick bars on the middle line with a number above them."""
    half = int(_THICK_REST * SPACE / 2)
    row = LINE_ROWS[2]
    band = binary[row - half : row + half + 1].all(axis=0)
    edges = np.flatnonzero(np.diff(np.pad(band.astype(np.int8), 1)))
    found = []
    for x0, x1 in zip(edges[::2].tolist(), edges[1::2].tolist(), strict=True):
        if x1 - x0 >= _LONG_REST * SPACE:
            bars = _number(binary, pieces, (x0 + x1) / 2)
            if bars is not None and bars > 1:
                found.append(BarsOfRest(x0 / SPACE, x1 / SPACE, bars))
    return found


def numbered_rests(strip: Strip, bars: Sequence[tuple[float, float, float]]) -> list[BarsOfRest]:
    """Of bars that hold rests alone, given as from, to and the middle of their rests, those with a number of bars above them.

    Up to ten bars are shown by rests of two and of four bars side by side, as long as a thick bar takes no less room.
    """
    if not bars:
        return []
    binary = strip.binary
    pieces = _pieces(binary)
    found = ((x0, x1, _number(binary, pieces, middle * SPACE)) for x0, x1, middle in bars)
    return [BarsOfRest(x0, x1, n) for x0, x1, n in found if n is not None and 1 < n <= _MOST_OLD]


def _number(binary: Mask, pieces: Pieces, middle: float) -> int | None:
    """The number above the staff at a column; None where there is none, or one that cannot be read."""
    signs = load_prototypes("printed")[0]
    digits = [signs.labels.index(d) for d in DIGITS]
    near, far = (LINE_ROWS[0] - away * SPACE for away in _ABOVE)
    figures = [
        (x, y, w, h)
        for x, y, w, h, _ in sorted(pieces.tolist())
        if abs(x + w / 2 - middle) < _BESIDE * SPACE
        and far < y + h < near
        and _FIGURE[0] * SPACE < h < _FIGURE[1] * SPACE
    ]
    if not 1 <= len(figures) <= 3:
        return None
    number = 0
    for x, y, w, h in figures:
        region = Region((x, LINE_ROWS[0], x + w, LINE_ROWS[0] + h), binary[y : y + h, x : x + w])
        members = signs.memberships(features(region.mask, region.box)[None])[0][digits]
        if members.max() < _LEGIBLE:
            return None
        number = 10 * number + int(members.argmax())
    return number
