"""The registry of host functions: what productions may call. Nothing else can be reached from a grammar."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from models.read.grammar.compile import geometry
from models.read.grammar.compile.membership import Membership
from models.read.grammar.errors import HostFault
from models.read.grammar.graph import Point

KINDS = ("place", "value", "fuzzy set")


@dataclass(frozen=True, slots=True)
class HostFunction:
    """A function under the name that productions call it by.

    `parameters` gives each argument's kind: "place" (a node, point or box; a bare number is then a node's),
    "value", or "fuzzy set". With `more` the last may repeat. With `environment`, what was given to the parse comes
    first. `reads` names the attributes it looks at in nodes that it is given; None: it may look at all.
    """

    name: str
    call: Callable[..., Any]
    parameters: tuple[str, ...]
    more: bool = False
    environment: bool = False
    reads: frozenset[str] | None = None
    text: str = ""

    def kind(self, index: int) -> str:
        """The kind of the argument at `index`."""
        return self.parameters[min(index, len(self.parameters) - 1)]


class Functions(Mapping[str, HostFunction]):
    """Functions by name. A new registry holds the measures that every grammar may use; `register` adds one's own."""

    def __init__(self) -> None:
        self._functions = dict(_BUILT_IN)

    def register(
        self,
        name: str,
        call: Callable[..., Any],
        parameters: tuple[str, ...] = ("place",),
        *,
        more: bool = False,
        environment: bool = False,
        reads: frozenset[str] | None = None,
    ) -> Functions:
        """Adds a function, or replaces one; gives back the registry.

        The function must be pure: equal arguments (and environment), equal result. It may get None for what is
        missing. If it raises, the value is None, and the parse notes it in `problems`.
        """
        if not re.fullmatch(r"[a-z][a-z0-9_]*", name) or name in _RESERVED:
            raise HostFault(
                f"“{name[:40]}” cannot be a function's name; take lower-case letters, digits and _."
            )
        if any(p not in KINDS for p in parameters) or (more and not parameters):
            raise HostFault(f"the parameters of {name} are each one of {', '.join(KINDS)}.")
        text = (call.__doc__ or "").strip().split("\n")[0]
        self._functions[name] = HostFunction(name, call, parameters, more, environment, reads, text)
        return self

    def __getitem__(self, name: str) -> HostFunction:
        return self._functions[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._functions)

    def __len__(self) -> int:
        return len(self._functions)


def is_number(value: Any) -> bool:
    """Whether the language can reckon with `value`."""
    return isinstance(value, (int, float, Fraction))


def grade(value: Any) -> float:
    """A value as a certainty: numbers are held between 0 and 1; what is no number is 0."""
    if isinstance(value, float):
        if 0.0 <= value <= 1.0:
            return value
        return 1.0 if value > 1.0 else 0.0  # a NaN is 0 too
    if is_number(value):
        return min(1.0, max(0.0, float(value)))
    return 0.0


def _match(fuzzy_set: Any, value: Any) -> float:
    """How far a value belongs to a fuzzy set."""
    return fuzzy_set(value) if isinstance(fuzzy_set, Membership) else 0.0


def _numbers(values: tuple[Any, ...]) -> tuple[Any, ...]:
    return values if all(map(is_number, values)) else ()


def _least(*values: Any) -> Any:
    """The least value."""
    return min(_numbers(values), default=None)


def _greatest(*values: Any) -> Any:
    """The greatest value."""
    return max(_numbers(values), default=None)


def _mean(*values: Any) -> Any:
    """The mean of the values."""
    return sum(_numbers(values)) / len(values) if _numbers(values) else None


def _clamp(value: Any, low: Any, high: Any) -> Any:
    """A value held between two others."""
    return min(high, max(low, value))


def _pair(x: Any, y: Any) -> Point | None:
    """The point (x, y)."""
    return Point(x, y) if is_number(x) and is_number(y) else None


def _has(value: Any) -> float:
    """1 where there is a value, 0 where it is missing."""
    return 0.0 if value is None else 1.0


def _built_in() -> dict[str, HostFunction]:
    place = ("place",)
    measures: list[tuple[str, Callable[..., Any], tuple[str, ...], bool]] = [
        ("match", _match, ("fuzzy set", "value"), False),
        ("min", _least, ("value",), True),
        ("max", _greatest, ("value",), True),
        ("mean", _mean, ("value",), True),
        ("abs", abs, ("value",), False),
        ("sqrt", math.sqrt, ("value",), False),
        ("floor", math.floor, ("value",), False),
        ("round", round, ("value",), False),
        ("clamp", _clamp, ("value", "value", "value"), False),
        ("point", _pair, ("value", "value"), False),
        ("has", _has, ("value",), False),
    ]
    for one in (
        "centre",
        "top",
        "bot",
        "left",
        "right",
        "midpoint",
        "length",
        "slope",
        "angle",
        "width",
        "height",
    ):
        measures.append((one, getattr(geometry, one), place, False))
    for two in ("distance", "dx", "dy", "gap", "gap_x", "gap_y", "overlap_x", "overlap_y"):
        measures.append((two, getattr(geometry, two), place * 2, False))
    return {
        name: HostFunction(
            name, call, parameters, more, False, geometry.READS, (call.__doc__ or "").strip().split("\n")[0]
        )
        for name, call, parameters, more in measures
    }


_BUILT_IN = _built_in()
_RESERVED = {
    "edge",
    "exists",
    "forall",
    "count",
    "sum",
    "and",
    "or",
    "not",
    "very",
    "somewhat",
    "if",
    "else",
    "all",
}
