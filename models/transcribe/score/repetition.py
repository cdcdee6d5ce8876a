"""After how long a tune repeats itself: what tells the length of its bars."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from models.transcribe.score.bar_rhythms import QUARTER

BEYOND = 1.0
"""Most that a likeness counts."""

Ints = npt.NDArray[np.int64]


class Repetition:
    """How a row of onsets repeats itself after some time (in units)."""

    def __init__(self, x: Ints, midis: Sequence[int]) -> None:
        self._x, self._steps, self._moves = x, np.diff(x), np.diff(np.array(midis))
        self._known: dict[int, tuple[float, float, float]] = {}
        usual = [self._again(lag) for lag in range(QUARTER, 5 * QUARTER, QUARTER // 2)]
        self._begun, self._alike = (float(np.mean([u[i] for u in usual])) for i in (0, 1))

    def features(self, bar: int) -> dict[str, float]:
        """After a bar, two or four bars and half a bar: how often a note begins there too, how often with the same value and interval; beyond the usual."""
        out: dict[str, float] = {}
        for name, lags in (("bar", (bar,)), ("two", (2 * bar, 4 * bar)), ("half", (bar // 2,))):
            found = [self._beyond(lag) for lag in lags]
            out[f"{name}_again"], out[f"{name}_alike"] = max(found, key=lambda f: f[1])
        return out

    def _beyond(self, lag: int) -> tuple[float, float]:
        begun, alike, trust = self._again(lag)
        # a machine's exact repetition shall not outweigh everything else
        more = np.clip((trust * (begun - self._begun), trust * (alike - self._alike)), -BEYOND, BEYOND)
        return float(more[0]), float(more[1])

    def _again(self, lag: int) -> tuple[float, float, float]:
        if lag not in self._known:
            self._known[lag] = self._counted(lag)
        return self._known[lag]

    def _counted(self, lag: int) -> tuple[float, float, float]:
        """Shares of notes, and the root of how many there were."""
        x, last = self._x, len(self._steps) - 1
        inside = int(np.searchsorted(x, x[-1] - lag, "right"))
        if inside < 3:
            return 0.0, 0.0, 0.0
        at = np.searchsorted(x, x[:inside] + lag)
        hit = x[at] == x[:inside] + lag
        later, earlier = np.minimum(at, last), np.minimum(np.arange(inside), last)
        alike = hit & (at <= last) & (self._steps[later] == self._steps[earlier])
        same = 0.5 * alike + 0.5 * (alike & (self._moves[later] == self._moves[earlier]))
        return float(hit.mean()), float(same.mean()), float(np.sqrt(inside))
