"""The pages that reading is measured on: real crops, photos and scans with their truth, engraved pages, handwriting."""

from __future__ import annotations

import copy
import hashlib
import json
import os
import re
import subprocess
import tempfile
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import numpy as np
from PIL import Image

from benchmarks.reading_marks import NoteToken, flat, guido_staves, musicxml_root, musicxml_staves
from models.notation.engraving.raster import grey_of
from models.notation.engraving.toolkit import lay_out
from models.notation.errors import EngravingFailed
from models.sheet.degradation import degraded

SHARED = Path(os.environ.get("SCOREWEB_SHARED", Path(__file__).parents[2] / "shared"))
DATA = SHARED / "data"

CLEAN = ("01", "02", "04", "05", "07")
PHOTOS = ("17", "18", "22")
HAND = ("14", "15")

DPI = 300
PAGE_WIDTH_MM, PAGE_HEIGHT_MM = 210.0, 297.0
LARGEST_SCORE = 12_000  # bytes of .mxl
CROWDED = 260  # notes of a system, all its staves together
TEST_SHARE = 5  # one work in five is looked at once, at the end


@dataclass(frozen=True)
class Case:
    """A page: its name, its picture's path, and its truth: notes by staff, or MIDI numbers without order."""

    name: str
    picture: Path
    staves: list[list[NoteToken]] | None = None
    pitches: Counter[int] | None = None


def _cairo(names: tuple[str, ...]) -> Iterator[Case]:
    for name in names:
        picture = next((DATA / "cairo" / "images").glob(f"{name}.*"))
        yield Case(name, picture, guido_staves((DATA / "cairo" / "gt" / f"{name}.txt").read_text()))


def clean() -> Iterator[Case]:
    """Clean crops of print."""
    return _cairo(CLEAN)


def photos() -> Iterator[Case]:
    """Phone photos of print."""
    return _cairo(PHOTOS)


def hand_photos() -> Iterator[Case]:
    """Phone photos of handwriting."""
    return _cairo(HAND)


def low_scans() -> Iterator[Case]:
    """A song sheet scanned at 75 dpi, and photographed."""
    truth = guido_staves((DATA / "low_scans" / "truth.txt").read_text())
    for name in ("scan", "photo"):
        yield Case(name, DATA / "low_scans" / f"{name}.jpg", truth)


def muscima(*, test: bool) -> Iterator[Case]:
    """Handwritten pages of MUSCIMA++: those of testset-dependent, or of writers that are not in it."""
    folder = DATA / "muscima"
    held_out = set((folder / "specifications" / "testset-dependent.txt").read_text().split())
    writers = {n.split("_N-")[0] for n in held_out}
    for truth in sorted((folder / "notes_derived").glob("*.json")):
        picture = folder / "images" / f"{truth.stem}.png"
        if not picture.exists() or (truth.stem in held_out) != test:
            continue
        if not test and truth.stem.split("_N-")[0] in writers:
            continue
        notes = json.loads(truth.read_text())
        yield Case(truth.stem, picture, None, Counter(n["midi"] for n in notes if n.get("midi") is not None))


def engraved(*, test: bool, cache: Path) -> Iterator[Case]:
    """First pages of PDMX works at 300 dpi, by Verovio in Bravura and in Leland and by LilyPond, in turn.

    Works are split by their names' hash; the truth is the part of the work that stands on the page.
    """
    folder = cache / ("engraved-test" if test else "engraved-dev")
    folder.mkdir(parents=True, exist_ok=True)
    works = [p for p in sorted((DATA / "pdmx").glob("*.mxl")) if p.stat().st_size < LARGEST_SCORE]
    works.sort(key=lambda p: hashlib.sha1(p.stem.encode()).hexdigest())  # noqa: S324 - an order, no secret
    turn = 0
    for work in works:
        if (_hash(work.stem) % TEST_SHARE == 0) != test:
            continue
        style = ("Bravura", "Leland", "LilyPond")[turn % 3]
        stem = folder / f"{work.stem[2:14]}-{style}"
        picture, truth, refused = (
            stem.with_suffix(".png"),
            stem.with_suffix(".musicxml"),
            stem.with_suffix(".no"),
        )
        if refused.exists():
            continue
        if not picture.exists() and not _draw(work, style, picture, truth):
            refused.touch()
            continue
        turn += 1
        yield Case(stem.name, picture, musicxml_staves(truth))


