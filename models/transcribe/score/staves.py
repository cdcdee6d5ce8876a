"""Which clef music is read in, or which two staves it needs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from models.notation.score import Clef
from models.transcribe.heard import HeardNote

TREBLE, BASS = Clef("G", 2), Clef("F", 4)
TREBLE_UP, BASS_DOWN = Clef("G", 2, 1), Clef("F", 4, -1)
MIDDLE_C = 60
TREBLE_LOW, BASS_HIGH = 55, 64
"""G3 and E4: as far as one reads comfortably on one staff."""
TREBLE_HIGH, BASS_LOW = 88, 36
"""E6 and C2: beyond, an octave clef spares ledger lines."""


@dataclass(frozen=True)
class Layout:
    """``staves`` (1 or 2) and the staff of each note, 1 upper."""

    staves: int
    staff: tuple[int, ...]


def layout_of(notes: Sequence[HeardNote]) -> Layout:
    """The staves of the notes: those that they bring, for the others as `layout` estimates it."""
    guess = layout([note.midi for note in notes])
    if not any(note.staff for note in notes):
        return guess
    given = [note.staff for note in notes]
    hands = _hands([note.midi for note in notes]) if None in given else [1] * len(given)
    staff = tuple(own or hand for own, hand in zip(given, hands, strict=True))
    return Layout(2 if 2 in staff else 1, staff)


def layout(midis: Sequence[int]) -> Layout:
    """One staff where one clef holds nearly all of the notes, else two."""
    if not midis:
        return Layout(1, ())
    above = sum(m < TREBLE_LOW for m in midis)
    below = sum(m > BASS_HIGH for m in midis)
    if min(above, below) <= 0.04 * len(midis) and (
        min(midis) >= 48 or max(midis) <= 71 or 0 in (above, below)
    ):
        return Layout(1, (1,) * len(midis))
    return Layout(2, tuple(_hands(midis)))


def _hands(midis: Sequence[int]) -> list[int]:
    """Staves split at middle C; a note within a third of it stays where its neighbours are."""
    staff: list[int] = []
    for i, midi in enumerate(midis):
        if abs(midi - MIDDLE_C) <= 4 and i:
            near = midis[max(0, i - 2) : i + 3]
            mean = sum(near) / len(near)
            staff.append(staff[-1] if abs(mean - MIDDLE_C) < 3 else (1 if mean >= MIDDLE_C else 2))
        else:
            staff.append(1 if midi >= MIDDLE_C else 2)
    return staff


def clef_of(midis: Sequence[int], staff: int, staves: int) -> Clef | None:
    """The clef for these notes on this staff; None for no notes. An octave clef where most would need ledger lines."""
    if not midis:
        return None
    ordered = sorted(midis)
    low, high, middle = ordered[0], ordered[-1], ordered[len(ordered) // 2]
    treble = staff == 1 if staves == 2 else (sum(ordered) / len(ordered) >= 60 or low >= TREBLE_LOW)
    if treble:
        return TREBLE_UP if middle > 84 and high > TREBLE_HIGH and low >= 72 else TREBLE
    return BASS_DOWN if middle < 40 and low < BASS_LOW and high <= 52 else BASS
