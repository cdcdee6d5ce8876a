"""How far a note of a performance reaches on paper: to the next chord of its hand, beyond it, or not that far.

Four of five printed notes last until something else begins on their staff, whatever the pedal did and however early the finger left. What
speaks for more or less is weighed in a sum (logistic regression, fitted by ``python -m models.transcribe.score_training.lengths``): the key held
longer than the gap, the notation network's value, a long gap, a leap away from the note, and whether it is the chord's highest or lowest.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise

import numpy as np
import numpy.typing as npt

from models.transcribe.heard import HeardNote
from models.transcribe.score.note_network import LENGTHS

LONGER, SHORTER = 1.3, 0.75
"""Shares of the gap from which on a value counts as longer, and below which as shorter."""
BEYOND = (0.46, 0.04, 1.02, 0.65, 0.5, -0.85, -0.66, -0.39, -1.04)
WITHIN = (-0.02, 0.33, -0.72, 1.3, -0.06, -0.65, -0.63, -0.51, -1.08)
"""What each of `told` weighs for a note that lasts beyond the next chord, and for one that ends before it."""
CHANCE = np.array(LENGTHS, np.float64) / 24

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Struck:
    """A note of a performance: the quarter note at which it stands, how many its beat has, what was played, and the network's
    logarithms of the chances of `LENGTHS`.
    """

    start: Fraction
    beat: Fraction
    played: HeardNote
    length: Floats


@dataclass(frozen=True)
class Gap:
    """From a note to the next chord of its hand: in quarter notes, and what stands there."""

    quarters: Fraction
    seconds: float
    told: Floats
    """What is known of the note, as weighed by `BEYOND` and `WITHIN`."""


def gaps(hand: Sequence[Struck]) -> list[Gap | None]:
    """Of each note of one hand, in any order, the gap behind it; None for those of the last chord."""
    chords: dict[Fraction, list[Struck]] = {}
    for note in hand:
        chords.setdefault(note.start, []).append(note)
    starts = sorted(chords)
    follows = dict(pairwise(starts))
    return [
        _gap(note, chords[note.start], chords[follows[note.start]]) if note.start in follows else None
        for note in hand
    ]


def _gap(note: Struck, own: Sequence[Struck], after: Sequence[Struck]) -> Gap:
    quarters = after[0].start - note.start
    seconds = max(0.03, min(n.played.onset_s for n in after) - note.played.onset_s)
    values = CHANCE * float(note.beat) / float(quarters)
    chances = np.exp(note.length)
    longer, shorter = values > LONGER, values < SHORTER
    over, under, same = (
        float(np.log(chances[part].sum() + 1e-3)) for part in (longer, shorter, ~longer & ~shorter)
    )
    keys, others = [n.played.midi for n in own], [n.played.midi for n in after]
    leap = min(abs(max(others) - note.played.midi), abs(min(others) - note.played.midi))
    told = [
        over - same,
        under - same,
        float(np.clip(np.log(max(0.01, note.played.offset_s - note.played.onset_s) / seconds), -2, 2)),
        float(np.log(float(quarters) / float(note.beat))),
        min(leap, 12) / 6,
        float(note.played.midi == max(keys)),
        float(note.played.midi == min(keys)),
        float(max(keys) != min(keys)),
        1.0,
    ]
    return Gap(quarters, seconds, np.array(told))


def written_lengths(hand: Sequence[Struck]) -> list[Fraction]:
    """The length on paper, in quarter notes, of each note of one hand."""
    return [_length(note, gap) for note, gap in zip(hand, gaps(hand), strict=True)]


def _length(note: Struck, gap: Gap | None) -> Fraction:
    allowed = np.ones(len(LENGTHS), bool)
    if gap is not None:
        shares = CHANCE * float(note.beat) / float(gap.quarters)
        if float(gap.told @ np.array(BEYOND)) > 0:
            allowed = shares > LONGER
        elif float(gap.told @ np.array(WITHIN)) > 0:
            allowed = shares < SHORTER
        else:
            return gap.quarters
        if not allowed.any():
            return gap.quarters
    best = int(np.argmax(np.where(allowed, note.length, -np.inf)))
    return Fraction(LENGTHS[best], 24) * note.beat


def by_hand(notes: Mapping[int, Struck], hands: Sequence[int]) -> dict[int, Fraction]:
    """`written_lengths` of notes by their index, each with those of its hand."""
    found: dict[int, Fraction] = {}
    for hand in sorted({hands[i] for i in notes}):
        own = [i for i in notes if hands[i] == hand]
        found |= dict(zip(own, written_lengths([notes[i] for i in own]), strict=True))
    return found
