"""Reading starts from what a person said of a page's structure: its bar lines, and which staves are one system."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from models.read.given import GivenStructure
from models.read.page.staves import LINE_ROWS, SPACE, Staff, System
from models.read.primitives import Primitive

_SAME = 1.0  # staff spaces within which a line that was found is the one that is given
_ENDS = 2.0  # staff spaces from a system's ends in which lines are left as they were found
_MARGIN = 3.0  # staff spaces of a strip before its staff begins, and behind its end
_STEPS = 24  # halvings that find a place on a strip: finer than a pixel


def given_groups(
    groups: Sequence[Sequence[int]], staves: Sequence[Staff], given: GivenStructure
) -> list[list[int]]:
    """The staves of each system, by index: those that belong together put together, those that do not taken apart."""
    out = [list(group) for group in groups]
    for one, other in given.joined:
        places = sorted(_group_at(out, staves, y) for y in (one, other))
        first, last = places[0], places[-1]
        out[first : last + 1] = [[n for group in out[first : last + 1] for n in group]]
    for y in given.parted:
        out = [part for group in out for part in _parted(group, staves, y)]
    return out


def _parted(group: Sequence[int], staves: Sequence[Staff], y: float) -> list[list[int]]:
    """The staves above a height and those below it; all of them where one of the two would be empty."""
    middle = {n: (box[1] + box[3]) / 2 for n in group for box in [_box(staves[n])]}
    above, below = [n for n in group if middle[n] < y], [n for n in group if middle[n] >= y]
    return [above, below] if above and below else [list(group)]


def is_given(system: System, given: GivenStructure) -> bool:
    """Whether a person drew one of the system's staves: it is then there, though nothing is written on it."""
    return any(
        min(one.y0, one.y1) <= (box[1] + box[3]) / 2 <= max(one.y0, one.y1)
        for one in given.staves
        for box in map(_box, system.staves)
    )


def with_given_lines(
    systems: Sequence[System], found: Sequence[Sequence[Sequence[Primitive]]], given: GivenStructure
) -> list[list[list[Primitive]]]:
    """The primitives of each staff of each system, with the bar lines that are given in place of those that were found."""
    out = [[list(own) for own in staves] for staves in found]
    if not systems:
        return out
    staves = [staff for system in systems for staff in system.staves]
    groups: list[list[int]] = []
    for system in systems:
        begin = sum(map(len, groups))
        groups.append(list(range(begin, begin + len(system.staves))))
    for lines in given.bar_lines:
        at = _group_at(groups, staves, lines.y)
        out[at] = [
            _ruled(staff, own, lines.xs) for staff, own in zip(systems[at].staves, out[at], strict=True)
        ]
    return out


def _group_at(groups: Sequence[Sequence[int]], staves: Sequence[Staff], y: float) -> int:
    """The group that a height of the upload lies in, or next to."""

    def distance(group: Sequence[int]) -> float:
        boxes = [_box(staves[n]) for n in group]
        top, bottom = min(b[1] for b in boxes), max(b[3] for b in boxes)
        return max(top - y, y - bottom, 0.0)

    return min(range(len(groups)), key=lambda n: distance(groups[n]))


def _box(staff: Staff) -> tuple[int, int, int, int]:
    right = max(_MARGIN, staff.strip.spaces - _MARGIN)
    return staff.upload_box((_MARGIN * SPACE, LINE_ROWS[0], right * SPACE, LINE_ROWS[4]))


def _ruled(staff: Staff, primitives: Sequence[Primitive], xs: Sequence[float]) -> list[Primitive]:
    """A staff's primitives with bar lines at ``xs`` of the upload and, but for its ends, nowhere else."""
    wanted = [_on_strip(staff, x) for x in xs]
    begin, end = _MARGIN + _ENDS, staff.strip.spaces - _MARGIN - _ENDS
    out: list[Primitive] = []
    there: set[int] = set()
    for p in primitives:
        near = [n for n, x in enumerate(wanted) if abs(p.x - x) <= _SAME]
        upright = p.box[3] - p.box[1] > 3 * SPACE
        if near and upright and p.membership("bar_line") >= 0.3:
            there.update(near)
            out.append(replace(p, memberships={**p.memberships, "bar_line": 1.0, "stem": 0.0}))
        elif begin < p.x < end and p.membership("bar_line") > 0.0:
            rest = {label: share for label, share in p.memberships.items() if label != "bar_line"}
            out.append(replace(p, memberships=rest or {"noise": 1.0}))
        else:
            out.append(p)
    out += [_line(n, x) for n, x in enumerate(wanted) if n not in there]
    return sorted(out, key=lambda p: p.x)


def _line(number: int, x: float) -> Primitive:
    middle, half = x * SPACE, 0.08 * SPACE
    box = (round(middle - half), LINE_ROWS[0], round(middle + half) + 1, LINE_ROWS[4])
    return Primitive(f"given-{number}", "line", box, x, 4.0, {"bar_line": 1.0})


def _on_strip(staff: Staff, x: float) -> float:
    """Where on its strip, in staff spaces, a column of the upload crosses a staff."""
    low, high = 0.0, float(staff.strip.spaces)
    left, _, right, _ = staff.upload_box((low, LINE_ROWS[2], high * SPACE, LINE_ROWS[2]))
    rising = right >= left
    for _ in range(_STEPS):
        middle = (low + high) / 2
        box = staff.upload_box((middle * SPACE, LINE_ROWS[2], middle * SPACE, LINE_ROWS[2]))
        if ((box[0] + box[2]) / 2 < x) == rising:
            low = middle
        else:
            high = middle
    return (low + high) / 2
