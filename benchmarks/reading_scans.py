"""Pages set by MuseScore from development works, clean and as a mild scan: what visitors most often bring."""

from __future__ import annotations

import hashlib
import os
import subprocess
import tempfile
from collections.abc import Iterator
from itertools import chain, zip_longest
from pathlib import Path
from xml.etree import ElementTree as ET

import cv2
import numpy as np

from benchmarks import reading_photographed, reading_sets, reading_written
from benchmarks.reading_marks import flat, musicxml_root, musicxml_staves
from benchmarks.reading_sets import DATA, DPI, LARGEST_SCORE, Case, first_bars
from models.arrays import Grey
from models.read.training.splits import Part, part_of_work

SETS = (
    *reading_sets.SETS,
    "musescore",
    "musescore-scans",
    *reading_written.SETS,
    *reading_photographed.SETS,
)
"""The names of all sets that reading is measured on."""

_BARS = (24, 16, 12, 8)
_SECONDS = 60
_LARGEST_SONG = 60_000  # bytes of .mxl
_SCAN = 200 / DPI


def cases(name: str, cache: Path) -> Iterator[Case]:
    """The pages of one of `SETS`."""
    if name == "musescore":
        yield from musescore(part="develop", cache=cache)
    elif name == "musescore-scans":
        yield from musescore_scans(part="develop", cache=cache)
    elif name in reading_written.SETS:
        yield from reading_written.cases(name)
    elif name in reading_photographed.SETS:
        yield from reading_photographed.cases(name)
    else:
        yield from reading_sets.cases(name, cache)


def musescore(*, part: Part, cache: Path) -> Iterator[Case]:
    """One page each of works of one part, a song for voice and piano and another work in turn, at 300 dpi."""
    folder = cache / f"musescore-{part}"
    folder.mkdir(parents=True, exist_ok=True)
    both = zip_longest(_works("lieder/mxl", part, _LARGEST_SONG), _works("pdmx", part, LARGEST_SCORE))
    for work in (w for w in chain.from_iterable(both) if w is not None):
        stem = folder / work.stem[:14]
        picture, truth, refused = (stem.with_suffix(s) for s in (".png", ".musicxml", ".no"))
        if refused.exists():
            continue
        if not picture.exists() and not _draw(work, picture, truth):
            refused.touch()
            continue
        yield Case(stem.name, picture, musicxml_staves(truth), score=truth, work=work.stem)


def musescore_scans(*, part: Part, cache: Path) -> Iterator[Case]:
    """The same pages as a mild scan: 200 dpi, tilted by less than a degree, soft, noisy, JPEG."""
    folder = cache / f"musescore-scan-{part}"
    folder.mkdir(parents=True, exist_ok=True)
    for case in musescore(part=part, cache=cache):
        path = folder / f"{case.name}.jpg"
        if not path.exists():
            page = np.asarray(cv2.imread(str(case.picture), cv2.IMREAD_GRAYSCALE), np.uint8)
            cv2.imwrite(str(path), mild_scan(page, case.name), [cv2.IMWRITE_JPEG_QUALITY, 60])
        yield Case(case.name, path, case.staves, score=case.score, work=case.work)


def mild_scan(page: Grey, name: str) -> Grey:
    """A page at 300 dpi as a scanner at 200 dpi sees it; the same name gives the same pixels."""
    seed = int(hashlib.sha1(name.encode()).hexdigest()[:8], 16)  # noqa: S324 - a seed, no secret
    rng = np.random.default_rng(seed)
    small = cv2.resize(page, None, fx=_SCAN, fy=_SCAN, interpolation=cv2.INTER_AREA)
    height, width = small.shape
    turn = cv2.getRotationMatrix2D((width / 2, height / 2), float(rng.uniform(-0.8, 0.8)), 1.0)
    tilted = cv2.warpAffine(small, turn, (width, height), flags=cv2.INTER_LINEAR, borderValue=255)
    soft = cv2.GaussianBlur(tilted, (0, 0), float(rng.uniform(0.5, 0.9))).astype(np.float32)
    soft = 30 + soft * (235 - 30) / 255 + rng.normal(0, 5, soft.shape)
    return np.clip(soft, 0, 255).astype(np.uint8)


def _works(folder: str, part: Part, largest: int) -> list[Path]:
    files = [
        p
        for p in (DATA / folder).glob("*.mxl")
        if part_of_work(p.stem) == part and p.stat().st_size < largest
    ]
    return sorted(files, key=lambda p: hashlib.sha1(p.stem.encode()).hexdigest())  # noqa: S324 - an order, no secret


def _draw(work: Path, picture: Path, truth: Path) -> bool:
    """Draws as many bars of the work as one page takes; False for works that MuseScore or this benchmark refuses."""
    try:
        root = musicxml_root(work)
    except Exception:  # noqa: BLE001 - a work that cannot be parsed is no case
        return False
    if {e.text for e in root.iter("sign")} - {"G", "F", "C"} or root.find(".//unpitched") is not None:
        return False
    if len(root.findall("part")) > 6:
        return False
    bars = max(len(p.findall("measure")) for p in root.findall("part"))
    for count in (n for n in _BARS if n <= bars):
        text = ET.tostring(first_bars(root, count), encoding="unicode")
        page = _musescore(text)
        if page is None:
            continue
        truth.write_text(text, encoding="utf-8")
        if len(flat(musicxml_staves(truth))) < 12:
            return False
        cv2.imwrite(str(picture), page)
        return True
    return False


def _musescore(text: str) -> Grey | None:
    """The only page of a score; None where there are more."""
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        (folder / "score.musicxml").write_text(text, encoding="utf-8")
        command = ["mscore3", "-r", str(DPI), "-o", str(folder / "page.png"), str(folder / "score.musicxml")]
        env = {**os.environ, "QT_QPA_PLATFORM": "offscreen"}
        try:
            subprocess.run(command, capture_output=True, check=False, timeout=_SECONDS, env=env)
        except (OSError, subprocess.TimeoutExpired):
            return None
        pages = sorted(folder.glob("page*.png"))
        if len(pages) != 1:
            return None
        drawn = cv2.imread(str(pages[0]), cv2.IMREAD_UNCHANGED)
        if drawn is None:
            return None
        if drawn.ndim == 3 and drawn.shape[2] == 4:  # black on clear paper
            return np.asarray(255 - drawn[:, :, 3], np.uint8)
        return np.asarray(cv2.cvtColor(drawn, cv2.COLOR_BGR2GRAY) if drawn.ndim == 3 else drawn, np.uint8)
