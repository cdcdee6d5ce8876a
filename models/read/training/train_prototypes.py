"""Makes the prototypes: ``python -m models.read.training.train_prototypes OUT.safetensors --style printed``.

Printed ones come from pages that Verovio engraves in its five fonts, degraded as scans are, and go through the very
chain that reads: preparing, staves, line removal, regions. Handwritten ones come from MUSCIMA++ (CC BY-NC-SA 4.0).
With ``--export FOLDER`` what visitors gave and people accepted is added (`models.read.training.contributed`).
Both take pages of the part *train* of `models.read.training.splits` only, and OUT.json lists them: the works or pages
in the order in which they were used. Runs on one CPU core in some seven minutes.
"""

from __future__ import annotations

import argparse
import itertools
import json
import tempfile
from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from models.arrays import Grey
from models.notation.engraving.fonts import MUSIC_FONTS
from models.read.page.preparation import prepare
from models.read.page.staves import SPACE, Staff, find_systems
from models.read.primitives.classical import PARTS
from models.read.primitives.heads import head_features, proposals
from models.read.primitives.linework import linework
from models.read.primitives.metres import halved, may_be_metre
from models.read.primitives.primitive import DIGITS, HEADS, LABELS
from models.read.primitives.prototypes import Prototypes, fitted
from models.read.primitives.regions import Region, regions, symbol_ink
from models.read.primitives.shapes import features
from models.read.training.contributed import contributed_pages
from models.read.training.engraved import Sign, degraded, engraved
from models.read.training.muscima import pages as muscima_pages
from models.read.training.specimen import specimen
from models.read.training.splits import part_of_work
from models.read.training.truth import signs_on

SIGN_LABELS = (
    *(x for x in LABELS if x not in ("stem", "bar_line", "beam", "ledger", "noise", "text", "solid_head", "grace_head")), "composite", "noise", "text",
)  # fmt: skip
HEAD_LABELS = (*HEADS, "grace_head", "noise")
_STAVES = 5
_STRETCH = 0.2  # by which a sign of another font may be wider or taller
_SURE = 0.45  # overlap over union of a region with the sign it is


def main() -> None:
    """Writes the file."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("out", type=Path)
    parser.add_argument("--style", choices=("printed", "handwritten"), default="printed")
    parser.add_argument("--scores", type=Path, default=Path("../shared/data/pdmx"))
    parser.add_argument("--muscima", type=Path, default=Path("../shared/data/muscima"))
    parser.add_argument("--export", type=Path, help="folder of an export of the collection")
    parser.add_argument("--pages", type=int, default=150)
    parser.add_argument("--seed", type=int, default=1)
    args = parser.parse_args()
    used: list[str] = []
    pages: Iterable[TrainingPage] = (
        engraved_pages(args.scores, args.pages, args.seed)
        if args.style == "printed"
        else muscima_pages(args.muscima, part="train", most=args.pages)
    )
    if args.export is not None:
        pages = itertools.chain(pages, given_pages(args.export))
    write(args.out, *made(_noted(pages, used), seed=args.seed))
    write_list(args.out.with_suffix(".json"), args.style, args.seed, used)


TrainingPage = tuple[Grey, tuple[Sign, ...], str]
"""A page as uint8 (H, W), its signs in pixels, and the work or file that it is of."""

SPECIMEN = "specimen"
"""In place of a work's name: a page of rare signs that the project makes up."""


def given_pages(export: Path) -> Iterator[TrainingPage]:
    """What an export teaches."""
    for page in contributed_pages(export):
        yield page.grey, page.signs, page.name


def _noted(pages: Iterable[TrainingPage], used: list[str]) -> Iterator[tuple[Grey, tuple[Sign, ...]]]:
    """The pages without their names, which are appended to ``used`` as they are taken."""
    for grey, signs, name in pages:
        if name not in used:
            used.append(name)
        yield grey, signs


def write_list(out: Path, style: str, seed: int, used: Iterable[str]) -> None:
    """What the prototypes were made from, as JSON beside them: style, seed, and the names of works or pages."""
    listed = [name for name in used if name != SPECIMEN]
    text = json.dumps({"style": style, "part": "train", "seed": seed, "trained_on": listed}, indent=1)
    out.write_text(text + "\n", encoding="utf-8")


