"""Whether a page is printed or written by hand, by its noteheads: which prototypes they are nearer to."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from models.read.page.staves import Strip
from models.read.primitives.heads import head_features, proposals
from models.read.primitives.primitive import STYLES, Style
from models.read.primitives.regions import symbol_ink
from models.read.primitives.shipped import load_prototypes

_LOOKED_AT = 4
_MEMBER = 0.5
_NONE = 3.0  # the distance, in radii, of a strip on which nothing is like a head


def style_of(strips: Sequence[Strip]) -> Style:
    """The style whose prototypes the heads of the first few staves are nearer to; printed where there are none.

    The staff that is nearest to a style decides: text and ornaments are like no style's heads.
    """
    near = {
        style: min((_distance(strip, style) for strip in strips[:_LOOKED_AT]), default=_NONE)
        for style in STYLES
    }
    return "handwritten" if near["handwritten"] < near["printed"] else "printed"


def _distance(strip: Strip, style: Style) -> float:
    """The usual distance of what is like a head to the nearest head of a style, in the radius of its prototypes."""
    symbols = np.where(symbol_ink(strip), strip.ink, 0).astype(np.uint8)
    found = head_features(symbols, strip.ink, proposals(symbols, strip.ink))
    heads = load_prototypes(style)[1]
    members = heads.memberships(found)
    like = members[:, [heads.labels.index(k) for k in ("solid_head", "hollow_head")]].max(axis=1) > _MEMBER
    return float(np.median(heads.distances(found[like]))) if like.any() else _NONE
