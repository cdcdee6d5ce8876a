"""Pages set by MuseScore, their signs told by the classes of its SVG and, among glyphs of a class, by likeness to Verovio's."""

from __future__ import annotations

import os
import re
import subprocess
import tempfile
from collections import defaultdict
from dataclasses import dataclass, replace
from functools import lru_cache
from importlib.resources import files
from itertools import pairwise
from pathlib import Path

import cv2
import numpy as np
from defusedxml import ElementTree
from numpy.typing import NDArray

from models.arrays import Box
from models.read.primitives.learned.classes import POSITIONED
from models.read.training.detector.boxes import path_box
from models.read.training.detector.engraving import PACK_SPACE, MarkedPage, drawn, words
from models.read.training.detector.signs import GLYPHS, Marked, StaffPlace, barred

MUSIC_FONTS = ("Emmentaler", "Bravura", "Gonville", "MuseJazz")
"""The music fonts of MuseScore 3."""

_SECONDS = 60
_CANDIDATES = {
    "Note": ("solid_head", "hollow_head", "whole_head"),
    "Rest": ("whole_rest", "half_rest", "quarter_rest", "eighth_rest", "sixteenth_rest", "thirty_second_rest"),
    "Accidental": ("sharp", "flat", "natural", "double_sharp", "double_flat"),
    "KeySig": ("sharp", "flat", "natural"),
    "Clef": ("treble_clef", "bass_clef", "alto_clef"),
    "Hook": ("flag_up", "flag_down", "flag_up_16", "flag_down_16", "flag_up_32", "flag_down_32"),
    "TimeSig": (*(f"digit_{n}" for n in range(10)), "common_time", "cut_time"),
    "Articulation": ("staccato_dot", "fermata", "articulation"),
}  # fmt: skip
_PLAIN = {
    "Stem": "stem", "LedgerLine": "ledger", "Beam": "beam", "NoteDot": "augmentation_dot", "SlurSegment": "slur",
    "TieSegment": "tie", "Fermata": "fermata", "Dynamic": "dynamic", "Arpeggio": "arpeggio", "Ornament": "ornament",
    "Tremolo": "tremolo", "Breath": "articulation",
}  # fmt: skip
_JOINED = {"HairpinSegment": "hairpin", "VoltaSegment": "volta"}
_TEXTS = (
    "Lyrics", "Text", "StaffText", "SystemText", "Tempo", "Harmony", "InstrumentName", "MeasureNumber", "RehearsalMark",
    "Fingering", "InstrumentChange", "FiguredBass",
)  # fmt: skip
_SHAPE = re.compile(r'<(path|polyline) class="(\w+)"([^>]*?)/>')
_SIDE = 32
_GRACE = 0.86  # of a head's usual width
_TRILL = 1.5  # staff spaces of height from which an articulation is an ornament
_FAR = 2.6  # staff spaces beyond a staff from which a position may be another staff's


@dataclass(frozen=True)
class _Item:
    tag: str
    kind: str
    box: Box
    outline: str
    curved: bool = False


def musescore_pages(score: Path, rng: np.random.Generator, *, most: int = 2) -> list[MarkedPage]:
    """Up to `most` pages, drawn by chance, of a score file in a style drawn by chance; [] where MuseScore refuses it."""
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        (folder / "style.mss").write_text(_style(rng), encoding="utf-8")
        command = ["mscore3", "-S", str(folder / "style.mss"), "-o", str(folder / "page.svg"), str(score)]
        try:
            subprocess.run(  # noqa: S603 - our own arguments
                command,
                capture_output=True,
                check=False,
                timeout=_SECONDS,
                env={**os.environ, "QT_QPA_PLATFORM": "offscreen"},
            )
        except (OSError, subprocess.TimeoutExpired):
            return []
        made = sorted(folder.glob("page*.svg"))
        chosen = [made[int(n)] for n in rng.permutation(len(made))[:most]]
        pages = [_page(f.read_text(encoding="utf-8")) for f in chosen]
    return [p for p in pages if p is not None]


