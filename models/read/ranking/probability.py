"""Certainties told to people: how often a note is right whose reading the grammar grades so.

Fuzzy grades say how well things fit, not how often a reading holds: a bar whose worst primitive has a membership of
0.6 is right far more often than in six cases of ten. The curve joins the grades of notes with the share of them that
was right on development pages (``python -m benchmarks.read clean photos low-scans engraved --limit 21 --grades`` prints
them; the curve is drawn below them where few notes speak); it rises everywhere, so ranks stay. Handwriting is right less
often at the same grade (``muscima --grades`` prints the share of pitches that are right).
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from models.read.ranking.bars import BarReading
from models.read.ranking.interpretations import BarOptions, Interpretation

_GRADES = (0.0, 0.24, 0.35, 0.5, 0.62, 0.8, 1.0)
_RIGHT = (0.3, 0.7, 0.88, 0.92, 0.985, 0.99, 0.995)
# of the share in print: the share of pitches told that were right on handwritten development pages
_BY_HAND = 0.67


def told(grade: float, *, handwritten: bool = False) -> float:
    """The certainty to tell for a grade, 0..1."""
    share = float(np.interp(grade, _GRADES, _RIGHT))
    return share * _BY_HAND if handwritten else share


def told_bars(bars: list[BarOptions], *, handwritten: bool) -> tuple[BarOptions, ...]:
    """The bars with the certainties to tell in place of grades."""
    return tuple(replace(b, readings=tuple(_told(r, handwritten) for r in b.readings)) for b in bars)


def told_ways(ways: list[Interpretation], *, handwritten: bool) -> tuple[Interpretation, ...]:
    """The interpretations with the certainties to tell."""
    return tuple(replace(w, certainty=told(w.certainty, handwritten=handwritten)) for w in ways)


def _told(reading: BarReading, handwritten: bool) -> BarReading:
    staves = tuple(replace(s, certainty=told(s.certainty, handwritten=handwritten)) for s in reading.staves)
    return BarReading(staves, told(reading.certainty, handwritten=handwritten))
