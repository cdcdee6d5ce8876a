"""How many MusicXML files of other programs are read, written again alike and drawn: ``python -m benchmarks.musicxml [FOLDERS]``.

Written again alike means that the second reading equals the first, but for ids and bars that held only hidden rests.
"""

from __future__ import annotations

import sys
import time
from collections import Counter
from dataclasses import replace
from pathlib import Path

from models.notation.errors import NotationError
from models.notation.musicxml import read_musicxml, write_musicxml
from models.notation.score import Score

FOLDERS = ("../shared/data/pdmx", "../shared/data/piano_scores")


def main(folders: list[str]) -> None:
    """Prints the counts and what could not be read."""
    files = sorted(
        f for folder in folders for kind in ("mxl", "musicxml") for f in Path(folder).rglob(f"*.{kind}")
    )
    if not files:
        raise SystemExit("There are no MusicXML files in " + ", ".join(folders))
    counts: Counter[str] = Counter()
    events, start = 0, time.perf_counter()
    for file in files:
        try:
            score = read_musicxml(file)
        except NotationError as error:
            counts["not read"] += 1
            print(f"{file.name}: {error} ({file.stat().st_size} bytes)")
            continue
        counts["read"] += 1
        events += sum(1 for _ in score.events())
        again = read_musicxml(write_musicxml(score))
        counts["written alike" if bare(score) == bare(again) else "written with differences"] += 1
    for name, count in counts.items():
        print(f"| {name} | {count} of {len(files)} |")
    print(f"{events} events, {time.perf_counter() - start:.0f} s")


def bare(score: Score) -> Score:
    """Without ids, in one order."""
    parts = []
    for part in score.parts:
        bars = []
        for bar in part.bars:
            events = [
                replace(e, id="", notes=tuple(replace(n, id="") for n in e.notes))
                for e in bar.events
                if e.notes or not e.whole_bar
            ]
            bars.append(
                replace(bar, events=tuple(sorted(events, key=lambda e: (e.voice, e.onset, not e.grace))))
            )
        parts.append(replace(part, bars=tuple(bars)))
    return replace(score, parts=tuple(parts))


if __name__ == "__main__":
    main(sys.argv[1:] or list(FOLDERS))