def _style(rng: np.random.Generator) -> str:
    told = {
        "musicalSymbolFont": rng.choice(MUSIC_FONTS, p=[0.45, 0.25, 0.2, 0.1]),
        "Spatium": f"{rng.uniform(1.5, 2.0):.3f}",
        "staffLineWidth": f"{rng.uniform(0.05, 0.12):.3f}",
        "stemWidth": f"{rng.uniform(0.09, 0.16):.3f}",
        "barWidth": f"{rng.uniform(0.1, 0.22):.3f}",
        "beamWidth": f"{rng.uniform(0.42, 0.58):.3f}",
        "ledgerLineWidth": f"{rng.uniform(0.1, 0.2):.3f}",
        "SlurMidWidth": f"{rng.uniform(0.12, 0.26):.3f}",
        "minNoteDistance": f"{rng.uniform(0.15, 0.5):.3f}",
        "minSystemDistance": f"{rng.uniform(6.5, 10):.2f}",
    }
    rows = "".join(f"<{k}>{v}</{k}>" for k, v in told.items())
    return (
        f'<?xml version="1.0" encoding="UTF-8"?><museScore version="3.01"><Style>{rows}</Style></museScore>'
    )


def _page(svg: str) -> MarkedPage | None:
    size = re.search(r'viewBox="0 0 ([0-9.]+) ([0-9.]+)"', svg)
    items = [i for m in _SHAPE.finditer(svg) if (i := _item(m)) is not None]
    staves = _staves(items)
    full = [s for s in staves if s.lines == 5]
    if size is None or not full:
        return None
    space = float(np.median([s.space for s in full]))
    pixels = round(float(size.group(1)) * PACK_SPACE / space)
    scale = pixels / float(size.group(1))
    found = _told(items, full, space)
    grey = drawn(svg, pixels)
    texts = drawn(_SHAPE.sub(lambda m: m.group(0) if m.group(2) in _TEXTS else "", svg), pixels)
    signs = [
        replace(m, box=(m.box[0] * scale, m.box[1] * scale, m.box[2] * scale, m.box[3] * scale))
        for m in found
    ]
    places = [
        StaffPlace(s.x0 * scale, s.top * scale, s.x1 * scale, s.bottom * scale, s.lines) for s in staves
    ]
    return MarkedPage(grey, PACK_SPACE, (*signs, *words(texts)), tuple(places))


def _item(found: re.Match[str]) -> _Item | None:
    tag, kind, rest = found.groups()
    stroke = re.search(r'stroke-width="([0-9.]+)"', rest)
    half = float(stroke.group(1)) / 2 if stroke else 0.0
    outline = ""
    if tag == "polyline":
        v = [float(n) for n in re.findall(r"-?[0-9.]+", (re.search(r'points="([^"]*)"', rest) or [""])[0])]
        if len(v) < 4:
            return None
        x0, y0, x1, y1 = min(v[0::2]), min(v[1::2]), max(v[0::2]), max(v[1::2])
        wide, high = (half, 0.0) if x0 == x1 else (0.0, half) if y0 == y1 else (half, half)
        return _Item(tag, kind, (x0 - wide, y0 - high, x1 + wide, y1 + high), "")
    path = re.search(r' d="([^"]*)"', rest)
    bounds = path_box(path.group(1)) if path else None
    if bounds is None or path is None:
        return None
    moved = re.search(r'transform="matrix\(([^)]*)\)"', rest)
    if moved:
        a, b, c, d, e, f = (float(n) for n in moved.group(1).split(","))
        outline = path.group(1)
        xs = [a * x + c * y + e for x in bounds[0::2] for y in bounds[1::2]]
        ys = [b * x + d * y + f for x in bounds[0::2] for y in bounds[1::2]]
        bounds = (min(xs), min(ys), max(xs), max(ys))
    x0, y0, x1, y1 = bounds
    return _Item(tag, kind, (x0 - half, y0 - half, x1 + half, y1 + half), outline, "C" in path.group(1))


