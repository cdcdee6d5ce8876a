"""The pool of a parse's nodes: equal nodes of different derivations are one object, found by their place in a grid."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from models.arrays import Box
from models.read.grammar.compile import geometry
from models.read.grammar.errors import HostFault
from models.read.grammar.graph import Draft, Edge, Graph, Link, Node, Token

CELL = 4.0  # staff spaces
_MOST_CELLS = 64  # a node over more cells is a neighbour of every node


def frozen(value: Any) -> Any:
    """A hashable stand-in for an attribute's value, equal for equal values."""
    if isinstance(value, (str, int, float, bool, type(None))):
        return value
    if isinstance(value, Mapping):
        return ("mapping", *sorted((str(k), repr(v), frozen(v)) for k, v in value.items()))
    if isinstance(value, (list, tuple)):
        return tuple(frozen(v) for v in value)
    try:
        hash(value)
    except TypeError:
        return (type(value).__name__, repr(value))
    return value


def frozen_attributes(attributes: Mapping[str, Any]) -> Any:
    """The attributes as one hashable value."""
    return frozenset((name, frozen(value)) for name, value in attributes.items())


def box_from(attributes: Mapping[str, Any]) -> Box | None:
    """The box that a node's attributes give: around its ends, or its centre; None where they give none."""
    for names in (("top", "bot"), ("left", "right"), ("centre",)):
        ends = [attributes.get(name) for name in names]
        if all(isinstance(e, (tuple, list)) and len(e) == 2 for e in ends):
            boxes = [b for e in ends if (b := geometry.box_of(tuple(e or ()))) is not None]
            return geometry.union(boxes) if len(boxes) == len(ends) else None
    return None


class NodePool:
    """Makes and keeps the nodes and edges of one parse, so that equal ones are made once and compared by identity."""

    def __init__(self) -> None:
        self.nodes: list[Node] = []
        self._known: dict[Any, Node] = {}
        self._grid: dict[tuple[str, int, int], list[Node]] = {}
        self._labels: dict[str, list[Node]] = {}
        self._wide: dict[str, list[Node]] = {}  # without a place, or too wide for the grid
        self._bare: dict[tuple[int, int, str, bool], Edge] = {}  # edges without attributes

    def node(
        self,
        label: str,
        attributes: Mapping[str, Any],
        box: Box | None,
        sources: frozenset[Any],
        *,
        uid: int | None = None,
        copy: int = 0,
    ) -> Node:
        """The node with this content: a new version of `uid` where given, else an own one, the `copy`-th like it."""
        content = (label, frozen_attributes(attributes), box, sources)
        key = (content, uid, copy)
        known = self._known.get(key)
        if known is not None:
            return known
        number = len(self.nodes)
        node = Node(number, number if uid is None else uid, label, attributes, box, sources)
        self._known[key] = node
        if uid is None:
            self._known[content, number, 0] = node
        self.nodes.append(node)
        self._place(node)
        return node

    def _place(self, node: Node) -> None:
        self._labels.setdefault(node.label, []).append(node)
        cells = None if node.box is None else _cells(node.box, 0.0, 0.0)
        if cells is None:
            self._wide.setdefault(node.label, []).append(node)
            return
        for x, y in cells:
            self._grid.setdefault((node.label, x, y), []).append(node)

    def labels(self) -> Iterable[str]:
        """The labels that any node has had so far."""
        return list(self._labels)

    def labelled(self, label: str) -> Sequence[Node]:
        """All nodes with a label."""
        return self._labels.get(label, ())

    def near(self, node: Node, label: str, across: float, down: float) -> list[Node]:
        """The nodes with `label` whose box is at most `across` and `down` staff spaces from that of `node`.

        Nodes without a box count as near to all.
        """
        box = node.box
        cells = None if box is None else _cells(box, across, down)
        if box is None or cells is None:
            found: Iterable[Node] = self._labels.get(label, ())
        else:
            seen: dict[int, Node] = {}
            for x, y in cells:
                for other in self._grid.get((label, x, y), ()):
                    seen[other.id] = other
            found = (*seen.values(), *self._wide.get(label, ()))
        return [other for other in found if other is not node and within(box, other.box, across, down)]

    def edge(
        self, first: int, second: int, label: str, attributes: Mapping[str, Any], directed: bool
    ) -> Edge:
        """An edge; without attributes, the one object for all graphs."""
        if attributes:
            return Edge(first, second, label, attributes, directed, frozen_attributes(attributes))
        key = (first, second, label, directed)
        edge = self._bare.get(key)
        if edge is None:
            edge = self._bare[key] = Edge(first, second, label, {}, directed, None)
        return edge


