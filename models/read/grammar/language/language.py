"""Text to tree: the language of productions parsed by lark (language.lark), with errors that name the place."""

from __future__ import annotations

import functools
import re
from collections.abc import Iterable
from importlib import resources
from typing import Any, cast

from lark import Lark, Token, Transformer, v_args
from lark.exceptions import UnexpectedInput, VisitError
from lark.tree import Meta

from models.read.grammar.errors import GrammarSyntaxFault
from models.read.grammar.language import syntax
from models.read.grammar.language.expected import syntax_fault
from models.read.grammar.language.syntax import Expression, Item, Place

LARGEST = 200_000  # characters of one file, and of all files of a folder
DEEPEST = 60  # brackets within brackets, or branches of else
LONGEST = 200  # operators of one expression

_SIGNS = re.compile(
    r"(?P<skip>#[^\n]*|\"[^\"\n]*\")|(?P<open>[{(\[])|(?P<close>[})\]])|(?P<end>[;,])"
    r"|(?P<else>\belse\b)|(?P<operator>[-+*/?<>]|\.(?=[a-z])|\b(?:and|or|not|very|somewhat|if)\b)",
    re.IGNORECASE,
)


def parse_text(text: str, file: str = "grammar") -> tuple[Item, ...]:
    """The declarations and productions of `text`, unchecked.

    Raises GrammarSyntaxFault, which names `file`, line and column, and what was expected there.
    """
    text = text.removeprefix("\ufeff")
    if len(text) > LARGEST:
        raise GrammarSyntaxFault(
            f"the file has {len(text)} characters; split it into files of at most {LARGEST}.",
            Place(file, 1, 1),
        )
    _check_depth(text, file)
    try:
        tree = _lark().parse(text)
        return cast("tuple[Item, ...]", _Builder(file, text.split("\n")).transform(tree))
    except UnexpectedInput as error:
        raise syntax_fault(error, text, file, _lark()) from None
    except VisitError as error:
        if isinstance(error.orig_exc, GrammarSyntaxFault):
            raise error.orig_exc from None
        if isinstance(error.orig_exc, RecursionError):
            raise _too_deep(Place(file, 1, 1)) from None
        raise
    except RecursionError:
        raise _too_deep(Place(file, 1, 1)) from None


def _too_deep(place: Place) -> GrammarSyntaxFault:
    return GrammarSyntaxFault("an expression is nested too deeply; split it with Define.", place)


@functools.lru_cache(maxsize=1)
def _lark() -> Lark:
    grammar = resources.files(__package__).joinpath("language.lark").read_text("utf-8")
    return Lark(grammar, parser="lalr", propagate_positions=True, maybe_placeholders=True)


def _check_depth(text: str, file: str) -> None:
    """Raises a fault where the tree would be too deep to walk, before lark builds it."""
    depth = operators = branches = 0
    for found in _SIGNS.finditer(text):
        kind = found.lastgroup
        if kind == "open":
            depth += 1
        elif kind == "close":
            depth -= 1
        elif kind == "operator":
            operators += 1
        elif kind == "else":
            branches += 1
        if kind == "end" or found[0] in "{}":
            operators = 0
            branches = branches if kind == "end" else 0
        if depth > DEEPEST or operators > LONGEST or branches > DEEPEST:
            line = text.count("\n", 0, found.start()) + 1
            column = found.start() - text.rfind("\n", 0, found.start())
            raise _too_deep(Place(file, line, column))


