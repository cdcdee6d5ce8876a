"""Which way up a page lies, told by its clefs: they stand at the left end of staves, the right way up."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from models.read.page.preparation import Enlarge, PreparedPage, prepare, turned
from models.read.page.staves import SPACE, Strip, System, find_systems
from models.read.primitives.primitive import CLEFS
from models.read.primitives.regions import regions, symbol_ink
from models.read.primitives.shapes import features
from models.read.primitives.shipped import shelved
from models.sheet.page import Grey

_REACH = 6.5  # staff spaces from the end of a strip in which a clef begins
_LOOKED_AT = 6
_MARGIN = 0.6  # by which clefs have to speak for turning


def systems_of(grey: Grey, *, enlarge: Enlarge | None = None) -> tuple[PreparedPage, list[System]]:
    """The prepared page and its systems, the right way up; no systems where there is no music.

    A page whose clefs say nothing stays as `prepare` left it. Arguments as for `prepare`.
    """
    page = prepare(grey, enlarge=enlarge)
    systems = find_systems(page)
    strips = [staff.strip for system in systems for staff in system.staves][:_LOOKED_AT]
    if not strips:
        return page, systems
    right = sum(_clef(strip) for strip in strips)
    wrong = sum(_clef(_flipped(strip)) for strip in strips)
    if wrong - right < _MARGIN or wrong < 2.0 * right:
        return page, systems
    page = turned(page)
    return page, find_systems(page)


def _flipped(strip: Strip) -> Strip:
    """A strip turned by half a turn: its lines keep their rows."""
    return replace(strip, ink=np.ascontiguousarray(strip.ink[::-1, ::-1]))


def _clef(strip: Strip) -> float:
    """The certainty that a clef stands at the left end of a strip."""
    part = replace(strip, ink=np.ascontiguousarray(strip.ink[:, : round(_REACH * SPACE)]))
    found = [r for r in regions(symbol_ink(part)) if 1.5 < r.height < 9.0 and 1.2 < r.width < 4.0]
    if not found:
        return 0.0
    best = 0.0
    for style in ("printed", "handwritten"):
        signs, _ = shelved(style)
        members = signs.memberships(np.stack([features(r.mask, r.box) for r in found]))
        best = max(best, float(members[:, [signs.labels.index(c) for c in CLEFS]].max()))
    return best
