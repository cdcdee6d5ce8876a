"""What is found on a staff before anything is understood: lines and blobs with attributes and fuzzy memberships.

Places are given relative to the staff: `x` in staff spaces from the left edge of its strip, `position` in half
spaces above its lowest line, upward, so that rounding it gives the step (0 the lowest line, 1 the space above it,
8 the topmost line, -2 the first ledger line below).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, Protocol

from models.arrays import Box
from models.read.page.staves import SPACE, TOP_LINE, Strip

Kind = Literal["line", "curve", "blob", "hint"]
"""What a primitive is; a hint is a sign that an extractor saw too faintly to tell it: no part of the parse, but of doubt."""

Style = Literal["printed", "handwritten"]
STYLES: tuple[Style, ...] = ("printed", "handwritten")
Point = tuple[float, float]

LINES = ("stem", "bar_line", "beam", "ledger", "slur", "brace")
HEADS = ("solid_head", "hollow_head", "whole_head")
RESTS = (
    "whole_rest", "half_rest", "quarter_rest", "eighth_rest", "sixteenth_rest", "thirty_second_rest",
)  # fmt: skip
ACCIDENTALS = ("sharp", "flat", "natural", "double_sharp", "double_flat")
CLEFS = ("treble_clef", "bass_clef", "alto_clef")
"""Clefs that name pitches."""
PERCUSSION_CLEF = "percussion_clef"
"""The clef of staves without pitches."""
FLAGS = ("flag_up", "flag_down", "flag_up_16", "flag_down_16", "flag_up_32", "flag_down_32")
DIGITS = tuple(f"digit_{n}" for n in range(10))
LABELS = (
    *LINES, *HEADS, *RESTS, *ACCIDENTALS, *CLEFS, *FLAGS, *DIGITS,
    "dot", "common_time", "cut_time", "fermata", "dynamic", "ornament", "tuplet_digit", "grace_head", "text", "noise", PERCUSSION_CLEF,
)  # fmt: skip
"""Every label that a membership may be given for."""
TREMOLOS = ("tremolo_1", "tremolo_2", "tremolo_3", "tremolo_4")
"""Labels of hints alone: so many strokes across a stem."""
BESIDE = ("ornament", "pedal", "arpeggio", "articulation", "staccato", *TREMOLOS)
"""Labels of hints at what stands beside the notes; the grammar knows nothing of it."""


@dataclass(frozen=True)
class LineShape:
    """A stroke: its ends as (x, position), the left or upper one first.

    `length` and `thickness` are in staff spaces; `slope` is the rise per run in staff spaces (positive upward to
    the right), at most 99 for what stands upright; `curvature` is the greatest distance from the chord in staff
    spaces, positive where the stroke bulges upward.
    """

    ends: tuple[Point, Point]
    length: float
    thickness: float
    slope: float
    curvature: float = 0.0


@dataclass(frozen=True)
class BlobShape:
    """A region: width, height and area in staff spaces, and what its form is like.

    `solidity` runs from 0, hollow, to 1, solid: the share of the region's middle that is inked. `elongation` is the
    ratio of its axes, 0 for a disc to 1 for a line; `angle` that of the longer one in degrees, counter-clockwise.
    `moments` are the seven of Hu, as sign times logarithm.
    """

    width: float
    height: float
    area: float
    solidity: float
    elongation: float
    angle: float
    moments: tuple[float, ...]


@dataclass(frozen=True)
class Primitive:
    """One thing found on a staff.

    `box` is x0, y0, x1, y1 in pixels of the strip (`Staff.upload_box` gives it in the upload's), `x` and `position`
    its centre. `memberships` give a certainty, 0..1, for some of `LABELS` (hints also of `BESIDE`); they need not add up to one, and a
    label left out has none. `octave_below`, 0..1, is for treble clefs: whether a small 8 hangs below, so that it sounds
    an octave lower. `shared` marks what lies beyond the middle between this staff and its neighbour: both may see it.
    `inked` is the box of its ink where that is not `box`: a stroke of a hand is led to what it belongs to.
    """

    id: str
    kind: Kind
    box: Box
    x: float
    position: float
    memberships: Mapping[str, float]
    line: LineShape | None = None
    blob: BlobShape | None = None
    shared: bool = False
    octave_below: float = 0.0
    inked: Box | None = None

    @property
    def seen_at(self) -> Box:
        """Where its ink lies."""
        return self.box if self.inked is None else self.inked

    @property
    def label(self) -> str:
        """The label it most likely has; noise when it has none."""
        return max(self.memberships, key=lambda k: self.memberships[k], default="noise")

    @property
    def certainty(self) -> float:
        """The membership of the likeliest label."""
        return max(self.memberships.values(), default=0.0)

    def membership(self, label: str) -> float:
        """The membership of a label, 0 where none was given."""
        return self.memberships.get(label, 0.0)


class Extractor(Protocol):
    """Whatever finds primitives on staves: by classical means, or with a network.

    Strips are those of `models.read.page.staves`: the five lines lie on `LINE_ROWS`, 20 pixels to a staff space; `ink`
    is uint8 (401, W). An extractor gives the same answer for the same strips, may be called from several threads at
    once, and raises nothing for a strip on which it finds nothing.
    """

    def extract(self, strip: Strip, *, style: Style = "printed") -> list[Primitive]:
        """The primitives of a staff's strip, from left to right, with ids that differ within the strip.

        Boxes are in pixels of the strip. Staff lines are no primitives. An empty list for a blank strip.
        """
        ...

    def style_of(self, strips: Sequence[Strip]) -> Style:
        """Whether these staves, of one page, from the top down, are printed or written by hand.

        "printed" where there are no staves or nothing shows a style. It may examine the first few only.
        """
        ...

    def upside_down(self, strips: Sequence[Strip]) -> bool:
        """Whether these staves, of one page, from the top down, stand on their heads.

        True only where that is plain: a page is turned when it says so. False where there are no staves.
        """
        ...


def position_at(row: float) -> float:
    """The position in half spaces above the lowest line of a row of a strip."""
    return (TOP_LINE + 4 * SPACE - row) / (SPACE / 2)


def row_at(position: float) -> float:
    """The row of a strip at which a position lies."""
    return TOP_LINE + 4 * SPACE - position * (SPACE / 2)


def share_within(inner: Box, outer: Box) -> float:
    """How much of one box lies in another, 0..1."""
    wide = min(inner[2], outer[2]) - max(inner[0], outer[0])
    high = min(inner[3], outer[3]) - max(inner[1], outer[1])
    size = max((inner[2] - inner[0]) * (inner[3] - inner[1]), 1.0)
    return max(0.0, wide) * max(0.0, high) / size
