"""The two numbers of a time signature found as one column: what stands above the middle line, and what below it.

Digits touch each other on the middle line and lose their edges to the staff lines, so that a column falls into pieces that
are like nothing. The column is put together, cut along the middle line, and kept where every piece above and below is a digit.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import cv2
import numpy as np

from models.arrays import Mask
from models.read.page.staves import LINE_ROWS, SPACE
from models.read.primitives.primitive import DIGITS
from models.read.primitives.regions import Region
from models.read.primitives.rejoining import Pixels, short_gaps

Classify = Callable[[list[Region]], list[dict[str, float]]]

_WIDEST = 4.4  # staff spaces of a column, as of 12/8
_DIGIT = 0.45  # membership that each piece must have
_BEYOND = 0.35  # staff spaces beyond the outer lines that digits may reach
_CRUMB = 0.12  # square staff spaces: less is no piece
_HIGH, _UNBROKEN = 3.5, 0.9  # staff spaces of height and share of ink of a heavy bar line, at least
_BESIDE = 0.3  # staff spaces between pieces of one column


def may_be_metre(region: Region) -> bool:
    """Whether a region has the size and the place of two digits that touch on the middle line."""
    middle = (region.box[1] + region.box[3]) / 2
    sized = 0.9 < region.width < 2.6 and 3.2 < region.height < 4.7
    return sized and abs(middle - LINE_ROWS[2]) < 0.4 * SPACE


def halved(region: Region) -> list[Region]:
    """The parts of a region above and below the middle line."""
    x0, y0, x1, y1 = region.box
    cut = LINE_ROWS[2] - y0
    return [
        Region((x0, y0, x1, y0 + cut), region.mask[:cut]),
        Region((x0, y0 + cut, x1, y1), region.mask[cut:]),
    ]


def parted_metres(found: Sequence[Region], classify: Classify) -> list[Region]:
    """Two digits of a metre that touch on the middle line, parted there."""
    out: list[Region] = []
    for region in found:
        if not may_be_metre(region):
            out.append(region)
            continue
        halves = halved(region)
        kinds = classify([region, *halves])
        whole, upper, lower = (sum(v for k, v in kind.items() if k in DIGITS) for kind in kinds)
        two = whole > 0.4 or (min(upper, lower) > 0.2 and upper + lower > 0.7)
        out += halves if two else [region]
    return out


def metre_columns(found: Sequence[Region], ink: Mask, binary: Mask, classify: Classify) -> list[Region]:
    """The regions with those that make up the numbers of a time signature replaced by its digits.

    ``ink`` is the strip's ink without staff lines, ``binary`` with them, bool (H, W); ``classify`` gives memberships of regions.
    """
    top, middle, bottom = LINE_ROWS[0], LINE_ROWS[2], LINE_ROWS[4]
    low, high = top - _BEYOND * SPACE, bottom + _BEYOND * SPACE
    inside = [
        n for n, r in enumerate(found) if r.box[1] >= low and r.box[3] - 1 <= high and not _heavy_line(r)
    ]
    out, used = list(found), set[int]()
    gaps = short_gaps(ink, binary)
    for n in inside:
        _, y0, _, y1 = found[n].box
        if n in used or not (y0 < middle - 0.5 * SPACE and y1 > middle + 0.5 * SPACE):
            continue
        members = _column(found, inside, n)
        if members is None or members & used:
            continue
        digits = _digits([found[k] for k in members], gaps, classify)
        if digits is not None:
            used |= members
            out += digits
    return [r for n, r in enumerate(out) if n not in used]


def _heavy_line(region: Region) -> bool:
    """Whether a region is a heavy bar line: inked from the topmost staff line to the lowest, which no digits are."""
    return region.height > _HIGH and float(region.mask.mean()) > _UNBROKEN


def _column(found: Sequence[Region], inside: Sequence[int], start: int) -> set[int] | None:
    """The regions above, below and close beside the first; None where they are too wide for a column of digits."""
    members = {start}
    while True:
        left = min(found[n].box[0] for n in members) - _BESIDE * SPACE
        right = max(found[n].box[2] for n in members) + _BESIDE * SPACE
        near = {n for n in inside if found[n].box[0] < right and found[n].box[2] > left}
        if right - left > (_WIDEST + 2 * _BESIDE) * SPACE:
            return None
        if near == members:
            return members
        members = near


def _digits(members: Sequence[Region], gaps: Sequence[Pixels], classify: Classify) -> list[Region] | None:
    """The digits above and below the middle line, None where a piece is no digit."""
    x0, x1 = min(r.box[0] for r in members), max(r.box[2] for r in members)
    y0, y1 = min(r.box[1] for r in members), max(r.box[3] for r in members)
    column = np.zeros((y1 - y0, x1 - x0), np.bool_)
    for member in members:
        a0, b0, a1, b1 = member.box
        column[b0 - y0 : b1 - y0, a0 - x0 : a1 - x0] |= member.mask
    for rows, columns in gaps:
        if columns.min() >= x0 and columns.max() < x1 and rows.min() >= y0 and rows.max() < y1:
            column[rows - y0, columns - x0] = True
    middle = LINE_ROWS[2]
    pieces: list[Region] = []
    for first, last in ((y0, middle), (middle, y1)):
        part = _numbers(column[first - y0 : last - y0], x0, first, classify)
        if part is None:
            return None
        pieces += part
    return pieces


def _numbers(mask: Mask, left: int, top: int, classify: Classify) -> list[Region] | None:
    """The digits of one number; two that touch are parted where the least ink holds them together."""
    for parts in (_parts(mask, left, top), _parts(_parted(mask), left, top)):
        if parts and all(sum(k.get(d, 0.0) for d in DIGITS) >= _DIGIT for k in classify(parts)):
            return parts
    return None


def _parted(mask: Mask) -> Mask:
    """The ink cut from top to bottom near its middle, where a column has the least."""
    width = mask.shape[1]
    first, last = int(0.3 * width), max(int(0.7 * width), int(0.3 * width) + 1)
    column = first + int(np.argmin(mask[:, first:last].sum(axis=0)))
    cut = mask.copy()
    cut[:, column] = False
    return cut


def _parts(mask: Mask, left: int, top: int) -> list[Region]:
    count, labels, stats, _ = cv2.connectedComponentsWithStats(mask.astype(np.uint8), connectivity=8)
    found = []
    for n in range(1, count):
        x, y, w, h, area = (int(v) for v in stats[n])
        if area >= _CRUMB * SPACE * SPACE:
            found.append(
                Region((left + x, top + y, left + x + w, top + y + h), labels[y : y + h, x : x + w] == n)
            )
    return found
