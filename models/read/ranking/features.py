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
from models.read.ranking.repetition import Repertory, content_of, repertory, rhythm_of

FEATURES = (
    "constant", "grade", "log of the grade", "lead", "fills the metre", "repaired", "not the first", "rank", "notes", "empty",
    "bars of the page that fill the metre", "bars of the page that are empty", "grades of the page", "metre not seen",
    "metre unknown", "clef not seen", "rival clefs or keys", "columns that contradict", "accidentals that change nothing",
    "left out", "weakest sign", "weakest head", "said again", "rhythm said again", "two voices",
    "sign taken otherwise", "how plausible", "as elsewhere", "head taken otherwise", "accidental taken otherwise",
    "value taken otherwise",
)  # fmt: skip
"""The names of the columns of `features`."""

RISING = (
    "grade",
    "log of the grade",
    "lead",
    "fills the metre",
    "bars of the page that fill the metre",
    "grades of the page",
    "weakest sign",
    "weakest head",
    "said again",
    "rhythm said again",
    "how plausible",
)
"""Features that must not make a reading less probable, whatever few development pages say."""

FALLING = (
    "repaired", "not the first", "rank", "bars of the page that are empty", "metre not seen", "metre unknown", "clef not seen",
    "rival clefs or keys", "columns that contradict", "accidentals that change nothing", "left out", "sign taken otherwise",
    "as elsewhere",
)  # fmt: skip
"""Features that must not make a reading more probable."""


_LEAST_GRADE = 0.02
_REPAIRS = {"sum", "flags"}


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
    said: Repertory


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
        said=repertory([[s.signs.timed for s in r.staves] for r in first]),
    )


def features(readings: Sequence[BarReading], page: PageFacts) -> npt.NDArray[np.float64]:
    """One row for each reading of a bar, best grade first, with the columns `FEATURES`: float64 (readings, columns)."""
    grades = [r.grade for r in readings]
    rows = []
    for n, reading in enumerate(readings):
        others = [g for m, g in enumerate(grades) if m != n]
        slips = {s.signs.slip for s in reading.staves if s.signs.slip}
        chords = [p.sign for s in reading.staves for p in s.placed if isinstance(p.sign, ChordSign)]
        rows.append(
            [
                1.0,
                reading.grade,
                math.log(max(_LEAST_GRADE, reading.grade)),
                reading.grade - max(others, default=0.0),
                float(reading.sums),
                float(bool(slips & _REPAIRS)),
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
                min(3.0, reading.contradicting),
                min(3.0, reading.needless),
                math.log1p(sum(s.left_out for s in reading.staves)),
                min((p.sign.certainty for s in reading.staves for p in s.placed), default=1.0),
                min((h.certainty for c in chords for h in c.heads), default=1.0),
                *_again(reading, readings[0], page.said),
                float(any(p.voice > 1 for s in reading.staves for p in s.placed)),
                float(bool(slips - _REPAIRS)),
                sum(math.log(s.signs.plausible) for s in reading.staves),
                float("elsewhere" in slips),
                float(bool(slips & {"head", "step"})),
                float("accidental" in slips),
                float(bool(slips & {"value", "rest"})),
            ]
        )
    return np.array(rows, np.float64).reshape(len(readings), len(FEATURES))


def _again(reading: BarReading, first: BarReading, said: Repertory) -> tuple[float, float]:
    """How often the page says again what the staves of a bar say, and their rhythms: logarithms, the mean of the staves.

    What was counted is the bar's first reading, so that it does not count for itself.
    """
    contents, rhythms = [], []
    for n, (staff, counted) in enumerate(zip(reading.staves, first.staves, strict=True)):
        timed = staff.signs.timed
        if timed:
            same = content_of(timed) == content_of(counted.signs.timed)
            contents.append(math.log1p(said.again(n, timed, own=same)))
            same = rhythm_of(timed) == rhythm_of(counted.signs.timed)
            rhythms.append(math.log1p(said.rhythm_again(timed, own=same)))
    count = max(1, len(contents))
    return sum(contents) / count, sum(rhythms) / count


def _signs(reading: BarReading) -> int:
    return sum(len(s.placed) for s in reading.staves)


def _notes(reading: BarReading) -> int:
    return sum(len(p.sign.heads) for s in reading.staves for p in s.placed if isinstance(p.sign, ChordSign))
