"""The sheet of paper in a photograph: what lies around it is no music and becomes white."""

from __future__ import annotations

import cv2
import numpy as np

from models.arrays import Grey, Mask
from models.sheet.staffspace import staff_boxes

_SMALL = 400
"""Pixels of the longer side at which the paper is looked for."""
_LEAST, _MOST = 0.25, 0.97
"""Share of the picture that a sheet of paper takes up where anything lies around it."""
_SOLID = 0.9
"""Share of its outline that the paper fills: one that is ragged is no sheet."""
_STEP = 1.12
"""By how much paper is brighter than what lies just beyond its edge,"""
_SHARP = 0.8
"""on this share of the edge: the edge of a shadow is soft."""
_EDGE = 1.04
"""An area ends where the light changes by this factor,"""
_GAP = 2
"""over twice so many pixels of the small picture."""


def paper_in(grey: Grey) -> Mask | None:
    """Where the paper is, bool (H, W); None where the picture shows nothing else, or no edge of paper is sure.

    The largest area without a sharp edge in it counts as paper if it is solid and convex, brighter than its surroundings
    all along its edge. That a shadow or a fold is not taken for an edge is not sure: `without_surroundings` asks the staves.
    """
    height, width = grey.shape
    shrink = max(1.0, max(height, width) / _SMALL)
    size = max(8, round(width / shrink)), max(8, round(height / shrink))
    small = cv2.medianBlur(cv2.resize(grey, size, interpolation=cv2.INTER_AREA), 5)
    # Ink is closed over, so that staves do not cut the paper
    reach = max(3, round(0.06 * max(size))) | 1
    near = cv2.getStructuringElement(cv2.MORPH_RECT, (reach, reach))
    light: Grey = np.asarray(cv2.morphologyEx(small, cv2.MORPH_CLOSE, near), np.uint8)
    inside = (~_edges(light)).astype(np.uint8)
    count, areas, measures, _ = cv2.connectedComponentsWithStats(inside, connectivity=4)
    if count < 2:
        return None
    largest = 1 + int(np.argmax(measures[1:, cv2.CC_STAT_AREA]))
    bright = cv2.dilate((areas == largest).astype(np.uint8), np.ones((2 * _GAP + 1, 2 * _GAP + 1), np.uint8))
    contours, _ = cv2.findContours(bright, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
    hull = cv2.convexHull(max(contours, key=cv2.contourArea))
    outline = np.zeros(bright.shape, np.uint8)
    cv2.fillConvexPoly(outline, hull, 1)
    share = float(outline.mean())
    if not _LEAST < share < _MOST or float(bright.sum()) < _SOLID * float(outline.sum()):
        return None
    if not _edged(light, outline):
        return None
    return np.asarray(cv2.resize(outline, (width, height), interpolation=cv2.INTER_NEAREST) > 0, np.bool_)


def without_surroundings(grey: Grey) -> Grey:
    """The picture with white around its sheet of paper; the picture itself where no paper is found that holds every staff.

    Without any staff nothing is sure, and nothing is changed.
    """
    paper = paper_in(grey)
    staves = staff_boxes(grey) if paper is not None else []
    if paper is None or not staves:
        return grey
    height, width = grey.shape
    for x0, y0, x1, y1 in staves:
        space = (y1 - y0) / 4
        rows = np.clip(np.rint([y0 - space, y1 + space]), 0, height - 1).astype(int)
        columns = np.clip(np.rint([x0 - space, x1 + space]), 0, width - 1).astype(int)
        if not paper[np.ix_(rows, columns)].all():
            return grey
    return np.where(paper, grey, np.uint8(255))


def _edges(light: Grey) -> Mask:
    """Where the light changes within a few pixels by more than paper does under any lamp."""
    logs = np.log(np.maximum(light, 1).astype(np.float32))
    steep = np.zeros(light.shape, np.bool_)
    for axis in (0, 1):
        ahead, behind = np.roll(logs, -_GAP, axis), np.roll(logs, _GAP, axis)
        step = np.abs(ahead - behind) > np.log(_EDGE)
        beside = [slice(None), slice(None)]
        beside[axis] = slice(_GAP, light.shape[axis] - _GAP)
        steep[tuple(beside)] |= step[tuple(beside)]
    return np.asarray(cv2.dilate(steep.astype(np.uint8), np.ones((3, 3), np.uint8)) > 0, np.bool_)


def _edged(light: Grey, outline: Mask | Grey) -> bool:
    """Whether what lies just within the outline is brighter than what lies just beyond it, nearly everywhere."""
    near = np.ones((3, 3), np.uint8)
    filled = np.asarray(outline, np.uint8)
    reach = max(2, round(0.012 * max(light.shape)))
    inner = cv2.erode(filled, near, iterations=reach)
    outer = cv2.dilate(filled, near, iterations=reach)
    edge = cv2.dilate(filled, near) > filled
    window = (4 * reach + 1, 4 * reach + 1)
    within, beyond = (inner > 0), (outer == 0)
    values = light.astype(np.float32)
    inside = _mean(values, within, window)
    outside = _mean(values, beyond, window)
    known = edge & (inside > 0) & (outside > 0)
    if known.sum() < 0.5 * (light.shape[0] + light.shape[1]) / 2:  # too little of the edge is in the picture
        return False
    brighter = inside[known] > _STEP * outside[known]
    return bool(brighter.mean() >= _SHARP)


def _mean(values: np.ndarray, where: np.ndarray, window: tuple[int, int]) -> np.ndarray:
    """The mean of the values in a window around each pixel, of those that ``where`` marks; 0 where there are none."""
    weight = cv2.boxFilter(where.astype(np.float32), -1, window, normalize=False)
    total = cv2.boxFilter(values * where, -1, window, normalize=False)
    return np.where(weight > 0.5, total / np.maximum(weight, 0.5), 0.0)
