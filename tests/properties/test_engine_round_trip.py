"""Whatever is sent arrives as it was; whatever else arrives is refused and does no harm."""

from __future__ import annotations

import enum
import json
import struct
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any, Literal, NewType

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from models.arrays import Grey
from models.engine import BadRequest, wire

Certainty = NewType("Certainty", float)


class Clef(enum.Enum):
    TREBLE = "G"
    BASS = "F"


class Accidental(enum.IntEnum):
    FLAT = -1
    SHARP = 1


@dataclass(frozen=True)
class Note:
    step: Literal["A", "B", "C", None]
    octave: int
    onset: Fraction
    certainty: Certainty
    accidental: Accidental | None = None


@dataclass(frozen=True, slots=True)
class Bar:
    box: tuple[float, float, float, float]
    notes: tuple[Note, ...]
    weights: dict[str, float] = field(default_factory=dict)


@dataclass(frozen=True)
class Rest:
    beats: int


@dataclass(frozen=True)
class Everything:
    grey: Grey
    any_array: npt.NDArray[Any]
    title: str | None
    pages: list[bytes]
    clefs: Sequence[Clef]
    by_pitch: Mapping[int, tuple[str, ...]]
    number: int | float | bool
    parts: tuple[Bar | Rest, ...]
    tree: Everything | None = None
    nothing: None = None
    counted: int = field(init=False, default=7)


floats = st.floats(allow_nan=True, allow_infinity=True)
notes = st.builds(
    Note,
    step=st.sampled_from(["A", "B", "C", None]),
    octave=st.integers(-(10**30), 10**30),
    onset=st.fractions(),
    certainty=floats.map(Certainty),
    accidental=st.none() | st.sampled_from(Accidental),
)
bars = st.builds(
    Bar,
    box=st.tuples(floats, floats, floats, floats),
    notes=st.lists(notes, max_size=3).map(tuple),
    weights=st.dictionaries(st.text(), floats, max_size=3),
)
shapes = arrays.array_shapes(min_dims=0, max_dims=4, min_side=0, max_side=4)
any_dtype = (
    arrays.boolean_dtypes()
    | arrays.integer_dtypes(endianness="?")
    | arrays.unsigned_integer_dtypes(endianness="?")
    | arrays.floating_dtypes(endianness="?")
    | arrays.complex_number_dtypes(endianness="?")
)


def order(array: npt.NDArray[Any], how: str) -> npt.NDArray[Any]:
    """The same values, differently laid out in memory."""
    if how == "F":
        return np.asfortranarray(array)
    if how == "reversed":
        return array[::-1] if array.ndim else array
    return array


any_array = st.builds(order, arrays.arrays(any_dtype, shapes), st.sampled_from(["C", "F", "reversed"]))


def everything(tree: st.SearchStrategy[Everything | None]) -> st.SearchStrategy[Everything]:
    return st.builds(
        Everything,
        grey=arrays.arrays(np.uint8, shapes),
        any_array=any_array,
        title=st.none() | st.text(),
        pages=st.lists(st.binary(max_size=20), max_size=3),
        clefs=st.lists(st.sampled_from(Clef), max_size=3).map(tuple),
        by_pitch=st.dictionaries(
            st.integers(0, 127), st.lists(st.text(max_size=3), max_size=2).map(tuple), max_size=3
        ),
        number=st.integers() | floats | st.booleans(),
        parts=st.lists(bars | st.builds(Rest, st.integers()), max_size=3).map(tuple),
        tree=tree,
    )


values = everything(st.none() | everything(st.none()))


def plain(value: Any) -> Any:
    """``value`` in a form that can be compared: types told, arrays as dtype, shape and bytes, nan equal to
    nan.
    """
    match value:
        case np.ndarray():
            return value.dtype, value.shape, value.tobytes()
        case float():
            return "float", repr(value)
        case tuple() | list():
            return type(value), [plain(item) for item in value]
        case dict():
            return {key: plain(item) for key, item in value.items()}
    if hasattr(value, "__dataclass_fields__"):
        return type(value), [plain(getattr(value, name)) for name in value.__dataclass_fields__]
    return type(value), value


@settings(max_examples=150, deadline=None)
@given(values)
def test_what_is_sent_arrives(value: Everything) -> None:
    arrived = wire.loads(wire.dumps(value), Everything)
    assert plain(arrived) == plain(value)
    assert arrived.any_array.flags.writeable


@settings(max_examples=100, deadline=None)
@given(values, st.data())
def test_a_message_cut_short_or_made_longer_is_refused(value: Everything, data: st.DataObject) -> None:
    message = wire.dumps(value)
    cut = data.draw(st.integers(0, len(message) - 1))
    more = data.draw(st.binary(min_size=1, max_size=9))
    for broken in (message[:cut], message + more):
        with pytest.raises(BadRequest):
            wire.loads(broken, Everything)


@settings(max_examples=150, deadline=None)
@given(values, st.data())
def test_a_message_with_bytes_changed_is_refused_or_still_of_its_type(
    value: Everything, data: st.DataObject
) -> None:
    message = bytearray(wire.dumps(value))
    for _ in range(data.draw(st.integers(1, 4))):
        message[data.draw(st.integers(0, len(message) - 1))] = data.draw(st.integers(0, 255))
    try:
        arrived = wire.loads(message, Everything)
    except BadRequest:
        return
    assert isinstance(arrived, Everything)
    assert arrived.grey.dtype == np.uint8
    assert arrived.any_array.nbytes + arrived.grey.nbytes < len(message)


@settings(max_examples=150, deadline=None)
@given(st.binary(max_size=200))
def test_strange_bytes_are_refused(strange: bytes) -> None:
    for message in (strange, wire.MAGIC + strange, wire.MAGIC + struct.pack("<I", len(strange)) + strange):
        with pytest.raises(BadRequest):
            wire.loads(message, Everything)


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | floats | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                ["$is", "with", "$array", "$bytes", "$dict", "$enum", "$float", "$fraction", "step", "x"]
            ),
            inner,
            max_size=3,
        )
    ),
    max_leaves=8,
)


@settings(max_examples=300, deadline=None)
@given(json_values, st.lists(st.binary(max_size=150), max_size=2))
def test_a_header_that_is_well_made_but_means_nothing_is_refused(node: Any, buffers: list[bytes]) -> None:
    header = json.dumps({"value": node, "buffers": [len(buffer) for buffer in buffers]}).encode()
    message = wire.MAGIC + struct.pack("<I", len(header)) + header + b"".join(buffers)
    with pytest.raises(BadRequest):
        wire.loads(message, Everything)
