"""Signs of music fonts as forms: what ink outside the staves is likest to."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from models.arrays import Mask
from models.notation.engraving.raster import grey_of
from models.notation.engraving.toolkit import data_folder

FONTS = ("Bravura", "Leland", "Leipzig", "Gootville", "Petaluma")
"""The fonts whose forms signs are laid over."""

KEPT = Path(__file__).with_name("feta.json")
"""Pictures of signs of LilyPond's font, which older MuseScores share; `models.read.training.forms` makes them."""

FINGERS = Path(__file__).with_name("fingers.json")
"""Pictures of the digits of fingerings in several fonts, made alike."""

CODES = {
    "accent": ("E4A0",), "strong-accent": ("E4AC", "E4AD"), "tenuto": ("E4A4",), "staccatissimo": ("E4A6", "E4A7"),
    "fermata": ("E4C0", "E4C1"), "trill-mark": ("E566",), "inverted-mordent": ("E56C",), "mordent": ("E56D",),
    "turn": ("E567",), "inverted-turn": ("E568", "E569"), "pedal": ("E650",), "pedal-stop": ("E655",), "segno": ("E047",),
    "coda": ("E048",),
}  # fmt: skip
"""The characters of SMuFL that each sign has."""

SIDE = 28
"""Pixels of the height that forms are compared at."""

_UNITS = 250.0  # of the fonts, to a staff space
_SCALE = 8.0
_ASPECTS = (0.75, 1.33)
_SIZES = (0.72, 1.35)  # of the height that the font gives a form


@dataclass(frozen=True)
class Form:
    """A sign in one font: its ink 28 pixels high (0..1), its width by its height, its height in staff spaces."""

    name: str
    mask: NDArray[np.float32]
    aspect: float
    high: float


def likest(mask: Mask, high: float, forms: Iterable[Form]) -> tuple[str, float] | None:
    """The form that ink of a height in staff spaces is likest, with the share that agrees (0..1); None where none is as large."""
    aspect = mask.shape[1] / mask.shape[0]
    best: tuple[float, str] = (0.0, "")
    for form in forms:
        fits = _ASPECTS[0] < aspect / form.aspect < _ASPECTS[1] and _SIZES[0] < high / form.high < _SIZES[1]
        if not fits:
            continue
        size = (form.mask.shape[1], form.mask.shape[0])
        own = cv2.resize(mask.astype(np.float32), size, interpolation=cv2.INTER_AREA)
        for shift in (-1, 0, 1):
            moved = np.roll(own, shift, axis=1)
            both = float(np.minimum(moved, form.mask).sum() / np.maximum(moved, form.mask).sum())
            best = max(best, (both, form.name))
    return (best[1], best[0]) if best[0] > 0 else None


@lru_cache(maxsize=512)
def form(font: str, name: str, codes: tuple[str, ...]) -> Form | None:
    """A sign set in a font from its characters, side by side, by their codes in SMuFL; None where the font lacks one."""
    folder = data_folder() / font
    widths = _widths(font)
    shapes, at = [], 0.0
    for code in codes:
        file = folder / f"{code}.xml"
        if not file.exists() or code not in widths:
            return None
        shapes.append(f'<g transform="translate({at} 0)">{file.read_text(encoding="utf-8")}</g>')
        at += widths[code]
    ink = _ink(shapes, at)
    rows, columns = np.flatnonzero((ink > 127).any(axis=1)), np.flatnonzero((ink > 127).any(axis=0))
    if not len(rows):
        return None
    part = ink[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1].astype(np.float32) / 255
    aspect = part.shape[1] / part.shape[0]
    mask = cv2.resize(part, (max(2, round(SIDE * aspect)), SIDE), interpolation=cv2.INTER_AREA)
    return Form(name, np.asarray(mask, np.float32), aspect, part.shape[0] * _SCALE / _UNITS)


def forms(codes: Mapping[str, Sequence[str]]) -> tuple[Form, ...]:
    """The forms of signs, each given with its characters in SMuFL (one a variant), in all fonts that are known."""
    drawn = (form(font, name, (code,)) for font in FONTS for name, own in codes.items() for code in own)
    return (*(f for f in drawn if f is not None), *(f for f in kept_forms(KEPT) if f.name in codes))


@lru_cache(maxsize=2)
def kept_forms(file: Path) -> tuple[Form, ...]:
    """The forms that a file keeps: `KEPT` or `FINGERS`."""
    out = []
    for one in json.loads(file.read_text(encoding="utf-8")):
        mask = np.array([[float(v) for v in row] for row in one["rows"]], np.float32)
        out.append(Form(one["name"], mask, mask.shape[1] / mask.shape[0], one["high"]))
    return tuple(out)


def _ink(shapes: Sequence[str], wide: float) -> NDArray[np.uint8]:
    box = f"-300 -1200 {wide + 600} 1900"
    svg = f'<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" viewBox="{box}">{"".join(shapes)}</svg>'
    return np.asarray(255 - grey_of(svg, width=round((wide + 600) / _SCALE)), np.uint8)


@lru_cache(maxsize=8)
def _widths(font: str) -> dict[str, float]:
    """How far each character of a font moves on, in its units."""
    told = (data_folder() / f"{font}.xml").read_text(encoding="utf-8")
    return {code: float(wide) for code, wide in re.findall(r'<g c="(\w+)"[^>]*h-a-x="(-?[0-9.]+)"', told)}
