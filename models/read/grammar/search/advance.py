"""A derivation taken through the control diagram until there is a choice, an end, or no more budget."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from functools import partial
from typing import Literal

from models.read.grammar.budget import Meter
from models.read.grammar.compile.evaluation import Run
from models.read.grammar.compile.functions import grade
from models.read.grammar.graph import Draft
from models.read.grammar.production import State
from models.read.grammar.search.application import Applier
from models.read.grammar.search.decision import decided
from models.read.grammar.search.derivation import Alternative, Conjunction, Derivation, History, Step, weight
from models.read.grammar.search.match import Match
from models.read.grammar.search.matching import Matcher

Ending = Literal["final", "choice", "dead", "unfinished"]


class Advance:
    """Runs the control diagram on the derivations of one parse."""

    def __init__(
        self,
        control: Sequence[State],
        matcher: Matcher,
        applier: Applier,
        run: Run,
        meter: Meter,
        conjunction: Conjunction,
        ignore_below: float,
        sure_above: float,
        most_nodes: int,
    ) -> None:
        self._control, self._matcher, self._applier, self._run = control, matcher, applier, run
        self._meter, self._and = meter, conjunction
        self._leave_below = max(ignore_below, 1.0 - sure_above) if sure_above < 1.0 else ignore_below
        self._most_nodes = most_nodes
        self.current: Derivation | None = None  # the derivation at work, kept if the budget ends here

    def run(self, derivation: Derivation, *, grace: bool) -> tuple[Ending, Derivation, list[Alternative]]:
        """How the derivation ends, the derivation then, and, where it ends in a choice, the alternatives, best first."""
        while True:
            self.current = derivation
            self._meter.steps += 1
            if self._meter.spent(grace=grace):
                return "unfinished", derivation, []
            if len(derivation.graph) > self._most_nodes:
                self._meter.limit = "nodes"
                return "unfinished", derivation, []
            state = self._control[derivation.state]
            if state.action == "finish":
                return "final", derivation, []
            if derivation.certainty <= 0.0:
                return "dead", derivation, []
            if state.action == "check":
                derivation = self._checked(derivation, state)
                continue
            if derivation.pending is None:
                derivation.pending = self._matcher.all(state, derivation.graph, derivation.applied)
            if not derivation.pending:
                derivation = derivation.moved(state.otherwise if state.action == "once" else state.then)
                continue
            if state.action == "closure":
                derivation = self._closed(derivation, state)
                continue
            children = (
                self._once(derivation, state) if state.action == "once" else self._repeat(derivation, state)
            )
            if len(children) == 1:
                derivation = children[0].derive()
                continue
            if not children:
                return "dead", derivation, []
            children.sort(key=lambda c: (c.bound, c.weight_bound), reverse=True)
            return "choice", derivation, children

    def at_end(self, derivation: Derivation) -> bool:
        """Whether the derivation stands in a finishing state."""
        return self._control[derivation.state].action == "finish"

    def _checked(self, derivation: Derivation, state: State) -> Derivation:
        self._run.graph = derivation.graph
        certainty = 1.0 if state.condition is None else grade(state.condition((), self._run))
        moved = derivation.moved(state.then)
        if certainty < 1.0:
            moved.certainty = self._and(derivation.certainty, certainty)
            moved.weight += weight(certainty)
            moved.history = History(Step(state.name, certainty, moved.certainty), derivation.history)
        return moved

    def _closed(self, derivation: Derivation, state: State) -> Derivation:
        """The derivation after one round of a closure: the best matches are applied at once, and no alternative is kept.

        Matches are taken from the most certain down to 0.5; one that contradicts a better match (its rival) is not
        applied in this round. Nor is one that contradicts such a postponed match: after the round, when the graph has
        changed and matches are found anew, the postponed one may turn out to be possible, and it goes first because it is
        the better of the two. So rounds give what applying one match at a time, best first, would give.
        """
        taken: list[Match] = []
        users: dict[int, list[Match]] = {}
        for match in sorted(derivation.pending or (), key=lambda m: -m.certainty):
            if match.certainty < 0.5:
                break
            if not any(match.rivals(t, state.disturbs) for uid in match.uids for t in users.get(uid, ())):
                taken.append(match)
            for uid in match.uids:
                users.setdefault(uid, []).append(match)
        return self._applied(derivation, state, taken) if taken else derivation.moved(state.then)

    def _once(self, derivation: Derivation, state: State) -> list[Alternative]:
        pending = derivation.pending or []
        children = [
            Alternative(
                self._and(derivation.certainty, m.certainty),
                derivation.weight + weight(m.certainty),
                derivation.depth + 1,
                partial(self._taken, derivation, state, m),
            )
            for m in pending
        ]
        if all(m.leave >= self._leave_below for m in pending):
            left = derivation
            for match in pending:
                left = self._left(left, match, ())
            left = left.moved(state.otherwise)
            children.append(Alternative(left.certainty, left.weight, left.depth, partial(_itself, left)))
        return children

    def _taken(self, derivation: Derivation, state: State, match: Match) -> Derivation:
        return self._applied(derivation, state, [match]).moved(state.then)

    def _repeat(self, derivation: Derivation, state: State) -> list[Alternative]:
        pending = derivation.pending or []
        decision = decided(state, pending, derivation.excluded, self._leave_below)
        if decision.focus is None:
            derive = partial(self._applied, derivation, state, decision.forced)
            return [Alternative(derivation.certainty, derivation.weight, derivation.depth + 1, derive)]
        ceiling = self._and(derivation.certainty, decision.ceiling)
        shared = derivation.weight + decision.weight_ceiling
        focus, children = decision.focus, []

        def alternative(certainty: float, derive: Callable[[], Derivation]) -> Alternative:
            bound = min(ceiling, self._and(derivation.certainty, certainty))
            return Alternative(bound, shared + weight(certainty), derivation.depth + 1, derive)

        if focus.key not in derivation.excluded:
            children.append(alternative(focus.certainty, partial(self._applied, derivation, state, [focus])))
        passed: list[Match] = []
        for rival in decision.rivals:
            if rival.key not in derivation.excluded:
                derive = partial(self._applied, derivation, state, [rival], tuple(passed))
                children.append(alternative(rival.certainty, derive))
                passed.append(rival)
        if focus.leave >= self._leave_below:
            children.append(alternative(focus.leave, partial(self._left, derivation, focus, decision.rivals)))
        return children

    def _applied(
        self, derivation: Derivation, state: State, matches: Sequence[Match], excluded: Iterable[Match] = ()
    ) -> Derivation:
        """The derivation with the matches applied; matches whose nodes an earlier one changed stay pending."""
        draft, history = Draft(derivation.graph), derivation.history
        certainty, weighed, again = derivation.certainty, derivation.weight, set(derivation.applied)
        for match in matches:
            if not match.alive(draft):
                continue
            made = self._applier.apply(draft, match, derivation.graph)
            certainty = self._and(certainty, match.certainty)
            weighed += weight(match.certainty)
            history = History(
                Step(match.production.name, match.certainty, certainty, False, match.nodes, tuple(made)),
                history,
            )
            if match.production.keeps_all:
                again.add(match.key)
            self._meter.steps += 1
            if len(draft.nodes) > self._most_nodes:
                break
        graph, applied = draft.frozen(), frozenset(again)
        pending = None
        if state.action != "once":
            closed = derivation.declined | applied
            pending = self._matcher.after(state, graph, derivation.pending or (), draft, closed)
        keys = {m.key for m in pending or ()}
        return Derivation(
            graph,
            derivation.state,
            certainty,
            weighed,
            pending,
            frozenset(k for k in derivation.declined if all(uid in graph.nodes for uid in k[1])),
            frozenset(k for k in (*derivation.excluded, *(m.key for m in excluded)) if k in keys),
            applied,
            history,
            derivation.depth + 1,
        )

    def _left(self, derivation: Derivation, match: Match, rivals: Iterable[Match]) -> Derivation:
        """The derivation with `match` not applied; other derivations apply its rivals, so those are excluded here."""
        certainty = self._and(derivation.certainty, match.leave)
        if match.leave < self._leave_below:
            certainty = 0.0
        step = Step(match.production.name, match.leave, certainty, True, match.nodes)
        return Derivation(
            derivation.graph,
            derivation.state,
            certainty,
            derivation.weight + weight(match.leave),
            [m for m in derivation.pending or () if m is not match],
            derivation.declined | {match.key},
            (derivation.excluded | {r.key for r in rivals}) - {match.key},
            derivation.applied,
            History(step, derivation.history),
            derivation.depth + 1,
        )


def _itself(derivation: Derivation) -> Derivation:
    return derivation
