"""The note before the figure of a metronome mark: half, quarter or eighth, with or without a dot."""

from __future__ import annotations

import numpy as np

from models.notation.words import Metronome
from models.read.text.letters import Letters
from models.read.text.tokens import Token

_REACH = 4.0  # staff spaces before the sign of equality
_TALL = 1.2  # staff spaces of the note with its stem, at least
_HOLLOW = 0.62  # share of a head that is inked, below which it is a half note's
_DOT = 0.55  # staff spaces of a dot, at most


def figure_before(letters: Letters, edge: float, equals: Token, count: float) -> Metronome:
    """So many a minute of the note that stands before the column `edge` of the prepared page; quarters where none is made out."""
    space = letters.space
    top, bottom = int(equals.y0 - 2 * space), int(equals.y1 + 1.2 * space)
    x0, x1 = int(max(0, edge - _REACH * space)), int(edge)
    part = letters.labels[max(0, top) : bottom, x0:x1]
    found = []
    for label in np.unique(part):
        if label:
            rows, columns = np.nonzero(part == label)
            found.append((columns.min(), rows.min(), columns.max() + 1, rows.max() + 1, int(label)))
    notes = [b for b in found if b[3] - b[1] > _TALL * space and b[2] - b[0] < 2.2 * space]
    if not notes:
        return Metronome(per_minute=count)
    note = max(notes, key=lambda b: b[0])
    x, y, right, low, label = note
    mask = part[y:low, x:right] == label
    dots = sum(_is_dot(b, right, low, space) for b in found if b is not note)
    head = mask[-max(2, round(0.28 * len(mask))) :]
    columns = np.flatnonzero(head.any(axis=0))
    inner = head[:, columns[0] : columns[-1] + 1]
    filled = float(
        np.mean(
            [row[np.flatnonzero(row)[0] : np.flatnonzero(row)[-1] + 1].mean() for row in inner if row.any()]
        )
    )
    if filled < _HOLLOW + 0.2:
        return Metronome("half", min(1, dots), count)
    upper = mask[: max(1, round(0.45 * len(mask)))]
    stem = np.flatnonzero(upper.any(axis=0))
    flag = (stem[-1] - stem[0] + 1) > 0.45 * (columns[-1] - columns[0] + 1)
    return Metronome("eighth" if flag else "quarter", min(1, dots), count)


def _is_dot(box: tuple[int, int, int, int, int], right: int, low: int, space: float) -> bool:
    """Whether a box right of a note, whose lowest row is `low`, is the dot behind its head."""
    wide, high = box[2] - box[0], box[3] - box[1]
    round_ = wide < 1.6 * high and high < 1.6 * wide
    return (
        round_ and box[0] >= right - 1 and high < _DOT * space and abs(0.5 * (box[1] + box[3]) - low) < space
    )
