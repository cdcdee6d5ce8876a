"""Ink on a staff that is part of nothing that was found: what the reader did not read, and cannot have read right."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from models.arrays import Mask
from models.read.page.staves import LINE_ROWS, SPACE, Strip
from models.read.primitives.primitive import Primitive
from models.read.primitives.regions import symbol_ink

_FOUND = 0.5  # certainty from which a primitive says what its ink is
_NOTHING = ("noise", "text")
_ROOM = 3  # pixels of the strip around a primitive that are still its own
_THICKER = 2  # pixels on each side by which a line may be thicker than the page's lines are
_LEAST = 1.5  # square staff spaces: what is less than a head and a half may be a fleck or a fingering


def unread_shares(
    strip: Strip, primitives: Iterable[Primitive], spans: Sequence[tuple[float, float]]
) -> list[float]:
    """For each span of a staff (from, to in staff spaces of its strip) the share 0..1 of its ink that no primitive explains.

    Ink counts from a space above the top line to a space below the lowest, without the staff lines. The share is 0 where
    it is less ink than a head and a half.
    """
    top, bottom = LINE_ROWS[0] - SPACE, LINE_ROWS[-1] + SPACE
    ink = _without_line_remains(symbol_ink(strip), strip)[top:bottom]
    left = ink.copy()
    for p in primitives:
        if p.label in _NOTHING or p.certainty < _FOUND:
            continue
        x0, y0, x1, y1 = (round(v) for v in p.seen_at)
        left[max(0, y0 - top - _ROOM) : max(0, y1 - top + _ROOM), max(0, x0 - _ROOM) : x1 + _ROOM] = False
    shares = []
    for begin, end in spans:
        columns = slice(max(0, round(begin * SPACE)), max(0, round(end * SPACE)))
        unread = float(left[:, columns].sum())
        shares.append(unread / float(ink[:, columns].sum()) if unread >= _LEAST * SPACE * SPACE else 0.0)
    return shares


def _without_line_remains(ink: Mask, strip: Strip) -> Mask:
    """The ink without what line removal left of staff lines: ink on a line with paper right above and below it.

    A line that falls between two pixels is a pixel thicker than the others of its page and stays whole.
    """
    reach = round(0.5 * strip.thickness) + _THICKER
    out = ink.copy()
    for row in LINE_ROWS:
        bare = ~(ink[row - reach - 1] | ink[row + reach + 1])
        out[row - reach : row + reach + 1, bare] = False
    return out