def within(one: Box | None, other: Box | None, across: float, down: float) -> bool:
    """Whether the gaps between two boxes are no larger; where there is no box, they are not."""
    if one is None or other is None:
        return True
    return (
        one[0] - other[2] <= across
        and other[0] - one[2] <= across
        and one[1] - other[3] <= down
        and other[1] - one[3] <= down
    )


def _cells(box: Box, across: float, down: float) -> list[tuple[int, int]] | None:
    """The grid's cells that a box, widened, lies in; None for too many."""
    x0, y0, x1, y1 = (
        (box[0] - across) / CELL,
        (box[1] - down) / CELL,
        (box[2] + across) / CELL,
        (box[3] + down) / CELL,
    )
    if not ((x1 - x0 + 2) * (y1 - y0 + 2) <= _MOST_CELLS):
        return None
    return [
        (x, y)
        for x in range(math.floor(x0), math.floor(x1) + 1)
        for y in range(math.floor(y0), math.floor(y1) + 1)
    ]


def host_graph(
    pool: NodePool, tokens: Iterable[Token], links: Iterable[Link], directed: Iterable[str]
) -> Graph:
    """The graph of tokens and links; HostFault where they cannot form one.

    Nodes are numbered by their places, so the order of the tokens does not matter.
    """
    listed = list(tokens)
    prepared = []
    for index, token in enumerate(listed):
        if not isinstance(token, Token) or not isinstance(token.label, str):
            raise HostFault(f"token {index} is not a Token with a label.")
        attributes = dict(token.attributes)
        box = token.box if token.box is not None else box_from(attributes)
        if box is not None:
            box = _checked(box, index)
        source = index if token.source is None else token.source
        prepared.append((_order(token, attributes, box), index, attributes, box, source))
    prepared.sort(key=lambda p: p[:2])
    draft, uids, copies = Draft(), dict[int, int](), dict[Any, int]()
    for key, index, attributes, box, source in prepared:
        try:
            sources = frozenset([source])
        except TypeError:
            raise HostFault(f"the source of token {index} is not hashable.") from None
        same = (key, sources)
        node = pool.node(listed[index].label, attributes, box, sources, copy=copies.get(same, 0))
        copies[same] = copies.get(same, 0) + 1
        draft.put(node)
        uids[index] = node.uid
    directions = set(directed)
    for link in links:
        if link.first not in uids or link.second not in uids:
            raise HostFault(f"a link joins tokens {link.first} and {link.second}, but there are {len(uids)}.")
        draft.join(
            pool.edge(
                uids[link.first],
                uids[link.second],
                link.label,
                dict(link.attributes),
                link.label in directions,
            )
        )
    return draft.frozen()


def _checked(box: Any, index: int) -> Box:
    try:
        x0, y0, x1, y1 = (float(v) for v in box)
    except (TypeError, ValueError):
        raise HostFault(f"the box of token {index} is not x0, y0, x1, y1.") from None
    if not (all(map(math.isfinite, (x0, y0, x1, y1))) and x0 <= x1 and y0 <= y1):
        raise HostFault(f"the box of token {index} has to be finite, x0 up to x1 and y0 up to y1.")
    return (x0, y0, x1, y1)


def _order(token: Token, attributes: Mapping[str, Any], box: Box | None) -> tuple[Any, ...]:
    place = (
        (math.inf, 0.0, 0.0, 0.0)
        if box is None
        else ((box[0] + box[2]) / 2, (box[1] + box[3]) / 2, box[0], box[1])
    )
    return (
        *place,
        token.label,
        repr(sorted((k, repr(v)) for k, v in attributes.items())),
        repr(token.source),
    )
