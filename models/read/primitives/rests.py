"""Whole and half rests told by their place: one hangs below a staff line, the other sits on one; their forms are the same."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from models.read.page.staves import SPACE
from models.read.primitives.primitive import HEADS, Primitive, position_at

_EITHER = 0.5  # membership in the two together from which a piece of ink is one of them
_HANGS, _SITS = (
    (1.15, 1.85),
    (0.15, 0.85),
)  # half spaces from the line below to its middle, lines being two apart
_LEDGER, _TOLD, _SURE = (
    0.5,
    0.7,
    0.9,
)  # memberships of a ledger line, of what is told otherwise, of a rest on one
_WIDE, _HIGH = (0.9, 1.8), (0.35, 1.0)  # staff spaces of such a rest with its line
_TOUCHES = 0.2  # staff spaces
_FIRST_LEDGERS, _LEVEL = (
    (-2.0, 10.0),
    0.4,
)  # half spaces above the lowest line of the ledger lines, and how near
_OTHER = 0.05  # membership left of what its place speaks against


def placed_rests(found: Sequence[Primitive]) -> list[Primitive]:
    """The primitives, whole rests and half rests named by their place where that is plain, those on ledger lines as well."""
    ledgers = [p for p in found if p.membership("ledger") >= _LEDGER]
    return [_on_ledger(p, ledgers) or _placed(p) for p in found]


def _on_ledger(p: Primitive, ledgers: Sequence[Primitive]) -> Primitive | None:
    """A block beyond the staff from whose ends pieces of one ledger line lead on: a rest of a voice far from the middle."""
    x0, y0, x1, y1 = p.box
    wide, high = (x1 - x0) / SPACE, (y1 - y0) / SPACE
    beyond = not 0.0 <= p.position <= 8.0
    plainly = p.label in HEADS or (
        p.certainty >= _TOLD and p.label not in ("noise", "whole_rest", "half_rest")
    )
    if plainly or not beyond or not _WIDE[0] < wide < _WIDE[1] or not _HIGH[0] < high < _HIGH[1]:
        return None
    left = [q for q in ledgers if abs(q.box[2] - x0) < _TOUCHES * SPACE]
    right = [q for q in ledgers if abs(q.box[0] - x1) < _TOUCHES * SPACE]
    rows = [
        0.5 * (a.box[1] + a.box[3])
        for a in left
        for b in right
        if abs(a.box[1] - b.box[1]) < _TOUCHES * SPACE
    ]
    for row in rows:
        first = min(abs(position_at(row) - line) for line in _FIRST_LEDGERS) < _LEVEL
        if first and y0 - _TOUCHES * SPACE < row < y1 + _TOUCHES * SPACE:
            label = "whole_rest" if row < 0.5 * (y0 + y1) else "half_rest"
            return replace(p, kind="blob", memberships={label: _SURE}, line=None)
    return None


def _placed(p: Primitive) -> Primitive:
    whole, half = p.membership("whole_rest"), p.membership("half_rest")
    if p.kind != "blob" or whole + half < _EITHER:
        return p
    above = p.position % 2.0
    if _HANGS[0] < above < _HANGS[1]:
        label, other = "whole_rest", "half_rest"
    elif _SITS[0] < above < _SITS[1]:
        label, other = "half_rest", "whole_rest"
    else:
        return p
    sure = 1.0 - (1.0 - whole) * (1.0 - half)
    return replace(p, memberships={**p.memberships, label: sure, other: min(_OTHER, 1.0 - sure)})