def _staves(items: list[_Item]) -> list[StaffPlace]:
    rows = sorted(
        {
            (round(i.box[0], 1), round(i.box[2], 1), (i.box[1] + i.box[3]) / 2)
            for i in items
            if i.kind == "StaffLines"
        },
        key=lambda r: (r[2], r[0]),
    )
    found, n = [], 0
    while n < len(rows):
        group = rows[n : n + 5]
        gaps = np.diff([g[2] for g in group])
        if len(group) == 5 and gaps.max() < 1.05 * gaps.min() and all(g[:2] == group[0][:2] for g in group):
            found.append(StaffPlace(group[0][0], group[0][2], group[0][1], group[4][2], 5))
            n += 5
        else:
            found.append(StaffPlace(rows[n][0], rows[n][2], rows[n][1], rows[n][2], 1))
            n += 1
    return found


def _told(  # noqa: PLR0912
    items: list[_Item], staves: list[StaffPlace], space: float
) -> list[Marked]:
    out: list[Marked] = []
    joined: dict[str, list[Box]] = defaultdict(list)
    stems = [i.box for i in items if i.kind == "Stem"]
    strokes: list[tuple[Box, str]] = []
    for i in items:
        wide, high = (i.box[2] - i.box[0]) / space, (i.box[3] - i.box[1]) / space
        if i.kind == "BarLine":
            if i.tag == "polyline" and high > 1:
                strokes.append((i.box, "bar_line"))
            elif i.tag == "path" and high < 1:
                out.append(Marked("repeat_dot", i.box))
        elif i.kind == "Bracket":
            strokes.append((i.box, "brace" if i.curved else "bracket"))
        elif i.kind == "Tuplet":
            if i.tag == "path":
                out.append(Marked("tuplet_digit", i.box))
            else:
                joined["tuplet_bracket"].append(i.box)
        elif i.kind in _JOINED and i.tag == "polyline":
            joined[_JOINED[i.kind]].append(i.box)
        elif i.kind in _CANDIDATES:
            name = likest(i.outline, i.kind, round(wide, 2), round(high, 2))
            if name in ("solid_head", "hollow_head") and wide < _GRACE * 1.18:
                name = "grace_head"
            if name == "articulation" and high > _TRILL:
                name = "ornament"
            out.append(_placed(Marked(name, i.box), staves, stems, space))
        elif i.kind in _PLAIN and not (i.kind == "Stem" and high < 0.8):
            out.append(Marked(_PLAIN[i.kind], i.box))
    for name, boxes in joined.items():
        out += [
            Marked(name, b)
            for b in _clustered(boxes, 1.5 * space if name == "tuplet_bracket" else 0.2 * space)
        ]
    return out + barred(strokes, staves)


def _clustered(boxes: list[Box], gap: float) -> list[Box]:
    """Boxes that touch or stand level within a gap, joined."""
    out: list[Box] = []
    for box in sorted(boxes):
        for n, other in enumerate(out):
            if (
                box[0] < other[2] + gap
                and other[0] < box[2] + gap
                and box[1] < other[3] + 1.0
                and other[1] < box[3] + 1.0
            ):
                out[n] = (
                    min(box[0], other[0]),
                    min(box[1], other[1]),
                    max(box[2], other[2]),
                    max(box[3], other[3]),
                )
                break
        else:
            out.append(box)
    return out


def _placed(m: Marked, staves: list[StaffPlace], stems: list[Box], space: float) -> Marked:
    if m.name not in POSITIONED:
        return m
    x, y = (m.box[0] + m.box[2]) / 2, (m.box[1] + m.box[3]) / 2
    if m.name in ("flat", "double_flat"):
        y = m.box[3] - 0.65 * space
    near = sorted(
        (abs(y - (s.top + s.bottom) / 2), n) for n, s in enumerate(staves) if s.x0 - 1 <= x <= s.x1 + 1
    )
    if not near:
        return m
    own = staves[near[0][1]]
    sure = near[0][0] < (2 + _FAR) * space or len(near) == 1 or near[1][0] > 1.6 * near[0][0]
    stem = 0
    if m.name.endswith("_head"):
        for b in stems:
            beside = (
                min(abs(b[0] - m.box[2]), abs(b[2] - m.box[0]), abs(b[2] - m.box[2]), abs(b[0] - m.box[0]))
                < 0.2 * space
            )
            if beside and b[1] - 0.4 * space < y < b[3] + 0.4 * space:
                stem = 1 if (b[1] + b[3]) / 2 < y else 2
                break
    return replace(m, position=(own.bottom - y) / (own.space / 2) if sure else m.position, stem=stem)


