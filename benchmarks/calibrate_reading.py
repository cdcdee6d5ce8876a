"""Calibrates the probabilities of reading: ``python -m benchmarks.calibrate_reading [--limit N] [--refit]``.

Reads development pages (works and writers of the part *develop* of `models.read.training.splits`: none of a test page, none
that prototypes were made from), finds which readings of which bars are right in every note, fits
`models.read.training.calibration` for each style of writing, and writes ``models/read/ranking/probability.json`` with the
figures by cross-validation over works or writers. What was read of a page is kept in the cache, so that the command goes on where it
was stopped; ``--refit`` fits what the cache holds without reading more. Some ten seconds a page on one CPU core.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from benchmarks.read import enlarging
from benchmarks.reading_bars import BarTruth, bar_truths
from benchmarks.reading_scans import cases
from benchmarks.reading_sets import Case
from models.read.meaning.context import contexts
from models.read.meaning.signs import ChordSign
from models.read.ranking.features import FEATURES, features, page_facts
from models.read.ranking.probability import TABLE
from models.read.reader import Reader
from models.read.reading import Reading
from models.read.training.calibration import BarExample, table
from models.read.training.splits import muscima_writer

SETS = {
    "printed": ("engraved", "low-engraved", "musescore", "musescore-scans"),
    "handwritten": ("muscima",),
}
"""The development sets of each style."""

COMMAND = "python -m benchmarks.calibrate_reading"


def main() -> None:
    """Reads, fits and writes the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--limit", type=int, default=40, help="pages of a set")
    parser.add_argument(
        "--only",
        choices=sorted({s for sets in SETS.values() for s in sets}),
        help="read one set, fit nothing",
    )
    parser.add_argument("--style", choices=sorted(SETS), help="fit one style, leave the other as it is")
    parser.add_argument("--refit", action="store_true", help="fit what was read before, read nothing")
    parser.add_argument("--cache", type=Path, default=Path("build/reading"))
    parser.add_argument("--table", type=Path, default=TABLE)
    given = parser.parse_args()
    kept = given.cache / "calibration"
    kept.mkdir(parents=True, exist_ok=True)
    if not given.refit:
        reader = Reader(enlarge=enlarging(), calibrate=False)
        for names in SETS.values():
            for name in names:
                if given.only in (None, name):
                    read_set(reader, name, given.limit, given.cache, kept)
    if given.only:
        return
    styles = json.loads(given.table.read_text(encoding="utf-8"))["styles"] if given.style else {}
    for style, names in SETS.items():
        if given.style not in (None, style):
            continue
        bars = [bar for name in names for bar in examples(kept, name)]
        styles[style] = {"sets": list(names), **table(bars)}
        print(style, json.dumps(styles[style]["figures"], indent=1))
    told = {"made_by": COMMAND, "part": "develop", "styles": styles}
    given.table.write_text(json.dumps(told, indent=1) + "\n", encoding="utf-8")


def read_set(reader: Reader, name: str, limit: int, cache: Path, kept: Path) -> None:
    """The examples of a set's pages as files, those that are there already left as they are."""
    for number, case in enumerate(cases(name, cache)):
        if number >= limit:
            return
        file = kept / f"{name}-{case.name}.json"
        if file.exists():
            continue
        found = page_examples(reader, case)
        file.write_text(json.dumps(found), encoding="utf-8")
        print(
            name,
            case.name,
            len(found),
            "bars",
            sum(f["right"] is not None for f in found),
            "right",
            flush=True,
        )


def page_examples(reader: Reader, case: Case) -> list[dict[str, Any]]:
    """The bars of a page as JSON values of `BarExample`; none where its truth does not tell enough."""
    grey = np.asarray(cv2.imread(str(case.picture), cv2.IMREAD_GRAYSCALE), np.uint8)
    reading = reader.read([grey])
    truths = bar_truths(reading, case)
    return [] if truths is None else list(_examples(reading, case, truths))


def _examples(reading: Reading, case: Case, truths: Sequence[BarTruth]) -> Iterator[dict[str, Any]]:
    facts = page_facts([b.readings for b in reading.bars], contexts(reading.systems, reading.parts))
    for options, truth in zip(reading.bars, truths, strict=True):
        if not options.readings or options.readings[0].defied:
            continue
        heads = [
            head
            for staff in options.readings[0].staves
            for placed in staff.placed
            if isinstance(placed.sign, ChordSign)
            for head in placed.sign.heads
        ]
        yield {
            "page": case.name,
            "work": case.work,
            "rows": np.round(features(options.readings, facts), 6).tolist(),
            "right": truth.right.index(True) if any(truth.right) else None,
            "fills": [r.sums for r in options.readings],
            "memberships": round(sum(h.certainty for h in heads), 4),
            "notes_right": truth.notes_right,
        }


def examples(kept: Path, name: str) -> list[BarExample]:
    """The examples of a set that were kept."""
    out = []
    for file in sorted(kept.glob(f"{name}-[!s]*.json" if name == "musescore" else f"{name}-*.json")):
        for told in json.loads(file.read_text(encoding="utf-8")):
            rows = np.array(told["rows"], np.float64).reshape(-1, len(FEATURES))
            out.append(
                BarExample(
                    f"{name}-{told['page']}",
                    told["work"],
                    f"writer {muscima_writer(told['work'])}" if name == "muscima" else told["work"],
                    rows,
                    told["right"],
                    tuple(told["fills"]),
                    told["memberships"],
                    told["notes_right"],
                )
            )
    return out


if __name__ == "__main__":
    main()
