"""Whether a page is printed or written by hand, by its noteheads and signs: which prototypes they are nearer to."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from models.read.page.staves import Strip
from models.read.primitives.heads import head_features, proposals
from models.read.primitives.primitive import ACCIDENTALS, CLEFS, DIGITS, HEADS, RESTS, STYLES, Style
from models.read.primitives.prototypes import Prototypes
from models.read.primitives.regions import Region, regions, symbol_ink
from models.read.primitives.shapes import features
from models.read.primitives.shipped import load_prototypes
from models.read.primitives.whole_signs import whole_signs

_LOOKED_AT = 4
_MEMBER = 0.5
_NONE = 3.0  # the distance, in radii, where nothing is like a head or a sign
_LARGEST = (4.0, 9.0)  # staff spaces, width and height of a sign
_SIGNS = (*RESTS, *ACCIDENTALS, *CLEFS, *DIGITS, "whole_head", "common_time", "cut_time")


def style_of(strips: Sequence[Strip]) -> Style:
    """The style whose prototypes the heads and signs of the first few staves are nearer to; printed where there are none.

    Solid and hollow heads alone do not tell: a page may begin with whole notes, and a printed head in a photo is much like
    one that was drawn. Clefs, accidentals, rests and figures differ more.
    """
    looked = [_Seen(strip) for strip in strips[:_LOOKED_AT]]
    near = {}
    for style in STYLES:
        distances = [d for one in looked for d in one.distances(style)]
        near[style] = float(np.median(distances)) if distances else _NONE
    return "handwritten" if near["handwritten"] < near["printed"] else "printed"


class _Seen:
    """What of a strip may be heads and signs, as features, whatever the style."""

    def __init__(self, strip: Strip) -> None:
        ink = symbol_ink(strip)
        symbols = np.where(ink, strip.ink, 0).astype(np.uint8)
        self.heads = head_features(symbols, strip.ink, proposals(symbols, strip.ink))
        self._found = [r for r in regions(ink) if r.width < _LARGEST[0] and r.height < _LARGEST[1]]
        self._ink, self._binary = ink, strip.binary

    def distances(self, style: Style) -> list[float]:
        """The distance of each head and sign to the nearest of a style, in the radius of its prototypes."""
        signs, heads = load_prototypes(style)
        found = self._found
        if style == "printed":  # as they are read in print
            found = whole_signs(found, self._ink, self._binary, lambda some: _kinds(signs, some))
        near = _near(heads, self.heads, HEADS)
        return near + _near(signs, _features(found), _SIGNS) if found else near


def _features(found: Sequence[Region]) -> NDArray[np.float32]:
    return np.stack([features(r.mask, r.box) for r in found])


def _kinds(signs: Prototypes, found: Sequence[Region]) -> list[dict[str, float]]:
    if not found:
        return []
    rows = signs.memberships(_features(found))
    return [dict(zip(signs.labels, map(float, row), strict=True)) for row in rows]


def _near(known: Prototypes, found: NDArray[np.float32], labels: Sequence[str]) -> list[float]:
    if not len(found):
        return []
    columns = [known.labels.index(label) for label in labels if label in known.labels]
    like = known.memberships(found)[:, columns].max(axis=1) > _MEMBER
    return [float(d) for d in known.distances(found[like])] if like.any() else []
