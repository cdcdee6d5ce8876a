"""Whole engraved pages to measure upscaling on, of works that no network was trained on.

A page is drawn at 4x-exact size: a staff space of 16 HR pixels, 4 at LR, the smallest in use.
"""

from __future__ import annotations

import io
import tempfile
from pathlib import Path

import numpy as np
import numpy.typing as npt
from PIL import Image

from benchmarks.upscale import SHARED
from models.upscale.engravers import ENGRAVERS, EngravingError, install_music_fonts
from models.upscale.pack import LARGEST, side_of

Grey = npt.NDArray[np.uint8]
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
        import cairosvg

        for number, score in enumerate(held_out):
            engraver = ("verovio", "lilypond")[number % 2]
            try:
                engraving = ENGRAVERS[engraver].engrave(score, rng)[0]
            except EngravingError:
                continue
            width = round(SPACE / engraving.staff_space / 4) * 4
            png = cairosvg.svg2png(bytestring=engraving.svg, output_width=width, background_color="white")
            grey = np.asarray(Image.open(io.BytesIO(png)).convert("L"))
            found[f"{engraver} {engraving.font} {number}"] = grey[: grey.shape[0] // 4 * 4, :width]
            if len(found) == count:
                break
    return found
