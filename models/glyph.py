"""A character of a drawn page: what opening a PDF hands on to reading."""

from __future__ import annotations

from dataclasses import dataclass, replace

from models.arrays import Box


@dataclass(frozen=True)
class Glyph:
    """One character that a font drew.

    ``text`` is what the file says it stands for (one character as a rule; of music fonts after SMuFL one of its private
    codes, of others anything). ``font`` is the font's name without the mark of a subset. ``box`` is the ink's x0, y0, x1, y1
    and ``origin`` the pen's x, y, in pixels of the page's picture. ``last``: a blank or another line follows.
    """

    text: str
    font: str
    box: Box
    origin: tuple[float, float]
    last: bool = False

    def scaled(self, ratio: float) -> Glyph:
        """The same on a picture ``ratio`` times as large."""
        x0, y0, x1, y1 = (v * ratio for v in self.box)
        return replace(self, box=(x0, y0, x1, y1), origin=(self.origin[0] * ratio, self.origin[1] * ratio))
