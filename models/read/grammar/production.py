"""Productions and the control diagram, compiled: (GL, GR, T, pi, F) with names resolved, and C over them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from models.read.grammar.compile.evaluation import Evaluator
from models.read.grammar.compile.scope import Usage
from models.read.grammar.language import syntax

Labels = tuple[str, ...]  # none: any


@dataclass(frozen=True, slots=True)
class Test:
    """One term of an applicability predicate, a certainty, and the slots that it looks at."""

    evaluate: Evaluator
    slots: frozenset[int]


@dataclass(frozen=True, slots=True)
class LeftEdge:
    """An edge that a match needs, between two slots."""

    first: int
    second: int
    label: str | None


@dataclass(frozen=True, slots=True)
class Window:
    """The gaps that the boxes in two slots may have."""

    first: int
    second: int
    across: float
    down: float


@dataclass(frozen=True, slots=True)
class Created:
    """A new node of the right-hand side, and the slots that are embedded in it."""

    number: int
    label: str
    slots: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class RightEdge:
    """An edge of the right-hand side, between node numbers of that side."""

    first: int
    second: int
    label: str
    directed: bool


@dataclass(frozen=True, slots=True, eq=False)
class Production:
    """One production. Slots are the positions of the left-hand nodes; numbers are those of the text."""

    index: int
    name: str
    text: syntax.ProductionText
    labels: tuple[Labels, ...]
    edges: tuple[LeftEdge, ...]
    windows: tuple[Window, ...]
    kept: Mapping[int, int]  # right-hand number -> slot
    deleted: tuple[int, ...]  # slots
    created: tuple[Created, ...]
    right_edges: tuple[RightEdge, ...]
    cut: tuple[LeftEdge, ...]  # edges between kept nodes that the right-hand side lacks
    embed: Mapping[int, tuple[syntax.Embedding, ...]]  # slot -> where its edges go
    attrib: Evaluator | None
    attrib_contextual: bool
    written: Mapping[int, frozenset[str] | None]  # kept slot -> attributes that change (None: all)
    local: tuple[Test, ...]  # terms that depend on the matched nodes alone
    context: tuple[Test, ...]  # terms that depend on edges or on the rest of the graph
    leave: Evaluator | None
    leave_contextual: bool
    usage: Usage
    reads: frozenset[str] | None  # attributes that Apply looks at in any slot; None: all
    affected: tuple[int, ...]  # kept slots whose attributes or edges change
    spreads: bool  # whether edges of deleted nodes go over to kept ones
    tabled: bool  # whether windows alone join all slots
    contextual: bool  # whether a match's certainty depends on more than its nodes
    depends_on_graph: bool  # contextual, or in need of edges

    @property
    def comment(self) -> str:
        """What the text says about the production."""
        return self.text.comment

    @property
    def sure(self) -> bool:
        """Whether it never competes with leaving things as they are."""
        return self.text.sure

    @property
    def keeps_all(self) -> bool:
        """Whether no node goes, so that the match might be found again."""
        return not self.deleted

    @property
    def sees_edges(self) -> bool:
        """Whether it looks at edges between its nodes."""
        return self.contextual or bool(self.edges)

    def sees(self, labels: set[str]) -> bool:
        """Whether it may look at nodes with one of the labels that it does not match."""
        if not self.usage.quantifies:
            return False
        return self.usage.labels is None or not self.usage.labels.isdisjoint(labels)

    def accepts(self, slot: int, label: str) -> bool:
        """Whether a node with `label` may stand in a slot."""
        return not self.labels[slot] or label in self.labels[slot]


@dataclass(frozen=True, slots=True, eq=False)
class State:
    """A state of the control diagram. `then` and `otherwise` are indices of states."""

    index: int
    name: str
    action: str
    productions: tuple[Production, ...] = ()
    then: int = -1
    otherwise: int = -1
    condition: Evaluator | None = None
    rank: Mapping[int, int] = field(default_factory=dict)  # production's index -> its place in the state
    stable: frozenset[int] = frozenset()  # indices of productions whose matches no later match can rival
    # (p, q): p may change what q's predicate sees in kept nodes, once they share so many nodes
    disturbs: Mapping[tuple[int, int], int] = field(default_factory=dict)


def _meet(one: Labels, other: Labels) -> bool:
    return not one or not other or bool(set(one) & set(other))


def _rewrites(p: Production, q: Production) -> bool:
    """Whether `p` changes attributes that `q` looks at."""
    return any(names is None or q.reads is None or names & q.reads for names in p.written.values())


def _disturbs(p: Production, q: Production) -> int:
    """How many kept nodes two matches must share, so that applying `p` may change the certainty of `q`; 0: never."""
    if q.usage.quantifies and (p.written or p.right_edges or p.cut or p.deleted or p.created):
        return 1
    if _rewrites(p, q) or (p.spreads and q.sees_edges):
        return 1
    # an edge between a match's own nodes comes or goes only if both of them are touched
    moves = p.cut or (p.right_edges and q.contextual)
    return 2 if moves and q.sees_edges else 0


def _may_touch(p: Production, q: Production, shared: int) -> bool:
    """Whether a match of `p` can change so many nodes of another match of `q`, judged by labels."""
    pairs = [(a, c) for a in p.affected for c in range(len(q.labels)) if _meet(p.labels[a], q.labels[c])]
    if shared == 1:
        return bool(pairs)
    # of two nodes that the same production matches in the same slots, there is one match only
    same = p is q and len(p.labels) == 2
    return any(
        a != b and c != d and not (same and a == c and b == d)
        for i, (a, c) in enumerate(pairs)
        for b, d in pairs[i + 1 :]
    )


def _arising(productions: tuple[Production, ...]) -> list[Production]:
    """Those of the productions that may find new matches when any of them is applied."""
    made = {(c.label,) for q in productions for c in q.created}
    moves = any(q.right_edges or q.cut or q.deleted for q in productions)
    writers = [p for p in productions if p.written]
    found = []
    for q in productions:
        news = made.union(p.labels[slot] for p in writers if _rewrites(p, q) for slot in p.written)
        if (
            q.usage.quantifies
            or (q.sees_edges and moves)
            or any(_meet(new, have) for have in q.labels for new in news)
        ):
            found.append(q)
    return found


def _stable(p: Production, arising: list[Production]) -> bool:
    """Whether no match that arises later can rival a match of `p`."""
    if p.usage.quantifies:
        return False
    for q in arising:
        takes = [q.labels[slot] for slot in q.deleted]
        gives = [p.labels[slot] for slot in p.deleted]
        if any(_meet(t, have) for t in takes for have in p.labels):
            return False
        if any(_meet(g, have) for g in gives for have in q.labels):
            return False
        shared = _disturbs(q, p)
        if shared and _may_touch(q, p, shared):
            return False
    return True


def analysed(state: State) -> State:
    """The state with what can be known beforehand about how its productions meet."""
    ps = state.productions
    arising = _arising(ps)
    return State(
        state.index,
        state.name,
        state.action,
        ps,
        state.then,
        state.otherwise,
        state.condition,
        rank={p.index: i for i, p in enumerate(ps)},
        stable=frozenset(p.index for p in ps if _stable(p, arising)),
        disturbs={(p.index, q.index): n for p in ps for q in ps if (n := _disturbs(p, q))},
    )
