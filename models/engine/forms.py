"""How a typed value looks as JSON, and back, checked against its type annotation.

| value                             | node                                          |
|-----------------------------------|-----------------------------------------------|
| None, bool, int, str, finite float| itself                                        |
| other float                       | {"$float": "nan"}, "inf" or "-inf"            |
| tuple, list                       | JSON array                                    |
| dict                              | {"$dict": [[key, value], ...]}                |
| Fraction                          | {"$fraction": [numerator, denominator]}       |
| Enum                              | {"$enum": member's name}                      |
| bytes, array                      | {"$bytes": buffer}, {"$array": buffer}        |
| dataclass                         | {"$is": class name, "with": {field: node}}    |
"""

from __future__ import annotations

import collections.abc
import dataclasses
import enum
import math
import threading
import types
import typing
from collections.abc import Callable
from fractions import Fraction
from typing import Any, Literal, Protocol, cast

import numpy as np
import numpy.typing as npt

from models.engine.errors import BadRequest

Node = Any
Keep = Callable[[bytes | npt.NDArray[Any]], int]
"""Stores a buffer and tells its number."""

_UNFIT = "The message does not hold what was expected; please make sure that both sides run the same version."


class Buffers(Protocol):
    """Where the bytes of arrays lie while a node is read; each may be taken once."""

    def raw(self, index: object) -> bytes:
        """The bytes of a buffer."""
        ...

    def array(self, index: object) -> npt.NDArray[Any]:
        """The array of a buffer."""
        ...

    def mark(self) -> int:
        """How many were taken so far."""
        ...

    def rewind(self, mark: int) -> None:
        """Gives back what was taken since ``mark``."""
        ...


Form = Callable[[Node, Buffers], Any]
"""Reads a node as a value of one type; raises `BadRequest`."""


def to_node(value: object, keep: Keep) -> Node:
    """``value`` as JSON; raises TypeError for a value that cannot travel."""
    for kind, write in _WRITERS:
        if isinstance(value, kind):
            return write(value, keep)
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        fields = {f.name: to_node(getattr(value, f.name), keep) for f in dataclasses.fields(value) if f.init}
        return {"$is": type(value).__name__, "with": fields}
    raise TypeError(f"A {type(value).__name__} cannot travel between machines.")


def _scalar_node(value: np.generic, keep: Keep) -> Node:
    # A long double's item() is a long double again.
    return to_node(float(value) if isinstance(value, np.floating) else value.item(), keep)


def _float_node(value: float, _: Keep) -> Node:
    return float(value) if math.isfinite(value) else {"$float": str(value)}


def _dict_node(value: dict[Any, Any], keep: Keep) -> Node:
    return {"$dict": [[to_node(key, keep), to_node(item, keep)] for key, item in value.items()]}


_WRITERS: list[tuple[type | tuple[type, ...], Callable[[Any, Keep], Node]]] = [
    # In this order: an Enum may be an int too, a numpy scalar a float, a bool is an int.
    (enum.Enum, lambda value, _: {"$enum": value.name}),
    (np.generic, _scalar_node),
    ((type(None), bool, int, str), lambda value, _: value),
    (float, _float_node),
    (Fraction, lambda value, _: {"$fraction": [value.numerator, value.denominator]}),
    (bytes, lambda value, keep: {"$bytes": keep(value)}),
    (np.ndarray, lambda value, keep: {"$array": keep(value)}),
    ((tuple, list), lambda value, keep: [to_node(item, keep) for item in value]),
    (dict, _dict_node),
]

_forms: dict[object, Form] = {}
_building = threading.RLock()


def form_of(kind: object) -> Form:
    """The form that reads values annotated as ``kind``; raises TypeError if such values cannot travel."""
    with _building:
        if kind in _forms:
            return _forms[kind]

        def itself(node: Node, buffers: Buffers) -> object:
            return _forms[kind](node, buffers)

        # A type may hold itself (a tree): while it is being built, its name must already lead somewhere.
        _forms[kind] = itself
        try:
            _forms[kind] = _built(kind)
        except BaseException:
            del _forms[kind]
            raise
        return _forms[kind]


