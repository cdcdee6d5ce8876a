"""Prints how well the staff space is measured: one row a set of pages, with errors, misses, false alarms, time.

    python -m benchmarks.staff_space [--pages N] [--seed S] [--json OUT]

Pages are engraved from the scores in the shared data (so the truth is known to the pixel), or are real pages
whose staff space comes from their annotations or was read off by hand. The shared data lies where
SCOREWEB_SHARED says, else beside the repository; without it the benchmark says so and ends with success.
"""

from __future__ import annotations

import io
import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path

import cairosvg
import numpy as np
import verovio
from numpy.typing import NDArray
from PIL import Image

Grey = NDArray[np.uint8]
Case = tuple[str, Grey, float | None]

SHARED = Path(os.environ.get("SCOREWEB_SHARED", Path(__file__).resolve().parents[2] / "shared"))
FONTS = ("Leipzig", "Bravura", "Leland", "Petaluma", "Gootville")
LARGEST_SCORE = 12_000  # bytes of .mxl; beyond that Verovio lays out for many seconds
UNIT_STAFF_SPACE = 18.0  # Verovio: two units of nine
"""Staff spaces in pixels of real pages, read off the first and last line of a staff by hand."""
BY_HAND: dict[str, float] = {}


@dataclass(frozen=True)
class Row:
    """One line of the table: a set of pages, and how the measure fared on it."""

    name: str
    pages: int
    median_error: float | None
    within_2_percent: float | None
    missed: int
    false_alarms: int
    milliseconds: float


# ---------------------------------------------------------------------------------------------- pages with truth


def engraved(count: int, seed: int) -> Iterator[tuple[str, str, float, float]]:
    """Yields (score, svg, staff space in the svg's pixels, width of the svg), one page of a score each."""
    verovio.enableLog(verovio.LOG_OFF)
    toolkit = verovio.toolkit(False)
    toolkit.setResourcePath(str(files("verovio") / "data"))
    rng = np.random.default_rng(seed)
    scores = [p for p in sorted((SHARED / "data" / "pdmx").glob("*.mxl")) if p.stat().st_size < LARGEST_SCORE]
    for path in rng.permutation(np.array(scores, dtype=object))[:count]:
        wide, tall = float(rng.uniform(60, 140)), float(rng.uniform(60, 170))  # page in staff spaces
        scale = 40
        toolkit.setOptions(
            {
                "font": str(rng.choice(FONTS)),
                "scale": scale,
                "pageWidth": int(wide * UNIT_STAFF_SPACE),
                "pageHeight": int(tall * UNIT_STAFF_SPACE),
                "staffLineWidth": float(rng.choice([0.12, 0.15, 0.15, 0.2])),
                "spacingSystem": int(rng.integers(4, 12)),
                "footer": "none",
                "breaks": "auto",
            }
        )
        if not toolkit.loadFile(str(path)):
            continue
        svg = toolkit.renderToSVG(1 + int(rng.integers(0, min(2, max(1, toolkit.getPageCount())))))
        width = float(re.search(r'<svg width="([\d.]+)px"', svg).group(1))  # type: ignore[union-attr]
        yield path.stem[:12], svg, UNIT_STAFF_SPACE * scale / 100, width


def drawn(svg: str, zoom: float) -> Grey:
    """The page as cairo draws it, zoom times the size that the svg names, black on white."""
    png = cairosvg.svg2png(svg.encode(), scale=zoom, background_color="white")
    return np.asarray(Image.open(io.BytesIO(png)).convert("L"))
