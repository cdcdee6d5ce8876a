"""Chords whose notes were spread upwards: they are written as one chord with the sign of an arpeggio."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from models.transcribe.heard import HeardNote

FEWEST, STEP_S = 3, 0.08
"""Notes that make a spread chord, and the most seconds from one to the next: quicker than anyone plays a written figure."""
LEAST_S = 0.06
"""Seconds from the first to the last below which it is a chord of fingers that scatter."""
HELD_S = 0.03
"""Seconds for which all of its notes still sound together."""
LEAPS, WIDEST = (3, 12), 30
"""Semitones from a note to the next one, which no scale has, and from the lowest to the highest."""


def spreads_of(notes: Sequence[HeardNote]) -> list[tuple[int, ...]]:
    """The spread chords among notes in any order: the indices of each one's notes, upwards."""
    order = sorted(range(len(notes)), key=lambda i: (notes[i].onset_s, notes[i].midi))
    used: set[int] = set()
    found = []
    for place, first in enumerate(order):
        if first in used:
            continue
        run = [first]
        for index in order[place + 1 :]:
            note, last = notes[index], notes[run[-1]]
            if note.onset_s - last.onset_s > STEP_S:
                break
            fits = LEAPS[0] <= note.midi - last.midi <= LEAPS[1]
            if index not in used and fits and note.midi - notes[first].midi <= WIDEST:
                run.append(index)
        begin, end = notes[first].onset_s, notes[run[-1]].onset_s
        held = min(notes[i].offset_s for i in run)
        if len(run) >= FEWEST and end - begin >= LEAST_S and held > end + HELD_S:
            found.append(tuple(run))
            used.update(run)
    return found


def struck_together(notes: Sequence[HeardNote], spreads: Sequence[Sequence[int]]) -> list[HeardNote]:
    """The notes, those of each spread chord where its last one was struck: the highest note is heard on the beat."""
    out = list(notes)
    for own in spreads:
        at = notes[own[-1]].onset_s
        for i in own:
            out[i] = replace(notes[i], onset_s=at)
    return out
