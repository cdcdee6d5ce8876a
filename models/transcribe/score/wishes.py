"""What a visitor decides about how a performance is written, instead of the estimate."""

from __future__ import annotations

from dataclasses import dataclass

from models.notation.score import Metre

FULL, READABLE, MELODY = "full", "readable", "melody"
LEVELS = (FULL, READABLE, MELODY)
"""How much is written: everything; no grace notes, one voice a hand and no values below 16ths; the upper line alone."""


@dataclass(frozen=True)
class Wishes:
    """What a visitor decides instead of the estimate: beats a minute, beats so many times as long, metre, fifths of the key, hands parted at middle C, level."""

    tempo: float | None = None
    factor: float = 1.0
    metre: Metre | None = None
    fifths: int | None = None
    split: bool = False
    level: str = FULL
