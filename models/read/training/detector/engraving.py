"""Pages engraved by Verovio in many styles, with every sign on them, words included."""

from __future__ import annotations

import re
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from models.arrays import Grey
from models.notation.engraving.raster import grey_of
from models.notation.engraving.toolkit import UNIT, lay_out
from models.notation.errors import EngravingFailed
from models.read.training.detector.signs import Marked, StaffPlace, signs_of_svg
from models.read.training.engraved import FONTS

PACK_SPACE = 14.0
"""Staff space in pixels of the pages in a pack."""

_FACES = ("Liberation Serif", "Liberation Sans", "DejaVu Serif", "DejaVu Sans", "FreeSerif", "FreeSans")
_SHAPES = r"<(path|use|polygon|polyline|rect|ellipse)\b[^>]*?(/>|>\s*</\1>)"


@dataclass(frozen=True)
class MarkedPage:
    """A page as uint8 (H, W), 255 paper, at `space` pixels a staff space, with its signs and staves."""

    grey: Grey
    space: float
    signs: tuple[Marked, ...]
    staves: tuple[StaffPlace, ...]


def engraved_pages(text: str, rng: np.random.Generator, *, most: int = 1) -> list[MarkedPage]:
    """Up to `most` pages, drawn by chance, of MusicXML in a style drawn by chance; [] where Verovio refuses it."""
    width = int(rng.integers(1300, 2500))
    try:
        layout = lay_out(text, _style(rng, width))
    except EngravingFailed:
        return []
    chosen = rng.permutation(layout.page_count)[:most] + 1
    face = str(rng.choice(_FACES))
    pages = (_page(layout.svg(int(n)), width, face) for n in chosen)
    return [p for p in pages if p is not None]


def _style(rng: np.random.Generator, width: int) -> dict[str, object]:
    return {
        "font": str(rng.choice(FONTS)), "unit": UNIT, "pageWidth": width, "pageHeight": int(width * rng.uniform(0.7, 1.4)),
        "scale": 100, "svgViewBox": True, "footer": "none", "header": str(rng.choice(["auto", "none"])), "breaks": "auto",
        "pageMarginLeft": 60, "pageMarginRight": 60, "pageMarginTop": 60, "pageMarginBottom": 60,
        "staffLineWidth": float(rng.uniform(0.10, 0.26)), "stemWidth": float(rng.uniform(0.14, 0.32)),
        "barLineWidth": float(rng.uniform(0.2, 0.45)), "ledgerLineThickness": float(rng.uniform(0.15, 0.4)),
        "ledgerLineExtension": float(rng.uniform(0.3, 0.75)), "slurMidpointThickness": float(rng.uniform(0.4, 0.9)),
        "slurEndpointThickness": float(rng.uniform(0.08, 0.25)), "tieMidpointThickness": float(rng.uniform(0.35, 0.8)),
        "slurCurveFactor": float(rng.uniform(0.6, 1.6)), "hairpinThickness": float(rng.uniform(0.15, 0.35)),
        "hairpinSize": float(rng.uniform(2.0, 4.5)), "tupletBracketThickness": float(rng.uniform(0.1, 0.3)),
        "spacingLinear": float(rng.uniform(0.17, 0.36)), "spacingNonLinear": float(rng.uniform(0.5, 0.7)),
        "spacingStaff": int(rng.integers(7, 15)), "spacingSystem": int(rng.integers(4, 14)),
        "graceFactor": float(rng.uniform(0.65, 0.8)), "lyricSize": float(rng.uniform(3.2, 5.5)),
        "beamMaxSlope": int(rng.integers(0, 15)), "bracketThickness": float(rng.uniform(0.6, 1.4)),
        "barLineSeparation": float(rng.uniform(0.6, 1.1)), "thickBarlineThickness": float(rng.uniform(0.8, 1.4)),
        "mnumInterval": int(rng.choice([0, 0, 1, 5])), "staccatoCenter": bool(rng.random() < 0.3),
    }  # fmt: skip


def _page(svg: str, width: int, face: str) -> MarkedPage | None:
    # glyphs of the music font inside words cannot be drawn as text
    svg = re.sub("[\ue000-\uf8ff]", "", svg)
    svg = re.sub(r'font-family="(Times|[^"]*serif)[^"]*"', f'font-family="{face}"', svg)
    pixels = round(width * PACK_SPACE / (2 * UNIT))
    grey = drawn(svg, pixels)
    signs, staves = signs_of_svg(svg, pixels)
    if not signs or not staves:
        return None
    texts = drawn(re.sub(_SHAPES, "", svg), pixels) if "<text" in svg else np.full_like(grey, 255)
    return MarkedPage(grey, PACK_SPACE, (*signs, *words(texts)), tuple(staves))


def drawn(svg: str, pixels: int) -> Grey:
    """An SVG as a picture, uint8 (H, W), so many pixels wide, on white."""
    return grey_of(svg, width=pixels)


def words(picture: NDArray[np.uint8]) -> list[Marked]:
    """The words in a picture of nothing else: ink joined over gaps narrower than those between words."""
    ink = (picture < 160).astype(np.uint8)
    joined = cv2.morphologyEx(ink, cv2.MORPH_CLOSE, np.ones((3, round(0.45 * PACK_SPACE) | 1), np.uint8))
    joined = cv2.dilate(joined, np.ones((round(0.35 * PACK_SPACE) | 1, 1), np.uint8))
    count, labels, stats, _ = cv2.connectedComponentsWithStats(joined, connectivity=8)
    found = []
    for n in range(1, count):
        x, y, w, h, _ = stats[n]
        own = (labels[y : y + h, x : x + w] == n) & (ink[y : y + h, x : x + w] > 0)
        rows, columns = np.flatnonzero(own.any(axis=1)), np.flatnonzero(own.any(axis=0))
        if len(rows) < 3 or len(columns) < 2:
            continue
        found.append(
            Marked(
                "text",
                (
                    float(x + columns[0]),
                    float(y + rows[0]),
                    float(x + columns[-1] + 1),
                    float(y + rows[-1] + 1),
                ),
            )
        )
    return found
