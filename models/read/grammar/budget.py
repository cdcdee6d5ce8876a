"""How much work a parse may cost, and the meter that counts it."""

from __future__ import annotations

import time
from dataclasses import dataclass

# until a first reading is found, a parse may go on beyond its budget: nothing is no answer
GRACE_STEPS = 3_000
GRACE_TIMES, GRACE_MILLISECONDS = 2.0, 500.0
_TRIALS_A_STEP, _TRIALS = 50, 500_000


@dataclass(frozen=True)
class Budget:
    """Limits of a parse. At a limit, the best readings found so far are given, at least one.

    `steps` counts applications and decisions over all alternatives; `milliseconds` is the
    processor's time for this thread, so that a busy machine reads what an idle one reads; `nodes` limits
    the size of one graph (None: eight times the tokens and 256). Until there is a first reading, a parse may take
    3000 steps, and as much time as the limit and half a second, more.
    """

    steps: int = 20_000
    milliseconds: float = 2_000.0
    nodes: int | None = None


class BudgetSpent(Exception):  # noqa: N818 - named for what has happened
    """The work of a parse has come to its last limit."""


class Meter:
    """Counts the steps, trials and time of a parse."""

    def __init__(self, budget: Budget | None = None) -> None:
        self.budget = budget or Budget()
        self.steps = 0
        self.trials = 0
        self.limit: str | None = None  # which limit was met
        self._began = time.thread_time()
        self._most_trials = _TRIALS_A_STEP * self.budget.steps + _TRIALS

    @property
    def milliseconds(self) -> float:
        """Processor time since the beginning."""
        return 1000.0 * (time.thread_time() - self._began)

    def tick(self) -> None:
        """Counts one trial of a node in a match or a quantifier; BudgetSpent where all limits are far behind."""
        self.trials += 1
        if self.trials & 255:
            return
        if self.trials > self._most_trials:
            self.limit = "trials"
            raise BudgetSpent
        if self.milliseconds > GRACE_TIMES * self.budget.milliseconds + GRACE_MILLISECONDS:
            self.limit = "milliseconds"
            raise BudgetSpent

    def spent(self, *, grace: bool) -> bool:
        """Whether a limit is met; with `grace`, the limits are those for a first reading."""
        steps = self.budget.steps + (GRACE_STEPS if grace else 0)
        most = self.budget.milliseconds
        if grace:
            most = GRACE_TIMES * most + GRACE_MILLISECONDS
        if self.steps >= steps:
            self.limit = "steps"
        elif self.milliseconds >= most:
            self.limit = "milliseconds"
        else:
            return False
        return True
