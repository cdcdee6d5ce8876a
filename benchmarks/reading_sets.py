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
from collections.abc import Callable, Iterator
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
from models.read.training.muscima import page_files
from models.read.training.splits import Part, part_of_work
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


@dataclass(frozen=True)
class Case:
    """A page: its name, its picture's path, and its truth: notes by staff, or MIDI numbers without order.

    `work` is what the split goes by: the name of a work's file, or of a MUSCIMA++ page.

    `score` is the truth as a MusicXML file where there is one, `places` a JSON file of notes with their boxes. Where its
    pitches are those without accidentals and key signatures, it has `naturals`.
    """

    name: str
    picture: Path
    staves: list[list[NoteToken]] | None = None
    pitches: Counter[int] | None = None
    score: Path | None = None
    places: Path | None = None
    work: str = ""
    naturals: bool = False


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


def muscima(*, part: Part) -> Iterator[Case]:
    """Handwritten pages of MUSCIMA++: the pages that its testset-dependent.txt names, or those of one part's writers.

    The pitches that were derived of its graphs are letters and octaves: no sharp or flat is applied in any of them.
    """
    folder = DATA / "muscima"
    named = set((folder / "specifications" / "testset-dependent.txt").read_text().split())
    for picture in page_files(folder, part=part):
        truth = folder / "notes_derived" / f"{picture.stem}.json"
        if not truth.exists() or (part == "test" and picture.stem not in named):
            continue
        notes = json.loads(truth.read_text())
        pitches = Counter(n["midi"] for n in notes if n.get("midi") is not None)
        yield Case(picture.stem, picture, pitches=pitches, places=truth, work=picture.stem, naturals=True)


def engraved(*, part: Part, cache: Path) -> Iterator[Case]:
    """First pages of PDMX works of one part at 300 dpi, by Verovio in Bravura and in Leland and by LilyPond, in turn.

    The truth is the part of the work that stands on the page.
    """
    folder = cache / f"engraved-{part}"
    folder.mkdir(parents=True, exist_ok=True)
    works = [p for p in sorted((DATA / "pdmx").glob("*.mxl")) if p.stat().st_size < LARGEST_SCORE]
    works.sort(key=lambda p: hashlib.sha1(p.stem.encode()).hexdigest())  # noqa: S324 - an order, no secret
    turn = 0
    for work in works:
        if part_of_work(work.stem) != part:
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
        yield Case(stem.name, picture, musicxml_staves(truth), score=truth, work=work.stem)


def low_engraved(*, part: Part, cache: Path) -> Iterator[Case]:
    """The engraved pages as a poor scanner at 75 dpi sees them: blurred, grey ink on uneven paper, noise, JPEG."""
    folder = cache / f"low-engraved-{part}"
    folder.mkdir(parents=True, exist_ok=True)
    for case in engraved(part=part, cache=cache):
        path = folder / f"{case.name}.jpg"
        if not path.exists():
            page = np.asarray(Image.open(case.picture).convert("L"))
            Image.fromarray(degraded(page, np.random.default_rng(_hash(case.name)), "low-scan")).save(
                path, quality=75, dpi=(75, 75)
            )
        yield Case(case.name, path, case.staves, score=case.score, work=case.work)


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
        text = ET.tostring(first_bars(root, count), encoding="unicode")
        page = lilypond_page(text) if style == "LilyPond" else verovio_page(text, style)
        if page is None:
            continue
        truth.write_text(text, encoding="utf-8")
        if len(flat(musicxml_staves(truth))) < 12:
            return False
        Image.fromarray(page).save(picture, dpi=(DPI, DPI))
        return True
    return False


def first_bars(root: Any, count: int) -> Any:  # noqa: ANN401 - an element
    """The first `count` bars of every part of a score, without its breaks of lines and pages."""
    short = copy.deepcopy(root)
    for part in short.findall("part"):
        for bar in part.findall("measure")[count:]:
            part.remove(bar)
    for parent in list(short.iter()):  # where lines and pages broke in another layout is nothing to us
        for child in list(parent):
            if child.tag == "print":
                parent.remove(child)
    return short


def verovio_page(
    text: str, font: str, words: str = "DejaVu Serif"
) -> np.ndarray[Any, np.dtype[np.uint8]] | None:
    """The page that Verovio draws of MusicXML in one of its fonts, uint8 (H, W); None where one page does not hold it.

    `words` is the font for text; Verovio leaves it the room that Times takes.
    """
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
    svg = re.sub(r"font-family=\"Times[^\"]*\"", 'font-family="' + words + '"', svg)
    return grey_of(svg, width=round(PAGE_WIDTH_MM / 25.4 * DPI))


def lilypond_page(text: str) -> np.ndarray[Any, np.dtype[np.uint8]] | None:
    """The page that LilyPond draws of MusicXML, uint8 (H, W); None where one page does not hold it."""
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
    makers: dict[str, Callable[[], Iterator[Case]]] = {
        "clean": clean,
        "photos": photos,
        "low-scans": low_scans,
        "hand-photos": hand_photos,
        "engraved": lambda: engraved(part="develop", cache=cache),
        "low-engraved": lambda: low_engraved(part="develop", cache=cache),
        "low-engraved-test": lambda: low_engraved(part="test", cache=cache),
        "engraved-test": lambda: engraved(part="test", cache=cache),
        "muscima": lambda: muscima(part="develop"),
        "muscima-test": lambda: muscima(part="test"),
    }
    yield from makers[name]()
