"""Bar lines put in and left out by durations, where the ink agrees; where it does not, as another layout of the page.

What durations say (`models.read.meaning.bar_durations`) is held against the bar line itself: a column of faint ink in the gap
of every staff speaks for one that was missed, a line that not all staves show, or that ends where the others run on, against
one that was found. The bars are then parsed anew, and what does not fill the metre after all stays as it was.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise

import numpy as np
import numpy.typing as npt

from models.read.bar_parsing import BarParser
from models.read.meaning.bar_durations import FalseLine, MissedLine, lines_by_durations
from models.read.meaning.barring import BarSpan, bars_of
from models.read.meaning.metres import metres_of
from models.read.meaning.signs import StaffBar
from models.read.page.staves import LINE_ROWS, SPACE, Staff
from models.read.page_primitives import PagePrimitives, SystemsFound
from models.read.primitives import Primitive

BY_SUM_ALONE = 0.35
"""How probable a bar line by durations is that no ink speaks for, and how probable it is that a plain one is none."""

_FAINT = 60  # of 255: ink of a line that was not seen as one
_COLUMN, _ANY = (
    0.6,
    0.4,
)  # share of the rows of each space of a staff that a column inks: over all staves, and on each
_DOUBTFUL = 0.7  # mean membership over the staves below which a bar line that was found is doubtful
_NEAR = 0.6  # staff spaces

System = list[list[StaffBar]]


def by_durations(
    parser: BarParser, found: SystemsFound | PagePrimitives, read: Sequence[System]
) -> tuple[list[System], list[System] | None]:
    """The systems of a page with the bar lines that durations and ink agree on; and with those that durations alone ask for.

    ``read`` are the systems as they were parsed. The second is None where durations ask for no more than the first has.
    """
    now = [list(system) for system in read]
    faults = lines_by_durations(now, metres_of(now)[0])
    if not faults:
        return now, None
    agreed = [one for one in faults if _ink_agrees(found, now, one)]
    sure = _changed(parser, found, now, agreed, len(faults))
    every = _changed(parser, found, now, faults, len(faults))
    more = any(len(a[0]) != len(b[0]) for a, b in zip(sure, every, strict=True) if a and b)
    return sure, every if more else None


def _changed(
    parser: BarParser,
    found: SystemsFound | PagePrimitives,
    read: Sequence[System],
    faults: Sequence[MissedLine | FalseLine],
    known: int,
) -> list[System]:
    """The systems with bars parted and joined; a system of which durations then say more than before stays as it was.

    ``known`` is how many faults the page had.
    """
    out = list(read)
    for number in sorted({one.system for one in faults}):
        system, primitives = found.systems[number], found.primitives[number]
        spans = bars_of(system, primitives)
        own = [one for one in faults if one.system == number]
        edges = [
            (one, [staff[one.bar].frame.right for staff in read[number]])
            for one in sorted(own, key=lambda one: -one.bar)
        ]
        for one, ends in edges:
            if isinstance(one, FalseLine):
                spans = [_joined(staff, end) for staff, end in zip(spans, ends, strict=True)]
            else:
                cuts = [_column(staff, gap)[0] for staff, gap in zip(system.staves, one.between, strict=True)]
                spans = [
                    _parted(staff, own_spans, x)
                    for staff, own_spans, x in zip(system.staves, spans, cuts, strict=True)
                ]
        new = parser.system(system, primitives, found.hints[number], spans)
        trial = [*out[:number], new, *out[number + 1 :]]
        left = lines_by_durations(trial, metres_of(trial)[0])
        if len(left) + len(own) <= known and len(new[0]) == len(read[number][0]) + _more(own):
            out[number], known = new, len(left)
    return out


def _more(faults: Sequence[MissedLine | FalseLine]) -> int:
    return sum(1 if isinstance(one, MissedLine) else -1 for one in faults)


def _ink_agrees(
    found: SystemsFound | PagePrimitives, read: Sequence[System], one: MissedLine | FalseLine
) -> bool:
    staves = found.systems[one.system].staves
    if isinstance(one, MissedLine):
        shares = [_column(staff, gap)[1] for staff, gap in zip(staves, one.between, strict=True)]
        return float(np.mean(shares)) >= _COLUMN and min(shares) >= _ANY
    bars = [own[one.bar].frame for own in read[one.system]]
    after = [own[one.bar + 1].frame.left for own in read[one.system]]
    seen = [
        max((p.membership("bar_line") for p in own if bar.right - _NEAR < p.x < left + _NEAR), default=0.0)
        for bar, left, own in zip(bars, after, found.primitives[one.system], strict=True)
    ]
    return float(np.mean(seen)) < _DOUBTFUL or _ends_alone(read[one.system], one.bar)


def _ends_alone(system: System, bar: int) -> bool:
    """Whether a bar line stops below each staff where all others of the system run on to the next."""
    inner = [staff[n].frame.joined for staff in system[:-1] for n in range(len(staff) - 1) if n != bar]
    own = [staff[bar].frame.joined for staff in system[:-1]]
    return len(inner) >= 2 * len(own) > 0 and all(inner) and not any(own)


def _column(staff: Staff, gap: tuple[float, float]) -> tuple[float, float]:
    """The column of a gap of a staff, in staff spaces, that is likeliest a bar line; and how far it inks every space, 0..1.

    An accidental inks a column nearly as far, but not all the way. Where nothing does, it is the middle of the widest paper.
    """
    first, last = (max(0, round(x * SPACE)) for x in gap)
    ink = staff.strip.ink[:, max(0, first - 1) : last + 2]
    if ink.shape[1] < 3:
        return 0.5 * (gap[0] + gap[1]), 0.0
    dark = ink >= _FAINT
    wide = dark[:, :-2] | dark[:, 1:-1] | dark[:, 2:]
    edge = int(0.5 * staff.strip.thickness + 2.5)  # beside a staff line
    each = [wide[top + edge : low - edge + 1].mean(axis=0) for top, low in pairwise(LINE_ROWS)]
    shares = np.min(each, axis=0)
    best = float(shares.max())
    if best >= _ANY:
        columns = np.flatnonzero(shares >= best - 1e-9)
    else:
        inked = wide[LINE_ROWS[0] - SPACE : LINE_ROWS[4] + SPACE].mean(axis=0)
        columns = _widest(inked <= inked.min() + 1e-9)
    return (max(0, first - 1) + 1 + float(columns.mean())) / SPACE, best


def _widest(of: npt.NDArray[np.bool_]) -> npt.NDArray[np.intp]:
    """The longest run of columns."""
    edges = np.flatnonzero(np.diff(np.concatenate([[0], of.astype(np.int8), [0]])))
    starts, stops = edges[::2], edges[1::2]
    longest = int(np.argmax(stops - starts))
    return np.arange(starts[longest], stops[longest])


def _parted(staff: Staff, spans: Sequence[BarSpan], x: float) -> list[BarSpan]:
    """The bars of a staff, the one that holds ``x`` parted there."""
    out: list[BarSpan] = []
    for span in spans:
        frame = span.frame
        if not frame.left < x < frame.right:
            out.append(span)
            continue
        x0, y0, x1, y1 = frame.box
        column = float(staff.upload_box((x * SPACE, LINE_ROWS[2], x * SPACE, LINE_ROWS[2]))[0])
        column = min(max(column, x0), x1)
        left = replace(
            frame, right=x, box=(x0, y0, column, y1), barline="regular", repeat_end=False, joined=False
        )
        right = replace(frame, left=x, box=(column, y0, x1, y1), repeat_start=False)
        kept = [p for p in span.primitives if not _is_line_at(p, x)]
        out.append(BarSpan(left, tuple(p for p in kept if p.x < x)))
        out.append(BarSpan(right, tuple(p for p in kept if p.x >= x)))
    return out


def _is_line_at(p: Primitive, x: float) -> bool:
    """Whether a primitive is the bar line itself, or a piece of it, that was taken for something else."""
    return p.kind == "line" and abs(p.x - x) < _NEAR and p.box[2] - p.box[0] < _NEAR * SPACE


def _joined(spans: Sequence[BarSpan], end: float) -> list[BarSpan]:
    """The bars of a staff, the one that ends at ``end`` joined with the next."""
    out: list[BarSpan] = []
    for span in spans:
        before = out[-1] if out else None
        if before is None or abs(before.frame.right - end) > 1e-6:
            out.append(span)
            continue
        a, b = before.frame, span.frame
        box = (
            min(a.box[0], b.box[0]),
            min(a.box[1], b.box[1]),
            max(a.box[2], b.box[2]),
            max(a.box[3], b.box[3]),
        )
        frame = replace(b, left=a.left, box=box, repeat_start=a.repeat_start)
        out[-1] = BarSpan(frame, (*before.primitives, *span.primitives))
    return out
