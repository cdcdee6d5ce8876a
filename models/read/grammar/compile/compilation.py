"""From a production's text to a Production: numbers become slots, names are resolved, contradictions are reported."""

from __future__ import annotations

from collections.abc import Sequence

from models.read.grammar.compile.alphabets import Alphabets
from models.read.grammar.compile.evaluation import Bound, Evaluator, Run
from models.read.grammar.compile.expression import Compiler
from models.read.grammar.compile.operators import truth
from models.read.grammar.compile.scope import Scope, Usage
from models.read.grammar.errors import GrammarMeaningFault, unknown
from models.read.grammar.language import syntax
from models.read.grammar.language.syntax import Place, Statement
from models.read.grammar.production import Created, LeftEdge, Production, RightEdge, Test, Window

MOST_NODES = 24  # of one side of a production
MOST_LINES = 200  # edges, embeddings or windows


class ProductionCompiler:
    """Compiles the productions of one grammar; `reach` is how near nodes have to be where Near says nothing."""

    def __init__(self, alphabets: Alphabets, compiler: Compiler, reach: float) -> None:
        self._alphabets, self._compiler, self._reach = alphabets, compiler, reach

    def compiled(self, text: syntax.ProductionText, index: int) -> Production:
        """The production; GrammarMeaningFault where it contradicts itself or names what is not there."""
        _limited(text)
        slots = {n.number: i for i, n in enumerate(text.left)}
        _unique([(n.number, n.place) for n in text.left], f"production {text.name} has two left-hand nodes")
        _unique([(n.number, n.place) for n in text.right], f"production {text.name} has two right-hand nodes")
        if not text.left:
            raise GrammarMeaningFault(
                f"production {text.name} has no left-hand node, so it would apply for ever.", text.place
            )
        if text.apply is None:
            raise GrammarMeaningFault(
                f"production {text.name} has no Apply; expected Apply = {{certainty}}, which is {{1}} where it always applies.",
                text.place,
            )
        right = {n.number: n for n in text.right}
        kept = {n.number: slots[n.number] for n in text.right if n.label is None and n.number in slots}
        for node in text.right:
            if node.label is None and node.number not in slots:
                raise GrammarMeaningFault(
                    f"node {node.number} of the right-hand side has no label and is no left-hand node to be kept.",
                    node.place,
                )
        into: dict[int, list[int]] = {}
        embed: dict[int, list[syntax.Embedding]] = {}
        for e in text.embed:
            self._known(e.left, slots, "left", e.place)
            self._known(e.right, right, "right", e.place)
            embed.setdefault(slots[e.left], []).append(e)
            if slots[e.left] not in into.setdefault(e.right, []):
                into[e.right].append(slots[e.left])
        scope = Scope(
            left=slots,
            left_labels={n.number: n.labels for n in text.left},
            size=len(slots),
            where=f"on the left-hand side of production {text.name}",
        )
        usage = Usage()
        local, context = self._tests(text, scope, usage)
        leave_usage = Usage()
        leave = self._compiler.compiled(text.leave, scope, leave_usage) if text.leave is not None else None
        for slot, names in leave_usage.reads.items():
            usage.read(slot, names)
        usage.around(leave_usage)
        right_edges = tuple(self._right_edge(e, right) for e in text.right_edges)
        attrib, attrib_usage, written = self._transfer(text, scope, kept, right)
        windows, cut = self._windows(text, slots), _cut(text, slots, kept)
        spreads = any(e.right in kept and slots[e.left] not in kept.values() for e in text.embed)
        every = list(usage.reads.values())
        return Production(
            index=index,
            name=text.name,
            text=text,
            labels=tuple(n.labels for n in text.left),
            edges=self._left_edges(text.left_edges, slots),
            windows=windows,
            kept=kept,
            deleted=tuple(i for i in slots.values() if i not in kept.values()),
            created=tuple(
                Created(n.number, n.label, tuple(into.get(n.number, ())))
                for n in text.right
                if n.label is not None
            ),
            right_edges=right_edges,
            cut=cut,
            embed={slot: tuple(es) for slot, es in embed.items() if slot not in kept.values()},
            attrib=attrib,
            attrib_contextual=attrib_usage.contextual,
            written=written,
            local=local,
            context=context,
            leave=leave,
            leave_contextual=leave_usage.contextual,
            usage=usage,
            affected=_affected(
                right_edges, kept, written, cut, [kept[e.right] for e in text.embed if e.right in kept]
            ),
            spreads=spreads,
            tabled=_joined_by_windows(windows, len(slots)),
            contextual=bool(context) or leave_usage.contextual,
            depends_on_graph=bool(context) or leave_usage.contextual or bool(text.left_edges),
            reads=None if None in every else frozenset(a for names in every if names for a in names),
        )

    def _known(self, number: int, nodes: object, side: str, place: Place) -> None:
        if number not in nodes:  # type: ignore[operator]
            known = ", ".join(map(str, nodes)) or "none"  # type: ignore[call-overload]
            raise GrammarMeaningFault(
                f"there is no node {number} on the {side}-hand side; it has {known}.", place
            )

    def _tests(
        self, text: syntax.ProductionText, scope: Scope, usage: Usage
    ) -> tuple[tuple[Test, ...], tuple[Test, ...]]:
        """The terms of Apply that need the matched nodes alone, and those that need more."""
        terms: tuple[syntax.Expression, ...] = (text.apply,) if text.apply is not None else ()
        if isinstance(text.apply, syntax.Operation) and text.apply.operator == "AND":
            terms = text.apply.operands
        local, context = [], []  # type: ignore[var-annotated]
        for term in terms:
            own = Usage()
            test = Test(self._compiler.compiled(term, scope, own), frozenset(own.reads))
            (context if own.contextual else local).append(test)
            for slot, names in own.reads.items():
                usage.read(slot, names)
            usage.around(own)
        return tuple(local), tuple(context)

    def _left_edges(self, edges: Sequence[syntax.EdgePattern], slots: dict[int, int]) -> tuple[LeftEdge, ...]:
        for e in edges:
            self._known(e.first, slots, "left", e.place)
            self._known(e.second, slots, "left", e.place)
        return tuple(LeftEdge(slots[e.first], slots[e.second], e.label) for e in edges)

    def _right_edge(self, e: syntax.EdgePattern, right: dict[int, syntax.NodeResult]) -> RightEdge:
        self._known(e.first, right, "right", e.place)
        self._known(e.second, right, "right", e.place)
        label = e.label or ""
        return RightEdge(e.first, e.second, label, label in self._alphabets.directed)

    def _windows(self, text: syntax.ProductionText, slots: dict[int, int]) -> tuple[Window, ...]:
        windows = []
        for n in text.near:
            self._known(n.first, slots, "left", n.place)
            self._known(n.second, slots, "left", n.place)
            across = self._compiler.value(n.across)
            down = across if n.down is None else self._compiler.value(n.down)
            for value in (across, down):
                if not isinstance(value, (int, float)) or not value >= 0:
                    raise GrammarMeaningFault("Near takes distances in staff spaces, 0 or more.", n.place)
            windows.append(Window(slots[n.first], slots[n.second], float(across), float(down)))
        # whoever has neither an edge nor a window to those before him stays within the grammar's reach of them
        joined = {0}
        pairs = [(w.first, w.second) for w in windows] + [
            (slots[e.first], slots[e.second]) for e in text.left_edges
        ]
        while len(joined) < len(slots):
            met = {b for a, b in (*pairs, *((b, a) for a, b in pairs)) if a in joined} - joined
            if not met:
                met = {min(set(slots.values()) - joined)}
                windows.append(Window(min(joined), min(met), self._reach, self._reach))
            joined |= met
        return tuple(windows)

    # attribute transfer

    def _transfer(
        self,
        text: syntax.ProductionText,
        scope: Scope,
        kept: dict[int, int],
        right: dict[int, syntax.NodeResult],
    ) -> tuple[Evaluator | None, Usage, dict[int, frozenset[str] | None]]:
        usage, names = Usage(), dict[int, set[str] | None]()
        inner = Scope(
            scope.left,
            scope.left_labels,
            frozenset(right),
            size=scope.size,
            where=f"in production {text.name}",
        )
        steps = [self._statement(s, inner, usage, right, text, names) for s in text.attrib]
        written = {
            kept[number]: None if attributes is None else frozenset(attributes)
            for number, attributes in names.items()
            if number in kept
        }
        return (_sequence(steps) if steps else None), usage, written

    def _statement(
        self,
        s: Statement,
        scope: Scope,
        usage: Usage,
        right: dict[int, syntax.NodeResult],
        text: syntax.ProductionText,
        names: dict[int, set[str] | None],
    ) -> Evaluator:
        if isinstance(s, syntax.If):
            condition = self._compiler.compiled(s.condition, scope, usage)
            then = _sequence([self._statement(t, scope, usage, right, text, names) for t in s.then])
            otherwise = _sequence([self._statement(t, scope, usage, right, text, names) for t in s.otherwise])
            return lambda b, run: then(b, run) if truth(condition(b, run)) else otherwise(b, run)
        if isinstance(s, syntax.CopyAll):
            self._known(s.target, right, "right", s.place)
            self._known(s.source, scope.left, "left", s.place)
            names[s.target] = None
            target, slot = s.target, scope.left[s.source]
            return lambda b, run: run.right[target].update(b[slot].attributes)
        value, name = self._compiler.compiled(s.value, scope, usage), s.name
        if isinstance(s.target, syntax.EdgeRef):
            key = self._edge_target(s.target, text)
            return lambda b, run: run.right.setdefault(key, {}).__setitem__(name, value(b, run))
        number = s.target.number
        self._known(number, right, "right", s.place)
        label = right[number].label
        labels = (label,) if label else scope.left_labels.get(number, ())
        known = self._alphabets.attributes(labels) if labels else None
        if known is not None and name not in known:
            raise unknown(f"attribute of {' or '.join(labels)}", name, known, s.place)
        so_far = names.setdefault(number, set())
        if so_far is not None:
            so_far.add(name)
        return lambda b, run: run.right[number].__setitem__(name, value(b, run))

    def _edge_target(self, target: syntax.EdgeRef, text: syntax.ProductionText) -> int:
        """The key under which a run keeps an edge's attributes: below 0, from the edge's place among GR's edges."""
        for i, e in enumerate(text.right_edges):
            ends = {(e.first, e.second), (e.second, e.first)}
            if (target.first, target.second) in ends and target.label in (None, e.label):
                return -1 - i
        raise GrammarMeaningFault("there is no such edge on the right-hand side.", target.place)


