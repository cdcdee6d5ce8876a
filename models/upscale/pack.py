"""A training pack: crops of engraved pages at high resolution, in one zip of grey PNGs.

``python -m models.upscale.pack OUT.zip --scores FOLDER`` draws the scores with three engravers and cuts
crops that hold ink. ``manifest.json`` inside tells each crop's work, engraver, font and staff space; works
are split into ``train`` and ``val`` by their name, so that no work stands on both sides. ``--paper`` makes a pack
of the paper's size instead: 2460 patches of 256 pixels to train on and 534 of other works to test on.
"""

from __future__ import annotations

import argparse
import hashlib
import io
import json
import multiprocessing
import tempfile
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

import numpy as np
from PIL import Image

from models.exported import exported
from models.notation.engraving.fonts import install_music_fonts
from models.notation.engraving.raster import grey_of
from models.notation.errors import NotationError
from models.upscale.engravers import ENGRAVERS

CROP = 384
"""Side of a crop in HR pixels, a multiple of 4."""

PAPER_SIDE = 256
PAPER_PATCHES = {"train": 2460, "val": 534}
"""Tran and Lee (2019), section IV: patches of 64x64 LR pixels at x4, and how many of them."""

PAPER_SHARES = {"verovio": 0.75, "lilypond": 0.15, "text": 0.10}
"""Mostly the quickest engraver: the pack of the paper's size shall take minutes."""

LARGEST = 9000
"""Bytes of the largest .mxl taken: an orchestral score keeps LilyPond busy for a minute and adds no new ink."""

PER_PAGE = 9
"""Crops taken from one page at most."""

SHARES = {"lilypond": 0.40, "verovio": 0.32, "musescore": 0.16, "text": 0.12}


def side_of(work: str, val_share: float = 0.05) -> str:
    """``"train"`` or ``"val"``, the same for a work in every pack."""
    number = int.from_bytes(hashlib.sha256(work.encode()).digest()[:4], "big") / 2**32
    return "val" if number < val_share else "train"


def _staff_space(rng: np.random.Generator) -> float:
    """A staff space in HR pixels: half near 16.5 (a quarter of it is the hardest size in use), half 10 to 36."""
    if rng.random() < 0.5:
        return float(rng.normal(16.5, 0.7))
    return float(np.exp(rng.uniform(np.log(10.0), np.log(36.0))))


@dataclass(frozen=True)
class Job:
    """One score to draw once, and what to cut from its pages."""

    score: str
    engraver: str
    seed: int
    crop: int = CROP
    per_page: int = PER_PAGE
    val_share: float = 0.05


def _crops(job: Job) -> list[tuple[bytes, dict[str, object]]]:
    """The crops of one score as PNG bytes with their manifest rows; none when it cannot be drawn."""
    path, engraver, seed, side = job.score, job.engraver, job.seed, job.crop
    rng = np.random.default_rng(seed)
    out: list[tuple[bytes, dict[str, object]]] = []
    try:
        pages = ENGRAVERS[engraver].engrave(Path(path), rng)
    except (NotationError, OSError, UnicodeError):
        return out
    for page in pages:
        space = _staff_space(rng)
        width = round(space / page.staff_space)
        if not 300 <= width <= 6000:
            continue
        try:
            grey = grey_of(page.svg, width=width)
        except Exception:  # noqa: BLE001, S112 - CairoSVG raises what it likes on odd SVG; the page is left out
            continue
        for crop in inked_crops(grey, side, job.per_page, rng):
            ink = float((crop < 128).mean())
            buffer = io.BytesIO()
            Image.fromarray(crop).save(buffer, "PNG", optimize=True)
            row = {
                "work": Path(path).stem,
                "side": side_of(Path(path).stem, job.val_share),
                "engraver": page.engraver,
                "font": page.font,
                "staff_space": round(space, 3),
                "ink": round(ink, 4),
            }
            out.append((buffer.getvalue(), row))
    return out


