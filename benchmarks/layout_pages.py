"""Pages whose true layout is known: engraved by Verovio, worn as scans are, and two works on one page."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice, pairwise
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import cv2
import numpy as np
import numpy.typing as npt

from benchmarks.reading_marks import musicxml_root
from benchmarks.reading_sets import DATA, LARGEST_SCORE, first_bars
from models.arrays import Grey
from models.notation.engraving.raster import grey_of
from models.notation.engraving.toolkit import lay_out
from models.notation.errors import NotationError
from models.read.training.splits import Part, part_of_work

KINDS = ("engraved", "scan", "worn", "mixed")
"""As engraved; as a mild scan; as a scan whose left edge and bar lines have suffered; two works on one worn page."""

_DPI = 200
_WIDTH, _HEIGHT = 2100, 2970  # a page in tenths of a millimetre
_PIXELS = round(_WIDTH / 254 * _DPI)
_SPACE = 18 * _PIXELS / _WIDTH  # pixels of a staff space
_BARS = 28
_FONTS = ("Bravura", "Leland", "Leipzig", "Gootville")
_LINE_WIDTHS = (0.15, 0.2, 0.26)  # of a staff line in half staff spaces
_SVG = "{http://www.w3.org/2000/svg}"
_LINE = re.compile(r"M(-?[\d.]+) (-?[\d.]+) L(-?[\d.]+) (-?[\d.]+)")

Points = npt.NDArray[np.float64]


@dataclass(frozen=True)
class TrueSystem:
    """A system as drawn: each staff's box (left, top, right, bottom) and the bounds of its bars from left to right.

    `staves` is float64 (staves, 4), `bounds` (bars + 1,): columns half way down the system; all in pixels.
    """

    staves: Points
    bounds: Points


@dataclass(frozen=True)
class LaidPage:
    """A page as uint8 (H, W) with its systems from the top down, and the staff space in pixels."""

    name: str
    kind: str
    grey: Grey
    systems: tuple[TrueSystem, ...]
    space: float


def laid_pages(part: Part, limit: int) -> Iterator[LaidPage]:
    """The pages of each of `KINDS`, of `limit` works for voice and piano and `limit` others of one part of the data."""
    drawn = list(islice(_drawn(_works("lieder/mxl", part), seed=1), limit))
    drawn += islice(_drawn(_works("pdmx", part), seed=2), limit)
    for page in drawn:
        yield page
    for page in drawn:
        yield _scanned(page, "scan")
    for page in drawn:
        yield _scanned(_worn(page), "worn")
    for upper, lower in pairwise(drawn):
        joined = _stacked(upper, lower)
        if joined is not None:
            yield _scanned(_worn(joined), "mixed")


def _works(folder: str, part: Part) -> list[Path]:
    files = [p for p in (DATA / folder).glob("*.mxl") if part_of_work(p.stem) == part]
    if folder == "pdmx":
        files = [p for p in files if p.stat().st_size < LARGEST_SCORE]
    return sorted(files, key=lambda p: hashlib.sha1(p.stem.encode()).hexdigest())  # noqa: S324 - an order, no secret


def _drawn(works: Sequence[Path], seed: int) -> Iterator[LaidPage]:
    for number, work in enumerate(works):
        font = _FONTS[(number + seed) % len(_FONTS)]
        try:
            text = ET.tostring(first_bars(musicxml_root(work), _BARS), encoding="unicode")
            options = {"font": font, "scale": 100, "pageWidth": _WIDTH, "pageHeight": _HEIGHT, "svgViewBox": True,
                       "header": "none", "footer": "none", "staffLineWidth": _LINE_WIDTHS[number % 3]}  # fmt: skip
            svg = lay_out(text, options).svg()
        except (NotationError, KeyError, ET.ParseError):
            continue
        systems = true_systems(svg, _PIXELS)
        bars = sum(len(s.bounds) - 1 for s in systems)
        if len(systems) < 2 or bars < 8 or svg.count('class="note"') > 80 * bars:
            continue
        yield LaidPage(f"{work.stem[:12]}-{font}", "engraved", grey_of(svg, width=_PIXELS), systems, _SPACE)


def true_systems(svg: str, width: int) -> tuple[TrueSystem, ...]:
    """The systems of a page drawn by Verovio, `width` pixels wide: staff lines are drawn bar by bar, so they tell all."""
    root = ET.fromstring(svg)  # noqa: S314 - our own drawing
    inner = next(e for e in root.iter(f"{_SVG}svg") if e.get("class") == "definition-scale")
    scale = width / float((inner.get("viewBox") or "").split()[2])
    margin = next(e for e in root.iter(f"{_SVG}g") if e.get("class") == "page-margin")
    shift = np.array([float(v) for v in re.findall(r"-?[\d.]+", margin.get("transform") or "0 0")[:2]])
    out = []
    for system in (e for e in root.iter(f"{_SVG}g") if e.get("class") == "system"):
        bars = []
        for measure in (e for e in system if (e.get("class") or "") == "measure"):
            staves = [_box(e) for e in measure if (e.get("class") or "") == "staff"]
            bars.append([box for box in staves if box is not None])
        bars = [b for b in bars if b]
        if not bars or len({len(b) for b in bars}) > 1:
            continue
        told = (np.array(bars) + np.tile(shift, 2)) * scale  # bars, staves, 4
        staves = np.concatenate([told[0, :, :2], told[-1, :, 2:]], axis=1)
        bounds = np.append(told[:, 0, 0], told[-1, 0, 2])
        out.append(TrueSystem(staves, bounds))
    return tuple(out)


def _box(staff: ET.Element) -> list[float] | None:
    """Left, top, right, bottom of a staff's five lines; None for a staff of another kind."""
    found = [_LINE.fullmatch(e.get("d") or "") for e in staff if e.tag == f"{_SVG}path"]
    lines = [[float(v) for v in m.groups()] for m in found if m is not None]
    if len(lines) != 5:
        return None
    return [min(v[0] for v in lines), lines[0][1], max(v[2] for v in lines), lines[-1][1]]


