"""Derivations: how far one derivation has come, and the steps by which it came there."""

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


class History:
    """The steps taken so far as a linked list, so that derivations with a common past share it."""

    __slots__ = ("before", "step")

    def __init__(self, step: Step, before: History | None) -> None:
        self.step, self.before = step, before

    def back(self) -> Iterator[Step]:
        """The steps from the last to the first."""
        history: History | None = self
        while history is not None:
            yield history.step
            history = history.before


@dataclass(slots=True)
class Derivation:
    """A derivation so far: its graph, its state in the control diagram, and its certainty. Not changed once others depend on it.

    `pending` are the matches still to be decided in the state (None: not looked for yet), `declined` those left
    alone in it, `excluded` those that may only be left alone, since another derivation applies them, `applied` those
    that change nothing that they match and would be found again without end.
    """

    graph: Graph
    state: int
    certainty: float = 1.0
    weight: float = 0.0
    pending: list[Match] | None = None
    declined: frozenset[Key] = frozenset()
    excluded: frozenset[Key] = frozenset()
    applied: frozenset[Key] = frozenset()
    history: History | None = None
    depth: int = 0

    def moved(self, state: int) -> Derivation:
        """The derivation at the start of another state."""
        return Derivation(
            self.graph, state, self.certainty, self.weight, None, frozenset(), frozenset(), self.applied, self.history, self.depth
        )  # fmt: skip

    def key(self) -> tuple[object, ...]:
        """Equal for derivations from which the same readings can be reached."""
        return (self.state, self.graph.mark, len(self.graph), self.declined, self.excluded, self.applied)

    @property
    def steps(self) -> tuple[Step, ...]:
        """The decisions so far, first to last."""
        return () if self.history is None else tuple(self.history.back())[::-1]


@dataclass(slots=True)
class Alternative:
    """An alternative that waits on the heap: an upper bound of what it is worth, and the function that derives it."""

    bound: float  # no reading derived from it is more certain
    weight_bound: float
    depth: int
    derive: Callable[[], Derivation]
