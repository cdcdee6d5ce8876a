"""Expressions compiled to Python functions: names resolved and checked once, no interpretation afterwards."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from models.read.grammar.budget import Budget, BudgetSpent, Meter
from models.read.grammar.compile.evaluation import QUANTIFIERS, Bound, Evaluator, Run, host_call, operation
from models.read.grammar.compile.functions import Functions
from models.read.grammar.compile.membership import Membership
from models.read.grammar.compile.operators import MEASURED, part
from models.read.grammar.compile.scope import Scope, Usage
from models.read.grammar.errors import GrammarMeaningFault, unknown
from models.read.grammar.graph import Graph, Node
from models.read.grammar.language import syntax
from models.read.grammar.language.syntax import Expression, Place

DEEPEST = 100


@dataclass(frozen=True, slots=True)
class Definition:
    """A compiled Define."""

    text: syntax.Define
    body: Evaluator
    kinds: tuple[str, ...]
    usage: Usage


class Compiler:
    """Compiles the expressions of one grammar. Raises GrammarMeaningFault for what means nothing."""

    def __init__(
        self,
        functions: Functions,
        defines: Mapping[str, syntax.Define],
        attributes: Callable[[Iterable[str]], frozenset[str] | None],
        labels: Callable[[str, str, Place], None],
    ) -> None:
        """`attributes` gives those that nodes of some labels may have; `labels` checks (kind, label, place)."""
        self.functions, self.defines = functions, defines
        self.attributes, self.check_label = attributes, labels
        self.constants: dict[str, Any] = {"inf": math.inf}
        self.memberships: dict[str, Membership] = {}
        self._definitions: dict[str, Definition] = {}
        self._underway: list[str] = []

    def compiled(self, expression: Expression, scope: Scope, usage: Usage) -> Evaluator:
        """The evaluator of `expression`; what it looks at is added to `usage`."""
        return self._compile(expression, scope, usage, 0)

    def value(self, expression: Expression) -> Any:
        """The value of an expression without nodes."""
        evaluate = self.compiled(expression, Scope(where="in a constant"), Usage())
        try:
            return evaluate((), Run(Graph({}, {}, 0), tick=Meter(Budget(steps=0, milliseconds=100)).tick))
        except BudgetSpent:
            raise GrammarMeaningFault("this value takes too long to reckon.", expression.place) from None

    def _compile(self, e: Expression, scope: Scope, usage: Usage, depth: int) -> Evaluator:  # noqa: PLR0911 - one a kind
        if depth > DEEPEST:
            raise GrammarMeaningFault("this expression is nested too deeply; split it with Define.", e.place)
        match e:
            case syntax.Number(value) | syntax.Text(value):
                return lambda b, run: value
            case syntax.Name():
                return self._name(e, scope, usage)
            case syntax.NodeRef():
                slot = self._node(e, scope)
                usage.read(slot, None)
                return lambda b, run: b[slot]
            case syntax.EdgeRef():
                return self._edge(e, scope, usage)
            case syntax.Attribute():
                return self._attribute(e, scope, usage, depth)
            case syntax.Call():
                return self._call(e, scope, usage, depth)
            case syntax.Quantified():
                return self._quantified(e, scope, usage, depth)
            case syntax.Operation():
                return operation(e.operator, [self._compile(o, scope, usage, depth + 1) for o in e.operands])

    def _name(self, e: syntax.Name, scope: Scope, usage: Usage) -> Evaluator:
        if e.name in scope.variables:
            slot = scope.variables[e.name]
            usage.read(slot, None)
            return lambda b, run: b[slot]
        if e.name in self.constants or e.name in self.memberships:
            value = self.constants[e.name] if e.name in self.constants else self.memberships[e.name]
            return lambda b, run: value
        names = [*scope.variables, *self.constants, *self.memberships]
        raise unknown("constant, membership or parameter", e.name, names, e.place)

    def _node(self, e: syntax.NodeRef | syntax.EdgeRef, scope: Scope, number: int | None = None) -> int:
        number = e.number if isinstance(e, syntax.NodeRef) else number
        if isinstance(e, syntax.NodeRef) and e.right:
            raise GrammarMeaningFault(
                f"{number}' can only be read attribute by attribute, as {number}'.name.", e.place
            )
        if number not in scope.left:
            known = f"its nodes are {', '.join(map(str, scope.left))}" if scope.left else "there are no nodes"
            raise GrammarMeaningFault(f"there is no node {number} {scope.where}; {known}.", e.place)
        return scope.left[number]  # type: ignore[index]

    def _end(self, e: syntax.EdgeRef, end: int | str, scope: Scope) -> int:
        if isinstance(end, int):
            return self._node(e, scope, end)
        if end not in scope.variables:
            raise unknown("variable or parameter", end, scope.variables, e.place)
        return scope.variables[end]

    def _edge(self, e: syntax.EdgeRef, scope: Scope, usage: Usage) -> Evaluator:
        find = self._edge_finder(e, scope, usage)
        return lambda b, run: 0.0 if find(b, run) is None else 1.0

    def _edge_finder(self, e: syntax.EdgeRef, scope: Scope, usage: Usage) -> Evaluator:
        first, second, label = self._end(e, e.first, scope), self._end(e, e.second, scope), e.label
        if label is not None:
            self.check_label("edge", label, e.place)
        usage.edges = True
        for slot in (first, second):
            usage.read(slot, ())

        def find(b: Bound, run: Run) -> Any:
            one, other = b[first], b[second]
            both = isinstance(one, Node) and isinstance(other, Node)
            return run.graph.edge(one, other, label) if both else None

        return find

    def _attribute(self, e: syntax.Attribute, scope: Scope, usage: Usage, depth: int) -> Evaluator:
        of, name = e.of, e.name
        if isinstance(of, syntax.EdgeRef):
            find = self._edge_finder(of, scope, usage)

            def of_edge(b: Bound, run: Run) -> Any:
                edge = find(b, run)
                return None if edge is None else edge.attributes.get(name)

            return of_edge
        if isinstance(of, syntax.NodeRef) and of.right:
            number = of.number
            if number not in scope.right:
                raise GrammarMeaningFault(f"there is no node {number}' to read {scope.where}.", of.place)
            return lambda b, run: run.right[number].get(name)
        slot, labels = None, ()
        if isinstance(of, syntax.NodeRef):
            slot, labels = self._node(of, scope), scope.left_labels.get(of.number, ())  # type: ignore[assignment]
        elif isinstance(of, syntax.Name) and of.name in scope.variables:
            slot, labels = scope.variables[of.name], scope.variable_labels.get(of.name, ())  # type: ignore[assignment]
        if slot is None:
            value = self._compile(of, scope, usage, depth + 1)
            return lambda b, run: part(value(b, run), name)
        known = self.attributes(labels) if labels else None
        if known is not None and name not in known and name not in MEASURED:
            raise unknown(f"attribute of {' or '.join(labels)}", name, [*known, *MEASURED], e.place)
        usage.read(slot, (name, "centre") if name in ("x", "y") else (name,))
        at = slot
        if isinstance(of, syntax.NodeRef) and name not in MEASURED:
            return lambda b, run: b[at].attributes.get(name)
        return lambda b, run: part(b[at], name)

    # calls

    def _call(self, e: syntax.Call, scope: Scope, usage: Usage, depth: int) -> Evaluator:
        if e.function in self.defines:
            return self._defined_call(e, scope, usage, depth)
        function = self.functions.get(e.function)
        if function is None:
            raise unknown("function", e.function, [*self.functions, *self.defines], e.place)
        count = len(e.arguments)
        least = len(function.parameters)
        if count < least or (count > least and not function.more):
            raise _count_fault(e, least, function.more)
        kinds = [function.kind(i) for i in range(count)]
        arguments = [
            self._argument(a, kind, scope, usage, depth, function.reads)
            for a, kind in zip(e.arguments, kinds, strict=True)
        ]
        if e.function == "match" and isinstance(e.arguments[0], syntax.Name):
            fuzzy_set = self.memberships.get(e.arguments[0].name)
            if fuzzy_set is not None:
                value, curve = arguments[1], fuzzy_set
                return lambda b, run: curve(value(b, run))
        return host_call(function, arguments)

    def _argument(
        self, a: Expression, kind: str, scope: Scope, usage: Usage, depth: int, reads: frozenset[str] | None
    ) -> Evaluator:
        if kind == "fuzzy set" and isinstance(a, syntax.Name) and a.name not in scope.variables:
            if a.name not in self.memberships:
                raise unknown("membership", a.name, self.memberships, a.place)
        elif kind == "place":
            if isinstance(a, syntax.Number) and isinstance(a.value, int):
                a = syntax.NodeRef(a.value, False, a.place)
            slot = None
            if isinstance(a, syntax.NodeRef):
                slot = self._node(a, scope)
            elif isinstance(a, syntax.Name):
                slot = scope.variables.get(a.name)
            if slot is not None:
                usage.read(slot, reads)
                at = slot
                return lambda b, run: b[at]
        return self._compile(a, scope, usage, depth + 1)

    def _defined_call(self, e: syntax.Call, scope: Scope, usage: Usage, depth: int) -> Evaluator:
        definition = self.definition(e.function, e.place)
        if len(e.arguments) != len(definition.kinds):
            raise _count_fault(e, len(definition.kinds), more=False)
        usage.around(definition.usage)
        arguments = []
        for slot, (argument, kind) in enumerate(zip(e.arguments, definition.kinds, strict=True)):
            reads = definition.usage.reads.get(slot, set())
            arguments.append(
                self._argument(
                    argument, kind, scope, usage, depth, None if reads is None else frozenset(reads)
                )
            )
        body = definition.body
        if len(arguments) == 2:
            one, two = arguments

            def of_two(b: Bound, run: Run) -> Any:
                run.tick()  # definitions that call definitions may call very often
                return body((one(b, run), two(b, run)), run)

            return of_two
        every = tuple(arguments)

        def called(b: Bound, run: Run) -> Any:
            run.tick()
            return body(tuple([a(b, run) for a in every]), run)

        return called

    def definition(self, name: str, place: Place) -> Definition:
        """The compiled Define `name`; a fault where definitions go in a circle."""
        if name in self._definitions:
            return self._definitions[name]
        if name in self._underway:
            circle = " -> ".join([*self._underway[self._underway.index(name) :], name])
            raise GrammarMeaningFault(f"definitions go in a circle: {circle}.", place)
        if len(self._underway) > DEEPEST // 2:
            raise GrammarMeaningFault("definitions lean on each other too deeply.", place)
        self._underway.append(name)
        text = self.defines[name]
        slots = {p: i for i, p in enumerate(text.parameters)}
        usage = Usage()
        scope = Scope(variables=slots, size=len(slots), where=f"in the definition of {name}")
        body = self.compiled(text.body, scope, usage)
        kinds = tuple(self._parameter_kind(text.body, p) for p in text.parameters)
        self._underway.pop()
        made = Definition(text, body, kinds, usage)
        self._definitions[name] = made
        return made

    def _parameter_kind(self, e: Expression, parameter: str) -> str:
        """The kind of a parameter, from the calls in which it stands as an argument."""
        if isinstance(e, syntax.Call):
            function, definition = self.functions.get(e.function), self._definitions.get(e.function)
            for i, argument in enumerate(e.arguments):
                if isinstance(argument, syntax.Name) and argument.name == parameter:
                    kind = definition.kinds[i] if definition else function.kind(i) if function else "value"
                else:
                    kind = self._parameter_kind(argument, parameter)
                if kind != "value":
                    return kind
        elif isinstance(e, syntax.EdgeRef) and parameter in (e.first, e.second):
            return "place"
        elif isinstance(e, syntax.Attribute):
            is_it = isinstance(e.of, syntax.Name) and e.of.name == parameter
            return "place" if is_it else self._parameter_kind(e.of, parameter)
        elif isinstance(e, (syntax.Operation, syntax.Quantified)):
            parts = e.operands if isinstance(e, syntax.Operation) else (e.body,)
            return next((k for p in parts if (k := self._parameter_kind(p, parameter)) != "value"), "value")
        return "value"

    def _quantified(self, e: syntax.Quantified, scope: Scope, usage: Usage, depth: int) -> Evaluator:
        for label in e.labels:
            self.check_label("node", label, e.place)
        if e.variable in scope.variables or e.variable in self.constants or e.variable in self.memberships:
            raise GrammarMeaningFault(
                f"{e.variable} already means something here; take another name.", e.place
            )
        inner = Scope(
            scope.left,
            scope.left_labels,
            scope.right,
            {**scope.variables, e.variable: scope.size},
            {**scope.variable_labels, e.variable: e.labels},
            scope.size + 1,
            scope.where,
        )
        inside = Usage()
        body = self._compile(e.body, inner, inside, depth + 1)
        for slot, names in inside.reads.items():
            if slot < scope.size:
                usage.read(slot, names)
        usage.around(inside)
        usage.quantifies = True
        usage.labels = None if usage.labels is None or not e.labels else usage.labels | set(e.labels)
        return QUANTIFIERS[e.quantifier](e.labels, body)


def _count_fault(e: syntax.Call, least: int, more: bool) -> GrammarMeaningFault:
    wanted = f"at least {least}" if more else str(least)
    return GrammarMeaningFault(
        f"{e.function} takes {wanted} argument{'s' * (least != 1)}, not {len(e.arguments)}.", e.place
    )
