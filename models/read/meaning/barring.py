"""Where a system's bars begin and end: upright lines on which its staves agree."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from models.read.meaning.signs import BarFrame
from models.read.page.staves import LINE_ROWS, SPACE, Staff, StaffSigns, Strip, System
from models.read.primitives import Primitive
from models.read.primitives.primitive import ACCIDENTALS, CLEFS, DIGITS, HEADS, PERCUSSION_CLEF

_TOGETHER = 1.3  # staff spaces within which lines belong to one bar line
_AGREED = 0.5  # share of the staves, weighted by membership, that a bar line needs
_SHORT, _SHORT_PLAIN = (
    0.9,
    1.8,
)  # staff spaces that a bar line may be short of the outer lines: any, and a plain one
_PLAIN, _TALL_PLAIN = 0.9, 3.0  # membership of a plain one, and how tall it is at least
_PLAIN_LINE = 0.6  # membership of a bar line that a layout counts
_THICK = 0.33  # staff spaces: a heavy line
_OUT_OF_LINE = 2.0  # staff spaces by which a staff's end differs that was not followed to where it is
_EDGE = (
    0.4  # staff spaces from a staff's end within which a line is the system's own whatever stands before it
)
_START = 1.2  # staff spaces from a staff's end within which a line is the system's own
_BEGINS = (
    2.8  # staff spaces of the strip before which a staff without such a line has names and braces, no music
)
_CLEF_ENDS = 7.0  # staff spaces of the strip up to which there is a clef, pieces of which may look like heads
_SHORTEST = 1.6  # staff spaces of an empty rest of staff after the last bar line
_LOWEST, _HIGHEST = -3.5, 9.5  # half spaces: heads and rests of which some prove that there is music
_CLOSE = 2.2  # staff spaces between signs at the start of a staff and a line that ends no bar
_NARROW = 4.0  # staff spaces of a bar that may be none
_RUNS_ON = 0.95  # share of the rows below a staff that a bar line inks which joins it to the next
_CLEF_REACH = 8.0  # staff spaces from a strip's left end within which the first clef stands
_DOTS = 1.5  # staff spaces between a repeat's dots and its lines
_MUSIC = ("head", "rest")
_ALL_CLEFS = (*CLEFS, PERCUSSION_CLEF)
_SIGNS = frozenset((*_ALL_CLEFS, *ACCIDENTALS, *DIGITS, *HEADS))


@dataclass(frozen=True)
class BarSpan:
    """A bar of one staff: its frame and the primitives in it, from left to right, bar lines left out.

    The last bar of a system holds besides, beyond its frame, the accidentals that warn of a new key in the next.
    """

    frame: BarFrame
    primitives: tuple[Primitive, ...]


@dataclass(frozen=True)
class _Line:
    """A bar line of a system: where it stands on each staff (left and right in staff spaces), and what it looks like."""

    spans: tuple[tuple[float, float], ...]
    heavy_left: bool
    heavy_right: bool
    several: bool


def bars_of(system: System, by_staff: Sequence[Sequence[Primitive]]) -> list[list[BarSpan]]:
    """The bars of each staff of a system, equally many on each; `by_staff` holds the primitives of each."""
    found = _lines(system, by_staff)
    before = [line for line in found if _at_start(system, by_staff, line)]
    lines = [line for line in found if line not in before]
    lines = _merged(lines, by_staff)
    opening = lines.pop(0) if lines and _opens(lines[0], by_staff) else None
    out: list[list[BarSpan]] = []
    kept = _last_is_bar(system, by_staff, lines)
    for n, staff in enumerate(system.staves):
        begins = min((line.spans[n][0] for line in before), default=_BEGINS)
        own = [p for p in by_staff[n] if p.x >= begins or _is_sign(p)]
        out.append(_spans(staff, n, own, lines, kept, opening))
    return out


def staff_signs(staff: Staff, primitives: Sequence[Primitive]) -> StaffSigns:
    """What the layout of a page asks of a staff: where bar lines cross it, and the clef that it begins with."""
    lines = [p for p in primitives if p.membership("bar_line") >= _PLAIN_LINE and _crosses(p)]
    middle = 0.5 * (LINE_ROWS[0] + LINE_ROWS[4])
    at = np.array([[p.x * SPACE, middle] for p in lines], np.float64).reshape(-1, 2)
    clefs = [p for p in primitives if p.label in CLEFS and p.certainty > 0.5 and p.x < _CLEF_REACH]
    first = min(clefs, key=lambda p: p.x, default=None)
    blank = not any(_is_written(p, staff) for p in primitives)
    return StaffSigns(staff.strip.page_points(at)[:, 0], first.label if first is not None else None, blank)


def unwritten(systems: Sequence[System], by_staff: Sequence[Sequence[Sequence[Primitive]]]) -> list[int]:
    """The indices of systems of blank staves, as music paper has them below the music: no sign, note or bar line."""
    return [
        n
        for n, staves in enumerate(by_staff)
        if not any(
            _is_written(p, staff) for staff, own in zip(systems[n].staves, staves, strict=True) for p in own
        )
    ]


def _is_written(p: Primitive, staff: Staff) -> bool:
    """Whether a primitive tells that a staff is in use; lines at its very ends may rule blank paper as well."""
    if p.shared or not -3.0 < p.position < 11.0:
        return False
    if _is_sign(p) or _holds_music(p):
        return True
    inner = 3.0 + _START < p.x < staff.strip.spaces - 3.0 - _START
    return inner and p.membership("bar_line") >= 0.5 and _crosses(p)


def _lines(system: System, by_staff: Sequence[Sequence[Primitive]]) -> list[_Line]:
    found = []
    scales = _scales(system)
    for n, primitives in enumerate(by_staff):
        start, width = scales[n]
        for p in primitives:
            grade = p.membership("bar_line")
            if grade >= 0.3 and grade >= p.membership("stem") and _crosses(p):
                found.append(((p.x - start) / width, grade, n, p))
    found.sort(key=lambda f: f[0])
    spaces = max(1.0, max((s.strip.spaces - 6.0 for s in system.staves), default=1.0))
    groups: list[list[tuple[float, float, int, Primitive]]] = []
    for one in found:
        if groups and (one[0] - groups[-1][-1][0]) * spaces < _TOGETHER:
            groups[-1].append(one)
        else:
            groups.append([one])
    return [line for group in groups if (line := _agreed(scales, group)) is not None]


def _scales(system: System) -> list[tuple[float, float]]:
    """For each staff where on its strip its system begins, and how long it is, in staff spaces.

    A staff whose end was not followed to where those of the others are is measured by the others: all of a system begin
    and end in line.
    """
    middle = [float(np.mean(staff.lines[2])) for staff in system.staves]
    ends = []
    for side in ("left", "right"):
        at = np.array([getattr(staff, side) for staff in system.staves])
        usual = np.full(len(at), np.median(at))
        near = np.abs(at - usual) < _OUT_OF_LINE * np.array([staff.space for staff in system.staves])
        if near.sum() >= 3:  # a page in perspective leans
            rise = np.polynomial.Polynomial.fit(np.array(middle)[near], at[near], 1)
            usual = np.array([float(rise(y)) for y in middle])
        ends.append(np.where(np.abs(at - usual) < _OUT_OF_LINE * system.staves[0].space, at, usual))
    out = []
    for staff, left, right in zip(system.staves, *ends, strict=True):
        width = max(1.0, staff.strip.spaces - 6.0)
        pace = width / max(1.0, staff.right - staff.left)  # staff spaces a pixel
        out.append((3.0 + pace * (left - staff.left), max(1.0, pace * (right - left))))
    return out


def _crosses(p: Primitive) -> bool:
    """Whether a line stands from about the topmost to about the lowest staff line; a hand may begin what is plainly one late."""
    top, bottom = p.box[1], p.box[3]
    short = (
        _SHORT_PLAIN if p.membership("bar_line") >= _PLAIN and bottom - top > _TALL_PLAIN * SPACE else _SHORT
    )
    return top < LINE_ROWS[0] + short * SPACE and bottom > LINE_ROWS[4] - short * SPACE


def _agreed(
    scales: Sequence[tuple[float, float]], group: list[tuple[float, float, int, Primitive]]
) -> _Line | None:
    staves = len(scales)
    best = [max((g for _, g, n, _ in group if n == staff), default=0.0) for staff in range(staves)]
    if sum(best) < _AGREED * staves:
        return None
    middle = float(np.mean([u for u, *_ in group]))
    spans = []
    for n, (start, width) in enumerate(scales):
        own = [p for _, _, m, p in group if m == n]
        at = start + middle * width
        spans.append(
            (min(p.box[0] for p in own) / SPACE, max(p.box[2] for p in own) / SPACE) if own else (at, at)
        )
    widest = max(range(staves), key=lambda s: sum(m == s for _, _, m, _ in group))
    strokes = sorted((p for _, _, m, p in group if m == widest), key=lambda p: p.x)
    thick = [p.line is not None and p.line.thickness > _THICK for p in strokes]
    several = len(strokes) > 1
    return _Line(tuple(spans), thick[0] and several, thick[-1] and several, several)


def _at_start(system: System, by_staff: Sequence[Sequence[Primitive]], line: _Line) -> bool:
    """Whether a line is that which joins a system's staves, or one before any music."""
    starts = [
        start for start, _ in _scales(system)
    ]  # lines may have been followed into the names before them
    if all(left < start + _EDGE for (left, _), start in zip(line.spans, starts, strict=True)):
        return True  # what looks like a sign to the left of it is a piece of a brace or of a name
    for (left, _), start, staff in zip(line.spans, starts, by_staff, strict=True):
        first = min((p.x for p in staff if _is_sign(p) and p.x > start - _START), default=99.0)
        if not left < min(start + _START, first + 0.5):
            return False
    return True


