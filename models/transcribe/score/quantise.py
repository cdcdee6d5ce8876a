"""Heard notes become places and lengths in quarter notes: the beat, the bars, staves and voices, and how long each is written."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from itertools import pairwise

import numpy as np

from models.notation.score import Metre
from models.transcribe.heard import HeardNote
from models.transcribe.score.lengths import STACCATO, share_held, written_length
from models.transcribe.score.metre import FOUR, Barring, beat_quarters, compound
from models.transcribe.score.readings import Line as Onsets
from models.transcribe.score.readings import Reading, ranked
from models.transcribe.score.rhythm import COMPOUND, SIMPLE, follow
from models.transcribe.score.staves import layout_of
from models.transcribe.score.voices import Span, voices_of

TOGETHER = 0.035
"""Seconds within which onsets are one chord."""
FEWEST = 8
"""Notes below which no metre but 4/4 is estimated."""
EVEN = 0.15
"""Logarithm by which the steps of a row of equal notes may differ from their median."""
EVEN_BEATS = (40.0, 208.0)
"""Beats a minute, those of a metronome, within which the notes of such a row are written as quarter notes."""
SLOW_BEATS = (40.0, 75.0)
"""Beats a minute within which the commonest step of a slow tune is written as a quarter note, not as a half."""
COMMON = 0.6
"""Share of the steps that must be the commonest one for that."""
SAME_TEMPO = 0.05
"""Share by which two tempi may differ and still be one."""
OVERLAP_S = 0.2
"""Seconds for which a note of a melody may sound on under the next one; longer, and it is a voice of its own."""


@dataclass(frozen=True)
class Placed:
    """A heard note's index, its start and written length in quarter notes; starts count from the first full bar's line.

    ``staff`` is 1 (upper) or 2, ``voice`` counts from 1 on each staff. ``staccato``: it is written longer than it
    sounds, with a dot.
    """

    index: int
    start: Fraction
    length: Fraction
    staccato: bool = False
    staff: int = 1
    voice: int = 1


@dataclass(frozen=True)
class Quantised:
    """The notes on paper's time, by index; metre; tempo in beats a minute; and what of it was estimated."""

    placed: tuple[Placed, ...]
    metre: Metre
    tempo: float
    pickup: Fraction
    """Quarter notes before the first full bar."""
    tempo_given: bool
    metre_given: bool
    staves: int = 1

    @property
    def quarters_a_minute(self) -> float:
        """The tempo as MusicXML wants it."""
        return self.tempo * float(beat_quarters(self.metre))


Line = Sequence[tuple[int, Sequence[int]]]
"""What one voice plays: the numbers of the onsets at which it begins something, and the notes that begin there."""


def quantise(
    notes: Sequence[HeardNote], *, tempo: float | None = None, metre: Metre | None = None
) -> Quantised:
    """The notes (in order of onset) in bars, on staves and in voices; any number of them may sound at once.

    ``tempo`` is in beats of the metre a minute: dotted quarters in 6/8. Staves and voices that the notes bring are
    kept, others are estimated. Each note lasts until the next one of its voice, or less.
    """
    groups = _groups(notes)
    onsets = [min(notes[i].onset_s for i in group) for group in groups]
    readings = readings_of(notes, tempo=tempo, metre=metre)
    rhythm, barring = readings[0].rhythm, readings[0].barring
    beat = beat_quarters(barring.metre)
    starts = [(place - barring.first_downbeat) * beat for place in rhythm.beats]
    layout = layout_of(notes)
    voice = [note.voice or 1 for note in notes]
    lines: list[Line] = [list(enumerate(groups))]
    if not _one_at_a_time(notes, groups, onsets):
        spans: dict[int, list[tuple[int, Span]]] = {}
        for g, group in enumerate(groups):
            for i in group:
                held = notes[i].seconds / rhythm.seconds_a_beat[g] * float(beat)
                span = Span(starts[g], float(starts[g]) + held, notes[i].midi, notes[i].voice)
                spans.setdefault(layout.staff[i], []).append((i, span))
        for members in spans.values():
            for (i, _), found in zip(members, voices_of([span for _, span in members]), strict=True):
                voice[i] = found
        lines = _lines(groups, [(layout.staff[i], voice[i]) for i in range(len(notes))])
    share = share_held(
        (notes[line[n][1][0]], onsets[after] - onsets[g])
        for line in lines
        for n, ((g, _), (after, _)) in enumerate(pairwise(line))
    )
    placed: list[Placed] = []
    for line in lines:
        for n, (g, begun) in enumerate(line):
            after = line[n + 1][0] if n + 1 < len(line) else None
            following = None if after is None else (starts[after] - starts[g], onsets[after] - onsets[g])
            for i in begun:
                whole = replace(notes[i], offset_s=notes[i].onset_s + notes[i].seconds / share)
                beat_s = rhythm.seconds_a_beat[g]
                length = written_length(whole, starts[g], following, beat_s, barring.metre)
                dotted = share < 1 and notes[i].seconds < STACCATO * float(length / beat) * beat_s
                placed.append(Placed(i, starts[g], length, dotted, layout.staff[i], voice[i]))
    return Quantised(
        tuple(sorted(placed, key=lambda p: p.index)),
        barring.metre,
        round(rhythm.tempo, 1) if tempo is None and groups else float(tempo or 100.0),
        max(Fraction(0), -starts[0]) if starts else Fraction(0),
        tempo is not None,
        metre is not None,
        layout.staves,
    )


