"""The best-first parse (Watkins 1994, section 4): the derivation with the highest certainty is continued first.

Decisions are delayed: alternatives wait on a heap until their certainty is the highest left. At the start, and again
after 2, 4, 8, ... expansions, the search dives greedily to a complete reading, so that a budget that ends early still
gives good ones.
"""

from __future__ import annotations

import heapq
import itertools
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from models.read.grammar.budget import Budget, BudgetSpent, Meter
from models.read.grammar.compile.evaluation import Run
from models.read.grammar.compile.functions import grade
from models.read.grammar.errors import HostFault
from models.read.grammar.grammar import Grammar
from models.read.grammar.graph import Graph, Link, Token
from models.read.grammar.search.advance import Advance
from models.read.grammar.search.application import Applier
from models.read.grammar.search.derivation import CONJUNCTIONS, Alternative, Derivation, Step, weight
from models.read.grammar.search.matching import Matcher
from models.read.grammar.search.node_pool import NodePool, frozen, host_graph


@dataclass(frozen=True)
class Reading:
    """One final graph and how it was derived.

    `certainty` is that of its best derivation (the fuzzy OR is the maximum), joined with that of acceptance;
    `derivations` counts those that were found for its meaning. A reading that is not `complete` is as far as the
    budget reached. `weight` is the sum of the logarithms of all certainties: it ranks readings of equal certainty.
    """

    certainty: float
    graph: Graph
    meaning: Any
    steps: tuple[Step, ...]
    weight: float
    complete: bool = True
    derivations: int = 1


@dataclass(frozen=True)
class Parse:
    """What a parse found: readings, best first, never none.

    `proved` says that no other reading is more certain than the last one given, or that there is no other. `limit`
    names the limit of the budget that was met: steps, milliseconds, nodes or trials. `problems` are sentences about
    host functions that failed.
    """

    readings: tuple[Reading, ...]
    proved: bool
    limit: str | None
    steps: int
    expanded: int
    milliseconds: float
    problems: tuple[str, ...]

    @property
    def best(self) -> Reading:
        """The first reading."""
        return self.readings[0]


def parse(
    grammar: Grammar,
    tokens: Iterable[Token] | Graph,
    links: Iterable[Link] = (),
    *,
    environment: Any = None,
    accept: Callable[[Graph], float] | None = None,
    meaning: Callable[[Graph], Any] | None = None,
    k: int = 5,
    budget: Budget | None = None,
    conjunction: str | None = None,
    strict: bool = False,
) -> Parse:
    """The k best readings, distinct in meaning, best first.

    `accept` judges a final graph, 0 to 1 (say, whether the bar sums to the metre); `meaning` gives what two readings
    have to differ in to count as two (default: the graphs themselves). `environment` goes to the host functions
    that ask for it. `conjunction`, "minimum" or "product", overrides the grammar's. `strict` raises what host
    functions raise instead of noting it. Given a Graph of an earlier parse, its nodes are the tokens.

    Raises HostFault for tokens that make no graph.
    """
    chosen = conjunction or grammar.options.conjunction
    if chosen not in CONJUNCTIONS:
        raise HostFault(f"there is no conjunction {chosen}; known are {', '.join(CONJUNCTIONS)}.")
    pool, meter = NodePool(), Meter(budget)
    if isinstance(tokens, Graph):
        tokens, links = _tokens_of(tokens)
    graph = host_graph(pool, tokens, links, grammar.alphabets.directed)
    run = Run(graph, environment, strict=strict, tick=meter.tick)
    options = grammar.options
    used = {p.index: p for s in grammar.control for p in s.productions}
    advance = Advance(
        grammar.control,
        Matcher(list(used.values()), pool, run, options.ignore_below),
        Applier(pool, run, frozenset(grammar.alphabets.directed)),
        run,
        meter,
        CONJUNCTIONS[chosen],
        options.ignore_below,
        options.sure_above,
        meter.budget.nodes or 8 * len(graph) + 256,
    )
    search = _Search(advance, meter, chosen, accept, meaning, max(1, k))
    search.run(Derivation(graph, 0))
    return search.result(tuple(run.problems.values()))


def _tokens_of(graph: Graph) -> tuple[list[Token], list[Link]]:
    nodes = list(graph)
    index = {n.uid: i for i, n in enumerate(nodes)}
    tokens = [Token(n.label, n.attributes, n.box, n.sources) for n in nodes]
    return tokens, [Link(index[e.first], index[e.second], e.label, e.attributes) for e in graph.edges()]