def _is_sign(p: Primitive) -> bool:
    """Whether it is plainly a sign on its own staff; pieces of a brace, which look like rests at most, are none."""
    return not p.shared and p.label in _SIGNS and p.certainty > 0.5 and -3.0 < p.position < 11.0


def _opens(line: _Line, by_staff: Sequence[Sequence[Primitive]]) -> bool:
    """Whether a line stands before any music and ends no bar: a repeat begins there, or it is close behind clef, key or metre.

    A bar that is empty, or whose rest was not seen, leaves more room.
    """
    for n, staff in enumerate(by_staff):
        if any(_holds_music(p) and not p.shared and _CLEF_ENDS < p.x < line.spans[n][0] for p in staff):
            return False
    if line.several and any(_repeat_dots(s, line.spans[n][1], +1) for n, s in enumerate(by_staff)):
        return True
    return all(_close_behind(line.spans[n][0], staff) for n, staff in enumerate(by_staff))


def _close_behind(x: float, primitives: Sequence[Primitive]) -> bool:
    """Whether a line at `x` stands close behind the signs at the start of a staff, which it may be a piece of."""
    signs = [p for p in primitives if _is_sign(p) and p.label not in HEADS and p.box[0] / SPACE < x]
    return bool(signs) and x - max(p.box[2] for p in signs) / SPACE < _CLOSE


