"""Phone photos of printed melodies to develop on: single staves, and whole pages of ten (CPMS; to measure with alone)."""

from __future__ import annotations

import json
from collections.abc import Iterator

from benchmarks.reading_marks import LENGTHS, NoteToken
from benchmarks.reading_sets import DATA, Case

SETS = ("photo-lines", "photo-pages")


def cases(name: str) -> Iterator[Case]:
    """The pictures of one of `SETS`, their notes without alterations: half of the truth tells none."""
    folder = DATA / "cpms" / "dev" / name.removeprefix("photo-")
    for truth in sorted(folder.glob("*.json")):
        page = json.loads(truth.read_text(encoding="utf-8"))
        staves = [[_token(n) for n in s["notes"]] for p in page["parts"] for s in p["staves"]]
        yield Case(truth.stem, truth.with_suffix(".jpg"), staves, work=truth.stem, naturals=True)


def _token(note: dict[str, str | int]) -> NoteToken:
    length = LENGTHS.get(str(note["type"]), "?") + "." * int(note["dots"])
    return str(note["step"]).lower(), 0, int(note["octave"]), length
