"""What the music font of a drawn page says: its characters are signs, exactly, where a picture of them only resembles signs.

A PDF that a notation program wrote holds noteheads, rests, accidentals and the like as characters. Fonts after SMuFL
(MuseScore, Dorico, Finale since 27, Sibelius since 2023) share the codes. Stems, beams, staff lines and arcs are strokes
there; they are still seen in the picture.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

from models.arrays import Box
from models.glyph import Glyph
from models.read.page.staves import SPACE, STRIP_ROWS, Staff, Strip
from models.read.primitives.learned.detect import Detection
from models.read.primitives.learned.extractor import sign_of
from models.read.primitives.numbering import numbered
from models.read.primitives.primitive import (
    ACCIDENTALS,
    CLEFS,
    DIGITS,
    FLAGS,
    HEADS,
    RESTS,
    Primitive,
    share_within,
)
from models.read.primitives.regions import symbol_ink

SIGNS: dict[int, str] = {
    0xE0A2: "whole_head", 0xE0A3: "hollow_head", 0xE0A4: "solid_head",
    0xE4E3: "whole_rest", 0xE4E4: "half_rest", 0xE4E5: "quarter_rest", 0xE4E6: "eighth_rest",
    0xE4E7: "sixteenth_rest", 0xE4E8: "thirty_second_rest",
    0xE260: "flat", 0xE261: "natural", 0xE262: "sharp", 0xE263: "double_sharp", 0xE264: "double_flat",
    0xE050: "treble_clef", 0xE052: "treble_clef", 0xE05C: "alto_clef", 0xE062: "bass_clef", 0xE07A: "treble_clef",
    0xE07B: "alto_clef", 0xE07C: "bass_clef",
    0xE240: "flag_up", 0xE241: "flag_down", 0xE242: "flag_up_16", 0xE243: "flag_down_16",
    0xE244: "flag_up_32", 0xE245: "flag_down_32",
    **{0xE080 + n: label for n, label in enumerate(DIGITS)},
    0xE08A: "common_time", 0xE08B: "cut_time",
    0xE1E7: "augmentation_dot", 0xE044: "repeat_dot", 0xE4A2: "staccato_dot", 0xE4A3: "staccato_dot",
    0xE4C0: "fermata", 0xE4C1: "fermata",
}  # fmt: skip
"""The detector's class for the codes of SMuFL 1.4 that the grammar has a label for."""

ENOUGH = 4
"""Heads that a music font must have drawn on a page, so that what it has not drawn is none."""

_CERTAIN = 0.99
_UNSAID = 0.1  # what is left of the membership of a sign that the font has not drawn
_CUE = 0.78  # staff spaces of the height of a head, below which it is a grace note's
_SAME, _LEVEL = 0.6, 1.2  # staff spaces and half spaces between the middles of two that are one sign
_INSIDE = 0.7
_UNISON = 0.2  # staff spaces
_EDGE = 0.5  # pixels by which a character's outline reaches beyond its ink
_DRAWN = frozenset((*HEADS, "grace_head", *RESTS, *ACCIDENTALS, *CLEFS, *FLAGS, "common_time", "cut_time"))
"""Labels that nothing else on a page has than a character of the music font."""
_WITH_STROKES = frozenset((*RESTS, *ACCIDENTALS, *CLEFS, *DIGITS, "common_time", "cut_time"))
"""Signs with strokes of their own: what lies in their boxes is neither stem nor bar line. Stems run beside flags."""


def speaks(glyphs: Iterable[Glyph]) -> bool:
    """Whether the characters of a page tell its signs: enough of them are noteheads after SMuFL."""
    heads = sum(SIGNS.get(_code(glyph), "").endswith("_head") for glyph in glyphs)
    return heads >= ENOUGH


def with_drawn(found: Sequence[Primitive], glyphs: Sequence[Glyph], staff: Staff) -> list[Primitive]:
    """The primitives of a staff's strip, signs as the characters of its page tell them, lines as they were found.

    ``glyphs`` are all of the page, of which `speaks` is true. What looks like a sign and is no character is hardly one.
    """
    ink = symbol_ink(staff.strip)
    signs = [sign_of(seen, ink) for seen in _on(staff, glyphs)]
    kept = list(found)
    told: list[Primitive] = []
    for sign in signs:
        kept, own = _told(kept, sign)
        told.append(own)
    unsaid = [_doubted(p) if p.kind == "blob" and p.label in _DRAWN else p for p in kept]
    return numbered([*unsaid, *told], staff.strip)


def _on(staff: Staff, glyphs: Sequence[Glyph]) -> list[Detection]:
    """The characters on a staff's strip, as if seen there."""
    seen = []
    for glyph in glyphs:
        name = SIGNS.get(_code(glyph))
        if name is None:
            continue
        box = staff.strip_box(glyph.box)
        if not _is_on(box, staff.strip):
            continue
        if name.endswith("_head") and box[3] - box[1] < _CUE * SPACE:
            name = "grace_head"
        x0, y0, x1, y1 = box
        seen.append(Detection({name: _CERTAIN}, (x0 + _EDGE, y0 + _EDGE, x1 - _EDGE, y1 - _EDGE)))
    return [d for n, d in enumerate(seen) if not any(_at_once(d, other) for other in seen[:n])]


def _at_once(one: Detection, two: Detection) -> bool:
    """Whether two voices have drawn the same sign in the same place."""
    far = max(abs(a - b) for a, b in zip(one.box, two.box, strict=True))
    return one.name == two.name and far < _UNISON * SPACE


def _is_on(box: Box, strip: Strip) -> bool:
    middle = (box[1] + box[3]) / 2
    return 0 <= middle < STRIP_ROWS and box[2] > 1 and box[0] < strip.ink.shape[1] - 2 and box[2] > box[0]


def _told(found: Sequence[Primitive], sign: Primitive) -> tuple[list[Primitive], Primitive]:
    """The primitives without those that a sign explains, and the sign, measured by the one that had it right."""
    same = [p for p in found if p.kind == "blob" and _are_one(p, sign)]
    right = [p for p in same if p.membership(sign.label) > 0]
    if right:
        best = max(right, key=lambda p: p.membership(sign.label))
        sign = replace(best, memberships=sign.memberships)
    pieces = {id(p) for p in same}
    if sign.label in _WITH_STROKES:
        pieces |= {id(p) for p in found if p.kind != "curve" and share_within(p.box, sign.box) >= _INSIDE}
    return [p for p in found if id(p) not in pieces], sign


def _doubted(p: Primitive) -> Primitive:
    left = {k: _UNSAID * v if k in _DRAWN else v for k, v in p.memberships.items()}
    return replace(p, memberships=left)


def _are_one(p: Primitive, sign: Primitive) -> bool:
    near = abs(p.x - sign.x) <= _SAME and abs(p.position - sign.position) <= _LEVEL
    small = sign.label == "dot" or p.label == "dot"
    return (near and (p.label == sign.label or not small)) or share_within(p.box, sign.box) >= _INSIDE


def _code(glyph: Glyph) -> int:
    return ord(glyph.text) if len(glyph.text) == 1 else 0
