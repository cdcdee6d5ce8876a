"""What to make of a staff space: advice for the visitor, and sizes reached from a x4 result."""

from __future__ import annotations

import math
from dataclasses import dataclass
from enum import StrEnum
from typing import Literal

import cv2
import numpy as np

from models.arrays import Grey
from models.sheet.errors import AbsurdTarget
from models.sheet.page import Page
from models.sheet.staffspace import StaffSpace, measure_staff_space

WANTED = 20.0
"""Staff space in pixels that music readers want (Audiveris asks for an interline near 20)."""

FACTOR = 4.0
MOST_PIXELS = 400_000_000


class Verdict(StrEnum):
    """What upscaling would do for a page."""

    NO_STAFF = "no_staff"
    TOO_SMALL_TO_SAVE = "too_small_to_save"
    UPSCALE_HELPS = "upscale_helps"
    ENOUGH_ALREADY = "enough_already"
    TOO_LARGE = "too_large"


@dataclass(frozen=True)
class Advice:
    """A verdict with the staff space now and after x4, in pixels; None without staves."""

    verdict: Verdict
    pixels_now: float | None
    pixels_after: float | None
    wanted: float = WANTED


def advise(space: StaffSpace | None, factor: float = FACTOR) -> Advice:
    """What to think of a page with this staff space."""
    if space is None:
        return Advice(Verdict.NO_STAFF, None, None)
    now = space.pixels
    if now < 3.3:  # the pixels then no longer separate the lines of a staff from its gaps
        verdict = Verdict.TOO_SMALL_TO_SAVE
    elif now < 0.8 * WANTED:
        verdict = Verdict.UPSCALE_HELPS
    elif now <= 1.6 * WANTED:
        verdict = Verdict.ENOUGH_ALREADY
    else:
        verdict = Verdict.TOO_LARGE
    return Advice(verdict, now, now * factor)


@dataclass(frozen=True)
class TargetSize:
    """A size asked for instead of x4: a staff space in pixels, a resolution in dpi, or so many times the page's own size."""

    kind: Literal["staff_space_px", "dpi", "times"]
    value: float


def factor_for(target: TargetSize, page: Page) -> float:
    """By how much the x4 result of ``page`` must be resized to reach the target.

    AbsurdTarget when the page gives no resolution (for dpi) or has no staves (for a staff space), or when the result
    would be smaller than a quarter of the page or larger than 400 megapixels.
    """
    if not 0 < target.value < math.inf:
        raise AbsurdTarget("A size is a number greater than zero. Ask for one.")
    if target.kind == "dpi":
        if page.dpi is None:
            raise AbsurdTarget(
                "This file does not give its resolution in dpi. Ask for a staff space instead."
            )
        ratio = target.value / (FACTOR * page.dpi)
    elif target.kind == "times":
        ratio = target.value / FACTOR
    else:
        space = measure_staff_space(page.grey)
        if space is None:
            raise AbsurdTarget(
                "No staves were found, so no staff space can be aimed at. Choose four times larger."
            )
        ratio = target.value / (FACTOR * space.pixels)
    if not (ratio >= 1 / 16 and page.grey.size * (FACTOR * ratio) ** 2 <= MOST_PIXELS):
        raise AbsurdTarget(
            f"That size would be {FACTOR * ratio:.2g} times the page's own. Ask for something between a quarter and "
            "ten times."
        )
    return ratio


def resize_to(grey: Grey, ratio: float) -> Grey:
    """The picture resized: by area averaging when it shrinks, by a cubic filter when it grows."""
    if abs(ratio - 1) < 1e-6:
        return grey
    size = max(1, round(grey.shape[1] * ratio)), max(1, round(grey.shape[0] * ratio))
    kind = cv2.INTER_AREA if ratio < 1 else cv2.INTER_CUBIC
    return np.asarray(cv2.resize(grey, size, interpolation=kind), np.uint8)
