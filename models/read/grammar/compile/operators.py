"""What the operators of the language do. Missing values (None) stay missing; nothing raises, nothing grows without end."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import Any

from models.read.grammar.compile import geometry
from models.read.grammar.compile.functions import grade, is_number
from models.read.grammar.graph import Node

_LARGEST_WHOLE = 2**53
_LONGEST_TEXT = 1000


def _held(value: Any) -> Any:
    """A result whose size stays bounded: large whole numbers and fractions become floating ones."""
    if isinstance(value, float):
        return value
    try:
        if isinstance(value, int):
            return value if -_LARGEST_WHOLE < value < _LARGEST_WHOLE else float(value)
        small = abs(value.numerator) < _LARGEST_WHOLE and value.denominator < _LARGEST_WHOLE
        return value if small else float(value)
    except OverflowError:
        return math.inf if value > 0 else -math.inf


def plus(a: Any, b: Any) -> Any:
    """The sum of numbers, or two texts in a row."""
    if isinstance(a, float) and isinstance(b, float):
        return a + b
    if is_number(a) and is_number(b):
        return _held(a + b)
    if isinstance(a, str) and isinstance(b, str) and len(a) + len(b) <= _LONGEST_TEXT:
        return a + b
    return None


def minus(a: Any, b: Any) -> Any:
    """The difference of numbers."""
    return _held(a - b) if is_number(a) and is_number(b) else None


def times(a: Any, b: Any) -> Any:
    """The product of numbers."""
    return _held(a * b) if is_number(a) and is_number(b) else None


def over(a: Any, b: Any) -> Any:
    """The quotient of numbers; missing where the divisor is 0."""
    try:
        return _held(a / b) if is_number(a) and is_number(b) and b != 0 else None
    except OverflowError:
        return None


def negative(a: Any) -> Any:
    """The number with the other sign."""
    return -a if is_number(a) else None


def _comparing(test: Callable[[Any, Any], bool]) -> Callable[[Any, Any], float]:
    def compare(a: Any, b: Any) -> float:
        alike = (is_number(a) and is_number(b)) or (isinstance(a, str) and isinstance(b, str))
        return 1.0 if alike and test(a, b) else 0.0

    return compare


def equal(a: Any, b: Any) -> float:
    """1 where two values are the same; a missing one equals nothing."""
    return 1.0 if a is not None and a == b else 0.0


def unequal(a: Any, b: Any) -> float:
    """1 where two values are there and differ."""
    return 1.0 if a is not None and b is not None and a != b else 0.0


BINARY: dict[str, Callable[[Any, Any], Any]] = {
    "+": plus,
    "-": minus,
    "*": times,
    "/": over,
    "<": _comparing(lambda a, b: bool(a < b)),
    ">": _comparing(lambda a, b: bool(a > b)),
    "<=": _comparing(lambda a, b: bool(a <= b)),
    ">=": _comparing(lambda a, b: bool(a >= b)),
    "==": equal,
    "!=": unequal,
}


def truth(value: Any) -> bool:
    """Whether a condition holds: a number of at least one half; anything else that is not missing or empty."""
    if is_number(value):
        return bool(value >= 0.5)
    return value is not None and value not in ("", ())


def very(value: Any) -> float:
    """Zadeh's concentration: the square."""
    return grade(value) ** 2


def somewhat(value: Any) -> float:
    """Zadeh's dilation: the root."""
    return math.sqrt(grade(value))


def part(value: Any, name: str) -> Any:
    """``value.name`` of a node, a mapping, a point or a box; else missing. No other object is ever looked into."""
    if isinstance(value, Node):
        own = value.attributes.get(name)
        return MEASURED[name](value) if own is None and name in MEASURED else own
    if isinstance(value, Mapping):
        return value.get(name)
    if isinstance(value, tuple):
        names = _PARTS.get(len(value), ())
        return value[names.index(name)] if name in names else None
    return None


_PARTS = {2: ("x", "y"), 4: ("x0", "y0", "x1", "y1")}


def _corner(index: int) -> Callable[[Node], Any]:
    return lambda node: None if node.box is None else node.box[index]


def _middle(index: int) -> Callable[[Node], Any]:
    def place(node: Node) -> Any:
        at = geometry.centre(node)
        return None if at is None else at[index]

    return place


# what every node has without being given it
MEASURED: dict[str, Callable[[Node], Any]] = {
    "x": _middle(0),
    "y": _middle(1),
    "x0": _corner(0),
    "y0": _corner(1),
    "x1": _corner(2),
    "y1": _corner(3),
    "width": geometry.width,
    "height": geometry.height,
    "centre": geometry.centre,
    "label": lambda node: node.label,
}
