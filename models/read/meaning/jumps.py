"""Words that say in which order bars are played: Fine, D.C., D.S., To Coda, Coda."""

from __future__ import annotations

import re
from dataclasses import replace

from models.notation.score import JUMPS, Bar

_WORDS = (
    (r"fine", "fine"),
    (r"(d\. ?c\.?|da capo)( .*)?", "dacapo"),
    (r"(d\. ?s\.?|dal segno)( .*)?", "dalsegno"),
    (r"(to|alla|al) coda", "tocoda"),
    (r"coda", "coda"),
)
_AROUND = " \t,;:!?()[]*\"'"


def jump_of(text: str) -> str | None:
    """The word of `JUMPS` that a direction stands for; None for other directions."""
    said = re.sub(r"\s+", " ", text.strip(_AROUND).lower())
    plain = said.rstrip(".")
    return next(
        (jump for pattern, jump in _WORDS if re.fullmatch(pattern, said) or re.fullmatch(pattern, plain)),
        None,
    )


def with_jumps(bar: Bar) -> Bar:
    """The bar with what its directions say of the order of play as jumps, which are written and played as such."""
    told = {id(d): jump_of(d.text) for d in bar.directions if d.kind == "words"}
    found = {jump for jump in told.values() if jump}
    if not found:
        return bar
    jumps = tuple(jump for jump in JUMPS if jump in found or jump in bar.jumps)
    return replace(bar, jumps=jumps, directions=tuple(d for d in bar.directions if not told.get(id(d))))
