"""What stands on pages beyond the notes: ``python -m benchmarks.notation [--engraver NAME] [--set NAME] [--limit N] [--no-ned]``.

Development works are engraved at 300 dpi by MuseScore, or by LilyPond or Verovio, as many bars as one page takes, read
by the same reader as in the app, and compared with their file: for each kind of thing the F1 of those found at the right place
(the same bar, staff, moment and content), and OMR-NED by musicdiff over all objects and over notes and rests, summed over the pages
and divided once. The set *songs* holds songs with words, one a composer; *rare* works in which rare signs stand.
``--compare`` takes folders of other readings (``<work>/rank1.musicxml``) into the same run.
"""

from __future__ import annotations

import argparse
import time
from collections import Counter
from dataclasses import replace
from pathlib import Path

import numpy as np
from PIL import Image

from benchmarks.ned import LEVELS, ned
from benchmarks.notation_kinds import Things, metronomes, table, things
from benchmarks.notation_pages import ENGRAVERS, SETS, folder_of, pages
from benchmarks.reading_marks import musicxml_root
from models.notation.musicxml import read_musicxml, write_musicxml
from models.read.reader import Reader

NOT_DRAWN = {"verovio": {"title", "composer"}}
"""Kinds that an engraver's pages here do not show."""


def printed_title(truth: Path) -> str:
    """The title that MuseScore prints: the movement's in large letters, where the work has movements."""
    root = musicxml_root(truth)
    told = root.findtext("movement-title") or root.findtext("work/work-title") or ""
    return str(told).split("\n")[0]


def wanted_of(file: Path) -> Things:
    """All that a file's page shows."""
    return things(replace(read_musicxml(file), title=printed_title(file))) + metronomes(file)


def read_of(file: Path) -> Things:
    """All that a reading says."""
    return things(read_musicxml(file)) + metronomes(file)


def main() -> None:
    """Reads the pages and prints the tables."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--engraver", choices=ENGRAVERS, default=ENGRAVERS[0])
    parser.add_argument("--set", choices=SETS, default=SETS[0])
    parser.add_argument("--limit", type=int, default=8, help="pages")
    parser.add_argument(
        "--cache", type=Path, default=Path("build/reading"), help="where engraved pages and readings are kept"
    )
    parser.add_argument(
        "--compare", type=Path, nargs="*", default=[], help="folders of other readings of the same pages"
    )
    parser.add_argument(
        "--kept", action="store_true", help="take the readings that an earlier run left in the cache"
    )
    parser.add_argument("--no-ned", action="store_true", help="leave OMR-NED out, which takes long")
    given = parser.parse_args()
    reader = None if given.kept else Reader()
    seconds: Counter[str] = Counter()
    folder = given.cache / f"{folder_of(given.engraver, given.set)}-read"
    files: list[tuple[str, Path]] = []
    for name, picture, file in pages(given.cache, given.limit, given.engraver, given.set):
        out = folder / name / "rank1.musicxml"
        if reader is not None:
            began = time.perf_counter()
            reading = reader.read([np.asarray(Image.open(picture).convert("L"))], top=1)
            out.parent.mkdir(parents=True, exist_ok=True)
            out.write_bytes(write_musicxml(reading.score(reading.interpretations[0])))
            seconds["all"] += time.perf_counter() - began
            seconds["words"] += (reading.pages[0].seconds or {}).get("words", 0.0)
            print(f"{name}: {time.perf_counter() - began:.1f} s", flush=True)
        if out.exists():
            files.append((name, file))
    ways = [folder, *given.compare]
    print_table(files, ways, NOT_DRAWN.get(given.engraver, set()))
    if seconds["all"]:
        print(f"words and marks took {100 * seconds['words'] / seconds['all']:.0f} % of the time of reading")
    if not given.no_ned:
        for way in ways:
            pairs = [file for _, file in files], [way / name / "rank1.musicxml" for name, _ in files]
            print(way, ", ".join(f"{level} {ned(*pairs, level)[0]:.1f} %" for level in LEVELS), flush=True)


def print_table(files: list[tuple[str, Path]], ways: list[Path], hidden: set[str]) -> None:
    """The table of kinds; of further ways of reading the F1 alone."""
    truth: Things = Counter()
    read: list[Things] = [Counter() for _ in ways]
    for name, file in files:
        truth += Counter({(k[0], name, *k[1:]): v for k, v in wanted_of(file).items() if k[0] not in hidden})
        for way, own in zip(ways, read, strict=True):
            own.update({(k[0], name, *k[1:]): v for k, v in read_of(way / name / "rank1.musicxml").items()})
    others = [{kind: f1 for kind, *_, f1 in table(truth, own)} for own in read[1:]]
    names = "".join(f" F1 of {way.name} |" for way in ways[1:])
    print(
        f"| kind, {len(files)} pages | there | precision | recall | F1 |{names}\n|---|---|---|---|---|{'---|' * len(others)}"
    )
    for kind, n, precision, recall, f1 in table(truth, read[0]):
        more = "".join(f" {other[kind]:.2f} |" for other in others)
        print(f"| {kind} | {n} | {precision:.2f} | {recall:.2f} | {f1:.2f} |{more}")


if __name__ == "__main__":
    main()
