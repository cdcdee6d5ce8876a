"""Packs of pages to train the detector on: ``python -m models.read.training.detector.pack OUT.zip --part train --pages 600``.

A pack is a zip with a grey PNG a page and one JSON file, `signs.json`: for each page its name, staff space, and its
signs as rows of class index, box, staff position and stem. Scores come from PDMX and OpenScore Lieder, split by
`part_of_work`: a work, or a song's composer, is in one part only. One page in twelve is a specimen of rare signs.
``--engraver`` picks Verovio, MuseScore or, instead of scores, the handwritten pages of MUSCIMA++, split by writer, or
Debussy's autographs, split by work in the data, as far as the shipped detector of handwriting and their music agree.
"""

from __future__ import annotations

import argparse
import csv
import json
import multiprocessing
import multiprocessing.connection
import zipfile
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from models.arrays import Grey
from models.notation.musicxml.container import musicxml_text
from models.read.primitives.learned.classes import CLASSES, INDEX
from models.read.primitives.learned.extractor import LearnedExtractor
from models.read.training.contributed import contributed_pages
from models.read.training.detector.autographs import autograph_pages
from models.read.training.detector.engraving import PACK_SPACE, MarkedPage, engraved_pages
from models.read.training.detector.handwriting import written_pages
from models.read.training.detector.musescore import musescore_pages
from models.read.training.detector.signs import Marked
from models.read.training.engraved import LARGEST_TEXT
from models.read.training.specimen import specimen
from models.read.training.splits import Part, part_of_work

_SPECIMENS = 12
_LEAST_SIGNS = 30
_SECONDS = 90.0
_LARGEST = 200_000  # bytes of .mxl: Verovio takes minutes for more

CLASS_OF = {"dot": "augmentation_dot"}
"""The detector's class for a label of the rules, where it has another name; labels that are no class are left out."""

Rows = NDArray[np.float32]
"""Signs (n, 7): class index, x0, y0, x1, y1, staff position in half spaces (-128 for none), stem."""


@dataclass(frozen=True)
class PackedPage:
    """A page of a pack: its picture still as PNG, its staff space in pixels and its signs."""

    name: str
    png: bytes
    space: float
    rows: Rows

    @property
    def grey(self) -> Grey:
        """The picture, uint8 (H, W), 255 paper."""
        return np.asarray(cv2.imdecode(np.frombuffer(self.png, np.uint8), cv2.IMREAD_GRAYSCALE), np.uint8)


