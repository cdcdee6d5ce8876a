"""Finding matches: where a left-hand side fits a graph, and with what certainty.

What a match's certainty owes to its nodes alone stands in a table (table.py); what it owes to edges or to the rest of
a graph is reckoned in each graph, and again only where something changed that it looks at.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence

from models.read.grammar.compile.evaluation import Run
from models.read.grammar.compile.functions import grade
from models.read.grammar.graph import Draft, Graph, Node
from models.read.grammar.production import Production, State
from models.read.grammar.search.match import Key, Match, judged
from models.read.grammar.search.node_pool import NodePool, within
from models.read.grammar.search.table import Table


class Matcher:
    """Finds the matches of a state's productions in the graphs of one parse."""

    def __init__(
        self, productions: Sequence[Production], pool: NodePool, run: Run, ignore_below: float
    ) -> None:
        self._pool, self._run, self._ignore_below = pool, run, ignore_below
        self._tables = {p.index: Table(p, pool, run, ignore_below) for p in productions if p.tabled}
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
            certainty = min(certainty, grade(test.evaluate(nodes, run)))
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
