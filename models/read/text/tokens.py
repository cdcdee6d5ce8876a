"""Words read, with their places on the prepared page and the row they stand in."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from models.arrays import Box
from models.read.text.letters import Letters, Row, row_picture
from models.read.text.recogniser import Recogniser

_LEAST = 0.3  # certainty
_SMALL = 0.5  # staff spaces: rows of nothing higher are dots


@dataclass(frozen=True)
class Token:
    """A word: its text, its box in pixels of the prepared page, how sure it is, and its letters' height."""

    text: str
    x0: float
    y0: float
    x1: float
    y1: float
    certainty: float
    high: float

    @property
    def x(self) -> float:
        """Its middle."""
        return 0.5 * (self.x0 + self.x1)

    @property
    def box(self) -> Box:
        """Left, top, right, bottom."""
        return self.x0, self.y0, self.x1, self.y1


@dataclass(frozen=True)
class Line:
    """The words of a row from left to right, and the row."""

    tokens: tuple[Token, ...]
    row: Row

    @property
    def text(self) -> str:
        """The words with blanks between them."""
        return " ".join(t.text for t in self.tokens)


def lines_read(letters: Letters, recogniser: Recogniser) -> list[Line]:
    """The rows of a page in which words were read, from the top down."""
    rows = [row for row in letters.rows if _worth_reading(row, letters.space)]
    pictures = [row_picture(letters, row) for row in rows]
    out = []
    for row, picture, found in zip(
        rows, pictures, recogniser.lines([p.picture for p in pictures]), strict=True
    ):
        tokens = []
        for word in found:
            text = _mended(word.text)
            x0, x1 = picture.x(word.x0), picture.x(word.x1)
            inside = [w for w in row.words if w.x1 > x0 and w.x0 < x1]
            if not text or word.certainty < _LEAST or not inside:
                continue
            tokens.append(
                Token(
                    text, x0, min(w.y0 for w in inside), x1, max(w.y1 for w in inside), word.certainty,
                    max(w.high for w in inside),
                )
            )  # fmt: skip
        if tokens:
            out.append(Line(tuple(tokens), row))
    return out


def _worth_reading(row: Row, space: float) -> bool:
    return max(w.high for w in row.words) > _SMALL * space


_LIGATURES = {
    "ﬁ": "fi",
    "ﬂ": "fl",
    "ﬀ": "ff",
    "ﬃ": "ffi",
    "ﬄ": "ffl",
    "’": "'",
    "‘": "'",
    "“": '"',
    "”": '"',
    "—": "-",
    "–": "-",
}


def _mended(text: str) -> str:
    """What OCR makes of a word in print, mended: one kind of quotes and hyphens, no signs that are none."""
    for wrong, right in _LIGATURES.items():
        text = text.replace(wrong, right)
    text = re.sub(r"[|\\~^_{}<>¢§©®™«»]", "", text)
    return text.strip()


def phrases(line: Line, gap: float) -> list[list[Token]]:
    """The words of a line in groups, parted where the gap between two is wider than `gap` pixels."""
    groups: list[list[Token]] = []
    for token in line.tokens:
        if groups and token.x0 - groups[-1][-1].x1 <= gap:
            groups[-1].append(token)
        else:
            groups.append([token])
    return groups


def letters_in(tokens: Sequence[Token]) -> int:
    """How many letters words have together."""
    return sum(c.isalpha() for t in tokens for c in t.text)
