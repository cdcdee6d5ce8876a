"""How well staves, staff-line removal and primitives are found: ``python -m benchmarks.staves [--pages N]``.

Staff lines: pixel F1 against the masks of MUSCIMA++ (writers kept apart from the prototypes'), for the plain rule
of Watkins 1994 and for the rule in use. Primitives: precision, recall and F1 on those pages and on pages that
Verovio engraves of scores that made no prototypes, in five fonts and degraded as scans are.
"""

from __future__ import annotations

import argparse
import time
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from models.arrays import Grey
from models.notation.engraving.fonts import MUSIC_FONTS
from models.read.page.preparation import prepare
from models.read.page.staves import SPACE, find_systems
from models.read.page.staves.removal import line_mask, plain_mask
from models.read.primitives import Primitive, Style
from models.read.primitives.classical import ClassicalExtractor
from models.read.training.engraved import Sign, degraded, engraved
from models.read.training.muscima import page_files, signs, staff_count, staff_line_mask
from models.read.training.splits import part_of_work
from models.read.training.truth import signs_on
from models.sheet import open_pages

GROUPS = {
    "solid heads": ("solid_head",),
    "hollow heads": ("hollow_head", "whole_head"),
    "stems": ("stem",),
    "beams": ("beam",),
    "bar lines": ("bar_line",),
    "flags": ("flag_up", "flag_down", "flag_up_16", "flag_down_16", "flag_up_32", "flag_down_32"),
    "dots": ("dot",),
    "accidentals": ("sharp", "flat", "natural", "double_sharp", "double_flat"),
    "rests": (
        "whole_rest",
        "half_rest",
        "quarter_rest",
        "eighth_rest",
        "sixteenth_rest",
        "thirty_second_rest",
    ),
    "clefs": ("treble_clef", "bass_clef", "alto_clef"),
    "metres": (*(f"digit_{n}" for n in range(10)), "common_time", "cut_time"),
}
_NEAR = {"solid heads": 0.35, "hollow heads": 0.4, "stems": 0.5, "bar lines": 0.4, "beams": 0.0, "clefs": 1.2}
Counts = dict[str, list[int]]


