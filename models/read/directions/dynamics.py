"""Dynamics by their form: the letters of music fonts, put together and laid over what stands between the staves."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import cv2
import numpy as np
from numpy.typing import NDArray

from models.arrays import Mask
from models.notation.engraving.raster import grey_of
from models.notation.engraving.toolkit import data_folder
from models.read.text.letters import Letters, Word

FONTS = ("Bravura", "Leland", "Leipzig", "Gootville")
_GLYPHS = {"p": "E520", "m": "E521", "f": "E522", "r": "E523", "s": "E524", "z": "E525"}  # of SMuFL
MARKS = ("p", "pp", "ppp", "mp", "mf", "f", "ff", "fff", "fp", "sf", "sfz", "fz", "rf", "rfz", "sfp")
_SIDE = 28  # pixels of the height that forms are compared at
_UNITS = 250.0  # of the fonts, to a staff space
_ALIKE = 0.62  # overlap over union of a form and a mark, at least
_SIZES = (0.72, 1.35)  # of the height that the font gives a mark
_HIGH, _WIDE = (0.8, 3.2), 6.0  # staff spaces of a mark


@dataclass(frozen=True)
class Dynamic:
    """A dynamic: MusicXML's word, its word on the page, how alike they are (0..1)."""

    mark: str
    word: Word
    certainty: float


@dataclass(frozen=True)
class _Form:
    mark: str
    mask: NDArray[np.float32]
    aspect: float
    high: float  # staff spaces


def dynamics_among(letters: Letters, words: Sequence[Word]) -> list[Dynamic]:
    """Those of the words that are dynamics."""
    found = []
    space = letters.space
    for word in words:
        wide, high = (word.x1 - word.x0) / space, (word.y1 - word.y0) / space
        if not _HIGH[0] < high < _HIGH[1] or wide > _WIDE or len(word.pieces) > 4:
            continue
        x0, y0, x1, y1 = (int(v) for v in (word.x0, word.y0, word.x1, word.y1))
        mask: Mask = np.isin(letters.labels[y0:y1, x0:x1], [p.label for p in word.pieces])
        told = told_apart(mask, high)
        if told is not None:
            found.append(Dynamic(told[0], word, told[1]))
    return found


def told_apart(mask: Mask, high: float) -> tuple[str, float] | None:
    """The dynamic that ink of a height in staff spaces is likest, with the share that agrees; None for none."""
    aspect = mask.shape[1] / mask.shape[0]
    best: tuple[float, str] = (0.0, "")
    for form in _forms():
        if not (0.75 < aspect / form.aspect < 1.33 and _SIZES[0] < high / form.high < _SIZES[1]):
            continue
        size = (form.mask.shape[1], form.mask.shape[0])
        own = cv2.resize(mask.astype(np.float32), size, interpolation=cv2.INTER_AREA)
        for shift in (-1, 0, 1):
            moved = np.roll(own, shift, axis=1)
            both = float(np.minimum(moved, form.mask).sum() / np.maximum(moved, form.mask).sum())
            best = max(best, (both, form.mark))
    return (best[1], best[0]) if best[0] >= _ALIKE else None


@lru_cache(maxsize=1)
def _forms() -> tuple[_Form, ...]:
    return tuple(form for font in FONTS for mark in MARKS if (form := _form(font, mark)) is not None)


def _form(font: str, mark: str) -> _Form | None:
    """A mark set in a font's letters."""
    folder = data_folder() / font
    widths = (data_folder() / f"{font}.xml").read_text(encoding="utf-8")
    shapes, at = [], 0.0
    for letter in mark:
        code = _GLYPHS[letter]
        file = folder / f"{code}.xml"
        told = re.search(rf'<g c="{code}"[^>]*h-a-x="(-?[0-9.]+)"', widths)
        if not file.exists() or told is None:
            return None
        shapes.append(f'<g transform="translate({at} 0)">{file.read_text(encoding="utf-8")}</g>')
        at += float(told.group(1))
    box = f"-300 -700 {at + 600} 1100"
    svg = f'<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" viewBox="{box}">{"".join(shapes)}</svg>'
    scale = 8.0
    ink = 255 - grey_of(svg, width=round((at + 600) / scale))
    rows, columns = np.flatnonzero((ink > 127).any(axis=1)), np.flatnonzero((ink > 127).any(axis=0))
    if not len(rows):
        return None
    part = ink[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1].astype(np.float32) / 255
    aspect = part.shape[1] / part.shape[0]
    mask = cv2.resize(part, (max(2, round(_SIDE * aspect)), _SIDE), interpolation=cv2.INTER_AREA)
    return _Form(mark, np.asarray(mask, np.float32), aspect, part.shape[0] * scale / _UNITS)
