"""Ink on a page that may be print: pieces that are no music, joined to words, words that stand level joined to rows."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from models.arrays import Grey, Mask
from models.read.page.preparation import PreparedPage
from models.read.page.staves import Staff, System

_HIGH, _LOW = 5.0, 0.08  # staff spaces of the height of a letter: titles are large, hyphens low
_WIDE = 9.0  # staff spaces of letters that touch
_THIN = 0.2  # share of its box that a piece wider than that inks, at least: arcs and hairpins ink less
_LONG = 2.4  # staff spaces from which a piece is asked that
_SPARSE = 0.07  # share of its box that any piece inks, at least
_STROKE = 0.5  # staff spaces of the width of what is high and narrow, from which it may be a letter or a flat
_FRINGE = 0.25  # staff spaces around a staff in which nothing stands that is not its own
_BETWEEN = 0.23  # of the height of letters: the gap between two of one word
_PARTED = 0.6  # of their height: the gap that two words are given in a picture, at least
_LEVEL = 0.4  # share of the lower piece's height that two of one word stand beside each other
_BASE = 0.33  # staff spaces between the baselines of words of one row
_LARGE = 1.7  # of the height of most words of a row: what is larger is not of it
_WIDEST = 1.5  # of the height of letters, for large ones
_GAP = 1.1  # staff spaces that a gap between words is kept at, at most
_LETTER = 0.35  # staff spaces of the height of the least letter
X_HEIGHT = 26.0
"""Pixels that the letters of a row's picture are brought to: what Tesseract likes best."""


Height = Callable[[float, float], float]
"""How far down a place of the page lies, in staff spaces from the staff next to it."""


@dataclass(frozen=True)
class Piece:
    """Connected ink: its box in pixels of the prepared page and its label on the page's map of pieces."""

    x0: int
    y0: int
    x1: int
    y1: int
    label: int

    @property
    def high(self) -> int:
        """Its height."""
        return self.y1 - self.y0


@dataclass(frozen=True)
class Word:
    """Pieces side by side: the box around them, their baseline, and the height of most of them."""

    pieces: tuple[Piece, ...]
    x0: float
    y0: float
    x1: float
    y1: float
    base: float
    high: float


@dataclass(frozen=True)
class Row:
    """Words that stand level in one place between staves, from left to right, and the hyphens between them.

    `above` and `below` are the indices of the staves (through all systems) that it stands under and over, None at the
    page's ends. `base` is its height below the bottom line of the staff above it, or the negative height over the top line
    of the one below, in staff spaces. `hyphens` are their middles in pixels, `equals` those of signs of equality.
    """

    words: tuple[Word, ...]
    above: int | None
    below: int | None
    base: float
    hyphens: tuple[float, ...] = ()
    equals: tuple[float, ...] = ()


@dataclass(frozen=True)
class Letters:
    """All of a page: its rows from the top down, and the map of pieces that their pictures are cut from."""

    rows: tuple[Row, ...]
    labels: NDArray[np.int32]
    ink: NDArray[np.uint8]
    space: float


def letters_on(page: PreparedPage, systems: Sequence[System]) -> Letters:
    """What may be print on a page with its systems."""
    space = page.staff_space or 20.0
    staves = [staff for system in systems for staff in system.staves]
    binary = page.binary.astype(np.uint8)
    _, labels, stats, _ = cv2.connectedComponentsWithStats(binary, connectivity=8)
    pieces = [p for p in _candidates(np.asarray(stats, np.int32), space) if not _in_staff(p, staves, space)]
    zones: dict[tuple[int | None, int | None], list[Piece]] = defaultdict(list)
    for piece in pieces:
        zones[_zone(piece, staves)].append(piece)
    rows: list[Row] = []
    for (above, below), own in zones.items():
        rows += _rows(own, staves, above, below, space)
    rows.sort(key=lambda r: (-1 if r.above is None else r.above, min(w.y0 for w in r.words)))
    return Letters(tuple(rows), np.asarray(labels, np.int32), page.ink, space)


def _candidates(stats: NDArray[np.int32], space: float) -> list[Piece]:
    found = []
    for n in range(1, len(stats)):
        x, y, w, h, area = (int(v) for v in stats[n])
        if not _LOW * space < h < _HIGH * space or w > _WIDE * space or area < 4:
            continue
        dense = area / (w * h)
        if (
            dense < _SPARSE
            or (w > _LONG * space and dense < _THIN)
            or (h > 3 * w and h > 2.2 * space and w < _STROKE * space)
        ):
            continue
        if w > 1.5 * space and h < 0.2 * space:
            continue  # a line, no letter
        found.append(Piece(x, y, x + w, y + h, n))
    return found


