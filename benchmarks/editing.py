"""Actions to make read pages right: ``python -m benchmarks.editing [SET ...] [--pages N]``.

Reads development pages, and lets `benchmarks.editing_script` make each of them right by keys and clicks of the page's
editor; beside that, the actions to delete every wrong bar and to type it anew. What counts as right is what the note error
rate counts: step, alteration, octave, note value and dots, staff by staff; ties, slurs, beams and words are not counted.
Pages are engraved ones of the part *develop*, clean and as a poor scanner sees them; what was read is kept in the cache.
"""

from __future__ import annotations

import argparse
import pickle
from itertools import islice
from pathlib import Path

import cv2
import numpy as np

from benchmarks.editing_script import Corrected, corrected
from benchmarks.read import enlarging
from benchmarks.reading_bars import tells_bars, truths_by_score, variants
from benchmarks.reading_sets import Case, cases
from models.notation.editing import with_rests
from models.notation.musicxml import read_musicxml
from models.notation.score import Score
from models.read.reader import Reader
from models.read.reading import Reading

SETS = ("engraved", "low-engraved")
PAGES = 20


def main() -> None:
    """Reads and corrects the pages and prints a table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("sets", nargs="*", default=list(SETS))
    parser.add_argument("--pages", type=int, default=PAGES, help="of all sets together")
    parser.add_argument("--cache", type=Path, default=Path("build/reading"))
    parser.add_argument(
        "--read-only-cached", action="store_true", help="leave out pages that were not read before"
    )
    given = parser.parse_args()
    each = -(-given.pages // len(given.sets))
    found: list[Corrected] = []
    reader: Reader | None = None
    print(
        "| page | bars | wrong | still wrong | actions by editing | by deleting and typing |\n|---|---|---|---|---|---|"
    )
    for name in given.sets:
        for case in islice((c for c in cases(name, given.cache) if c.score and tells_bars(c.score)), each):
            file = given.cache / "readings" / f"{name}-{case.name}.pickle"
            if not file.exists():
                if given.read_only_cached:
                    continue
                reader = reader or Reader(enlarge=enlarging())
                file.parent.mkdir(parents=True, exist_ok=True)
                file.write_bytes(pickle.dumps(_read(reader, case)))
            one = page(pickle.loads(file.read_bytes()), case.score)  # noqa: S301 - written above
            if one is None:
                continue
            found.append(one)
            print(
                f"| {name} {case.name} | {one.bars} | {one.wrong} | {one.left} | {one.actions} | {one.typed} |",
                flush=True,
            )
    if found:
        wrong, left = sum(one.wrong for one in found), sum(one.left for one in found)
        print(
            f"{len(found)} pages, {wrong} of {sum(one.bars for one in found)} bars wrong; {left} bars are not made right."
        )
        for told, pages in (
            ("a page", found),
            ("a page that is not all right", [one for one in found if one.typed]),
        ):
            if pages:
                by_editing, by_typing = (
                    [getattr(one, what) for one in pages] for what in ("actions", "typed")
                )
                print(
                    f"Median {told} ({len(pages)}): {np.median(by_editing):g} actions by editing, {np.median(by_typing):g} by deleting "
                    f"and typing; in all {sum(by_editing)} and {sum(by_typing)}."
                )


def _read(reader: Reader, case: Case) -> Reading:
    return reader.read([np.asarray(cv2.imread(str(case.picture), cv2.IMREAD_GRAYSCALE), np.uint8)], top=5)


def page(reading: Reading, truth: Path | None) -> Corrected | None:
    """What it takes to make a reading like a MusicXML file; None for a page without music."""
    if not reading.found_music or truth is None:
        return None
    best = reading.interpretations[0]
    return corrected(reading.score(best), read_musicxml(truth), other_readings(reading, truth))


def other_readings(reading: Reading, truth: Path) -> dict[int, Score]:
    """For each bar of which a reading that was not chosen is right: a score that has it."""
    scores = variants(reading)
    found = {}
    for number, told in enumerate(truths_by_score(reading, truth)):
        right = next((k for k, is_right in enumerate(told.right) if is_right), 0)
        if right:
            found[number] = with_rests(scores[number % 2][right])
    return found


if __name__ == "__main__":
    main()
