"""Which way up a page lies, by its clefs: they stand at the left end of staves, the right way up."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from models.read.page.staves import SPACE, Strip
from models.read.primitives.percussion import percussion_clef
from models.read.primitives.primitive import CLEFS, STYLES
from models.read.primitives.regions import regions, symbol_ink
from models.read.primitives.shapes import features
from models.read.primitives.shipped import load_prototypes

_REACH = 6.5  # staff spaces from the end of a strip in which a clef begins
_LOOKED_AT = 6
_MARGIN = 0.6  # by which the evidence of clefs for turning must be greater
_PLAIN = 0.5  # certainty of a clef that counts by itself
_SHARE = 0.5  # of the staves on which one must: a lone look-alike on its head (a simile mark, a rest) must not turn the page
_STROKES = (
    0.9  # certainty of a clef that is two thick strokes, which look alike both ways up but stand at the left
)


def upside_down(strips: Sequence[Strip]) -> bool:
    """Whether the clefs of the first few staves stand plainly at the right end, on their heads; False in doubt."""
    first = strips[:_LOOKED_AT]
    right = sum(_clef(strip) for strip in first)
    on_head = [_clef(_flipped(strip)) for strip in first]
    wrong = sum(on_head)
    plain = sum(c >= _PLAIN for c in on_head)
    return wrong - right >= _MARGIN and wrong >= 2.0 * right and plain >= _SHARE * len(first)


def _flipped(strip: Strip) -> Strip:
    """A strip turned by half a turn: its lines keep their rows."""
    return replace(strip, ink=np.ascontiguousarray(strip.ink[::-1, ::-1]))


def _clef(strip: Strip) -> float:
    """The certainty that a clef stands at the left end of a strip."""
    part = replace(strip, ink=np.ascontiguousarray(strip.ink[:, : round(_REACH * SPACE)]))
    pieces = regions(symbol_ink(part))
    if percussion_clef(pieces) is not None:
        return _STROKES
    found = [r for r in pieces if 1.5 < r.height < 9.0 and 1.2 < r.width < 4.0]
    if not found:
        return 0.0
    best = 0.0
    for style in STYLES:
        signs, _ = load_prototypes(style)
        members = signs.memberships(np.stack([features(r.mask, r.box) for r in found]))
        best = max(best, float(members[:, [signs.labels.index(c) for c in CLEFS]].max()))
    return best
