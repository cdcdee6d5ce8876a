"""Song pages as the PDFs that MuseScore writes, read by their characters and as pictures: ``python -m benchmarks.drawn_pages [--limit N]``.

The songs are those of `benchmarks.notation` (composers of the development part). Each page is read twice by the same reader in one
run, once with the characters that the file holds and once without; for each kind of thing the F1 of those found at the right place.
"""

from __future__ import annotations

import argparse
import os
import subprocess
from collections import Counter
from dataclasses import replace
from pathlib import Path

from benchmarks.notation import printed_title
from benchmarks.notation_kinds import table, things
from benchmarks.notation_pages import songs
from models.glyph import Glyph
from models.notation.musicxml import read_musicxml, write_musicxml
from models.notation.score import Score
from models.read.reader import Reader
from models.sheet import Limits, open_pages
from scoreweb.jobs.read.options import given_of, limits_for_reading

Counted = Counter[tuple[object, ...]]
WAYS = ("by its characters", "as a picture")


def notes(score: Score) -> Counted:
    """The notes of a score: bar, moment, pitch, value."""
    found: Counted = Counter()
    for part in score.parts:
        for place, bar in enumerate(part.bars):
            for event in bar.events:
                for note in event.notes:
                    found["note", place, event.onset, note.pitch, event.duration] += 1
    return found


def main() -> None:
    """Reads the pages and prints the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--limit", type=int, default=6, help="songs")
    parser.add_argument(
        "--cache", type=Path, default=Path("build/reading"), help="where engraved pages are kept"
    )
    given = parser.parse_args()
    reader = Reader()
    truth: Counted = Counter()
    read: dict[str, Counted] = {way: Counter() for way in WAYS}
    count = 0
    for name, _, file in songs(given.cache, given.limit):
        pdf = file.with_suffix(".pdf")
        if not pdf.exists():
            env = {**os.environ, "QT_QPA_PLATFORM": "offscreen"}
            subprocess.run(["mscore3", "-o", str(pdf), str(file)], capture_output=True, check=False, env=env)
        pages = given_of(open_pages(pdf, limits=limits_for_reading(Limits())))
        wanted = replace(read_musicxml(file), title=printed_title(file))
        truth += _of(name, things(wanted) + notes(wanted))
        for way in WAYS:
            glyphs: tuple[tuple[Glyph, ...], ...] = pages.glyphs if way == WAYS[0] else ()
            reading = reader.read(pages.greys, top=1, glyphs=glyphs)
            got = read_musicxml(write_musicxml(reading.score(reading.interpretations[0])))
            read[way] += _of(name, things(got) + notes(got))
        count += 1
        print(f"{name} read", flush=True)
    print(f"| F1 on {count} pages | there | {' | '.join(WAYS)} |\n|---|---|---|---|")
    tables = [{row[0]: row for row in table(truth, read[way])} for way in WAYS]
    for kind, row in tables[0].items():
        print(f"| {kind} | {row[1]} | {row[4]:.2f} | {tables[1][kind][4]:.2f} |")


def _of(name: str, counted: Counted) -> Counted:
    return Counter({(key[0], name, *key[1:]): n for key, n in counted.items()})


if __name__ == "__main__":
    main()
