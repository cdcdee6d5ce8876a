"""Verovio's SVG made safe, small and the same everywhere: only music and text survive, glyphs in text become paths.

Verovio writes note values of tempo marks as text in its music font. Viewers without that font show empty boxes, so
such text becomes outlines. Ids become ``data-id`` so that two drawings can stand on one page, and nothing that a
score says can name an element of it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from xml.etree import ElementTree as ET

from defusedxml.ElementTree import fromstring

from models.arrays import Box
from models.notation.engraving.fonts import glyph
from models.notation.errors import EngravingFailed

_SVG = "{http://www.w3.org/2000/svg}"
_ELEMENTS = {
    "svg",
    "g",
    "defs",
    "path",
    "use",
    "rect",
    "ellipse",
    "circle",
    "polygon",
    "polyline",
    "line",
    "text",
    "tspan",
}
_ATTRIBUTES = {
    "class", "color", "cx", "cy", "d", "dx", "dy", "fill", "fill-opacity", "font-family", "font-size", "font-style", "font-weight",
    "height", "letter-spacing", "opacity", "overflow", "points", "preserveAspectRatio", "r", "rx", "ry", "stroke", "stroke-dasharray",
    "stroke-linecap", "stroke-linejoin", "stroke-opacity", "stroke-width", "text-anchor", "text-decoration", "transform", "version",
    "viewBox", "visibility", "width", "x", "x1", "x2", "y", "y1", "y2",
}  # fmt: skip
_HIT = {"note", "rest", "mRest"}
_STYLE = (
    ".sw-svg path,.sw-svg rect,.sw-svg ellipse,.sw-svg polygon,.sw-svg polyline{stroke:currentColor}"
    ".sw-svg .tempo,.sw-svg .ending,.sw-svg .fing,.sw-svg .reh{font-weight:bold}"
    ".sw-svg .dir,.sw-svg .dynam,.sw-svg .mNum{font-style:italic}.sw-svg .label{font-weight:normal}"
)
_LINE = re.compile(r"M\s*(-?[\d.]+)[ ,](-?[\d.]+)\s*L\s*(-?[\d.]+)[ ,](-?[\d.]+)")


@dataclass
class Drawing:
    """A page: SVG text, its size in pixels, boxes in those pixels of notes and rests by id, and of bars in order."""

    svg: str
    width: float
    height: float
    boxes: dict[str, Box] = field(default_factory=dict)
    bars: list[Box] = field(default_factory=list)


def clean_drawing(svg: str, music_font: str, first_bar: int = 0) -> Drawing:
    """A page that Verovio drew with ``svgBoundingBoxes``, as a `Drawing`. Bars are counted from ``first_bar``.

    Each note and rest is a group with ``data-id`` and a ``rect.hit`` to click; each bar a group with ``data-bar``.
    EngravingFailed when the SVG is not Verovio's.
    """
    root = fromstring(svg, forbid_dtd=True)
    inner = root.find(f"{_SVG}svg")
    if inner is None:
        raise EngravingFailed("The engraver drew nothing that can be shown.")
    _, _, width, height = (float(v) for v in root.get("viewBox", "0 0 0 0").split())
    unit = width / float(inner.get("viewBox", "0 0 1 1").split()[2])
    page = inner.find(f"{_SVG}g")
    shift = re.match(
        r"translate\((-?[\d.]+),\s*(-?[\d.]+)\)", page.get("transform", "") if page is not None else ""
    )
    left, top = (float(shift.group(1)), float(shift.group(2))) if shift else (0.0, 0.0)
    cleaner = _Cleaner(music_font, unit, left, top, first_bar)
    clean = cleaner.element(root)
    if clean is None:
        raise EngravingFailed("The engraver drew nothing that can be shown.")
    clean.set("class", "sw-svg")
    clean.set("width", f"{width:g}")
    clean.set("height", f"{height:g}")
    style = ET.Element("style")
    style.text = _STYLE
    clean.insert(0, style)
    clean.set("xmlns", "http://www.w3.org/2000/svg")
    return Drawing(ET.tostring(clean, encoding="unicode"), width, height, cleaner.boxes, cleaner.bars)


class _Cleaner:
    """Copies what is allowed and notes the boxes on the way."""

    def __init__(self, music_font: str, unit: float, left: float, top: float, first_bar: int) -> None:
        self._font, self._unit, self._left, self._top = music_font, unit, left, top
        self._next_bar, self._inside_defs = first_bar, False
        self.boxes: dict[str, Box] = {}
        self.bars: list[Box] = []

    def element(self, old: ET.Element) -> ET.Element | None:
        tag = old.tag.removeprefix(_SVG) if isinstance(old.tag, str) else ""
        kinds = old.get("class", "").split()
        if tag not in _ELEMENTS or "placeholder" in kinds:
            return None
        if "bounding-box" in kinds:
            return self._hit(old, kinds[0])
        if tag == "text":
            return self._text(old)
        new = ET.Element(tag)
        self._attributes(old, new)
        if "measure" in kinds:
            new.set("data-bar", str(self._next_bar))
            self._next_bar += 1
            self.bars.append(self._bar_box(old))
        new.text = old.text if tag == "tspan" else None
        outside, self._inside_defs = self._inside_defs, self._inside_defs or tag == "defs"
        for child in old:
            copy = self.element(child)
            if copy is not None:
                new.append(copy)
                copy.tail = child.tail if tag == "tspan" and (child.tail or "").strip() else None
        self._inside_defs = outside
        return new

    def _attributes(self, old: ET.Element, new: ET.Element) -> None:
        for name, value in old.items():
            bare = name.rpartition("}")[2]
            if bare == "href" and value.startswith("#"):
                new.set("href", value)
            elif bare == "id" and not name.startswith("{"):
                new.set("id" if self._inside_defs else "data-id", value)
            elif name in _ATTRIBUTES and "(" not in value.removeprefix("translate(").removeprefix("scale(").replace(" scale(", "").replace(" rotate(", ""):  # fmt: skip
                new.set(name, value)

    def _hit(self, old: ET.Element, kind: str) -> ET.Element | None:
        rect = old.find(f"{_SVG}rect")
        if rect is None or kind not in _HIT:
            return None
        x, y, w, h = (float(rect.get(side, "0")) for side in ("x", "y", "width", "height"))
        identity = old.get("id", "").removeprefix("bbox-")
        if w and h:
            self.boxes[identity] = self._pixels(x, y, x + w, y + h)
        hit = ET.Element("rect", {"class": "hit", "fill": "none", "stroke-width": "0"})
        for side, value in (("x", x), ("y", y), ("width", w), ("height", h)):
            hit.set(side, f"{value:g}")
        return hit

    def _bar_box(self, measure: ET.Element) -> Box:
        """From the ends of its staff lines, which Verovio draws first in each staff."""
        xs: list[float] = []
        ys: list[float] = []
        for staff in measure.iter(f"{_SVG}g"):
            if "staff" not in staff.get("class", "").split():
                continue
            for path in staff.findall(f"{_SVG}path"):
                line = _LINE.match(path.get("d", ""))
                if line:
                    x0, y0, x1, y1 = map(float, line.groups())
                    xs += [x0, x1]
                    ys += [y0, y1]
        return self._pixels(min(xs), min(ys), max(xs), max(ys)) if xs else (0.0, 0.0, 0.0, 0.0)

    def _pixels(self, x0: float, y0: float, x1: float, y1: float) -> Box:
        left, top, unit = self._left, self._top, self._unit
        return ((x0 + left) * unit, (y0 + top) * unit, (x1 + left) * unit, (y1 + top) * unit)

    def _text(self, old: ET.Element) -> ET.Element | None:
        """The text; runs in the music font become paths at the places that the bounding boxes tell."""
        new = ET.Element("text")
        self._attributes(old, new)
        for child in old:
            copy = self.element(child)
            if copy is not None:
                new.append(copy)
        if not "".join(new.itertext()).strip():
            return None
        if not any(run.get("font-family") == self._font for run in new.iter("tspan")):
            return new
        group = ET.Element("g", {"class": "sw-text"})
        x, y = float(old.get("x", "0")), float(old.get("y", "0"))
        offset, shift = 0.0, False
        for piece in (p for p in old.iter(f"{_SVG}tspan") if "text" in p.get("class", "").split()):
            copy = self.element(piece)
            if copy is None:
                continue
            runs = [run for run in copy.iter("tspan") if run.get("font-family") == self._font]
            for run in runs:
                offset += self._outline(group, run, x + offset, y)
                run.text, shift = None, True
            if "".join(copy.itertext()).strip():
                words = ET.SubElement(group, "text")
                self._attributes(old, words)
                words.append(copy)
                if shift or len(group) > 1:
                    words.set("x", f"{x + offset:g}")
                    words.attrib.pop("text-anchor", None)
            offset = max(offset, _run_width(piece))
        return group

    def _outline(self, group: ET.Element, run: ET.Element, x: float, y: float) -> float:
        size = float(run.get("font-size", "0").removesuffix("px")) / 1000
        moved = 0.0
        for letter in run.text or "":
            path, advance = glyph(self._font, ord(letter))
            if path:
                place = f"translate({x + moved:g}, {y:g}) scale({size:g}, {-size:g})"
                ET.SubElement(group, "path", {"d": path, "transform": place, "stroke-width": "0"})
            moved += advance * size
        return moved


def _run_width(piece: ET.Element) -> float:
    """Where the run ends, counted from the start of its text: its bounding box says it."""
    rects = [rect for box in piece.findall(f"{_SVG}g") for rect in box.findall(f"{_SVG}rect")]
    return max((float(rect.get("width", "0")) for rect in rects), default=0.0)
