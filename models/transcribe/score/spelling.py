"""The key of a piece, and how its keys of the piano are spelt in it.

Key: correlation with the profiles of Krumhansl and Kessler (1982) as Temperley revised them ("What's key for key?",
Music Perception 17, 1999, figure 4). Spelling: the line of fifths around the tonic; chromatic steps rise by sharps and
fall by flats.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from models.notation.score import Event, Key, Note, Pitch

MAJOR = (5.0, 2.0, 3.5, 2.0, 4.5, 4.0, 2.0, 4.5, 2.0, 3.5, 1.5, 4.0)
MINOR = (5.0, 2.0, 3.5, 4.5, 2.0, 4.0, 2.0, 4.5, 3.5, 2.0, 1.5, 4.0)
CLEAR = 0.55
"""Below this correlation no key is claimed: chromatic scales and a few notes have none."""
FEWEST = 5
LINE = "FCGDAEB"
MINOR_STEPS = {8: 0.3, 6: 0.6}
"""Prices of the raised seventh and sixth of a minor key, by their places on the line of fifths from the signature: at home in it."""


@dataclass(frozen=True)
class KeyGuess:
    """A key signature and how well it correlates with the notes; ``clear`` when that is enough to believe it."""

    key: Key
    correlation: float
    clear: bool


def estimated_key(midis: Sequence[int], weights: Sequence[float], last: int | None = None) -> KeyGuess:
    """The key in which these notes, weighted by their lengths, are most at home; no signature where none is clear.

    ``last`` is the note it ends on, the lowest of its last chord; without it, the last of ``midis``.
    """
    weight = np.zeros(12)
    for midi, length in zip(midis, weights, strict=True):
        weight[midi % 12] += length
    if len({m % 12 for m in midis}) < FEWEST or weight.std() < 1e-9:
        return KeyGuess(Key(0), 0.0, clear=False)
    found: list[tuple[float, int, str]] = []
    for tonic in range(12):
        for mode, profile in (("major", MAJOR), ("minor", MINOR)):
            r = float(np.corrcoef(weight, np.roll(profile, tonic))[0, 1])
            # the last note is most often the tonic
            r += 0.12 * ((midis[-1] if last is None else last) % 12 == tonic)
            found.append((r, tonic, mode))
    r, tonic, mode = max(found)
    fifths = (tonic * 7 - (3 if mode == "minor" else 0)) % 12
    fifths = fifths - 12 if fifths > 6 else fifths
    clear = bool(r >= CLEAR and np.count_nonzero(weight > 0.02 * weight.sum()) <= 10)
    return KeyGuess(Key(fifths, mode) if clear else Key(0), r, clear)


Neighbours = Sequence[tuple[int | None, int | None]]
"""The MIDI numbers before and after each note in its voice."""


def spelt(midis: Sequence[int], key: Key, neighbours: Neighbours | None = None) -> list[Pitch]:
    """Each key of the piano as it is written in this key signature, in its place between its neighbours.

    Without ``neighbours`` the notes are a melody: each stands between the one before and the one after it.
    """
    if neighbours is None:
        line: list[int | None] = [None, *midis, None]
        neighbours = list(zip(line[:-2], line[2:], strict=True))
    out = []
    for midi, (before, after) in zip(midis, neighbours, strict=True):
        options = [_pitch(midi, place) for place in _positions(midi, key.fifths)]
        out.append(min(options, key=lambda pitch: _price(pitch, key, before, after)))
    return out


def _positions(midi: int, fifths: int) -> list[int]:
    """Places on the line of fifths (C = 0) that sound like this key, none beyond a double sign."""
    first = (midi * 7) % 12
    return [p for p in range(first - 36, first + 37, 12) if fifths - 8 <= p <= fifths + 12 and -15 <= p <= 19]


def _pitch(midi: int, line: int) -> Pitch:
    step, alter = LINE[(line + 1) % 7], (line + 1) // 7
    natural = {"C": 0, "D": 2, "E": 4, "F": 5, "G": 7, "A": 9, "B": 11}[step] + alter
    return Pitch(step, alter, (midi - natural) // 12 - 1)


def _price(pitch: Pitch, key: Key, before: int | None, after: int | None) -> float:
    line = LINE.index(pitch.step) - 1 + 7 * pitch.alter
    place = line - key.fifths
    # -1..5 are the seven notes of the signature; beyond, sharps (6, 7, ...) and flats (-2, -3, ...)
    if -1 <= place <= 5:
        return 0.0
    if key.mode == "minor" and place in MINOR_STEPS:
        price = MINOR_STEPS[place]
    else:
        price = 1.0 + 0.1 * (place - 5 if place > 5 else 0.9 * (-1 - place)) + 2.0 * (abs(pitch.alter) > 1)
    raised = pitch.alter > key.alter(pitch.step)
    if after is not None and abs(after - pitch.midi) == 1:
        price += -0.6 if raised == (after > pitch.midi) else 0.6
    elif before is not None and abs(before - pitch.midi) == 1:
        price += -0.3 if raised == (before < pitch.midi) else 0.3
    return price


def with_accidentals(events: Sequence[Event], key: Key) -> list[Event]:
    """The events of one bar, in order, each note with the sign that must be printed before it."""
    held: dict[tuple[int, str, int], int] = {}
    out = []
    for event in events:
        notes = []
        for note in event.notes:
            place = (event.staff, note.pitch.step, note.pitch.octave)
            known = held.get(place, key.alter(note.pitch.step))
            sign = None if note.tie_stop else _sign(note, known)
            if not note.tie_stop:
                held[place] = note.pitch.alter
            notes.append(replace(note, accidental=sign))
        out.append(replace(event, notes=tuple(notes)))
    return out


def _sign(note: Note, known: int) -> str | None:
    if note.pitch.alter == known:
        return None
    return {-2: "flat-flat", -1: "flat", 0: "natural", 1: "sharp", 2: "double-sharp"}[note.pitch.alter]
