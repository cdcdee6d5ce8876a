"""Fingerings: single digits from 1 to 5 that stand clear of the staves, told by their form as fonts draw them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from models.arrays import Box
from models.read.directions.forms import FINGERS, kept_forms, likest
from models.read.page.staves import Staff
from models.read.text.letters import Letters, Row, Word

_ALIKE = {"1": 0.62, "2": 0.5, "3": 0.52, "4": 0.62, "5": 0.47}
"""Overlap over union of ink and each digit, at least: small print is thin, the more so where a digit is bent."""
_HIGH = (0.7, 1.4)  # staff spaces of a digit
_WIDE = 1.15
_MOST = 0.5  # share of the words of a row that are such digits, from which these are no words
_START = 4.5  # staff spaces from the start of a staff in which a digit numbers a bar or is part of a name


@dataclass(frozen=True)
class Finger:
    """One of them: the digit, its box on the prepared page, how sure it is (0..1)."""

    digit: str
    box: Box
    certainty: float


def fingers_told(letters: Letters, staves: Sequence[Staff]) -> tuple[list[Finger], Letters]:
    """The fingerings of a page, and its letters without them.

    A row in which most words are more than one digit is left as it is: it holds words, and what looks like a digit is a letter.
    """
    rows: list[Row] = []
    found: list[Finger] = []
    for row in letters.rows:
        own = {id(word): finger for word in row.words if (finger := _told(letters, word)) is not None}
        near = [staves[n] for n in (row.above, row.below) if n is not None]
        own = {k: f for k, f in own.items() if all(_among_notes(f.box, staff) for staff in near)}
        if row.above == row.below or not near or len(own) < _MOST * len(row.words):
            rows.append(row)
            continue
        found += own.values()
        words = tuple(word for word in row.words if id(word) not in own)
        if words:
            rows.append(replace(row, words=words))
    return found, replace(letters, rows=tuple(rows))


def _told(letters: Letters, word: Word) -> Finger | None:
    if len(word.pieces) != 1:
        return None
    (p,) = word.pieces
    high, wide = p.high / letters.space, (p.x1 - p.x0) / letters.space
    if not _HIGH[0] < high < _HIGH[1] or wide > _WIDE:
        return None
    mask = np.asarray(letters.labels[p.y0 : p.y1, p.x0 : p.x1] == p.label, np.bool_)
    likely = likest(mask, high, kept_forms(FINGERS))
    if likely is None or likely[1] < _ALIKE[likely[0]]:
        return None
    return Finger(likely[0], (float(p.x0), float(p.y0), float(p.x1), float(p.y1)), likely[1])


def _among_notes(box: Box, staff: Staff) -> bool:
    return 0.5 * (box[0] + box[2]) > staff.left + _START * staff.space
