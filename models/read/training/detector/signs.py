"""The signs on a page that Verovio has engraved, read from its SVG: class, box, staff position, stem."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from xml.etree.ElementTree import Element

import numpy as np
from defusedxml import ElementTree
from numpy.typing import NDArray

from models.arrays import Box
from models.read.primitives.learned.classes import POSITIONED
from models.read.training.detector.boxes import path_box, union_of

Affine = NDArray[np.float64]

UNKNOWN = -128
"""Staff position of what has none."""

GLYPHS = {
    "E0A2": "whole_head", "E0A3": "hollow_head", "E0A4": "solid_head",
    "E050": "treble_clef", "E051": "treble_clef", "E052": "treble_clef", "E053": "treble_clef", "E05C": "alto_clef",
    "E062": "bass_clef", "E063": "bass_clef", "E064": "bass_clef", "E065": "bass_clef", "E069": "other_clef", "E06A": "other_clef",
    "E06D": "other_clef", "E07A": "treble_clef", "E07B": "alto_clef", "E07C": "bass_clef",
    "E260": "flat", "E261": "natural", "E262": "sharp", "E263": "double_sharp", "E264": "double_flat",
    "E4E3": "whole_rest", "E4F4": "whole_rest", "E4E4": "half_rest", "E4F5": "half_rest", "E4E5": "quarter_rest",
    "E4E6": "eighth_rest", "E4E7": "sixteenth_rest", "E4E8": "thirty_second_rest", "E4E9": "thirty_second_rest",
    "E240": "flag_up", "E241": "flag_down", "E242": "flag_up_16", "E243": "flag_down_16", "E244": "flag_up_32",
    "E245": "flag_down_32", "E246": "flag_up_32", "E247": "flag_down_32", "E08A": "common_time", "E08B": "cut_time",
    "E4A2": "staccato_dot", "E4A3": "staccato_dot", "E044": "repeat_dot", "E1E7": "augmentation_dot",
    **{f"E08{n}": f"digit_{n}" for n in range(10)}, **{f"E88{n}": "tuplet_digit" for n in range(10)},
}  # fmt: skip
_RANGES = (
    ("E0A0", "E0FF", "other_head"), ("E4A0", "E4BF", "articulation"), ("E4C0", "E4C9", "fermata"),
    ("E4CE", "E4D5", "articulation"), ("E220", "E22F", "tremolo"), ("E560", "E59C", "ornament"),
    ("E650", "E65F", "pedal"), ("E510", "E51F", "octave_sign"),
)  # fmt: skip
_WHOLE = {  # elements that are one sign, whatever they are drawn with
    "dynam": "dynamic", "hairpin": "hairpin", "tupletBracket": "tuplet_bracket", "voltaBracket": "volta",
    "arpeg": "arpeggio",
}  # fmt: skip
_DRAWN = ("path", "polygon", "polyline", "ellipse", "rect")
_GRACE = 0.6  # scale below which a head is a grace note's
_SAME_BAR = 1.2  # staff spaces between the strokes of one bar line


@dataclass(frozen=True)
class Marked:
    """A sign on a page: class, box x0, y0, x1, y1, staff position in half spaces or `UNKNOWN`, stem 0 none, 1 up, 2 down."""

    name: str
    box: Box
    position: float = UNKNOWN
    stem: int = 0
    note: int = field(default=-1, compare=False)


@dataclass(frozen=True)
class StaffPlace:
    """A piece of a staff, one bar long: its first and last line's heights and its ends."""

    x0: float
    top: float
    x1: float
    bottom: float
    lines: int

    @property
    def space(self) -> float:
        """The staff space."""
        return (self.bottom - self.top) / 4


@dataclass
class _Walk:
    found: list[tuple[Marked, int]] = field(default_factory=list)
    staves: list[StaffPlace] = field(default_factory=list)
    strokes: list[tuple[Box, str]] = field(default_factory=list)
    notes: int = 0


def signs_of_svg(svg: str, width: int) -> tuple[list[Marked], list[StaffPlace]]:
    """The signs and staves of a page in pixels of its picture, `width` pixels wide."""
    root = ElementTree.fromstring(svg)
    inner = next(e for e in root.iter() if e.get("class") == "definition-scale")
    view = [float(v) for v in (inner.get("viewBox") or "").split()]
    scale = width / view[2]
    outlines = {
        e.get("id") or "": "".join(p.get("d") or "" for p in e.iter() if _tag(p) == "path")
        for e in root.iter()
        if _tag(e) in ("g", "symbol") and re.match(r"E[0-9A-F]{3}-", e.get("id") or "")
    }
    walk = _Walk()
    _visit(inner, np.eye(3), (), -1, -1, outlines, walk)
    found = [_placed(sign, staff, walk.staves) for sign, staff in walk.found]
    found = _with_stems(found)
    found += barred(walk.strokes, walk.staves)
    staves = [
        StaffPlace(s.x0 * scale, s.top * scale, s.x1 * scale, s.bottom * scale, s.lines) for s in walk.staves
    ]
    return [
        replace(m, box=tuple(v * scale for v in m.box))  # type: ignore[arg-type]
        for m in found
    ], staves


