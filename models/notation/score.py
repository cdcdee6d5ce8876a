"""A score as values: parts of bars of events, each note with its identity, its certainty and where it was seen.

Moments and lengths are exact fractions of a quarter note, counted from the start of the bar. Nothing here
knows how a score is written, drawn, read or played; the neighbours do.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import StrEnum
from fractions import Fraction
from functools import lru_cache
from typing import Literal

from models.arrays import Box
from models.notation.words import Direction, Harmony, Lyric

STEPS = "CDEFGAB"
_SEMITONES = {"C": 0, "D": 2, "E": 4, "F": 5, "G": 7, "A": 9, "B": 11}
_SHARP_NAMES = (("C", 0), ("C", 1), ("D", 0), ("D", 1), ("E", 0), ("F", 0), ("F", 1), ("G", 0), ("G", 1), ("A", 0), ("A", 1), ("B", 0))  # fmt: skip
_FLAT_NAMES = (("C", 0), ("D", -1), ("D", 0), ("E", -1), ("E", 0), ("F", 0), ("G", -1), ("G", 0), ("A", -1), ("A", 0), ("B", -1), ("B", 0))  # fmt: skip


@dataclass(frozen=True, slots=True, order=True)
class Pitch:
    """A written pitch: step C..B, alter in semitones (-2..2), octave in scientific counting (C4 is middle C)."""

    step: str
    alter: int = 0
    octave: int = 4

    def __post_init__(self) -> None:
        if self.step not in STEPS or len(self.step) != 1 or not -2 <= self.alter <= 2:
            raise ValueError(f"There is no pitch {self.step!r} altered by {self.alter}.")

    @property
    def midi(self) -> int:
        """The MIDI number: 21 is A0, 60 is C4, 108 is C8."""
        return 12 * (self.octave + 1) + _SEMITONES[self.step] + self.alter

    @property
    def diatonic(self) -> int:
        """Steps above C0 along the white keys: the note's height on the staff."""
        return 7 * self.octave + STEPS.index(self.step)

    @property
    def name(self) -> str:
        """As people write it: C4, F#5, Bb3."""
        return f"{self.step}{'#' * self.alter if self.alter > 0 else 'b' * -self.alter}{self.octave}"

    @property
    def label(self) -> str:
        """The same with the signs that musicians write: C4, F♯5, B♭3."""
        return f"{self.step}{'♯' * self.alter if self.alter > 0 else '♭' * -self.alter}{self.octave}"

    @classmethod
    def from_diatonic(cls, diatonic: int, alter: int = 0) -> Pitch:
        """The pitch at a place that `diatonic` counts."""
        return cls(STEPS[diatonic % 7], alter, diatonic // 7)

    @classmethod
    def from_midi(cls, midi: int, *, flats: bool = False) -> Pitch:
        """The pitch of a key of the piano, black ones as sharps unless ``flats``."""
        step, alter = (_FLAT_NAMES if flats else _SHARP_NAMES)[midi % 12]
        return cls(step, alter, midi // 12 - 1)


class NoteType(StrEnum):
    """Written note values, by their MusicXML names."""

    BREVE = "breve"
    WHOLE = "whole"
    HALF = "half"
    QUARTER = "quarter"
    EIGHTH = "eighth"
    N16 = "16th"
    N32 = "32nd"
    N64 = "64th"
    N128 = "128th"

    @property
    def quarters(self) -> Fraction:
        """Its length without dots."""
        return _PLAIN[self.value]


_PLAIN = {kind.value: Fraction(8, 2**place) for place, kind in enumerate(NoteType)}


@lru_cache(maxsize=4096)
def _lasting(kind: str, dots: int, actual: int, normal: int) -> Fraction:
    return _PLAIN[kind] * (2 - Fraction(1, 2**dots)) * normal / actual


@dataclass(frozen=True, slots=True)
class Duration:
    """A written length: note value, dots, and (actual, normal) of a tuplet: (3, 2) is a triplet."""

    type: NoteType = NoteType.QUARTER
    dots: int = 0
    tuplet: tuple[int, int] = (1, 1)

    @property
    def quarters(self) -> Fraction:
        """The length that it lasts."""
        return _lasting(self.type.value, self.dots, *self.tuplet)


@dataclass(frozen=True, slots=True)
class Note:
    """A notehead. ``accidental`` is the sign printed before it (sharp, flat, natural, double-sharp, flat-flat).

    ``cents`` is what it sounds higher than its pitch says: 50 for a quarter tone. ``drum`` is the percussion key of General
    MIDI that sounds for a note without pitch, whose ``pitch`` then tells only its place on the staff; None for all others.
    ``finger`` is what a fingering says of it: "1", "4-5"; nothing for none.
    """

    id: str
    pitch: Pitch
    accidental: str | None = None
    tie_start: bool = False
    tie_stop: bool = False
    certainty: float = 1.0
    box: Box | None = None
    cents: int = 0
    drum: int | None = None
    finger: str = ""


TremoloKind = Literal["single", "start", "stop"]

JUMPS = ("segno", "coda", "fine", "dacapo", "dalsegno", "tocoda")
"""What a bar may say of the order of play: segno and coda stand at its start, the others at its end."""


@dataclass(frozen=True, slots=True)
class Tremolo:
    """A tremolo of ``strokes`` (1 to 8): on one event, or the first or second of a pair that alternates."""

    strokes: int
    kind: TremoloKind = "single"


@dataclass(frozen=True, slots=True)
class Event:
    """What a voice does from ``onset`` on: a note, a chord, or (without notes) a rest.

    ``beams`` holds a word for each beam level, outermost first: begin, continue, end, forward hook, backward hook.
    ``slurs`` holds pairs of (start | stop, number). A grace note lasts nothing. ``whole_bar`` marks the rest that
    fills its bar whatever the metre is. ``articulations`` are MusicXML's words (staccato, accent, fermata,
    trill-mark ...); ``dynamic`` is the loudness that is printed there (pp, mf, sfz ...); ``lyrics`` are the syllables sung to it.
    """

    id: str
    onset: Fraction
    duration: Duration
    notes: tuple[Note, ...] = ()
    voice: int = 1
    staff: int = 1
    stem: Literal["up", "down"] | None = None
    beams: tuple[str, ...] = ()
    slurs: tuple[tuple[Literal["start", "stop"], int], ...] = ()
    tuplet_mark: Literal["start", "stop"] | None = None
    articulations: tuple[str, ...] = ()
    grace: bool = False
    whole_bar: bool = False
    certainty: float = 1.0
    box: Box | None = None
    dynamic: str | None = None
    tremolo: Tremolo | None = None
    lyrics: tuple[Lyric, ...] = ()

    @property
    def is_rest(self) -> bool:
        """Nothing sounds."""
        return not self.notes

    @property
    def length(self) -> Fraction:
        """How far it moves the voice on; 0 for a grace note."""
        return Fraction(0) if self.grace else self.duration.quarters


@dataclass(frozen=True, slots=True)
class Clef:
    """Sign G, F or C on a line (1 lowest), sounding ``octave_change`` octaves higher than written.

    On a percussion staff places are named as under a G clef on line 2, though they are no pitches.
    """

    sign: Literal["G", "F", "C", "percussion"] = "G"
    line: int = 2
    octave_change: int = 0

    @property
    def bottom_line(self) -> int:
        """`Pitch.diatonic` of the staff's lowest line."""
        reference = {"G": 4 * 7 + 4, "F": 3 * 7 + 3, "C": 4 * 7, "percussion": 4 * 7 + 4}[self.sign]
        return reference - 2 * (self.line - 1) + 7 * self.octave_change


@dataclass(frozen=True, slots=True)
class Key:
    """A key signature: sharps (positive) or flats (negative); ``mode`` major, minor or None."""

    fifths: int = 0
    mode: str | None = None

    def alter(self, step: str) -> int:
        """What the signature does to a step."""
        if self.fifths > 0:
            return int(step in "FCGDAEB"[: self.fifths])
        return -int(step in "BEADGCF"[: -self.fifths])


@dataclass(frozen=True, slots=True)
class Metre:
    """A time signature; ``symbol`` is common, cut or None."""

    beats: int = 4
    beat_type: int = 4
    symbol: Literal["common", "cut"] | None = None

    @property
    def quarters(self) -> Fraction:
        """The length of a bar."""
        return Fraction(4 * self.beats, self.beat_type)


@dataclass(frozen=True, slots=True)
class ClefChange:
    """A clef that holds on ``staff`` from ``onset`` on."""

    clef: Clef
    onset: Fraction = Fraction(0)
    staff: int = 1


@dataclass(frozen=True, slots=True)
class Bar:
    """A bar of one part. ``key``, ``metre`` and ``clefs`` stand only where they are new.

    ``ending`` is the number of the bracket that the bar stands under ("1", "1, 2"). ``tempo``, in quarter notes a
    minute, stands where it is new. ``gap`` marks a bar that defied reading: it lasts ``length`` and holds a rest.
    ``barline`` is the style at its right end: regular, light-light, light-heavy. ``certainty`` is that of the
    reading of the whole bar. ``times`` is how often a repeat that ends here is played in all. ``tempos`` are changes of tempo
    within the bar, as (onset, quarter notes a minute). ``jumps`` holds words of `JUMPS`. ``repeats_bars``: the bar shows the
    sign that the last so many bars are played again. ``directions`` and ``harmonies`` stand in order of their onsets.
    ``source`` is the bar (from 0) of the reading that it was made from. ``rests``: so many bars of rest, from this one on, stand
    on the page as one with their number; 0 for all others.
    """

    number: int
    events: tuple[Event, ...] = ()
    clefs: tuple[ClefChange, ...] = ()
    key: Key | None = None
    metre: Metre | None = None
    length: Fraction | None = None
    repeat_start: bool = False
    repeat_end: bool = False
    ending: str | None = None
    barline: str = "regular"
    new_system: bool = False
    gap: bool = False
    pickup: bool = False
    certainty: float = 1.0
    box: Box | None = None
    tempo: float | None = None
    times: int = 2
    tempos: tuple[tuple[Fraction, float], ...] = ()
    jumps: tuple[str, ...] = ()
    repeats_bars: int = 0
    directions: tuple[Direction, ...] = ()
    harmonies: tuple[Harmony, ...] = ()
    new_page: bool = False
    source: int | None = None
    rests: int = 0

    @property
    def filled(self) -> Fraction:
        """The moment at which its last event ends."""
        return max((event.onset + event.length for event in self.events), default=Fraction(0))


@dataclass(frozen=True, slots=True)
class Part:
    """What one player reads: a name and bars, on one or more staves.

    ``transpose`` is how many semitones higher than written it sounds: -2 for a clarinet in B flat.
    """

    id: str
    bars: tuple[Bar, ...]
    name: str = ""
    staves: int = 1
    transpose: int = 0
    short_name: str = ""


@dataclass(frozen=True, slots=True)
class PartGroup:
    """Parts that a brace or bracket joins on the page, by the indices of the first and the last."""

    first: int
    last: int
    symbol: Literal["bracket", "brace"] = "bracket"


@dataclass(frozen=True, slots=True)
class Score:
    """Parts that sound together, bar by bar. ``tempo`` is in quarter notes a minute."""

    parts: tuple[Part, ...]
    title: str = ""
    tempo: float | None = None
    assumptions: tuple[str, ...] = field(default=())
    """Sentences for the reader: what was assumed (tempo, metre, key) and may be changed."""
    composer: str = ""
    subtitle: str = ""
    lyricist: str = ""
    groups: tuple[PartGroup, ...] = ()

    def events(self) -> Iterator[tuple[Part, Bar, Event]]:
        """Every event with its bar and part, part by part."""
        for part in self.parts:
            for bar in part.bars:
                for event in bar.events:
                    yield part, bar, event


def bar_length(bar: Bar, metre: Metre) -> Fraction:
    """How long the bar lasts: what it says itself, or what fills it if that is a pickup, or what the metre says."""
    if bar.length is not None:
        return bar.length
    if bar.pickup and bar.events:
        return bar.filled
    return metre.quarters
