"""A page of music as a picture, and what may be opened at all."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace

import cv2
import numpy as np

from models.arrays import Grey
from models.glyph import Glyph


def light_on_dark(grey: Grey) -> bool:
    """Whether the page, uint8 (H, W), is light music on dark: most of it is dark, and it is nearer to its own black.

    A page photographed in poor light is dark as well, but its paper is nearer to the brightest it holds.
    """
    step = max(1, round((grey.size / 250_000) ** 0.5))
    black, middle, white = np.percentile(grey[::step, ::step], (1, 50, 99))
    return bool(middle < 128 and 2 * (middle - black) <= white - middle)


@dataclass(frozen=True)
class Limits:
    """What is opened: beyond it a file is refused before its pixels are decoded.

    ``pdf_dpi`` is the resolution at which drawn PDF pages are rendered: 75, so that four times larger is 300.
    """

    max_bytes: int = 20_000_000
    max_pixels: int = 50_000_000
    max_pages: int = 50
    max_together: int = 80_000_000
    """Bytes of all files where several make up the pages."""
    min_side: int = 16
    pdf_dpi: float = 75.0


@dataclass(frozen=True)
class Page:
    """One page: ``grey`` is uint8 (H, W), 0 black, 255 white; ``index`` counts from 0.

    ``dpi`` is the resolution that the file gives, None when it gives none or nonsense. ``note`` says in words what
    the visitor may not expect (a first frame, a resolution chosen here). ``lossy``: the file is a
    JPEG, whose traces lie around all ink. ``looks_inverted``: white music on black. ``file``: the name of the file it
    is from, where several make up the pages. ``drawn``: vectors, sharp at any size; ``redrawn`` then gives the
    page at another resolution in dpi, and ``glyphs`` are the characters that a PDF's fonts drew.
    """

    grey: Grey
    index: int
    label: str
    dpi: float | None = None
    note: str = ""
    lossy: bool = False
    file: str = ""
    drawn: bool = False
    glyphs: tuple[Glyph, ...] = field(default=(), repr=False)
    redrawn: Callable[[float], Page] | None = field(default=None, compare=False, repr=False)

    @property
    def looks_inverted(self) -> bool:
        """Whether this is light music on a dark page, by `light_on_dark`."""
        return light_on_dark(self.grey)

    def fitted(self, most_pixels: int) -> Page:
        """The page with at most so many pixels: the same, or scaled down, with a note that says so."""
        pixels = self.grey.size
        if pixels <= most_pixels:
            return self
        ratio = (most_pixels / pixels) ** 0.5
        size = max(1, int(self.grey.shape[1] * ratio)), max(1, int(self.grey.shape[0] * ratio))
        grey: Grey = np.asarray(cv2.resize(self.grey, size, interpolation=cv2.INTER_AREA), np.uint8)
        note = f"scaled down from {pixels / 1e6:.0f} to {most_pixels / 1e6:.0f} megapixels first"
        glyphs = tuple(glyph.scaled(ratio) for glyph in self.glyphs)
        return replace(self, grey=grey, dpi=self.dpi * ratio if self.dpi else None, note=note, glyphs=glyphs)
