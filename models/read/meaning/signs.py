"""What stands in a bar of one staff, once its primitives have become signs: heads, chords, rests, clefs, signatures.

Places are in staff spaces along the staff (x) and in steps above its lowest line (0 the line, 1 the space above it).
Boxes are in the upload's pixels. Certainties are memberships, 0..1.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Literal

from models.arrays import Box
from models.notation.score import Clef, Duration, Metre, NoteType
from models.read.meaning.evidence import SeenMark
from models.read.meaning.marks import Mark

Stem = Literal["up", "down"]

ALTERS = {"sharp": 1, "flat": -1, "natural": 0, "double-sharp": 2, "flat-flat": -2}
"""What the signs before a note do to it."""


@dataclass(frozen=True)
class HeadSign:
    """A notehead; `place` keeps its fraction, so that a doubtful one can be read either way."""

    x: float
    place: float
    accidental: str | None = None
    certainty: float = 1.0
    box: Box | None = None

    @property
    def step(self) -> int:
        """The place as a whole number of steps."""
        return round(self.place)


@dataclass(frozen=True)
class Crossing:
    """What of a chord's beams leads to another staff: their names, the same on both, and how many come from each side."""

    beams: tuple[str, ...]
    left: int
    right: int


@dataclass(frozen=True)
class ChordSign:
    """Heads that sound together. `filled` tells solid heads, `strokes` how many beams or flags its stem carries.

    `beams` are MusicXML's words by level; `group` is the same number for chords under one beam of this staff, `crossing` tells of
    one that leads to another staff. `breve` tells a whole note that is as wide as one between two strokes: a double whole note.
    """

    x: float
    heads: tuple[HeadSign, ...]
    filled: bool = True
    stem: Stem | None = "up"
    strokes: int = 0
    dots: int = 0
    beams: tuple[str, ...] = ()
    group: int | None = None
    crossing: Crossing | None = None
    grace: bool = False
    breve: bool = False
    tuplet: tuple[int, int] = (1, 1)
    tuplet_mark: Literal["start", "stop"] | None = None
    articulations: tuple[str, ...] = ()
    certainty: float = 1.0
    box: Box | None = None

    @property
    def type(self) -> NoteType:
        """The written note value."""
        if not self.filled:
            long = NoteType.BREVE if self.breve else NoteType.WHOLE
            return long if self.stem is None else NoteType.HALF
        values = (NoteType.QUARTER, NoteType.EIGHTH, NoteType.N16, NoteType.N32, NoteType.N64, NoteType.N128)
        return values[min(self.strokes, len(values) - 1)]

    @property
    def duration(self) -> Duration:
        """The written length."""
        return Duration(self.type, self.dots, self.tuplet)

    @property
    def length(self) -> Fraction:
        """Quarter notes that it lasts; a grace note lasts nothing."""
        return Fraction(0) if self.grace else self.duration.quarters


@dataclass(frozen=True)
class RestSign:
    """A rest. A lone whole rest fills its bar whatever the metre is (`whole_bar`)."""

    x: float
    type: NoteType = NoteType.QUARTER
    dots: int = 0
    place: float = 4.0
    tuplet: tuple[int, int] = (1, 1)
    tuplet_mark: Literal["start", "stop"] | None = None
    whole_bar: bool = False
    group: int | None = None
    certainty: float = 1.0
    box: Box | None = None

    @property
    def duration(self) -> Duration:
        """The written length."""
        return Duration(self.type, self.dots, self.tuplet)

    @property
    def length(self) -> Fraction:
        """Quarter notes that it lasts."""
        return self.duration.quarters


TimedSign = ChordSign | RestSign


@dataclass(frozen=True)
class ClefSign:
    """A clef as seen: how far it is each of the clefs it may be."""

    x: float
    clefs: tuple[tuple[Clef, float], ...]
    box: Box | None = None


@dataclass(frozen=True)
class KeySign:
    """Accidentals that stand by themselves in a row: (sign, place, certainty) from left to right."""

    x: float
    signs: tuple[tuple[str, float, float], ...]
    box: Box | None = None


@dataclass(frozen=True)
class MetreSign:
    """A time signature and how sure it is."""

    x: float
    metre: Metre
    certainty: float = 1.0
    box: Box | None = None


@dataclass(frozen=True)
class ArcSign:
    """A slur or tie: its ends in staff spaces and steps."""

    left: tuple[float, float]
    right: tuple[float, float]
    certainty: float = 1.0


