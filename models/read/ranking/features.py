"""What the probability of a reading is judged by: numbers of the reading, of its bar and of its page.

Calibration and reading use the same function, so that what was fitted is what is asked.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from models.read.meaning.context import Context
from models.read.meaning.signs import ChordSign
from models.read.ranking.bars import BarReading

FEATURES = (
    "constant", "grade", "log of the grade", "lead", "fills the metre", "repaired", "not the first", "rank", "notes", "empty",
    "bars of the page that fill the metre", "bars of the page that are empty", "grades of the page", "metre not seen",
    "metre unknown", "clef not seen", "rival clefs or keys",
)  # fmt: skip
"""The names of the columns of `features`."""

RISING = (
    "grade",
    "log of the grade",
    "lead",
    "fills the metre",
    "bars of the page that fill the metre",
    "grades of the page",
)
"""Features that must not make a reading less probable, whatever few development pages say."""

FALLING = (
    "repaired", "not the first", "rank", "bars of the page that are empty", "metre not seen", "metre unknown", "clef not seen",
    "rival clefs or keys",
)  # fmt: skip
"""Features that must not make a reading more probable."""


_LEAST_GRADE = 0.02


@dataclass(frozen=True)
class PageFacts:
    """What holds for all bars of a piece: shares 0..1 of its bars, its mean grade, and what its structure leaves open."""

    filled: float
    empty: float
    grade: float
    metre_unseen: bool
    metre_unknown: bool
    clef_unseen: bool
    rival: float


def page_facts(bars: Sequence[Sequence[BarReading]], contexts: Sequence[Context]) -> PageFacts:
    """The facts of a piece from the readings of its bars, best grade first, and its contexts, best first."""
    first = [readings[0] for readings in bars if readings]
    sounding = [r for r in first if _signs(r)]
    best = contexts[0]
    return PageFacts(
        filled=sum(r.sums for r in sounding) / max(1, len(sounding)),
        empty=1.0 - len(sounding) / max(1, len(bars)),
        grade=sum(r.grade for r in sounding) / max(1, len(sounding)),
        metre_unseen=best.inferred,
        metre_unknown=not any(best.metres.values()),
        clef_unseen=bool(best.unseen_clefs),
        rival=contexts[1].certainty if len(contexts) > 1 else 0.0,
    )


def features(readings: Sequence[BarReading], page: PageFacts) -> npt.NDArray[np.float64]:
    """One row for each reading of a bar, best grade first, with the columns `FEATURES`: float64 (readings, columns)."""
    grades = [r.grade for r in readings]
    rows = []
    for n, reading in enumerate(readings):
        others = [g for m, g in enumerate(grades) if m != n]
        rows.append(
            [
                1.0,
                reading.grade,
                math.log(max(_LEAST_GRADE, reading.grade)),
                reading.grade - max(others, default=0.0),
                float(reading.sums),
                float(any(s.signs.slip for s in reading.staves)),
                float(n > 0),
                n / 4.0,
                math.log1p(_notes(reading)),
                float(not _signs(reading)),
                page.filled,
                page.empty,
                page.grade,
                float(page.metre_unseen),
                float(page.metre_unknown),
                float(page.clef_unseen),
                page.rival,
            ]
        )
    return np.array(rows, np.float64).reshape(len(readings), len(FEATURES))


def _signs(reading: BarReading) -> int:
    return sum(len(s.placed) for s in reading.staves)


def _notes(reading: BarReading) -> int:
    return sum(len(p.sign.heads) for s in reading.staves for p in s.placed if isinstance(p.sign, ChordSign))
