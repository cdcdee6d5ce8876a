"""The 88 keys and how each is written: clef, octave mark, step and sharp, as in the dissertation's figures.

The dissertation counts octaves one lower (A-1 to C7); here scientific octaves are used, A0 = 21 to C8 = 108.
Its figures show A#1 under a bass clef with an 8 below, A6 and F7 under a treble clef with an 8 above, B0 and C8 as
the lowest and the highest drawing. It does not list where one clef hands over to the next; the hand-over here
is at C, where the number of the octave changes too, and agrees with every figure:

A0 to B1 bass clef with 8 below, C2 to B3 bass, C4 to B5 treble, C6 to C8 treble with 8 above.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from models.transcribe.classic.errors import UnknownKey

LOWEST = 21
HIGHEST = 108
KEYS = range(LOWEST, HIGHEST + 1)
HEIGHT, WIDTH = 162, 300
"""Pixels of a sheet image."""

_NAMES = ("C", "C#", "D", "D#", "E", "F", "F#", "G", "G#", "A", "A#", "B")


@dataclass(frozen=True)
class Writing:
    """One key as it stands on the staff; ``octave`` is the sounding one, ``shift`` the clef's octaves (-1, 0, 1)."""

    step: str
    sharp: bool
    octave: int
    clef: Literal["F", "G"]
    shift: int


def checked(midi: int) -> int:
    """The same number as an int. UnknownKey when it is not one of the 88 keys."""
    if midi not in KEYS:
        raise UnknownKey(
            f"{midi} is no key of a piano: MIDI numbers run from {LOWEST} (A0) to {HIGHEST} (C8)."
        )
    return int(midi)


def key_name(midi: int) -> str:
    """The scientific name with sharps only, such as ``A#1``. UnknownKey outside the keyboard."""
    return f"{_NAMES[checked(midi) % 12]}{midi // 12 - 1}"


def writing(midi: int) -> Writing:
    """How the key is written. UnknownKey outside the keyboard."""
    name, octave = _NAMES[checked(midi) % 12], midi // 12 - 1
    clef: Literal["F", "G"] = "F" if octave < 4 else "G"
    shift = -1 if octave < 2 else 1 if octave > 5 else 0
    return Writing(name[0], len(name) == 2, octave, clef, shift)