def _built(kind: object) -> Form:
    kind = _unaliased(kind)
    if kind in _SCALARS:
        return _SCALARS[kind]
    origin, arguments = typing.get_origin(kind), typing.get_args(kind)
    if origin in _GENERICS and arguments:
        return _GENERICS[origin](arguments)
    if isinstance(kind, type) and issubclass(kind, enum.Enum):
        return _enum_form(kind)
    if isinstance(kind, type) and dataclasses.is_dataclass(kind):
        return _dataclass_form(kind)
    raise TypeError(f"{kind!r} cannot travel between machines; see models.engine.forms for what can.")


def _unaliased(kind: Node) -> object:
    """What a NewType, a ``type X = ...`` or an ``X[...]`` of one (numpy's ``NDArray``) stands for."""
    origin = typing.get_origin(kind)
    if isinstance(kind, typing.NewType):
        return _unaliased(kind.__supertype__)
    if _is_alias(kind):
        return _unaliased(kind.__value__)
    if _is_alias(origin):
        return _unaliased(cast("Any", origin).__value__[typing.get_args(kind)])
    return kind


def _is_alias(kind: object) -> bool:
    return type(kind).__name__ == "TypeAliasType"  # in typing since Python 3.12 only


def _exactly(kind: type) -> Form:
    def form(node: Node, _: Buffers) -> object:
        if type(node) is not kind:
            raise BadRequest(_UNFIT)
        return node

    return form


def _float(node: Node, _: Buffers) -> float:
    if type(node) in (int, float):
        try:
            return float(node)
        except OverflowError:
            raise BadRequest(_UNFIT) from None
    text = _tagged(node, "$float")
    if text not in ("nan", "inf", "-inf"):
        raise BadRequest(_UNFIT)
    return float(text)


def _fraction(node: Node, _: Buffers) -> Fraction:
    pair = _tagged(node, "$fraction")
    if not isinstance(pair, list) or [type(part) for part in pair] != [int, int] or pair[1] < 1:
        raise BadRequest(_UNFIT)
    return Fraction(*pair)


def _bytes(node: Node, buffers: Buffers) -> bytes:
    return buffers.raw(_tagged(node, "$bytes"))


def _array_form(arguments: tuple[Any, ...] = ()) -> Form:
    """Checks the element type that ``NDArray[...]`` names; shapes are the service's to check."""
    named = typing.get_args(arguments[1]) if len(arguments) == 2 else ()
    element = named[0] if named else Any
    several = typing.get_origin(element) in (typing.Union, types.UnionType)
    elements = typing.get_args(element) if several else (element,)
    wanted = tuple(typing.get_origin(one) or one for one in elements)  # np.floating[Any] is np.floating

    def form(node: Node, buffers: Buffers) -> npt.NDArray[Any]:
        array = buffers.array(_tagged(node, "$array"))
        if Any not in wanted and not issubclass(array.dtype.type, wanted):
            raise BadRequest(_UNFIT)
        return array

    return form


_SCALARS: dict[object, Form] = {
    None: _exactly(type(None)),
    type(None): _exactly(type(None)),
    bool: _exactly(bool),
    int: _exactly(int),
    str: _exactly(str),
    float: _float,
    Fraction: _fraction,
    bytes: _bytes,
    np.ndarray: _array_form(),
}


def _literal_form(choices: tuple[Any, ...]) -> Form:
    def form(node: Node, _: Buffers) -> object:
        for choice in choices:
            if type(choice) is type(node) and choice == node:
                return choice
        raise BadRequest(_UNFIT)

    return form


