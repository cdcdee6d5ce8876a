"""Words and signs that say in which order bars are played: Fine, D.C., D.S., To Coda, Coda, segno."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
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


def with_jump_signs(bars: Sequence[Bar], signs: Mapping[int, Sequence[str]]) -> tuple[Bar, ...]:
    """The bars with the segno and coda signs that stand by them, by their places.

    Of two coda signs the first is where the player leaves for the second, as where words say so beside it.
    """
    codas = sorted(place for place, own in signs.items() if "coda" in own)
    leaves = {place for place in codas if "tocoda" in bars[place].jumps}
    if not leaves and len(codas) > 1 and not any("tocoda" in bar.jumps for bar in bars):
        leaves = {codas[0]}
    out = []
    for place, bar in enumerate(bars):
        told = {"tocoda" if s == "coda" and place in leaves else s for s in signs.get(place, ())}
        jumps = tuple(jump for jump in JUMPS if jump in told or jump in bar.jumps)
        out.append(replace(bar, jumps=jumps) if told else bar)
    return tuple(out)