class _Search:
    def __init__(
        self,
        advance: Advance,
        meter: Meter,
        conjunction: str,
        accept: Callable[[Graph], float] | None,
        meaning: Callable[[Graph], Any] | None,
        k: int,
    ) -> None:
        self._advance, self._meter, self._k = advance, meter, k
        self._and = CONJUNCTIONS[conjunction]
        self._accept, self._meaning = accept, meaning
        self._found: dict[Any, Reading] = {}
        self._aside: tuple[tuple[float, ...], Derivation] | None = None  # the best that is dead or unfinished
        self._heap: list[tuple[float, float, int, int, Alternative]] = []
        self._visited: dict[Any, tuple[float, float]] = {}
        self._serial = itertools.count()
        self._expanded = 0
        self._proved = False

    def run(self, root: Derivation) -> None:
        try:
            self._search(root)
        except BudgetSpent:
            if self._advance.current is not None:
                self._put_aside(self._advance.current)

    def _search(self, root: Derivation) -> None:
        self._push(Alternative(1.0, 0.0, 0, lambda: root))
        next_dive = 1
        while self._heap:
            alternative = heapq.heappop(self._heap)[-1]
            if self._settled(alternative):
                break
            # without any reading yet, the first dive goes on beyond the budget; after that the budget ends the search
            if self._expanded and self._meter.spent(grace=not self._found):
                return
            derivation = alternative.derive()
            if not self._visit(derivation):
                continue
            if self._expanded + 1 >= next_dive:
                next_dive *= 2
                self._dive(derivation)
            else:
                for child in self._expand(derivation):
                    self._push(child)
        self._proved = self._meter.limit is None

    def _settled(self, alternative: Alternative) -> bool:
        """Whether nothing that waits can be better than what was found."""
        if len(self._found) < self._k:
            return False
        last = sorted(((r.certainty, r.weight) for r in self._found.values()), reverse=True)[self._k - 1]
        return (alternative.bound, alternative.weight_bound) <= last

    def _push(self, alternative: Alternative) -> None:
        entry = (
            -alternative.bound,
            -alternative.weight_bound,
            -alternative.depth,
            -next(self._serial),
            alternative,
        )
        heapq.heappush(self._heap, entry)

    def _visit(self, derivation: Derivation) -> bool:
        """Whether the derivation is new, or better than an equal one was."""
        key, worth = derivation.key(), (derivation.certainty, derivation.weight)
        known = self._visited.get(key)
        if known is not None and known >= worth:
            return False
        self._visited[key] = worth
        return True

    def _dive(self, derivation: Derivation) -> None:
        """Follows the best choices to an end; the others wait."""
        following: Derivation | None = derivation
        while following is not None:
            children, following = self._expand(following), None
            for child in children:
                if following is None and self._visit(reached := child.derive()):
                    following = reached
                else:
                    self._push(child)

    def _expand(self, derivation: Derivation) -> list[Alternative]:
        self._expanded += 1
        ending, reached, children = self._advance.run(derivation, grace=not self._found)
        if ending == "final":
            self._record(reached)
        elif ending in ("dead", "unfinished"):
            self._put_aside(reached)
        return children

    def _record(self, derivation: Derivation) -> None:
        reading = self._reading(derivation, complete=True)
        if reading.certainty <= 0.0:
            self._put_aside(derivation)
            return
        key = frozen(reading.meaning)
        known = self._found.get(key)
        if known is None:
            self._found[key] = reading
            return
        better = (reading.certainty, reading.weight) > (known.certainty, known.weight)
        chosen = reading if better else known
        self._found[key] = Reading(
            chosen.certainty,
            chosen.graph,
            chosen.meaning,
            chosen.steps,
            chosen.weight,
            True,
            known.derivations + 1,
        )

    def _reading(self, derivation: Derivation, *, complete: bool) -> Reading:
        accepted = 1.0 if self._accept is None else grade(self._accept(derivation.graph))
        meaning = derivation.graph.mark if self._meaning is None else self._meaning(derivation.graph)
        return Reading(
            self._and(derivation.certainty, accepted),
            derivation.graph,
            meaning,
            derivation.steps,
            derivation.weight + weight(accepted),
            complete,
        )

    def _put_aside(self, derivation: Derivation) -> None:
        """Keeps the derivation if nothing better was put aside: at an end, then furthest on the way, then most certain."""
        ended = self._advance.at_end(derivation)
        worth = (
            derivation.certainty > 0.0,
            ended,
            0 if ended else derivation.depth,
            derivation.certainty,
            derivation.weight,
        )
        if self._aside is None or worth > self._aside[0]:
            self._aside = (worth, derivation)

    def result(self, problems: tuple[str, ...]) -> Parse:
        """The readings found; if there are none, the best that was put aside."""
        readings = sorted(self._found.values(), key=lambda r: (-r.certainty, -r.weight))[: self._k]
        if not readings and self._aside is not None:
            aside = self._aside[1]
            readings = [self._reading(aside, complete=self._advance.at_end(aside))]
        return Parse(
            tuple(readings),
            self._proved,
            self._meter.limit,
            self._meter.steps,
            self._expanded,
            self._meter.milliseconds,
            problems,
        )
