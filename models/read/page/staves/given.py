"""A staff that a person drew on the upload: its lines followed from there, or taken as they were drawn."""

from __future__ import annotations

import numpy as np

from models.read.given import GivenStaff
from models.read.page.preparation import PreparedPage
from models.read.page.staves.tracing import GRID, Traced, traced

Box = tuple[float, float, float, float]
"""Left, top, right and bottom in pixels of the prepared page."""

_LEAST_EVIDENCE = (
    0.3  # of lines that are followed: less is said by them than by the person who drew the staff
)
_OTHER_SIZE = 0.35  # by which a drawn staff may differ from the usual one and be thought of as roughly drawn
_LEAST_LENGTH = 3.0  # staff spaces
_BEYOND = 0.5  # of its width by which the lines may run on beyond what was drawn, at each end


def box_of(page: PreparedPage, staff: GivenStaff) -> Box | None:
    """Where a staff was drawn on the prepared page; None where hardly anything of it lies there.

    Its corners are mapped, which hold for a tilted page too; a height that no staff of the page could have is taken
    from the page's own staff space.
    """
    space = page.staff_space or 20.0
    ends = page.page_points(np.array([[staff.x0, staff.y0], [staff.x1, staff.y1]], np.float64))
    height, width = page.ink.shape
    left, right = (float(np.clip(x, 0, width - 1)) for x in sorted(ends[:, 0]))
    middle, reach = float(ends[:, 1].mean()), float(abs(ends[1, 1] - ends[0, 1])) / 2
    if not 0 <= middle < height or right - left < _LEAST_LENGTH * space:
        return None
    if not 0.3 * space < reach / 2 < 3.0 * space or abs(reach / 2 / space - 1.0) < _OTHER_SIZE:
        reach = 2.0 * space
    return left, middle - reach, right, middle + reach


def followed(page: PreparedPage, box: Box) -> Traced | None:
    """The staff whose lines run through a box, as far as they go; None where they are too faint for that."""
    left, top, right, low = box
    x = np.arange(left, right, 4.0 * GRID)
    middle, space = np.full(len(x), (top + low) / 2), np.full(len(x), (low - top) / 4)
    lines = traced(page.ink, x, middle, space)
    if lines is None or lines.evidence < _LEAST_EVIDENCE:
        return None
    room = _BEYOND * (right - left)
    far = lines.xs[0] < left - room or lines.xs[-1] > right + room
    short = lines.xs[-1] - lines.xs[0] < 0.5 * (right - left)
    return None if far or short else lines


def as_drawn(page: PreparedPage, box: Box) -> Traced:
    """Five straight lines in a box."""
    left, top, right, low = box
    xs = np.arange(left, min(right + GRID, page.ink.shape[1]), GRID)
    heights = np.linspace(top, low, 5)[:, None]
    return Traced(np.asarray(xs, np.float64), np.repeat(heights, len(xs), axis=1), 0.0)
