"""Dynamics by their form: the letters of music fonts, put together and laid over what stands between the staves."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from models.arrays import Mask
from models.read.directions.forms import Form, form, likest
from models.read.text.letters import Letters, Word

FONTS = ("Bravura", "Leland", "Leipzig", "Gootville")
_GLYPHS = {"p": "E520", "m": "E521", "f": "E522", "r": "E523", "s": "E524", "z": "E525"}  # of SMuFL
MARKS = ("p", "pp", "ppp", "mp", "mf", "f", "ff", "fff", "fp", "sf", "sfz", "fz", "rf", "rfz", "sfp")
_ALIKE = 0.62  # overlap over union of a form and a mark, at least
_HIGH, _WIDE = (0.8, 3.2), 6.0  # staff spaces of a mark


@dataclass(frozen=True)
class Dynamic:
    """A dynamic: MusicXML's word, its word on the page, how alike they are (0..1)."""

    mark: str
    word: Word
    certainty: float


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
    best = likest(mask, high, _forms())
    return best if best is not None and best[1] >= _ALIKE else None


@lru_cache(maxsize=1)
def _forms() -> tuple[Form, ...]:
    marks = ((font, mark, tuple(_GLYPHS[letter] for letter in mark)) for font in FONTS for mark in MARKS)
    return tuple(found for one in marks if (found := form(*one)) is not None)
