"""Where the ink of a page that Verovio drew lies: the box of each glyph, stem, beam, bar line, slur and dot.

Truth for recognizers: what is drawn is known, so what they find can be compared with it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from xml.etree.ElementTree import Element

import numpy as np
from defusedxml import ElementTree

Corners = tuple[float, float, float, float]

_DRAWN = ("stem", "beam", "barLine", "ledgerLines", "dots", "slur", "tie")
"""Classes of groups whose ink is drawn and not taken from a font."""


@dataclass(frozen=True)
class Mark:
    """A piece of ink. ``kind`` is a glyph's SMuFL code ("E0A4" is a black notehead) or Verovio's class of what is
    drawn: stem, beam, barLine, ledgerLines, dots, slur or tie.

    ``box`` is left, top, right, bottom in pixels of the page; ``size`` is a glyph's share of its full size;
    ``classes`` are those of all groups around it, outermost first.
    """

    kind: str
    box: Corners
    classes: tuple[str, ...]
    size: float = 1.0

    @property
    def is_glyph(self) -> bool:
        """Whether it comes from the music font."""
        return self.kind not in _DRAWN


def marks_of(svg: str, width: float) -> Iterator[Mark]:
    """The marks of one page of Verovio's SVG that is drawn ``width`` pixels wide, in the order of drawing."""
    root = ElementTree.fromstring(svg)
    inner = next(e for e in root.iter() if e.get("class") == "definition-scale")
    view = [float(v) for v in (inner.get("viewBox") or "").split()]
    scale = width / view[2]
    for mark in _walk(inner, (0.0, 0.0), (), _outlines(root)):
        x0, y0, x1, y1 = (v * scale for v in mark.box)
        yield Mark(mark.kind, (x0, y0, x1, y1), mark.classes, mark.size)


def _outlines(root: Element) -> dict[str, str]:
    """The paths of the page's glyphs by the id that the page uses them by."""
    paths = {
        e.get("id") or "": "".join(p.get("d") or "" for p in e)
        for e in root.iter()
        if _tag(e) == "g" and re.match(r"E[0-9A-F]{3}-", e.get("id") or "")
    }
    return paths | {
        e.get("id") or "": next((p.get("d") or "" for p in e.iter() if _tag(p) == "path"), "")
        for e in root.iter()
        if _tag(e) == "symbol"
    }


def _tag(element: Element) -> str:
    return str(element.tag).rsplit("}", 1)[-1]


def _walk(
    element: Element, at: tuple[float, float], above: tuple[str, ...], paths: dict[str, str]
) -> Iterator[Mark]:
    """The marks under an element; `at` is the translation so far and `above` the classes it stands in."""
    moved = re.search(r"translate\(([-0-9.]+)[ ,]+([-0-9.]+)\)", element.get("transform") or "")
    here = (at[0] + float(moved.group(1)), at[1] + float(moved.group(2))) if moved else at
    tag = _tag(element)
    classes = (*above, *(element.get("class") or "").split())
    if tag == "use":
        name = next((v for k, v in element.attrib.items() if k.endswith("href")), "").lstrip("#")
        box = _path_box(paths.get(name, ""))
        found = re.search(r"scale\(([-0-9.]+)", element.get("transform") or "")
        size = float(found.group(1)) if found else 1.0
        if box:
            # Glyphs are drawn upside down in their own units.
            corners = (
                here[0] + box[0] * size,
                here[1] - box[3] * size,
                here[0] + box[2] * size,
                here[1] - box[1] * size,
            )
            yield Mark(name[:4], corners, classes, size)
        return
    if tag in ("path", "polygon", "polyline", "ellipse", "rect"):
        yield from _drawn(element, tag, here, classes)
    for child in element:
        yield from _walk(child, here, classes, paths)


def _drawn(element: Element, tag: str, at: tuple[float, float], classes: tuple[str, ...]) -> Iterator[Mark]:
    kind = next((name for name in _DRAWN if name in classes), None)
    if kind is None or (kind == "beam" and tag not in {"polygon", "path", "ellipse", "rect"}):
        return
    if tag == "ellipse":
        if kind == "dots" or "barLine" in classes:
            cx, cy, rx, ry = (float(element.get(k) or 0) for k in ("cx", "cy", "rx", "ry"))
            yield Mark("dots", _shifted((cx - rx, cy - ry, cx + rx, cy + ry), at), classes)
        return
    if tag == "rect":
        x, y, w, h = (float(element.get(k) or 0) for k in ("x", "y", "width", "height"))
        yield Mark(kind, (at[0] + x, at[1] + y, at[0] + x + w, at[1] + y + h), classes)
        return
    numbers = [float(v) for v in re.findall(r"-?[0-9.]+", element.get("points") or element.get("d") or "")]
    xs, ys = np.array(numbers[0::2]), np.array(numbers[1::2])
    if not len(xs) or len(xs) != len(ys):
        return
    if kind in ("stem", "barLine"):
        half = float(element.get("stroke-width") or 0) / 2
        xs = np.concatenate([xs - half, xs + half])
        if ys.max() - ys.min() < 10:
            return
    yield Mark(kind, _shifted((xs.min(), ys.min(), xs.max(), ys.max()), at), classes)


def _shifted(box: Corners, at: tuple[float, float]) -> Corners:
    return (at[0] + box[0], at[1] + box[1], at[0] + box[2], at[1] + box[3])


@lru_cache(maxsize=512)
def _path_box(path: str) -> Corners | None:
    """The box of an SVG path in its own units."""
    from fontTools.pens.boundsPen import BoundsPen
    from fontTools.svgLib.path import parse_path

    if not path:
        return None
    pen = BoundsPen(None)
    parse_path(path, pen)
    bounds: Corners | None = pen.bounds
    return bounds