def marked_pages(export: Path) -> Iterator[tuple[str, MarkedPage]]:
    """What an export teaches, at the pack's staff space and in the detector's classes."""
    for page in contributed_pages(export):
        scale = PACK_SPACE / page.space
        small = cv2.resize(page.grey, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
        signs = tuple(
            Marked(
                CLASS_OF.get(s.label, s.label),
                (s.box[0] * scale, s.box[1] * scale, s.box[2] * scale, s.box[3] * scale),
            )
            for s in page.signs
            if CLASS_OF.get(s.label, s.label) in INDEX
        )
        yield page.name, MarkedPage(np.asarray(small, np.uint8), PACK_SPACE, signs, ())


def rows_of(page: MarkedPage) -> Rows:
    """A page's signs as the rows of a pack."""
    return np.array([[INDEX[m.name], *m.box, m.position, m.stem] for m in page.signs], np.float32).reshape(
        -1, 7
    )


def write_pack(out: Path, pages: Iterable[tuple[str, MarkedPage]]) -> int:
    """Writes a pack and tells how many pages it holds."""
    told = []
    with zipfile.ZipFile(out, "w", zipfile.ZIP_STORED) as archive:
        for n, (name, page) in enumerate(pages):
            ok, png = cv2.imencode(".png", page.grey)
            if not ok:
                continue
            archive.writestr(f"{n:05d}.png", png.tobytes())
            rows = [[round(float(v), 2) for v in row] for row in rows_of(page)]
            told.append({"file": f"{n:05d}.png", "name": name, "space": page.space, "signs": rows})
        archive.writestr("signs.json", json.dumps({"classes": CLASSES, "pages": told}), zipfile.ZIP_DEFLATED)
    return len(told)


def read_pack(path: Path) -> list[PackedPage]:
    """The pages of a pack, in memory; classes are matched by name, so that older packs stay good.

    A folder is an export of the collection: see `models.read.training.contributed`.
    """
    if path.is_dir():
        return [_packed(name, page) for name, page in marked_pages(path)]
    with zipfile.ZipFile(path) as archive:
        told = json.loads(archive.read("signs.json"))
        channel = np.array([INDEX.get(name, -1) for name in told["classes"]])
        pages = []
        for page in told["pages"]:
            rows = np.array(page["signs"], np.float32).reshape(-1, 7)
            rows[:, 0] = channel[rows[:, 0].astype(int)]
            pages.append(
                PackedPage(
                    page["name"], archive.read(page["file"]), float(page["space"]), rows[rows[:, 0] >= 0]
                )
            )
        return pages


def _packed(name: str, page: MarkedPage) -> PackedPage:
    return PackedPage(name, cv2.imencode(".png", page.grey)[1].tobytes(), page.space, rows_of(page))


def scores_of(part: Part, pdmx: Path, lieder: Path) -> list[Path]:
    """The score files of a part."""
    found = [f for f in sorted(pdmx.glob("*.mxl")) if part_of_work(f.stem) == part]
    index = lieder / "index.csv"
    if index.exists():
        with index.open(encoding="utf-8", newline="") as file:
            found += [
                lieder / row["file"] for row in csv.DictReader(file) if part_of_work(row["composer"]) == part
            ]
    return [f for f in found if f.exists() and f.stat().st_size < _LARGEST]


def set_pages(scores: Sequence[Path], count: int, seed: int) -> Iterator[tuple[str, MarkedPage]]:
    """`count` pages set by MuseScore, at most two of a score in one style."""
    rng = np.random.default_rng(seed)
    made = 0
    for n in rng.permutation(len(scores)):
        for page in musescore_pages(scores[int(n)], rng):
            if len(page.signs) >= _LEAST_SIGNS:
                made += 1
                yield scores[int(n)].stem, page
        if made >= count:
            return


def drawn_pages(scores: Sequence[Path], count: int, seed: int) -> Iterator[tuple[str, MarkedPage]]:
    """`count` pages, at most two of a score in one style, specimens of rare signs among them."""
    rng = np.random.default_rng(seed)
    made, turn = 0, 0
    order: list[int] = []
    failures = 0
    while made < count and failures < 200:
        if made % _SPECIMENS == 0:
            name, text = f"specimen-{seed * 1000 + turn}", specimen(seed * 1000 + turn, bars=24)
        else:
            if not order:
                order = [int(n) for n in rng.permutation(len(scores))]
            file = scores[order.pop()]
            name = file.stem
            try:
                text = musicxml_text(file, most_bytes=LARGEST_TEXT)
            except (ValueError, zipfile.BadZipFile, OSError):
                continue
        turn += 1
        pages = _guarded(text, int(rng.integers(2**31)))
        failures = 0 if pages else failures + 1
        for page in pages:
            made += 1
            yield name, page


def _guarded(text: str, seed: int) -> list[MarkedPage]:
    """The pages of a score, drawn in a process of their own: Verovio crashes or never ends on a few."""
    context = multiprocessing.get_context("fork")
    ours, theirs = context.Pipe(duplex=False)
    process = context.Process(target=_draw, args=(theirs, text, seed), daemon=True)
    process.start()
    theirs.close()
    pages: list[MarkedPage] = []
    try:
        if ours.poll(_SECONDS):
            pages = ours.recv()
    except EOFError:
        pages = []
    finally:
        if process.is_alive():
            process.join(1.0)
            process.kill()
        process.join()
        ours.close()
    return [p for p in pages if len(p.signs) >= _LEAST_SIGNS]


def _draw(pipe: multiprocessing.connection.Connection, text: str, seed: int) -> None:
    pipe.send(engraved_pages(text, np.random.default_rng(seed), most=2))


def main() -> None:
    """Writes a pack."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("out", type=Path)
    parser.add_argument("--part", choices=("train", "develop"), default="train")
    parser.add_argument("--pdmx", type=Path, default=Path("../shared/data/pdmx"))
    parser.add_argument("--lieder", type=Path, default=Path("../shared/data/lieder"))
    parser.add_argument("--muscima", type=Path, default=Path("../shared/data/muscima"))
    parser.add_argument("--debussy", type=Path, default=Path("../shared/data/debussy"))
    parser.add_argument("--pages", type=int, default=600)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument(
        "--engraver", choices=("verovio", "musescore", "muscima", "autographs"), default="verovio"
    )
    args = parser.parse_args()
    args.out.parent.mkdir(parents=True, exist_ok=True)
    if args.engraver == "muscima":
        pages = written_pages(args.muscima, args.part, redrawn=args.part == "train")
        print(f"{write_pack(args.out, pages)} pages in {args.out}")
        return
    if args.engraver == "autographs":
        folder = args.debussy / ("train" if args.part == "train" else "dev")
        print(f"{write_pack(args.out, autograph_pages(folder, LearnedExtractor()))} half pages in {args.out}")
        return
    scores = scores_of(args.part, args.pdmx, args.lieder)
    draw = drawn_pages if args.engraver == "verovio" else set_pages
    count = write_pack(args.out, draw(scores, args.pages, args.seed))
    print(f"{count} pages of {len(scores)} scores in {args.out}")


if __name__ == "__main__":
    main()
