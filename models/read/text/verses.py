"""Which rows of print are sung, and their words as syllables: hyphens on the page say how a word goes on."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from models.notation.chords import parse_chord
from models.notation.words import Syllabic
from models.read.text.lexicon import is_direction
from models.read.text.tokens import Line, Token, letters_in

_REACH = 15.0  # staff spaces below a staff in which verses stand
_NEAR = 1.3  # staff spaces within which the first verse of a staff stands in other systems
_SURE = 0.55  # mean certainty of the words of a verse, at least
_PITCH = (1.0, 3.4)  # staff spaces from one verse to the next


@dataclass(frozen=True)
class Syllable:
    """A syllable: its word on the page and how the word goes on."""

    token: Token
    syllabic: Syllabic


def sung(
    lines: Sequence[Line], staff_in_system: Mapping[int, tuple[int, int]], space: float
) -> dict[int, list[Line]]:
    """The verses under each staff, by its index through all systems, from the top down.

    `staff_in_system` tells the system of a staff and its number in it. A line of several words or with hyphens is a verse;
    what is as far below the same staff of another system is one too, however short.
    """
    below: dict[int, list[Line]] = {}
    for line in lines:
        if line.row.above is not None and line.row.above != line.row.below and 0.3 < line.row.base < _REACH:
            below.setdefault(line.row.above, []).append(line)
    sure = {staff: [line for line in own if _is_verse(line, space)] for staff, own in below.items()}
    singing = {staff_in_system[staff][1] for staff, own in sure.items() if own}
    places = {
        n: [own[0].row.base for staff, own in sure.items() if own and staff_in_system[staff][1] == n]
        for n in singing
    }
    out: dict[int, list[Line]] = {}
    for staff, own in below.items():
        number = staff_in_system[staff][1]
        if number not in singing:
            continue
        kept: list[Line] = []
        for line in sorted(own, key=lambda one: one.row.base):
            close = any(abs(line.row.base - base) < _NEAR for base in places[number])
            follows = bool(kept) and _PITCH[0] < line.row.base - kept[-1].row.base < _PITCH[1]
            if line in sure[staff] or ((close or follows) and _may_be_verse(line)):
                kept.append(line)
        if kept:
            out[staff] = kept
    return out


def _is_verse(line: Line, space: float) -> bool:
    if not _may_be_verse(line):
        return False
    words = [t for t in line.tokens if letters_in([t])]
    wide = line.tokens[-1].x1 - line.tokens[0].x0 > 8 * space
    return (len(words) >= 4 and letters_in(words) >= 8 and wide) or (
        len(words) >= 2 and len(line.row.hyphens) >= 1
    )


def _may_be_verse(line: Line) -> bool:
    words = [t for t in line.tokens if letters_in([t])]
    if not words or is_direction(line.text, sung=True):
        return False
    if len(words) > 1 and sum(parse_chord(t.text) is not None for t in words) > 0.6 * len(words):
        return False
    mean = sum(t.certainty * letters_in([t]) for t in words) / letters_in(words)
    return mean >= _SURE and letters_in(words) > 1


def syllables(line: Line, space: float) -> list[Syllable]:
    """The syllables of a verse from left to right. What is no letter by itself (a verse's number) is left out."""
    parts: list[tuple[Token, bool]] = []  # a piece of a word, and whether a hyphen follows it
    for token in line.tokens:
        pieces = token.text.split("-")
        count = sum(len(p) for p in pieces) or 1
        at = 0
        for n, piece in enumerate(pieces):
            wide = (token.x1 - token.x0) / (count + len(pieces) - 1)
            x0 = token.x0 + wide * at
            at += len(piece) + 1
            own = Token(piece, x0, token.y0, x0 + wide * len(piece), token.y1, token.certainty, token.high)
            if any(c.isalpha() for c in piece):
                parts.append((own, n + 1 < len(pieces)))
            elif parts and n and not piece:
                parts[-1] = parts[-1][0], True
    out: list[Syllable] = []
    open_word = False
    for n, (token, hyphen) in enumerate(parts):
        after = parts[n + 1][0].x0 if n + 1 < len(parts) else token.x1 + 8 * space
        goes_on = hyphen or any(token.x1 - 0.2 * space < x < after + 0.2 * space for x in line.row.hyphens)
        kind: Syllabic = ("middle" if goes_on else "end") if open_word else ("begin" if goes_on else "single")
        out.append(Syllable(token, kind))
        open_word = goes_on
    return out
