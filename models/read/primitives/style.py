"""Whether a page is printed or written by hand, told by its noteheads: which prototypes they are nearer to."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from models.read.page.staves import Strip, System
from models.read.primitives.heads import head_features, proposals
from models.read.primitives.regions import symbol_ink
from models.read.primitives.shipped import Style, shelved

_LOOKED_AT = 4
_MEMBER = 0.5
_NONE = 3.0  # the distance, in radii, of a strip on which nothing is like a head


def style_of(systems: Sequence[System]) -> Style:
    """The style whose prototypes the heads of the first few staves are nearer to; printed when nothing tells.

    The staff that speaks most plainly for a style decides: text and ornaments are like no style's heads.
    """
    strips = [staff.strip for system in systems for staff in system.staves][:_LOOKED_AT]
    near = {
        style: min((_distance(strip, style) for strip in strips), default=_NONE)
        for style in ("printed", "handwritten")
    }
    return "handwritten" if near["handwritten"] < near["printed"] else "printed"


def _distance(strip: Strip, style: Style) -> float:
    """The usual distance of what is like a head to the nearest head of a style, in the radius of its prototypes."""
    symbols = np.where(symbol_ink(strip), strip.ink, 0).astype(np.uint8)
    found = head_features(symbols, strip.ink, proposals(symbols, strip.ink))
    heads = shelved(style)[1]
    members = heads.memberships(found)
    like = members[:, [heads.labels.index(k) for k in ("solid_head", "hollow_head")]].max(axis=1) > _MEMBER
    return float(np.median(heads.distances(found[like]))) if like.any() else _NONE