def make_pack(
    scores: Path,
    out: Path,
    *,
    crops: int,
    seed: int,
    workers: int,
    shares: dict[str, float] | None = None,
    paper: bool = False,
) -> int:
    """The number of crops written to ``out``, at most ``crops``; the same seed gives the same plan of pages.

    ``shares`` tells how often each engraver is asked. With ``paper`` the pack holds `PAPER_PATCHES` instead of
    ``crops``, by `PAPER_SHARES` unless told otherwise; other packs go by `SHARES`.
    """
    shares = shares or (PAPER_SHARES if paper else SHARES)
    rng = np.random.default_rng(seed)
    works = sorted(p for p in scores.iterdir() if p.suffix in {".mxl", ".xml", ".musicxml"})
    works = [p for p in works if p.suffix != ".mxl" or p.stat().st_size <= LARGEST]
    if not works:
        raise SystemExit(f"No MusicXML files in {scores.name}: name a folder of .mxl files with --scores.")
    room = dict(PAPER_PATCHES) if paper else {"train": crops, "val": crops}
    total = sum(room.values()) if paper else crops
    kind = (PAPER_SIDE, 16, PAPER_PATCHES["val"] / total) if paper else (CROP, PER_PAGE, 0.05)

    def plan() -> Iterator[Job]:
        while True:
            for work in rng.permutation(len(works)):
                engraver = str(
                    rng.choice(list(shares), p=np.array(list(shares.values())) / sum(shares.values()))
                )
                yield Job(str(works[work]), engraver, int(rng.integers(2**31)), *kind)

    rows: list[dict[str, object]] = []
    with tempfile.TemporaryDirectory() as folder:
        install_music_fonts(Path(folder) / "fonts")
        with (
            multiprocessing.get_context("spawn").Pool(workers, maxtasksperchild=50) as pool,
            zipfile.ZipFile(out, "w", zipfile.ZIP_STORED) as archive,
        ):
            for found in pool.imap_unordered(_crops, islice(plan(), max(4, total))):
                for png, row in found:
                    if len(rows) < total and room[str(row["side"])] > 0:
                        archive.writestr(f"{len(rows):06d}.png", png)
                        rows.append(row)
                        room[str(row["side"])] -= 1
                if len(rows) >= total:
                    break
            archive.writestr("manifest.json", json.dumps(rows))
            pool.terminate()
    return len(rows)


def read_pack(path: Path, side: str) -> list[np.ndarray]:
    """The crops of one side as uint8 arrays (384, 384), 0 black. A folder is an export of the collection."""
    if path.is_dir():
        return list(exported_crops(path, side))
    with zipfile.ZipFile(path) as archive:
        rows = json.loads(archive.read("manifest.json"))
        return [
            np.asarray(Image.open(io.BytesIO(archive.read(f"{i:06d}.png"))))
            for i, row in enumerate(rows)
            if row["side"] == side
        ]


def exported_crops(folder: Path, side: str) -> Iterator[np.ndarray]:
    """Crops of enlarged pages that people found right, uint8 (384, 384); the export's own split by work decides the side."""
    for row in exported(folder, "upscale", "train" if side == "train" else "validation"):
        rng = np.random.default_rng(int(row.id.replace("-", "")[:12], 16))
        for kind, data in row.results:
            if kind == "image":
                with Image.open(io.BytesIO(data), formats=("PNG",)) as page:
                    yield from inked_crops(np.asarray(page.convert("L")), CROP, PER_PAGE, rng)


def inked_crops(grey: np.ndarray, side: int, most: int, rng: np.random.Generator) -> Iterator[np.ndarray]:
    """At most so many squares of a page that hold ink, and not too much of it; none of a page that is too small."""
    taken = 0
    if min(grey.shape) < side:
        return
    for _ in range(most * 6):
        y, x = (int(rng.integers(0, length - side + 1)) for length in grey.shape)
        crop = grey[y : y + side, x : x + side]
        if 0.008 < float((crop < 128).mean()) < 0.5:
            yield crop
            taken += 1
            if taken == most:
                return


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("out", type=Path)
    parser.add_argument("--scores", type=Path, required=True)
    parser.add_argument("--crops", type=int, default=9000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--only", choices=list(SHARES), help="one engraver alone")
    parser.add_argument("--paper", action="store_true", help="as many patches as the paper's, of its size")
    args = parser.parse_args()
    args.out.parent.mkdir(parents=True, exist_ok=True)
    count = make_pack(
        args.scores,
        args.out,
        crops=args.crops,
        seed=args.seed,
        workers=args.workers,
        shares={args.only: 1.0} if args.only else None,
        paper=args.paper,
    )
    print(f"{count} crops in {args.out}")  # noqa: T201
