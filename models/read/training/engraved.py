"""Pages engraved by Verovio with the box of every sign on them: truth for prototypes and benchmarks.

Used only to train and to measure: Verovio, CairoSVG and fontTools come with requirements-dev.txt.
"""

from __future__ import annotations

import re
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files
from pathlib import Path
from typing import Any
from xml.etree.ElementTree import Element

import cv2
import numpy as np
from defusedxml import ElementTree
from numpy.typing import NDArray

from models.read.primitives import LABELS
from models.sheet.page import Grey

FONTS = ("Leipzig", "Bravura", "Gootville", "Leland", "Petaluma")
"""The music fonts that Verovio ships."""

_GLYPHS = {
    "E0A2": "whole_head", "E0A3": "hollow_head", "E0A4": "solid_head", "E050": "treble_clef", "E052": "treble_clef",
    "E053": "treble_clef", "E062": "bass_clef", "E05C": "alto_clef", "E07A": "treble_clef", "E07C": "bass_clef", "E07B": "alto_clef",
    "E260": "flat", "E261": "natural", "E262": "sharp", "E263": "double_sharp", "E264": "double_flat",
    "E4E3": "whole_rest", "E4E4": "half_rest", "E4E5": "quarter_rest", "E4E6": "eighth_rest", "E4E7": "sixteenth_rest",
    "E4E8": "thirty_second_rest", "E240": "flag_up", "E241": "flag_down", "E242": "flag_up_16", "E243": "flag_down_16",
    "E244": "flag_up_32", "E245": "flag_down_32", "E08A": "common_time", "E08B": "cut_time", "E4C0": "fermata",
    "E4C1": "fermata", "E000": "brace", "E044": "dot", "E1E7": "dot", "E4A2": "dot", "E4A3": "dot",
    **{f"E08{n}": f"digit_{n}" for n in range(10)}, **{f"E88{n}": "tuplet_digit" for n in range(10)},
}  # fmt: skip


@dataclass(frozen=True)
class Sign:
    """A sign on an engraved page: its label and its box x0, y0, x1, y1 in pixels."""

    label: str
    box: tuple[float, float, float, float]


@dataclass(frozen=True)
class EngravedPage:
    """A page as uint8 (H, W) with its signs, and the staff space it was drawn at."""

    grey: Grey
    signs: tuple[Sign, ...]
    space: float
    font: str


def music_xml(score: Path) -> str:
    """The MusicXML text in a .mxl file, or of a plain one; ValueError where there is none of a usable size."""
    if score.suffix != ".mxl":
        return score.read_text(encoding="utf-8")
    with zipfile.ZipFile(score) as archive:
        inside = [i for i in archive.infolist() if not i.filename.startswith("META-INF")]
        inside = [i for i in inside if i.filename.endswith((".xml", ".musicxml"))]
        if not inside or inside[0].file_size > 4_000_000:
            raise ValueError(f"{score.name} holds no MusicXML of a usable size")
        return archive.read(inside[0]).decode("utf-8", errors="replace")


def engraved(score: Path, *, font: str, space: float, pages: int = 1, seed: int = 0) -> list[EngravedPage]:
    """The first `pages` pages of a score in a music font, `space` pixels to a staff space; [] where it fails."""
    import cairosvg
    import verovio

    rng = np.random.default_rng(seed)
    verovio.enableLog(verovio.LOG_OFF)
    toolkit = verovio.toolkit(False)
    toolkit.setResourcePath(str(files("verovio") / "data"))
    unit, width = 9.0, int(rng.integers(1500, 2500))
    toolkit.setOptions(
        {
            "font": font, "unit": unit, "pageWidth": width, "pageHeight": int(width * 1.4), "scale": 100, "svgViewBox": True,
            "footer": "none", "header": str(rng.choice(["auto", "none"])), "breaks": "auto", "pageMarginLeft": 60, "pageMarginRight": 60,
            "staffLineWidth": float(rng.uniform(0.12, 0.24)), "stemWidth": float(rng.uniform(0.15, 0.3)),
            "barLineWidth": float(rng.uniform(0.2, 0.4)), "spacingLinear": float(rng.uniform(0.2, 0.35)),
        }
    )  # fmt: skip
    try:
        if not toolkit.loadData(music_xml(score)):
            return []
    except (ValueError, zipfile.BadZipFile, OSError):
        return []
    made = []
    for number in range(1, min(pages, toolkit.getPageCount()) + 1):
        svg = toolkit.renderToSVG(number)
        picture = cairosvg.svg2png(
            bytestring=svg.encode(), output_width=round(width * space / (2 * unit)), background_color="white"
        )
        grey = np.asarray(cv2.imdecode(np.frombuffer(picture, np.uint8), cv2.IMREAD_GRAYSCALE), np.uint8)
        made.append(EngravedPage(grey, tuple(_signs(svg, grey.shape[1])), space, font))
    return made


def worn(page: EngravedPage, rng: np.random.Generator) -> EngravedPage:
    """The page as a scanner or a printer might deliver it: blurred, thinned or thickened, noisy, unevenly lit."""
    grey: NDArray[Any] = page.grey.astype(np.float32)
    thick = rng.uniform(-0.45, 0.45)
    if abs(thick) > 0.15:
        soft = cv2.GaussianBlur(grey, (0, 0), page.space * 0.035)
        grey = np.clip((soft - 128) * rng.uniform(1.5, 4.0) + 128 - thick * 200, 0, 255)
    if rng.random() < 0.7:
        grey = np.asarray(cv2.GaussianBlur(grey, (0, 0), float(rng.uniform(0.2, 0.09 * page.space))))
    low, high = rng.uniform(0, 90), rng.uniform(200, 255)
    grey = low + grey * (high - low) / 255
    grey += rng.normal(0, rng.uniform(0, 9), grey.shape)
    if rng.random() < 0.3:
        grey = np.where(grey < rng.uniform(100, 160), 0.0, 255.0)
    return EngravedPage(np.clip(grey, 0, 255).astype(np.uint8), page.signs, page.space, page.font)


