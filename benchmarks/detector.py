"""How well primitives are found, learned against classical: ``python -m benchmarks.detector [--pages N] [--weights FILE]``.

Pages come from packs of `models.read.training.detector.pack` of the part *develop* (``--packs``), worn as scans are
with ``--worn``; handwriting with ``--style handwritten`` and a pack of MUSCIMA++. They go through the chain that reads: page, staves, strips; both extractors see the same strips.
A primitive is right when one of the page's signs of its label answers to it: boxes that overlap by half of their
union for signs and beams, slurs that overlap by 0.3, centres within half a staff space for stems, bar lines, ledger
lines and dots. Each primitive counts once, by its likeliest label, from a certainty of 0.3 on.
"""

from __future__ import annotations

import argparse
import time
from collections import defaultdict
from collections.abc import Iterator, Sequence
from pathlib import Path

import cv2
import numpy as np

from models.arrays import Grey
from models.read.page.preparation import prepare
from models.read.page.staves import LINE_ROWS, SPACE, Staff, find_systems
from models.read.primitives import Extractor, Primitive, Style
from models.read.primitives.classical import ClassicalExtractor
from models.read.primitives.learned.classes import CLASSES, LABEL_OF
from models.read.primitives.learned.detect import overlap, weights_in
from models.read.primitives.learned.extractor import LearnedExtractor
from models.read.training.detector.pack import PackedPage, read_pack
from models.read.training.engraved import EngravedPage, Sign, degraded
from models.read.training.truth import signs_on

READ_SPACE = 20.0
CERTAIN = 0.3
_THIN = {"stem": (0.4, 1.2), "ledger": (0.7, 0.3), "dot": (0.4, 0.4)}
_OVERLAP = {"slur": 0.3, "beam": 0.4}
_LEFT_OUT = ("noise", "text", "brace", "dynamic", "ornament")


def staves_of(page: PackedPage, seed: int, *, wear: bool) -> tuple[list[Staff], tuple[Sign, ...]]:
    """The staves that are found on a page, at 20 pixels a staff space, and its signs."""
    scale = READ_SPACE / page.space
    grey: Grey = np.asarray(
        cv2.resize(page.grey, None, fx=scale, fy=scale, interpolation=cv2.INTER_CUBIC), np.uint8
    )
    signs = tuple(
        Sign(
            LABEL_OF[CLASSES[int(r[0])]],
            (float(r[1]) * scale, float(r[2]) * scale, float(r[3]) * scale, float(r[4]) * scale),
        )
        for r in page.rows
    )
    if wear:
        grey = degraded(EngravedPage(grey, signs, READ_SPACE, ""), np.random.default_rng(seed)).grey
    return [s for system in find_systems(prepare(grey)) for s in system.staves], signs


def counted(
    extractor: Extractor, staves: Sequence[tuple[Staff, tuple[Sign, ...]]], style: Style
) -> tuple[dict[str, list[int]], float]:
    """For each label: right ones, found ones, true ones; and the seconds that it took."""
    counts: dict[str, list[int]] = defaultdict(lambda: [0, 0, 0])
    took = 0.0
    for staff, signs in staves:
        began = time.perf_counter()
        primitives = [p for p in extractor.extract(staff.strip, style=style) if p.kind != "hint"]
        took += time.perf_counter() - began
        _count(staff, primitives, signs_on(staff, signs), counts)
    return counts, took


