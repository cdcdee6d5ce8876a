"""Host graphs: labelled nodes and edges with attributes. Nothing changes in place; a changed graph shares what stayed.

Coordinates are in staff spaces, x to the right, y downwards.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from models.arrays import Box

_MASK = (1 << 64) - 1


class Point(NamedTuple):
    """A place on the page, in staff spaces; any pair of numbers will do for one."""

    x: float
    y: float


@dataclass(frozen=True, slots=True)
class Token:
    """What an embedding program puts into a host graph: a primitive, or anything with a label.

    `box` (x0, y0, x1, y1), where given, is what the spatial index goes by; without it, attributes `centre` or `top`
    and `bot` are taken, and where they lack too, the token is near to everything. `source` names to the caller later what
    a reading was made of (`Node.sources`); without one it is the token's index. Attributes: numbers, strings, pairs
    of numbers, mappings of these, or anything hashable.
    """

    label: str
    attributes: Mapping[str, Any] = field(default_factory=dict)
    box: Box | None = None
    source: Any = None


@dataclass(frozen=True, slots=True)
class Link:
    """An edge for a host graph's beginning, between two tokens by their indices."""

    first: int
    second: int
    label: str = ""
    attributes: Mapping[str, Any] = field(default_factory=dict)


class Node:
    """A node of a graph; never changed.

    `uid` stays the same while a production keeps the node, even if its attributes change; `id` is the version's own.
    `sources` are the tokens it was made of; `order` sorts nodes from left to right.
    """

    __slots__ = ("attributes", "box", "id", "label", "mark", "order", "sources", "uid")

    def __init__(
        self,
        number: int,
        uid: int,
        label: str,
        attributes: Mapping[str, Any],
        box: Box | None,
        sources: frozenset[Any],
    ) -> None:
        self.id, self.uid, self.label = number, uid, label
        self.attributes, self.box, self.sources = attributes, box, sources
        self.mark = mixed(number)
        self.order = (
            (float("inf"), 0.0, number)
            if box is None
            else ((box[0] + box[2]) / 2, (box[1] + box[3]) / 2, number)
        )

    def __getitem__(self, name: str) -> Any:
        """The attribute `name`; KeyError where there is none."""
        return self.attributes[name]

    def get(self, name: str, default: Any = None) -> Any:
        """The attribute `name`, or `default`."""
        return self.attributes.get(name, default)

    def __repr__(self) -> str:
        return f"<{self.label} {self.uid} {dict(self.attributes)}>"


class Edge:
    """An edge between the nodes with the uids `first` and `second`; without a direction, `first` is the smaller."""

    __slots__ = ("attributes", "directed", "first", "label", "mark", "second")

    def __init__(
        self, first: int, second: int, label: str, attributes: Mapping[str, Any], directed: bool, key: Any
    ) -> None:
        if not directed and second < first:
            first, second = second, first
        self.first, self.second, self.label, self.directed = first, second, label, directed
        self.attributes = attributes
        self.mark = mixed(hash((first, second, label, directed, key)))

    def other(self, uid: int) -> int:
        """The end that is not `uid`."""
        return self.second if self.first == uid else self.first

    def fits(self, start: int, label: str | None) -> bool:
        """Whether a pattern's edge from `start` with `label` (None: any) may be this one."""
        return (label is None or label == self.label) and (not self.directed or self.first == start)

    def __repr__(self) -> str:
        return f"<{self.first}-{self.label}-{self.second}>"


def mixed(number: int) -> int:
    """A 64-bit number as if drawn at random for `number` (splitmix64), for hashes of sets that are sums."""
    z = (number * 0x9E3779B97F4A7C15 + 0x9E3779B97F4A7C15) & _MASK
    z = ((z ^ (z >> 30)) * 0xBF58476D1CE4E5B9) & _MASK
    z = ((z ^ (z >> 27)) * 0x94D049BB133111EB) & _MASK
    return z ^ (z >> 31)


