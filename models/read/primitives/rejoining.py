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

Pixels = tuple[NDArray[np.intp], NDArray[np.intp]]
"""Rows and columns."""

_LONGEST_GAP = 1.25  # staff spaces of line between two pieces of one sign
_LARGEST = (3.6, 5.2)  # staff spaces, width and height of what is put together
_MOST_PIECES = 4
_MOST_RIVALS = 16
"""Sets that share pieces, of which the best choice is searched for."""
_SURE = 0.5  # membership that a whole must have,
_BETTER = 0.12  # and by how much it must surpass its pieces
_OWN = 0.9  # membership of a piece that is a sign by itself


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
    gains: list[tuple[float, frozenset[int], Region]] = []
    for members, whole, kind in zip(sets, wholes, kinds, strict=True):
        grade = _best(kind, labels)
        whole_of_signs = kind.get("double_flat", 0.0) >= grade
        if len(members) > 1 and not whole_of_signs and any(_best(alone[n], labels) >= _OWN for n in members):
            continue  # a sign and what stands beside it, as brackets do
        gain = grade - _explained([found[n] for n in members], [alone[n] for n in members], labels)
        if grade >= _SURE and gain >= _BETTER:
            gains.append((gain * float(whole.mask.sum()), members, whole))
    chosen = [gains[k] for k in _packed([(gain, members) for gain, members, _ in gains])]
    used = frozenset[int]().union(*(members for _, members, _ in chosen))
    return [r for n, r in enumerate(found) if n not in used] + [whole for _, _, whole in chosen]


def _packed(sets: Sequence[tuple[float, frozenset[int]]]) -> list[int]:
    """Which of the sets, no two of which share a piece, explain the most ink together."""
    chosen: list[int] = []
    left = set(range(len(sets)))
    while left:
        group = {left.pop()}
        pieces = set(sets[next(iter(group))][1])
        while more := {k for k in left if sets[k][1] & pieces}:
            group |= more
            left -= more
            pieces = pieces.union(*(sets[k][1] for k in more))
        ordered = sorted(group, key=lambda k: -sets[k][0])[:_MOST_RIVALS]
        chosen += _best_packing(sets, ordered)[1]
    return sorted(chosen)


def _best_packing(
    sets: Sequence[tuple[float, frozenset[int]]], ordered: list[int]
) -> tuple[float, list[int]]:
    if not ordered:
        return 0.0, []
    first, rest = ordered[0], ordered[1:]
    gain, members = sets[first]
    free = [k for k in rest if not sets[k][1] & members]
    taken, chosen = _best_packing(sets, free)
    best = gain + taken, [first, *chosen]
    if len(free) == len(rest):  # it stands in nobody's way
        return best
    without = _best_packing(sets, rest)
    return max(best, without, key=lambda one: one[0])


def _like_bar_line(region: Region) -> bool:
    return region.width < 0.45 and region.height > 3.6


def _best(kind: Kind, labels: Sequence[str]) -> float:
    return max(kind.get(name, 0.0) for name in labels)


def _explained(pieces: Sequence[Region], kinds: Sequence[Kind], labels: Sequence[str]) -> float:
    """How like signs the pieces are by themselves, each counted by its share of the ink."""
    areas = [float(piece.mask.sum()) for piece in pieces]
    return sum(a * _best(k, labels) for a, k in zip(areas, kinds, strict=True)) / sum(areas)


def short_gaps(ink: Mask, binary: Mask) -> list[Pixels]:
    """The short pieces of staff line that end at symbols on both sides, each as the rows and columns of its pixels."""
    count, labels, stats, _ = cv2.connectedComponentsWithStats(
        (binary & ~ink).astype(np.uint8), connectivity=8
    )
    gaps = []
    for n in range(1, count):
        x, y, w, h, _ = (int(v) for v in stats[n])
        if w > _LONGEST_GAP * SPACE or h > 0.5 * SPACE:
            continue
        top, bottom = max(0, y - 1), y + h + 1
        if ink[top:bottom, max(0, x - 2) : x].any() and ink[top:bottom, x + w : x + w + 2].any():
            rows, columns = np.nonzero(labels[y : y + h, x : x + w] == n)
            gaps.append((rows + y, columns + x))
    return gaps


def _gaps(found: Sequence[Region], ink: Mask, binary: Mask) -> list[_Gap]:
    """The short pieces of line between symbols, with the regions that they touch at their ends; none at a bar line."""
    owner = np.full(ink.shape, -1, np.int32)
    for number, region in enumerate(found):
        x0, y0, x1, y1 = region.box
        owner[y0:y1, x0:x1][region.mask] = number
    gaps = []
    for rows, columns in short_gaps(ink, binary):
        top, bottom = max(0, int(rows.min()) - 1), int(rows.max()) + 2
        left, right = int(columns.min()), int(columns.max()) + 1
        ends = owner[top:bottom, max(0, left - 2) : left], owner[top:bottom, right : right + 2]
        sides = [set(end[end >= 0].tolist()) for end in ends]
        if all(sides) and not any(_like_bar_line(found[n]) for n in sides[0] | sides[1]):
            gaps.append(_Gap(rows, columns, frozenset(sides[0] | sides[1])))
    return gaps


def columns_of(
    found: Sequence[Region], ink: Mask, binary: Mask, wide: float, high: float
) -> list[tuple[set[int], Region]]:
    """The sets of regions that short pieces of line hold together, no larger than ``wide`` and ``high`` staff spaces.

    Each is given as the numbers of its regions and as one region with the line between them.
    """
    gaps = _gaps(found, ink, binary)
    group = list(range(len(found)))

    def root(n: int) -> int:
        while group[n] != n:
            n = group[n]
        return n

    for gap in gaps:
        first, *others = sorted(gap.between)
        for other in others:
            group[root(other)] = root(first)
    held: dict[int, set[int]] = {}
    for n in {n for gap in gaps for n in gap.between}:
        held.setdefault(root(n), set()).add(n)
    out = []
    for members in held.values():
        whole = _together([found[n] for n in members], _within(gaps, frozenset(members)), ink.shape)
        if whole.width <= wide and whole.height <= high:
            out.append((members, whole))
    return out


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
