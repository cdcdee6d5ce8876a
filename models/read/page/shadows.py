"""Dark masses that are no music: the gutter of a book, the table beside the sheet, a thumb."""

from __future__ import annotations

from dataclasses import replace

import cv2
import numpy as np

from models.read.page.preparation import PreparedPage

_SOLID = 2.2  # staff spaces of solid ink in height and width: no sign, beam or brace has as much
_FRINGE = 0.7  # staff spaces around a mass whose ink is its ragged edge


def without_shadows(page: PreparedPage) -> PreparedPage:
    """The page without masses of ink that are larger than any sign, and without their ragged edges."""
    if page.staff_space is None:
        return page
    side = max(3, round(_SOLID * page.staff_space / 2))
    half = cv2.resize(page.binary.astype(np.uint8), None, fx=0.5, fy=0.5, interpolation=cv2.INTER_AREA)
    # an opening that does not begin at the picture's rim, where a mass is cut off
    solid = cv2.morphologyEx(
        half, cv2.MORPH_OPEN, np.ones((side, side), np.uint8), borderType=cv2.BORDER_REPLICATE
    )
    if not solid.any():
        return page
    fringe = 2 * round(_FRINGE * page.staff_space / 2) + 1
    wide = cv2.dilate(solid, np.ones((fringe, fringe), np.uint8))
    height, width = page.ink.shape
    gone = cv2.resize(wide, (width, height), interpolation=cv2.INTER_NEAREST) > 0
    return replace(page, ink=np.where(gone, np.uint8(0), page.ink))
