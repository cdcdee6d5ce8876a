"""How probable the readings of a bar and the interpretations of a piece are: calibrated on development pages.

A grade of the fuzzy grammar orders derivations and is nobody's probability. Here the readings of one bar and "none of
these" are the outcomes of one choice (a conditional logit model, McFadden 1974): a reading's score is a weighted sum of
`models.read.ranking.features`, that of "none of these" is 0, and the probabilities are the exponentials divided by their
sum. The weights stand in ``probability.json``, written by ``python -m benchmarks.calibrate_reading``; a style of writing
has its own.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from models.read.meaning.context import Context
from models.read.ranking.bars import MOST, BarReading
from models.read.ranking.features import FEATURES, features, page_facts
from models.read.ranking.hardly_read import DISTRUST, hardly_read
from models.read.ranking.interpretations import BarOptions, Interpretation

TABLE = Path(__file__).with_name("probability.json")
"""What calibration found, by style of writing."""

_LEAST = 1e-4  # of a bar, so that one bar beyond reading does not hide how the others compare


@dataclass(frozen=True)
class Calibration:
    """One style's table: a weight for each of `FEATURES`, and what else calibration found.

    `spared` is the share of notes that are right in a chosen reading that is not; `together` (0..1) tells how far bars of
    a page are right or wrong together: the power that the product of their probabilities is raised to; a bar is doubtful
    below `doubtful_below`.
    """

    weights: tuple[float, ...]
    spared: float
    together: float
    doubtful_below: float


def calibration(style: str) -> Calibration:
    """The shipped table of ``printed`` or ``handwritten``; KeyError for another style."""
    return _tables(TABLE)[style]


@lru_cache(maxsize=4)
def _tables(path: Path) -> dict[str, Calibration]:
    return {
        name: from_json(one) for name, one in json.loads(path.read_text(encoding="utf-8"))["styles"].items()
    }


def from_json(told: Mapping[str, Any]) -> Calibration:
    """A style's table as it stands in the file. ValueError where its features are others than the program's."""
    if set(told["weights"]) != set(FEATURES):
        raise ValueError(
            "The table of probabilities is of other features: run python -m benchmarks.calibrate_reading."
        )
    weights = tuple(float(told["weights"][name]) for name in FEATURES)
    return Calibration(weights, float(told["spared"]), float(told["together"]), float(told["doubtful_below"]))


def probabilities(
    rows: npt.NDArray[np.float64], weights: npt.NDArray[np.float64] | Sequence[float]
) -> npt.NDArray[np.float64]:
    """The probabilities of a bar's readings, float64 (readings,), from their features; with "none of these" they sum to 1."""
    scores = np.append(rows @ np.asarray(weights, np.float64), 0.0)
    shares = np.exp(scores - scores.max())
    return np.asarray(shares[:-1] / shares.sum(), np.float64)


def calibrated_bars(
    bars: Sequence[BarOptions], contexts: Sequence[Context], table: Calibration
) -> list[BarOptions]:
    """The bars with probabilities, their readings ordered by them.

    Of two that are alike, the same in whole percents, one that fills the metre comes first. A bar that could not be read
    has no probability, one that was hardly read (`models.read.ranking.hardly_read`) a fifth of what the fit gives.
    """
    facts = page_facts([b.readings for b in bars], contexts)
    out = []
    for bar in bars:
        found = probabilities(features(bar.readings, facts), table.weights)
        readings = [
            replace(r, certainty=0.0 if r.defied else float(p), spared=0.0 if r.defied else table.spared)
            for r, p in zip(bar.readings, found, strict=True)
        ]
        readings.sort(key=order)
        out.append(replace(bar, readings=tuple(readings[:MOST]), doubtful_below=table.doubtful_below))
    hardly = hardly_read([next(iter(bar.readings), None) for bar in out])
    return [_distrusted(bar) if little else bar for bar, little in zip(out, hardly, strict=True)]


def _distrusted(bar: BarOptions) -> BarOptions:
    readings = [replace(r, certainty=DISTRUST * r.certainty) for r in bar.readings]
    return replace(bar, readings=tuple(sorted(readings, key=order)), hardly_read=True)


def order(reading: BarReading) -> tuple[float, bool, float]:
    """What readings of a bar are sorted by: whole percents of probability, then whether they fill the metre."""
    return -round(reading.certainty, 2), not reading.sums, -reading.certainty


def calibrated_interpretations(
    interpretations: Sequence[Interpretation],
    bars: Sequence[BarOptions],
    contexts: Sequence[Context],
    table: Calibration,
) -> tuple[Interpretation, ...]:
    """The interpretations with their probabilities, which sum to at most 1: each that it is right in every bar.

    Bars of a page are right or wrong together (`Calibration.together`); which of a bar's readings it is, given that it is
    one of them, counts bar by bar; contexts share by their grades. No whole is likelier than a bar that was hardly read.
    """
    shares = sum(c.certainty for c in contexts) or 1.0
    sums = [sum(r.certainty for r in b.readings) for b in bars]
    listed = _product(sums) ** table.together
    listed = min([listed, *(p for p, bar in zip(sums, bars, strict=True) if bar.hardly_read)])
    out = []
    for one in interpretations:
        chosen = _product(
            [
                b.readings[i].certainty / max(_LEAST, sum(r.certainty for r in b.readings))
                for b, i in zip(bars, one.choice, strict=True)
                if b.readings
            ]
        )
        out.append(replace(one, certainty=listed * chosen * one.context.certainty / shares))
    first, *others = out
    others = [replace(w, certainty=min(w.certainty, first.certainty)) for w in others]
    others.sort(key=lambda w: -w.certainty)
    return tuple(replace(w, rank=n) for n, w in enumerate([first, *others], start=1))


def _product(shares: Sequence[float]) -> float:
    return math.exp(sum(math.log(max(_LEAST, p)) for p in shares))


__all__ = [
    "TABLE",
    "Calibration",
    "calibrated_bars",
    "calibrated_interpretations",
    "calibration",
    "from_json",
    "order",
    "probabilities",
]
