"""What a visitor decided about a reading, and how bars of the score go back to those of the reading."""

from __future__ import annotations

import io
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from PIL import Image

from models.arrays import Box, Grey
from models.contracts.read import BarReading, Interpretation, Reading
from models.notation.editing import Edit, joined, place_of
from models.notation.score import Score


@dataclass(frozen=True)
class State:
    """What the visitor decided so far: the interpretation with its bars' readings, bars settled, edits in their order.

    Bars are those of the reading, from 0.
    """

    way: Interpretation
    settled: frozenset[int] = frozenset()
    edits: tuple[tuple[int, Edit], ...] = ()
    """(bar, edit) of each edit, in the order in which they were made."""

    @property
    def edited(self) -> frozenset[int]:
        """The bars that have edits."""
        return frozenset(bar for bar, _ in self.edits)

    def with_edit(self, bar: int, edit: Edit) -> State:
        """The state with one more edit, in as few as do the same."""
        first = len(self.edits)
        while first and self.edits[first - 1][0] == bar:
            first -= 1
        tail = joined([one for _, one in self.edits[first:]], edit)
        return replace(self, edits=(*self.edits[:first], *((bar, one) for one in tail)))

    def without(self, bars: frozenset[int] | set[int]) -> State:
        """The state without the edits of some bars."""
        return replace(self, edits=tuple(one for one in self.edits if one[0] not in bars))


def alike(reading: Reading, state: State, bar: int) -> list[int]:
    """Other bars that may be read as a bar is now: their first reading was the same, and so is one of the others."""
    readings = reading.bars
    chosen = state.way.choice[bar]
    if not readings[bar].readings or chosen == 0:
        return []
    before, now = (shape(readings[bar].readings[n]) for n in (0, chosen))
    found = []
    for n, options in enumerate(readings):
        untouched = n != bar and n not in state.settled and state.way.choice[n] == 0
        if untouched and options.readings and shape(options.readings[0]) == before:
            found += [n] * any(shape(one) == now for one in options.readings[1:])
    return found


def told(way: Interpretation) -> tuple[object, ...]:
    """What an interpretation says, whatever its rank."""
    return way.layout, way.choice, way.context


def below_each_other(pages: Sequence[Grey], most: int) -> Grey | None:
    """Pages as one picture; None where it would have more than so many pixels."""
    width = max(page.shape[1] for page in pages)
    if width * sum(page.shape[0] for page in pages) > most:
        return None
    padded = [np.pad(page, ((0, 0), (0, width - page.shape[1])), constant_values=255) for page in pages]
    return np.concatenate(padded)


def cut_out(page: Path, box: Box, room: float) -> bytes:
    """A box in pixels cut out of a page's picture, with some pixels of room around, as PNG."""
    x0, y0, x1, y1 = box
    with Image.open(page) as picture:
        left, top = max(0, round(x0 - room / 2)), max(0, round(y0 - room))
        right, low = min(picture.width, round(x1 + room / 2)), min(picture.height, round(y1 + room))
        cut = picture.crop((left, top, max(right, left + 1), max(low, top + 1)))
        cut.thumbnail((900, 400))
        out = io.BytesIO()
        cut.save(out, "PNG", optimize=True)
    return out.getvalue()


def shape(reading: BarReading, staves: Collection[int] | None = None) -> tuple[object, ...]:
    """What a reading of a bar holds, wherever it stands: values and places on the staff; of all its staves or of some."""
    return tuple(
        tuple(
            (
                type(p.sign).__name__,
                p.onset,
                p.sign.duration,
                tuple((h.place, h.accidental) for h in getattr(p.sign, "heads", ())),
            )
            for p in staff.placed
        )
        for number, staff in enumerate(reading.staves)
        if staves is None or number in staves
    )


def with_sources(score: Score) -> Score:
    """The score whose bars know their place in the reading."""
    parts = tuple(
        replace(part, bars=tuple(replace(bar, source=n) for n, bar in enumerate(part.bars)))
        for part in score.parts
    )
    return replace(score, parts=parts)


def source_of(score: Score, identity: str) -> int | None:
    """The bar of the reading that a note or rest is in, or that stands before it; None where there is none of that id."""
    found = place_of(score, identity)
    if found is None:
        return None
    return next(
        (bar.source for bar in reversed(found.part.bars[: found.index + 1]) if bar.source is not None), 0
    )
