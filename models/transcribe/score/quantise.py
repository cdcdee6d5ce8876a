"""Heard notes become places and lengths in quarter notes: the beat, the bars, and how long each note is written."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from itertools import pairwise

import numpy as np

from models.notation.score import Metre
from models.transcribe.heard import HeardNote
from models.transcribe.score.metre import (
    FOUR,
    Barring,
    bar_lines,
    beat_quarters,
    beats_a_bar,
    compound,
    estimated,
)
from models.transcribe.score.rhythm import COMPOUND, SIMPLE, Rhythm, follow

TOGETHER = 0.035
"""Seconds within which onsets are one chord."""
FEWEST = 8
"""Notes below which no metre but 4/4 is estimated."""
EVEN = 0.15
"""Logarithm by which the steps of a row of equal notes may differ from their median."""
EVEN_BEATS = (40.0, 208.0)
"""Beats a minute, those of a metronome, within which the notes of such a row are written as quarter notes."""
SHORT = 0.6
"""A note heard for a smaller share of the time to the next one is written short, with a rest behind it; unless most are."""

STACCATO = 0.7
"""They are where the middle note is held for a smaller share than this: the damped string is heard a little longer than the key is down."""
MANY = 4
"""Notes that must be told apart from their silences before a melody is called staccato."""


@dataclass(frozen=True)
class Placed:
    """A heard note's index, its start and written length in quarter notes; starts count from the first full bar's line.

    ``staccato``: it is written longer than it sounds, with a dot.
    """

    index: int
    start: Fraction
    length: Fraction
    staccato: bool = False


@dataclass(frozen=True)
class Quantised:
    """The notes on paper's time; metre; tempo in beats a minute; and what of it was estimated."""

    placed: tuple[Placed, ...]
    metre: Metre
    tempo: float
    pickup: Fraction
    """Quarter notes before the first full bar."""
    tempo_given: bool
    metre_given: bool

    @property
    def quarters_a_minute(self) -> float:
        """The tempo as MusicXML wants it."""
        return self.tempo * float(beat_quarters(self.metre))


def quantise(
    notes: Sequence[HeardNote], *, tempo: float | None = None, metre: Metre | None = None
) -> Quantised:
    """The notes (in order of onset) in bars. ``tempo`` is in beats of the metre a minute: dotted quarters in 6/8."""
    groups = _groups(notes)
    onsets = [min(notes[i].onset_s for i in group) for group in groups]
    rhythm, barring = _rhythm(notes, groups, onsets, tempo, metre)
    beat = beat_quarters(barring.metre)
    shift = barring.first_downbeat
    starts = [(place - shift) * beat for place in rhythm.beats]
    held = _held([notes[group[0]] for group in groups], onsets)
    placed: list[Placed] = []
    for g, group in enumerate(groups):
        following = starts[g + 1] - starts[g] if g + 1 < len(groups) else None
        seconds = onsets[g + 1] - onsets[g] if g + 1 < len(groups) else None
        for i in group:
            whole = replace(notes[i], offset_s=notes[i].onset_s + notes[i].seconds / held)
            beat_s = rhythm.seconds_a_beat[g]
            length = _written(whole, following, seconds, beat_s, beat, starts[g], barring.metre)
            dotted = held < 1 and notes[i].seconds < STACCATO * float(length / beat) * beat_s
            placed.append(Placed(i, starts[g], length, dotted))
    pickup = max(Fraction(0), -starts[0]) if starts else Fraction(0)
    return Quantised(
        tuple(placed),
        barring.metre,
        round(rhythm.tempo, 1) if tempo is None and groups else float(tempo or 100.0),
        pickup,
        tempo is not None,
        metre is not None,
    )


