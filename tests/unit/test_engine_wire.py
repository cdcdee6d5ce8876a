"""The wire format: single attacks, and what a developer is told about types that cannot travel."""

from __future__ import annotations

import io
import json
import pickle
import struct
import threading
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest

from models.engine import BadRequest, wire


@dataclass(frozen=True)
class Page:
    grey: npt.NDArray[np.uint8]
    other: npt.NDArray[np.uint8] | npt.NDArray[np.floating[Any]] | None = None


@dataclass(frozen=True)
class AnyPage:
    pixels: npt.NDArray[Any]


@dataclass(frozen=True)
class Positive:
    number: float

    def __post_init__(self) -> None:
        if self.number <= 0:
            raise ValueError("not in /srv/private")


@dataclass(frozen=True)
class WithPath:
    page: Page
    file: Path


@dataclass(frozen=True)
class WithAnything:
    anything: Any


@dataclass(frozen=True)
class WithBareTuple:
    numbers: tuple  # type: ignore[type-arg]


@dataclass(frozen=True)
class WithUnknown:
    thing: Nowhere  # type: ignore[name-defined]  # noqa: F821


def message(value: Any, *buffers: bytes, lengths: Any = None) -> bytes:
    """A message put together by hand."""
    sizes = [len(buffer) for buffer in buffers] if lengths is None else lengths
    header = json.dumps({"value": value, "buffers": sizes}).encode()
    return wire.MAGIC + struct.pack("<I", len(header)) + header + b"".join(buffers)


def page(*buffers: bytes) -> bytes:
    return message({"$is": "Page", "with": {"grey": {"$array": 0}, "other": None}}, *buffers)


def npy(header: str, body: bytes = b"", *, version: bytes = b"\x01\x00") -> bytes:
    text = header.encode().ljust(117) + b"\n"
    return b"\x93NUMPY" + version + struct.pack("<H", len(text)) + text + body


def saved(array: Any, *, allow_pickle: bool = False) -> bytes:
    file = io.BytesIO()
    np.save(file, array, allow_pickle=allow_pickle)
    return file.getvalue()


GREY = saved(np.zeros((2, 2), np.uint8))


def test_a_message_made_by_hand_is_read() -> None:
    np.testing.assert_array_equal(wire.loads(page(GREY), Page).grey, np.zeros((2, 2), np.uint8))


def test_a_pickle_is_never_opened(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: Any, **__: Any) -> None:
        raise AssertionError("something was unpickled")

    monkeypatch.setattr(pickle, "load", refuse)
    monkeypatch.setattr(pickle, "loads", refuse)
    hostile = saved(np.array([None], dtype=object), allow_pickle=True)
    with pytest.raises(BadRequest):
        wire.loads(page(hostile), Page)


@pytest.mark.parametrize(
    "buffer",
    [
        b"",
        b"\x93NUMPY",
        GREY[:-1],
        GREY + b"x",
        npy("{'descr': '|u1', 'fortran_order': False, 'shape': (1000000000000,)}", b"x"),
        npy("{'descr': '|u1', 'fortran_order': False, 'shape': (-1, -4)}", b"xxxx"),
        npy("{'descr': '|u1', 'fortran_order': False, 'shape': (0, 10000000000000000000000000)}"),
        npy("{'descr': '|u1', 'fortran_order': False, 'shape': (1, 1)}", b"x", version=b"\x02\x00"),
        npy("{'descr': '|O', 'fortran_order': False, 'shape': (1,)}", b"x" * 8),
        npy("{'descr': '|V1', 'fortran_order': False, 'shape': (1,)}", b"x"),
        npy("{'descr': '|S1', 'fortran_order': False, 'shape': (1,)}", b"x"),
        npy("{'descr': [('a', '|u1')], 'fortran_order': False, 'shape': (1,)}", b"x"),
        npy("{'descr': '|u1', 'fortran_order': 2, 'shape': (1,)}", b"x"),
        npy("__import__('os').getcwd()"),
        npy("((((" * 20),
        b"\x93NUMPY\x01\x00\xff\xff" + b"(" * 65535,
    ],
)
def test_an_array_that_is_not_what_it_says_is_refused(buffer: bytes) -> None:
    with pytest.raises(BadRequest):
        wire.loads(page(buffer), Page)


