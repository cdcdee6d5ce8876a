"""Requests and answers as bytes: a JSON header and the raw buffers of arrays. Nothing is ever unpickled.

A message is ``b"SWE1"``, the header's length (4 bytes, little-endian), the header, then the buffers one after
another. The header is ``{"value": node, "buffers": [length, ...]}``; `models.engine.codec` says what a node
is. An array's buffer is an ``.npy`` file of version 1.0. Each buffer is named by exactly one node.
"""

from __future__ import annotations

import io
import json
import math
import struct
from collections.abc import Sequence
from typing import Any, TypeVar, cast

import numpy as np
import numpy.typing as npt
from numpy.lib import format as npy

from models.engine.codec import decoder_of, to_node
from models.engine.errors import BadRequest

T = TypeVar("T")

MAGIC = b"SWE1"
MEDIA_TYPE = "application/vnd.scoreweb.wire"
MAX_BYTES = 512 * 2**20
"""An A4 page of 300 dpi, four times larger in three colours, is 418 million bytes."""
MAX_HEADER = 16 * 2**20
"""Parsed JSON takes some twenty times its bytes; a long score's reading is 2 MB."""
MAX_NPY_HEADER = 1024
KINDS = frozenset("biufc")
"""Array types that travel: bool, integers, floats, complex."""

_LENGTH = struct.Struct("<I")
_BROKEN = "The message is damaged or of another version; please send it again."


def dumps(value: object) -> bytes:
    """``value`` as a message.

    Raises TypeError for a value that is made of anything but frozen dataclasses, arrays of numbers, bool,
    int, float, str, bytes, None, tuple, list, dict, Enum and Fraction.
    """
    chunks: list[Sequence[bytes | memoryview]] = []

    def store(buffer: bytes | npt.NDArray[Any]) -> int:
        chunks.append([buffer] if isinstance(buffer, bytes) else _npy(buffer))
        return len(chunks) - 1

    node = to_node(value, store)
    lengths = [sum(len(chunk) for chunk in buffer) for buffer in chunks]
    header = json.dumps({"value": node, "buffers": lengths}, separators=(",", ":"), allow_nan=False).encode(
        "ascii"
    )
    return b"".join(
        [MAGIC, _LENGTH.pack(len(header)), header, *(chunk for buffer in chunks for chunk in buffer)]
    )


def loads(message: bytes | bytearray, expected: type[T], *, max_bytes: int = MAX_BYTES) -> T:
    """The value in ``message``, of type ``expected`` down to the last field; its arrays are its own and
    writable.

    Raises `BadRequest` for bytes that are too many, damaged, or hold anything else; TypeError for an
    ``expected`` that cannot travel (see `check`). A message of n bytes makes arrays of less than n bytes.
    """
    decode = decoder_of(expected)
    if len(message) > max_bytes:
        raise BadRequest(f"The input is too large; at most {max_bytes // 2**20} MB can be sent.")
    node, views = _opened(message)
    buffers = Received(views)
    try:
        value = decode(node, buffers)
    except RecursionError:
        raise BadRequest(_BROKEN) from None
    if buffers.mark() != len(views):
        raise BadRequest(_BROKEN)
    return cast("T", value)


def check(expected: type[Any]) -> None:
    """Raises TypeError, naming the field, if values of type ``expected`` could not travel."""
    decoder_of(expected)


class Received:
    """The buffers of a message, each handed out once: naming one twice would multiply a sender's bytes."""

    def __init__(self, views: Sequence[memoryview]) -> None:
        self._views = views
        self._taken: list[int] = []
        self._free = set(range(len(views)))

    def raw(self, index: object) -> bytes:
        """The bytes of a buffer; raises `BadRequest`."""
        return bytes(self._take(index))

    def array(self, index: object) -> npt.NDArray[Any]:
        """The array of a buffer, copied out of the message; raises `BadRequest`."""
        return _array(self._take(index))

    def mark(self) -> int:
        """How many were taken so far."""
        return len(self._taken)

    def rewind(self, mark: int) -> None:
        """Gives back what was taken since ``mark``."""
        self._free.update(self._taken[mark:])
        del self._taken[mark:]

    def _take(self, index: object) -> memoryview:
        if type(index) is not int or index not in self._free:
            raise BadRequest(_BROKEN)
        self._free.remove(index)
        self._taken.append(index)
        return self._views[index]


def _opened(message: bytes | bytearray) -> tuple[Any, list[memoryview]]:
    """The header's value and views of the buffers."""
    start = len(MAGIC) + _LENGTH.size
    if len(message) < start or not message.startswith(MAGIC):
        raise BadRequest(_BROKEN)
    (size,) = _LENGTH.unpack_from(message, len(MAGIC))
    if size > MAX_HEADER or start + size > len(message):
        raise BadRequest(_BROKEN)
    try:
        header = json.loads(message[start : start + size].decode("ascii"))
        node, lengths = header["value"], header["buffers"]
        whole = all(type(length) is int and length >= 0 for length in lengths)
    except (ValueError, TypeError, KeyError, RecursionError):
        raise BadRequest(_BROKEN) from None
    if not isinstance(lengths, list) or not whole or start + size + sum(lengths) != len(message):
        raise BadRequest(_BROKEN)
    view, buffers, offset = memoryview(message), [], start + size
    for length in lengths:
        buffers.append(view[offset : offset + length])
        offset += length
    return node, buffers


def _npy(array: npt.NDArray[Any]) -> Sequence[bytes | memoryview]:
    """An npy file in two chunks; the second is the array's own memory where that lies in one piece."""
    array = np.asarray(array)
    if array.dtype.kind not in KINDS:
        raise TypeError(f"Arrays of {array.dtype} cannot be sent; send numbers or bool.")
    head = io.BytesIO()
    described = npy.header_data_from_array_1_0(array)
    npy.write_array_header_1_0(head, described)
    in_order = array.T if described["fortran_order"] else np.ascontiguousarray(array)
    return [head.getvalue(), in_order.reshape(-1).view(np.uint8).data]


def _array(view: memoryview) -> npt.NDArray[Any]:
    """The array of an npy file; sizes are compared before a byte is allocated."""
    head = io.BytesIO(view[: MAX_NPY_HEADER + 10])
    try:
        if npy.read_magic(head) != (1, 0):
            raise BadRequest(_BROKEN)  # noqa: TRY301
        shape, fortran, dtype = npy.read_array_header_1_0(head, max_header_size=MAX_NPY_HEADER)
        body = view[head.tell() :]
        fits = dtype.kind in KINDS and all(side >= 0 for side in shape)
        if not fits or math.prod(shape) * dtype.itemsize != len(body):
            raise BadRequest(_BROKEN)  # noqa: TRY301
        flat = np.array(np.frombuffer(body, dtype)) if body else np.empty(0, dtype)
        return flat.reshape(shape, order="F" if fortran else "C")
    except BadRequest:
        raise
    except (
        Exception
    ) as error:  # numpy evaluates the header as a literal: much can go wrong, all of it the sender's
        raise BadRequest(_BROKEN) from error