def _signs(svg: str, width: int) -> Iterator[Sign]:
    root = ElementTree.fromstring(svg)
    inner = next(e for e in root.iter() if e.get("class") == "definition-scale")
    view = [float(v) for v in (inner.get("viewBox") or "").split()]
    scale = width / view[2]
    paths = {
        e.get("id") or "": "".join(p.get("d") or "" for p in e)
        for e in root.iter()
        if _tag(e) == "g" and re.match(r"E[0-9A-F]{3}-", e.get("id") or "")
    }
    paths |= {
        e.get("id") or "": next((p.get("d") or "" for p in e.iter() if _tag(p) == "path"), "")
        for e in root.iter()
        if _tag(e) == "symbol"
    }
    for sign in _walk(inner, (0.0, 0.0), (), paths):
        x0, y0, x1, y1 = (v * scale for v in sign.box)
        yield Sign(sign.label, (x0, y0, x1, y1))


def _tag(element: Element) -> str:
    return str(element.tag).rsplit("}", 1)[-1]


def _walk(
    element: Element, at: tuple[float, float], above: tuple[str, ...], paths: dict[str, str]
) -> Iterator[Sign]:
    """The signs under an element; `at` is the translation so far and `above` the classes it stands in."""
    moved = re.search(r"translate\(([-0-9.]+)[ ,]+([-0-9.]+)\)", element.get("transform") or "")
    here = (at[0] + float(moved.group(1)), at[1] + float(moved.group(2))) if moved else at
    tag = _tag(element)
    classes = (*above, *(element.get("class") or "").split())
    if tag == "use":
        name = next((v for k, v in element.attrib.items() if k.endswith("href")), "").lstrip("#")
        box = _path_box(paths.get(name, ""))
        size = re.search(r"scale\(([-0-9.]+)", element.get("transform") or "")
        label = _label(name[:4], float(size.group(1)) if size else 1.0, classes)
        if box and label:
            s = float(size.group(1)) if size else 1.0
            # glyphs are drawn upside down in their own units
            yield Sign(
                label,
                (here[0] + box[0] * s, here[1] - box[3] * s, here[0] + box[2] * s, here[1] - box[1] * s),
            )
        return
    if tag in ("path", "polygon", "polyline", "ellipse", "rect"):
        yield from _drawn(element, tag, here, classes)
    for child in element:
        yield from _walk(child, here, classes, paths)


def _label(code: str, size: float, classes: tuple[str, ...]) -> str | None:
    label = _GLYPHS.get(code)
    if label in ("solid_head", "hollow_head") and ("graceGrp" in classes or size < 0.6):
        return "grace_head"
    if label is None:
        if code.startswith("E5") and code < "E550":
            return "dynamic"
        return "ornament" if code.startswith(("E4", "E5")) else None
    if "dynam" in classes:
        return "dynamic"
    return label if label in LABELS else None


def _drawn(  # noqa: PLR0911
    element: Element, tag: str, at: tuple[float, float], classes: tuple[str, ...]
) -> Iterator[Sign]:
    label = next(
        (
            found
            for cls, found in (
                ("stem", "stem"), ("beam", "beam"), ("barLine", "bar_line"), ("ledgerLines", "ledger"), ("dots", "dot"),
                ("slur", "slur"), ("tie", "slur"),
            )
            if cls in classes
        ),
        None,
    )  # fmt: skip
    if label is None:
        return
    if tag == "ellipse":
        if label != "dot" and "barLine" not in classes:
            return
        cx, cy, rx, ry = (float(element.get(k) or 0) for k in ("cx", "cy", "rx", "ry"))
        yield Sign("dot", (at[0] + cx - rx, at[1] + cy - ry, at[0] + cx + rx, at[1] + cy + ry))
        return
    if tag == "rect":
        x, y, w, h = (float(element.get(k) or 0) for k in ("x", "y", "width", "height"))
        yield Sign(label, (at[0] + x, at[1] + y, at[0] + x + w, at[1] + y + h))
        return
    if label == "beam" and tag not in {"polygon", "path"}:
        return
    numbers = [float(v) for v in re.findall(r"-?[0-9.]+", element.get("points") or element.get("d") or "")]
    xs, ys = np.array(numbers[0::2]), np.array(numbers[1::2])
    if not len(xs) or len(xs) != len(ys):
        return
    half = float(element.get("stroke-width") or 0) / 2
    if label in ("stem", "bar_line"):
        xs = np.concatenate([xs - half, xs + half])
        if ys.max() - ys.min() < 10:
            return
    yield Sign(label, (at[0] + xs.min(), at[1] + ys.min(), at[0] + xs.max(), at[1] + ys.max()))


@lru_cache(maxsize=512)
def _path_box(path: str) -> tuple[float, float, float, float] | None:
    """The box of an SVG path in its own units."""
    from fontTools.pens.boundsPen import BoundsPen
    from fontTools.svgLib.path import parse_path

    if not path:
        return None
    pen = BoundsPen(None)
    parse_path(path, pen)
    bounds: tuple[float, float, float, float] | None = pen.bounds
    return bounds
