"""Primitives of a bar as tokens of a host graph: the embedding program in front of the grammar (Watkins 1994, section 3)."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from models.read.grammar import Token
from models.read.page.staves import LINE_ROWS, SPACE
from models.read.primitives import Primitive

_FLAT_BOWL = 0.6  # staff spaces from a flat's foot to the middle of its bowl


def tokens_of(primitives: Iterable[Primitive]) -> list[Token]:
    """A token for each primitive, its `source` the primitive's id.

    Labels are ``blob``, ``line`` and ``curve``. Attributes: each label's membership under the label's name; the box
    as ``x0``, ``y0``, ``x1``, ``y1``, in staff spaces from the strip's left end and below the lowest staff line (y
    runs downwards, so that the topmost line is at -4); ``step``, the place in half spaces above the lowest line;
    ``ink``, where a stroke that was led to what it belongs to has its ink, as (x0, y0, x1, y1); ``tall`` and ``wide``, its size; ``flag`` and ``flag_count``, all flags' memberships and the likeliest number; ``octave``, of a treble clef, whether an 8 stands below it; for lines ``thickness`` and their ``left`` and ``right`` ends' heights, ``yl`` and ``yr``.
    """
    return [_token(p) for p in primitives]


def _token(p: Primitive) -> Token:
    x0, y0, x1, y1 = (p.box[0] / SPACE, _down(p.box[1]), p.box[2] / SPACE, _down(p.box[3]))
    attributes: dict[str, Any] = {label: float(grade) for label, grade in p.memberships.items()}
    step = p.position
    flats = p.membership("flat") + p.membership("double_flat")
    if flats > 0.3 and flats > p.membership("sharp") + p.membership("natural"):
        step = -2.0 * (y1 - _FLAT_BOWL)
    attributes |= {
        "x0": x0,
        "y0": y0,
        "x1": x1,
        "y1": y1,
        "x": float(p.x),
        "y": -p.position / 2,
        "step": step,
    }
    if p.inked is not None:
        left, top, right, low = (float(v) for v in p.inked)
        attributes["ink"] = (left / SPACE, _down(top), right / SPACE, _down(low))
    attributes |= {"tall": y1 - y0, "wide": x1 - x0, "solidity": p.blob.solidity if p.blob else 0.0}
    if p.membership("treble_clef") > 0.3:
        attributes["octave"] = p.octave_below
    if p.line is not None:
        attributes = {"ledger": 0.0, "beam": 0.0} | attributes
        (_, left), (_, right) = p.line.ends
        attributes |= {"yl": -left / 2, "yr": -right / 2, "thickness": p.line.thickness}
        attributes |= {"long": p.line.length, "bend": p.line.curvature}
    return Token(p.kind, attributes, (x0, y0, x1, y1), p.id)


def _down(row: float) -> float:
    return (row - LINE_ROWS[4]) / SPACE