@lru_cache(maxsize=2048)
def likest(outline: str, kind: str, wide: float, high: float) -> str:
    """The class that a glyph is likest, among those that MuseScore's class leaves: by form and by size in staff spaces."""
    form = _raster(outline, flipped=False)
    best, most = "articulation" if kind == "Articulation" else _CANDIDATES[kind][0], -1.0
    for name, other, (w, h) in _verovio_glyphs():
        if name not in _CANDIDATES[kind]:
            continue
        both = float(np.minimum(form, other).sum() / max(np.maximum(form, other).sum(), 1e-6))
        size = min(wide, w) / max(wide, w, 1e-6) * min(high, h) / max(high, h, 1e-6)
        if both * (0.5 + 0.5 * size) > most:
            best, most = name, both * (0.5 + 0.5 * size)
    return best


def _raster(outline: str, *, flipped: bool) -> NDArray[np.float32]:
    from fontTools.pens.recordingPen import RecordingPen
    from fontTools.svgLib.path import parse_path

    bounds = path_box(outline)
    if bounds is None:
        return np.zeros((_SIDE, _SIDE), np.float32)
    pen = RecordingPen()
    parse_path(outline, pen)
    low = np.array(bounds[:2])
    size = np.maximum(np.array(bounds[2:]) - low, 1e-3)
    loops: list[NDArray[np.int32]] = []
    points: list[NDArray[np.float64]] = []
    for step, arguments in pen.value:
        at = [np.array(p, float) for p in arguments]
        if step == "moveTo":
            points = [at[0]]
        elif step == "lineTo":
            points.append(at[0])
        elif step in ("curveTo", "qCurveTo"):
            control = [points[-1], *at]
            for t in np.linspace(0.1, 1, 10):
                level = control
                while len(level) > 1:
                    level = [(1 - t) * p + t * q for p, q in pairwise(level)]
                points.append(level[0])
        if step in ("closePath", "endPath") and len(points) > 2:
            loops.append(np.rint((np.array(points) - low) / size * (_SIDE * 16 - 1)).astype(np.int32))
    picture = np.zeros((_SIDE * 16, _SIDE * 16), np.uint8)
    cv2.fillPoly(picture, loops, 255)
    small = cv2.resize(picture, (_SIDE, _SIDE), interpolation=cv2.INTER_AREA)
    form = np.asarray(small[::-1] if flipped else small, np.float32) / np.float32(255)
    return np.ascontiguousarray(form, np.float32)


@lru_cache(maxsize=1)
def _verovio_glyphs() -> tuple[tuple[str, NDArray[np.float32], tuple[float, float]], ...]:
    found = []
    for folder in sorted((Path(str(files("verovio"))) / "data").iterdir()):
        if not folder.is_dir():
            continue
        for file in sorted(folder.glob("E*.xml")):
            name = GLYPHS.get(file.stem[:4]) or (
                "articulation" if "E4A0" <= file.stem[:4] <= "E4BF" else None
            )
            name = "fermata" if file.stem[:4] in ("E4C0", "E4C1") else name
            if name is None or name == "tuplet_digit":
                continue
            root = ElementTree.fromstring(file.read_text(encoding="utf-8"))
            outline = "".join(p.get("d") or "" for p in root.iter() if str(p.tag).endswith("path"))
            bounds = path_box(outline)
            if bounds:
                size = ((bounds[2] - bounds[0]) / 250, (bounds[3] - bounds[1]) / 250)
                found.append((name, _raster(outline, flipped=True), size))
    return tuple(found)
