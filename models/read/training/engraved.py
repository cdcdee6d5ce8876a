"""Pages engraved by Verovio with the box of every sign on them: truth for prototypes and benchmarks.

Used only to train and to measure; fontTools comes with requirements-dev.txt.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from models.arrays import Grey
from models.notation.engraving.fonts import MUSIC_FONTS
from models.notation.engraving.marks import Mark, marks_of
from models.notation.engraving.raster import grey_of
from models.notation.engraving.toolkit import UNIT, lay_out
from models.notation.errors import NotationError
from models.notation.musicxml.container import musicxml_text
from models.read.primitives import LABELS
from models.sheet import degradation

FONTS = MUSIC_FONTS
LARGEST_TEXT = 4_000_000
"""Bytes of MusicXML; beyond that Verovio lays out for minutes."""

_GLYPHS = {
    "E0A2": "whole_head", "E0A3": "hollow_head", "E0A4": "solid_head", "E050": "treble_clef", "E052": "treble_clef",
    "E053": "treble_clef", "E062": "bass_clef", "E05C": "alto_clef", "E07A": "treble_clef", "E07C": "bass_clef", "E07B": "alto_clef",
    "E260": "flat", "E261": "natural", "E262": "sharp", "E263": "double_sharp", "E264": "double_flat",
    "E4E3": "whole_rest", "E4E4": "half_rest", "E4E5": "quarter_rest", "E4E6": "eighth_rest", "E4E7": "sixteenth_rest",
    "E4E8": "thirty_second_rest", "E240": "flag_up", "E241": "flag_down", "E242": "flag_up_16", "E243": "flag_down_16",
    "E244": "flag_up_32", "E245": "flag_down_32", "E08A": "common_time", "E08B": "cut_time", "E4C0": "fermata",
    "E4C1": "fermata", "E000": "brace", "E044": "dot", "E1E7": "dot", "E4A2": "dot", "E4A3": "dot",
    **{f"E08{n}": f"digit_{n}" for n in range(10)}, **{f"E88{n}": "tuplet_digit" for n in range(10)},
}  # fmt: skip

_DRAWN = {
    "stem": "stem", "beam": "beam", "barLine": "bar_line", "ledgerLines": "ledger", "dots": "dot", "slur": "slur", "tie": "slur",
}  # fmt: skip


@dataclass(frozen=True)
class Sign:
    """A sign on an engraved page: its label and its box x0, y0, x1, y1 in pixels."""

    label: str
    box: tuple[float, float, float, float]


@dataclass(frozen=True)
class EngravedPage:
    """A page as uint8 (H, W) with its signs, and the staff space it was drawn at."""

    grey: Grey
    signs: tuple[Sign, ...]
    space: float
    font: str


def engraved(score: Path, *, font: str, space: float, pages: int = 1, seed: int = 0) -> list[EngravedPage]:
    """The first `pages` pages of a score in a music font, `space` pixels to a staff space; [] where it fails."""
    rng = np.random.default_rng(seed)
    width = int(rng.integers(1500, 2500))
    options = {
        "font": font, "unit": UNIT, "pageWidth": width, "pageHeight": int(width * 1.4), "scale": 100, "svgViewBox": True,
        "footer": "none", "header": str(rng.choice(["auto", "none"])), "breaks": "auto", "pageMarginLeft": 60, "pageMarginRight": 60,
        "staffLineWidth": float(rng.uniform(0.12, 0.24)), "stemWidth": float(rng.uniform(0.15, 0.3)),
        "barLineWidth": float(rng.uniform(0.2, 0.4)), "spacingLinear": float(rng.uniform(0.2, 0.35)),
    }  # fmt: skip
    try:
        layout = lay_out(musicxml_text(score, most_bytes=LARGEST_TEXT), options)
    except NotationError:
        return []
    made = []
    for svg in layout.svgs(pages):
        grey = grey_of(svg, width=round(width * space / (2 * UNIT)))
        signs = tuple(_signs(marks_of(svg, grey.shape[1])))
        made.append(EngravedPage(grey, signs, space, font))
    return made


def degraded(page: EngravedPage, rng: np.random.Generator) -> EngravedPage:
    """The page as a printer and a scanner might deliver it: blurred, thinned or thickened, noisy, grey on grey."""
    return replace(page, grey=degradation.degraded(page.grey, rng, "print", space=page.space))


def _signs(marks: Iterator[Mark]) -> Iterator[Sign]:
    """The marks that have a label."""
    for mark in marks:
        label = _label(mark) if mark.is_glyph else _DRAWN[mark.kind]
        if label:
            yield Sign(label, mark.box)


def _label(mark: Mark) -> str | None:
    label = _GLYPHS.get(mark.kind)
    if label in ("solid_head", "hollow_head") and ("graceGrp" in mark.classes or mark.size < 0.6):
        return "grace_head"
    if label is None:
        if mark.kind.startswith("E5") and mark.kind < "E550":
            return "dynamic"
        return "ornament" if mark.kind.startswith(("E4", "E5")) else None
    if "dynam" in mark.classes:
        return "dynamic"
    return label if label in LABELS else None
