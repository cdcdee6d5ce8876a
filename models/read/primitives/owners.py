"""Whose the heads between two staves are: those of the staff from which ledger lines lead to them.

By itself a strip takes what is nearer to its own staff than to the next (`Primitive.shared`). A chord high above the piano's
staff may lie nearer to the voice's; but ledger lines lead up to it from below, and none comes down.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from models.read.page.staves import SPACE, Staff
from models.read.primitives.primitive import FLAGS, HEADS, Primitive
from models.sheet.ink import Floats

_HEAD, _LEDGER, _STEM = (
    0.3,
    0.2,
    0.5,
)  # memberships from which something is taken for a head or flag, a ledger line, a stem
_BESIDE, _ALONG = (
    0.45,
    0.8,
)  # staff spaces from a stem to the side of its head, or to its flag, and to the head beyond its end
_LEADS, _LACKS = (
    0.75,
    0.4,
)  # shares of the ledger lines that a head needs, where they are there and where they are not
_TWO = 2  # ledger lines at least that lead to a head which only one staff sees
_ROW = 0.6  # half spaces by which a ledger line may lie off
_ASIDE = 0.8  # staff spaces beside a head at which a ledger line may end
_SAME = 0.7  # staff spaces between two sights of one thing
_BEFORE, _BEHIND, _AWAY = 2.2, 1.8, 4.0  # staff spaces around a head in which its own signs stand


def claimed(staves: Sequence[Staff], by_staff: Sequence[Sequence[Primitive]]) -> list[list[Primitive]]:
    """The primitives of staves, from the top of the page down, each head between two of them `shared` by all but its own."""
    out = [_with_hanging(own) for own in by_staff]
    for upper in range(len(staves)):
        for lower in range(upper + 1, len(staves)):
            if _side_by_side(staves[upper], staves[lower]):
                continue
            _settle(staves, out, upper, lower)
            break
    return out


def _with_hanging(primitives: Sequence[Primitive]) -> list[Primitive]:
    """The primitives, where flags that hang on a stem of the staff's own heads are its own, too, however far down they hang."""
    stems = [p for p in primitives if p.membership("stem") >= _STEM]
    heads = [p for p in primitives if not p.shared and _is_head(p)]

    def leads(stem: Primitive) -> bool:
        x = (stem.box[0] + stem.box[2]) / 2
        return any(
            min(abs(h.box[0] - x), abs(h.box[2] - x)) < _BESIDE * SPACE
            and stem.box[1] - _ALONG * SPACE < (h.box[1] + h.box[3]) / 2 < stem.box[3] + _ALONG * SPACE
            for h in heads
        )

    def hangs(flag: Primitive) -> bool:
        near = [
            s
            for s in stems
            if flag.box[0] - _BESIDE * SPACE < (s.box[0] + s.box[2]) / 2 < flag.box[2]
            and s.box[1] - _BESIDE * SPACE < flag.box[3]
            and flag.box[1] < s.box[3] + _BESIDE * SPACE
        ]
        return any(leads(s) for s in near)

    return [
        replace(p, shared=False)
        if p.shared and p.kind == "blob" and max(p.membership(f) for f in FLAGS) >= _HEAD and hangs(p)
        else p
        for p in primitives
    ]


def _is_head(primitive: Primitive) -> bool:
    certain = max(primitive.membership(h) for h in (*HEADS, "grace_head"))
    return primitive.kind == "blob" and certain >= _HEAD


def _side_by_side(one: Staff, other: Staff) -> bool:
    return one.right <= other.left or other.right <= one.left


def _settle(staves: Sequence[Staff], by_staff: list[list[Primitive]], upper: int, lower: int) -> None:
    """Decides about the heads below the one staff and above the other."""
    heads = [_far(by_staff[upper], below=True), _far(by_staff[lower], below=False)]
    places = [_on_page(staves[n], own) for n, own in zip((upper, lower), heads, strict=True)]
    reach = _SAME * staves[upper].space
    for side, (own, other) in enumerate(((upper, lower), (lower, upper))):
        for number, head in enumerate(heads[side]):
            below = side == 0
            needed, share = _ledgers(head, by_staff[own], below=below)
            twin = _nearest(places[side][number], places[1 - side], reach)
            if needed == 0 or share < _LEADS:
                continue
            if twin is None:
                if head.shared and needed >= _TWO:
                    _give(staves, by_staff, head, None, own, other)
                continue
            rival = heads[1 - side][twin]
            needs, has = _ledgers(rival, by_staff[other], below=not below)
            if needs and has <= _LACKS and (head.shared or not rival.shared):
                _give(staves, by_staff, head, rival, own, other)


def _give(
    staves: Sequence[Staff],
    by_staff: list[list[Primitive]],
    head: Primitive,
    rival: Primitive | None,
    own: int,
    other: int,
) -> None:
    """The head, and the signs that stand at it beyond the staff's own rows, are the staff's and nobody else's."""
    mine = [p for p in by_staff[own] if p.id == head.id or (p.shared and _stands_at(p, head))]
    ids = {p.id for p in mine}
    by_staff[own] = [replace(p, shared=False) if p.id in ids else p for p in by_staff[own]]
    places = _on_page(staves[own], mine)
    reach = _SAME * staves[own].space
    seen = [p for p in by_staff[other] if p.kind == "blob"]
    theirs = {
        p.id
        for p, place in zip(seen, _on_page(staves[other], seen), strict=True)
        if (rival is not None and p.id == rival.id) or _nearest(place, places, reach) is not None
    }
    by_staff[other] = [replace(p, shared=True) if p.id in theirs else p for p in by_staff[other]]


def _far(primitives: Sequence[Primitive], *, below: bool) -> list[Primitive]:
    """Heads so far out that they need a ledger line."""
    return [p for p in primitives if _is_head(p) and (p.position < -1.5 if below else p.position > 9.5)]


def _ledgers(head: Primitive, primitives: Sequence[Primitive], *, below: bool) -> tuple[int, float]:
    """How many ledger lines lead from the staff to a head, and the share of them that is there."""
    beyond = -head.position if below else head.position - 8.0
    rows = [-2.0 * n if below else 8.0 + 2.0 * n for n in range(1, int((beyond + 0.4) / 2) + 1)]
    lines = [p for p in primitives if p.membership("ledger") >= _LEDGER]
    left, right = head.box[0] - _ASIDE * SPACE, head.box[2] + _ASIDE * SPACE
    there = [
        any(abs(p.position - row) < _ROW and p.box[0] < right and p.box[2] > left for p in lines)
        for row in rows
    ]
    return len(rows), sum(there) / max(1, len(rows))


def _stands_at(sign: Primitive, head: Primitive) -> bool:
    x = (sign.x - head.x, abs(sign.position - head.position) / 2)
    return sign.kind == "blob" and -_BEFORE < x[0] < _BEHIND and x[1] < _AWAY


def _on_page(staff: Staff, primitives: Sequence[Primitive]) -> Floats:
    middles = [((p.box[0] + p.box[2]) / 2, (p.box[1] + p.box[3]) / 2) for p in primitives]
    return staff.strip.page_points(np.array(middles, np.float64).reshape(-1, 2))


def _nearest(place: Floats, others: Floats, reach: float) -> int | None:
    """Which of other places is the nearest, if any is within reach."""
    if not len(others):
        return None
    apart = np.hypot(*(others - place).T)
    nearest = int(apart.argmin())
    return nearest if apart[nearest] < reach else None