class Graph:
    """A host graph. `mark` is equal for equal graphs, whatever the order in which they were derived."""

    __slots__ = ("_by_label", "links", "mark", "nodes")

    def __init__(self, nodes: dict[int, Node], links: dict[int, tuple[Edge, ...]], mark: int) -> None:
        self.nodes, self.links, self.mark = nodes, links, mark
        self._by_label: dict[str, list[Node]] | None = None

    def __len__(self) -> int:
        return len(self.nodes)

    def __iter__(self) -> Iterator[Node]:
        return iter(sorted(self.nodes.values(), key=lambda n: n.order))

    def labelled(self, *labels: str) -> list[Node]:
        """The nodes with one of the labels (none given: all), from left to right."""
        if self._by_label is None:
            self._by_label = {}
            for node in self:
                self._by_label.setdefault(node.label, []).append(node)
        if len(labels) == 1:
            return self._by_label.get(labels[0], [])
        found = [n for label, nodes in self._by_label.items() if not labels or label in labels for n in nodes]
        return sorted(found, key=lambda n: n.order)

    def edges(self, node: Node | None = None, label: str | None = None) -> list[Edge]:
        """The edges at `node`, or all of the graph, with `label` where given."""
        if node is not None:
            return [e for e in self.links.get(node.uid, ()) if label is None or e.label == label]
        return [
            e
            for uid, links in self.links.items()
            for e in links
            if uid == e.first and (label is None or e.label == label)
        ]

    def edge(self, first: Node, second: Node, label: str | None = None) -> Edge | None:
        """An edge between two nodes; with a direction, from `first` to `second`."""
        for edge in self.links.get(first.uid, ()):
            if edge.other(first.uid) == second.uid and edge.fits(first.uid, label):
                return edge
        return None

    def neighbours(self, node: Node, label: str | None = None) -> list[Node]:
        """The nodes joined to `node` by an edge (with `label` where given), from left to right."""
        found = {e.other(node.uid) for e in self.links.get(node.uid, ()) if label is None or e.label == label}
        return sorted((self.nodes[uid] for uid in found), key=lambda n: n.order)


class Draft:
    """A graph in the making: a copy that shares nodes and edges, changed and then frozen.

    `touched` are the uids of nodes that came, went, changed, or gained or lost an edge; `gone` the labels that went.
    """

    __slots__ = ("gone", "links", "mark", "nodes", "touched")

    def __init__(self, graph: Graph | None = None) -> None:
        self.nodes = dict(graph.nodes) if graph else {}
        self.links = dict(graph.links) if graph else {}
        self.mark = graph.mark if graph else 0
        self.touched: set[int] = set()
        self.gone: set[str] = set()

    def put(self, node: Node) -> None:
        """Adds the node, or puts a new version in its place."""
        old = self.nodes.get(node.uid)
        if old is not None:
            self.mark -= old.mark
        self.nodes[node.uid] = node
        self.mark += node.mark
        self.touched.add(node.uid)

    def take(self, node: Node) -> tuple[Edge, ...]:
        """Removes the node with its edges, which it gives back."""
        del self.nodes[node.uid]
        self.mark -= node.mark
        self.touched.add(node.uid)
        self.gone.add(node.label)
        edges = self.links.get(node.uid, ())
        for edge in edges:
            self.cut(edge)
        return edges

    def join(self, edge: Edge) -> None:
        """Adds an edge; one of the same ends, label and direction is replaced. A loop is left out."""
        if edge.first == edge.second:
            return
        for old in self.links.get(edge.first, ()):
            if (old.first, old.second, old.label, old.directed) == (
                edge.first, edge.second, edge.label, edge.directed,
            ):  # fmt: skip
                self.cut(old)
                break
        for uid in (edge.first, edge.second):
            self.links[uid] = (*self.links.get(uid, ()), edge)
            self.touched.add(uid)
        self.mark += edge.mark

    def cut(self, edge: Edge) -> None:
        """Removes an edge."""
        for uid in (edge.first, edge.second):
            self.touched.add(uid)
            rest = tuple(e for e in self.links[uid] if e is not edge)
            if rest:
                self.links[uid] = rest
            else:
                del self.links[uid]
        self.mark -= edge.mark

    def changed_labels(self) -> set[str]:
        """The labels of all nodes that were touched."""
        nodes = self.nodes
        return self.gone.union(nodes[uid].label for uid in self.touched if uid in nodes)

    def frozen(self) -> Graph:
        """The graph. The draft must not be used afterwards."""
        return Graph(self.nodes, self.links, self.mark)
