"""The regions of a printed strip as whole signs: what touches is parted, what staff-line removal cut is put together."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from models.arrays import Mask
from models.read.primitives.metres import metre_columns
from models.read.primitives.primitive import DIGITS
from models.read.primitives.regions import Region
from models.read.primitives.rejoining import rejoined
from models.read.primitives.stacks import parted_stacks

_CUT = (
    "flat", "whole_head", "natural", "sharp", "double_flat", "common_time", "cut_time", "bass_clef", *DIGITS,
)  # fmt: skip
"""Signs that lie against staff lines from within a space, or against them at their ends."""


def whole_signs(
    found: Sequence[Region],
    ink: Mask,
    binary: Mask,
    classify: Callable[[list[Region]], list[dict[str, float]]],
) -> list[Region]:
    """The regions, those that are parts or several of signs replaced by one region a sign.

    ``ink`` is the strip's ink without staff lines, ``binary`` with them, bool (H, W); ``classify`` gives memberships of regions.
    Regions that are like no sign stay as they are.
    """
    columns = metre_columns(found, ink, binary, classify)
    heads = parted_stacks(columns, ink, binary, classify)
    return rejoined(heads, ink, binary, classify, _CUT)
