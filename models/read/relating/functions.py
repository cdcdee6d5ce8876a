"""The host function by which productions ask whether two signs belong together."""

from __future__ import annotations

from typing import Any

from models.read.grammar import Functions, Node
from models.read.relating.features import Outline
from models.read.relating.model import RelationModel

LEARNED = "learned"
_READ = frozenset(("x0", "y0", "x1", "y1", "yl", "yr", "ink"))
CERTAIN = 0.9
"""A probability from which on a relation is certain to the grammar, as one is that fits by hand-written sets."""


def music_functions() -> Functions:
    """The standard functions and ``learned(kind, first, second, grade)``.

    It is the probability that the nodes belong together, as learned, and the hand-written ``grade`` where the parse was
    given no `RelationModel` as its environment.
    """
    return Functions().register(
        LEARNED,
        _learned,
        ("value", "place", "place", "value"),
        environment=True,
        reads=_READ,
    )


def _learned(model: Any, kind: Any, first: Any, second: Any, grade: Any) -> Any:
    """The learned grade of a relation of two nodes, the hand-written one where nothing is learned."""
    if not isinstance(model, RelationModel) or not isinstance(first, Node) or not isinstance(second, Node):
        return grade
    told = model.probability(kind, outline(first), outline(second))
    return grade if told is None else min(1.0, told / CERTAIN)


def outline(node: Node) -> Outline:
    """Where a sign's ink lies; a beam's heights are those of its middle line at the ink's ends."""
    x0, y0, x1, y1 = node.get("ink") or (node["x0"], node["y0"], node["x1"], node["y1"])
    left, right = node.get("yl"), node.get("yr")
    if left is None or right is None:
        return Outline(x0, y0, x1, y1)
    slope = (right - left) / max(0.2, node["x1"] - node["x0"])
    return Outline(
        x0, y0, x1, y1, left + slope * (x0 - node["x0"]), left + slope * (x1 - node["x0"])
    )
