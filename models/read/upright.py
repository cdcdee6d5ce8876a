"""A reading of pages that came on their side or upside down, as if they had been turned upright before."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import fields, is_dataclass, replace
from typing import Any, TypeVar

from models.arrays import Box
from models.read.reading import Laid, PageDetections, Reading

T = TypeVar("T")
L = TypeVar("L", Reading, Laid)


def upright(reading: Reading) -> Reading:
    """The reading with every box as it lies once each page is turned by its ``turns``; its pages then have none left."""
    if not any(page.turns for page in reading.pages):
        return reading
    owner = reading.system_page
    first = next((page for page in reading.pages if page.turns), reading.pages[0])
    titled = reading.pages[owner[0]] if owner else first
    turned = replace(
        reading,
        pages=tuple(_turned_page(page) for page in reading.pages),
        heading=_turned(reading.heading, titled),
        others=tuple(_turned_layout(one, reading.pages) for one in reading.others),
    )
    return _turned_layout(turned, reading.pages)


def _turned_layout(laid: L, pages: Sequence[PageDetections]) -> L:
    owner = laid.system_page
    return replace(
        laid,
        systems=tuple(_turned(system, pages[owner[n]]) for n, system in enumerate(laid.systems)),
        bars=tuple(_turned(bar, pages[owner[bar.system]]) for bar in laid.bars),
    )


def turned_box(box: Box, shape: tuple[int, int], turns: int) -> Box:
    """A box of a picture (H, W) as it lies once the picture is turned clockwise by so many quarters."""
    height, width = shape
    for _ in range(turns % 4):
        x0, y0, x1, y1 = box
        box = height - y1, x0, height - y0, x1
        height, width = width, height
    return box


def _turned_page(page: PageDetections) -> PageDetections:
    shape = page.shape if page.turns % 2 == 0 else (page.shape[1], page.shape[0])
    return replace(page, shape=shape, detections=_turned(page.detections, page), turns=0)


def _turned(value: T, page: PageDetections) -> T:
    """A value of tuples and dataclasses with each field called ``box`` turned."""
    if not page.turns:
        return value
    found: Any = value
    if isinstance(value, tuple):
        found = tuple(_turned(one, page) for one in value)
    elif is_dataclass(value) and not isinstance(value, type):
        changed: dict[str, Any] = {}
        for field in fields(value):
            old = getattr(value, field.name)
            if field.name == "box" and old is not None:
                changed[field.name] = turned_box(old, page.shape, page.turns)
            elif isinstance(old, tuple) or is_dataclass(old):
                changed[field.name] = _turned(old, page)
        found = replace(found, **changed) if changed else value
    return found  # type: ignore[no-any-return]
