"""The alphabets V and W of node and edge labels, with the attributes A and B that each may carry."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from models.read.grammar.errors import GrammarMeaningFault, unknown
from models.read.grammar.language import syntax
from models.read.grammar.language.syntax import Item, Place


class Alphabets:
    """Labels and attributes of a grammar. Where none are declared, those count that the productions use."""

    def __init__(self, items: Sequence[Item]) -> None:
        self.nodes: dict[str, frozenset[str] | None] = {}
        self.edges: dict[str, frozenset[str] | None] = {"": None}
        self.directed: set[str] = set()
        self.initial: tuple[str, ...] = ()
        self._places: dict[tuple[str, str], Place] = {}
        for item in items:
            if isinstance(item, syntax.Vocabulary):
                for label in item.labels:
                    self._declare(label)
        self.closed = {"node": bool(self.nodes), "edge": len(self.edges) > 1}
        for item in items:
            if isinstance(item, syntax.ProductionText):
                self._use(item)
        self._begin([i for i in items if isinstance(i, syntax.Initial)])

    def _declare(self, label: syntax.LabelText) -> None:
        first = self._places.setdefault((label.kind, label.name), label.place)
        if first is not label.place:
            raise GrammarMeaningFault(
                f"the {label.kind} label {label.name} is declared at {first} already.", label.place
            )
        attributes = None if label.attributes is None else frozenset(label.attributes)
        (self.nodes if label.kind == "node" else self.edges)[label.name] = attributes
        if label.directed:
            self.directed.add(label.name)

    def _use(self, p: syntax.ProductionText) -> None:
        for pattern in p.left:
            for label in pattern.labels:
                self._meet("node", label, pattern.place)
        for result in p.right:
            if result.label is not None:
                self._meet("node", result.label, result.place)
        for edge in (*p.left_edges, *p.right_edges):
            self._meet("edge", edge.label or "", edge.place)
        for embedding in p.embed:
            self._meet("edge", embedding.label or "", embedding.place)
            self._meet("edge", embedding.renamed or "", embedding.place)

    def _meet(self, kind: str, label: str, place: Place) -> None:
        if self.closed[kind]:
            self.check(kind, label, place)
        else:
            (self.nodes if kind == "node" else self.edges).setdefault(label, None)

    def _begin(self, initials: list[syntax.Initial]) -> None:
        for initial in initials:
            for label in initial.labels:
                self._meet("node", label, initial.place)
        named = tuple(dict.fromkeys(label for i in initials for label in i.labels))
        self.initial = named or tuple(self.nodes)

    def check(self, kind: str, label: str, place: Place) -> None:
        """Raises a fault where there is no such label."""
        known = self.nodes if kind == "node" else self.edges
        if label not in known:
            raise unknown(f"{kind} label", label, [k for k in known if k], place)

    def attributes(self, labels: Iterable[str]) -> frozenset[str] | None:
        """The attributes that nodes with one of the labels may have; None where any may be."""
        found: set[str] = set()
        for label in labels:
            own = self.nodes.get(label)
            if own is None:
                return None
            found |= own
        return frozenset(found)
