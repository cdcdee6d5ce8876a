"""How long a heard note is written: up to the next one of its voice, or shorter with a rest or a staccato dot behind it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from fractions import Fraction
from itertools import pairwise

import numpy as np

from models.notation.score import Metre
from models.transcribe.heard import HeardNote
from models.transcribe.score.metre import beat_quarters, beats_a_bar, compound

SHORT = 0.6
"""A note heard for a smaller share of the time to the next one is written short, with a rest behind it; unless most are."""
STACCATO = 0.7
"""They are where the middle note is held for a smaller share than this: the damped string is heard a little longer than the key is down."""
MANY = 4
"""Notes whose ends must be known before a melody is called staccato."""


def share_held(notes: Iterable[tuple[HeardNote, float]]) -> float:
    """The share of its written length for which a note is held in this piece: 1, or less where most are staccato.

    ``notes`` are pairs of a note and the seconds to the next one of its voice. Strings that fall silent by
    themselves say nothing of it.
    """
    shares = [note.seconds / step for note, step in notes if note.seconds < 0.7 * natural_seconds(note.midi)]
    usual = float(np.median(shares)) if len(shares) >= MANY else 1.0
    return usual if usual < STACCATO else 1.0


def written_length(
    note: HeardNote,
    start: Fraction,
    following: tuple[Fraction, float] | None,
    beat_s: float,
    metre: Metre,
) -> Fraction:
    """Quarter notes: up to the next onset of the voice, unless the sound ended well before it; then what was heard.

    ``following`` is that onset's distance in quarter notes and in seconds, None for a voice's last note; ``beat_s``
    the seconds of a beat. High strings fall silent by themselves within a second: that is no rest.
    """
    beat = beat_quarters(metre)
    grid = beat / (6 if compound(metre) else 4)
    heard = Fraction(max(1, round(note.seconds / beat_s / float(grid / beat)))) * grid
    if following is None:
        bar = beats_a_bar(metre) * beat
        to_bar_line = bar - start % bar
        whole = max(grid, _plain(heard, beat))
        return min(whole, to_bar_line) if whole >= to_bar_line - grid else whole
    distance, seconds = following
    natural = natural_seconds(note.midi)
    if note.seconds >= SHORT * seconds or (
        note.seconds >= 0.7 * natural and distance <= 2 * beats_a_bar(metre) * beat
    ):
        return distance
    if distance - heard < beat / (3 if compound(metre) else 2):
        return distance
    return min(distance, _plain(heard, beat))


def _plain(length: Fraction, beat: Fraction) -> Fraction:
    """The nearest length that a musician would write for a note that is let go: a 16th, an eighth, a beat and its multiples."""
    choices = [beat / 4, beat / 2, beat, *(beat * n for n in (2, 3, 4, 6, 8, 12, 16))]
    return min(
        choices,
        key=lambda choice: (
            abs(float(choice / length) - 1) if choice > length else abs(float(length / choice) - 1),
            choice,
        ),
    )


def natural_seconds(midi: int) -> float:
    """How long a held string is heard before it falls 36 dB, roughly: 8 s at A0, 3 s at A4, 0.35 s at C8."""
    points: Sequence[tuple[int, float]] = ((21, 8.0), (45, 6.0), (69, 2.5), (84, 1.2), (96, 0.6), (108, 0.3))
    for (low, a), (high, b) in pairwise(points):
        if midi <= high:
            share = max(0.0, (midi - low) / (high - low))
            return float(a * (b / a) ** share)
    return points[-1][1]
