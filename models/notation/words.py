"""What stands beside the notes of a score: syllables under them, chord symbols, directions, hairpins and pedal.

Moments are exact fractions of a quarter note, counted from the start of the bar, as in `models.notation.score`.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import Literal

from models.arrays import Box

Syllabic = Literal["single", "begin", "middle", "end"]
Placement = Literal["above", "below"]
DirectionKind = Literal[
    "words", "tempo", "rehearsal",
    "crescendo", "diminuendo", "wedge-stop",
    "pedal", "pedal-stop",
    "octave-up", "octave-down", "octave-stop",
]  # fmt: skip
"""What a direction is. A wedge, a pedal and an ottava line are two of them, one where it begins and one where it ends."""

DIRECTION_KINDS: tuple[DirectionKind, ...] = DirectionKind.__args__  # type: ignore[attr-defined]


@dataclass(frozen=True, slots=True)
class Lyric:
    """A syllable under a note: the verse that it is of, from 1, and its place in its word. ``extend``: a line goes on after it."""

    text: str
    verse: int = 1
    syllabic: Syllabic = "single"
    extend: bool = False
    certainty: float = 1.0
    box: Box | None = None


@dataclass(frozen=True, slots=True)
class ChordSymbol:
    """A chord by its name: root and bass as (step, alter), and its quality by MusicXML's ``kind``.

    ``degrees`` are tones added or altered, as (add | alter | subtract, degree, alter). ``text`` is the quality as it is
    printed ("m7b5"). A chord that is none (N.C.) has no root and the kind "none".
    """

    root: tuple[str, int] | None
    kind: str = "major"
    text: str = ""
    bass: tuple[str, int] | None = None
    degrees: tuple[tuple[Literal["add", "alter", "subtract"], int, int], ...] = ()

    @property
    def name(self) -> str:
        """As it is printed: F#dim/A."""
        if self.root is None:
            return self.text or "N.C."
        return _spelt(self.root) + self.text + (f"/{_spelt(self.bass)}" if self.bass else "")


def _spelt(tone: tuple[str, int]) -> str:
    return tone[0] + ("#" * tone[1] if tone[1] > 0 else "b" * -tone[1])


@dataclass(frozen=True, slots=True)
class Harmony:
    """A chord symbol at a moment of a bar, over a staff."""

    chord: ChordSymbol
    onset: Fraction = Fraction(0)
    staff: int = 1
    certainty: float = 1.0
    box: Box | None = None


@dataclass(frozen=True, slots=True)
class Metronome:
    """So many of a note value a minute. ``unit`` is a name of `NoteType`."""

    unit: str = "quarter"
    dots: int = 0
    per_minute: float = 120.0

    @property
    def quarters(self) -> float:
        """Quarter notes a minute."""
        return self.per_minute * _UNITS[self.unit] * (2 - 0.5**self.dots)


_UNITS = {"breve": 8.0, "whole": 4.0, "half": 2.0, "quarter": 1.0, "eighth": 0.5, "16th": 0.25, "32nd": 0.125}
METRONOME_UNITS = tuple(_UNITS)


@dataclass(frozen=True, slots=True)
class Direction:
    """A direction at a moment of a bar: words ("dolce"), a tempo mark with its metronome figure, an end of a wedge or line.

    The ends of an ottava line over two octaves have the text "15".
    """

    kind: DirectionKind = "words"
    text: str = ""
    onset: Fraction = Fraction(0)
    staff: int = 1
    placement: Placement = "above"
    metronome: Metronome | None = None
    certainty: float = 1.0
    box: Box | None = None