def _one_at_a_time(
    notes: Sequence[HeardNote], groups: Sequence[Sequence[int]], onsets: Sequence[float]
) -> bool:
    """Whether this is a melody: no chords, nothing held under what follows, no staves or voices given.

    A melody that wanders over two staves is still one voice: its notes last until the next, on whichever staff.
    """
    if any(len(group) > 1 for group in groups) or any(n.staff or n.voice for n in notes):
        return False
    return all(
        notes[group[0]].offset_s - after <= OVERLAP_S
        for group, after in zip(groups, onsets[1:], strict=False)
    )


def _lines(groups: Sequence[Sequence[int]], place: Sequence[tuple[int, int]]) -> list[Line]:
    """The groups parted by the (staff, voice) of their notes."""
    lines: dict[tuple[int, int], list[tuple[int, list[int]]]] = {}
    for g, group in enumerate(groups):
        for i in group:
            line = lines.setdefault(place[i], [])
            if not line or line[-1][0] != g:
                line.append((g, []))
            line[-1][1].append(i)
    return [lines[key] for key in sorted(lines)]


def _groups(notes: Sequence[HeardNote]) -> list[list[int]]:
    groups: list[list[int]] = []
    for i, note in enumerate(notes):
        if groups and note.onset_s - notes[groups[-1][0]].onset_s <= TOGETHER:
            groups[-1].append(i)
        else:
            groups.append([i])
    return groups


def readings_of(
    notes: Sequence[HeardNote], *, tempo: float | None = None, metre: Metre | None = None
) -> list[Reading]:
    """The ways in which the notes may be written, best first, one a tempo and metre; at least one."""
    groups = _groups(notes)
    onsets = [min(notes[i].onset_s for i in group) for group in groups]
    line = Onsets(
        onsets,
        [float(max(notes[i].velocity for i in group)) for group in groups],
        [max(notes[i].midi for i in group) for group in groups],
        [max(notes[i].seconds for i in group) for group in groups],
    )
    even = None if tempo or metre else even_tempo(onsets)
    if even:
        row = follow(onsets, tempo=even)
        first = Reading(row, Barring(FOUR, Fraction(int(row.beats[0]))), 1.0)
        return [first, *(r for r in ranked(line) if not _alike(r, first))]
    if len(onsets) > 1:
        found = ranked(line, tempo=tempo, metre=metre or (FOUR if len(onsets) < FEWEST else None))
        slow = None if tempo else slow_tempo(onsets)
        if slow:  # the readings in that tempo come first
            found.sort(
                key=lambda r: abs(r.rhythm.tempo * float(beat_quarters(r.metre)) / slow - 1) > SAME_TEMPO
            )
        if found:
            return found
    metre = metre or FOUR
    rhythm = follow(onsets, tempo=tempo, grid=COMPOUND if compound(metre) else SIMPLE)
    return [Reading(rhythm, Barring(metre, Fraction(int(rhythm.beats[0]) if onsets else 0)), 1.0)]


def _alike(one: Reading, other: Reading) -> bool:
    return one.metre == other.metre and abs(one.rhythm.tempo / other.rhythm.tempo - 1) < SAME_TEMPO


def even_tempo(onsets: Sequence[float]) -> float | None:
    """The tempo at which a row of equal notes (a scale) is written in quarter notes of 4/4; None for any other tune.

    Such a row does not determine its note values, so the plainest are taken; twice or half as long where quarter notes
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


def slow_tempo(onsets: Sequence[float]) -> float | None:
    """The tempo at which the commonest step of a slow tune is a quarter note; None where it is quicker or there is none.

    Half notes at twice the tempo would be as right in time, but a tune of half notes without any shorter beat is
    rarely written.
    """
    steps = np.diff(np.asarray(onsets, float))
    if len(steps) < 4 or steps.min() <= 0:
        return None
    alike = np.abs(np.log(steps[:, None] / steps[None])) < EVEN
    common = alike[int(alike.sum(1).argmax())]
    tempo = 60.0 / float(np.median(steps[common]))
    return tempo if common.mean() >= COMMON and SLOW_BEATS[0] * 0.97 <= tempo <= SLOW_BEATS[1] else None
