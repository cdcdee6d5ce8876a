"""The staves of a prepared page and the systems they form."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass, replace

import cv2
import numpy as np
from numpy.typing import NDArray

from models.read.given import GivenStaff
from models.read.page.narrow import NARROW, widened
from models.read.page.preparation import PreparedPage
from models.read.page.staves.given import Box, as_drawn, box_of, followed
from models.read.page.staves.grouping import StaffSigns, groupings
from models.read.page.staves.leaning import lean_along
from models.read.page.staves.single_lines import single_lines
from models.read.page.staves.staff import SPACE, Staff, Strip, System, rectified
from models.read.page.staves.tracing import GRID, Traced, lengthened, traced
from models.sheet.comb import Track, tracks_at
from models.sheet.ink import Floats, light_of
from models.sheet.staves import proved

_log = logging.getLogger(__name__)

_LEVELS = (0, 1, 2)
_MOST_TRACKS = 160
_MOST_STAVES = 60
_SAME_SIZE = 0.16
_OTHER_SIZES = (0.45, 2.2)
_SURE_LENGTH = 12.0  # staff spaces; a shorter piece of staff has to be proved line by line
_LEAST_LENGTH = 5.0
_LEAST_EVIDENCE = 0.55
_SEEN = 0.9  # of the lines along a track, from which on they need not be made darker
_PAPER, _FULL = 30.0, 200.0  # darkness of lines that are hardly there, and of such as are followed well
_AS_OTHERS, _BEST = (
    0.65,
    0.75,
)  # of the evidence of the better staves of the page, at least: words in rows have less
_SAME_SPACE, _SAME_ROW = 0.08, 0.5  # of two pieces of a staff: their sizes, and their heights in staff spaces
_END_POINTS = 40  # columns of the grid at an end that tell where a piece of staff runs on
_LEAST_MORE, _MOST_MORE = 0.8, 30.0  # staff spaces by which a staff is followed to where others end
_NEIGHBOURS = 4  # staves whose ends a staff is held against
_NO_ROOM = 5.5  # staff spaces between the middle lines of two staves, of which each reaches two from its own
_NO_ROOM_SHORT, _SHORT = (
    7.0,
    0.25,
)  # the same of a piece that is so much shorter: hairpins and beams look like staff lines
_FAINT = 0.45  # of the typical score of a comb match


@dataclass(frozen=True)
class _Found:
    lines: Traced
    space: float
    single: bool = False


def tracks_on(page: PreparedPage) -> list[Track]:
    """The runs of comb matches on a prepared page, the best first: what `find_systems` looks at; empty without music."""
    space = page.staff_space
    if space is None:
        return []
    grey = np.asarray(255 - page.ink, np.uint8)
    light = light_of(grey)
    low, high = (space * k for k in _OTHER_SIZES)
    tracks = [t for level in _LEVELS for t in tracks_at(grey, light, level)]
    tracks = [t for t in tracks if low < t.spacing < high and t.length > 3.0 * t.spacing]
    return sorted(tracks, key=lambda t: -t.score)


def find_systems(
    page: PreparedPage, tracks: Sequence[Track] | None = None, given: Sequence[GivenStaff] = ()
) -> list[System]:
    """The systems of a prepared page from the top down, each with its staves; empty without music.

    A staff that cannot be followed is left out; two pieces that lie on one row are one staff when nothing but a
    gap parts them. `tracks` are those of `tracks_on`, where they are known already. Staves in `given` are there, as
    drawn where their lines cannot be followed.
    """
    if page.staff_space is None:
        return []
    seen = _found_staves(page, tracks_on(page) if tracks is None else tracks)
    if not seen and page.ink.shape[1] < NARROW * page.staff_space:
        seen = _found_on_cutting(page)
    for staff in given:
        seen = _with_given(page, seen, staff)
    found = _made_whole(page, seen)
    lines = single_lines(page.binary, [f.lines for f in found], page.line_thickness)
    found += [_Found(one, float(one.lines[3][0] - one.lines[2][0]), single=True) for one in lines]
    found.sort(key=lambda f: float(np.mean(f.lines.lines[2])))
    staves = _staves(page, found)
    return _systems(page, staves)


def _found_staves(page: PreparedPage, tracks: Sequence[Track]) -> list[_Found]:
    space = page.staff_space or 0.0
    grey = np.asarray(255 - page.ink, np.uint8)
    light = light_of(grey)
    typical = float(np.median([t.score / t.length for t in tracks[:5]])) if tracks else 1.0
    found: list[_Found] = []
    for track in tracks[:_MOST_TRACKS]:
        if len(found) >= _MOST_STAVES:
            break
        if any(_covers(staff, track) for staff in found):
            continue
        usual = abs(track.spacing / space - 1.0) < _SAME_SIZE
        sure = usual and track.length > _SURE_LENGTH * space and track.score / track.length > _FAINT * typical
        if not sure and proved(track, grey, light) is None:
            continue
        lines = _followed(page.ink, track, sure=sure)
        if lines is None or lines.evidence < _LEAST_EVIDENCE:
            continue
        size = float(np.median((lines.lines[4] - lines.lines[0]) / 4.0))
        if lines.xs[-1] - lines.xs[0] < _LEAST_LENGTH * size:
            continue
        new = _Found(lines, size)
        if not any(_overlap(other, new) for other in found):
            found.append(new)
    seen = [f.lines.evidence for f in found]
    least = _AS_OTHERS * float(np.quantile(seen, _BEST, method="higher")) if seen else 0.0
    return [f for f in found if f.lines.evidence >= least]


def _found_on_cutting(page: PreparedPage) -> list[_Found]:
    """The staves of a picture that is too narrow for one to be proved: found with their lines led on over its edges."""
    margin = round(NARROW * (page.staff_space or 0.0))
    wide = replace(page, ink=255 - widened(np.asarray(255 - page.ink, np.uint8), margin))
    out = []
    for one in _found_staves(wide, tracks_on(wide)):
        xs = one.lines.xs - margin
        inside = (xs >= 0) & (xs < page.ink.shape[1])
        if inside.sum() > 1:
            lines = Traced(xs[inside], one.lines.lines[:, inside], one.lines.evidence)
            out.append(replace(one, lines=lines))
    return out


def _followed(ink: NDArray[np.uint8], track: Track, *, sure: bool) -> Traced | None:
    """The lines along a track. Those of a plain track that are fainter than what is written on them are made darker first."""
    lines = traced(ink, track.x, track.y, track.space)
    if not sure or (lines is not None and lines.evidence >= _SEEN):
        return lines
    level = _darkness(ink, track)
    if not _PAPER < level < _FULL:
        return lines
    darker = np.asarray(np.minimum(ink * (_FULL / level), 255.0), np.uint8)
    again = traced(darker, track.x, track.y, track.space)
    found = [one for one in (lines, again) if one is not None]
    return max(found, key=lambda one: one.evidence, default=None)


def _darkness(ink: NDArray[np.uint8], track: Track) -> float:
    """How dark the lines along a track mostly are, 0 paper to 255 ink."""
    columns = np.clip(np.rint(track.x).astype(np.intp), 0, ink.shape[1] - 1)
    levels = []
    for line in range(-2, 3):
        rows = np.rint(track.y + line * track.space).astype(np.intp)
        near = [ink[np.clip(rows + off, 0, ink.shape[0] - 1), columns] for off in range(-2, 3)]
        levels.append(np.max(near, axis=0))
    return float(np.median(levels))


def _with_given(page: PreparedPage, found: list[_Found], staff: GivenStaff) -> list[_Found]:
    """The staves with one that a person drew, in place of whatever was found where it is."""
    box = box_of(page, staff)
    if box is None:
        return found
    others = [one for one in found if not _lies_in(one, box)]
    lines = followed(page, box)
    if lines is not None:
        size = float(np.median((lines.lines[4] - lines.lines[0]) / 4.0))
        if not any(_overlap(other, _Found(lines, size)) for other in others):
            return [*others, _Found(lines, size)]
    drawn = _Found(as_drawn(page, box), (box[3] - box[1]) / 4.0)
    return [*(one for one in others if not _overlap(one, drawn)), drawn]


def _lies_in(one: _Found, box: Box) -> bool:
    """Whether the middle line of a staff runs within a box, where both are."""
    at = one.lines.xs[(one.lines.xs >= box[0]) & (one.lines.xs <= box[2])]
    if not len(at):
        return False
    height = float(np.median(np.interp(at, one.lines.xs, one.lines.lines[2])))
    return box[1] <= height <= box[3]


def _made_whole(page: PreparedPage, found: list[_Found]) -> list[_Found]:
    """The staves, pieces of one made one, and ends that fade away followed to where those of other staves are."""
    found = sorted(found, key=lambda f: f.lines.xs[0] - f.lines.xs[-1])  # the longest first
    whole: list[_Found] = []
    for one in found:
        for n, other in enumerate(whole):
            first, last = (
                min(one.lines.xs[0], other.lines.xs[0]),
                max(one.lines.xs[-1], other.lines.xs[-1]),
            )
            if not _on_one_row(other, one):
                continue
            joined = lengthened(page.ink, other.lines, first, last, one.lines)
            if joined is not None:
                whole[n] = replace(other, lines=joined)
                break
        else:
            whole.append(one)
    return [_to_usual_ends(page, one, whole) for one in whole]


def _on_one_row(one: _Found, two: _Found) -> bool:
    """Whether two pieces lie beside each other, their lines on one height: a staff that is broken, or two staves."""
    left, right = sorted((one.lines, two.lines), key=lambda t: t.xs[0])
    if right.xs[0] <= left.xs[-1] or abs(one.space / two.space - 1.0) > _SAME_SPACE:
        return False
    middle = 0.5 * (left.xs[-1] + right.xs[0])
    heights = [_straight_on(lines, middle) for lines in (left, right)]
    return abs(heights[0] - heights[1]) < _SAME_ROW * one.space


def _straight_on(lines: Traced, x: float) -> float:
    """The height of the middle line at `x`, run on straight from the nearer end."""
    near = slice(None, _END_POINTS) if x < lines.xs[0] else slice(-_END_POINTS, None)
    return float(np.polynomial.Polynomial.fit(lines.xs[near], lines.lines[2][near], 1)(x))


def _to_usual_ends(page: PreparedPage, one: _Found, found: list[_Found]) -> _Found:
    """The staff as far as others go, where its own lines are seen as far as that."""
    height = float(np.mean(one.lines.lines[2]))
    beside = sorted(
        (f for f in found if f is not one), key=lambda f: abs(float(np.mean(f.lines.lines[2])) - height)
    )
    for side, out in ((0, 1), (-1, -1)):
        own = one.lines.xs[side]
        farther = {float(f.lines.xs[side]) for f in beside[:_NEIGHBOURS]}
        more = [x for x in farther if _LEAST_MORE * one.space < out * (own - x) < _MOST_MORE * one.space]
        for x in sorted(more, key=lambda x: out * x):  # the farthest first
            longer = lengthened(page.ink, one.lines, min(own, x), max(own, x))
            if longer is not None:
                one = replace(one, lines=longer)
                break
    return one


def _covers(staff: _Found, track: Track) -> bool:
    """Whether a track runs within a staff already found."""
    xs = staff.lines.xs
    along = (track.x >= xs[0]) & (track.x <= xs[-1])
    if along.mean() < 0.3:
        return False
    off = track.y[along] - np.interp(track.x[along], xs, staff.lines.lines[2])
    return bool(np.median(np.abs(off)) < 3.6 * staff.space)


def _overlap(one: _Found, two: _Found) -> bool:
    """Whether two staves are too near each other to be two."""
    a, b = one.lines, two.lines
    left, right = max(a.xs[0], b.xs[0]), min(a.xs[-1], b.xs[-1])
    if right - left < 2 * GRID:
        return False
    at: Floats = np.linspace(left, right, 16)
    off = np.interp(at, a.xs, a.lines[2]) - np.interp(at, b.xs, b.lines[2])
    shorter, longer = sorted(float(t.xs[-1] - t.xs[0]) for t in (a, b))
    room = _NO_ROOM_SHORT if shorter < _SHORT * longer else _NO_ROOM
    return bool(np.median(np.abs(off)) < room * max(one.space, two.space))


def _neighbour(one: _Found, others: list[_Found], side: int) -> Floats | None:
    """The nearest line of the nearest staff above (side -1) or below (1) at each column, NaN-free, or None."""
    xs = one.lines.xs
    edge = one.lines.lines[0 if side < 0 else 4]
    best: Floats | None = None
    for other in others:
        a = other.lines
        if other is one or a.xs[0] > xs[-1] or a.xs[-1] < xs[0]:
            continue
        line = np.interp(xs, a.xs, a.lines[4 if side < 0 else 0])
        inside = (xs >= a.xs[0]) & (xs <= a.xs[-1])
        gap = side * (line - edge)
        if np.median(gap[inside]) <= 0:
            continue
        far = np.where(inside, line, edge + side * 1e4)
        best = far if best is None else (np.minimum(best, far) if side > 0 else np.maximum(best, far))
    return best


def _staves(page: PreparedPage, found: list[_Found]) -> list[Staff]:
    staves: list[Staff] = []
    for one in found:
        try:
            strip = _strip(page, one, found)
        except (ValueError, IndexError, np.linalg.LinAlgError, cv2.error):
            _log.warning(
                "A staff near row %d could not be pulled straight and is left out.", one.lines.lines[2][0]
            )
            continue
        t = one.lines
        staves.append(
            Staff(
                len(staves),
                t.xs,
                t.lines,
                one.space,
                page.line_thickness,
                t.evidence,
                page,
                strip,
                one.single,
            )
        )
    return staves


def _strip(page: PreparedPage, one: _Found, found: list[_Found]) -> Strip:
    """The staff pulled straight, and what leans on it upright."""
    t = one.lines
    above, below = _neighbour(one, found, -1), _neighbour(one, found, 1)
    strip = rectified(page, t.xs, t.lines, above=above, below=below)
    lean = lean_along(strip.binary, SPACE)
    return strip if lean is None else rectified(page, t.xs, t.lines, above=above, below=below, lean=lean)


def _systems(page: PreparedPage, staves: list[Staff]) -> list[System]:
    """The staves put together by what the ink between them says."""
    if not staves:
        return []
    blank = StaffSigns(np.empty(0))
    best = groupings(page.binary, staves, [blank] * len(staves), most=1)[0]
    return systems_of(staves, best.systems)


def systems_of(staves: Sequence[Staff], groups: Sequence[Sequence[int]]) -> list[System]:
    """The systems that hold these staves, by their indices; staves are numbered in the order of the systems."""
    numbers = {staff: n for n, staff in enumerate(staff for group in groups for staff in group)}
    return [
        System(n, tuple(replace(staves[staff], number=numbers[staff]) for staff in group))
        for n, group in enumerate(groups)
    ]