@pytest.mark.parametrize(
    "broken",
    [
        page(),
        page(GREY, GREY),  # a buffer nobody names
        message(
            {"$is": "Page", "with": {"grey": {"$array": 0}, "other": {"$array": 0}}}, GREY
        ),  # named twice
        message({"$is": "Page", "with": {"grey": {"$array": 0}, "other": {"$array": 0}}}, GREY, GREY),
        message({"$is": "Page", "with": {"grey": {"$array": True}, "other": None}}, GREY, GREY),
        message({"$is": "Page", "with": {"grey": {"$array": -1}, "other": None}}, GREY),
        message({"$is": "Page", "with": {"grey": {"$array": 0}}}, GREY),
        message({"$is": "Page", "with": {"grey": {"$array": 0}, "other": None, "more": 1}}, GREY),
        message({"$is": "Other", "with": {"grey": {"$array": 0}, "other": None}}, GREY),
        message(None, b"x", lengths=[-1, 2]),
        message(None, lengths={}),
        message(None, lengths=[True]),
        message(None, lengths=["1"]),
        wire.MAGIC + struct.pack("<I", 2**32 - 1) + b"{}",
        wire.MAGIC + struct.pack("<I", 2) + b"[]",
        wire.MAGIC + struct.pack("<I", 100_000) + b"[" * 100_000,
        wire.MAGIC + struct.pack("<I", 5001) + b"9" * 5001,
        b"SWE2" + page(GREY)[4:],
    ],
)
def test_a_message_that_is_not_what_it_says_is_refused(broken: bytes) -> None:
    with pytest.raises(BadRequest, match="please"):
        wire.loads(broken, Page)


@pytest.mark.parametrize(
    "array", [np.array([b"x"]), np.array(["x"]), np.zeros(1, "V1"), np.zeros(1, "M8[s]")]
)
def test_an_array_of_anything_but_numbers_is_refused_even_where_any_array_will_do(array: Any) -> None:
    head = {"$is": "AnyPage", "with": {"pixels": {"$array": 0}}}
    assert wire.loads(message(head, GREY), AnyPage).pixels.shape == (2, 2)
    with pytest.raises(BadRequest):
        wire.loads(message(head, saved(array)), AnyPage)


def test_elements_of_another_type_are_refused_and_unions_try_each() -> None:
    with pytest.raises(BadRequest):
        wire.loads(page(saved(np.zeros((2, 2), np.float32))), Page)
    grey = np.ones((1, 2), np.uint8)
    for other in (grey, grey.astype(np.float64), grey.astype(np.float32), None):
        arrived = wire.loads(wire.dumps(Page(grey, other)), Page)
        np.testing.assert_array_equal(arrived.grey, grey)
        assert type(arrived.other) is type(other)
        if other is not None:
            assert arrived.other is not None
            assert arrived.other.dtype == other.dtype
    with pytest.raises(BadRequest):
        wire.loads(wire.dumps(Page(grey, grey.astype(np.int32))), Page)  # type: ignore[arg-type]


def test_a_class_that_refuses_its_values_refuses_the_message_without_its_words() -> None:
    hostile = message({"$is": "Positive", "with": {"number": -1.0}})
    with pytest.raises(BadRequest) as refused:
        wire.loads(hostile, Positive)
    assert "private" not in str(refused.value)


def test_a_message_longer_than_allowed_is_refused_by_its_length() -> None:
    sent = wire.dumps(Page(np.zeros((1024, 1024), np.uint8)))
    with pytest.raises(BadRequest, match="at most 1 MB"):
        wire.loads(sent, Page, max_bytes=2**20)
    assert wire.loads(sent, Page, max_bytes=len(sent)).grey.nbytes == 2**20


def test_an_array_is_its_own_and_can_be_written_to() -> None:
    sent = bytearray(wire.dumps(Page(np.zeros((2, 2), np.uint8))))
    arrived = wire.loads(sent, Page)
    arrived.grey[:] = 9
    assert sent == wire.dumps(Page(np.zeros((2, 2), np.uint8)))


def test_numpy_scalars_travel_as_python_ones() -> None:
    arrived = wire.loads(wire.dumps(Positive(np.float32(0.5))), Positive)  # type: ignore[arg-type]
    assert type(arrived.number) is float
    assert wire.loads(wire.dumps(Positive(np.longdouble(2))), Positive).number == 2.0  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "value",
    [
        Path("x"),
        object(),
        {1, 2},
        1j,
        Page,
        Page(np.array(["text"])),  # type: ignore[arg-type]
        Page(np.array([None])),  # type: ignore[arg-type]
        WithAnything(threading.Lock()),
    ],
)
def test_a_value_that_cannot_travel_is_told_when_it_is_sent(value: object) -> None:
    with pytest.raises(TypeError, match="be sent"):
        wire.dumps(value)


@pytest.mark.parametrize(
    ("kind", "named"),
    [
        (WithPath, "WithPath.file"),
        (WithAnything, "WithAnything.anything"),
        (WithBareTuple, "WithBareTuple.numbers"),
        (WithUnknown, "Nowhere"),
        (set, "set"),
        (dict, "dict"),
    ],
)
def test_a_type_that_cannot_travel_is_told_before_anything_is_sent(kind: type[Any], named: str) -> None:
    for _ in range(2):  # a type that was refused once is refused again
        with pytest.raises(TypeError, match=named):
            wire.check(kind)
