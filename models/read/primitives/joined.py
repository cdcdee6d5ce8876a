"""The rules and the network together: what the rules find, and signs that the network alone sees.

Rules lose signs whole where staff-line removal, a stem or a bar line cuts them in a way that no rule foresaw; the network
sees the strip with its lines and does not cut. It has seen few of the rare signs, so that it is believed only where the
rules have nothing better to say.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from models.arrays import Box, Mask
from models.read.page.staves import SPACE, Strip
from models.read.primitives.beside import beside, strokes_across
from models.read.primitives.brackets import without_brackets
from models.read.primitives.classical import ClassicalExtractor
from models.read.primitives.learned.detect import Detection
from models.read.primitives.learned.extractor import SILENT, LearnedExtractor, exclusive, is_line, sign_of
from models.read.primitives.missed_stems import missed_stems
from models.read.primitives.numbering import numbered
from models.read.primitives.orientation import upside_down
from models.read.primitives.primitive import (
    ACCIDENTALS,
    CLEFS,
    DIGITS,
    HEADS,
    RESTS,
    Primitive,
    Style,
    share_within,
)
from models.read.primitives.regions import symbol_ink
from models.read.primitives.rests import placed_rests
from models.read.primitives.style import style_of

_SURE = 0.7  # probability from which the network is believed where the rules have nothing better
_HINT = 0.12  # probability from which it may be a sign that the rules do not see
_FIRST, _START = (
    0.5,
    8.0,
)  # the same for a clef where a staff begins without one, and up to how many staff spaces that is
_SAID = 0.55  # membership from which the rules have said what a piece of ink is
_CERTAIN, _OPEN = (
    0.9,
    0.97,
)  # the network when it is so sure is believed against rules that are less sure than that
_INSIDE = 0.7  # share of a primitive that lies in the box of a sign which it is then a piece of
_SAME = 0.6  # staff spaces between the middles of two that are one sign
_BALL = 1.2 * SPACE  # pixels between the foot of a treble clef and the middle of the end of its tail
_MIDDLE = 0.25  # staff spaces between an accidental and the middle of its brackets
_NARROWER = 0.85  # its width, of the width of both
_NEXT, _LEVEL = 1.3, 1.0  # staff spaces and half spaces between an accidental and brackets around it
_TOLD = frozenset(
    (*HEADS, *RESTS, *ACCIDENTALS, *CLEFS, *DIGITS, "common_time", "cut_time", "dot", "fermata")
)
_WHOLE = frozenset((*RESTS, *ACCIDENTALS, *CLEFS))
"""Signs that a bracket or a piece of a line beside them turns into others where rules measure the ink."""
_HEADS = frozenset((*HEADS, "grace_head"))
_HINTS = frozenset((*HEADS, *RESTS, *ACCIDENTALS, "dot"))


class JoinedExtractor:
    """Primitives by the rules, completed by the network. An `Extractor`.

    ``device`` is where the network runs, "cpu" or "cuda". WeightsError where weights or prototypes are missing or damaged.
    """

    def __init__(self, *, device: str = "cpu", learned: LearnedExtractor | None = None) -> None:
        """``learned`` is the network in place of the shipped one."""
        self._rules = ClassicalExtractor(device=device)
        self._learned = learned or LearnedExtractor(device=device)

    def extract(self, strip: Strip, *, style: Style = "printed") -> list[Primitive]:
        """The primitives of a staff's strip, from left to right, numbered in that order; of handwriting the network's alone."""
        if style == "handwritten":
            return self._learned.extract(strip, style=style)
        found = self._rules.extract(strip, style=style)
        if not found:
            return found
        seen = exclusive(self._learned.detections(strip, style))
        return placed_rests(without_brackets(joined(found, seen, symbol_ink(strip), strip), strip))

    def style_of(self, strips: Sequence[Strip]) -> Style:
        """The style whose prototypes the heads and signs of the first few staves are nearer to."""
        return style_of(strips)

    def upside_down(self, strips: Sequence[Strip]) -> bool:
        """Whether the clefs of the first few staves stand plainly at the right end, on their heads."""
        return upside_down(strips)


def joined(found: Sequence[Primitive], seen: Sequence[Detection], ink: Mask, strip: Strip) -> list[Primitive]:
    """The primitives that rules found, with the signs that the network surely sees in place of unexplained pieces of ink.

    ``ink`` is that of the strip without staff lines, bool (H, W). Where both see the same sign it is surer than either
    says alone; where they differ, the rules keep what they are sure of.
    """
    begins = any(p.label in CLEFS and p.certainty >= _SAID and p.x < _START for p in found)
    sure = [
        sign_of(d, ink)
        for d in sorted(seen, key=lambda one: -one.certainty)
        if d.certainty >= (_SURE if begins else _least(d)) and not is_line(d) and d.name not in SILENT
    ]
    signs = [sign for sign in sure if sign.label in _TOLD]
    out = list(found)
    brackets: list[Primitive] = []
    for p in found:
        inside = _bracketed_in(p, signs)
        if inside:
            out = [inside[0] if q is p else q for q in out]
            brackets += inside
    for sign in signs:
        if not any(sign is b for b in brackets):
            out = _with(out, sign)
    out += missed_stems(out, seen, ink)
    out = [p for p in out if not any(_is_ball(p, clef) or _is_figure(p, clef) for clef in out)]
    return numbered([*out, *hints(out, seen, ink), *beside(seen, ink), *strokes_across(out, ink)], strip)


def hints(found: Sequence[Primitive], seen: Sequence[Detection], ink: Mask) -> list[Primitive]:
    """The signs that the network sees and `found` does not tell, as primitives of the kind hint: too faint, or said otherwise."""
    out = []
    blobs = [p for p in found if p.kind == "blob"]
    for d in seen:
        if d.certainty < _HINT or is_line(d) or d.name in SILENT:
            continue
        sign = sign_of(d, ink)
        told = any(p.membership(sign.label) >= 0.5 and _are_one(p, sign) for p in blobs)
        bracket = sign.label in ACCIDENTALS and any(_is_bracketed(p, sign) for p in found)
        if sign.label in _HINTS and not told and not bracket:
            out.append(replace(sign, kind="hint"))
    return out


def _least(d: Detection) -> float:
    """From which probability on the network is believed on a staff that begins without a clef, as hardly one does."""
    return _FIRST if d.name in CLEFS and d.box[0] < _START * SPACE else _SURE


def _with(found: list[Primitive], sign: Primitive) -> list[Primitive]:
    same = [p for p in found if p.kind == "blob" and _are_one(p, sign)]
    agreed = [p for p in same if p.membership(sign.label) > 0.0]
    if agreed:
        best = max(agreed, key=lambda p: p.membership(sign.label))
        told = best.membership(sign.label)
        both = 1.0 - (1.0 - told) * (1.0 - sign.certainty)
        others = sum(v for k, v in best.memberships.items() if k != sign.label)
        left = min(1.0, (1.0 - both) / others) if others > 0 else 1.0
        memberships = {k: both if k == sign.label else left * v for k, v in best.memberships.items()}
        if best.certainty >= _SAID and best.label != sign.label and not _overruled(best, sign):
            return found
        surer = replace(best, memberships=memberships)
        if sign.label in CLEFS and sign.certainty >= _CERTAIN:  # staff-line removal cuts its tail off
            surer = replace(surer, box=_around(best, sign))
            found = [p for p in found if p is best or share_within(p.box, sign.box) < _INSIDE]
        return [surer if p is best else p for p in found]
    if sign.label in ACCIDENTALS and any(_is_bracketed(p, sign) for p in found):
        return found
    pieces = [p for p in found if share_within(p.box, sign.box) >= _INSIDE]
    if any(_says(p, sign) for p in (*pieces, *same)):
        return found
    gone = [*pieces, *(p for p in same if p.label in _WHOLE and sign.label in _WHOLE)]
    return [p for p in found if not any(p is q for q in gone)] + [sign]


def _bracketed_in(p: Primitive, signs: Sequence[Primitive]) -> list[Primitive]:
    """What the network sees in an accidental that is in one piece with brackets: first the accidental, then the brackets.

    It stands in the middle. Brackets look like flats by themselves, and an accidental with brackets like another one.
    """
    if p.kind != "blob" or p.label not in ACCIDENTALS or p.certainty >= _OPEN:
        return []
    inside = [
        s
        for s in signs
        if s.label in ACCIDENTALS and share_within(s.box, p.box) >= _INSIDE and _is_narrower(s, p)
    ]
    if not inside:
        return []
    middle = min(inside, key=lambda s: abs(s.x - p.x))
    if abs(middle.x - p.x) > _MIDDLE or middle.label == p.label:
        return []
    return [middle, *(s for s in inside if s is not middle)]


def _is_narrower(sign: Primitive, p: Primitive) -> bool:
    return sign.box[2] - sign.box[0] < _NARROWER * (p.box[2] - p.box[0])


def _is_bracketed(p: Primitive, sign: Primitive) -> bool:
    """Whether the rules are sure of an accidental close beside, at the same height: the other is a bracket around it."""
    level = abs(p.position - sign.position) < _LEVEL
    return p.label in ACCIDENTALS and p.certainty >= _SURE and level and abs(p.x - sign.x) < _NEXT


def _says(p: Primitive, sign: Primitive) -> bool:
    """Whether the rules have said what this is, so that it is no piece of the sign."""
    if p.kind == "blob":
        if _overruled(p, sign) or (sign.label in CLEFS and sign.x < _START and p.label in _HEADS):
            return False  # no note stands within the first clef
        if p.label in _WHOLE and sign.label in _WHOLE and sign.certainty >= _CERTAIN and p.certainty < _OPEN:
            return False
        return p.label in _TOLD and p.certainty >= _SAID and not (p.label == "dot" and sign.label != "dot")
    if sign.label in CLEFS:
        return False  # its curls look like arcs and beams
    # stems run beside heads, and into dots of nothing; other signs have strokes of their own
    return sign.label in _HEADS or p.membership("beam") >= _SAID or p.kind == "curve"


def _overruled(p: Primitive, sign: Primitive) -> bool:
    """Whether the network is sure of a sign that the rules only rather took for another one."""
    return p.kind == "blob" and p.certainty < _SURE and sign.certainty >= _CERTAIN


def _around(p: Primitive, sign: Primitive) -> Box:
    """The box around both."""
    (a0, b0, a1, b1), (x0, y0, x1, y1) = p.box, sign.box
    return min(a0, x0), min(b0, y0), max(a1, x1), max(b1, y1)


def _is_ball(p: Primitive, clef: Primitive) -> bool:
    """Whether this is the end of a treble clef's tail, apart from the clef and as round as a head: no note stands there."""
    if p.label not in _HEADS or clef.label != "treble_clef" or clef.certainty < _CERTAIN:
        return False
    middle = (p.box[1] + p.box[3]) / 2 - clef.box[3]
    return clef.box[0] < (p.box[0] + p.box[2]) / 2 < clef.box[2] and -_BALL < middle < _BALL


def _is_figure(p: Primitive, digit: Primitive) -> bool:
    """Whether this is the upper figure of a time signature that looks like a clef: a plain figure stands right below it."""
    if p.label not in CLEFS or p.certainty >= _CERTAIN or digit.label not in DIGITS:
        return False
    below = p.position - digit.position
    return digit.certainty >= _CERTAIN and abs(p.x - digit.x) < 1.0 and 2.5 < below < 5.5


def _are_one(p: Primitive, sign: Primitive) -> bool:
    near = abs(p.x - sign.x) <= _SAME and abs(p.position - sign.position) <= 2 * _SAME
    return near or min(share_within(p.box, sign.box), share_within(sign.box, p.box)) >= _INSIDE
