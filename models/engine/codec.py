"""Typed values as JSON and back, checked against their type annotations.

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
Store = Callable[[bytes | npt.NDArray[Any]], int]
"""Stores a buffer and returns its number."""

_UNFIT = "The message does not hold what was expected; please make sure that both sides run the same version."


class Buffers(Protocol):
    """The bytes of a message's arrays while its nodes are decoded; each buffer may be taken once."""

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


Decoder = Callable[[Node, Buffers], Any]
"""Reads a node as a value of one type; raises `BadRequest`."""


def to_node(value: object, store: Store) -> Node:
    """``value`` as JSON; raises TypeError for a value that cannot be sent."""
    for kind, write in _WRITERS:
        if isinstance(value, kind):
            return write(value, store)
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        fields = {f.name: to_node(getattr(value, f.name), store) for f in dataclasses.fields(value) if f.init}
        return {"$is": type(value).__name__, "with": fields}
    raise TypeError(f"A {type(value).__name__} cannot be sent between machines.")


def _scalar_node(value: np.generic, store: Store) -> Node:
    # A long double's item() is a long double again.
    return to_node(float(value) if isinstance(value, np.floating) else value.item(), store)


def _float_node(value: float, _: Store) -> Node:
    return float(value) if math.isfinite(value) else {"$float": str(value)}


def _dict_node(value: dict[Any, Any], store: Store) -> Node:
    return {"$dict": [[to_node(key, store), to_node(item, store)] for key, item in value.items()]}


_WRITERS: list[tuple[type | tuple[type, ...], Callable[[Any, Store], Node]]] = [
    # In this order: an Enum may be an int too, a numpy scalar a float, a bool is an int.
    (enum.Enum, lambda value, _: {"$enum": value.name}),
    (np.generic, _scalar_node),
    ((type(None), bool, int, str), lambda value, _: value),
    (float, _float_node),
    (Fraction, lambda value, _: {"$fraction": [value.numerator, value.denominator]}),
    (bytes, lambda value, store: {"$bytes": store(value)}),
    (np.ndarray, lambda value, store: {"$array": store(value)}),
    ((tuple, list), lambda value, store: [to_node(item, store) for item in value]),
    (dict, _dict_node),
]

_decoders: dict[object, Decoder] = {}
_building = threading.RLock()


def decoder_of(kind: object) -> Decoder:
    """The decoder of values annotated as ``kind``, built once; raises TypeError if such values cannot be sent."""
    with _building:
        if kind in _decoders:
            return _decoders[kind]

        def by_name(node: Node, buffers: Buffers) -> object:
            return _decoders[kind](node, buffers)

        # A type may contain itself (a tree): while its decoder is being built, its name must already be known.
        _decoders[kind] = by_name
        try:
            _decoders[kind] = _built(kind)
        except BaseException:
            del _decoders[kind]
            raise
        return _decoders[kind]


def _built(kind: object) -> Decoder:
    kind = _unaliased(kind)
    if kind in _SCALARS:
        return _SCALARS[kind]
    origin, arguments = typing.get_origin(kind), typing.get_args(kind)
    if origin in _GENERICS and arguments:
        return _GENERICS[origin](arguments)
    if isinstance(kind, type) and issubclass(kind, enum.Enum):
        return _enum_decoder(kind)
    if isinstance(kind, type) and dataclasses.is_dataclass(kind):
        return _dataclass_decoder(kind)
    raise TypeError(f"{kind!r} cannot be sent between machines; see models.engine.codec for what can.")


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


def _exactly(kind: type) -> Decoder:
    def decode(node: Node, _: Buffers) -> object:
        if type(node) is not kind:
            raise BadRequest(_UNFIT)
        return node

    return decode


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


def _array_decoder(arguments: tuple[Any, ...] = ()) -> Decoder:
    """Checks the element type that ``NDArray[...]`` names; shapes are the service's to check."""
    annotated = typing.get_args(arguments[1]) if len(arguments) == 2 else ()
    element = annotated[0] if annotated else Any
    several = typing.get_origin(element) in (typing.Union, types.UnionType)
    elements = typing.get_args(element) if several else (element,)
    wanted = tuple(typing.get_origin(one) or one for one in elements)  # np.floating[Any] is np.floating

    def decode(node: Node, buffers: Buffers) -> npt.NDArray[Any]:
        array = buffers.array(_tagged(node, "$array"))
        if Any not in wanted and not issubclass(array.dtype.type, wanted):
            raise BadRequest(_UNFIT)
        return array

    return decode


_SCALARS: dict[object, Decoder] = {
    None: _exactly(type(None)),
    type(None): _exactly(type(None)),
    bool: _exactly(bool),
    int: _exactly(int),
    str: _exactly(str),
    float: _float,
    Fraction: _fraction,
    bytes: _bytes,
    np.ndarray: _array_decoder(),
}


