"""A small network a kind of relation: one layer of hidden units over the measures of a pair, calibrated."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from models.read.relating.features import FEATURES, Floats, Outline, features
from models.weights import Weights, load

WEIGHTS = "read-relations-handwritten"
"""Learned from MUSCIMA++: non-commercial."""


@dataclass(frozen=True)
class Layers:
    """The numbers of one kind: measures are made even (`mean`, `scale`), then `hidden` and `last` of tanh units."""

    mean: Floats
    scale: Floats
    weights: Floats
    bias: Floats
    last: Floats
    last_bias: float

    def log_odds(self, measures: Floats) -> Floats:
        """The logarithm of the odds of each row (n, measures) or of one (measures,)."""
        even = (measures - self.mean) / self.scale
        return np.asarray(np.tanh(even @ self.weights + self.bias) @ self.last + self.last_bias)


@dataclass(frozen=True)
class RelationModel:
    """The probability that two signs belong together, by the kind of the relation."""

    layers: Mapping[str, Layers]

    def probability(self, kind: str, first: Outline, second: Outline) -> float | None:
        """The probability, 0..1; None for a kind that was not learned."""
        own = self.layers.get(kind)
        if own is None:
            return None
        return float(1.0 / (1.0 + np.exp(-own.log_odds(features(kind, first, second)))))


def model_of(weights: Weights) -> RelationModel:
    """The model that a weight file holds."""
    return RelationModel(
        {kind: _layers(weights, kind) for kind in FEATURES if f"{kind}.mean" in weights.arrays}
    )


def _layers(weights: Weights, kind: str) -> Layers:
    def part(name: str) -> Floats:
        return weights.arrays[f"{kind}.{name}"].astype(np.float64)

    last_bias = float(weights.arrays[f"{kind}.last_bias"][0])
    return Layers(part("mean"), part("scale"), part("weights"), part("bias"), part("last"), last_bias)


@lru_cache(maxsize=1)
def relation_model() -> RelationModel:
    """The shipped model of handwriting; WeightsError where its file is missing or damaged."""
    return model_of(load(WEIGHTS))
