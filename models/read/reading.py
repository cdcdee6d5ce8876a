"""What reading a picture gives: pages with what was seen on them, bars with ranked readings, interpretations of the whole."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from fractions import Fraction
from itertools import pairwise

from models.arrays import Box
from models.notation.score import Score
from models.read.assembly import score_of
from models.read.meaning.marks import Heading
from models.read.meaning.signs import PageBars, StaffBar
from models.read.ranking.interpretations import BarOptions, Interpretation

HANDWRITTEN = "Read as handwriting."
"""The remark on a page that was read so."""


@dataclass(frozen=True)
class Detection:
    """One primitive in the upload's pixels, for the overlay: its likeliest label and that label's membership.

    `position` is its place on its staff, in steps above the lowest line; None where it is not known.
    """

    label: str
    certainty: float
    box: Box
    position: float | None = None


@dataclass(frozen=True)
class PageDetections:
    """A page of the upload: its size, its staff space in pixels (None: no staves), what was detected, remarks.

    `shape` is (height, width). `seconds` tells what each stage took. The page stands upright once it is turned clockwise
    by `turns` quarters (0..3): boxes are those of the page as it came.
    """

    shape: tuple[int, int]
    staff_space: float | None
    detections: tuple[Detection, ...] = ()
    notes: tuple[str, ...] = ()
    seconds: Mapping[str, float] | None = None
    turns: int = 0


@dataclass(frozen=True)
class PageSystems:
    """What was read on a page under another layout, and how probable (0..1) that layout is."""

    systems: tuple[tuple[tuple[StaffBar, ...], ...], ...]
    grade: float


@dataclass(frozen=True)
class PageReading:
    """What was read on one page by itself: systems of staves of bars, before the pages of a piece are joined.

    `layout` (0..1) is how probable it is that these are its systems; `others` are what was read under other plausible ones.
    """

    detections: PageDetections
    systems: tuple[tuple[tuple[StaffBar, ...], ...], ...] = ()
    handwritten: bool = False
    layout: float = 1.0
    heading: Heading = field(default_factory=Heading)
    others: tuple[PageSystems, ...] = ()


@dataclass(frozen=True)
class Laid:
    """A piece under one of its layouts, by its number: what `Reading` has of it under another."""

    number: int
    systems: PageBars
    system_page: tuple[int, ...]
    parts: tuple[tuple[int, ...], ...]
    bars: tuple[BarOptions, ...]


@dataclass(frozen=True)
class Reading:
    """A reading of an upload. Systems of all pages follow one another; `system_page` tells the page of each.

    `bars` are all bars of the piece in order of playing, each with its readings, best first; `interpretations` are
    those of the whole piece, best first. Without music both are empty and `score` must not be asked for. `doubts` tells,
    for each page, why its structure is doubtful, in sentences. `heading` is what stands above the music.

    Which staves are one system may be doubtful: then some interpretations are of another layout of the pages, which has
    bars of its own. Systems, parts and bars are those of the layout with the number `layout`, 0 being that of the best
    interpretation; `others` are the other layouts, and `under` is the same reading as an interpretation lays it out.
    """

    pages: tuple[PageDetections, ...]
    systems: PageBars
    system_page: tuple[int, ...]
    parts: tuple[tuple[int, ...], ...]
    bars: tuple[BarOptions, ...]
    interpretations: tuple[Interpretation, ...]
    doubts: tuple[tuple[str, ...], ...] = ()
    heading: Heading = field(default_factory=Heading)
    layout: int = 0
    others: tuple[Laid, ...] = ()

    def under(self, way: Interpretation) -> Reading:
        """The reading with the systems, parts and bars that an interpretation has."""
        if way.layout == self.layout:
            return self
        own = Laid(self.layout, self.systems, self.system_page, self.parts, self.bars)
        new = next(one for one in self.others if one.number == way.layout)
        rest = tuple(one for one in self.others if one is not new)
        return replace(
            self, systems=new.systems, system_page=new.system_page, parts=new.parts, bars=new.bars,
            layout=new.number, others=(own, *rest),
        )  # fmt: skip

    def staves_of_systems(self, page: int) -> list[int]:
        """How many staves each system of a page (from 0) has, from the top down."""
        return [
            sum(any(not bar.absent for bar in bars) for bars in system)
            for system, at in zip(self.systems, self.system_page, strict=True)
            if at == page
        ]

    @property
    def none_of_these(self) -> float:
        """The probability (0..1) that no listed interpretation is right in every bar; 1 without music."""
        return max(0.0, 1.0 - sum(one.certainty for one in self.interpretations))

    @property
    def found_music(self) -> bool:
        """Whether there is at least one bar."""
        return bool(self.bars)

    def score(self, way: Interpretation) -> Score:
        """The typed score of an interpretation; boxes are in the pixels of the page that `place` names."""
        own = self.under(way)
        new_pages = [n for n, (a, b) in enumerate(pairwise(own.system_page), start=1) if a != b]
        return score_of(
            own.systems, own.parts, own.bars, way, heading=self.heading, new_pages=frozenset(new_pages)
        )

    def switched(self, way: Interpretation, choice: Mapping[int, int]) -> Interpretation:
        """The interpretation with some bars read otherwise: bar index -> reading index. IndexError if there is none."""
        picks, bars = list(way.choice), self.under(way).bars
        for bar, reading in choice.items():
            if not 0 <= reading < len(bars[bar].readings):
                raise IndexError(f"Bar {bar + 1} has {len(bars[bar].readings)} readings.")
            picks[bar] = reading
        return replace(way, choice=tuple(picks))

    def place(self, bar: int) -> tuple[int, Box]:
        """The page of a bar of this layout and its box there, all staves of its system together."""
        options = self.bars[bar]
        staves = self.systems[options.system]
        boxes = [s[options.number].frame.box for s in staves if options.number < len(s)]
        return self.system_page[options.system], (
            min(b[0] for b in boxes),
            min(b[1] for b in boxes),
            max(b[2] for b in boxes),
            max(b[3] for b in boxes),
        )

    def page_doubts(self, page: int) -> tuple[str, ...]:
        """Why the structure of a page (from 0) is doubtful; nothing where it is not."""
        return self.doubts[page] if page < len(self.doubts) else ()

    def is_doubtful(self, bar: int, way: Interpretation) -> bool:
        """Whether a bar should be checked: its page's structure is doubtful, or its reading is not probable enough."""
        own = self.under(way)
        options = own.bars[bar]
        if self.page_doubts(own.system_page[options.system]):
            return True
        return not options.readings or options.readings[way.choice[bar]].certainty < options.doubtful_below

    def doubtful(self, way: Interpretation) -> list[int]:
        """The doubtful bars in the order in which they deserve a look, the least probable first."""
        own = self.under(way)
        certainties = {
            n: b.readings[way.choice[n]].certainty if b.readings else 0.0 for n, b in enumerate(own.bars)
        }
        return sorted((n for n in certainties if own.is_doubtful(n, way)), key=lambda n: certainties[n])

    def right_bars(self, way: Interpretation) -> float:
        """How many bars of an interpretation are expected to be right in every note."""
        bars = self.under(way).bars
        return sum(b.readings[i].certainty for b, i in zip(bars, way.choice, strict=True) if b.readings)

    def length(self, bar: int, way: Interpretation) -> Fraction:
        """How many quarter notes a bar lasts as read."""
        options = self.under(way).bars[bar]
        return options.readings[way.choice[bar]].length if options.readings else Fraction(0)