def _union_form(members: tuple[Any, ...]) -> Form:
    """The first member that fits; float is tried last, so that 1 stays an int in ``float | int``."""
    forms = [form_of(member) for member in sorted(members, key=lambda member: member is float)]

    def form(node: Node, buffers: Buffers) -> object:
        mark = buffers.mark()
        for member in forms:
            try:
                return member(node, buffers)
            except BadRequest:
                buffers.rewind(mark)
        raise BadRequest(_UNFIT)

    return form


def _tuple_form(arguments: tuple[Any, ...]) -> Form:
    if arguments[-1] is Ellipsis:
        return _row_form(tuple)(arguments)
    places = [form_of(argument) for argument in arguments]

    def form(node: Node, buffers: Buffers) -> tuple[Any, ...]:
        if not isinstance(node, list) or len(node) != len(places):
            raise BadRequest(_UNFIT)
        return tuple(place(item, buffers) for place, item in zip(places, node, strict=True))

    return form


def _row_form(make: Callable[[Any], Any]) -> Callable[[tuple[Any, ...]], Form]:
    """Forms of rows of any length, whose items are of one type, made by ``make``."""

    def built(arguments: tuple[Any, ...]) -> Form:
        every = form_of(arguments[0])

        def form(node: Node, buffers: Buffers) -> object:
            if not isinstance(node, list):
                raise BadRequest(_UNFIT)
            return make(every(item, buffers) for item in node)

        return form

    return built


def _dict_form(arguments: tuple[Any, ...]) -> Form:
    key_form, value_form = form_of(arguments[0]), form_of(arguments[1])

    def form(node: Node, buffers: Buffers) -> dict[Any, Any]:
        pairs = _tagged(node, "$dict")
        if not isinstance(pairs, list) or not all(
            isinstance(pair, list) and len(pair) == 2 for pair in pairs
        ):
            raise BadRequest(_UNFIT)
        try:
            return {key_form(first, buffers): value_form(second, buffers) for first, second in pairs}
        except TypeError as error:  # a key that cannot be hashed
            raise BadRequest(_UNFIT) from error

    return form


_GENERICS: dict[object, Callable[[tuple[Any, ...]], Form]] = {
    np.ndarray: _array_form,
    Literal: _literal_form,
    typing.Union: _union_form,
    types.UnionType: _union_form,
    tuple: _tuple_form,
    list: _row_form(list),
    collections.abc.Sequence: _row_form(tuple),
    dict: _dict_form,
    collections.abc.Mapping: _dict_form,
}


def _enum_form(kind: type[enum.Enum]) -> Form:
    def form(node: Node, _: Buffers) -> enum.Enum:
        name = _tagged(node, "$enum")
        if not isinstance(name, str) or name not in kind.__members__:
            raise BadRequest(_UNFIT)
        return kind.__members__[name]

    return form


def _dataclass_form(kind: type[Any]) -> Form:
    try:
        hints = typing.get_type_hints(kind)
    except NameError as error:
        raise TypeError(f"{kind.__name__}: {error}; import it at run time.") from error
    forms: dict[str, Form] = {}
    for field in dataclasses.fields(kind):
        if field.init:
            try:
                forms[field.name] = form_of(hints[field.name])
            except TypeError as error:
                raise TypeError(f"{kind.__name__}.{field.name}: {error}") from error

    def form(node: Node, buffers: Buffers) -> object:
        if not isinstance(node, dict) or node.keys() != {"$is", "with"} or node["$is"] != kind.__name__:
            raise BadRequest(_UNFIT)
        given = node["with"]
        if not isinstance(given, dict) or given.keys() != forms.keys():
            raise BadRequest(_UNFIT)
        values = {name: read(given[name], buffers) for name, read in forms.items()}
        try:
            return kind(**values)
        except (ValueError, TypeError) as error:  # the class itself refuses these values
            raise BadRequest(_UNFIT) from error

    return form


def _tagged(node: Node, tag: str) -> Node:
    """What stands under the only key of ``node``."""
    if not isinstance(node, dict) or list(node) != [tag]:
        raise BadRequest(_UNFIT)
    return node[tag]