def _sequence(steps: list[Evaluator]) -> Evaluator:
    if len(steps) == 1:
        return steps[0]
    every = tuple(steps)

    def run_all(b: Bound, run: Run) -> None:
        for step in every:
            step(b, run)

    return run_all


def _limited(text: syntax.ProductionText) -> None:
    for what, parts, most in (
        ("left-hand nodes", text.left, MOST_NODES),
        ("right-hand nodes", text.right, MOST_NODES),
        ("left-hand edges", text.left_edges, MOST_LINES),
        ("right-hand edges", text.right_edges, MOST_LINES),
        ("embeddings", text.embed, MOST_LINES),
        ("pairs in Near", text.near, MOST_LINES),
    ):
        if len(parts) > most:
            raise GrammarMeaningFault(
                f"production {text.name[:40]} has {len(parts)} {what}; at most {most} are read.",
                parts[most].place,
            )


def _unique(numbers: list[tuple[int, Place]], sentence: str) -> None:
    seen: set[int] = set()
    for number, place in numbers:
        if number in seen:
            raise GrammarMeaningFault(f"{sentence} numbered {number}.", place)
        seen.add(number)


def _cut(text: syntax.ProductionText, slots: dict[int, int], kept: dict[int, int]) -> tuple[LeftEdge, ...]:
    """The left-hand edges between kept nodes that the right-hand side lacks."""
    stays = {(frozenset((e.first, e.second)), e.label) for e in text.right_edges}
    return tuple(
        LeftEdge(slots[e.first], slots[e.second], e.label)
        for e in text.left_edges
        if e.first in kept and e.second in kept and (frozenset((e.first, e.second)), e.label) not in stays
    )


def _affected(
    right_edges: tuple[RightEdge, ...],
    kept: dict[int, int],
    written: dict[int, frozenset[str] | None],
    cut: tuple[LeftEdge, ...],
    embedded: Sequence[int],
) -> tuple[int, ...]:
    """The kept slots whose attributes or edges change."""
    ends = [kept[n] for e in right_edges for n in (e.first, e.second) if n in kept]
    return tuple(sorted({*written, *ends, *embedded, *(slot for e in cut for slot in (e.first, e.second))}))


def _joined_by_windows(windows: tuple[Window, ...], size: int) -> bool:
    joined, grown = {0}, True
    while grown:
        more = {s for w in windows for s in (w.first, w.second) if w.first in joined or w.second in joined}
        grown = not more <= joined
        joined |= more
    return len(joined) == size
