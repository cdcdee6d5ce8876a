"""Whole notes of a chord that touch each other: one region, taken apart where each part is a head."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import pairwise

import numpy as np

from models.arrays import Mask
from models.read.page.staves import SPACE
from models.read.primitives.regions import Region
from models.read.primitives.rejoining import columns_of

Classify = Callable[[list[Region]], list[dict[str, float]]]

_WIDE = (1.3, 3.2)  # staff spaces, with a ledger line
_HIGH = (1.6, 6.4)
_HEAD = 0.45  # membership that each part must have
_HEAD_WIDE = 1.55  # staff spaces: the bowls of an 8 are narrower
_LEDGER = 0.3  # staff spaces: columns of less ink at the sides of a part are ledger line
_MOST = 6


def parted_stacks(found: Sequence[Region], ink: Mask, binary: Mask, classify: Classify) -> list[Region]:
    """The regions with stacks of whole notes replaced by their heads.

    ``ink`` is the strip's ink without staff lines, ``binary`` with them, bool (H, W); ``classify`` gives memberships of regions.
    """
    used: set[int] = set()
    columns = columns_of(found, ink, binary, _WIDE[1], _HIGH[1])
    alone = {n for members, _ in columns for n in members}
    columns += [({n}, region) for n, region in enumerate(found) if n not in alone]
    heads: list[Region] = []
    for members, whole in columns:
        if _WIDE[0] <= whole.width <= _WIDE[1] and _HIGH[0] <= whole.height <= _HIGH[1]:
            parts = _heads(whole, classify)
            if parts:
                heads += parts
                used |= members
    return [region for n, region in enumerate(found) if n not in used] + heads


def _heads(region: Region, classify: Classify) -> list[Region] | None:
    x0, y0, _, y1 = region.box
    whole, height = region.mask, y1 - y0
    for count in range(max(2, round(height / SPACE) - 1), min(_MOST, round(height / SPACE) + 1) + 1):
        cuts = np.rint(np.linspace(0, height, count + 1)).astype(int)
        parts = [
            part
            for first, last in pairwise(cuts.tolist())
            if (part := _trimmed(whole[first:last], x0, y0 + int(first))) is not None
        ]
        if (
            len(parts) == count
            and min(p.width for p in parts) >= _HEAD_WIDE
            and all(k.get("whole_head", 0.0) >= _HEAD for k in classify(parts))
        ):
            return parts
    return None


def _trimmed(mask: Mask, left: int, top: int) -> Region | None:
    """A part without the ledger line at its sides."""
    columns = np.flatnonzero(mask.sum(axis=0) > _LEDGER * SPACE)
    if not len(columns):
        return None
    first, last = int(columns[0]), int(columns[-1]) + 1
    return Region((left + first, top, left + last, top + len(mask)), mask[:, first:last])
