"""Dynamic marks from the velocities of a performance: one where a stretch of bars is plainly louder or softer than the last."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

LEVELS = ((32, "ppp"), (42, "pp"), (54, "p"), (64, "mp"), (76, "mf"), (92, "f"), (108, "ff"), (128, "fff"))
"""The velocities below which each mark stands."""
STRETCH = 4
"""Bars that are judged together."""


def dynamics(bars: Sequence[Sequence[int]]) -> dict[int, str]:
    """The mark at each bar (by its number in ``bars``) where one begins; ``bars`` holds the velocities of each bar's notes."""
    found: dict[int, str] = {}
    now = ""
    for begin in range(0, len(bars), STRETCH):
        some = [v for bar in bars[begin : begin + STRETCH] for v in bar]
        if not some:
            continue
        loud = float(np.median(some))
        mark = next(name for below, name in LEVELS if loud < below)
        edge = min(abs(loud - below) for below, _ in LEVELS)
        if mark != now and (not now or edge > 2):
            found[begin] = now = mark
    return found