def main() -> None:
    """Prints the tables."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--pages", type=int, default=10)
    parser.add_argument("--data", type=Path, default=Path("../shared/data"))
    args = parser.parse_args()
    started = time.process_time()
    hand = page_files(args.data / "muscima", part="develop")
    hand = hand[:: max(1, len(hand) // args.pages)][: args.pages]
    _print_removal(args.data / "muscima", hand)
    table = {
        "engraved, clean": _counted(_engraved(args.data / "pdmx", args.pages, wear=False), "printed"),
        "engraved, degraded": _counted(_engraved(args.data / "pdmx", args.pages, wear=True), "printed"),
        "MUSCIMA++": _counted(
            ((open_pages(f)[0].grey, signs(args.data / "muscima", f.stem)) for f in hand), "handwritten"
        ),
    }
    print("\n| primitives: P / R / F1 | " + " | ".join(table) + " |\n|---" * 1 + "|---" * len(table) + "|")
    for group in GROUPS:
        print(f"| {group} | " + " | ".join(_told(c[group]) for c in table.values()) + " |")
    print(f"\n{time.process_time() - started:.0f} s of one core")


def _told(count: list[int]) -> str:
    right, seen, true = count
    if not true:
        return "-"
    p, r = right / max(seen, 1), right / true
    return f"{p:.3f} / {r:.3f} / {2 * p * r / max(p + r, 1e-9):.3f} ({true})"


def _print_removal(folder: Path, files: list[Path]) -> None:
    totals = {name: np.zeros(3) for name in ("plain rule of the paper", "rule in use")}
    found = true = 0
    for file in files:
        grey = open_pages(file)[0].grey
        page = prepare(grey)
        staves = [s for system in find_systems(page) for s in system.staves]
        found, true = found + len(staves), true + staff_count(folder, file.stem)
        if page.ink.shape != grey.shape:
            continue
        only = staff_line_mask(folder, file.stem, grey.shape)
        for rule, total in zip((plain_mask, line_mask), totals.values(), strict=True):
            mask = np.zeros(grey.shape, np.bool_)
            for staff in staves:
                rows = np.full((5, grey.shape[1]), np.nan)
                x = np.arange(int(np.ceil(staff.left)), min(int(staff.right) + 1, grey.shape[1]))
                for line in range(5):
                    rows[line, x] = staff.y(line, x.astype(np.float64))
                mask |= rule(page.binary, rows, staff.space)
            total[:] += (mask & only).sum(), (mask & ~only).sum(), (~mask & only).sum()
    print(f"{len(files)} handwritten pages: {found} staves found of {true}\n")
    print("| staff-line pixels | precision | recall | F1 |\n|---|---|---|---|")
    for name, (tp, fp, fn) in totals.items():
        print(f"| {name} | {tp / (tp + fp):.4f} | {tp / (tp + fn):.4f} | {2 * tp / (2 * tp + fp + fn):.4f} |")


def _engraved(scores: Path, count: int, *, wear: bool) -> Iterator[tuple[Grey, tuple[Sign, ...]]]:
    """Pages of development works, which no prototype comes from."""
    rng = np.random.default_rng(7)
    files = [f for f in sorted(scores.glob("*.mxl")) if part_of_work(f.stem) == "develop"]
    made = 0
    for n, score in enumerate(files):
        if made >= count:
            return
        for page in engraved(score, font=MUSIC_FONTS[n % 5], space=20.8 if n % 2 else 17.0, seed=n):
            kept = degraded(page, rng) if wear else page
            made += 1
            yield kept.grey, kept.signs


def _counted(pages: Iterator[tuple[Grey, tuple[Sign, ...]]], style: Style) -> Counts:
    counts: Counts = defaultdict(lambda: [0, 0, 0])
    for grey, truth in pages:
        for system in find_systems(prepare(grey)):
            for staff in system.staves:
                first, last = staff.strip.own_rows
                here = [s for s in signs_on(staff, truth) if first <= (s.box[1] + s.box[3]) / 2 <= last]
                seen = [p for p in ClassicalExtractor().extract(staff.strip, style=style) if not p.shared]
                for group, labels in GROUPS.items():
                    wanted = [s for s in here if s.label in labels]
                    wanted = _joined(wanted) if group == "beams" else wanted
                    got = sorted((p for p in seen if p.label in labels), key=lambda p: -p.certainty)
                    counts[group][0] += _matched(got, wanted, group)
                    counts[group][1] += len(got)
                    counts[group][2] += len(wanted)
    return counts


def _joined(beams: list[Sign]) -> list[Sign]:
    """Beams with pieces that meet end to end put together: Verovio draws a long beam from stem to stem."""
    whole: list[Sign] = []
    for s in sorted(beams, key=lambda s: s.box[0]):
        for n, w in enumerate(whole):
            a, b = w.box, s.box
            if abs(a[2] - b[0]) < 6 and min(a[3], b[3]) - max(a[1], b[1]) > -4 and _slopes_on(w, s):
                whole[n] = Sign("beam", (a[0], min(a[1], b[1]), b[2], max(a[3], b[3])))
                break
        else:
            whole.append(s)
    return whole


def _slopes_on(one: Sign, two: Sign) -> bool:
    """Whether two pieces lie on one level, their middles apart by no more than their slope explains."""
    a, b = one.box, two.box
    return (
        abs((a[1] + a[3]) / 2 - (b[1] + b[3]) / 2)
        < 0.35 * SPACE + 0.5 * max(a[3] - a[1], b[3] - b[1]) - 0.25 * SPACE
    )


def _matched(got: list[Primitive], wanted: list[Sign], group: str) -> int:
    """How many are found at their place and, within a group, under their very label."""
    near = _NEAR.get(group, 0.6)
    free = list(wanted)
    right = 0
    for p in got:
        x, y = (p.box[0] + p.box[2]) / 2, (p.box[1] + p.box[3]) / 2
        for s in free:
            x0, y0, x1, y1 = s.box
            if near and (
                abs(x - (x0 + x1) / 2) > near * SPACE
                or abs(y - (y0 + y1) / 2)
                > max(near, {"stems": 1.2, "bar lines": 8.0}.get(group, 0.0)) * SPACE
            ):
                continue
            if not near and not (x0 - 10 < x < x1 + 10 and y0 - 14 < y < y1 + 14):
                continue
            if p.label != s.label and group != "hollow heads":
                continue
            free.remove(s)
            right += 1
            break
    return right


if __name__ == "__main__":
    main()