def _in_staff(piece: Piece, staves: Sequence[Staff], space: float) -> bool:
    x = 0.5 * (piece.x0 + piece.x1)
    for staff in staves:
        if not staff.left - 0.5 * space < x < staff.right + 0.5 * space:
            continue
        top, bottom = float(staff.y(0, x)) - _FRINGE * space, float(staff.y(4, x)) + _FRINGE * space
        if piece.y1 > top and piece.y0 < bottom:
            return True
    return False


def _zone(piece: Piece, staves: Sequence[Staff]) -> tuple[int | None, int | None]:
    """The staves that a piece stands under and over; beside a staff counts as in it: (n, n)."""
    x, y = 0.5 * (piece.x0 + piece.x1), 0.5 * (piece.y0 + piece.y1)
    above = below = None
    for n, staff in enumerate(staves):
        top, bottom = float(staff.y(0, x)), float(staff.y(4, x))
        if bottom <= y:
            above = n
        elif top >= y:
            below = n if below is None else below
        elif x < staff.left:
            return n, n
    return above, below


def _rows(
    pieces: Sequence[Piece], staves: Sequence[Staff], above: int | None, below: int | None, space: float
) -> list[Row]:
    dashes = [p for p in pieces if p.high < 0.3 * space and p.x1 - p.x0 > 1.6 * p.high]
    doubled = [p for p in dashes if any(_doubles(p, q, space) for q in dashes)]
    hyphens = [p for p in dashes if p not in doubled]
    words = [w for w in _words([p for p in pieces if p not in dashes], space) if w.high > _LETTER * space]

    def height(x: float, y: float) -> float:
        """Staff spaces below the staff above, or (negative) above the staff below."""
        if above is not None:
            return (y - float(staves[above].y(4, x))) / space
        return (y - float(staves[below].y(0, x))) / space if below is not None else y / space

    placed = sorted((height(0.5 * (w.x0 + w.x1), w.base), n) for n, w in enumerate(words))
    groups: list[list[tuple[float, int]]] = []
    for base, n in placed:
        if groups and base - float(np.mean([b for b, _ in groups[-1]])) < _BASE:
            groups[-1].append((base, n))
        else:
            groups.append([(base, n)])
    rows = []
    for group in groups:
        base = float(np.mean([b for b, _ in group]))
        own = sorted((words[n] for _, n in group), key=lambda w: w.x0)
        between = _at_height(hyphens, own, space, height, base)
        equal = _at_height(doubled, own, space, height, base)
        for part in _apart(own):
            rows.append(Row(tuple(part), above, below, base, between, equal))
    return rows


def _doubles(one: Piece, two: Piece, space: float) -> bool:
    """Whether two dashes are the strokes of a sign of equality."""
    across = min(one.x1, two.x1) - max(one.x0, two.x0)
    apart = abs(one.y0 - two.y0)
    return one is not two and across > 0.8 * (one.x1 - one.x0) and 0.1 * space < apart < 0.8 * space


def _at_height(
    dashes: Sequence[Piece], words: Sequence[Word], space: float, height: Height, base: float
) -> tuple[float, ...]:
    """The middles of the dashes that stand at half the height of a row's letters over its base."""
    first, last = words[0].x0 - 6 * space, words[-1].x1 + 6 * space
    found = []
    for p in dashes:
        x = 0.5 * (p.x0 + p.x1)
        if 0.12 < base - height(x, 0.5 * (p.y0 + p.y1)) < 0.9 and first < x < last:
            found.append(x)
    return tuple(sorted(found))


def _apart(words: Sequence[Word]) -> list[list[Word]]:
    """A row, and by themselves those of its words that are much larger than most: no print, or a title beside names."""
    usual = float(np.median([w.high for w in words]))
    plain = [w for w in words if w.high <= _LARGE * usual]
    return [plain, *([w] for w in words if w.high > _LARGE * usual)]


def _words(pieces: Sequence[Piece], space: float) -> list[Word]:
    """Pieces joined that stand side by side, and dots and accents with the letter under them."""
    order = sorted(pieces, key=lambda p: p.x0)
    owner = list(range(len(order)))

    def root(n: int) -> int:
        while owner[n] != n:
            owner[n] = owner[owner[n]]
            n = owner[n]
        return n

    small = [p.high < _LETTER * space for p in order]
    nearest: dict[int, tuple[float, int]] = {}
    for n, one in enumerate(order):
        for m in range(n + 1, len(order)):
            two = order[m]
            if two.x0 > one.x1 + 1.6 * space:
                break
            if (
                small[n] != small[m]
            ):  # a dot, a comma or an accent belongs to one letter, or it would join lines
                dot, letter = (n, m) if small[n] else (m, n)
                away = _belongs(order[dot], order[letter], space)
                if away is not None:
                    nearest[dot] = min(nearest.get(dot, (away, letter)), (away, letter))
            elif _beside(one, two, space) or _over(one, two, space):
                owner[root(m)] = root(n)
    for dot, (_, letter) in nearest.items():
        owner[root(dot)] = root(letter)
    groups: dict[int, list[Piece]] = defaultdict(list)
    for n, piece in enumerate(order):
        groups[root(n)].append(piece)
    return [_word(g) for g in groups.values()]