def training_works(scores: Path) -> list[Path]:
    """The scores that prototypes may be made from, in order of their names."""
    return [f for f in sorted(scores.glob("*.mxl")) if part_of_work(f.stem) == "train"]


def engraved_pages(scores: Path, count: int, seed: int) -> Iterator[TrainingPage]:
    """Degraded engraved pages with their signs: two in five are specimens of rare signs, the others of works."""
    rng = np.random.default_rng(seed)
    with tempfile.TemporaryDirectory() as folder:
        for n in range(count * 2 // 5):
            score = Path(folder) / f"{n}.musicxml"
            score.write_text(specimen(seed * 1000 + n), encoding="utf-8")
            for page in engraved(
                score, font=MUSIC_FONTS[n % 5], space=float(rng.choice([20.0, 17.0, 13.0, 9.5])), seed=n
            ):
                old = degraded(page, rng)
                yield old.grey, old.signs, SPECIMEN
    count -= count * 2 // 5
    made = 0
    for n, score in enumerate(rng.permutation(np.array(training_works(scores), dtype=object))):
        if made >= count:
            return
        space = float(rng.choice([20.0, 20.8, 17.0, 25.0, 13.0, 9.5], p=[0.25, 0.25, 0.15, 0.1, 0.15, 0.1]))
        for page in engraved(score, font=MUSIC_FONTS[n % 5], space=space, seed=n):
            old = degraded(page, rng)
            made += 1
            yield old.grey, old.signs, score.stem


def made(pages: Iterable[tuple[Grey, tuple[Sign, ...]]], *, seed: int) -> tuple[Prototypes, Prototypes]:
    """Prototypes of signs and of heads from pages with truth."""
    signs: tuple[list[NDArray[np.float32]], list[int]] = ([], [])
    heads: tuple[list[NDArray[np.float32]], list[int]] = ([], [])
    rng = np.random.default_rng(seed)
    for n, (grey, truth) in enumerate(pages):
        staves = [staff for system in find_systems(prepare(grey)) for staff in system.staves]
        for k in rng.permutation(len(staves))[:_STAVES]:  # more of one page are more of the same
            _examples(staves[k], truth, signs, heads, rng)
        if n % 10 == 9:
            print(n + 1, len(signs[1]), len(heads[1]), flush=True)
    print(Counter(SIGN_LABELS[c] for c in signs[1]), Counter(HEAD_LABELS[c] for c in heads[1]))
    return (
        fitted(
            np.concatenate(signs[0]), np.array(signs[1], np.intp), SIGN_LABELS, most=320, axes=36, seed=seed
        ),
        fitted(
            np.concatenate(heads[0]), np.array(heads[1], np.intp), HEAD_LABELS, most=2400, axes=24, seed=seed
        ),
    )


def _examples(
    staff: Staff,
    truth: tuple[Sign, ...],
    signs: tuple[list[NDArray[np.float32]], list[int]],
    heads: tuple[list[NDArray[np.float32]], list[int]],
    rng: np.random.Generator,
) -> None:
    here = signs_on(staff, truth)
    if not here:
        return
    strip = staff.strip
    ink = symbol_ink(strip)
    rest = ink.copy()
    for region in (part for whole in regions(ink) for part in _parted(whole, here)):
        label = sign_label(region, here)
        _add(signs, features(region.mask, region.box), SIGN_LABELS, label)
        if label not in PARTS:
            _add(signs, _stretched(region, rng), SIGN_LABELS, label)
        if label not in PARTS:
            left, top, right, bottom = region.box
            rest[top:bottom, left:right] &= ~region.mask
    remaining = (rest & ~linework(rest, strip).ink).astype(np.uint8)
    noteheads = [s for s in here if s.label in HEADS or s.label == "grace_head"]
    for s in noteheads:
        x0, y0, x1, y1 = s.box
        cv2.ellipse(
            remaining,
            (round((x0 + x1) / 2), round((y0 + y1) / 2)),
            (round((x1 - x0) / 2 + 1), round((y1 - y0) / 2 + 1)),
            -12,
            0,
            360,
            0,
            -1,
        )
    for region in regions(remaining > 0):
        _add(signs, features(region.mask, region.box), SIGN_LABELS, sign_label(region, here))
    symbols = np.where(rest, strip.ink, 0).astype(np.uint8)
    whole = np.where(ink & ~rest, 0, strip.ink).astype(np.uint8)
    found = proposals(symbols, whole)
    for row, p in zip(head_features(symbols, whole, found), found, strict=True):
        label = "noise"
        for s in noteheads:
            x0, y0, x1, y1 = s.box
            if abs(p.x - (x0 + x1) / 2) < 0.3 * SPACE and abs(p.y - (y0 + y1) / 2) < 0.25 * SPACE:
                label = s.label
        if label == "noise" and rng.random() < 0.6:
            continue
        _add(heads, row, HEAD_LABELS, label)


def _parted(region: Region, here: list[Sign]) -> list[Region]:
    """A region that holds two digits of a metre, parted on the middle line as in reading; any other as it is."""
    digits = [
        s for s in here if s.label in DIGITS and region.box[0] <= (s.box[0] + s.box[2]) / 2 <= region.box[2]
    ]
    inside = [s for s in digits if region.box[1] <= (s.box[1] + s.box[3]) / 2 <= region.box[3]]
    return halved(region) if len(inside) == 2 and may_be_metre(region) else [region]


def _stretched(region: Region, rng: np.random.Generator) -> NDArray[np.float32]:
    """The features of a region made wider or narrower, taller or lower, about its own middle."""
    x0, y0, x1, y1 = region.box
    wide, high = (max(2, round(v * rng.uniform(1 - _STRETCH, 1 + _STRETCH))) for v in (x1 - x0, y1 - y0))
    mask = cv2.resize(region.mask.astype(np.uint8) * 255, (wide, high), interpolation=cv2.INTER_AREA) > 127
    left, top = (x0 + x1 - wide) // 2, (y0 + y1 - high) // 2
    return features(np.asarray(mask, np.bool_), (left, top, left + wide, top + high))


def _add(
    to: tuple[list[NDArray[np.float32]], list[int]],
    row: NDArray[np.float32],
    labels: tuple[str, ...],
    label: str,
) -> None:
    if label in labels:
        to[0].append(row[None, :])
        to[1].append(labels.index(label))


def sign_label(region: Region, here: list[Sign]) -> str:
    """What a region truly is: a sign, a composite that holds heads or stems, a piece of something, or text."""
    x0, y0, x1, y1 = region.box
    best, most, touched = "noise", 0.0, False
    for s in here:
        a0, b0, a1, b1 = s.box
        w, h = min(x1, a1) - max(x0, a0), min(y1, b1) - max(y0, b0)
        if w <= 0 or h <= 0:
            continue
        both = w * h
        share = both / ((x1 - x0) * (y1 - y0) + (a1 - a0) * (b1 - b0) - both)
        touched = True
        if share > most:
            best, most = s.label, share
        centre = (a0 + a1) / 2, (b0 + b1) / 2
        if (
            s.label in (*HEADS, "grace_head")
            and share < 0.7
            and x0 <= centre[0] <= x1
            and y0 <= centre[1] <= y1
        ):
            return "composite"
    if best in DIGITS and most < 0.65:  # two digits that touch
        return "composite"
    if most > _SURE:
        return {
            "solid_head": "composite",
            "stem": "composite",
            "beam": "composite",
            "bar_line": "composite",
            "grace_head": "composite",
            "ledger": "noise",
        }.get(best, best)
    if not touched and region.height > 0.5:
        return "text"
    if best in ("stem", "beam", "bar_line"):
        return "composite" if most > 0.2 else "noise"
    return "noise"


def write(out: Path, signs: Prototypes, heads: Prototypes) -> None:
    """The prototypes as safetensors of half precision."""
    from safetensors.numpy import save_file

    arrays: dict[str, NDArray[np.float16]] = {}
    told: dict[str, str] = {}
    for name, p in (("signs", signs), ("heads", heads)):
        for part in ("mean", "scale", "axes", "points", "shares"):
            arrays[f"{name}.{part}"] = getattr(p, part).astype(np.float16)
        told |= {f"{name}.labels": ",".join(p.labels), f"{name}.radius": f"{p.radius:.6g}"}
    out.parent.mkdir(parents=True, exist_ok=True)
    save_file(arrays, out, metadata=told)
    print(out, out.stat().st_size)


if __name__ == "__main__":
    main()
