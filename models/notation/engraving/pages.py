"""Scores drawn by Verovio into pages: how they are to look, and what comes out. `engrave` runs it in a process of its own."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from models.arrays import Box
from models.notation.engraving.drawing import Drawing, clean_drawing
from models.notation.engraving.toolkit import UNIT, lay_out
from models.notation.errors import EngravingFailed


@dataclass(frozen=True)
class Look:
    """How a score is drawn.

    ``width`` is that of the page in pixels and ``staff_space`` the distance of staff lines in pixels. ``layout``:
    ``pages`` (A4 shape), ``scroll`` (one page as high as the music), ``line`` (one system, as wide as the music;
    with ``single_line`` meant in other words). ``systems`` keeps the score's own line breaks. ``more`` goes to
    Verovio as it stands.
    """

    width: int = 1000
    staff_space: float = 9.0
    layout: Literal["pages", "scroll", "line"] = "scroll"
    systems: bool = False
    header: bool = True
    font: str = "Leipzig"
    margin: float = 20.0
    more: Mapping[str, Any] = field(default_factory=dict)


SINGLE_LINE = Look(layout="line", header=False, margin=8.0)
"""One system, as wide as its music: for melodies and for pictures of one bar."""


@dataclass(frozen=True)
class Page:
    """A drawn page: its SVG and its size in pixels."""

    svg: str
    width: float
    height: float


@dataclass(frozen=True)
class Engraving:
    """Pages; ``boxes`` of notes and rests by id and ``bars`` in order: (page index, box in pixels).

    When each note sounds is not the engraver's to say: `models.notation.performance` is the one clock.
    """

    pages: tuple[Page, ...]
    boxes: dict[str, tuple[int, Box]]
    bars: tuple[tuple[int, Box], ...]

    @property
    def svgs(self) -> list[str]:
        """The pages' SVG texts."""
        return [page.svg for page in self.pages]


def draw(text: str, look: Look, drawn: Callable[[int, int], None] = lambda page, pages: None) -> Engraving:
    """The score in a MusicXML text, drawn in this thread, however long it takes.

    ``drawn`` is called after each page with its number from 1 and how many there are. EngravingFailed where the text
    cannot be drawn.
    """
    layout = lay_out(text, _options(look))
    drawings: list[Drawing] = []
    for page, svg in enumerate(layout.svgs(), start=1):
        drawings.append(clean_drawing(svg, look.font, sum(len(d.bars) for d in drawings)))
        drawn(page, layout.page_count)
    if not any(drawing.bars for drawing in drawings):
        raise EngravingFailed("There is nothing to draw in this score.")
    boxes = {
        identity: (n, box) for n, drawing in enumerate(drawings) for identity, box in drawing.boxes.items()
    }
    bars = tuple((n, box) for n, drawing in enumerate(drawings) for box in drawing.bars)
    return Engraving(tuple(Page(d.svg, d.width, d.height) for d in drawings), boxes, bars)


def _options(look: Look) -> dict[str, Any]:
    """Verovio's lengths are tenths of a millimetre before scaling; its unit is half a staff space."""
    scale = 100 * look.staff_space / (2 * UNIT)
    width = round(look.width * 100 / scale)
    margin = round(look.margin * 100 / scale)
    options: dict[str, Any] = {
        "inputFrom": "musicxml",
        "font": look.font,
        "unit": UNIT,
        "scale": max(1, round(scale)),
        "pageWidth": min(100_000, max(100, width)),
        "pageHeight": min(60_000, round(width * 297 / 210)),
        "pageMarginLeft": margin,
        "pageMarginRight": margin,
        "pageMarginTop": margin,
        "pageMarginBottom": margin,
        "breaks": "encoded" if look.systems else "auto",
        "header": "auto" if look.header else "none",
        "footer": "none",
        "svgViewBox": True,
        "svgBoundingBoxes": True,
        "svgRemoveXlink": True,
        "svgFormatRaw": True,
        "smuflTextFont": "none",
        "xmlIdChecksum": True,
        "mnumInterval": 0,
    }
    if look.layout == "scroll":
        options |= {"pageHeight": 60_000, "adjustPageHeight": True}
    elif look.layout == "line":
        options |= {
            "breaks": "none",
            "pageHeight": 60_000,
            "adjustPageHeight": True,
            "adjustPageWidth": True,
            "pageWidth": 100_000,
        }
        options["pageMarginLeft"] = margin + 3 * round(UNIT)  # a brace stands left of the staves
    return options | dict(look.more)