def _tag(element: Element) -> str:
    return str(element.tag).rsplit("}", 1)[-1]


def _moved(transform: str | None) -> Affine:
    out = np.eye(3)
    for name, text in re.findall(r"(translate|scale|rotate)\(([^)]*)\)", transform or ""):
        v = [float(n) for n in re.findall(r"-?[0-9.]+", text)]
        step = np.eye(3)
        if name == "translate":
            step[:2, 2] = v[0], v[1] if len(v) > 1 else 0.0
        elif name == "scale":
            step[0, 0], step[1, 1] = v[0], v[-1]
        else:
            a = np.deg2rad(v[0])
            step[:2, :2] = [[np.cos(a), -np.sin(a)], [np.sin(a), np.cos(a)]]
            if len(v) == 3:
                centre = np.array(v[1:])
                step[:2, 2] = centre - step[:2, :2] @ centre
        out = out @ step
    return out


def _visit(
    element: Element,
    above: Affine,
    classes: tuple[str, ...],
    staff: int,
    note: int,
    outlines: dict[str, str],
    walk: _Walk,
) -> None:
    here = above @ _moved(element.get("transform")) if element.get("transform") else above
    own = tuple((element.get("class") or "").split())
    classes = (*classes, *own)
    tag = _tag(element)
    if "staff" in own:
        walk.staves.append(_staff(element, here))
        staff = len(walk.staves) - 1
    if "chord" in own or ("note" in own and "chord" not in classes[: -len(own)]):
        walk.notes += 1
        note = walk.notes
    whole = next((_WHOLE[c] for c in own if c in _WHOLE), None)
    if whole is not None:
        boxes = list(_boxes(element, above, outlines))
        if boxes:
            walk.found.append((Marked(whole, union_of(boxes)), staff))
        return
    if "grpSym" in own:
        boxes = list(_boxes(element, above, outlines))
        curved = any(
            "C" in (e.get("d") or "") or "E000" in (_href(e) or "")
            for e in element.iter()
            if e is not element
        )
        if boxes:
            walk.strokes.append((union_of(boxes), "brace" if curved else "bracket"))
        return
    if tag == "use" or tag in _DRAWN:
        box = _box(element, here, outlines)
        if box is not None:
            _tell(element, tag, box, classes, staff, note, walk)
        return
    for child in element:
        _visit(child, here, classes, staff, note, outlines, walk)


def _tell(  # noqa: PLR0912
    element: Element, tag: str, box: Box, classes: tuple[str, ...], staff: int, note: int, walk: _Walk
) -> None:
    inside = set(classes)
    if tag == "use":
        code = (_href(element) or "")[:4]
        name = GLYPHS.get(code) or next((n for a, b, n in _RANGES if a <= code <= b), None)
        size = re.search(r"scale\(([-0-9.]+)", element.get("transform") or "")
        small = "graceGrp" in inside or (size is not None and float(size.group(1)) < _GRACE)
        if name in ("solid_head", "hollow_head", "whole_head") and small:
            name = "grace_head"
        if name and name.startswith("digit") and "meterSig" not in inside and "meterSigGrp" not in inside:
            name = "text"
        if name is not None:
            walk.found.append((Marked(name, box, note=note), staff))
        return
    x0, y0, x1, y1 = box
    upright = y1 - y0 > 3 * (x1 - x0)
    if "barLine" in inside and tag == "path":
        if upright:
            walk.strokes.append((box, "bar_line"))
    elif "barLine" in inside or "dots" in inside:
        walk.found.append((Marked("repeat_dot" if "barLine" in inside else "augmentation_dot", box), staff))
    elif "ledgerLines" in inside:
        walk.found.append((Marked("ledger", box), staff))
    elif "stem" in inside and tag in ("path", "rect"):
        if y1 - y0 > 20:
            walk.found.append((Marked("stem", box, note=note), staff))
    elif ("beam" in inside or "beamSpan" in inside or "fTrem" in inside) and tag == "polygon":
        walk.found.append((Marked("beam", box), staff))
    elif "slur" in inside or "tie" in inside or "lv" in inside:
        walk.found.append((Marked("slur" if "slur" in inside else "tie", box), staff))
    elif "artic" in inside:
        walk.found.append((Marked("articulation", box), staff))
    elif classes and classes[-1] in ("system", "measure") and upright:
        walk.strokes.append((box, "bar_line"))


def _href(element: Element) -> str | None:
    return next((v.lstrip("#") for k, v in element.attrib.items() if k.endswith("href")), None)


def _staff(element: Element, at: Affine) -> StaffPlace:
    lines = []
    for child in element:
        v = (
            [float(n) for n in re.findall(r"-?[0-9.]+", child.get("d") or "")]
            if _tag(child) == "path"
            else []
        )
        if len(v) == 4 and v[1] == v[3]:
            lines.append(v)
    if not lines:
        return StaffPlace(0.0, 0.0, 0.0, 0.0, 0)
    dx, dy = float(at[0, 2]), float(at[1, 2])
    ys = [v[1] + dy for v in lines]
    return StaffPlace(lines[0][0] + dx, min(ys), lines[0][2] + dx, max(ys), len(lines))


