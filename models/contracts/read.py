"""The reading service as its callers see it: pages of one piece, their ranked readings, what may be asked."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

from models.arrays import Grey
from models.contracts.choice import Choice, choices, offered_by
from models.engine import Engine, Signature
from models.glyph import Glyph
from models.read.extractors import DEFAULT, PRIMITIVES
from models.read.given import GivenBarLines, GivenStaff, GivenStructure
from models.read.ranking.bars import BarReading
from models.read.ranking.interpretations import Interpretation
from models.read.reading import HANDWRITTEN, Detection, PageReading, Reading
from models.read.structure import layout_words

__all__ = [
    "HANDWRITTEN",
    "MOST_PAGES",
    "MOST_RANKS",
    "NAME",
    "PAGE_NAME",
    "PAGE_SIGNATURE",
    "PRIMITIVES",
    "SIGNATURE",
    "STYLES",
    "BarReading",
    "Detection",
    "GivenBarLines",
    "GivenStaff",
    "GivenStructure",
    "Interpretation",
    "ReadAnswer",
    "ReadCatalogue",
    "ReadPageAnswer",
    "ReadPageRequest",
    "ReadRequest",
    "Reading",
    "layout_words",
]

NAME = "read"
PAGE_NAME = "read-page"
"""The service of a cluster that reads one page of a longer piece; nobody else asks for it."""

STYLES = ("auto", "printed", "handwritten")
MOST_RANKS = 20
MOST_PAGES = 500


@dataclass(frozen=True)
class ReadRequest:
    """The pages of one piece in order, uint8 (H, W), 0 black, 255 white.

    ``style`` and ``primitives`` are names out of `ReadCatalogue`, ``top`` is how many interpretations are wanted at
    most. ``bar_milliseconds`` is the most that one bar's parse may take, None for the reader's own. ``glyphs`` are the
    characters on each page, where the file tells them; empty for pictures. ``structure`` is what a
    person says of each page's structure, or nothing.
    """

    pages: tuple[Grey, ...]
    style: str = "auto"
    top: int = 5
    primitives: str = DEFAULT
    bar_milliseconds: float | None = None
    structure: tuple[GivenStructure, ...] = ()
    glyphs: tuple[tuple[Glyph, ...], ...] = ()


@dataclass(frozen=True)
class ReadAnswer:
    """What was read, without the signs that were weighed on the way; by which primitives, in how many seconds.

    Pages without music are no error: ``reading.found_music`` is then False.
    """

    reading: Reading
    model: str
    seconds: float


@dataclass(frozen=True)
class ReadPageRequest:
    """One page of a piece; the fields as in `ReadRequest`, ``glyphs`` and ``structure`` those of the page."""

    grey: Grey
    style: str = "auto"
    primitives: str = DEFAULT
    bar_milliseconds: float | None = None
    glyphs: tuple[Glyph, ...] = ()
    structure: GivenStructure | None = None


@dataclass(frozen=True)
class ReadPageAnswer:
    """The page by itself, to be joined with the others, and the seconds it took."""

    page: PageReading
    seconds: float


@dataclass(frozen=True)
class ReadCatalogue:
    """Styles and primitives, the default first, and how many interpretations and pages may be asked for at once."""

    styles: tuple[Choice, ...]
    primitives: tuple[Choice, ...]
    most_ranks: int
    most_pages: int

    @classmethod
    def of(cls, engine: Engine) -> Self:
        """See `Catalogue.of`."""
        return offered_by(engine, NAME, cls)

    @classmethod
    def shipped(cls) -> Self:
        """See `Catalogue.shipped`."""
        return cls(choices(STYLES), choices(PRIMITIVES), MOST_RANKS, MOST_PAGES)


SIGNATURE = Signature(NAME, ReadRequest, ReadAnswer)
PAGE_SIGNATURE = Signature(PAGE_NAME, ReadPageRequest, ReadPageAnswer)