def _literal_decoder(choices: tuple[Any, ...]) -> Decoder:
    def decode(node: Node, _: Buffers) -> object:
        for choice in choices:
            if type(choice) is type(node) and choice == node:
                return choice
        raise BadRequest(_UNFIT)

    return decode


def _union_decoder(members: tuple[Any, ...]) -> Decoder:
    """The first member that fits; float is tried last, so that 1 stays an int in ``float | int``."""
    decoders = [decoder_of(member) for member in sorted(members, key=lambda member: member is float)]

    def decode(node: Node, buffers: Buffers) -> object:
        mark = buffers.mark()
        for member in decoders:
            try:
                return member(node, buffers)
            except BadRequest:
                buffers.rewind(mark)
        raise BadRequest(_UNFIT)

    return decode


def _tuple_decoder(arguments: tuple[Any, ...]) -> Decoder:
    if arguments[-1] is Ellipsis:
        return _sequence_decoder(tuple)(arguments)
    places = [decoder_of(argument) for argument in arguments]

    def decode(node: Node, buffers: Buffers) -> tuple[Any, ...]:
        if not isinstance(node, list) or len(node) != len(places):
            raise BadRequest(_UNFIT)
        return tuple(place(item, buffers) for place, item in zip(places, node, strict=True))

    return decode


def _sequence_decoder(make: Callable[[Any], Any]) -> Callable[[tuple[Any, ...]], Decoder]:
    """Decoders of sequences of any length with items of one type; ``make`` makes the sequence."""

    def built(arguments: tuple[Any, ...]) -> Decoder:
        every = decoder_of(arguments[0])

        def decode(node: Node, buffers: Buffers) -> object:
            if not isinstance(node, list):
                raise BadRequest(_UNFIT)
            return make(every(item, buffers) for item in node)

        return decode

    return built


def _dict_decoder(arguments: tuple[Any, ...]) -> Decoder:
    key_decoder, value_decoder = decoder_of(arguments[0]), decoder_of(arguments[1])

    def decode(node: Node, buffers: Buffers) -> dict[Any, Any]:
        pairs = _tagged(node, "$dict")
        if not isinstance(pairs, list) or not all(
            isinstance(pair, list) and len(pair) == 2 for pair in pairs
        ):
            raise BadRequest(_UNFIT)
        try:
            return {key_decoder(first, buffers): value_decoder(second, buffers) for first, second in pairs}
        except TypeError as error:  # a key that cannot be hashed
            raise BadRequest(_UNFIT) from error

    return decode


_GENERICS: dict[object, Callable[[tuple[Any, ...]], Decoder]] = {
    np.ndarray: _array_decoder,
    Literal: _literal_decoder,
    typing.Union: _union_decoder,
    types.UnionType: _union_decoder,
    tuple: _tuple_decoder,
    list: _sequence_decoder(list),
    collections.abc.Sequence: _sequence_decoder(tuple),
    dict: _dict_decoder,
    collections.abc.Mapping: _dict_decoder,
}


def _enum_decoder(kind: type[enum.Enum]) -> Decoder:
    def decode(node: Node, _: Buffers) -> enum.Enum:
        name = _tagged(node, "$enum")
        if not isinstance(name, str) or name not in kind.__members__:
            raise BadRequest(_UNFIT)
        return kind.__members__[name]

    return decode


def _dataclass_decoder(kind: type[Any]) -> Decoder:
    try:
        hints = typing.get_type_hints(kind)
    except NameError as error:
        raise TypeError(f"{kind.__name__}: {error}; import it at run time.") from error
    decoders: dict[str, Decoder] = {}
    for field in dataclasses.fields(kind):
        if field.init:
            try:
                decoders[field.name] = decoder_of(hints[field.name])
            except TypeError as error:
                raise TypeError(f"{kind.__name__}.{field.name}: {error}") from error

    def decode(node: Node, buffers: Buffers) -> object:
        if not isinstance(node, dict) or node.keys() != {"$is", "with"} or node["$is"] != kind.__name__:
            raise BadRequest(_UNFIT)
        given = node["with"]
        if not isinstance(given, dict) or given.keys() != decoders.keys():
            raise BadRequest(_UNFIT)
        values = {name: read(given[name], buffers) for name, read in decoders.items()}
        try:
            return kind(**values)
        except (ValueError, TypeError) as error:  # the class itself refuses these values
            raise BadRequest(_UNFIT) from error

    return decode


def _tagged(node: Node, tag: str) -> Node:
    """What stands under the only key of ``node``."""
    if not isinstance(node, dict) or list(node) != [tag]:
        raise BadRequest(_UNFIT)
    return node[tag]
