"""What was found beside the notes of a staff, before it is tied to them: syllables, chord symbols, directions, hairpins.

Places are in staff spaces along the staff's strip, like those of `models.read.meaning.signs`; boxes in the upload's pixels.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from models.arrays import Box
from models.notation.words import Metronome, Placement, Syllabic

MarkKind = Literal[
    "lyric", "harmony", "words", "tempo", "rehearsal", "dynamic", "articulation", "crescendo", "diminuendo", "name",
    "pedal", "pedal-stop", "tremolo", "jump", "fingering", "octave-up", "octave-down",
]  # fmt: skip


@dataclass(frozen=True)
class Mark:
    """One of them. ``x`` is where it belongs: the middle of a syllable, the left edge of words; ``x1`` where it ends.

    A lyric has its verse, from 1 at the top, and its place in its word; a tempo mark may have a figure. ``extend``: a line
    goes on after a syllable, or a hairpin in the next line of music. ``text`` is what is
    printed, the MusicXML word of a dynamic, an articulation or an ornament, the strokes of a tremolo, the finger, segno or coda of a jump,
    nothing for hairpins, pedal and ottava lines. A name is that of the staff's part.
    """

    kind: MarkKind
    x: float
    x1: float
    text: str = ""
    placement: Placement = "above"
    verse: int = 1
    syllabic: Syllabic = "single"
    extend: bool = False
    figure: Metronome | None = None
    certainty: float = 1.0
    box: Box | None = None


@dataclass(frozen=True)
class Heading:
    """What stands above the music of a piece; nothing where it was not read."""

    title: str = ""
    subtitle: str = ""
    composer: str = ""
    lyricist: str = ""
