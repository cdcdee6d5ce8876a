"""Where bars begin: the metre that a visitor gives, or the one in which long and loud notes fall on downbeats."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

import numpy as np

from models.notation.score import Metre

FOUR, THREE, SIX = Metre(4, 4, "common"), Metre(3, 4), Metre(6, 8)
THREE_NEEDS = 0.25
"""How much better downbeats must fit 3/4 than 4/4 before 3/4 is believed."""
FIRST_BONUS = 0.5


@dataclass(frozen=True)
class Barring:
    """A metre, and the beat (counted from the rhythm's first) that the first full bar begins with; ``fit`` of the downbeats."""

    metre: Metre
    first_downbeat: int
    fit: float


def compound(metre: Metre) -> bool:
    """Whether its beats fall into thirds: 6/8, 9/8, 12/8."""
    return metre.beat_type >= 8 and metre.beats > 3 and metre.beats % 3 == 0


def beat_quarters(metre: Metre) -> Fraction:
    """A beat in quarter notes."""
    return Fraction(4 * (3 if compound(metre) else 1), metre.beat_type)


def beats_a_bar(metre: Metre) -> int:
    """Beats in a bar."""
    return metre.beats // 3 if compound(metre) else metre.beats


def bar_lines(beats: Sequence[Fraction], loudness: Sequence[float], metre: Metre) -> Barring:
    """The bars of this metre that fit best: onsets on downbeats, long and loud ones most; the first note's above others."""
    count = beats_a_bar(metre)
    best = max(range(count), key=lambda phase: (_fit(beats, loudness, count, phase), -phase))
    return Barring(metre, best, _fit(beats, loudness, count, best))


def estimated(beats: Sequence[Fraction], loudness: Sequence[float]) -> Barring:
    """4/4, unless three beats to the bar fit clearly better."""
    four, three = bar_lines(beats, loudness, FOUR), bar_lines(beats, loudness, THREE)
    return three if three.fit > four.fit + THREE_NEEDS and len(beats) >= 8 else four


def _fit(beats: Sequence[Fraction], loudness: Sequence[float], count: int, phase: int) -> float:
    """Mean over the bars: an onset on the downbeat earns 1 and its length and loudness; a bar line sounded over costs."""
    if not beats:
        return 0.0
    lengths = [
        min(float(b - a), float(count)) for a, b in zip(beats, [*beats[1:], beats[-1] + 1], strict=True)
    ]
    loud = np.asarray(loudness, float)
    loud = (loud - loud.mean()) / (loud.std() + 8.0)
    mean_length = float(np.mean(lengths))
    onsets = {beat: i for i, beat in enumerate(beats)}
    bars = range(phase - count if phase else 0, int(beats[-1]) + 1, count)
    earned, seen = 0.0, 0
    for bar in bars:
        at = onsets.get(Fraction(bar))
        if bar < beats[0]:
            continue
        seen += 1
        earned += (
            -0.5
            if at is None
            else 1.0 + 0.6 * (lengths[at] - mean_length) / mean_length + 0.4 * float(loud[at])
        )
    first = FIRST_BONUS if beats[0] == phase else 0.0
    return earned / max(1, seen) + first


def parse(text: str) -> Metre:
    """The metre that ``3/4`` means, or C and c| for common and cut time. ValueError for anything else."""
    words = {"c": FOUR, "c|": Metre(2, 2, "cut")}
    if text.strip().lower() in words:
        return words[text.strip().lower()]
    above, slash, below = text.partition("/")
    if not (slash and above.strip().isdecimal() and below.strip().isdecimal()):
        raise ValueError(f"{text[:20]!r} is no metre; write one such as 4/4, 3/4 or 6/8.")
    beats, kind = int(above), int(below)
    if not 1 <= beats <= 16 or kind not in {1, 2, 4, 8, 16}:
        raise ValueError(
            f"{text[:20]!r} is no metre known here; beats go from 1 to 16 and their kinds are 1, 2, 4, 8 and 16."
        )
    return FOUR if (beats, kind) == (4, 4) else Metre(beats, kind)