def _boxes(element: Element, above: Affine, outlines: dict[str, str]) -> Iterator[Box]:
    here = above @ _moved(element.get("transform")) if element.get("transform") else above
    if _tag(element) == "use" or _tag(element) in _DRAWN:
        box = _box(element, here, outlines)
        if box is not None:
            yield box
        return
    for child in element:
        yield from _boxes(child, here, outlines)


def _box(element: Element, at: Affine, outlines: dict[str, str]) -> Box | None:
    tag = _tag(element)
    half = float(element.get("stroke-width") or 0) / 2
    corners: tuple[float, ...] | None
    if tag == "use":
        glyph = path_box(outlines.get(_href(element) or "", ""))
        # glyphs are drawn upside down in their own units
        corners = (glyph[0], -glyph[3], glyph[2], -glyph[1]) if glyph else None
        half = 0.0
    elif tag == "ellipse":
        cx, cy, rx, ry = (float(element.get(k) or 0) for k in ("cx", "cy", "rx", "ry"))
        corners = (cx - rx, cy - ry, cx + rx, cy + ry)
    elif tag == "rect":
        x, y, w, h = (float(element.get(k) or 0) for k in ("x", "y", "width", "height"))
        corners = (x, y, x + w, y + h)
    elif tag == "path":
        corners = path_box(element.get("d") or "")
    else:
        v = [float(n) for n in re.findall(r"-?[0-9.]+", element.get("points") or "")]
        corners = (min(v[0::2]), min(v[1::2]), max(v[0::2]), max(v[1::2])) if len(v) >= 4 else None
    if corners is None:
        return None
    x0, y0, x1, y1 = corners
    if tag == "path" and half and (x0 == x1 or y0 == y1):  # a stroke with a flat end grows to its sides only
        x0, x1 = (x0 - half, x1 + half) if x0 == x1 else (x0, x1)
        y0, y1 = (y0 - half, y1 + half) if y0 == y1 else (y0, y1)
    elif half:
        x0, y0, x1, y1 = x0 - half, y0 - half, x1 + half, y1 + half
    points = np.array([[x0, y0, 1], [x1, y0, 1], [x0, y1, 1], [x1, y1, 1]]) @ at.T
    low, high = points[:, :2].min(axis=0), points[:, :2].max(axis=0)
    return float(low[0]), float(low[1]), float(high[0]), float(high[1])


def _placed(sign: Marked, staff: int, staves: list[StaffPlace]) -> Marked:
    """The sign with its position on the staff that it lies on, where that has five lines."""
    if sign.name not in POSITIONED or staff < 0 or staves[staff].lines != 5:
        return sign
    x, y = (sign.box[0] + sign.box[2]) / 2, (sign.box[1] + sign.box[3]) / 2
    own = staves[staff]
    # a note may be drawn on a neighbouring staff of its bar
    beside = [s for s in staves if s.lines == 5 and abs(s.x0 - own.x0) < 2 * own.space and s.x0 <= x <= s.x1]
    near = min([own, *beside], key=lambda s: abs(y - (s.top + s.bottom) / 2))
    if near is not own and abs(y - (near.top + near.bottom) / 2) < 2.6 * own.space:
        own = near
    if sign.name in ("flat", "double_flat"):  # its bowl stands on the line, not its middle
        y = sign.box[3] - 0.65 * own.space
    return replace(sign, position=(own.bottom - y) / (own.space / 2))


def _with_stems(found: list[Marked]) -> list[Marked]:
    stems: dict[int, Box] = {m.note: m.box for m in found if m.name == "stem" and m.note >= 0}
    out = []
    for m in found:
        box = stems.get(m.note)
        if box is None or not m.name.endswith("head"):
            out.append(m)
            continue
        middle = (m.box[1] + m.box[3]) / 2
        out.append(replace(m, stem=1 if (box[1] + box[3]) / 2 < middle else 2))
    return out


def barred(strokes: list[tuple[Box, str]], staves: list[StaffPlace]) -> list[Marked]:
    """Bar lines, braces and brackets: one for each staff that they cross, strokes side by side taken as one."""
    cut: list[Marked] = []
    for (x0, y0, x1, y1), name in strokes:
        for s in staves:
            if s.lines < 2 or y0 > s.top + 0.6 * s.space or y1 < s.bottom - 0.6 * s.space:
                continue
            reach = s.space * (1.0 if name == "bar_line" else 4.0)
            if s.x0 - reach < x1 and x0 < s.x1 + reach:
                cut.append(Marked(name, (x0, s.top, x1, s.bottom)))
    cut.sort(key=lambda m: (m.name, m.box[1], m.box[0]))
    out: list[Marked] = []
    for m in cut:
        last = out[-1] if out else None
        space = (m.box[3] - m.box[1]) / 4
        if (
            last
            and last.name == m.name
            and last.box[1] == m.box[1]
            and m.box[0] - last.box[2] < _SAME_BAR * space
        ):
            out[-1] = replace(last, box=(last.box[0], last.box[1], max(last.box[2], m.box[2]), last.box[3]))
        else:
            out.append(m)
    return out
