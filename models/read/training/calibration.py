"""Fits the probabilities of reading to development pages: weights, and the few other numbers of a style's table.

What is fitted are *examples*: bars of development pages with the features of their readings and which of them is right in
every note. Weights maximise the likelihood of what is right (nothing listed counts as "none of these"), held small by a
quadratic penalty and kept from signs that make no sense (`RISING`, `FALLING`). Figures are told by cross-validation over
works or writers: no page is judged by weights that saw it or another of its work or writer.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy.optimize import minimize, minimize_scalar

from models.read.ranking.bars import MOST
from models.read.ranking.features import FALLING, FEATURES, RISING
from models.read.ranking.probability import probabilities

FOLDS = 8
_PENALTY = 0.5
_BINS = 10
_LEAST = 1e-4
_IN_VAIN = 0.1  # share of right bars that may be marked


@dataclass(frozen=True)
class BarExample:
    """One bar of a development page; `work` is what the split goes by, `group` what cross-validation keeps together.

    `rows` are the features of its readings, float64 (readings, features), best grade first; `right` is the place of the
    first reading that is right in every note, None where none is; `fills` tells which readings fill the metre. Of the
    reading with the best grade: `memberships` is the sum of its heads' memberships, `notes_right` how many are right.
    """

    page: str
    work: str
    group: str
    rows: npt.NDArray[np.float64]
    right: int | None
    fills: tuple[bool, ...]
    memberships: float
    notes_right: int


def fitted_weights(bars: Sequence[BarExample]) -> npt.NDArray[np.float64]:
    """The weights of the features, float64 (features,)."""
    most = max(len(b.rows) for b in bars)
    rows = np.zeros((len(bars), most, len(FEATURES)))
    there = np.zeros((len(bars), most), np.bool_)
    for n, bar in enumerate(bars):
        rows[n, : len(bar.rows)], there[n, : len(bar.rows)] = bar.rows, True
    right = np.array([most if b.right is None else b.right for b in bars])
    at = np.arange(len(bars))

    def loss(weights: npt.NDArray[np.float64]) -> tuple[float, npt.NDArray[np.float64]]:
        scores = np.where(there, rows @ weights, -np.inf)
        scores = np.concatenate([scores, np.zeros((len(bars), 1))], axis=1)
        scores -= scores.max(axis=1, keepdims=True)
        shares = np.exp(scores)
        shares /= shares.sum(axis=1, keepdims=True)
        miss = shares.copy()
        miss[at, right] -= 1.0
        slope = np.einsum("br,brf->f", miss[:, :most], rows) + 2 * _PENALTY * weights
        told = -np.log(np.maximum(shares[at, right], 1e-12)).sum() + _PENALTY * float(weights @ weights)
        return float(told), np.asarray(slope, np.float64)

    bounds = [(0.0, None) if f in RISING else (None, 0.0) if f in FALLING else (None, None) for f in FEATURES]
    found = minimize(loss, np.zeros(len(FEATURES)), jac=True, method="L-BFGS-B", bounds=bounds)
    return np.asarray(found.x, np.float64)


def held_out(bars: Sequence[BarExample]) -> list[npt.NDArray[np.float64]]:
    """For each bar the probabilities of its readings by weights that saw nothing of its group."""
    groups = sorted({b.group for b in bars})
    fold = {group: n % FOLDS for n, group in enumerate(groups)}
    out: list[npt.NDArray[np.float64]] = [np.zeros(0)] * len(bars)
    for k in range(min(FOLDS, len(groups))):
        weights = fitted_weights([b for b in bars if fold[b.group] != k])
        for n, bar in enumerate(bars):
            if fold[bar.group] == k:
                out[n] = probabilities(bar.rows, weights)
    return out


def listed(bar: BarExample, shares: npt.NDArray[np.float64]) -> list[int]:
    """The readings that are kept, best first: by whole percents, then by whether they fill the metre, as in reading."""
    order = sorted(
        range(len(shares)), key=lambda n: (-round(float(shares[n]), 2), not bar.fills[n], -shares[n])
    )
    return order[:MOST]


def calibration_error(told: Sequence[float], held: Sequence[bool]) -> float:
    """Expected calibration error: the mean gap between probability and share right over ten bins, weighted by counts."""
    p, right = np.asarray(told, np.float64), np.asarray(held, np.float64)
    where = np.minimum((p * _BINS).astype(int), _BINS - 1)
    gaps = [abs(p[where == n].sum() - right[where == n].sum()) for n in range(_BINS)]
    return float(sum(gaps)) / max(1, len(p))


def table(bars: Sequence[BarExample]) -> dict[str, Any]:
    """A style's table as it is written: what reading needs, and the figures by cross-validation."""
    shares = held_out(bars)
    kept = [listed(b, p) for b, p in zip(bars, shares, strict=True)]
    first = [own[0] for own in kept]
    among = [b.right in own for b, own in zip(bars, kept, strict=True)]
    told = [float(p[n]) for p, n in zip(shares, first, strict=True)]
    right = [b.right == n for b, n in zip(bars, first, strict=True)]
    every = [(float(p[n]), b.right == n) for b, p, own in zip(bars, shares, kept, strict=True) for n in own]
    none = [1.0 - float(p[own].sum()) for p, own in zip(shares, kept, strict=True)]
    wrong = [b for b in bars if b.right != 0]
    limit = threshold(told, right)
    weights = fitted_weights(bars)
    pages = page_products(bars, shares, kept)
    together = _together(pages)
    page_told = [product**together for product, _ in pages]
    return {
        "weights": {name: round(float(w), 4) for name, w in zip(FEATURES, weights, strict=True)},
        "spared": round(sum(b.notes_right for b in wrong) / max(1e-9, sum(b.memberships for b in wrong)), 4),
        "together": round(together, 4),
        "doubtful_below": round(limit, 3),
        "figures": {
            "pages": len(pages),
            "bars": len(bars),
            "bars right at rank 1": round(float(np.mean(right)), 4),
            "bars right at one of the first five": round(float(np.mean(among)), 4),
            "wrong bars right among the first five": round(
                _share(a for a, r in zip(among, right, strict=True) if not r), 4
            ),
            "bars right at rank 1 by grade alone": round(float(np.mean([b.right == 0 for b in bars])), 4),
            "calibration error of rank 1": round(calibration_error(told, right), 4),
            "calibration error of all readings": round(
                calibration_error([p for p, _ in every], [r for _, r in every]), 4
            ),
            "calibration error of none of these": round(calibration_error(none, [not a for a in among]), 4),
            "wrong bars marked doubtful": round(
                _share(t < limit for t, r in zip(told, right, strict=True) if not r), 4
            ),
            "right bars marked doubtful": round(
                _share(t < limit for t, r in zip(told, right, strict=True) if r), 4
            ),
            "pages right in a listed reading of every bar": round(_share(r for _, r in pages), 4),
            "the same as told": round(float(np.mean(page_told)), 4),
        },
        "trained_on": sorted({b.work for b in bars}),
    }