@dataclass(frozen=True)
class TupletSign:
    """A number over or under notes: where it stands, and what it says, None where that is not plain."""

    x: float
    place: float
    number: int | None
    certainty: float = 1.0


@dataclass(frozen=True)
class OctaveSign:
    """An ottava line: from and to in staff spaces, and how many octaves higher the notes under it sound."""

    x0: float
    x1: float
    octaves: int


@dataclass(frozen=True)
class LooseStroke:
    """An upright stroke that belongs to nothing: where it stands, and its ends in staff spaces above the lowest line."""

    x: float
    bottom: float
    top: float


RelationKind = Literal["head-stem", "stem-beam", "stem-flag", "head-dot", "head-accidental"]


@dataclass(frozen=True)
class Relation:
    """Two signs that belong together, each by the ids of the primitives that it is made of, in the order of `kind`."""

    kind: RelationKind
    first: tuple[str, ...]
    second: tuple[str, ...]


@dataclass(frozen=True)
class BarSigns:
    """One reading of a bar of one staff: its signs from left to right, and the certainty of their derivation."""

    timed: tuple[TimedSign, ...] = ()
    clefs: tuple[ClefSign, ...] = ()
    keys: tuple[KeySign, ...] = ()
    metres: tuple[MetreSign, ...] = ()
    arcs: tuple[ArcSign, ...] = ()
    tuplets: tuple[TupletSign, ...] = ()
    octaves: tuple[OctaveSign, ...] = ()
    strokes: tuple[LooseStroke, ...] = ()
    certainty: float = 1.0
    defied: bool = False
    # what was undone to get here: "flags" where doubtful flags were counted one more, "sum" where a repair made it sum,
    # or the kind of the doubtful sign that was taken otherwise, and how plausible (0..1) that was by what was seen
    slip: str | None = None
    plausible: float = 1.0
    relations: tuple[Relation, ...] = ()

    def meaning(self) -> tuple[object, ...]:
        """What two readings that mean the same have in common: their notes and rests, not where they stand."""
        return tuple(
            (
                tuple(sorted((h.step, h.accidental or "") for h in s.heads)),
                s.type,
                s.dots,
                s.grace,
                s.tuplet,
                s.stem,
            )
            if isinstance(s, ChordSign)
            else (s.type, s.dots, s.whole_bar)
            for s in self.timed
        )


@dataclass(frozen=True)
class BarFrame:
    """A bar of one staff as it lies on the page: its ends in staff spaces, its box, and what its bar lines say.

    `ending` tells that the bracket of an ending opens over the bar or goes on over it; `joined`, that the bar line at its
    end runs on to the staff below; `rests`, that it is the first of so many bars of rest that the page shows as one.
    """

    left: float
    right: float
    box: Box
    barline: str = "regular"
    repeat_start: bool = False
    repeat_end: bool = False
    ending: Literal["opens", "goes on"] | None = None
    joined: bool = False
    rests: int = 0

    @property
    def ends(self) -> tuple[float, float]:
        """From and to in staff spaces."""
        return self.left, self.right


@dataclass(frozen=True)
class StaffBar:
    """A bar of one staff with the ways of reading it, best first.

    It is `absent` where its system leaves out the staff, whose player then rests, and `repeats` the bar before where it
    shows the sign for that. `marks` are what stands over and under it, `seen` what its notes and rests were made of.
    `unread` is the share (0..1) of its ink that is part of nothing that was found.
    """

    frame: BarFrame
    readings: tuple[BarSigns, ...] = field(default=())
    absent: bool = False
    repeats: bool = False
    marks: tuple[Mark, ...] = ()
    seen: tuple[SeenMark, ...] = ()
    unread: float = 0.0


_OCTAVES = {1: "", 2: "15"}
"""What the mark of an ottava line says of its octaves."""

PageBars = Sequence[Sequence[Sequence[StaffBar]]]
"""Systems of staves of bars."""


def octave_marks(frame: BarFrame, signs: BarSigns) -> list[Mark]:
    """The ottava lines that begin in a bar, as marks."""
    return [
        Mark("octave-up", line.x0, line.x1, _OCTAVES[line.octaves], placement="above")
        if line.octaves > 0
        else Mark("octave-down", line.x0, line.x1, _OCTAVES[-line.octaves], placement="below")
        for line in signs.octaves
        if frame.left <= max(line.x0, 0.0) < frame.right
    ]
