"""What stretches over many notes laid on the bars that it covers: endings, ottava lines, several bars of rest in one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from models.notation.score import NoteType
from models.read.meaning.barring import BarSpan
from models.read.meaning.signs import BarFrame, BarSigns, OctaveSign, RestSign, StaffBar
from models.read.primitives.spanners import BarsOfRest, OctaveLine

_AT_LINE = 1.6  # staff spaces between a bar line and the bracket that begins or ends there
_FIRST = 16.0  # staff spaces from the start of a system within which its first bracket may begin
_BEFORE = 0.7  # staff spaces from a head's middle to the left edge of the 8 that begins over it
_WHOLE_REST_PLACE = 6.0


def with_endings(
    bars: Sequence[Sequence[BarSpan]], brackets: Sequence[Sequence[tuple[float, float]]]
) -> list[list[BarSpan]]:
    """The bars of the staves of a system, with the brackets of endings that any of these shows over them.

    A bracket begins at a bar line, and a repeat ends under it or before it, unless another system hides that; a line of
    which this is not true is no ending.
    """
    opening: set[int] = set()
    under: set[int] = set()
    for staff, own in zip(bars, brackets, strict=True):
        for x0, x1 in own:
            first = next((n for n, bar in enumerate(staff) if _begins(bar.frame, n, x0)), None)
            if first is None:
                continue
            covered = [n for n in range(first, len(staff)) if staff[n].frame.left < x1 - 2 * _AT_LINE]
            repeats = any(staff[n].frame.repeat_end for n in covered)
            if repeats or first - 1 in under or first == 0 or len(staff) - 1 in covered:
                opening.add(first)
                under |= set(covered)
    return [
        [
            replace(bar, frame=replace(bar.frame, ending="opens" if n in opening else "goes on"))
            if n in under
            else bar
            for n, bar in enumerate(staff)
        ]
        for staff in bars
    ]


def _begins(frame: BarFrame, number: int, x: float) -> bool:
    return abs(x - frame.left) < _AT_LINE or (number == 0 and frame.left < x < min(frame.right, _FIRST))


def with_octaves(
    readings: Sequence[BarSigns], frame: BarFrame, lines: Sequence[OctaveLine]
) -> list[BarSigns]:
    """The readings of a bar with the ottava lines that reach into it."""
    own = tuple(
        OctaveSign(line.x0 - _BEFORE, line.x1, line.octaves)
        for line in lines
        if line.x0 - _BEFORE < frame.right and line.x1 > frame.left
    )
    return [replace(reading, octaves=own) for reading in readings] if own else list(readings)


def with_bars_of_rest(
    staves: Sequence[Sequence[StaffBar]], rests: Sequence[Sequence[BarsOfRest]]
) -> list[list[StaffBar]]:
    """The staves of a system, each bar that stands for several bars of rest made that many on all of them.

    Only what every staff shows is believed, since all must keep as many bars.
    """
    many = {
        n: min(shown)
        for n in range(min((len(staff) for staff in staves), default=0))
        if all(shown := [_bars_in(staff[n].frame, own) for staff, own in zip(staves, rests, strict=True)])
    }
    return [[one for n, bar in enumerate(staff) for one in _spread(bar, many.get(n, 1))] for staff in staves]


def only_rests(bars: Sequence[StaffBar]) -> list[tuple[float, float, float]]:
    """The bars of a staff that hold rests alone, or nothing that was made out: from, to and the middle, in staff spaces."""
    out = []
    for bar in bars:
        signs = bar.readings[0].timed if bar.readings else ()
        if not bar.absent and all(isinstance(s, RestSign) for s in signs):
            ends = (signs[0].x, signs[-1].x) if signs else bar.frame.ends
            out.append((*bar.frame.ends, 0.5 * (ends[0] + ends[1])))
    return out


def _bars_in(frame: BarFrame, rests: Sequence[BarsOfRest]) -> int:
    return next((r.bars for r in rests if frame.left < 0.5 * (r.x0 + r.x1) < frame.right), 0)


def _spread(bar: StaffBar, count: int) -> list[StaffBar]:
    """So many bars of rest side by side in the place of one, which keeps its clef, key and metre."""
    if count < 2:
        return [bar]
    frame, (x0, y0, x1, y1) = bar.frame, bar.frame.box
    wide, across = (frame.right - frame.left) / count, (x1 - x0) / count
    first = bar.readings[0] if bar.readings else BarSigns()
    out = []
    for n in range(count):
        last = n == count - 1
        place = replace(
            frame,
            left=frame.left + n * wide,
            right=frame.left + (n + 1) * wide,
            box=(x0 + n * across, y0, x0 + (n + 1) * across, y1),
            barline=frame.barline if last else "regular",
            repeat_start=frame.repeat_start and n == 0,
            repeat_end=frame.repeat_end and last,
            rests=count if n == 0 else 0,
        )
        rest = RestSign(
            place.left + wide / 2, NoteType.WHOLE, place=_WHOLE_REST_PLACE, whole_bar=True, box=place.box
        )
        signs = replace(BarSigns() if n else first, timed=(rest,), arcs=(), tuplets=(), certainty=1.0)
        out.append(StaffBar(place, (signs,)))
    return out
