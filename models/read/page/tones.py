"""Ink of a lighter tone than the signs: watermarks and tints taken off, grey staff lines brought out.

Many editors print staff lines grey under black signs. Beside a notehead half of the darkest ink nearby is the threshold
of ink, which such lines do not reach. A watermark or a tinted box is lighter than the signs as well, but broad.
"""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from models.arrays import Grey
from models.sheet.ink import Ink, light_of

_DARK = 0.5  # ink of the signs themselves
_PALE = 0.1  # ink that a tint has at least
_BROAD = 1.3  # staff spaces that a tint is wide and high at least: a pencilled head is smaller
_MOSTLY = 0.55  # share of a tint that is pale: a notehead has a pale rim at most
_TAKEN_OFF = 1.2  # of a tint's usual ink: it is not even
_LEAST_TINT = 0.004  # of the page: less is not worth a look

_THIN = 0.34  # staff spaces: a thicker line is a beam
_RUN = 2.5  # staff spaces that a piece of grey staff line runs on at least
_PIECE = 0.4  # and beside a longer piece on the same row,
_REACH = 14.0  # no further from it than that
_GAP = 0.35  # staff spaces of a stem that crosses it
_LEAST_LINE = 0.08  # ink of a grey line
_GREY = 0.4  # of the ink of stems that grey lines have at most
_COMMON = 0.002  # share of the page that lines cover at least
_FULL = 0.25  # ink from which all is black where lines are far fainter than the pen


def without_tints(ink: Ink, space: float) -> Ink:
    """The ink (H, W) without broad pale areas: a watermark, a tinted box; black signs on them stay.

    `space` is the staff space. A page without such areas comes back as it is.
    """
    dark = ink > _DARK
    rim = cv2.dilate(dark.astype(np.uint8), np.ones((3, 3), np.uint8)) > 0
    pale = (ink > _PALE) & ~rim
    if pale.mean() < _LEAST_TINT:
        return ink
    side = max(3, round(_BROAD * space)) | 1
    disk = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (side, side))
    broad = cv2.morphologyEx((pale | rim).astype(np.uint8), cv2.MORPH_OPEN, disk)
    around = (2 * side + 1, 2 * side + 1)
    share = cv2.blur((pale & (broad > 0)).astype(np.float32), around) / np.maximum(
        cv2.blur(broad.astype(np.float32), around), 1e-6
    )
    tint = (broad > 0) & (share > _MOSTLY)
    if (tint & pale).mean() < _LEAST_TINT:
        return ink
    edge = cv2.dilate(tint.astype(np.uint8), np.ones((5, 5), np.uint8)) > 0  # the tint's own soft edge
    on_tint = edge & ~rim & (ink < _DARK)
    # taken off, not blanked: on a shaded page faint lines lie in the tint
    weight = on_tint.astype(np.float32)
    tone = cv2.blur(ink * weight, (side, side)) / np.maximum(cv2.blur(weight, (side, side)), 1e-3)
    return np.asarray(np.where(on_tint, np.maximum(ink - _TAKEN_OFF * tone, 0.0), ink), np.float32)


def darkened(grey: Grey) -> Grey:
    """The page, uint8 (H, W), with everything black that has a quarter of the darkest ink: ruled lines like the pen's."""
    ink = light_of(grey).ink(grey.astype(np.float32))
    return np.asarray(255.0 - np.clip(ink / _FULL, 0.0, 1.0) * 255.0, np.uint8)


def lines_brought_out(page: NDArray[np.uint8], ink: Ink, space: float) -> NDArray[np.uint8]:
    """The page with 128 where ink begins, uint8 (H, W), its staff lines as plain as its signs where they are grey.

    `ink` (H, W) is what the page was thresholded from, level within some degrees; `space` its staff space. Lines are
    grey when they are far lighter than stems and bar lines, which are as thin: in a small or blurred picture all are.
    """
    thin = _thin(ink, space)
    level = _running_on(thin, _RUN * space)
    upright = _running_on(_thin(np.ascontiguousarray(ink.T), space), _RUN * space)
    found = level > _LEAST_LINE
    if found.mean() < _COMMON or not (upright > _LEAST_LINE).any():
        return page
    usual = float(np.percentile(level[found], 75.0))  # a line's middle, its edges being lighter
    stems = float(np.percentile(upright[upright > _LEAST_LINE], 90.0))
    if usual > _GREY * stems:
        return page
    # between clef, key and close notes a line shows in short pieces: they lie on the rows of its long ones
    long = (level > 0.5 * usual).astype(np.uint8)
    same_row = cv2.boxFilter(long, cv2.CV_32S, (2 * round(_REACH * space) + 1, 5), normalize=False) > 0
    pieces = np.where(same_row, _running_on(thin, _PIECE * space), level)
    lines = np.clip((np.minimum(pieces, ink) - 0.5 * usual) * (255.0 / usual) + 128.0, 0, 255)
    return np.asarray(np.where(lines > 128.0, np.maximum(page, lines), page), np.uint8)


def _thin(ink: Ink, space: float) -> Ink:
    """Ink as far as it is darker than what lies a little above and below, 0 elsewhere; crossed stems are bridged."""
    thin = cv2.morphologyEx(ink, cv2.MORPH_TOPHAT, np.ones((max(3, round(_THIN * space)), 1), np.uint8))
    # a line that falls by a pixel goes on in the next row
    thin = cv2.dilate(thin, np.ones((3, 1), np.uint8))
    gap = np.ones((1, max(3, round(_GAP * space))), np.uint8)
    return np.asarray(cv2.morphologyEx(thin, cv2.MORPH_CLOSE, gap), np.float32)


def _running_on(thin: Ink, length: float) -> Ink:
    """Level strokes of at least so many pixels, 0 elsewhere."""
    return np.asarray(
        cv2.morphologyEx(thin, cv2.MORPH_OPEN, np.ones((1, max(5, round(length))), np.uint8)), np.float32
    )
