"""Which signs of handwriting belong together, read against annotated: ``python -m benchmarks.relations [--side develop] [--limit N]``.

Pages of MUSCIMA++ are read as the app reads handwriting. A primitive is an annotated object of its kind when their boxes
overlap by half of their union (noteheads, accidentals) or by 0.3 of it (stems, beams, flags, dots), where sides shorter than
half a staff space are first made so long: a pen stroke is three pixels wide, and two boxes of one stroke that lie two pixels
apart would share a fifth. A relation is right when both its ends are objects that the annotation joins. *On detected objects*
counts relations whose ends were both detected with a certainty of 0.3 or more, on either side; *of all* counts every relation
that is annotated and every one that was read, also those of signs that are not there.
Each page is read twice from the same primitives: with the hand-written predicates of the productions, and with the model of
relations in their place (what the app does). Letter and octave F1 and bars right are those of ``benchmarks.read``, of the same readings.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import get_args

import cv2
import numpy as np

from benchmarks.read import judge_bars, written_ranks
from benchmarks.reading_marks import Marks, flat, natural
from benchmarks.reading_sets import DATA, Case, muscima
from models.read.meaning.signs import PageBars, Relation, RelationKind
from models.read.page_primitives import PagePrimitives
from models.read.reader import Reader
from models.read.training.related import ENDS, Truth, membership, things_of, truth_of

CERTAIN = 0.3
KINDS: tuple[RelationKind, ...] = get_args(RelationKind)


@dataclass
class Count:
    """Relations that are right, that were read, and that are true."""

    right: int = 0
    found: int = 0
    true: int = 0

    def told(self) -> str:
        """Precision, recall and F1."""
        p, r = self.right / max(self.found, 1), self.right / max(self.true, 1)
        return f"{p:.3f} / {r:.3f} / {2 * p * r / max(p + r, 1e-9):.3f}"


@dataclass
class Counts:
    """The counts of each kind of relation: on detected objects, and of all."""

    detected: dict[str, Count] = field(default_factory=lambda: defaultdict(Count))
    every: dict[str, Count] = field(default_factory=lambda: defaultdict(Count))

    def add(self, read: Iterable[ReadRelation], truth: Truth, detected: frozenset[int]) -> None:
        """Adds a page: its relations as read, as annotated, and the objects that were detected."""
        pairs: dict[str, set[tuple[int, int]]] = defaultdict(set)
        unknown: dict[str, set[tuple[object, object]]] = defaultdict(set)
        for one in read:
            if one.first is not None and one.second is not None:
                pairs[one.kind].add((one.first, one.second))
            else:
                unknown[one.kind].add(one.names)
        for kind in KINDS:
            true = {(a, b) for k, a, b in truth.relations if k == kind}
            for count, wanted, found, more in (
                (self.every[kind], true, pairs[kind], len(unknown[kind])),
                (self.detected[kind], _among(true, detected), _among(pairs[kind], detected), 0),
            ):
                count.right += len(wanted & found)
                count.found += len(found) + more
                count.true += len(wanted)

    def rows(self) -> list[str]:
        """The lines of the table, the last one of all kinds together."""
        out = []
        for kind in (*KINDS, "all"):
            cells = []
            for side in (self.detected, self.every):
                count = side[kind] if kind != "all" else _sum(side[k] for k in KINDS)
                cells.append(f"{count.told()} ({count.true})")
            out.append(f"| {kind} | " + " | ".join(cells) + " |")
        return out


@dataclass(frozen=True)
class ReadRelation:
    """A relation as it was read: the annotated objects at its ends, None where an end is no such object."""

    kind: RelationKind
    first: int | None
    second: int | None
    names: tuple[object, object]


def _among(pairs: set[tuple[int, int]], things: frozenset[int]) -> set[tuple[int, int]]:
    return {(a, b) for a, b in pairs if a in things and b in things}


def _sum(counts: Iterable[Count]) -> Count:
    total = Count()
    for c in counts:
        total.right, total.found, total.true = (
            total.right + c.right,
            total.found + c.found,
            total.true + c.true,
        )
    return total


def read_relations(
    found: PagePrimitives, bars: PageBars, truth: Truth
) -> tuple[list[ReadRelation], frozenset[int]]:
    """The relations of the first reading of every bar, and the objects of the page that were detected."""
    space = found.page.upload_space or 20.0
    out: list[ReadRelation] = []
    seen: set[int] = set()
    for number, system in enumerate(found.systems):
        for n, staff in enumerate(system.staves):
            own = found.primitives[number][n]
            things = things_of(staff, own, truth.things, space)
            by_id = {p.id: p for p in own}
            seen |= {t for (name, group), t in things.items() if membership(by_id[name], group) >= CERTAIN}
            for bar in bars[number][n]:
                if bar.readings:
                    out += _joined(bar.readings[0].relations, things, (number, n))
    return out, frozenset(seen)


def _joined(
    relations: Sequence[Relation], things: Mapping[tuple[str, str], int], place: tuple[int, int]
) -> list[ReadRelation]:
    out = []
    for one in relations:
        first, second = ENDS[one.kind]
        ends = [
            next((things[i, group] for i in sorted(ids) if (i, group) in things), None)
            for ids, group in ((one.first, first), (one.second, second))
        ]
        out.append(ReadRelation(one.kind, ends[0], ends[1], ((place, one.first), (place, one.second))))
    return out


def measured(
    reader: Reader, case: Case, found: PagePrimitives, folder: Path, counts: Counts, marks: Marks
) -> None:
    """Reads a page from its primitives and adds its relations, pitches and bars."""
    page = reader.parsed(found)
    counts.add(*_with_truth(found, page.systems, truth_of(folder, case.name)))
    reading = reader.joined([page])
    with tempfile.TemporaryDirectory() as scratch:
        ranks = written_ranks(reading, Path(scratch))
    marks.pages += 1
    if case.pitches is not None:
        marks.add_pitches(case.pitches, flat(ranks[0]) if ranks else [], natural)
    judge_bars(reading, case, marks)


def _with_truth(
    found: PagePrimitives, bars: PageBars, truth: Truth
) -> tuple[list[ReadRelation], Truth, frozenset[int]]:
    read, seen = read_relations(found, bars, truth)
    return read, truth, seen


def table(counts: Counts, marks: Marks) -> str:
    """The table of relations, and a line on what became of them."""
    head = "| relation | on detected objects: P / R / F1 (true ones) | of all: P / R / F1 (true ones) |\n|---|---|---|"
    right = "no bars told"
    if marks.told:
        right = f"{100 * marks.bars_right:.1f} % of {len(marks.told)} bars right, calibration error {marks.calibration_error:.3f}"
    return "\n".join([head, *counts.rows(), "", f"letter and octave F1 {marks.pitch_f1:.3f}, {right}"])


def main() -> None:
    """Reads the pages and prints the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--side", choices=("develop", "test"), default="develop")
    parser.add_argument("--limit", type=int, default=10_000)
    args = parser.parse_args()
    folder = DATA / "muscima"
    reader = Reader(recogniser=None)
    tables = {"hand-written predicates": (Counts(), Marks()), "learned relations": (Counts(), Marks())}
    began = time.perf_counter()
    every = list(muscima(part=args.side))
    most = min(args.limit, len(every))
    for case in [every[n * len(every) // most] for n in range(most)]:
        grey = np.asarray(cv2.imread(str(case.picture), cv2.IMREAD_GRAYSCALE), np.uint8)
        found = reader.primitives(grey, "handwritten")
        for learned, (counts, marks) in enumerate(tables.values()):
            measured(reader, case, replace(found, learned=bool(learned)), folder, counts, marks)
        print(case.name, f"{time.perf_counter() - began:.0f} s", flush=True)
    for name, (counts, marks) in tables.items():
        print(f"\n{name}\n\n{table(counts, marks)}")


if __name__ == "__main__":
    main()