def _belongs(dot: Piece, letter: Piece, space: float) -> float | None:
    """How far a dot or comma is from a letter that it may belong to, over it or beside it; None where it does not."""
    if _over(dot, letter, space):
        return float(max(0, letter.y0 - dot.y1))
    gap = max(letter.x0 - dot.x1, dot.x0 - letter.x1)
    level = letter.y0 - 0.2 * space < dot.y1 and dot.y0 < letter.y1 + 0.2 * space
    return float(gap) + 0.1 * space if level and gap < 0.35 * letter.high else None


def _beside(one: Piece, two: Piece, space: float) -> bool:
    """Whether two letters stand side by side in one word."""
    overlap = min(one.y1, two.y1) - max(one.y0, two.y0)
    low = min(one.high, two.high)
    gap = two.x0 - one.x1
    return gap < _BETWEEN * min(max(one.high, two.high), 2.5 * low) and overlap > _LEVEL * low


def _over(one: Piece, two: Piece, space: float) -> bool:
    """Whether one is the dot or accent of the other."""
    small, large = (one, two) if one.high < two.high else (two, one)
    across = min(one.x1, two.x1) - max(one.x0, two.x0)
    lift = large.y0 - small.y1
    wide = small.x1 - small.x0
    return small.high < 0.5 * space and across > 0.4 * wide and -0.3 * space < lift < 0.35 * large.high


def _word(pieces: Sequence[Piece]) -> Word:
    tall = max(p.high for p in pieces)
    letters = [p for p in pieces if p.high > 0.45 * tall] or list(pieces)
    base = float(np.median([p.y1 for p in letters]))
    low = sorted(p.y1 for p in letters)
    if len(letters) < 3:  # of two letters the one without a tail tells
        base = float(low[0]) if low[-1] - low[0] > 0.15 * tall else float(low[-1])
    return Word(
        tuple(sorted(pieces, key=lambda p: p.x0)),
        min(p.x0 for p in pieces),
        min(p.y0 for p in pieces),
        max(p.x1 for p in pieces),
        max(p.y1 for p in pieces),
        base,
        float(np.median([p.high for p in letters])),
    )


@dataclass(frozen=True)
class RowPicture:
    """A row's letters on white, uint8 (H, W), and where its columns come from: (column, page's x) at each word's ends."""

    picture: Grey
    columns: NDArray[np.float64]
    xs: NDArray[np.float64]

    def x(self, column: float) -> float:
        """The page's x of a column."""
        return float(np.interp(column, self.columns, self.xs))


def row_picture(letters: Letters, row: Row) -> RowPicture:
    """A row made ready for a `Recogniser`: only its own ink, level, gaps narrowed, of a size that suits it."""
    up = max(w.base - w.y0 for w in row.words)
    down = max(w.y1 - w.base for w in row.words)
    usual = float(np.median([w.high for w in row.words]))
    gap = int(max(_GAP * letters.space, _WIDEST * usual))
    size, at, columns, xs = 0, [], [], []
    for n, word in enumerate(row.words):
        if n:
            least = int(_PARTED * min(word.high, row.words[n - 1].high))
            size += max(least, min(gap, int(word.x0 - row.words[n - 1].x1)))
        at.append(size)
        columns += [float(size), float(size + word.x1 - word.x0)]
        xs += [word.x0, word.x1]
        size += int(word.x1 - word.x0)
    canvas = np.zeros((int(up + down) + 1, size + 1), np.uint8)
    for word, left in zip(row.words, at, strict=True):
        x0, y0, x1, y1 = int(word.x0), int(word.y0), int(word.x1), int(word.y1)
        own: Mask = np.isin(letters.labels[y0:y1, x0:x1], [p.label for p in word.pieces])
        # the grey edge of a letter lies just outside its piece
        near = cv2.dilate(own.astype(np.uint8), np.ones((3, 3), np.uint8)) > 0
        part = np.where(near, letters.ink[y0:y1, x0:x1], 0)
        top = int(up - (word.base - word.y0))
        target = canvas[top : top + y1 - y0, left : left + x1 - x0]
        np.maximum(target, part[: target.shape[0], : target.shape[1]], out=target)
    scale = float(np.clip(X_HEIGHT / max(usual, 1.0), 0.3, 3.0))
    wide, tall = max(1, round(canvas.shape[1] * scale)), max(1, round(canvas.shape[0] * scale))
    kind = cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC
    picture = np.asarray(255 - cv2.resize(canvas, (wide, tall), interpolation=kind), np.uint8)
    return RowPicture(picture, np.array(columns) * scale, np.array(xs, np.float64))