def _held(notes: Sequence[HeardNote], onsets: Sequence[float]) -> float:
    """The share of its written length for which a note is held in this melody: 1, or less where most are staccato.

    Strings that fall silent by themselves tell nothing of it.
    """
    shares = [
        note.seconds / (after - onset)
        for note, (onset, after) in zip(notes, pairwise(onsets), strict=False)
        if note.seconds < 0.7 * natural_seconds(note.midi)
    ]
    usual = float(np.median(shares)) if len(shares) >= MANY else 1.0
    return usual if usual < STACCATO else 1.0


def _groups(notes: Sequence[HeardNote]) -> list[list[int]]:
    groups: list[list[int]] = []
    for i, note in enumerate(notes):
        if groups and note.onset_s - notes[groups[-1][0]].onset_s <= TOGETHER:
            groups[-1].append(i)
        else:
            groups.append([i])
    return groups


def _rhythm(
    notes: Sequence[HeardNote],
    groups: list[list[int]],
    onsets: list[float],
    tempo: float | None,
    metre: Metre | None,
) -> tuple[Rhythm, Barring]:
    loudness = [float(max(notes[i].velocity for i in group)) for group in groups]
    if metre is not None:
        rhythm = follow(onsets, tempo=tempo, grid=COMPOUND if compound(metre) else SIMPLE)
        return rhythm, bar_lines(rhythm.beats, loudness, metre)
    even = None if tempo else even_tempo(onsets)
    if even:
        row = follow(onsets, tempo=even)
        return row, Barring(FOUR, Fraction(int(row.beats[0])))
    halves = follow(onsets, tempo=tempo)
    if len(onsets) < FEWEST:
        return halves, bar_lines(halves.beats, loudness, FOUR)
    return estimated(halves, follow(onsets, tempo=tempo, grid=COMPOUND), loudness)


def even_tempo(onsets: Sequence[float]) -> float | None:
    """The tempo at which a row of equal notes (a scale) is written in quarter notes of 4/4; None for any other tune.

    Nothing in such a row tells its note values, so the plainest are taken; twice or half as long where quarter notes
    would be quicker or slower than `EVEN_BEATS`.
    """
    steps = np.diff(np.asarray(onsets, float))
    if len(steps) < 2 or steps.min() <= 0:
        return None
    middle = float(np.median(steps))
    if np.abs(np.log(steps / middle)).max() > EVEN:
        return None
    tempo = 60.0 / middle
    while tempo > EVEN_BEATS[1]:
        tempo /= 2
    while tempo < EVEN_BEATS[0]:
        tempo *= 2
    return tempo


def _written(
    note: HeardNote,
    following: Fraction | None,
    seconds: float | None,
    beat_s: float,
    beat: Fraction,
    start: Fraction,
    metre: Metre,
) -> Fraction:
    """Up to the next onset, unless the sound ended well before: then what was heard, on a coarser grid.

    High strings fall silent by themselves within a second: that is no rest.
    """
    grid = beat / (6 if compound(metre) else 4)
    heard = Fraction(max(1, round(note.seconds / beat_s / float(grid / beat)))) * grid
    if following is None or seconds is None:
        bar = beats_a_bar(metre) * beat
        to_bar_line = bar - start % bar
        whole = max(grid, _simple(heard, beat))
        return min(whole, to_bar_line) if whole >= to_bar_line - grid else whole
    natural = natural_seconds(note.midi)
    if note.seconds >= SHORT * seconds or (
        note.seconds >= 0.7 * natural and following <= 2 * beats_a_bar(metre) * beat
    ):
        return following
    if following - heard < beat / (3 if compound(metre) else 2):
        return following
    return min(following, _simple(heard, beat))


def _simple(length: Fraction, beat: Fraction) -> Fraction:
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
    points = ((21, 8.0), (45, 6.0), (69, 2.5), (84, 1.2), (96, 0.6), (108, 0.3))
    for (low, a), (high, b) in pairwise(points):
        if midi <= high:
            share = max(0.0, (midi - low) / (high - low))
            return float(a * (b / a) ** share)
    return points[-1][1]
