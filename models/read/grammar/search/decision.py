"""What to decide next among the matches of a state, and what the rest can still cost.

Matches that share nothing commute: deciding them in one fixed order finds every reading once. So one match is in
focus at a time; the alternatives to applying it are to apply a rival, or to leave it alone.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from models.read.grammar.production import State
from models.read.grammar.search.derivation import weight
from models.read.grammar.search.match import Key, Match


@dataclass(slots=True)
class Decision:
    """Either matches to be applied at once (`forced`), or one in `focus` with its `rivals`.

    `ceiling` bounds the certainty of all that is pending, `weight_ceiling` its weight without the focus.
    """

    forced: list[Match]
    focus: Match | None
    rivals: list[Match]
    ceiling: float
    weight_ceiling: float


def decided(
    state: State, pending: Sequence[Match], excluded: frozenset[Key], ignore_below: float
) -> Decision:
    """The next decision among the `pending` matches, which stand in their order."""
    rivals = _rivals(state, pending)
    forced: list[Match] = []
    for i, match in enumerate(pending):
        if match.production.index not in state.stable or match.key in excluded or match.leave >= ignore_below:
            continue
        if not rivals[i] or (match.production.sure and all(_stronger(match, pending[r]) for r in rivals[i])):
            forced.append(match)
    if forced:
        apart = _apart(forced, state) if any(m.production.sure for m in forced) else forced
        return Decision(apart, None, [], 1.0, 0.0)
    first = pending[0]
    others = [pending[r] for r in rivals[0]]
    if first.key not in excluded and first.leave < ignore_below:
        sure = first.production.sure and all(_stronger(first, other) for other in others)
        if not others or sure:
            return Decision([first], None, [], 1.0, 0.0)
    return Decision([], first, others, *_ceilings(state, pending, rivals, excluded))


def _stronger(one: Match, other: Match) -> bool:
    return one.certainty >= other.certainty


def _rivals(state: State, pending: Sequence[Match]) -> list[list[int]]:
    """For each match the indices of those that applying one of the two may spoil."""
    users: dict[int, list[int]] = {}
    for i, match in enumerate(pending):
        for uid in match.uids:
            users.setdefault(uid, []).append(i)
    found: list[set[int]] = [set() for _ in pending]
    for sharing in users.values():
        for at, i in enumerate(sharing):
            for j in sharing[at + 1 :]:
                if j not in found[i] and pending[i].rivals(pending[j], state.disturbs):
                    found[i].add(j)
                    found[j].add(i)
    return [sorted(f) for f in found]


def _apart(matches: list[Match], state: State) -> list[Match]:
    """The matches less those that an earlier one rivals."""
    kept: list[Match] = []
    for match in matches:
        if not any(match.rivals(other, state.disturbs) for other in kept):
            kept.append(match)
    return kept


def _ceilings(
    state: State, pending: Sequence[Match], rivals: list[list[int]], excluded: frozenset[Key]
) -> tuple[float, float]:
    """What the pending matches can be at best: the certainty of the worst, and the weight of all but the focus.

    A match that later matches may rival promises nothing. Weights add up over matches without a rival in common.
    """
    ceiling, total = 1.0, 0.0
    counted: set[int] = {0, *rivals[0]}
    for i, match in enumerate(pending):
        if match.production.index not in state.stable:
            continue
        best = match.leave if match.key in excluded else max(match.leave, match.certainty)
        for r in rivals[i]:
            if pending[r].key not in excluded:
                best = max(best, pending[r].certainty)
        ceiling = min(ceiling, best)
        if i not in counted and counted.isdisjoint(rivals[i]):
            counted.add(i)
            counted.update(rivals[i])
            total += weight(best)
    return ceiling, total