def _merged(lines: Sequence[_Line], by_staff: Sequence[Sequence[Primitive]]) -> list[_Line]:
    """The bar lines, those made one between which there is neither room nor music."""
    out: list[_Line] = []
    for line in lines:
        before = out[-1] if out else None
        if before is None or _parts(before, line, by_staff):
            out.append(line)
            continue
        spans = tuple((a[0], b[1]) for a, b in zip(before.spans, line.spans, strict=True))
        out[-1] = _Line(spans, before.heavy_left, line.heavy_right or line.heavy_left, several=True)
    return out


def _parts(before: _Line, line: _Line, by_staff: Sequence[Sequence[Primitive]]) -> bool:
    """Whether a bar lies between two lines."""
    if line.spans[0][0] - before.spans[0][1] > _NARROW:
        return True
    return any(
        _holds_music(p) and not p.shared and before.spans[n][1] < p.x < line.spans[n][0]
        for n, staff in enumerate(by_staff)
        for p in staff
    )


def _last_is_bar(system: System, by_staff: Sequence[Sequence[Primitive]], lines: Sequence[_Line]) -> bool:
    """Whether music follows the last bar line, or there is none."""
    if not lines:
        return True
    for n, staff in enumerate(system.staves):
        right = lines[-1].spans[n][1]
        if staff.strip.spaces - 3.0 - right < _SHORTEST:
            continue
        behind = [p for p in by_staff[n] if p.x > right and _holds_music(p) and not p.shared]
        if any(_LOWEST < p.position < _HIGHEST for p in behind):  # else letters above or below the staff
            return True
    return False


def _holds_music(p: Primitive) -> bool:
    return any(word in p.label for word in _MUSIC) and p.certainty > 0.5


