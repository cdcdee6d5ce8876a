"""The shipped prototypes: of printed signs and of handwriting, kept apart since their licences differ."""

from __future__ import annotations

from functools import lru_cache

from models.read.primitives.primitive import Style
from models.read.primitives.prototypes import Prototypes
from models.weights import load

_PARTS = ("mean", "scale", "axes", "points", "shares")


@lru_cache(maxsize=2)
def load_prototypes(style: Style) -> tuple[Prototypes, Prototypes]:
    """Prototypes of signs and of heads; WeightsError where the file is missing or damaged."""
    held = load(f"read-{style}")

    def part(name: str) -> Prototypes:
        mean, scale, axes, points, shares = (held.arrays[f"{name}.{p}"] for p in _PARTS)
        labels = tuple(held.metadata[f"{name}.labels"].split(","))
        return Prototypes(mean, scale, axes, points, shares, labels, float(held.metadata[f"{name}.radius"]))

    return part("signs"), part("heads")
