"""Finding matches: where a left-hand side fits a graph, and with what certainty.

What a match's certainty owes to its nodes alone is reckoned once a parse and kept in a table, however many
alternative graphs hold these nodes; what it owes to edges or to the rest of a graph is reckoned in each.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any

from models.read.grammar.arena import Arena, within
from models.read.grammar.closures import Run
from models.read.grammar.functions import grade
from models.read.grammar.graph import Draft, Graph, Node
from models.read.grammar.production import Production, State

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


class Table:
    """The matches of one production over all nodes of the parse so far."""

    def __init__(self, production: Production, arena: Arena, run: Run, ignore_below: float) -> None:
        self.production, self._arena, self._run = production, arena, run
        self._ignore_below = ignore_below
        self._seen = 0
        self.matches: list[Match] = []
        self.by_node: dict[int, list[Match]] = {}
        slots = range(len(production.labels))
        self._plans = [_plan(production, slot) for slot in slots]
        self._first = [slot_tests(production, frozenset(), slot) for slot in slots]

    def extend(self) -> None:
        """Takes in the nodes that have come since."""
        nodes = self._arena.nodes
        production = self.production
        while self._seen < len(nodes):
            node = nodes[self._seen]
            self._seen += 1
            for slot in range(len(production.labels)):
                if production.accepts(slot, node.label):
                    bound: list[Node | None] = [None] * len(production.labels)
                    bound[slot] = node
                    if self._passes(self._first[slot], bound) > 0.0:
                        self._join(self._plans[slot], 0, bound, node.id)

    def _passes(self, tests: Sequence[Any], bound: list[Node | None]) -> float:
        least = 1.0
        if tests:
            given = tuple(bound)
            for test in tests:
                least = min(least, grade(test.closure(given, self._run)))
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
        labels = self.production.labels[step.slot] or self._arena.labels()
        for label in labels:
            for node in self._arena.near(anchor, label, step.across, step.down):
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


def judged(production: Production, nodes: tuple[Node, ...], run: Run, ignore_below: float) -> Match | None:
    """The match of a production with `nodes` as far as they alone tell; None where it is too uncertain."""
    certainty = 1.0
    for test in production.local:
        certainty = min(certainty, grade(test.closure(nodes, run)))
        if certainty < ignore_below:
            return None
    if production.sure:
        leave = 0.0
    elif production.leave is None or production.leave_contextual:
        leave = 1.0 - certainty
    else:
        leave = grade(production.leave(nodes, run))
    return Match(production, nodes, certainty, leave)


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


class Matcher:
    """Finds the matches of a state's productions in the graphs of one parse."""

    def __init__(
        self, productions: Sequence[Production], arena: Arena, run: Run, ignore_below: float
    ) -> None:
        self._arena, self._run, self._ignore_below = arena, run, ignore_below
        self._tables = {p.index: Table(p, arena, run, ignore_below) for p in productions if p.tabled}
        self._judged: dict[tuple[int, tuple[Node, ...]], Match | None] = {}

    def all(self, state: State, graph: Graph, closed: frozenset[Key]) -> list[Match]:
        """The matches in `graph`, in the order in which they are to be decided, less those with a `closed` key."""
        found: list[Match] = []
        for production in state.productions:
            found += self._of(production, graph)
        return _ordered(state, found, closed)

    def after(
        self, state: State, graph: Graph, before: Iterable[Match], change: Draft, closed: frozenset[Key]
    ) -> list[Match]:
        """The matches in `graph`, from those that were there `before` the `change` that made it."""
        touched, labels = change.touched, change.changed_labels()
        # what looks at changed parts of the graph beyond its own nodes is sought anew
        anew = {p.index for p in state.productions if p.sees(labels)}
        found = []
        for match in before:
            production = match.production
            if production.index in anew or not match.alive(graph):
                continue
            if not production.depends_on_graph or match.uids.isdisjoint(touched):
                found.append(match)
        known = {m.key for m in found}
        news = [graph.nodes[uid] for uid in touched if uid in graph.nodes]
        for production in state.productions:
            if production.index in anew:
                found += self._of(production, graph)
                continue
            for match in self._at(production, graph, news):
                if match.key not in known:
                    known.add(match.key)
                    here = self._in_context(match, graph) if production.depends_on_graph else match
                    if here is not None:
                        found.append(here)
        return _ordered(state, found, closed)

    def _at(self, production: Production, graph: Graph, nodes: Sequence[Node]) -> Iterator[Match]:
        """The matches, judged by their nodes alone, that hold one of the `nodes`."""
        table = self._tables.get(production.index)
        if table is None:
            yield from self._by_edges(production, graph, nodes)
            return
        table.extend()
        for node in nodes:
            for match in table.by_node.get(node.id, ()):
                if match.alive(graph):
                    yield match

    def _of(self, production: Production, graph: Graph) -> Iterator[Match]:
        table = self._tables.get(production.index)
        if table is not None:
            table.extend()
            alive: Iterable[Match] = [m for m in table.matches if m.alive(graph)]
        else:
            alive = self._by_edges(production, graph)
        if not production.depends_on_graph:
            yield from alive
            return
        for match in alive:
            here = self._in_context(match, graph)
            if here is not None:
                yield here

    def _in_context(self, match: Match, graph: Graph) -> Match | None:
        production, nodes = match.production, match.nodes
        for edge in production.edges:
            if graph.edge(nodes[edge.first], nodes[edge.second], edge.label) is None:
                return None
        if not production.contextual:
            return match
        run, certainty = self._run, match.certainty
        run.graph = graph
        for test in production.context:
            certainty = min(certainty, grade(test.closure(nodes, run)))
            if certainty < self._ignore_below:
                return None
        if production.sure:
            leave = 0.0
        elif production.leave is None:
            leave = 1.0 - certainty
        else:
            leave = grade(production.leave(nodes, run)) if production.leave_contextual else match.leave
        return match.weighed(certainty, leave)

    def _by_edges(
        self, production: Production, graph: Graph, near: Iterable[Node] | None = None
    ) -> Iterator[Match]:
        """The matches of a production whose nodes only edges join; all, or those with a node that is in `near`."""
        for nodes in _walks(production, graph, self._run.tick, near):
            key = (production.index, nodes)
            if key not in self._judged:
                self._judged[key] = judged(production, nodes, self._run, self._ignore_below)
            match = self._judged[key]
            if match is not None:
                yield match


