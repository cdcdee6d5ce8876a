"""The host function by which productions ask whether two signs belong together."""

from __future__ import annotations

from models.read.grammar import Functions, Node
from models.read.relating.features import outline_of
from models.read.relating.model import RelationModel

LEARNED = "learned"
_READ = frozenset(("x0", "y0", "x1", "y1", "yl", "yr", "ink", "step"))
CERTAIN = 0.9
"""A probability from which on a relation is certain to the grammar, as one is that fits by hand-written sets."""


def music_functions(base: Functions | None = None) -> Functions:
    """The functions in `base`, the standard ones where it is None, and ``learned(kind, first, second, grade)``.

    It is the probability that the nodes belong together, as learned, and the hand-written ``grade`` where the parse was
    given no `RelationModel` as its environment.
    """
    functions = Functions() if base is None else base
    if LEARNED in functions:
        return functions
    return functions.register(
        LEARNED,
        _learned,
        ("value", "place", "place", "value"),
        environment=True,
        reads=_READ,
    )


def _learned(model: object, kind: str, first: object, second: object, grade: float | None) -> float | None:
    """The learned grade of a relation of two nodes, the hand-written one where nothing is learned."""
    if not isinstance(model, RelationModel) or not (isinstance(first, Node) and isinstance(second, Node)):
        return grade
    told = model.probability(
        kind, outline_of(first.attributes, first.box), outline_of(second.attributes, second.box)
    )
    return grade if told is None else min(1.0, told / CERTAIN)
