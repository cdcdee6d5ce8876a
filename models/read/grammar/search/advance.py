"""Carrying a branch through the control diagram until there is a choice, an end, or no more budget."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from functools import partial
from typing import Literal

from models.read.grammar.compile.functions import grade
from models.read.grammar.graph import Draft
from models.read.grammar.production import State
from models.read.grammar.search.application import Applier
from models.read.grammar.search.branch import Branch, Conjunction, Shoot, Step, Trail, weight
from models.read.grammar.search.budget import Meter
from models.read.grammar.search.closures import Run
from models.read.grammar.search.decision import decided
from models.read.grammar.search.match import Match
from models.read.grammar.search.matching import Matcher

Ending = Literal["final", "choice", "dead", "unfinished"]


class Advance:
    """Works the control diagram on branches of one parse."""

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
        self.current: Branch | None = None  # where the work is, should it be broken off

    def run(self, branch: Branch, *, grace: bool) -> tuple[Ending, Branch, list[Shoot]]:
        """How the branch ends, the branch then, and the choices where it ends in one, best first."""
        while True:
            self.current = branch
            self._meter.steps += 1
            if self._meter.spent(grace=grace):
                return "unfinished", branch, []
            if len(branch.graph) > self._most_nodes:
                self._meter.limit = "nodes"
                return "unfinished", branch, []
            state = self._control[branch.state]
            if state.action == "finish":
                return "final", branch, []
            if branch.certainty <= 0.0:
                return "dead", branch, []
            if state.action == "check":
                branch = self._checked(branch, state)
                continue
            if branch.pending is None:
                branch.pending = self._matcher.all(state, branch.graph, branch.applied)
            if not branch.pending:
                branch = branch.moved(state.otherwise if state.action == "once" else state.then)
                continue
            if state.action == "closure":
                branch = self._closed(branch, state)
                continue
            children = self._once(branch, state) if state.action == "once" else self._repeat(branch, state)
            if len(children) == 1:
                branch = children[0].grown()
                continue
            if not children:
                return "dead", branch, []
            children.sort(key=lambda c: (c.bound, c.weight_bound), reverse=True)
            return "choice", branch, children

    def at_end(self, branch: Branch) -> bool:
        """Whether the branch stands in a finishing state."""
        return self._control[branch.state].action == "finish"

    def _checked(self, branch: Branch, state: State) -> Branch:
        self._run.graph = branch.graph
        certainty = 1.0 if state.condition is None else grade(state.condition((), self._run))
        moved = branch.moved(state.then)
        if certainty < 1.0:
            moved.certainty = self._and(branch.certainty, certainty)
            moved.weight += weight(certainty)
            moved.trail = Trail(Step(state.name, certainty, moved.certainty), branch.trail)
        return moved

    def _closed(self, branch: Branch, state: State) -> Branch:
        """The strongest matches applied, none of them a rival of a stronger one; no alternative is kept.

        A match that has to wait for a stronger one makes its own weaker rivals wait as well.
        """
        taken: list[Match] = []
        users: dict[int, list[Match]] = {}
        for match in sorted(branch.pending or (), key=lambda m: -m.certainty):
            if match.certainty < 0.5:
                break
            if not any(match.rivals(t, state.disturbs) for uid in match.uids for t in users.get(uid, ())):
                taken.append(match)
            for uid in match.uids:
                users.setdefault(uid, []).append(match)
        return self._applied(branch, state, taken) if taken else branch.moved(state.then)

    def _once(self, branch: Branch, state: State) -> list[Shoot]:
        pending = branch.pending or []
        children = [
            Shoot(
                self._and(branch.certainty, m.certainty),
                branch.weight + weight(m.certainty),
                branch.depth + 1,
                partial(self._taken, branch, state, m),
            )
            for m in pending
        ]
        if all(m.leave >= self._leave_below for m in pending):
            left = branch
            for match in pending:
                left = self._left(left, match, ())
            left = left.moved(state.otherwise)
            children.append(Shoot(left.certainty, left.weight, left.depth, partial(_itself, left)))
        return children

    def _taken(self, branch: Branch, state: State, match: Match) -> Branch:
        return self._applied(branch, state, [match]).moved(state.then)

    def _repeat(self, branch: Branch, state: State) -> list[Shoot]:
        pending = branch.pending or []
        decision = decided(state, pending, branch.excluded, self._leave_below)
        if decision.focus is None:
            grow = partial(self._applied, branch, state, decision.forced)
            return [Shoot(branch.certainty, branch.weight, branch.depth + 1, grow)]
        ceiling = self._and(branch.certainty, decision.ceiling)
        shared = branch.weight + decision.weight_ceiling
        focus, children = decision.focus, []

        def shoot(certainty: float, grow: Callable[[], Branch]) -> Shoot:
            bound = min(ceiling, self._and(branch.certainty, certainty))
            return Shoot(bound, shared + weight(certainty), branch.depth + 1, grow)

        if focus.key not in branch.excluded:
            children.append(shoot(focus.certainty, partial(self._applied, branch, state, [focus])))
        passed: list[Match] = []
        for rival in decision.rivals:
            if rival.key not in branch.excluded:
                grow = partial(self._applied, branch, state, [rival], tuple(passed))
                children.append(shoot(rival.certainty, grow))
                passed.append(rival)
        if focus.leave >= self._leave_below:
            children.append(shoot(focus.leave, partial(self._left, branch, focus, decision.rivals)))
        return children

    def _applied(
        self, branch: Branch, state: State, matches: Sequence[Match], excluded: Iterable[Match] = ()
    ) -> Branch:
        """The branch with the matches applied; those of them that an earlier one changed are left pending."""
        draft, trail = Draft(branch.graph), branch.trail
        certainty, weighed, again = branch.certainty, branch.weight, set(branch.applied)
        for match in matches:
            if not match.alive(draft):
                continue
            made = self._applier.apply(draft, match, branch.graph)
            certainty = self._and(certainty, match.certainty)
            weighed += weight(match.certainty)
            trail = Trail(
                Step(match.production.name, match.certainty, certainty, False, match.nodes, tuple(made)),
                trail,
            )
            if match.production.keeps_all:
                again.add(match.key)
            self._meter.steps += 1
            if len(draft.nodes) > self._most_nodes:
                break
        graph, applied = draft.frozen(), frozenset(again)
        pending = None
        if state.action != "once":
            closed = branch.declined | applied
            pending = self._matcher.after(state, graph, branch.pending or (), draft, closed)
        keys = {m.key for m in pending or ()}
        return Branch(
            graph,
            branch.state,
            certainty,
            weighed,
            pending,
            frozenset(k for k in branch.declined if all(uid in graph.nodes for uid in k[1])),
            frozenset(k for k in (*branch.excluded, *(m.key for m in excluded)) if k in keys),
            applied,
            trail,
            branch.depth + 1,
        )

    def _left(self, branch: Branch, match: Match, rivals: Iterable[Match]) -> Branch:
        """The branch with `match` left alone; its rivals' applications are other branches, so they are excluded."""
        certainty = self._and(branch.certainty, match.leave)
        if match.leave < self._leave_below:
            certainty = 0.0
        step = Step(match.production.name, match.leave, certainty, True, match.nodes)
        return Branch(
            branch.graph,
            branch.state,
            certainty,
            branch.weight + weight(match.leave),
            [m for m in branch.pending or () if m is not match],
            branch.declined | {match.key},
            (branch.excluded | {r.key for r in rivals}) - {match.key},
            branch.applied,
            Trail(step, branch.trail),
            branch.depth + 1,
        )


def _itself(branch: Branch) -> Branch:
    return branch