def _count(
    staff: Staff, primitives: Sequence[Primitive], truth: Sequence[Sign], counts: dict[str, list[int]]
) -> None:
    first, last = staff.strip.own_rows
    width = staff.strip.ink.shape[1]

    def own(box: tuple[float, float, float, float]) -> bool:
        return first <= (box[1] + box[3]) / 2 < last and 0 <= (box[0] + box[2]) / 2 < width

    true: dict[str, list[Sign]] = defaultdict(list)
    for sign in truth:
        if sign.label not in _LEFT_OUT and own(sign.box):
            true[sign.label].append(sign)
    for label, signs in true.items():
        counts[label][2] += len(signs)
    free = {label: list(signs) for label, signs in true.items()}
    for p in sorted(primitives, key=lambda q: -q.certainty):
        if p.certainty < CERTAIN or p.label in _LEFT_OUT or not own(p.box):
            continue
        # a double bar line is one sign: its second stroke is neither right nor wrong
        again = [s for s in true[p.label] if _right(p, s)]
        fitting = [s for s in free.get(p.label, ()) if s in again]
        if p.label == "bar_line" and again and not fitting:
            continue
        counts[p.label][1] += 1
        if fitting:
            counts[p.label][0] += 1
            free[p.label].remove(min(fitting, key=lambda s: _apart(p, s)))


def _right(p: Primitive, sign: Sign) -> bool:
    if sign.label == "bar_line":  # it may run on into the next staff
        return _offsets(p, sign)[0] < 0.7 * SPACE and p.box[1] < LINE_ROWS[2] < p.box[3]
    if sign.label in _THIN:
        wide, high = _THIN[sign.label]
        dx, dy = _offsets(p, sign)
        return dx < wide * SPACE and dy < high * SPACE
    return overlap(p.box, sign.box) > _OVERLAP.get(sign.label, 0.5)


def _offsets(p: Primitive, sign: Sign) -> tuple[float, float]:
    dx = abs(p.box[0] + p.box[2] - sign.box[0] - sign.box[2]) / 2
    dy = abs(p.box[1] + p.box[3] - sign.box[1] - sign.box[3]) / 2
    return dx, dy


def _apart(p: Primitive, sign: Sign) -> float:
    return sum(_offsets(p, sign))


def _told(count: list[int]) -> str:
    right, found, true = count
    p, r = right / max(found, 1), right / max(true, 1)
    return f"{p:.3f} / {r:.3f} / {2 * p * r / max(p + r, 1e-9):.3f}"


def chosen(packs: Sequence[Path], pages: int) -> Iterator[PackedPage]:
    """So many pages of each pack, evenly spread."""
    for pack in packs:
        every = read_pack(pack)
        yield from every[:: max(1, len(every) // pages)][:pages]


def main() -> None:
    """Prints the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--packs", type=Path, nargs="+", default=[Path("build/detector-develop.zip")])
    parser.add_argument("--weights", type=Path, default=None)
    parser.add_argument("--pages", type=int, default=8)
    parser.add_argument("--worn", action="store_true")
    parser.add_argument("--style", choices=("printed", "handwritten"), default="printed")
    args = parser.parse_args()
    pages = list(chosen(args.packs, args.pages))
    staves = []
    for n, page in enumerate(pages):
        found, signs = staves_of(page, n, wear=args.worn)
        staves += [(staff, signs) for staff in found]
    given = {args.style: weights_in(args.weights)} if args.weights else {}
    extractors = (("learned", LearnedExtractor(weights=given)), ("classical", ClassicalExtractor()))
    tables = {name: counted(e, staves, args.style) for name, e in extractors}
    print(f"{len(pages)} pages, {len(staves)} staves" + (", worn" if args.worn else ""))
    print("\n| label (true ones) | learned: P / R / F1 | classical: P / R / F1 |\n|---|---|---|")
    labels = sorted(
        {k for counts, _ in tables.values() for k in counts}, key=lambda k: -tables["learned"][0][k][2]
    )
    for label in labels:
        cells = " | ".join(_told(counts[label]) for counts, _ in tables.values())
        print(f"| {label} ({tables['learned'][0][label][2]}) | {cells} |")
    every = {
        name: [sum(c[n] for c in counts.values()) for n in range(3)] for name, (counts, _) in tables.items()
    }
    print("| **all** | " + " | ".join(_told(c) for c in every.values()) + " |")
    print(
        "| seconds a page | "
        + " | ".join(f"{took / max(len(pages), 1):.2f}" for _, took in tables.values())
        + " |"
    )


if __name__ == "__main__":
    main()
