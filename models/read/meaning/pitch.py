"""Which pitches the heads of a bar have: place, clef, key, and accidentals through the bar."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from models.notation.score import Clef, Key, Pitch
from models.read.meaning.rhythm import Placed
from models.read.meaning.signs import ALTERS, ChordSign, HeadSign, OctaveSign


@dataclass
class AccidentalState:
    """What holds at a moment of a bar: the key, and the accidentals in the bar so far, by place."""

    key: Key = field(default_factory=Key)
    signs: dict[int, int] = field(default_factory=dict)

    def alter(self, diatonic: int, sign: str | None) -> int:
        """The alteration of a note at a place, its own sign included, which then holds to the end of the bar."""
        if sign is not None:
            self.signs[diatonic] = ALTERS[sign]
        if diatonic in self.signs:
            return self.signs[diatonic]
        return self.key.alter("CDEFGAB"[diatonic % 7])


def clef_at(clefs: Sequence[tuple[float, Clef]], x: float, first: Clef) -> Clef:
    """The clef that holds at `x`, of changes (x, clef) within the bar after the `first`."""
    found = first
    for place, clef in clefs:
        if place <= x:
            found = clef
    return found


def pitches(
    found: Iterable[Placed],
    clef: Clef,
    key: Key,
    *,
    changes: Sequence[tuple[float, Clef]] = (),
    tied: Mapping[int, int] | None = None,
    octaves: Sequence[OctaveSign] = (),
) -> dict[HeadSign, Pitch]:
    """The pitch of every head of a bar of one staff.

    Heads are taken in order of their onset and place along the staff, since an accidental holds for what follows
    it. Notes under a line of `octaves` sound higher or lower than they stand. `tied` maps places (`Pitch.diatonic`) to alterations that ties carry over the bar line.
    """
    state = AccidentalState(key)
    carried = dict(tied or {})
    out: dict[HeadSign, Pitch] = {}
    for one in sorted(found, key=lambda p: (p.onset, p.sign.x)):
        if not isinstance(one.sign, ChordSign):
            continue
        holding = clef_at(changes, one.sign.x, clef)
        drums = holding.sign == "percussion"
        base = holding.bottom_line
        base += 7 * sum(line.octaves for line in octaves if line.x0 <= one.sign.x <= line.x1)
        # signs of a chord hold for the whole chord, whatever the order of its heads
        for head in one.sign.heads:
            if head.accidental is not None:
                state.alter(base + head.step, head.accidental)
        for head in one.sign.heads:
            diatonic = min(69, max(0, base + head.step))
            if drums:
                alter = 0  # a place on a percussion staff names a drum, which no key and no accidental alters
            elif one.onset == 0 and diatonic in carried and head.accidental is None:
                alter = carried.pop(diatonic)
            else:
                alter = state.alter(diatonic, None)
            out[head] = Pitch.from_diatonic(diatonic, alter)
    return out
