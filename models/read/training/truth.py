"""Truth told on a page brought onto the strips of its staves: for training and measuring only."""

from __future__ import annotations

import numpy as np

from models.read.page.staves import LINE_ROWS, SPACE, STRIP_ROWS, Staff
from models.read.training.engraved import Sign


def signs_on(staff: Staff, truth: tuple[Sign, ...]) -> list[Sign]:
    """The signs whose middle lies on a staff's strip, their boxes in its pixels; `truth` is in the upload's."""
    if not truth:
        return []
    strip, page = staff.strip, staff.page
    boxes = np.array([s.box for s in truth], np.float64)
    inverse = np.linalg.inv(page.to_upload[:, :2])
    corners = [(boxes[:, [a, b]] - page.to_upload[:, 2]) @ inverse.T for a, b in ((0, 1), (2, 3))]
    # an affine guess, made good by two steps of Newton
    height, width = strip.map_x.shape
    ys, xs = np.mgrid[0:height:24, 0:width:24]
    known = np.stack([strip.map_x[ys, xs].ravel(), strip.map_y[ys, xs].ravel(), np.ones(ys.size)], 1)
    guess, *_ = np.linalg.lstsq(known, np.stack([xs.ravel(), ys.ravel()], 1).astype(np.float64), rcond=None)
    placed = []
    for points in corners:
        at = points @ guess[:2] + guess[2]
        for _ in range(2):
            at = at + (points - strip.page_points(at)) @ guess[:2]
        placed.append(at)
    found = []
    for n, sign in enumerate(truth):
        (x0, x1), (y0, y1) = (sorted((placed[0][n, k], placed[1][n, k])) for k in (0, 1))
        if sign.label == "bar_line" and y0 < LINE_ROWS[2] < y1:  # what runs on into the next staff is its own
            y0, y1 = max(y0, LINE_ROWS[0]), min(y1, LINE_ROWS[-1])
        if 0 <= (y0 + y1) / 2 < STRIP_ROWS and -SPACE / 2 <= (x0 + x1) / 2 < width + SPACE / 2:
            found.append(Sign(sign.label, (float(x0), float(y0), float(x1), float(y1))))
    return found
