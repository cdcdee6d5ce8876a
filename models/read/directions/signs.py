"""Signs beside the notes that are no letters: pedal marks, ornaments, segno and coda, arpeggios, tremolos.

What stands clear of the staves is told by its form, as music fonts draw it, and more readily where the network has seen such a
sign there; arpeggios and tremolos, which stand among the notes, by the network alone. Drawn pages tell their characters.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

import numpy as np

from models.arrays import Box, Mask
from models.glyph import Glyph
from models.read.directions.forms import CODES, Form, forms, likest
from models.read.page.preparation import PreparedPage
from models.read.page.staves import Staff
from models.read.primitives import Primitive
from models.read.text.letters import Letters, Piece, Row, Word

ALONE = (
    "pedal", "pedal-stop", "trill-mark", "inverted-mordent", "mordent", "turn", "inverted-turn", "segno", "coda",
    "strong-accent", "staccatissimo", "fermata",
)  # fmt: skip
"""The signs whose form tells them where they stand clear of the staves."""

_SEEN_AS = {
    "pedal": "pedal", "pedal-stop": "pedal", "trill-mark": "ornament", "inverted-mordent": "ornament",
    "mordent": "ornament", "turn": "ornament", "inverted-turn": "ornament", "strong-accent": "articulation",
    "staccatissimo": "articulation",
}  # fmt: skip
_ALIKE = 0.62  # overlap over union of ink and a form, at least,
_ALIKE_SEEN = 0.42  # and where the network sees such a sign
_HIGH, _WIDE = (0.6, 4.2), 6.0  # staff spaces of a sign
_MOST_PIECES = 10
_AROUND = 0.5  # staff spaces around a sign that was seen


@dataclass(frozen=True)
class Sign:
    """One of them: what it is, its box on the prepared page, how sure it is (0..1)."""

    name: str
    box: Box
    certainty: float


@dataclass(frozen=True)
class _Seen:
    label: str
    box: Box
    certainty: float


def signs_told(
    letters: Letters,
    staves: Sequence[Staff],
    hints: Sequence[Sequence[Primitive]],
    glyphs: Sequence[Glyph] = (),
    page: PreparedPage | None = None,
) -> tuple[list[Sign], Letters]:
    """The signs of a page, and its letters without those that they are made of. `hints` are by staff, as `Primitive` tells them."""
    seen = [s for staff, own in zip(staves, hints, strict=False) for s in _seen_on(staff, own)]
    drawn = _drawn(glyphs, page) if page is not None else []
    rows: list[Row] = []
    found = list(drawn)
    for row in letters.rows:
        if row.above == row.below:
            rows.append(row)
            continue
        words: list[Word] = []
        for word in row.words:
            signs, left = _in_word(letters, row, word, seen)
            found += [s for s in signs if not any(overlap(s.box, d.box) for d in drawn)]
            words += left
        if words:
            rows.append(replace(row, words=tuple(words)))
    return found, replace(letters, rows=tuple(rows))


def _seen_on(staff: Staff, hints: Sequence[Primitive]) -> list[_Seen]:
    out = []
    for p in hints:
        if p.label in _SEEN_AS.values():
            x0, y0, x1, y1 = p.box
            corners = staff.strip.page_points(np.array([[x0, y0], [x1, y1], [x0, y1], [x1, y0]], np.float64))
            (left, top), (right, low) = corners.min(axis=0).tolist(), corners.max(axis=0).tolist()
            out.append(_Seen(p.label, (left, top, right, low), p.certainty))
    return out


def _in_word(letters: Letters, row: Row, word: Word, seen: Sequence[_Seen]) -> tuple[list[Sign], list[Word]]:
    """The signs that pieces of a word make, and what is left of it."""
    if len(word.pieces) > _MOST_PIECES:
        return [], [word]
    whole = _told(letters, row, word.pieces, seen)
    if whole is not None:
        return [whole], []
    for cut in range(1, len(word.pieces)):  # two signs side by side, or one with a wavy line behind it
        parts = word.pieces[:cut], word.pieces[cut:]
        first, second = (_told(letters, row, part, seen) for part in parts)
        if first is not None and second is not None:
            return [first, second], []
        if first is not None and _is_seen(first.name, first.box, seen, letters.space):
            return [first], []
    return [], [word]


def _told(letters: Letters, row: Row, pieces: Sequence[Piece], seen: Sequence[_Seen]) -> Sign | None:
    x0, y0 = min(p.x0 for p in pieces), min(p.y0 for p in pieces)
    x1, y1 = max(p.x1 for p in pieces), max(p.y1 for p in pieces)
    space = letters.space
    high, wide = (y1 - y0) / space, (x1 - x0) / space
    if not _HIGH[0] < high < _HIGH[1] or wide > _WIDE:
        return None
    mask: Mask = np.isin(letters.labels[y0:y1, x0:x1], [p.label for p in pieces])
    box = (float(x0), float(y0), float(x1), float(y1))
    found = likest(mask, high, _forms())
    if found is None:
        return None
    name, alike = found
    if name.startswith("pedal") and row.above is None:
        return None
    was_seen = _is_seen(name, box, seen, space)
    if alike < (_ALIKE_SEEN if was_seen else _ALIKE):
        return None
    return Sign(name, box, max(alike, was_seen))


def _is_seen(name: str, box: Box, seen: Sequence[_Seen], space: float) -> float:
    """How sure the network is of a sign of a kind at a place; 0 where it sees none."""
    x, y = 0.5 * (box[0] + box[2]), 0.5 * (box[1] + box[3])
    around = _AROUND * space
    return max(
        (
            s.certainty
            for s in seen
            if s.label == _SEEN_AS.get(name)
            and s.box[0] - around < x < s.box[2] + around
            and s.box[1] - around < y < s.box[3] + around
        ),
        default=0.0,
    )


def _drawn(glyphs: Sequence[Glyph], page: PreparedPage) -> list[Sign]:
    """The signs among the characters of a drawn page, whose codes tell them."""
    found = []
    for glyph in glyphs:
        name = _names().get(ord(glyph.text)) if len(glyph.text) == 1 else None
        if name is not None:
            x0, y0, x1, y1 = glyph.box
            (x0, y0), (x1, y1) = page.page_points(np.array([[x0, y0], [x1, y1]])).tolist()
            found.append(Sign(name, (min(x0, x1), min(y0, y1), max(x0, x1), max(y0, y1)), 1.0))
    return found


def overlap(one: Box, two: Box) -> bool:
    """Whether two boxes have a place in common."""
    return one[0] < two[2] and two[0] < one[2] and one[1] < two[3] and two[1] < one[3]


@lru_cache(maxsize=1)
def _forms() -> tuple[Form, ...]:
    return forms({name: CODES[name] for name in ALONE})


@lru_cache(maxsize=1)
def _names() -> dict[int, str]:
    return {int(code, 16): name for name in ALONE for code in CODES[name]}
