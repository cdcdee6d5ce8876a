"""How far what is seen at the start of a staff fits a clef, and a key under it."""

from __future__ import annotations

import math

from models.notation.score import Clef
from models.read.meaning.signs import ClefSign, KeySign

CLEFS = (
    Clef("G", 2),
    Clef("F", 4),
    Clef("C", 3),
    Clef("C", 4),
    Clef("G", 2, -1),
    Clef("C", 1),
    Clef("C", 2),
    Clef("percussion"),
)
KEYS = tuple(range(-7, 8))

_UNSEEN = 0.3  # of a clef that is not seen where it should stand
LEFT_HAND = ClefSign(0.0, tuple((c, _UNSEEN * (1.0 if c == CLEFS[1] else 0.5)) for c in CLEFS))
"""A clef that is not seen on the staff of a pianist's left hand."""
_RIGHT, _BESIDE, _WRONG = 0.95, 0.5, 0.15  # of one sign of a key signature: in its place, a step off, amiss
_NEEDLESS = 0.05  # a sign too many, plainly seen: likelier that one was missed
_LEAST = 1e-4


def clef_grade(sign: ClefSign | None, clef: Clef) -> float:
    """How far what is seen is a clef, 0..1; None is nothing seen."""
    if sign is None:
        return _UNSEEN * (1.0 if clef == CLEFS[0] else 0.5)
    return max((grade for seen, grade in sign.clefs if seen == clef), default=_LEAST)


def key_grade(sign: KeySign | None, fifths: int, clef: Clef) -> float:
    """How far the signs of a key signature fit a key under a clef, 0..1."""
    wanted = _places(fifths, clef)
    if sign is None:
        return 0.8 if fifths == 0 else max(_LEAST, 0.12 * 0.5 ** (len(wanted) - 1))
    kind = "sharp" if fifths > 0 else "flat"
    seen = [s for s in sign.signs if s[0] != "natural"]
    if not wanted and not seen:
        return 0.9
    # the best pairing of wanted and seen signs from left to right: an edit distance with memberships multiplied
    needless = [_NEEDLESS + (1 - certainty) * 0.4 for _, _, certainty in seen]
    row = [math.prod(needless[:n]) for n in range(len(seen) + 1)]
    for count, (step, _) in enumerate(wanted, start=1):
        new = [_WRONG**count]
        for n, (name, place, _) in enumerate(seen, start=1):
            off = abs((round(place) - step + 3) % 7 - 3)  # an octave off is still that letter
            fit = _RIGHT if off == 0 else _BESIDE if off == 1 else _WRONG
            if name != kind:
                fit *= 0.35
            new.append(max(row[n - 1] * fit, row[n] * _WRONG, new[n - 1] * needless[n - 1]))
        row = new
    return max(_LEAST, row[-1])


def _places(fifths: int, clef: Clef) -> list[tuple[int, str]]:
    """Steps above the lowest line, up to octaves, at which the signs of a key stand."""
    letters = "FCGDAEB"[:fifths] if fifths > 0 else "BEADGCF"[:-fifths]
    return [(("CDEFGAB".index(letter) - clef.bottom_line) % 7, letter) for letter in letters]
