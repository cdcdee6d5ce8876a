"""What kind of music a recording holds, told by what its listeners hear: one note, one line, several notes at once; struck or sung."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from models.transcribe.heard import HeardNote
from models.transcribe.voice.listener import steadiness
from models.transcribe.voice.segmentation import FRAME_S, Pitches, SungNote

TOGETHER_S = 0.05
"""Onsets within this are one chord."""
SURE = 0.6
"""Certainty from which a note of the piano listener counts."""
EDGE_S = 0.06
STROKE_S = 0.03
"""Seconds before a note's end, or the next stroke, at which its level is no longer its own."""
FEWEST_FRAMES = 6
"""From which on a slope of the level is believed."""


@dataclass(frozen=True)
class Texture:
    """``struck``: moments at which a piano's keys were heard; ``chords``: share of them with more than one;

    ``overlapping``: share of notes that sound on for long under others; ``certainty``: of the middle note of the piano listener;
    ``lines``: notes of the one-line tracker; ``steady``: share of the voiced time on a note's pitch; ``wavering``: semitones that the pitch
    moves within the middle note; ``falling``: decibels a second that its level falls.
    """

    struck: int
    chords: float
    overlapping: float
    certainty: float
    lines: int
    steady: float
    wavering: float
    falling: float


def texture_of(piano: Sequence[HeardNote], track: Pitches, sung: Sequence[SungNote]) -> Texture:
    """The texture, of the notes of the piano listener and those of the one-line tracker."""
    sure = [note for note in piano if note.certainty >= SURE]
    groups = _groups(sure)
    several = sum(1 for group in groups if _keys(group) > 1)
    struck = [group[0].onset_s for group in groups]
    return Texture(
        len(groups),
        several / len(groups) if groups else 0.0,
        _overlapping(sure),
        float(np.median([note.certainty for note in piano])) if piano else 0.0,
        len(sung),
        steadiness(track, list(sung)),
        _middle([_wavering(track, note) for note in sung]),
        _middle([slope for note in sung for slope in _falling(track, note, struck)]),
    )


def _groups(notes: Sequence[HeardNote]) -> list[list[HeardNote]]:
    groups: list[list[HeardNote]] = []
    for note in notes:
        if groups and note.onset_s - groups[-1][0].onset_s <= TOGETHER_S:
            groups[-1].append(note)
        else:
            groups.append([note])
    return groups


def _overlapping(notes: Sequence[HeardNote]) -> float:
    if not notes:
        return 0.0
    count = 0
    for number, note in enumerate(notes):
        later = [o for o in notes[number + 1 : number + 8] if o.onset_s > note.onset_s + TOGETHER_S]
        count += len(later) > 2 and note.offset_s > later[2].onset_s
    return count / len(notes)


def _wavering(track: Pitches, note: SungNote) -> float:
    """Semitones: how far the pitch strays, nine tenths of the time, from its median within the note, edges left out."""
    begin, end = round((note.onset_s + EDGE_S) / FRAME_S), round((note.end_s - EDGE_S) / FRAME_S)
    pitch = track.midi[begin:end][track.voiced[begin:end] > 0.5]
    if len(pitch) < 5:
        return float("nan")
    return float(np.percentile(np.abs(pitch - np.median(pitch)), 90))


def _falling(track: Pitches, note: SungNote, struck: Sequence[float]) -> list[float]:
    """Decibels a second that the level falls from each stroke to the next: a key struck again is the same note to the tracker."""
    inside = [s for s in struck if note.onset_s + EDGE_S < s < note.end_s - EDGE_S]
    slopes = []
    for early, late in pairwise([note.onset_s, *inside, note.end_s]):
        level = track.level[round((early + EDGE_S) / FRAME_S) : round((late - STROKE_S) / FRAME_S)]
        if len(level) >= FEWEST_FRAMES:
            slopes.append(float(-np.polyfit(np.arange(len(level)) * FRAME_S, level, 1)[0]))
    return slopes


def _keys(group: Sequence[HeardNote]) -> int:
    """How many keys were struck together; two neighbours are one string that is tuned between them."""
    keys = sorted({note.midi for note in group})
    return len([k for k in keys if k - 1 not in keys])


def _middle(values: Sequence[float]) -> float:
    known = [value for value in values if np.isfinite(value)]
    return float(np.median(known)) if known else 0.0
