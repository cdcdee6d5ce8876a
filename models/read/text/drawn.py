"""The words of a drawn page, as its file tells them: no letter is mistaken, and no OCR program is needed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from models.read.page.preparation import PreparedPage
from models.read.text.letters import Letters, Row
from models.read.text.tokens import Line, Token
from models.sheet.glyphs import Glyph

_PRIVATE = range(0xE000, 0xF900)
_SIGNS = {0xE260: "b", 0xE261: "", 0xE262: "#", 0x266D: "b", 0x266E: "", 0x266F: "#"}
"""Accidentals in chord symbols as `parse_chord` writes them, by code."""
_LIKE = {
    "\u2019": "'",
    "\u2018": "'",
    "\u201c": '"',
    "\u201d": '"',
    "\u2014": "-",
    "\u2013": "-",
    "\u00ad": "-",
}
_PARTED = 0.28  # of the height of a word's letters: the gap from which two words are apart
_COVERED = 0.6  # share of a row's ink that characters must stand on, or it is read as a picture


@dataclass(frozen=True)
class _Char:
    """A character on the prepared page: what it adds to a word, and its box."""

    text: str
    x0: float
    y0: float
    x1: float
    y1: float

    @property
    def x(self) -> float:
        """Its middle."""
        return 0.5 * (self.x0 + self.x1)

    @property
    def y(self) -> float:
        """The height of its middle."""
        return 0.5 * (self.y0 + self.y1)


def lines_told(letters: Letters, glyphs: Sequence[Glyph], page: PreparedPage) -> tuple[list[Line], Letters]:
    """The rows whose words the page's characters tell, from the top down, and the letters without these rows."""
    chars = _characters(glyphs, page)
    if not chars:
        return [], letters
    lines, left = [], []
    for row in letters.rows:
        own = _in(row, chars)
        tokens = _tokens(own)
        if tokens:
            lines.append(Line(tuple(tokens), row))
        if not own:
            left.append(row)
    return lines, replace(letters, rows=tuple(left))


def _characters(glyphs: Sequence[Glyph], page: PreparedPage) -> list[_Char]:
    found = []
    for glyph in glyphs:
        code = ord(glyph.text) if len(glyph.text) == 1 else 0
        text = _SIGNS.get(code, _LIKE.get(glyph.text, glyph.text))
        if (
            (code in _PRIVATE and code not in _SIGNS)
            or not text.isprintable()
            or not text
            or text == "\ufffd"
        ):
            continue
        corners = np.array([[glyph.box[0], glyph.box[1]], [glyph.box[2], glyph.box[3]]], np.float64)
        (x0, y0), (x1, y1) = page.page_points(corners)
        found.append(
            _Char(text, float(min(x0, x1)), float(min(y0, y1)), float(max(x0, x1)), float(max(y0, y1)))
        )
    return found


def _in(row: Row, chars: Sequence[_Char]) -> list[_Char]:
    """The characters that stand on a row's ink, from left to right; none where its ink has others, or none."""
    own: list[_Char] = []
    covered = 0
    for word in row.words:
        inside = [
            c
            for c in chars
            if word.x0 <= c.x <= word.x1 and word.y0 - 1 <= c.y <= word.y1 + 1 and c.text.strip()
        ]
        covered += bool(inside)
        own += inside
    if covered < _COVERED * len(row.words):
        return []
    return sorted(own, key=lambda c: c.x0)


def _tokens(chars: Sequence[_Char]) -> list[Token]:
    """Characters joined to words."""
    if not chars:
        return []
    groups: list[list[_Char]] = [[chars[0]]]
    for char in chars[1:]:
        last = groups[-1]
        high = max(c.y1 - c.y0 for c in (*last, char))
        if char.x0 - last[-1].x1 > _PARTED * high:
            groups.append([char])
        else:
            last.append(char)
    found = []
    for group in groups:
        text = "".join(c.text for c in group).strip("_ ")
        if text.strip("-"):
            x0, x1 = group[0].x0, max(c.x1 for c in group)
            y0, y1 = min(c.y0 for c in group), max(c.y1 for c in group)
            found.append(Token(text, x0, y0, x1, y1, 1.0, max(c.y1 - c.y0 for c in group)))
    return found
