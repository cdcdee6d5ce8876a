"""By how much what should stand upright on a strip leans: perspective, a skewed scan, slanting handwriting."""

from __future__ import annotations

from itertools import pairwise

import cv2
import numpy as np
from numpy.typing import NDArray

from models.sheet.ink import Floats

_LEANS = np.linspace(-0.44, 0.44, 23)
_RUN = 1.7  # staff spaces of an upright run that counts
_PART = 18.0  # staff spaces of strip that are judged as one
_PLAIN = 0.05  # a lean below it is left alone


def lean_along(ink: NDArray[np.bool_], space: int) -> Floats | None:
    """Columns a row by which strokes lean at each column of a strip, bool (H, W), changing evenly; None if upright.

    A stroke whose top lies to the right has a negative lean.
    """
    height, width = ink.shape
    parts = max(1, round(width / (_PART * space)))
    edges = np.linspace(0, width, parts + 1).astype(int)
    run = np.ones((round(_RUN * space), 1), np.uint8)
    image = ink.astype(np.uint8)
    score = np.empty((len(_LEANS), parts))
    for n, lean in enumerate(_LEANS):
        matrix = np.array([[1.0, -lean, lean * height / 2], [0.0, 1.0, 0.0]])
        upright = cv2.warpAffine(image, matrix, (width, height), flags=cv2.INTER_NEAREST)
        held = cv2.morphologyEx(upright, cv2.MORPH_OPEN, run).sum(axis=0, dtype=np.float64)
        score[n] = [held[a:b].sum() for a, b in pairwise(edges)]
    smooth = np.apply_along_axis(lambda s: np.convolve(s, (0.25, 0.5, 0.25), "same"), 0, score)
    best = _LEANS[smooth.argmax(axis=0)]
    weight = np.maximum(smooth.max(axis=0) - np.median(smooth, axis=0), 0.0)
    if weight.max() < 2 * _RUN * space:
        return None
    middles = (edges[:-1] + edges[1:]) / 2
    if parts > 2:
        fit = np.polynomial.Polynomial.fit(middles, best, 1, w=np.sqrt(weight + 1e-6))
        for _ in range(6):
            off = np.abs(best - fit(middles))
            fit = np.polynomial.Polynomial.fit(middles, best, 1, w=np.sqrt((weight + 1e-6) / (0.02 + off)))
        along = fit(np.arange(width, dtype=np.float64))
    else:
        along = np.full(width, np.average(best, weights=weight + 1e-6))
    along = np.clip(along, _LEANS[0], _LEANS[-1])
    return None if np.abs(along).max() < _PLAIN else np.asarray(along, np.float64)