def _walks(
    production: Production, graph: Graph, tick: Callable[[], None], near: Iterable[Node] | None
) -> Iterator[tuple[Node, ...]]:
    size = len(production.labels)

    def fill(bound: dict[int, Node]) -> Iterator[tuple[Node, ...]]:
        if len(bound) == size:
            if all(
                within(bound[w.first].box, bound[w.second].box, w.across, w.down) for w in production.windows
            ):
                yield tuple(bound[i] for i in range(size))
            return
        slot, candidates = _next(production, graph, bound)
        for node in candidates:
            tick()
            if production.accepts(slot, node.label) and node not in bound.values():
                yield from fill({**bound, slot: node})

    if near is None:
        for first in graph.labelled(*production.labels[0]):
            yield from fill({0: first})
        return
    for node in near:
        for slot in range(size):
            if production.accepts(slot, node.label):
                yield from fill({slot: node})


def _next(production: Production, graph: Graph, bound: dict[int, Node]) -> tuple[int, list[Node]]:
    """The next slot to fill and who may fill it: along an edge where there is one, else whoever is near."""
    for edge in production.edges:
        for here, there in ((edge.first, edge.second), (edge.second, edge.first)):
            if here in bound and there not in bound:
                return there, graph.neighbours(bound[here], edge.label)
    for window in production.windows:
        for here, there in ((window.first, window.second), (window.second, window.first)):
            if here in bound and there not in bound:
                box = bound[here].box
                near = [
                    n
                    for n in graph.labelled(*production.labels[there])
                    if within(box, n.box, window.across, window.down)
                ]
                return there, near
    raise AssertionError("every slot is joined by an edge or a window")


def _ordered(state: State, matches: list[Match], closed: frozenset[Key]) -> list[Match]:
    if closed:
        matches = [m for m in matches if m.key not in closed]
    rank = state.rank
    return sorted(matches, key=lambda m: (rank[m.production.index], m.place))
