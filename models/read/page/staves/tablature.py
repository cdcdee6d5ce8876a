"""Tablatures: lines for strings, with figures for frets, that stand among the staves and are no staff.

Those of a guitar are told by a sixth line as far from its neighbour as the others are, those of a bass by having four, wider
apart than a staff's. They are taken off the page, so that their figures are read neither as notes of a staff beside them
nor as words.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import cv2
import numpy as np
from numpy.typing import NDArray

from models.read.page.preparation import PreparedPage
from models.read.page.staves.tracing import Traced, traced
from models.sheet.comb import Track
from models.sheet.ink import Floats

LEFT_OUT = "A tablature is left out: only staves of notes are read."

_GUITAR = (6, 7)  # lines: of its strings, and of a frame that may be drawn around
_BASS, _WIDER = 4, 1.25  # lines, and how many of the page's staff spaces lie between two at least
_SIZES = (0.7, 2.2)  # of the page's staff space
_LENGTH, _SHARE = (
    4.0,
    0.6,
)  # of a run of comb matches in its spaces, and of what is longest on the page, at least
_BEGUN = 0.2  # of what is longest on the page, that a track is long at least from which lines are followed
_LINE = 0.6  # share of its length on which a line is seen, at least; a row of ledger lines is seen on less
_AS_OTHERS = 0.8  # of what is seen of the middle ones that is seen of the outer lines: ties and ledger lines make up less
_THERE, _CLEAR = 0.14, 0.3  # spaces from a line's place to where its ink may lie, and to where there is paper
_BEYOND = 0.7  # spaces above the first line and below the last that belong to it: halves of figures
_UPRIGHT = 0.9  # share of its height that a bar line inks
_SAME = 2.0  # spaces between the middles of two that are one
_SAMPLES = 400  # columns that are looked at


def tablatures(page: PreparedPage, tracks: Sequence[Track]) -> list[Traced]:
    """The tablatures among the `tracks` of a page, six lines each, from the top down."""
    if page.staff_space is None:
        return []
    low, high = (k * page.staff_space for k in _SIZES)
    longest = max((t.length for t in tracks), default=0.0)
    found: list[Traced] = []
    for track in sorted(tracks, key=lambda t: -t.length):
        # lines that are followed from a stretch must come to a whole staff's length in the end
        if track.length < max(_LENGTH * track.spacing, _BEGUN * longest) or not low < track.spacing < high:
            continue
        if any(_is_on(track, other) for other in found) or not _may_be_one(page, track):
            continue
        lines = traced(page.ink, track.x, track.y, track.space)
        whole = None if lines is None else _with_all_lines(page, lines)
        long = whole is not None and whole.xs[-1] - whole.xs[0] >= _SHARE * longest
        if whole is not None and long and not any(_are_one(whole, other) for other in found):
            found.append(whole)
    return sorted(found, key=lambda t: float(np.mean(t.lines)))


def without_tablatures(page: PreparedPage, found: Sequence[Traced]) -> PreparedPage:
    """The page without these, but with the bar lines that run through them, and a note that they are left out."""
    if not found:
        return page
    ink = page.ink.copy()
    for one in found:
        _wipe(ink, one)
    return replace(page, ink=ink, notes=(*page.notes, LEFT_OUT))


def _is_on(track: Track, other: Traced) -> bool:
    """Whether a track runs along lines of a tablature already found."""
    along = (track.x >= other.xs[0]) & (track.x <= other.xs[-1])
    if along.mean() < 0.3:
        return False
    x, y = track.x[along], track.y[along]
    top, bottom = (np.interp(x, other.xs, other.lines[n]) for n in (0, -1))
    return bool(np.median((y > top) & (y < bottom)) > 0.5)


def _are_one(one: Traced, two: Traced) -> bool:
    if min(one.xs[-1], two.xs[-1]) < max(one.xs[0], two.xs[0]):
        return False
    space = float(np.mean(one.lines[1] - one.lines[0]))
    return abs(float(np.mean(one.lines)) - float(np.mean(two.lines))) < _SAME * space


def _may_be_one(page: PreparedPage, track: Track) -> bool:
    """Whether lines run along a track, one too many or wide apart; it may lie a line off. A quick look."""
    at: Floats = np.linspace(track.x[0], track.x[-1], _SAMPLES)
    middle = np.interp(at, track.x, track.y)
    seen = [_share(page, at, middle + k * track.spacing, 0.3 * track.spacing) for k in range(-3, 4)]
    lines = sum(share > 0.8 * _LINE for share in seen)
    return lines > 5 or (lines >= _BASS and track.spacing > 0.9 * _WIDER * (page.staff_space or 1.0))


def _with_all_lines(page: PreparedPage, five: Traced) -> Traced | None:
    """All lines in place of the five that were followed; None where they are not those of a tablature."""
    space = (five.lines[4] - five.lines[0]) / 4.0
    places = np.array([five.lines[2] + k * space for k in range(-4, 5)])
    unit = float(np.median(space))
    held = np.flatnonzero([_is_line(page, five.xs, y, unit) for y in places])
    if len(held):
        seen = [_share(page, five.xs, places[n], _THERE * unit) for n in held]
        if min(seen[0], seen[-1]) < _AS_OTHERS * float(np.median(seen)):
            return None
    bass = len(held) == _BASS and unit > _WIDER * (page.staff_space or unit)
    if not (bass or len(held) in _GUITAR) or held[-1] - held[0] != len(held) - 1:
        return None
    return Traced(five.xs, places[held], five.evidence)


def _is_line(page: PreparedPage, xs: Floats, ys: Floats, unit: float) -> bool:
    """Whether a thin line runs at these heights; beside it there is more ink where a frame is near."""
    beside = [_share(page, xs, ys + side * _CLEAR * unit, 0.5 * _THERE * unit) for side in (-1, 1)]
    return _share(page, xs, ys, _THERE * unit) >= _LINE and min(beside) < 0.5 * _LINE


def _share(page: PreparedPage, xs: Floats, ys: Floats, reach: float) -> float:
    """On what share of the columns there is ink within `reach` of a height."""
    columns = np.clip(np.rint(xs).astype(np.intp), 0, page.ink.shape[1] - 1)
    seen = np.zeros(len(xs), np.bool_)
    for off in np.linspace(-reach, reach, max(3, 2 * round(reach) + 1)):
        rows = np.clip(np.rint(ys + off).astype(np.intp), 0, page.ink.shape[0] - 1)
        seen |= page.ink[rows, columns] >= 128
    return float(seen.mean())


def _wipe(ink: NDArray[np.uint8], one: Traced) -> None:
    space = float(np.median(one.lines[1] - one.lines[0]))
    x0, x1 = (
        max(0, int(one.xs[0] - _BEYOND * space)),
        min(ink.shape[1], int(one.xs[-1] + _BEYOND * space) + 1),
    )
    columns = np.arange(x0, x1, dtype=np.float64)
    top, bottom = (np.interp(columns, one.xs, one.lines[n]) for n in (0, -1))
    first, last = max(0, int(top.min() - _BEYOND * space)), int(np.ceil(bottom.max() + _BEYOND * space)) + 1
    part = ink[first:last, x0:x1]
    rows = np.arange(first, first + part.shape[0])[:, None]
    own = (rows > top - _BEYOND * space) & (rows < bottom + _BEYOND * space)
    between = (rows >= top) & (rows <= bottom)
    held = ((part >= 128) & between).sum(axis=0) >= _UPRIGHT * between.sum(axis=0)
    upright = cv2.dilate(held.astype(np.uint8)[None, :], np.ones((1, 3), np.uint8))[0] > 0
    part[own & ~upright[None, :]] = 0
