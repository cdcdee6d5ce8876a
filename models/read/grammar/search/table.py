"""Tables of matches: what a production finds among the nodes of a parse, wherever they stand together.

A match's certainty as far as it owes to its nodes alone is reckoned once a parse, however many alternative graphs
hold these nodes. The partners of a new node are sought near it (pool.py), never among all.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from models.read.grammar.compile.evaluation import Run
from models.read.grammar.compile.functions import grade
from models.read.grammar.graph import Node
from models.read.grammar.production import Production
from models.read.grammar.search.match import Match, judged
from models.read.grammar.search.node_pool import NodePool, within


class Table:
    """The matches of one production over all nodes of the parse so far."""

    def __init__(self, production: Production, pool: NodePool, run: Run, ignore_below: float) -> None:
        self.production, self._pool, self._run = production, pool, run
        self._ignore_below = ignore_below
        self._seen = 0  # nodes of the pool
        self._taken: dict[str, int] = {}  # and of each label
        named = [label for labels in production.labels for label in labels]
        self._labels = dict.fromkeys(named) if all(production.labels) else None  # None: any
        self.matches: list[Match] = []
        self.by_node: dict[int, list[Match]] = {}
        slots = range(len(production.labels))
        self._plans = [_plan(production, slot) for slot in slots]
        self._first = [slot_tests(production, frozenset(), slot) for slot in slots]

    def extend(self) -> None:
        """Takes in the nodes that have come since. A match is found at the newest of its nodes."""
        if self._seen == len(self._pool.nodes):
            return
        self._seen = len(self._pool.nodes)
        for label in self._labels or self._pool.labels():
            nodes = self._pool.labelled(label)
            start = self._taken.get(label, 0)
            if start == len(nodes):
                continue
            self._taken[label] = len(nodes)
            slots = [s for s in range(len(self._plans)) if self.production.accepts(s, label)]
            for node in nodes[start:]:
                for slot in slots:
                    bound: list[Node | None] = [None] * len(self._plans)
                    bound[slot] = node
                    if self._passes(self._first[slot], bound) > 0.0:
                        self._join(self._plans[slot], 0, bound, node.id)

    def _passes(self, tests: Sequence[Any], bound: list[Node | None]) -> float:
        least = 1.0
        if tests:
            given = tuple(bound)
            for test in tests:
                least = min(least, grade(test.evaluate(given, self._run)))
                if least < self._ignore_below:
                    return 0.0
        return least

    def _join(self, plan: list[Step], at: int, bound: list[Node | None], newest: int) -> None:
        if at == len(plan):
            self._found(tuple(n for n in bound if n is not None))
            return
        step = plan[at]
        anchor = bound[step.anchor]
        if anchor is None:
            return
        labels = self.production.labels[step.slot] or self._pool.labels()
        for label in labels:
            for node in self._pool.near(anchor, label, step.across, step.down):
                if node.id >= newest or node in bound:
                    continue
                if not all(within(_box(bound[o]), node.box, a, d) for o, a, d in step.more):
                    continue
                self._run.tick()
                bound[step.slot] = node
                if self._passes(step.tests, bound) > 0.0:
                    self._join(plan, at + 1, bound, newest)
                bound[step.slot] = None

    def _found(self, nodes: tuple[Node, ...]) -> None:
        match = judged(self.production, nodes, self._run, self._ignore_below)
        if match is not None:
            self.matches.append(match)
            for node in nodes:
                self.by_node.setdefault(node.id, []).append(match)


def _box(node: Node | None) -> Any:
    return None if node is None else node.box


class Step:
    """One step of a join: the slot filled, from which slot's surroundings, and what can be tested then."""

    __slots__ = ("across", "anchor", "down", "more", "slot", "tests")

    def __init__(self, production: Production, slot: int, bound: Sequence[int]) -> None:
        windows = [
            (w.first if w.second == slot else w.second, w.across, w.down)
            for w in production.windows
            if slot in (w.first, w.second) and (w.first in bound or w.second in bound)
        ]
        self.slot = slot
        self.anchor, self.across, self.down = min(windows, key=lambda w: w[1] + w[2])
        self.more = [w for w in windows if w[0] != self.anchor]
        self.tests = slot_tests(production, frozenset(bound), slot)


def slot_tests(production: Production, bound: frozenset[int], slot: int) -> list[Any]:
    """The terms that can be judged once `slot` is filled beside the `bound` ones, and not before."""
    full = bound | {slot}
    return [
        t
        for t in production.local
        if t.slots <= full and not t.slots <= bound and len(full) < len(production.labels)
    ]


def _plan(production: Production, pivot: int) -> list[Step]:
    """The order in which the slots are filled from `pivot` outwards; empty where windows do not join them all."""
    if not production.tabled:
        return []
    bound, plan = [pivot], []
    while len(bound) < len(production.labels):
        slot = next(
            s
            for w in production.windows
            for s, o in ((w.first, w.second), (w.second, w.first))
            if o in bound and s not in bound
        )
        plan.append(Step(production, slot, bound))
        bound.append(slot)
    return plan
