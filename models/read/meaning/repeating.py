"""Bars that show nothing but the sign that repeats the bar before, filled with its notes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from models.read.meaning.signs import BarFrame, BarSigns, ChordSign, StaffBar, TimedSign

Systems = Sequence[Sequence[Sequence[StaffBar]]]
"""Systems of staves of bars."""


def marked(bars: Sequence[StaffBar], signs: Sequence[float]) -> list[StaffBar]:
    """The bars of a staff, those marked in which such a sign stands; ``signs`` are their places in staff spaces."""
    return [
        replace(bar, repeats=any(bar.frame.left < x < bar.frame.right for x in signs)) if signs else bar
        for bar in bars
    ]


def repeated(systems: Systems) -> list[list[list[StaffBar]]]:
    """The systems, each marked bar with the readings of the bar before it on its staff, over the ends of systems too.

    A marked bar that nothing comes before stays as it was read. Where the notes stand is told of the bar as a whole.
    """
    before: dict[int, StaffBar] = {}
    out: list[list[list[StaffBar]]] = []
    for system in systems:
        out.append([])
        for number, staff in enumerate(system):
            bars = []
            for bar in staff:
                last = before.get(number)
                filled = _filled(bar, last) if bar.repeats and last is not None else bar
                before[number] = filled
                bars.append(filled)
            out[-1].append(bars)
    return out


def _filled(bar: StaffBar, last: StaffBar) -> StaffBar:
    own = bar.readings[0] if bar.readings else BarSigns()
    readings = tuple(
        replace(
            own,
            timed=tuple(_moved(sign, last.frame, bar.frame) for sign in reading.timed),
            arcs=(),
            tuplets=(),
            certainty=reading.certainty,
        )
        for reading in last.readings
    )
    return replace(bar, readings=readings or bar.readings)


def _moved(sign: TimedSign, source: BarFrame, target: BarFrame) -> TimedSign:
    """A sign at the same share of another bar."""

    def at(x: float) -> float:
        share = (x - source.left) / max(source.right - source.left, 1e-6)
        return target.left + share * (target.right - target.left)

    if isinstance(sign, ChordSign):
        heads = tuple(replace(head, x=at(head.x), box=target.box) for head in sign.heads)
        return replace(sign, x=at(sign.x), heads=heads, box=target.box)
    return replace(sign, x=at(sign.x), box=target.box)
