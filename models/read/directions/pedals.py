"""Pedal marks among the notes: Ped and its star, told by their form wherever they lie, also over stems and staff lines.

Marks that stand clear are told as other signs are (`models.read.directions.signs`); a program that keeps the places of another
layout sets them into the music, where their ink is one piece with that of notes.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import lru_cache

import cv2
import numpy as np
from numpy.typing import NDArray

from models.read.directions.forms import CODES, KEPT, form, kept_forms
from models.read.directions.signs import Sign
from models.read.page.staves import SPACE, Staff, System

_FONTS = ("Bravura", "Leland", "Leipzig", "Gootville")
"""Fonts whose marks are looked for: in those that imitate a pen the star is a blob like a notehead."""

_ALIKE = {"pedal": 0.58, "pedal-stop": 0.62}  # correlation of ink and a form, at least,
_PLAIN = 0.75  # and of a star before which no Ped was found
_HALF = 0.5  # of the strip's scale: forms are compared at ten pixels to a staff space
_APART = 1.5  # staff spaces between two marks, at least


def pedals_on(systems: Sequence[System]) -> list[Sign]:
    """The pedal marks by the lowest staff of each system of several staves."""
    found: list[Sign] = []
    for system in systems:
        if len(system.staves) > 1:
            pressed = any(p.name == "pedal" for p in found)
            found += _on_staff(system.staves[-1], pressed=pressed)
    return found


def _on_staff(staff: Staff, *, pressed: bool) -> list[Sign]:
    ink = cv2.resize(
        (staff.strip.ink >= 128).astype(np.float32), None, fx=_HALF, fy=_HALF, interpolation=cv2.INTER_AREA
    )
    hits = sorted(_hits(np.asarray(ink, np.float32)), key=lambda h: -h[0])
    kept: list[tuple[float, str, float, float, float, float]] = []
    for hit in hits:
        if all(abs(hit[2] - k[2]) > _APART * SPACE for k in kept):
            kept.append(hit)
    out = []
    for alike, name, x0, y0, x1, y1 in sorted(kept, key=lambda h: h[2]):
        pressed = pressed or name == "pedal"
        if not pressed and alike < _PLAIN:
            continue
        corners = staff.strip.page_points(np.array([[x0, y0], [x1, y1]], np.float64))
        (left, top), (right, low) = corners.tolist()
        out.append(Sign(name, (left, top, right, low), alike))
    return out


def _hits(ink: NDArray[np.float32]) -> Iterator[tuple[float, str, float, float, float, float]]:
    """Where a form lies: how alike, its name, its box in pixels of the strip."""
    for name, mask in _masks():
        high, wide = mask.shape
        if ink.shape[0] < high or ink.shape[1] < wide:
            continue
        alike = cv2.matchTemplate(ink, mask, cv2.TM_CCOEFF_NORMED)
        while True:
            _, best, _, (x, y) = cv2.minMaxLoc(alike)
            if best < _ALIKE[name]:
                break
            alike[max(0, y - high) : y + high, max(0, x - wide // 2) : x + wide // 2] = -1.0
            scale = 1.0 / _HALF
            yield float(best), name, x * scale, y * scale, (x + wide) * scale, (y + high) * scale


@lru_cache(maxsize=1)
def _masks() -> tuple[tuple[str, NDArray[np.float32]], ...]:
    """The forms at the size that they are looked for, with a little white around them."""
    out = []
    for name in _ALIKE:
        drawn = [form(font, name, (code,)) for font in _FONTS for code in CODES[name]]
        for one in (*drawn, *(f for f in kept_forms(KEPT) if f.name == name)):
            if one is None:
                continue
            high = round(one.high * SPACE * _HALF)
            wide = max(2, round(one.aspect * high))
            small = cv2.resize(one.mask, (wide, high), interpolation=cv2.INTER_AREA)
            edged = cv2.copyMakeBorder(small, 1, 1, 1, 1, cv2.BORDER_CONSTANT, value=0.0)
            out.append((name, np.asarray(edged, np.float32)))
    return tuple(out)
