"""The line at the start of a system ends no bar, wherever the lines of its staves were followed from."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from models.read.meaning.barring import _at_start, _Line
from models.read.primitives import Primitive


def a_system(*lefts: float) -> Any:
    staves = [
        SimpleNamespace(left=left, right=2000.0, space=20.0, lines=np.full((5, 2), 200.0 * n), strip=SimpleNamespace(spaces=6.0 + (2000.0 - left) / 20.0))
        for n, left in enumerate(lefts)
    ]  # fmt: skip
    return SimpleNamespace(staves=staves)


def clef(x: float) -> Primitive:
    return Primitive("p0", "blob", (20 * x - 20, 120, 20 * x + 20, 200), x, 4.0, {"treble_clef": 1.0})


def line(*xs: float) -> _Line:
    return _Line(tuple((x, x + 0.2) for x in xs), heavy_left=False, heavy_right=False, several=False)


@pytest.mark.parametrize(
    ("lefts", "at", "clefs", "starts"),
    [
        ((300, 300, 300), (3.1, 3.1, 3.1), (5.0, 5.0, 5.0), True),
        ((160, 300, 300), (10.2, 3.4, 3.4), (12.0, 5.0, 5.0), True),  # followed into the name of a part
        ((160, 300, 300), (24.0, 17.0, 17.0), (12.0, 5.0, 5.0), False),
        ((300, 300, 300), (4.0, 4.0, 4.0), (3.2, 3.2, 3.2), False),  # behind the clef
    ],
)
def test_the_line_at_the_start_of_a_system_is_told_by_where_its_staves_begin(
    lefts: tuple[float, ...], at: tuple[float, ...], clefs: tuple[float, ...], starts: bool
) -> None:
    assert _at_start(a_system(*lefts), [[clef(x)] for x in clefs], line(*at)) is starts
