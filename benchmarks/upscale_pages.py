"""Whole engraved pages to measure upscaling on, of works that no network was trained on.

A page is drawn at 4x-exact size: a staff space of 16 HR pixels, 4 at LR, the smallest in use.
"""

from __future__ import annotations

import tempfile
from pathlib import Path

import numpy as np

from benchmarks.upscale import SHARED
from models.arrays import Grey
from models.notation.engraving.fonts import install_music_fonts
from models.notation.engraving.raster import grey_of
from models.notation.errors import NotationError
from models.upscale.engravers import ENGRAVERS
from models.upscale.pack import LARGEST, side_of

SCORES = SHARED / "data" / "pdmx"
SPACE = 16.0


def pages(scores: Path = SCORES, *, count: int = 4, seed: int = 5) -> dict[str, Grey]:
    """``count`` pages, uint8 (H, W), sides multiples of 4, by the name of their engraver and font; {} without scores."""
    held_out = [
        p
        for p in sorted(scores.glob("*.mxl"))
        if side_of(p.stem, 0.05) == "val" and p.stat().st_size <= LARGEST
    ]
    found: dict[str, Grey] = {}
    rng = np.random.default_rng(seed)
    with tempfile.TemporaryDirectory() as folder:
        install_music_fonts(Path(folder) / "fonts")
        for number, score in enumerate(held_out):
            engraver = ("verovio", "lilypond")[number % 2]
            try:
                engraving = ENGRAVERS[engraver].engrave(score, rng)[0]
            except NotationError:
                continue
            width = round(SPACE / engraving.staff_space / 4) * 4
            grey = grey_of(engraving.svg, width=width)
            found[f"{engraver} {engraving.font} {number}"] = grey[: grey.shape[0] // 4 * 4, :width]
            if len(found) == count:
                break
    return found
