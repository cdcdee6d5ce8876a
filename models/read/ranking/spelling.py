"""Accidentals that change nothing: a sign that says what the key or an earlier sign of the bar says already.

Engravers set them now and then as a reminder. More often one is what is left of another sign, or the sign that it takes
back was missed, or the key is another: a cause for doubt in a bar that fills its metre.
"""

from __future__ import annotations

from collections.abc import Iterable

from models.read.meaning.context import BarContext
from models.read.meaning.pitch import AccidentalState, clef_at
from models.read.meaning.rhythm import Placed
from models.read.meaning.signs import ALTERS, ChordSign


def needless_accidentals(found: Iterable[Placed], context: BarContext) -> int:
    """How many accidentals of a bar of one staff alter their note to what it would be without them."""
    state = AccidentalState(context.key)
    count = 0
    for one in sorted(found, key=lambda p: (p.onset, p.sign.x)):
        if not isinstance(one.sign, ChordSign):
            continue
        clef = clef_at(context.changes, one.sign.x, context.clef)
        for head in one.sign.heads:
            if head.accidental is None:
                continue
            place = min(69, max(0, clef.bottom_line + head.step))
            count += state.alter(place, None) == ALTERS[head.accidental]
            state.alter(place, head.accidental)
    return count
