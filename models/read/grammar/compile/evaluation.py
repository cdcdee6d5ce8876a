"""Compiled expressions: each becomes a function, its evaluator, and these are called within the run of a parse.

An evaluator takes the bound values (left-hand nodes in order, then variables) and the run. (The state `closure` of the
control diagram is something else: see `search.advance`.)
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from typing import Any

from models.read.grammar.budget import Meter
from models.read.grammar.compile.functions import HostFunction, grade
from models.read.grammar.compile.operators import BINARY, negative, somewhat, truth, very
from models.read.grammar.graph import Graph


class Run:
    """What evaluators see of the parse that they are called in."""

    __slots__ = ("environment", "graph", "problems", "right", "strict", "tick")

    def __init__(
        self,
        graph: Graph,
        environment: Any = None,
        *,
        strict: bool = False,
        tick: Callable[[], None] | None = None,
    ) -> None:
        """`tick` is called once for every node that a loop tries; it may raise BudgetSpent."""
        self.graph, self.environment, self.strict = graph, environment, strict
        self.tick = tick or Meter().tick
        self.right: dict[int, dict[str, Any]] = {}
        self.problems: dict[str, str] = {}

    def failed(self, function: str, error: Exception) -> Any:
        """None, a missing value; remembers the failure of a host function, or raises it where the run is strict."""
        if self.strict:
            raise error
        self.problems.setdefault(function, f"the function {function} failed: {type(error).__name__}: {error}")
        return None


Bound = tuple[Any, ...]
Evaluator = Callable[[Bound, Run], Any]


def host_call(function: HostFunction, arguments: list[Evaluator]) -> Evaluator:
    """The call of a host function; what it raises is noted in the run's problems, and the value is then missing."""
    call, name, noted = function.call, function.name, function.reads is None or function.environment
    every = tuple(arguments)
    if len(every) == 1 and not function.environment:
        only = every[0]

        def one(b: Bound, run: Run) -> Any:
            value = only(b, run)  # a failure in here is noted where it happens
            try:
                return call(value)
            except Exception as error:  # noqa: BLE001 - whatever a host's function raises
                return run.failed(name, error) if noted else None

        return one

    def several(b: Bound, run: Run) -> Any:
        values = [a(b, run) for a in every]
        try:
            return call(run.environment, *values) if function.environment else call(*values)
        except Exception as error:  # noqa: BLE001 - whatever a host's function raises
            return run.failed(name, error) if noted else None

    return several


def operation(operator: str, operands: list[Evaluator]) -> Evaluator:
    """The evaluator of an operator of the language."""
    if operator in BINARY:
        one, two = operands
        work = BINARY[operator]
        return lambda b, run: work(one(b, run), two(b, run))
    if operator == "?:":
        condition, yes, no = operands
        return lambda b, run: yes(b, run) if truth(condition(b, run)) else no(b, run)
    every = tuple(operands)
    if operator == "AND":

        def least(b: Bound, run: Run) -> float:
            lowest = 1.0
            for operand in every:
                lowest = min(lowest, grade(operand(b, run)))
                if lowest == 0.0:
                    break
            return lowest

        return least
    if operator == "OR":

        def greatest(b: Bound, run: Run) -> float:
            highest = 0.0
            for operand in every:
                highest = max(highest, grade(operand(b, run)))
                if highest == 1.0:
                    break
            return highest

        return greatest
    only = every[0]
    if operator == "NOT":
        return lambda b, run: 1.0 - grade(only(b, run))
    work_one = {"negative": negative, "very": very, "somewhat": somewhat}[operator]
    return lambda b, run: work_one(only(b, run))


def _quantifier(fold: Callable[[Iterable[Any]], Any]) -> Callable[[tuple[str, ...], Evaluator], Evaluator]:
    def make(labels: tuple[str, ...], body: Evaluator) -> Evaluator:
        def evaluate(b: Bound, run: Run) -> Any:
            nodes = run.graph.labelled(*labels)
            tick = run.tick
            for _ in nodes:
                tick()
            return fold(body((*b, node), run) for node in nodes if node not in b)

        return evaluate

    return make


QUANTIFIERS = {
    "exists": _quantifier(lambda values: max(map(grade, values), default=0.0)),
    "forall": _quantifier(lambda values: min(map(grade, values), default=1.0)),
    "count": _quantifier(lambda values: sum(map(grade, values))),
    "sum": _quantifier(
        lambda values: sum(v for v in values if isinstance(v, (int, float)) and not math.isnan(v))
    ),
}
