"""A page before the grammar: what was found on it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from models.glyph import Glyph
from models.read.page.preparation import PreparedPage
from models.read.page.staves import System
from models.read.primitives import Primitive
from models.read.reading import HANDWRITTEN


@dataclass(frozen=True)
class PagePrimitives:
    """A page before the grammar: its systems, the primitives of each of their staves, and those that are hints.

    `shape` is the upload's (H, W); `seconds` what each stage took; `layout` (0..1) how probable it is that these are its
    systems. `learned`: what belongs together is told by the model of handwriting, and not by hand-written sets alone.
    """

    page: PreparedPage
    systems: Sequence[System]
    primitives: Sequence[Sequence[Sequence[Primitive]]]
    hints: Sequence[Sequence[Sequence[Primitive]]]
    shape: tuple[int, int]
    handwritten: bool
    seconds: dict[str, float]
    layout: float = 1.0
    glyphs: tuple[Glyph, ...] = ()
    learned: bool = False

    def remarks(self) -> tuple[str, ...]:
        """What there is to say of how the page was taken, in sentences."""
        notes = tuple(self.page.notes)
        return (*notes, HANDWRITTEN) if self.handwritten else notes