def low_engraved(*, test: bool, cache: Path) -> Iterator[Case]:
    """The engraved pages as a poor scanner at 75 dpi sees them: blurred, grey ink on uneven paper, noise, JPEG."""
    folder = cache / ("low-engraved-test" if test else "low-engraved-dev")
    folder.mkdir(parents=True, exist_ok=True)
    for case in engraved(test=test, cache=cache):
        path = folder / f"{case.name}.jpg"
        if not path.exists():
            page = np.asarray(Image.open(case.picture).convert("L"))
            Image.fromarray(degraded(page, np.random.default_rng(_hash(case.name)), "low-scan")).save(
                path, quality=75, dpi=(75, 75)
            )
        yield Case(case.name, path, case.staves)


def _hash(name: str) -> int:
    return int(hashlib.sha1(name.encode()).hexdigest()[:6], 16)  # noqa: S324 - a split, no secret


def _draw(work: Path, style: str, picture: Path, truth: Path) -> bool:
    """Draws as many bars of the work as one page takes; False for works without plain notes."""
    try:
        root = musicxml_root(work)
    except Exception:  # noqa: BLE001 - a work that cannot be parsed is no case
        return False
    signs = {e.text for e in root.iter("sign")}
    if signs - {"G", "F", "C"} or root.find(".//unpitched") is not None or len(root.findall("part")) > 6:
        return False
    bars = max(len(p.findall("measure")) for p in root.findall("part"))
    for count in (bars, 60, 40, 28, 20, 14, 10, 7):
        if count > bars:
            continue
        text = ET.tostring(_first_bars(root, count), encoding="unicode")
        page = _lilypond(text) if style == "LilyPond" else _verovio(text, style)
        if page is None:
            continue
        truth.write_text(text, encoding="utf-8")
        if len(flat(musicxml_staves(truth))) < 12:
            return False
        Image.fromarray(page).save(picture, dpi=(DPI, DPI))
        return True
    return False


def _first_bars(root: Any, count: int) -> Any:  # noqa: ANN401 - an element
    short = copy.deepcopy(root)
    for part in short.findall("part"):
        for bar in part.findall("measure")[count:]:
            part.remove(bar)
    for parent in list(short.iter()):  # where lines and pages broke in another layout is nothing to us
        for child in list(parent):
            if child.tag == "print":
                parent.remove(child)
    return short


def _verovio(text: str, font: str) -> np.ndarray[Any, np.dtype[np.uint8]] | None:
    options = {
        "font": font,
        "scale": 100,
        "pageWidth": round(PAGE_WIDTH_MM * 10),  # its unit is a tenth of a millimetre
        "pageHeight": round(PAGE_HEIGHT_MM * 10),
        "svgViewBox": True,
        "header": "none",
        "footer": "none",
    }
    try:
        layout = lay_out(text, options)
    except EngravingFailed:
        return None
    if layout.page_count != 1:
        return None
    svg = layout.svg()
    systems, notes = svg.count('class="system"'), svg.count('class="note"')
    if notes > CROWDED * max(1, systems):
        return None  # a work without bars is drawn as one line of notes upon notes
    svg = re.sub(r"font-family=\"Times[^\"]*\"", 'font-family="DejaVu Serif"', svg)
    return grey_of(svg, width=round(PAGE_WIDTH_MM / 25.4 * DPI))


def _lilypond(text: str) -> np.ndarray[Any, np.dtype[np.uint8]] | None:
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        (folder / "score.xml").write_text(text, encoding="utf-8")
        try:
            for command in (
                ["musicxml2ly", "-o", "score.ly", "score.xml"],
                ["lilypond", "-s", "--png", f"-dresolution={DPI}", "-o", "page", "score.ly"],
            ):
                subprocess.run(command, cwd=folder, capture_output=True, check=False, timeout=60)
        except (OSError, subprocess.TimeoutExpired):
            return None
        pages = sorted(folder.glob("page*.png"))
        if len(pages) != 1:
            return None
        return np.asarray(Image.open(pages[0]).convert("L"))


SETS = (
    "clean", "photos", "low-scans", "engraved", "low-engraved", "muscima", "hand-photos", "engraved-test",
    "low-engraved-test", "muscima-test",
)  # fmt: skip


def cases(name: str, cache: Path) -> Iterator[Case]:
    """The pages of a set by its name."""
    makers = {
        "clean": clean,
        "photos": photos,
        "low-scans": low_scans,
        "hand-photos": hand_photos,
        "engraved": lambda: engraved(test=False, cache=cache),
        "low-engraved": lambda: low_engraved(test=False, cache=cache),
        "low-engraved-test": lambda: low_engraved(test=True, cache=cache),
        "engraved-test": lambda: engraved(test=True, cache=cache),
        "muscima": lambda: muscima(test=False),
        "muscima-test": lambda: muscima(test=True),
    }
    yield from makers[name]()