def _spans(
    staff: Staff,
    number: int,
    primitives: Sequence[Primitive],
    lines: Sequence[_Line],
    last: bool,
    opening: _Line | None,
) -> list[BarSpan]:
    ends = [line.spans[number] for line in lines]
    lefts = [_first_left(primitives), *(right for _, right in ends)]
    rights = [*(left for left, _ in ends), staff.strip.spaces]
    warning: list[Primitive] = []
    if not last:
        warning = [p for p in primitives if p.x >= lefts[-1] and p.label in ACCIDENTALS and not p.shared]
        lefts, rights = lefts[:-1], rights[:-1]
    out = []
    for n, (left, right) in enumerate(zip(lefts, rights, strict=True)):
        inside = [p for p in primitives if left <= p.x < right and p.membership("bar_line") < 0.5]
        if n == 0:
            inside = _from_clef(inside)
        start = lines[n - 1] if n > 0 else opening
        end = lines[n] if n < len(lines) else None
        dots_left = _repeat_dots(inside, start.spans[number][1], +1) if start is not None else []
        dots_right = _repeat_dots(inside, right, -1) if end is not None else []
        gone = {id(p) for p in (*dots_left, *dots_right)}
        style = "regular"
        if end is not None and end.several:
            begins = end.heavy_left or _repeat_dots(
                primitives, end.spans[number][1], +1
            )  # of the bar that follows
            style = "light-heavy" if end.heavy_right or dots_right else "regular" if begins else "light-light"
        rows = (LINE_ROWS[0] - 2 * SPACE, LINE_ROWS[4] + 2 * SPACE)
        box = staff.upload_box((max(left, 2.0) * SPACE, rows[0], right * SPACE, rows[1]))
        frame = BarFrame(
            left, right, (float(box[0]), float(box[1]), float(box[2]), float(box[3])), style,
            repeat_start=bool(dots_left), repeat_end=bool(dots_right),
            joined=end is not None and _runs_on(staff.strip, end.spans[number]),
        )  # fmt: skip
        kept = [p for p in inside if id(p) not in gone]
        out.append(BarSpan(frame, tuple(kept + (warning if n == len(lefts) - 1 else []))))
    return out


def _first_left(primitives: Sequence[Primitive]) -> float:
    """Where the first bar of a staff begins: before its clef, also where its lines were followed from behind that alone."""
    clefs = [p.x for p in primitives if p.label in _ALL_CLEFS and not p.shared and p.x < _CLEF_REACH]
    return min(2.0, min(clefs, default=2.0))


def _runs_on(strip: Strip, span: tuple[float, float]) -> bool:
    """Whether a bar line goes on below its staff as far as the strip shows."""
    top, bottom = LINE_ROWS[4] + SPACE // 2, min(strip.open_rows[1], strip.ink.shape[0])
    x0, x1 = max(0, round(span[0] * SPACE) - 4), round(span[1] * SPACE) + 4
    if bottom - top < SPACE:
        return False
    return bool(strip.binary[top:bottom, x0:x1].any(axis=1).mean() > _RUNS_ON)


def _from_clef(inside: Sequence[Primitive]) -> list[Primitive]:
    """The primitives without what stands before the first clef: a brace, a bracket, the names of instruments."""
    edge = min(
        (p.box[0] for p in inside if p.label in _ALL_CLEFS and p.certainty > 0.5 and p.x < _CLEF_REACH),
        default=0.0,
    )
    return [p for p in inside if p.box[2] > edge or p.label in _ALL_CLEFS]


def _repeat_dots(inside: Sequence[Primitive], edge: float, side: int) -> list[Primitive]:
    """The two dots beside a bar line, one in each of the spaces about the middle line."""
    dots = [
        p
        for p in inside
        if p.membership("dot") > 0.3 and 0 <= side * (p.x - edge) < _DOTS and 2.0 < p.position < 6.0
    ]
    upper = [p for p in dots if abs(p.position - 5) < 0.7]
    lower = [p for p in dots if abs(p.position - 3) < 0.7]
    pairs = [(a, b) for a in upper for b in lower if abs(a.x - b.x) < 0.35]
    if not pairs:
        return []
    upper_dot, lower_dot = min(pairs, key=lambda pair: abs(pair[0].x - edge))
    return [upper_dot, lower_dot]
