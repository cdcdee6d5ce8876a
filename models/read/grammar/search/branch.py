"""Branches: how far one derivation has come, and the steps by which it came there."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import NamedTuple

from models.read.grammar.graph import Graph, Node
from models.read.grammar.search.match import Key, Match

Conjunction = Callable[[float, float], float]

CONJUNCTIONS: dict[str, Conjunction] = {"minimum": min, "product": lambda a, b: a * b}

_FAINTEST = 1e-12


def weight(certainty: float) -> float:
    """The logarithm of a certainty; sums of weights rank what the minimum leaves equal."""
    return math.log(max(certainty, _FAINTEST))


class Step(NamedTuple):
    """One decision of a derivation, and the certainty of the derivation after it.

    `production` names the production applied, or left alone (`left`), or the state that checked; `used` are the
    nodes it matched, `made` the new or changed ones.
    """

    production: str
    certainty: float
    after: float
    left: bool = False
    used: tuple[Node, ...] = ()
    made: tuple[Node, ...] = ()


class Trail:
    """Steps, shared between the branches that took them."""

    __slots__ = ("before", "step")

    def __init__(self, step: Step, before: Trail | None) -> None:
        self.step, self.before = step, before

    def back(self) -> Iterator[Step]:
        """The steps from the last to the first."""
        trail: Trail | None = self
        while trail is not None:
            yield trail.step
            trail = trail.before


@dataclass(slots=True)
class Branch:
    """A graph on its way, never changed once it waits with others.

    `pending` are the matches still to be decided in the state (None: not looked for yet), `declined` those left
    alone in it, `excluded` those that may only be left alone, since the alternative that applies them is another
    branch, `applied` those that would be found again for ever.
    """

    graph: Graph
    state: int
    certainty: float = 1.0
    weight: float = 0.0
    pending: list[Match] | None = None
    declined: frozenset[Key] = frozenset()
    excluded: frozenset[Key] = frozenset()
    applied: frozenset[Key] = frozenset()
    trail: Trail | None = None
    depth: int = 0

    def moved(self, state: int) -> Branch:
        """The branch in another state."""
        return Branch(
            self.graph, state, self.certainty, self.weight, None, frozenset(), frozenset(), self.applied, self.trail, self.depth
        )  # fmt: skip

    def key(self) -> tuple[object, ...]:
        """Equal for branches that have the same future."""
        return (self.state, self.graph.mark, len(self.graph), self.declined, self.excluded, self.applied)

    @property
    def steps(self) -> tuple[Step, ...]:
        """The decisions so far, first to last."""
        return () if self.trail is None else tuple(self.trail.back())[::-1]


@dataclass(slots=True)
class Shoot:
    """A choice that waits: what it can be worth at best, and how it grows into a branch."""

    bound: float  # no reading that comes of it is more certain
    weight_bound: float
    depth: int
    grown: Callable[[], Branch]
