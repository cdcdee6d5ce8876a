"""Words read, with their places on the prepared page and the row they stand in."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate, pairwise

import numpy as np

from models.arrays import Box
from models.notation.chords import parse_chord
from models.read.text.letters import Letters, Row, Word, row_picture
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
            if len(inside) == 1:
                text = _with_accidental(text, inside[0], letters)
            for part, own in _by_words(text, inside):
                wide = (x0, x1) if len(own) == len(inside) else (own[0].x0, own[-1].x1)
                tokens.append(
                    Token(
                        part, wide[0], min(w.y0 for w in own), wide[1], max(w.y1 for w in own), word.certainty,
                        max(w.high for w in own),
                    )
                )  # fmt: skip
        if tokens:
            out.append(Line(tuple(tokens), row))
    return out


def in_order(lines: Sequence[Line]) -> list[Line]:
    """Lines from the top down, as `letters_on` orders its rows."""
    return sorted(
        lines, key=lambda x: (-1 if x.row.above is None else x.row.above, min(w.y0 for w in x.row.words))
    )


def _by_words(text: str, words: Sequence[Word]) -> list[tuple[str, Sequence[Word]]]:
    """A text that OCR ran together parted where the page parts it; whole where letters and pieces do not agree in number."""
    counts = [len(w.pieces) for w in words]
    far = any(b.x0 - a.x1 > a.high for a, b in pairwise(words))
    if len(words) < 2 or not far or sum(counts) != len(text):
        return [(text, words)]
    ends = list(accumulate(counts))
    return [(text[e - c : e], [w]) for w, c, e in zip(words, counts, ends, strict=True)]


def _with_accidental(text: str, word: Word, letters: Letters) -> str:
    """A chord symbol with the sharp or flat behind its root that OCR passes over: it has no letter for it.

    A flat is narrow at its top and wide at its foot, a sharp the same at both.
    """
    if len(word.pieces) != len(text) + 1 or text[0] not in "ABCDEFG" or parse_chord(text) is None:
        return text
    sign = word.pieces[1]
    if sign.high < 0.6 * word.pieces[0].high:
        return text
    mask = letters.labels[sign.y0 : sign.y1, sign.x0 : sign.x1] == sign.label
    third = max(1, len(mask) // 3)
    top, foot = (np.ptp(np.flatnonzero(part.any(axis=0))) + 1 for part in (mask[:third], mask[-third:]))
    return text[0] + ("b" if top < 0.6 * foot else "#") + text[1:]


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