def _seed(name: str) -> np.random.Generator:
    return np.random.default_rng(int(hashlib.sha1(name.encode()).hexdigest()[:8], 16))  # noqa: S324 - a seed


def _scanned(page: LaidPage, kind: str) -> LaidPage:
    """The page as a scanner delivers it: tilted by up to a degree, soft, noisy, grey, JPEG."""
    rng = _seed(page.name + kind)
    height, width = page.grey.shape
    turn = cv2.getRotationMatrix2D((width / 2, height / 2), float(rng.uniform(-0.8, 0.8)), 1.0)
    tilted = cv2.warpAffine(page.grey, turn, (width, height), flags=cv2.INTER_LINEAR, borderValue=255)
    soft = cv2.GaussianBlur(tilted, (0, 0), float(rng.uniform(0.5, 0.9))).astype(np.float32)
    soft = 30 + soft * (235 - 30) / 255 + rng.normal(0, 5, soft.shape)
    packed = cv2.imencode(".jpg", np.clip(soft, 0, 255).astype(np.uint8), [cv2.IMWRITE_JPEG_QUALITY, 60])[1]
    grey = np.asarray(cv2.imdecode(packed, cv2.IMREAD_GRAYSCALE), np.uint8)
    return LaidPage(page.name, kind, grey, tuple(_turned(s, turn) for s in page.systems), page.space)


def _turned(system: TrueSystem, turn: Any) -> TrueSystem:  # noqa: ANN401 - (2, 3) of whatever OpenCV returns
    middle = 0.5 * (system.staves[0, 1] + system.staves[-1, 3])

    def moved(points: Points) -> Points:
        return points @ turn[:, :2].T + turn[:, 2]

    staves = np.concatenate([moved(system.staves[:, :2]), moved(system.staves[:, 2:])], axis=1)
    bounds = moved(np.stack([system.bounds, np.full(len(system.bounds), middle)], axis=1))[:, 0]
    return TrueSystem(staves, bounds)


def _worn(page: LaidPage) -> LaidPage:
    """The page with the left edge of some systems gone, some bar lines not drawn through, and specks."""
    rng = _seed(page.name + "worn")
    grey = page.grey.copy()
    through = rng.random() < 0.5  # old prints draw bar lines staff by staff
    for system in page.systems:
        faint = rng.random() < 0.6
        for upper, lower in pairwise(system.staves):
            top, bottom = upper[3] + 0.3 * page.space, lower[1] - 0.3 * page.space
            if faint:
                from_, to = sorted(rng.uniform(top, bottom, 2)) if rng.random() < 0.4 else (top, bottom)
                _wiped(grey, 0.0, system.bounds[0] + 0.4 * page.space, from_, to)
            for x in system.bounds[1:]:
                if not through or rng.random() < 0.1:
                    _wiped(grey, x - 0.9 * page.space, x + 0.4 * page.space, top, bottom)
    count = int(rng.integers(40, 200))
    for x, y in zip(rng.uniform(0, grey.shape[1], count), rng.uniform(0, grey.shape[0], count), strict=True):
        cv2.circle(grey, (int(x), int(y)), int(rng.integers(0, 2)), int(rng.integers(0, 120)), -1)
    return LaidPage(page.name, "worn", grey, page.systems, page.space)


def _wiped(grey: Grey, x0: float, x1: float, y0: float, y1: float) -> None:
    grey[max(0, round(y0)) : max(0, round(y1)), max(0, round(x0)) : max(0, round(x1))] = 255


def _stacked(upper: LaidPage, lower: LaidPage) -> LaidPage | None:
    """The first systems of one page above those of another with another number of staves; None where there are none."""
    if len(upper.systems[0].staves) == len(lower.systems[0].staves):
        return None
    height = upper.grey.shape[0]
    kept = [s for s in upper.systems if s.staves[-1, 3] < 0.5 * height]
    rest = [s for s in lower.systems if s.staves[-1, 3] < 0.5 * height]
    if not kept or not rest:
        return None
    cut = _below(upper, kept)
    page = np.full_like(upper.grey, 255)
    page[:cut] = upper.grey[:cut]
    room = min(height - cut, _below(lower, rest))
    page[cut : cut + room] = lower.grey[:room]
    moved = [TrueSystem(s.staves + np.array([0, cut, 0, cut]), s.bounds) for s in rest]
    return LaidPage(f"{upper.name}+{lower.name}", "mixed", page, (*kept, *moved), upper.space)


def _below(page: LaidPage, kept: Sequence[TrueSystem]) -> int:
    """The row half way between the last of these systems and the next."""
    last = kept[-1].staves[-1, 3]
    after = [s.staves[0, 1] for s in page.systems if s.staves[0, 1] > last]
    return round(0.5 * (last + min(after))) if after else round(last + 6 * page.space)
