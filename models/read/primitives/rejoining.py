"""Signs that staff-line removal cut: what touches a line from inside a space loses its edge there, and falls apart.

The bowl of a flat, a whole note and the letter C lie against the lines from within; where they run along a line the ink
is hardly taller than the line itself. Each piece of line that was taken away between two pieces of symbol may therefore
have been symbol. Sets of pieces are put together again with the line between them, and kept where the whole is like a sign
and its pieces are not.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from models.arrays import Mask
from models.read.page.staves import SPACE
from models.read.primitives.regions import Region

Kind = dict[str, float]
"""Memberships by label."""
Classify = Callable[[list[Region]], list[Kind]]

_LONGEST_GAP = 1.25  # staff spaces of line between two pieces of one sign
_LARGEST = (3.6, 5.2)  # staff spaces, width and height of what is put together
_MOST_PIECES = 4
_SURE = 0.5  # membership that a whole must have,
_BETTER = 0.12  # and by how much it must surpass the best of its pieces


@dataclass(frozen=True)
class _Gap:
    """A piece of line taken away: its pixels, and the regions at its ends (by their number)."""

    rows: NDArray[np.intp]
    columns: NDArray[np.intp]
    between: frozenset[int]


def rejoined(
    found: Sequence[Region], ink: Mask, binary: Mask, classify: Classify, labels: Sequence[str]
) -> list[Region]:
    """The regions with those put together that are one sign of ``labels``.

    ``ink`` is the strip's ink without staff lines, ``binary`` with them, bool (H, W); ``classify`` gives the memberships of
    regions.
    """
    gaps = _gaps(found, ink, binary)
    sets = _sets(found, gaps)
    if not sets:
        return list(found)
    wholes = [_together([found[n] for n in members], _within(gaps, members), ink.shape) for members in sets]
    kinds = classify(wholes)
    single = sorted({n for members in sets for n in members})
    alone = dict(zip(single, classify([found[n] for n in single]), strict=True))
    ranked = []
    for members, whole, kind in zip(sets, wholes, kinds, strict=True):
        label, grade = _best(kind, labels)
        parts = max(_weighed(found[n], whole, alone[n], labels) for n in members)
        if grade >= _SURE and grade >= parts + _BETTER:
            ranked.append((grade - 0.02 * len(members), label, members, whole))
    used: set[int] = set()
    new: list[Region] = []
    for _, _, members, whole in sorted(ranked, key=lambda one: -one[0]):
        if not members & used:
            used |= members
            new.append(whole)
    return [region for n, region in enumerate(found) if n not in used] + new


def _best(kind: Kind, labels: Sequence[str]) -> tuple[str, float]:
    label = max(labels, key=lambda name: kind.get(name, 0.0))
    return label, kind.get(label, 0.0)


def _weighed(piece: Region, whole: Region, kind: Kind, labels: Sequence[str]) -> float:
    """How like a sign a piece is by itself; a small piece of the whole counts for less."""
    return _best(kind, labels)[1] * min(1.0, 2.0 * float(piece.mask.sum()) / float(whole.mask.sum()))


def _gaps(found: Sequence[Region], ink: Mask, binary: Mask) -> list[_Gap]:
    """The short pieces of line between symbols, with the regions that they touch at their ends."""
    owner = np.full(ink.shape, -1, np.int32)
    for number, region in enumerate(found):
        x0, y0, x1, y1 = region.box
        owner[y0:y1, x0:x1][region.mask] = number
    count, labels, stats, _ = cv2.connectedComponentsWithStats(
        (binary & ~ink).astype(np.uint8), connectivity=8
    )
    gaps = []
    for n in range(1, count):
        x, y, w, h, _ = (int(v) for v in stats[n])
        if w > _LONGEST_GAP * SPACE or h > 0.5 * SPACE:
            continue
        top, bottom = max(0, y - 1), y + h + 1
        ends = [owner[top:bottom, max(0, x - 2) : x], owner[top:bottom, x + w : x + w + 2]]
        sides = [set(end[end >= 0].tolist()) for end in ends]
        if all(sides):
            rows, columns = np.nonzero(labels[y : y + h, x : x + w] == n)
            gaps.append(_Gap(rows + y, columns + x, frozenset(sides[0] | sides[1])))
    return gaps


def _sets(found: Sequence[Region], gaps: Sequence[_Gap]) -> list[frozenset[int]]:
    """The sets of up to `_MOST_PIECES` regions that gaps hold together and that are no larger than a sign."""
    neighbours: dict[int, set[int]] = {}
    seen: set[frozenset[int]] = set()
    for gap in gaps:
        for n in gap.between:
            neighbours.setdefault(n, set()).update(gap.between - {n})
            if len(gap.between) == 1 and _fits([found[n]]):  # cut, and still in one piece
                seen.add(frozenset({n}))
    layer = {frozenset({n}) for n in neighbours}
    for _ in range(_MOST_PIECES - 1):
        layer = {
            members | {other}
            for members in layer
            for n in members
            for other in neighbours[n] - members
            if _fits([found[k] for k in members | {other}])
        }
        seen |= layer
    return sorted(seen, key=sorted)


def _fits(pieces: Sequence[Region]) -> bool:
    x0, y0 = min(p.box[0] for p in pieces), min(p.box[1] for p in pieces)
    x1, y1 = max(p.box[2] for p in pieces), max(p.box[3] for p in pieces)
    return x1 - x0 <= _LARGEST[0] * SPACE and y1 - y0 <= _LARGEST[1] * SPACE


def _within(gaps: Sequence[_Gap], members: frozenset[int]) -> list[_Gap]:
    return [gap for gap in gaps if gap.between <= members]


def _together(pieces: Sequence[Region], gaps: Sequence[_Gap], shape: tuple[int, ...]) -> Region:
    """The pieces and the line between them as one region."""
    x0, y0 = min(p.box[0] for p in pieces), min(p.box[1] for p in pieces)
    x1, y1 = max(p.box[2] for p in pieces), max(p.box[3] for p in pieces)
    for gap in gaps:
        x0, x1 = min(x0, int(gap.columns.min())), max(x1, int(gap.columns.max()) + 1)
        y0, y1 = min(y0, int(gap.rows.min())), max(y1, int(gap.rows.max()) + 1)
    mask = np.zeros((min(y1, shape[0]) - y0, x1 - x0), np.bool_)
    for piece in pieces:
        a0, b0, a1, b1 = piece.box
        mask[b0 - y0 : b1 - y0, a0 - x0 : a1 - x0] |= piece.mask
    for gap in gaps:
        mask[gap.rows - y0, gap.columns - x0] = True
    return Region((x0, y0, x1, y1), mask)
