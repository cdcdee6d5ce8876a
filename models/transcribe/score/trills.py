"""Trills: quick turns between two neighbouring keys, which are written as one note with a sign."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from models.transcribe.heard import HeardNote

FEWEST, LONGEST_S = 6, 0.16
"""Notes that make a trill, and the most seconds from one to the next."""


@dataclass(frozen=True)
class Trill:
    """The note that stands for a trill (its index), and the notes that it swallows."""

    index: int
    swallowed: tuple[int, ...]


def trills_of(notes: Sequence[HeardNote]) -> list[Trill]:
    """The trills among notes in order of onset: at least `FEWEST` in turn on two keys a semitone or a whole tone apart."""
    found: list[Trill] = []
    used: set[int] = set()
    for begin, first in enumerate(notes):
        if begin in used:
            continue
        run = [begin]
        other: int | None = None
        for index in range(begin + 1, len(notes)):
            note = notes[index]
            if note.onset_s - notes[run[-1]].onset_s > LONGEST_S:
                break
            if index in used or note.midi == notes[run[-1]].midi:
                continue
            if other is None and 1 <= abs(note.midi - first.midi) <= 2:
                other = note.midi
            if other is not None and note.midi == (other if len(run) % 2 else first.midi):
                run.append(index)
        if len(run) >= FEWEST:
            lower = min(run[:2], key=lambda i: notes[i].midi)
            kept = lower if lower == run[0] else run[0]
            found.append(Trill(kept, tuple(i for i in run if i != kept)))
            used.update(run)
    return found


def folded(notes: Sequence[HeardNote], trill: Trill) -> HeardNote:
    """The note that stands for a trill, as long as all of it; the lower of its two keys."""
    every = [notes[trill.index], *(notes[i] for i in trill.swallowed)]
    lowest = min(note.midi for note in every)
    return replace(notes[trill.index], midi=lowest, offset_s=max(note.offset_s for note in every))
