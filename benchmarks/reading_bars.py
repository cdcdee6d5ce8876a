"""Which readings of a page's bars are right in every note, from its truth: what calibration is fitted to."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from pathlib import Path

import numpy as np
from rapidfuzz.distance import Levenshtein

from benchmarks.reading_marks import NoteToken, flat, musicxml_bars, right_ones
from benchmarks.reading_sets import Case
from models.notation.musicxml import read_musicxml, write_musicxml
from models.notation.score import Metre, Score
from models.read.reading import Reading

Staves = list[list[NoteToken]]
"""The notes of a bar, staff by staff."""

_SKIP = 1.0  # of leaving a bar of either side out, against the share of notes that differ
_LONGEST = 2.0  # metres that a bar lasts, beyond which it is a stretch without bar lines
_REACH = 6.0  # staff spaces above and below a system within which a note belongs to it


@dataclass(frozen=True)
class BarTruth:
    """One bar as read: for each of its readings whether it is right in every note; how many notes of the first are right."""

    right: tuple[bool, ...]
    notes_right: int


def variants(reading: Reading) -> list[list[Score]]:
    """Scores that hold every reading of every bar: ``[parity][index]`` has all bars of that parity read so."""
    best = reading.interpretations[0]
    most = max(len(b.readings) for b in reading.bars)
    return [
        [
            reading.score(
                reading.switched(
                    best,
                    {
                        n: index
                        for n, options in enumerate(reading.bars)
                        if n % 2 == parity and index < len(options.readings)
                    },
                )
            )
            for index in range(most)
        ]
        for parity in (0, 1)
    ]


def bar_truths(reading: Reading, case: Case) -> list[BarTruth] | None:
    """Which readings of which bars of a case are right, bar by bar; None where its truth does not tell."""
    if not reading.found_music:
        return None
    if case.score is not None:
        return truths_by_score(reading, case.score) if tells_bars(case.score) else None
    return truths_by_place(reading, case.places) if case.places is not None else None


def tells_bars(truth: Path) -> bool:
    """Whether the bars of a MusicXML file are those on the page: music without bars gets bar lines from its engraver."""
    for part in read_musicxml(truth).parts:
        metre = Metre(4, 4)
        for bar in part.bars:
            metre = bar.metre or metre
            last = max(
                (e.onset + e.duration.quarters for e in bar.events if not e.grace), default=Fraction(0)
            )
            if last > _LONGEST * metre.quarters:
                return False
    return True


def truths_by_score(reading: Reading, truth: Path) -> list[BarTruth]:
    """By the bars of a MusicXML file, joined with those that were read by how alike they are."""
    wanted = musicxml_bars(truth)
    told = [[musicxml_bars(write_musicxml(score)) for score in scores] for scores in variants(reading)]
    first = [told[n % 2][0][n] for n in range(len(reading.bars))]
    joined = paired(first, wanted)
    out = []
    for n, options in enumerate(reading.bars):
        mate = wanted[joined[n]] if n in joined else None
        right = tuple(mate is not None and told[n % 2][k][n] == mate for k in range(len(options.readings)))
        out.append(BarTruth(right, sum(right_ones(flat(mate or []), flat(first[n])))))
    return out


def paired(read: Sequence[Staves], truth: Sequence[Staves]) -> dict[int, int]:
    """Which bar of the truth each bar read is, in order: the pairing in which the fewest notes differ."""
    cost = np.zeros((len(read) + 1, len(truth) + 1))
    cost[:, 0], cost[0, :] = _SKIP * np.arange(len(read) + 1), _SKIP * np.arange(len(truth) + 1)
    alike = np.array([[_difference(r, t) for t in truth] for r in read]).reshape(len(read), len(truth))
    for i in range(1, len(read) + 1):
        for j in range(1, len(truth) + 1):
            cost[i, j] = min(
                cost[i - 1, j - 1] + alike[i - 1, j - 1], cost[i - 1, j] + _SKIP, cost[i, j - 1] + _SKIP
            )
    found: dict[int, int] = {}
    i, j = len(read), len(truth)
    while i and j:
        if cost[i, j] == cost[i - 1, j - 1] + alike[i - 1, j - 1]:
            i, j = i - 1, j - 1
            found[i] = j
        elif cost[i, j] == cost[i - 1, j] + _SKIP:
            i -= 1
        else:
            j -= 1
    return found


def _difference(one: Staves, other: Staves) -> float:
    return float(Levenshtein.normalized_distance(flat(one), flat(other)))


def truths_by_place(reading: Reading, truth: Path) -> list[BarTruth] | None:
    """By where notes stand, for MUSCIMA++: letter, octave and length of each head within a bar's box, all staves together.

    None where the truth tells too few lengths. A head without a length, as of a grace note, counts by its pitch.
    """
    notes = [n for n in json.loads(truth.read_text(encoding="utf-8")) if n.get("midi") is not None]
    if sum(n["beats"] is None for n in notes) > 0.2 * len(notes):
        return None
    wanted: list[list[tuple[int, Fraction | None]]] = [[] for _ in reading.bars]
    places = [reading.place(n)[1] for n in range(len(reading.bars))]
    space = reading.pages[0].staff_space or 20.0
    for note in notes:
        x, y = note["left"] + note["w"] / 2, note["top"] + note["h"] / 2
        near = [
            (max(top - y, y - bottom, 0.0), n)
            for n, (left, top, right, bottom) in enumerate(places)
            if left <= x < right and top - _REACH * space < y < bottom + _REACH * space
        ]
        if near:
            beats = note["beats"]
            length = None if beats is None else Fraction(beats).limit_denominator(96)
            wanted[min(near)[1]].append((note["midi"], length))
    scores = variants(reading)
    out = []
    for n, options in enumerate(reading.bars):
        read = [_heads(scores[n % 2][k], n) for k in range(len(options.readings))]
        right = tuple(same_notes(heads, wanted[n]) for heads in read)
        common = Counter(m for m, _ in read[0]) & Counter(m for m, _ in wanted[n]) if read else Counter[int]()
        out.append(BarTruth(right, common.total()))
    return out


def _heads(score: Score, bar: int) -> list[tuple[int, Fraction | None]]:
    return [
        (replace(note.pitch, alter=0).midi, None if event.grace else event.duration.quarters)
        for part in score.parts
        for event in part.bars[bar].events
        for note in event.notes
    ]


def same_notes(
    read: Sequence[tuple[int, Fraction | None]], wanted: Sequence[tuple[int, Fraction | None]]
) -> bool:
    """Whether two lists hold the same notes in any order; a length that either does not know fits any."""
    if Counter(m for m, _ in read) != Counter(m for m, _ in wanted):
        return False
    for pitch in {m for m, _ in wanted}:
        ours, theirs = (Counter(d for m, d in notes if m == pitch) for notes in (read, wanted))
        unknown = ours.pop(None, 0) + theirs.pop(None, 0)
        if max((ours - theirs).total(), (theirs - ours).total()) > unknown:
            return False
    return True
