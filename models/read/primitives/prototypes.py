"""A fuzzy nearest-neighbour classifier: what a region is, from the prototypes that it is most like.

Features are standardised and projected on the directions that part the classes best (linear discriminant
analysis); there the nearest prototypes vote, each the more the nearer it is (Keller, Gray and Givens 1985,
"A fuzzy k-nearest neighbor algorithm", equation 3).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Vectors = NDArray[np.float32]

_NEIGHBOURS = 9


@dataclass(frozen=True)
class Prototypes:
    """Prototypes in a discriminant space.

    `mean`, `scale` (d,) standardise features, `axes` (d, m) project them; `points` (n, m) are the prototypes,
    `shares` (n, classes) to what degree each belongs to each class, and `labels` names the classes. `radius` is the
    distance, 0 upward, beyond which a region is like nothing known.
    """

    mean: Vectors
    scale: Vectors
    axes: Vectors
    points: Vectors
    shares: Vectors
    labels: tuple[str, ...]
    radius: float

    def memberships(self, features: Vectors) -> Vectors:
        """Memberships (n, classes), 0..1, of features (n, d); far from every prototype they fade."""
        if not len(features):
            return np.zeros((0, len(self.labels)), np.float32)
        squares = self._squares(features)
        count = min(_NEIGHBOURS, squares.shape[1])
        near = np.argpartition(squares, count - 1, axis=1)[:, :count]
        distance = np.maximum(np.take_along_axis(squares, near, axis=1), 1e-6)
        weight = 1.0 / (distance + 0.02 * self.radius**2)
        votes = (weight[:, :, None] * self.shares[near]).sum(axis=1) / weight.sum(axis=1, keepdims=True)
        far = np.sqrt(distance.min(axis=1)) / self.radius
        known = 1.0 / (1.0 + (far[:, None] / 2.5) ** 4)
        return np.asarray(np.clip(votes * known, 0.0, 1.0), np.float32)

    def distances(self, features: Vectors) -> Vectors:
        """Distances (n,) of features (n, d) to the nearest prototype, in units of the radius."""
        nearest = self._squares(features).min(axis=1)
        return np.asarray(np.sqrt(np.maximum(nearest, 0.0)) / self.radius, np.float32)

    def _squares(self, features: Vectors) -> Vectors:
        """Squared distances (n, prototypes) in the discriminant space."""
        return _squares(
            np.asarray(((features - self.mean) / self.scale) @ self.axes, np.float32), self.points
        )


def fitted(
    features: Vectors,
    classes: NDArray[np.intp],
    labels: tuple[str, ...],
    *,
    most: int,
    axes: int,
    seed: int = 0,
) -> Prototypes:
    """Prototypes from examples (n, d) of `classes` (n,); at most `most` a class are kept, in `axes` directions."""
    rng = np.random.default_rng(seed)
    mean = features.mean(axis=0)
    scale = features.std(axis=0) + 0.05
    x = ((features - mean) / scale).astype(np.float64)
    within = np.zeros((x.shape[1], x.shape[1]))
    between = np.zeros_like(within)
    for c in range(len(labels)):
        part = x[classes == c]
        if len(part) < 2:
            continue
        centre = part.mean(axis=0)
        weight = len(part) ** -0.5  # rare signs matter as well
        within += weight * (part - centre).T @ (part - centre)
        between += weight * len(part) * np.outer(centre, centre)
    within += np.eye(len(within)) * (0.02 * np.trace(within) / len(within))
    values, vectors = np.linalg.eigh(within)
    whiten = vectors / np.sqrt(values)
    lead, directions = np.linalg.eigh(whiten.T @ between @ whiten)
    chosen = np.argsort(-lead)[:axes]
    basis = whiten @ directions[:, chosen]
    projected = x @ basis
    # one unit is the usual spread of a class
    spread = np.sqrt(
        np.mean(
            [
                projected[classes == c].var(axis=0).mean()
                for c in range(len(labels))
                if (classes == c).sum() > 3
            ]
        )
    )
    basis = basis / spread
    projected = (projected / spread).astype(np.float32)
    kept = np.concatenate(
        [rng.permutation(np.flatnonzero(classes == c))[:most] for c in range(len(labels))]
    ).astype(np.intp)
    points = projected[kept]
    shares = np.eye(len(labels), dtype=np.float32)[classes[kept]]
    nearest = np.sqrt(
        np.partition(_squares(points[:: max(1, len(points) // 1500)], points), 1, axis=1)[:, 1].clip(0)
    )
    return Prototypes(
        mean.astype(np.float32),
        scale.astype(np.float32),
        basis.astype(np.float32),
        points,
        shares,
        labels,
        float(np.percentile(nearest, 97)),
    )


def _squares(a: Vectors, b: Vectors) -> Vectors:
    return np.asarray((a**2).sum(1)[:, None] + (b**2).sum(1)[None, :] - 2 * a @ b.T, np.float32)
