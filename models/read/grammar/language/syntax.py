"""The language of productions as a tree: what stands in a file, unchecked. Places do not count in comparisons."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Place:
    """Where in a file something stands; line and column count from 1."""

    file: str = "grammar"
    line: int = 0
    column: int = 0

    def __str__(self) -> str:
        return f"{self.file}:{self.line}:{self.column}"


NOWHERE = Place()


def _place() -> Place:
    return field(default=NOWHERE, compare=False, repr=False)


# --- expressions


@dataclass(frozen=True, slots=True)
class Number:
    """A number as written; whole ones stay whole."""

    value: int | float
    place: Place = _place()


@dataclass(frozen=True, slots=True)
class Text:
    """A string."""

    value: str
    place: Place = _place()


@dataclass(frozen=True, slots=True)
class Name:
    """A constant, a membership, a parameter of a definition, or a variable of a quantifier."""

    name: str
    place: Place = _place()


@dataclass(frozen=True, slots=True)
class NodeRef:
    """``_1``, node 1 of the left-hand side; ``1'``, node 1 of the right-hand side."""

    number: int
    right: bool = False
    place: Place = _place()


@dataclass(frozen=True, slots=True)
class EdgeRef:
    """``edge(1, 2, label)``: the edge between two nodes of the left-hand side; in Attrib targets, of the right.

    An end may also be a variable of a quantifier or a parameter, by its name.
    """

    first: int | str
    second: int | str
    label: str | None = None
    place: Place = _place()


@dataclass(frozen=True, slots=True)
class Attribute:
    """``of.name``."""

    of: Expression
    name: str
    place: Place = _place()


@dataclass(frozen=True, slots=True)
class Call:
    """``function(arguments)``; functions are known by their lower-case names."""

    function: str
    arguments: tuple[Expression, ...]
    place: Place = _place()


@dataclass(frozen=True, slots=True)
class Quantified:
    """``exists(label | label variable: body)``: over all other nodes with one of the labels (none named: all)."""

    quantifier: str  # exists, forall, count, sum
    labels: tuple[str, ...]
    variable: str
    body: Expression
    place: Place = _place()


@dataclass(frozen=True, slots=True)
class Operation:
    """An operator with its operands: + - * / < > <= >= == != AND OR NOT negative very somewhat ?: ."""

    operator: str
    operands: tuple[Expression, ...]
    place: Place = _place()


Expression = Number | Text | Name | NodeRef | EdgeRef | Attribute | Call | Quantified | Operation

# --- attribute transfer


@dataclass(frozen=True, slots=True)
class Assign:
    """``1'.name = value;`` or ``edge(1, 2).name = value;``."""

    target: NodeRef | EdgeRef
    name: str
    value: Expression
    place: Place = _place()


@dataclass(frozen=True, slots=True)
class CopyAll:
    """``All(1') = All(1);``."""

    target: int
    source: int
    place: Place = _place()


@dataclass(frozen=True, slots=True)
class If:
    """``if (condition) ... else ...``."""

    condition: Expression
    then: tuple[Statement, ...]
    otherwise: tuple[Statement, ...]
    place: Place = _place()


Statement = Assign | CopyAll | If

# --- productions


@dataclass(frozen=True, slots=True)
class NodePattern:
    """A node of a left-hand side: its number and the labels it may have (none: any)."""

    number: int
    labels: tuple[str, ...]
    place: Place = _place()


@dataclass(frozen=True, slots=True)
class NodeResult:
    """A node of a right-hand side. Without a label it is the left-hand node of that number, kept."""

    number: int
    label: str | None
    place: Place = _place()


@dataclass(frozen=True, slots=True)
class EdgePattern:
    """An edge of either side; without a label any on the left, the empty one on the right."""

    first: int
    second: int
    label: str | None
    place: Place = _place()


@dataclass(frozen=True, slots=True)
class Embedding:
    """Edges of left node `left` go over to right node `right`: all, or those labelled `label`, renamed `renamed`."""

    left: int
    right: int
    label: str | None = None
    renamed: str | None = None
    place: Place = _place()


@dataclass(frozen=True, slots=True)
class Nearness:
    """The gaps between two left-hand nodes' boxes that a match may have, in staff spaces, across and down."""

    first: int
    second: int
    across: Expression
    down: Expression | None
    place: Place = _place()


@dataclass(frozen=True, slots=True)
class ProductionText:
    """One production as written; `comment` is what follows # on its first line and on the comment lines below."""

    name: str
    comment: str
    sure: bool
    left: tuple[NodePattern, ...]
    left_edges: tuple[EdgePattern, ...]
    right: tuple[NodeResult, ...]
    right_edges: tuple[EdgePattern, ...]
    embed: tuple[Embedding, ...] = ()
    near: tuple[Nearness, ...] = ()
    attrib: tuple[Statement, ...] = ()
    apply: Expression | None = None
    leave: Expression | None = None
    place: Place = _place()


# --- declarations


@dataclass(frozen=True, slots=True)
class Title:
    """``Grammar name "what it reads";``."""

    name: str
    text: str
    place: Place = _place()


@dataclass(frozen=True, slots=True)
class Option:
    """``Option name = value;``."""

    name: str
    value: str | int | float
    place: Place = _place()


@dataclass(frozen=True, slots=True)
class Constant:
    """``Constant name = expression;``."""

    name: str
    value: Expression
    place: Place = _place()


@dataclass(frozen=True, slots=True)
class MembershipText:
    """``Membership name = shape(parameters);``."""

    name: str
    shape: str
    parameters: tuple[Expression, ...]
    place: Place = _place()


@dataclass(frozen=True, slots=True)
class Define:
    """``Define name(parameters) = expression;``."""

    name: str
    parameters: tuple[str, ...]
    body: Expression
    place: Place = _place()


@dataclass(frozen=True, slots=True)
class LabelText:
    """A letter of V or W with its attributes (A, B); `attributes` None means any."""

    kind: str  # node, edge
    name: str
    directed: bool
    attributes: tuple[str, ...] | None
    place: Place = _place()


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """``Vocabulary { ... }``."""

    labels: tuple[LabelText, ...]
    place: Place = _place()


@dataclass(frozen=True, slots=True)
class Initial:
    """``Initial = {labels}``: the labels that a host graph may begin with (S)."""

    labels: tuple[str, ...]
    place: Place = _place()


@dataclass(frozen=True, slots=True)
class StateText:
    """One state of the control diagram; `action` is repeat, closure, once, check or finish."""

    name: str
    action: str
    productions: tuple[str, ...] = ()
    then: str | None = None
    otherwise: str | None = None
    condition: Expression | None = None
    place: Place = _place()


@dataclass(frozen=True, slots=True)
class Control:
    """``Control { Start name; ... }``; `start` is None in files that only add states."""

    start: str | None
    states: tuple[StateText, ...]
    place: Place = _place()


Item = Title | Option | Constant | MembershipText | Define | Vocabulary | Initial | ProductionText | Control
