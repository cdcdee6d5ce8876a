"""Tree to text: the same language that language.py reads, laid out in one way, with comments kept."""

from __future__ import annotations

from collections.abc import Iterable

from models.read.grammar.language import syntax
from models.read.grammar.language.syntax import Expression, Item, Statement

# how tightly an operator binds, as the rules of language.lark nest
_TERNARY, _OR, _AND, _NOT, _COMPARE, _SUM, _PRODUCT, _UNARY, _ATOM = range(9)
_BINDING = {"OR": _OR, "AND": _AND, "NOT": _NOT, "+": _SUM, "-": _SUM, "*": _PRODUCT, "/": _PRODUCT}
_BINDING |= dict.fromkeys(("<", ">", "<=", ">=", "==", "!="), _COMPARE)
_BINDING |= dict.fromkeys(("negative", "very", "somewhat"), _UNARY)


def print_items(items: Iterable[Item]) -> str:
    """The text of declarations and productions; parsing it gives them back."""
    return "\n".join(print_item(item) for item in items)


def print_item(item: Item) -> str:  # noqa: PLR0911 - one line a kind
    """The text of one declaration or production, ending in a line break."""
    match item:
        case syntax.Title(name, text):
            title = f' "{text}"' if text else ""
            return f"Grammar {name}{title};\n"
        case syntax.Option(name, value):
            return f"Option {name} = {value if isinstance(value, str) else _number(value)};\n"
        case syntax.Constant(name, value):
            return f"Constant {name} = {print_expression(value)};\n"
        case syntax.MembershipText(name, shape, parameters):
            return f"Membership {name} = {shape}({_listed(parameters)});\n"
        case syntax.Define(name, parameters, body):
            return f"Define {name}({', '.join(parameters)}) = {print_expression(body)};\n"
        case syntax.Vocabulary(labels):
            return "Vocabulary {\n" + "".join(f"    {_label(label)};\n" for label in labels) + "}\n"
        case syntax.Initial(labels):
            return f"Initial = {{{', '.join(labels)}}}\n"
        case syntax.ProductionText():
            return _production(item)
        case syntax.Control(start, states):
            first = f"    Start {start};\n" if start else ""
            return "Control {\n" + first + "".join(f"    {_state(s)}\n" for s in states) + "}\n"


def print_expression(expression: Expression) -> str:
    """The text of an expression, with the brackets it needs and no more."""
    return _expression(expression, _TERNARY)


def _expression(e: Expression, least: int) -> str:  # noqa: PLR0911 - one line a kind
    match e:
        case syntax.Number(value):
            return _number(value)
        case syntax.Text(value):
            return f'"{value}"'
        case syntax.Name(name):
            return name
        case syntax.NodeRef(number, right):
            return f"{number}'" if right else f"_{number}"
        case syntax.EdgeRef(first, second, label):
            return f"edge({first}, {second}{f', {label}' if label else ''})"
        case syntax.Attribute(of, name):
            inner = _expression(of, _ATOM)
            return f"({inner}).{name}" if isinstance(of, syntax.Number) else f"{inner}.{name}"
        case syntax.Call(function, arguments):
            return f"{function}({_listed(arguments)})"
        case syntax.Quantified(quantifier, labels, variable, body):
            return f"{quantifier}({' | '.join(labels) or '*'} {variable}: {print_expression(body)})"
        case syntax.Operation(operator, operands):
            text, binding = _operation(operator, operands)
            return text if binding >= least else f"({text})"


def _operation(operator: str, operands: tuple[Expression, ...]) -> tuple[str, int]:
    if operator == "?:":
        condition, yes, no = operands
        return (
            f"{_expression(condition, _OR)} ? {print_expression(yes)} : {print_expression(no)}",
            _TERNARY,
        )
    binding = _BINDING[operator]
    if operator in ("AND", "OR"):
        return f" {operator} ".join(_expression(o, binding + 1) for o in operands), binding
    if operator == "negative":
        return f"-{_expression(operands[0], binding)}", binding
    if len(operands) == 1:
        return f"{operator} {_expression(operands[0], binding)}", binding
    first = binding + 1 if binding == _COMPARE else binding
    left, right = _expression(operands[0], first), _expression(operands[1], binding + 1)
    return f"{left} {operator} {right}", binding


def _number(value: float) -> str:
    if value == float("inf"):
        return "1e999"
    return repr(value)


def _listed(expressions: Iterable[Expression]) -> str:
    return ", ".join(print_expression(e) for e in expressions)


def _label(label: syntax.LabelText) -> str:
    attributes = "" if label.attributes is None else f" ({', '.join(label.attributes)})"
    return f"{label.kind} {label.name}{' directed' if label.directed else ''}{attributes}"


def _set(parts: Iterable[str]) -> str:
    return "{" + ", ".join(parts) + "}"


def _production(p: syntax.ProductionText) -> str:
    def edges(patterns: tuple[syntax.EdgePattern, ...]) -> str:
        return _set(f"({e.first}, {e.second}{f', {e.label}' if e.label else ''})" for e in patterns)

    left = _set(f"({n.number}, {' | '.join(n.labels) or '*'})" for n in p.left)
    right = _set(f"({n.number}{f', {n.label}' if n.label else ''})" for n in p.right)
    lines = [
        f"Production {p.name}{' sure' if p.sure else ''}{f'  # {p.comment}' if p.comment else ''}",
        f"GL: Nodes = {left} Edges = {edges(p.left_edges)}",
        f"GR: Nodes = {right} Edges = {edges(p.right_edges)}",
    ]
    if p.embed:
        lines.append(f"Embed = {_set(_embedding(e) for e in p.embed)}")
    if p.near:
        lines.append(f"Near = {_set(_nearness(n) for n in p.near)}")
    if p.attrib:
        lines += ["Attrib: {", *(_statement(s, 1) for s in p.attrib), "}"]
    if p.apply is not None:
        lines.append(f"Apply = {{{print_expression(p.apply)}}}")
    if p.leave is not None:
        lines.append(f"Leave = {{{print_expression(p.leave)}}}")
    return "\n".join(lines) + "\n"


def _embedding(e: syntax.Embedding) -> str:
    label = f", {e.label}" if e.label else ""
    return f"({e.left}, {e.right}{label}{f' -> {e.renamed}' if e.renamed else ''})"


def _nearness(n: syntax.Nearness) -> str:
    down = "" if n.down is None else f", {print_expression(n.down)}"
    return f"({n.first}, {n.second}, {print_expression(n.across)}{down})"


def _statement(s: Statement, depth: int) -> str:
    margin = "    " * depth
    match s:
        case syntax.Assign(target, name, value):
            where = print_expression(target)
            return f"{margin}{where}.{name} = {print_expression(value)};"
        case syntax.CopyAll(target, source):
            return f"{margin}All({target}') = All({source});"
        case syntax.If(condition, then, otherwise):
            lines = [
                f"{margin}if ({print_expression(condition)}) {{",
                *(_statement(t, depth + 1) for t in then),
            ]
            if otherwise:
                lines += [f"{margin}}} else {{", *(_statement(t, depth + 1) for t in otherwise)]
            return "\n".join([*lines, f"{margin}}}"])


def _state(s: syntax.StateText) -> str:
    names = _set(s.productions)
    match s.action:
        case "once":
            return f"{s.name}: once {names} success {s.then} failure {s.otherwise};"
        case "check" if s.condition is not None:
            return f"{s.name}: check {{{print_expression(s.condition)}}} then {s.then};"
        case "finish":
            return f"{s.name}: finish;"
        case action:
            return f"{s.name}: {action} {names} then {s.then};"
