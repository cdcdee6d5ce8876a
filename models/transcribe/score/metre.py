"""Metres and their beats, and where bars begin."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

from models.notation.score import Metre

FOUR = Metre(4, 4, "common")


@dataclass(frozen=True)
class Barring:
    """A metre, and where (in beats, counted from the rhythm's first) the first full bar begins.

    In 6/8 and its like that may be a third of a beat: what seemed to be a beat was not, as after a pickup of an eighth.
    """

    metre: Metre
    first_downbeat: Fraction


def compound(metre: Metre) -> bool:
    """Whether its beats fall into thirds: 6/8, 9/8, 12/8."""
    return metre.beat_type >= 8 and metre.beats > 3 and metre.beats % 3 == 0


def beat_quarters(metre: Metre) -> Fraction:
    """A beat in quarter notes."""
    return Fraction(4 * (3 if compound(metre) else 1), metre.beat_type)


def beats_a_bar(metre: Metre) -> int:
    """Beats in a bar."""
    return metre.beats // 3 if compound(metre) else metre.beats


def parse(text: str) -> Metre:
    """The metre that ``3/4`` means, or C and c| for common and cut time. ValueError for anything else."""
    words = {"c": FOUR, "c|": Metre(2, 2, "cut")}
    if text.strip().lower() in words:
        return words[text.strip().lower()]
    above, slash, below = text.partition("/")
    if not (slash and above.strip().isdecimal() and below.strip().isdecimal()):
        raise ValueError(f"{text[:20]!r} is no metre; write one such as 4/4, 3/4 or 6/8.")
    beats, kind = int(above), int(below)
    if not 1 <= beats <= 16 or kind not in {1, 2, 4, 8, 16}:
        raise ValueError(
            f"{text[:20]!r} is no metre known here; beats go from 1 to 16 and their kinds are 1, 2, 4, 8 and 16."
        )
    return FOUR if (beats, kind) == (4, 4) else Metre(beats, kind)
