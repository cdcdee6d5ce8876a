"""Words read, with their places on the prepared page and the row they stand in."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate, pairwise

import numpy as np

from models.arrays import Box
from models.notation.chords import parse_chord
from models.read.text.letters import Letters, Piece, Row, Word, row_picture
from models.read.text.recogniser import Recogniser

_LEAST = 0.3  # certainty
_SHARE = 0.25  # of a word's width, from which it is one of those under a text
_GAP = 0.23  # of the height of letters: a gap between words is wider, and wider than so many gaps of its row
_WIDER = 2.1
_LEAST_LETTERS = 2  # of what a text is parted into: figures and strokes stay whole
_MISCOUNT = 0.12  # what a letter more or less than there are pieces speaks against a place to part a text
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
        usual = _usual_gap(row)
        for word, after in pairwise((*found, None)):
            if word is None:
                continue
            text = _mended(word.text)
            over = (
                after is not None and word.x0 < after.x0 < word.x1
            )  # now and then a box spans its whole line
            x0, x1 = picture.x(word.x0), picture.x(after.x0 if after is not None and over else word.x1)
            inside = [w for w in row.words if w.x1 > x0 and w.x0 < x1]
            inside = [w for w in inside if min(w.x1, x1) - max(w.x0, x0) > _SHARE * (w.x1 - w.x0)] or inside
            if not text or word.certainty < _LEAST or not inside:
                continue
            # gaps are narrow in the picture: a box that is a little too wide there is far too wide on the page
            x0, x1 = max(x0, inside[0].x0), min(x1, inside[-1].x1)
            for part, own in _by_words(text, inside, usual):
                said = _with_accidental(part, own[0], letters) if len(own) == 1 else part
                wide = (x0, x1) if len(own) == len(inside) else (own[0].x0, own[-1].x1)
                tokens.append(
                    Token(
                        said, wide[0], min(w.y0 for w in own), wide[1], max(w.y1 for w in own), word.certainty,
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


def _by_words(text: str, words: Sequence[Word], usual: float = 0.0) -> list[tuple[str, Sequence[Word]]]:
    """A text that OCR ran together parted where the page parts it: at gaps wider than those of a word.

    `usual` is the gap between two letters of the row, by their height.
    """
    groups: list[list[Word]] = []
    for word in words:
        last = groups[-1][-1] if groups else None
        if last is not None and word.x0 - last.x1 <= max(_GAP, _WIDER * usual) * max(word.high, last.high):
            groups[-1].append(word)
        else:
            groups.append([word])
    # chord symbols stand far apart and may be one letter long
    far = all(b[0].x0 - a[-1].x1 > a[-1].high for a, b in pairwise(groups))
    least = 1 if far else _LEAST_LETTERS
    if len(groups) < 2 or sum(c.isalpha() for c in text) < least * len(groups):
        return [(text, words)]
    whole = text
    out: list[tuple[str, Sequence[Word]]] = []
    for n, group in enumerate(groups[:-1]):
        cut = _cut(text, group, groups[n + 1 :])
        out.append((text[:cut], group))
        text = text[cut:]
    out.append((text, groups[-1]))
    plain = all(sum(c.isalpha() for c in part) >= least for part, _ in out)
    return out if plain else [(whole, words)]


def _cut(text: str, first: Sequence[Word], rest: Sequence[Sequence[Word]]) -> int:
    """After how many letters a text ends that its first words show: as many as they have pieces, and as wide as they are."""
    count = sum(_letter_count(w) for w in first)
    own = sum(w.x1 - w.x0 for w in first)
    whole = own + sum(w.x1 - w.x0 for group in rest for w in group)
    widths = list(accumulate(_wide(c) for c in text))

    def off(cut: int) -> float:
        return abs(widths[cut - 1] / widths[-1] - own / whole) + _MISCOUNT * abs(cut - count)

    return min(range(1, len(text) - len(rest) + 1), key=off)


def _letter_count(word: Word) -> int:
    """How many letters the pieces of a word are: dots and accents over letters are none."""
    return max(1, sum(not any(_stands_over(p, q) for q in word.pieces) for p in word.pieces))


def _stands_over(piece: Piece, other: Piece) -> bool:
    across = min(piece.x1, other.x1) - max(piece.x0, other.x0)
    return piece is not other and piece.y1 <= other.y0 + 1 and across > 0.3 * (piece.x1 - piece.x0)


def _wide(letter: str) -> float:
    return 0.5 if letter in "ijlftrI.,;:!'" else 1.5 if letter in "mwMW" else 1.0


def _usual_gap(row: Row) -> float:
    """The gap between two letters of a row, by their height: half of all within its words are less."""
    gaps = [
        max(0.0, b.x0 - a.x1) / max(1.0, w.high)
        for w in row.words
        for a, b in pairwise(sorted(w.pieces, key=lambda p: p.x0))
    ]
    return float(np.median(gaps)) if gaps else 0.0


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
