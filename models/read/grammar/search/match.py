"""A match: a production and the nodes that its left-hand side fits, with what that is worth."""

from __future__ import annotations

from collections.abc import Mapping

from models.read.grammar.compile.evaluation import Run
from models.read.grammar.compile.functions import grade
from models.read.grammar.graph import Draft, Graph, Node
from models.read.grammar.production import Production

Key = tuple[int, tuple[int, ...]]


class Match:
    """A production and the nodes that its left-hand side fits, with its certainty and that of leaving it alone."""

    __slots__ = ("affected", "certainty", "deleted", "key", "leave", "nodes", "place", "production", "uids")

    def __init__(
        self, production: Production, nodes: tuple[Node, ...], certainty: float, leave: float
    ) -> None:
        self.production, self.nodes, self.certainty, self.leave = production, nodes, certainty, leave
        uids = tuple([n.uid for n in nodes])
        self.uids = frozenset(uids)
        self.key: Key = (production.index, uids)
        self.deleted = frozenset([uids[slot] for slot in production.deleted])
        self.affected = self.deleted.union(uids[slot] for slot in production.affected)
        self.place = tuple([n.order for n in nodes])

    def alive(self, graph: Graph | Draft) -> bool:
        """Whether the graph still holds these versions of the nodes."""
        nodes = graph.nodes
        for node in self.nodes:  # noqa: SIM110 - a generator costs three times as much here
            if nodes.get(node.uid) is not node:
                return False
        return True

    def weighed(self, certainty: float, leave: float) -> Match:
        """The same match with other certainties."""
        if certainty == self.certainty and leave == self.leave:
            return self
        made = Match.__new__(Match)
        made.production, made.nodes, made.key, made.place = self.production, self.nodes, self.key, self.place
        made.uids, made.deleted, made.affected = self.uids, self.deleted, self.affected
        made.certainty, made.leave = certainty, leave
        return made

    def rivals(self, other: Match, disturbs: Mapping[tuple[int, int], int]) -> bool:
        """Whether applying one may spoil the other."""
        if not self.deleted.isdisjoint(other.uids) or not other.deleted.isdisjoint(self.uids):
            return True
        if not disturbs:
            return False
        p, q = self.production.index, other.production.index
        needed = disturbs.get((p, q))
        if needed and len(self.affected & other.uids) >= needed:
            return True
        needed = disturbs.get((q, p))
        return bool(needed) and len(other.affected & self.uids) >= (needed or 0)

    def __repr__(self) -> str:
        return f"<{self.production.name} {self.key[1]} {self.certainty:.2f}>"


def judged(production: Production, nodes: tuple[Node, ...], run: Run, ignore_below: float) -> Match | None:
    """The match of a production with `nodes` as far as they alone decide; None where it is too uncertain."""
    certainty = 1.0
    for test in production.local:
        certainty = min(certainty, grade(test.evaluate(nodes, run)))
        if certainty < ignore_below:
            return None
    if production.sure:
        leave = 0.0
    elif production.leave is None or production.leave_contextual:
        leave = 1.0 - certainty
    else:
        leave = grade(production.leave(nodes, run))
    return Match(production, nodes, certainty, leave)
