"""Applying a match: the left-hand side goes, the right-hand side comes, edges are embedded, attributes transferred."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from models.read.grammar.compile import geometry
from models.read.grammar.compile.evaluation import Run
from models.read.grammar.graph import Draft, Edge, Graph, Node
from models.read.grammar.search.match import Match
from models.read.grammar.search.node_pool import NodePool, box_from, frozen_attributes

Made = dict[int, Node]  # right-hand number -> node
EdgeAttributes = Mapping[int, Mapping[str, Any]]


class Applier:
    """Applies matches to drafts of graphs. What a match makes is reckoned once a parse and then looked up."""

    def __init__(self, pool: NodePool, run: Run, directed: frozenset[str]) -> None:
        self._pool, self._run, self._directed = pool, run, directed
        self._made: dict[tuple[int, tuple[Node, ...]], tuple[Made, EdgeAttributes]] = {}

    def apply(self, draft: Draft, match: Match, graph: Graph) -> list[Node]:
        """Applies `match`, found in `graph`, to `draft`; gives the nodes that are new or changed."""
        production = match.production
        made, edge_attributes = self._right_side(draft, match, graph)
        consumed = self._consumed(draft, match) if production.edges else set()
        loose: dict[int, Edge] = {}
        for slot in production.deleted:
            for edge in draft.take(match.nodes[slot]):
                if id(edge) not in consumed:
                    loose[id(edge)] = edge
        for slot_edge in production.cut:
            for edge in draft.links.get(match.nodes[slot_edge.first].uid, ()):
                if id(edge) in consumed and edge.other(match.nodes[slot_edge.first].uid) == (
                    match.nodes[slot_edge.second].uid
                ):
                    draft.cut(edge)
        fresh = []
        for node in made.values():
            if draft.nodes.get(node.uid) is not node:
                draft.put(node)
                fresh.append(node)
        if not loose and not production.right_edges:
            return fresh
        ends = {number: node.uid for number, node in made.items()}
        for number, slot in production.kept.items():
            ends[number] = match.nodes[slot].uid
        if loose:
            self._embed(draft, match, loose.values(), ends)
        for i, right in enumerate(production.right_edges):
            self._join(
                draft,
                ends[right.first],
                ends[right.second],
                right.label,
                right.directed,
                edge_attributes.get(-1 - i),
            )
        return fresh

    def _right_side(self, draft: Draft, match: Match, graph: Graph) -> tuple[Made, EdgeAttributes]:
        production = match.production
        key = (production.index, match.nodes)
        known = None if production.attrib_contextual else self._made.get(key)
        if known is not None and not any(
            c.number in known[0] and known[0][c.number].uid in draft.nodes for c in production.created
        ):
            return known
        run, nodes = self._run, match.nodes
        right: dict[int, dict[str, Any]] = {c.number: {} for c in production.created}
        for number, slot in production.kept.items():
            right[number] = dict(nodes[slot].attributes)
        run.graph, run.right = graph, right
        if production.attrib is not None:
            production.attrib(nodes, run)
        made: Made = {}
        copied = False
        for number, slot in production.kept.items():
            old = nodes[slot]
            if slot in production.written and frozen_attributes(right[number]) != frozen_attributes(
                old.attributes
            ):
                made[number] = self._pool.node(old.label, right[number], old.box, old.sources, uid=old.uid)
        for new in production.created:
            attributes = {name: value for name, value in right[new.number].items() if value is not None}
            boxes = [box for slot in new.slots if (box := nodes[slot].box) is not None]
            box = geometry.union(boxes) or box_from(attributes)
            sources: frozenset[Any] = frozenset().union(*(nodes[slot].sources for slot in new.slots))
            copy = 0
            node = self._pool.node(new.label, attributes, box, sources)
            while node.uid in draft.nodes or any(node is m for m in made.values()):
                copy += 1
                copied = True
                node = self._pool.node(new.label, attributes, box, sources, copy=copy)
            made[new.number] = node
        result = (made, {n: a for n, a in right.items() if n < 0})
        if not copied:
            self._made[key] = result
        return result

    def _consumed(self, draft: Draft, match: Match) -> set[int]:
        """The edges that the left-hand side names: they go with it, unless the right-hand side has them too."""
        found = set()
        for edge in match.production.edges:
            first, second = match.nodes[edge.first].uid, match.nodes[edge.second].uid
            for one in draft.links.get(first, ()):
                if one.other(first) == second and one.fits(first, edge.label):
                    found.add(id(one))
                    break
        return found

    def _embed(self, draft: Draft, match: Match, loose: Any, ends: dict[int, int]) -> None:
        slots = {match.nodes[slot].uid: slot for slot in match.production.deleted}
        for edge in loose:
            for first, label in self._targets(match, slots, edge.first, edge.label, ends):
                for second, other_label in self._targets(match, slots, edge.second, edge.label, ends):
                    renamed = label if label != edge.label else other_label
                    if first in draft.nodes and second in draft.nodes:
                        draft.join(
                            self._pool.edge(
                                first, second, renamed, edge.attributes, renamed in self._directed
                            )
                        )

    def _targets(
        self, match: Match, slots: dict[int, int], uid: int, label: str, ends: dict[int, int]
    ) -> list[tuple[int, str]]:
        """Where an end of a loose edge goes, and the label that the edge then has."""
        if uid not in slots:
            return [(uid, label)]
        return [
            (ends[e.right], e.renamed or label)
            for e in match.production.embed.get(slots[uid], ())
            if e.label in (None, label)
        ]

    def _join(
        self,
        draft: Draft,
        first: int,
        second: int,
        label: str,
        directed: bool,
        attributes: Mapping[str, Any] | None,
    ) -> None:
        """Adds an edge of the right-hand side, or adds to the attributes of the one that is there."""
        for old in draft.links.get(first, ()):
            if old.other(first) == second and old.label == label and old.fits(first, label):
                if not attributes:
                    return
                attributes = {**old.attributes, **attributes}
                break
        draft.join(self._pool.edge(first, second, label, attributes or {}, directed))
