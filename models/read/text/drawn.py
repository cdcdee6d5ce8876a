"""The words of a drawn page, as its file tells them: no letter is mistaken, and no OCR program is needed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from models.glyph import Glyph
from models.read.page.preparation import PreparedPage
from models.read.text.letters import Letters, Row, Word
from models.read.text.tokens import Line, Token

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
_PARTED = (
    0.6  # of the height of a word's letters: the gap from which two words are apart whatever the file says
)
_LEVEL = 0.25  # of the height of letters: baselines nearer than this are one


@dataclass(frozen=True)
class _Char:
    """A character on the prepared page: what it adds to a word, its box, the baseline it stands on, whether it is a sign of
    music, and whether a word ends behind it.
    """

    text: str
    x0: float
    y0: float
    x1: float
    y1: float
    base: float
    sign: bool
    last: bool

    @property
    def x(self) -> float:
        """Its middle."""
        return 0.5 * (self.x0 + self.x1)

    @property
    def y(self) -> float:
        """The height of its middle."""
        return 0.5 * (self.y0 + self.y1)


@dataclass(frozen=True)
class _Word:
    chars: tuple[_Char, ...]

    @property
    def x0(self) -> float:
        """Where it begins."""
        return self.chars[0].x0

    @property
    def token(self) -> Token | None:
        """It as a word that was read; None for dashes and for accidentals of notes, which are no words."""
        text = "".join(c.text for c in self.chars).strip("_ ")
        if not text.strip("-") or all(c.sign for c in self.chars):
            return None
        ys0, ys1 = [c.y0 for c in self.chars], [c.y1 for c in self.chars]
        high = max(c.y1 - c.y0 for c in self.chars)
        return Token(text, self.x0, min(ys0), max(c.x1 for c in self.chars), max(ys1), 1.0, high)


def lines_told(letters: Letters, glyphs: Sequence[Glyph], page: PreparedPage) -> tuple[list[Line], Letters]:
    """The rows whose words the page's characters tell, from the top down, and the letters that are left to be read as pictures.

    A file that tells some words tells them all: none are left then, and specks are not taken for letters.
    """
    chars = _characters(glyphs, page)
    if not chars:
        return [], letters
    words = _words(chars)
    own: dict[int, list[_Word]] = {}
    for word in words:
        number = _row_of(word, letters.rows)
        if number is not None:
            own.setdefault(number, []).append(word)
    lines = []
    for number, found in sorted(own.items()):
        for level in _levels(found):
            tokens = tuple(t for word in sorted(level, key=lambda w: w.x0) if (t := word.token) is not None)
            if tokens:
                lines.append(Line(tokens, letters.rows[number]))
    return lines, replace(letters, rows=()) if lines else letters


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
        x0, y0, x1, y1 = glyph.box
        (x0, y0), (x1, y1), (_, base) = page.page_points(
            np.array([[x0, y0], [x1, y1], glyph.origin])
        ).tolist()
        found.append(
            _Char(text, min(x0, x1), min(y0, y1), max(x0, x1), max(y0, y1), base, code in _SIGNS, glyph.last)
        )
    return found


def _words(chars: Sequence[_Char]) -> list[_Word]:
    """The words that characters make in the order of the file: each ends where the file says so, or at a gap."""
    groups: list[list[_Char]] = []
    open_ = False
    for char in chars:
        if open_:
            last = groups[-1][-1]
            high = max(c.y1 - c.y0 for c in (*groups[-1], char))
            open_ = abs(char.base - last.base) < _LEVEL * high and -high < char.x0 - last.x1 < _PARTED * high
        if open_:
            groups[-1].append(char)
        else:
            groups.append([char])
        open_ = not char.last
    return [_Word(tuple(sorted(group, key=lambda c: c.x0))) for group in groups]


def _row_of(word: _Word, rows: Sequence[Row]) -> int | None:
    """The row on whose ink most of a word's characters stand."""
    counts = [sum(any(_on(c, w) for w in row.words) for c in word.chars) for row in rows]
    best = max(range(len(rows)), key=counts.__getitem__, default=None)
    return best if best is not None and 2 * counts[best] >= len(word.chars) else None


def _levels(words: Sequence[_Word]) -> list[list[_Word]]:
    """The words of a row by their baselines: two lines of print may stand in one row of ink."""
    levels: list[list[_Word]] = []
    for word in sorted(words, key=lambda w: w.chars[0].base):
        high = max(c.y1 - c.y0 for c in word.chars)
        if levels and abs(word.chars[0].base - levels[-1][-1].chars[0].base) < _LEVEL * high:
            levels[-1].append(word)
        else:
            levels.append([word])
    return levels


def _on(char: _Char, word: Word) -> bool:
    return word.x0 <= char.x <= word.x1 and word.y0 - 1 <= char.y <= word.y1 + 1