@v_args(meta=True)
class _Builder(Transformer[Token, Any]):
    """Builds the tree of syntax.py, bottom up; method names are the rules of language.lark."""

    def __init__(self, file: str, lines: list[str]) -> None:
        super().__init__(visit_tokens=False)
        self._file, self._lines = file, lines

    def _place(self, meta: Meta) -> Place:
        return Place(self._file, getattr(meta, "line", 1), getattr(meta, "column", 1))

    def start(self, _meta: Meta, parts: list[Any]) -> tuple[Item, ...]:
        return tuple(parts)

    # declarations

    def title(self, meta: Meta, parts: list[Any]) -> syntax.Title:
        return syntax.Title(str(parts[0]), str(parts[1] or '""')[1:-1], self._place(meta))

    def option(self, meta: Meta, parts: list[Any]) -> syntax.Option:
        name, value = parts
        return syntax.Option(
            str(name), _number(value) if value.type == "NUMBER" else str(value), self._place(meta)
        )

    def constant(self, meta: Meta, parts: list[Any]) -> syntax.Constant:
        return syntax.Constant(str(parts[0]), parts[1], self._place(meta))

    def membership(self, meta: Meta, parts: list[Any]) -> syntax.MembershipText:
        name, shape, *parameters = parts
        return syntax.MembershipText(str(name), str(shape).lower(), _some(parameters), self._place(meta))

    def define(self, meta: Meta, parts: list[Any]) -> syntax.Define:
        name, *parameters, body = parts
        return syntax.Define(str(name).lower(), _names(parameters), body, self._place(meta))

    def vocabulary(self, meta: Meta, parts: list[Any]) -> syntax.Vocabulary:
        return syntax.Vocabulary(tuple(parts), self._place(meta))

    def node_label(self, meta: Meta, parts: list[Any]) -> syntax.LabelText:
        return syntax.LabelText("node", str(parts[0]), False, parts[1], self._place(meta))

    def edge_label(self, meta: Meta, parts: list[Any]) -> syntax.LabelText:
        name, directed, attributes = parts
        return syntax.LabelText("edge", str(name), directed is not None, attributes, self._place(meta))

    def label_attributes(self, _meta: Meta, parts: list[Any]) -> tuple[str, ...]:
        return _names(parts)

    def initial(self, meta: Meta, parts: list[Any]) -> syntax.Initial:
        return syntax.Initial(_names(parts), self._place(meta))

    # productions

    def production(self, meta: Meta, parts: list[Any]) -> syntax.ProductionText:
        name, sure, left, right, *clauses = parts
        place = self._place(meta)
        contents: dict[str, Any] = {}
        for clause, content, at in clauses:
            if clause in contents:
                raise GrammarSyntaxFault(f"production {name} has a second {clause.capitalize()}.", at)
            contents[clause] = content
        return syntax.ProductionText(  # type: ignore[misc]
            name, self._comment(place.line), sure is not None, *left, *right, **contents, place=place
        )

    def _comment(self, line: int) -> str:
        """What follows # on the production's first line, and the comment lines right below it."""
        head = self._lines[line - 1].partition("#")[2]
        lines = [head]
        for below in self._lines[line:]:
            if not below.strip().startswith("#"):
                break
            lines.append(below.strip().lstrip("#"))
        return " ".join(" ".join(lines).split())

    def production_name(self, _meta: Meta, parts: list[Any]) -> str:
        return str(parts[0])

    def left(self, _meta: Meta, parts: list[Any]) -> tuple[Any, Any]:
        return _some(parts[:-1]), parts[-1]

    right = left

    def node(self, meta: Meta, parts: list[Any]) -> syntax.NodePattern:
        return syntax.NodePattern(parts[0], parts[1], self._place(meta))

    def labels(self, _meta: Meta, parts: list[Any]) -> tuple[str, ...]:
        return () if parts[0].type == "STAR" else _names(parts)

    def result(self, meta: Meta, parts: list[Any]) -> syntax.NodeResult:
        return syntax.NodeResult(parts[0], parts[1] and str(parts[1]), self._place(meta))

    def edges(self, _meta: Meta, parts: list[Any]) -> tuple[syntax.EdgePattern, ...]:
        return _some(parts)

    def edge(self, meta: Meta, parts: list[Any]) -> syntax.EdgePattern:
        return syntax.EdgePattern(parts[0], parts[1], parts[2] and str(parts[2]), self._place(meta))

    def embed(self, meta: Meta, parts: list[Any]) -> tuple[str, Any, Place]:
        return "embed", _some(parts), self._place(meta)

    def embedding(self, meta: Meta, parts: list[Any]) -> syntax.Embedding:
        left, right, label, renamed = parts
        return syntax.Embedding(
            left, right, label and str(label), renamed and str(renamed), self._place(meta)
        )

    def near(self, meta: Meta, parts: list[Any]) -> tuple[str, Any, Place]:
        return "near", _some(parts), self._place(meta)

    def nearness(self, meta: Meta, parts: list[Any]) -> syntax.Nearness:
        return syntax.Nearness(*parts, place=self._place(meta))  # type: ignore[misc]

    def attrib(self, meta: Meta, parts: list[Any]) -> tuple[str, Any, Place]:
        return "attrib", tuple(parts), self._place(meta)

    def apply(self, meta: Meta, parts: list[Any]) -> tuple[str, Any, Place]:
        return "apply", parts[0], self._place(meta)

    def leave(self, meta: Meta, parts: list[Any]) -> tuple[str, Any, Place]:
        return "leave", parts[0], self._place(meta)

    def left_number(self, _meta: Meta, parts: list[Any]) -> int:
        return int(parts[0].strip("_'"))

    right_number = left_number
    any_number = left_number

    def edge_end(self, _meta: Meta, parts: list[Any]) -> int | str:
        return str(parts[0]) if parts[0].type == "NAME" else int(parts[0].strip("_'"))

    def assign(self, meta: Meta, parts: list[Any]) -> syntax.Assign:
        at = self._place(meta)
        target = syntax.NodeRef(int(parts[0].strip("_'")), True, at)
        return syntax.Assign(target, str(parts[1]), parts[2], at)

    def edge_assign(self, meta: Meta, parts: list[Any]) -> syntax.Assign:
        return syntax.Assign(parts[0], str(parts[1]), parts[2], self._place(meta))

    def copy_all(self, meta: Meta, parts: list[Any]) -> syntax.CopyAll:
        return syntax.CopyAll(parts[0], parts[1], self._place(meta))

    def if_(self, meta: Meta, parts: list[Any]) -> syntax.If:
        condition, then, otherwise = parts
        return syntax.If(condition, then, otherwise or (), self._place(meta))

    def block(self, _meta: Meta, parts: list[Any]) -> tuple[syntax.Statement, ...]:
        return tuple(parts)

    # control

    def control(self, meta: Meta, parts: list[Any]) -> syntax.Control:
        start, *states = parts
        return syntax.Control(start and str(start), tuple(states), self._place(meta))

    def state(self, meta: Meta, parts: list[Any]) -> syntax.StateText:
        name, (action, more) = parts
        return syntax.StateText(str(name), action, **more, place=self._place(meta))

    def repeat(self, _meta: Meta, parts: list[Any]) -> tuple[str, dict[str, Any]]:
        return "repeat", {"productions": parts[0], "then": str(parts[1])}

    def closure(self, _meta: Meta, parts: list[Any]) -> tuple[str, dict[str, Any]]:
        return "closure", {"productions": parts[0], "then": str(parts[1])}

    def once(self, _meta: Meta, parts: list[Any]) -> tuple[str, dict[str, Any]]:
        return "once", {"productions": parts[0], "then": str(parts[1]), "otherwise": str(parts[2])}

    def check(self, _meta: Meta, parts: list[Any]) -> tuple[str, dict[str, Any]]:
        return "check", {"condition": parts[0], "then": str(parts[1])}

    def finish(self, _meta: Meta, _parts: list[Any]) -> tuple[str, dict[str, Any]]:
        return "finish", {}

    def names(self, _meta: Meta, parts: list[Any]) -> tuple[str, ...]:
        return _some(parts)

    # expressions

    def number(self, meta: Meta, parts: list[Any]) -> syntax.Number:
        return syntax.Number(_number(parts[0]), self._place(meta))

    def text(self, meta: Meta, parts: list[Any]) -> syntax.Text:
        return syntax.Text(str(parts[0])[1:-1], self._place(meta))

    def name(self, meta: Meta, parts: list[Any]) -> syntax.Name:
        return syntax.Name(str(parts[0]), self._place(meta))

    def node_ref(self, meta: Meta, parts: list[Any]) -> syntax.NodeRef:
        sign = str(parts[0])
        return syntax.NodeRef(int(sign.strip("_'")), sign.endswith("'"), self._place(meta))

    def edge_ref(self, meta: Meta, parts: list[Any]) -> syntax.EdgeRef:
        return syntax.EdgeRef(parts[0], parts[1], parts[2] and str(parts[2]), self._place(meta))

    def attribute(self, meta: Meta, parts: list[Any]) -> syntax.Attribute:
        return syntax.Attribute(parts[0], str(parts[1]), self._place(meta))

    def call(self, meta: Meta, parts: list[Any]) -> syntax.Call:
        return syntax.Call(str(parts[0]).lower(), _some(parts[1:]), self._place(meta))

    def quantified(self, meta: Meta, parts: list[Any]) -> syntax.Quantified:
        quantifier, labels, variable, body = parts
        return syntax.Quantified(str(quantifier).lower(), labels, str(variable), body, self._place(meta))

    def _operation(self, meta: Meta, operator: str, operands: Iterable[Expression]) -> syntax.Operation:
        return syntax.Operation(operator, tuple(operands), self._place(meta))

    def ternary(self, meta: Meta, parts: list[Any]) -> syntax.Operation:
        return self._operation(meta, "?:", parts)

    def chain(self, meta: Meta, parts: list[Any]) -> syntax.Operation:
        return self._operation(meta, str(parts[1]).upper(), parts[::2])

    def prefix(self, meta: Meta, parts: list[Any]) -> syntax.Operation:
        sign = str(parts[0]).lower()
        return self._operation(meta, "NOT" if sign == "not" else sign, parts[1:])

    def binary(self, meta: Meta, parts: list[Any]) -> syntax.Operation:
        return self._operation(meta, str(parts[1]), parts[::2])

    def negative(self, meta: Meta, parts: list[Any]) -> syntax.Operation:
        return self._operation(meta, "negative", parts[1:])


setattr(_Builder, "if", _Builder.if_)  # the rule's name is a keyword of Python


def _number(token: str) -> int | float:
    return int(token) if token.isdigit() and len(token) < 16 else float(token)


def _names(parts: list[Any]) -> tuple[str, ...]:
    return tuple(str(p) for p in parts if p is not None)


def _some(parts: list[Any]) -> tuple[Any, ...]:
    """The parts of an optional list, which lark gives as [None] when it is empty."""
    return tuple(p for p in parts if p is not None)
