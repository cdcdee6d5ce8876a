"""A staff's heads as a network sees them, laid beside the notes that the staff is known to have.

Both are in order, from left to right and chords from the top down, so that dynamic programming finds which head is which
note, whatever the clefs: a clef says how far steps and staff positions are apart, and may change on the way.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from models.read.page.staves import SPACE
from models.read.primitives.learned.classes import LOWEST
from models.read.primitives.learned.detect import Box, Detection

HEADS = ("solid_head", "hollow_head", "whole_head", "grace_head")

_BOTTOM_LINES = (11, 18, 22, 23, 24, 30, 37)
"""Steps above C0 of the bottom line under the bass, tenor, alto and treble clef, and with an octave sign."""

_LEAST_HEAD = 0.1
_GAIN, _NO_NOTE, _NO_HEAD, _NEW_CLEF = 3.5, -2.0, -1.0, -4.0
_AGREES = 1.5
_ASIDE = (0.3, 0.08)  # of a position's chance, where the head lies one step aside, or two
_CHORD = 0.7  # staff spaces within which heads are of one chord


@dataclass(frozen=True)
class Written:
    """A note of the truth: when it sounds, its steps above C0, and the class of its head."""

    onset: float
    step: int
    head: str


@dataclass(frozen=True)
class Match:
    """A head and the note that it stands for, by their numbers; the note's staff position; how well both agree."""

    head: int
    note: int
    position: int
    gain: float


def in_order(seen: Sequence[Detection]) -> list[Detection]:
    """The heads among detections from left to right, those of a chord from the top down."""
    heads = [d for d in seen if d.name in HEADS and d.certainty >= _LEAST_HEAD and d.positions is not None]
    heads.sort(key=lambda d: middle_of(d.box)[0])
    chords: list[list[Detection]] = []
    for head in heads:
        if chords and middle_of(head.box)[0] - middle_of(chords[-1][-1].box)[0] < _CHORD * SPACE:
            chords[-1].append(head)
        else:
            chords.append([head])
    return [head for chord in chords for head in sorted(chord, key=lambda d: middle_of(d.box)[1])]


def matched(heads: Sequence[Detection], notes: Sequence[Written]) -> tuple[float, list[Match]]:
    """The best way to lay heads beside notes, both in order, under clefs that may change: its score and what agrees in it."""
    if not heads or not notes:
        return 0.0, []
    gain = _gains(heads, notes)
    lost = [_NO_NOTE * head.certainty for head in heads]
    rows, columns, clefs = len(heads) + 1, len(notes) + 1, len(_BOTTOM_LINES)
    score = np.full((rows, columns, clefs), -np.inf)
    came = np.zeros((rows, columns, clefs), np.int64)
    score[0, 0] = 0.0
    for i in range(rows):
        for j in range(columns):
            best, how = score[i, j], came[i, j]
            if i:
                _better(best, how, score[i - 1, j] + lost[i - 1], 1)
            if j:
                _better(best, how, score[i, j - 1] + _NO_HEAD, 2)
            if i and j:
                before, own = score[i - 1, j - 1], gain[:, i - 1, j - 1]
                other = int(before.argmax())
                _better(best, how, before + own, 3)
                _better(best, how, before[other] + _NEW_CLEF + own, 4 + other)
    return float(score[-1, -1].max()), _followed(score, came, gain, notes)


def _gains(heads: Sequence[Detection], notes: Sequence[Written]) -> NDArray[np.float64]:
    """What it is worth, (clefs, heads, notes), that a head is a note's."""
    chance = np.stack([head.positions for head in heads if head.positions is not None]).astype(np.float64)
    wide = np.pad(chance, ((0, 0), (2, 2)))
    one, two = _ASIDE
    chance = np.maximum.reduce(
        [chance, one * wide[:, 1:-3], one * wide[:, 3:-1], two * wide[:, :-4], two * wide[:, 4:]]
    )
    likely = np.log(chance + 1e-3)
    sure = 0.5 * np.log([head.certainty for head in heads])
    out = np.full((len(_BOTTOM_LINES), len(heads), len(notes)), -9.0)
    for clef, bottom in enumerate(_BOTTOM_LINES):
        place = np.array([note.step - bottom - LOWEST for note in notes])
        there = (place >= 0) & (place < chance.shape[1])
        out[clef][:, there] = _GAIN + likely[:, place[there]] + sure[:, None]
    return out


def _better(
    best: NDArray[np.float64],
    how: NDArray[np.int64],
    other: NDArray[np.float64],
    mark: int,
) -> None:
    more = other > best
    best[more], how[more] = other[more], mark


def _followed(
    score: NDArray[np.float64],
    came: NDArray[np.int64],
    gain: NDArray[np.float64],
    notes: Sequence[Written],
) -> list[Match]:
    i, j = score.shape[0] - 1, score.shape[1] - 1
    clef = int(score[i, j].argmax())
    found = []
    while i or j:
        how = int(came[i, j, clef])
        if how != 2:
            i -= 1
        if how != 1:
            j -= 1
        if how >= 3:
            worth = float(gain[clef, i, j])
            if worth > _AGREES:
                found.append(Match(i, j, notes[j].step - _BOTTOM_LINES[clef], worth))
            if how >= 4:
                clef = how - 4
    return found[::-1]


def side_by_side(
    heads: Sequence[Sequence[Detection]], staves: Sequence[Sequence[Written]]
) -> list[tuple[int, int, list[Match]]]:
    """Which strip is which written staff, from the top down: paper may have staves that nobody wrote on."""
    rows, columns = len(heads) + 1, len(staves) + 1
    pairs = {
        (i, j): matched(own, notes)
        for i, own in enumerate(heads)
        for j, notes in enumerate(staves)
        if 0.25 * len(notes) <= len(own) <= 4 * len(notes) + 5
    }
    score, came = np.zeros((rows, columns)), np.zeros((rows, columns), np.int64)
    for i in range(1, rows):
        for j in range(1, columns):
            ways = [score[i - 1, j], score[i, j - 1]]
            if (i - 1, j - 1) in pairs:
                ways.append(score[i - 1, j - 1] + pairs[i - 1, j - 1][0])
            came[i, j] = int(np.argmax(ways))
            score[i, j] = ways[came[i, j]]
    i, j, out = rows - 1, columns - 1, []
    while i and j:
        how = int(came[i, j])
        if how != 1:
            i -= 1
        if how != 0:
            j -= 1
        if how == 2:
            out.append((i, j, pairs[i, j][1]))
    return out[::-1]


def middle_of(box: Box) -> tuple[float, float]:
    """The middle of a box."""
    return (box[0] + box[2]) / 2, (box[1] + box[3]) / 2