def threshold(told: Sequence[float], right: Sequence[bool]) -> float:
    """The probability below which a bar is doubtful: where most wrong bars are marked and at most a tenth of the right ones.

    It is never below a half: a bar that is likelier wrong than right is doubtful, however many of them there are.
    """
    p, held = np.asarray(told, np.float64), np.asarray(right, np.bool_)
    if held.all() or not held.any():
        return 0.5
    limits = np.unique(np.append(p, 1.0))
    return max(0.5, float(max(limit for limit in limits if (p[held] < limit).mean() <= _IN_VAIN)))


def page_products(
    bars: Sequence[BarExample],
    shares: Sequence[npt.NDArray[np.float64]],
    kept: Sequence[Sequence[int]],
) -> list[tuple[float, bool]]:
    """For each page the product over its bars of the probability that a listed reading is right, and whether all are."""
    sums: dict[str, tuple[float, bool]] = {}
    for bar, p, own in zip(bars, shares, kept, strict=True):
        product, whole = sums.get(bar.page, (1.0, True))
        sums[bar.page] = product * max(_LEAST, float(p[own].sum())), whole and bar.right in own
    return list(sums.values())


def _together(pages: Sequence[tuple[float, bool]]) -> float:
    """The power of the product, 0.05..1, under which whole pages being right is likeliest."""
    logs = np.log([p for p, _ in pages])
    right = np.array([r for _, r in pages])

    def loss(power: float) -> float:
        told = np.clip(np.exp(power * logs), 1e-9, 1 - 1e-9)
        return -float(np.where(right, np.log(told), np.log(1 - told)).sum())

    return float(minimize_scalar(loss, bounds=(0.05, 1.0), method="bounded").x)


def _share(held: Iterable[bool]) -> float:
    found = list(held)
    return float(np.mean(found)) if found else 0.0
