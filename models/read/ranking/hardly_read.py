"""A rule beside the fitted probabilities: what was hardly read is not held for probably right.

Development pages hold hardly any ink that was not read, so that nothing can be fitted to it, and a bar of pencil that became
a rest looks to the fit like a rest. The rule is set by hand.
"""

from __future__ import annotations

from collections.abc import Sequence

from models.read.meaning.signs import ChordSign
from models.read.ranking.bars import BarReading, StaffReading

DISTRUST = 0.2
"""What is left of the probabilities of a bar that was hardly read."""

_UNREAD = 0.3  # share of a staff's ink that is part of nothing that was found
_HEADS = 1.5  # heads left out, by their memberships added up
_MOST = 0.5  # share of a piece's bars


def is_hardly_read(reading: BarReading) -> bool:
    """Whether a staff of the bar holds much ink that was not read, or more heads that were left out than are told."""
    return any(staff.unread >= _UNREAD or _left_out(staff) for staff in reading.staves)


def hardly_read(first: Sequence[BarReading | None]) -> list[bool]:
    """Which bars of a piece were hardly read, by the first reading of each, None where it has none.

    Where more than half of the bars hold nothing or do not fill their metre, those are.
    """
    failed = [reading is None or not _placed(reading) or not reading.sums for reading in first]
    page = sum(failed) > _MOST * len(failed)
    return [
        reading is not None and ((page and has_failed) or is_hardly_read(reading))
        for reading, has_failed in zip(first, failed, strict=True)
    ]


def _placed(reading: BarReading) -> int:
    return sum(len(staff.placed) for staff in reading.staves)


def _left_out(staff: StaffReading) -> bool:
    heads = sum(len(p.sign.heads) for p in staff.placed if isinstance(p.sign, ChordSign))
    return staff.left_out >= max(_HEADS, heads)
