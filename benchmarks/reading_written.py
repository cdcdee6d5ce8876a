"""Real handwriting to develop on: jazz lead sheets and autographs of Debussy, with the notes that are written on each page."""

from __future__ import annotations

import gzip
import json
from collections import Counter, defaultdict
from collections.abc import Iterator
from typing import Any

from benchmarks.reading_marks import LENGTHS, NoteToken, midi
from benchmarks.reading_sets import DATA, Case

SETS = ("jazzmus", "debussy")


def jazzmus() -> Iterator[Case]:
    """Whole pages of handwritten lead sheets, one staff each; to measure with alone, since they have no licence."""
    for truth in sorted((DATA / "jazzmus" / "dev").glob("*.json")):
        page = json.loads(truth.read_text(encoding="utf-8"))
        staves = [_in_order(s["notes"]) for p in page["parts"] for s in p["staves"]]
        yield Case(truth.stem, truth.with_suffix(".jpg"), staves, work=truth.stem)


def debussy() -> Iterator[Case]:
    """Piano pages in Debussy's hand: pitches of the visible notes, without order."""
    for truth in sorted((DATA / "debussy" / "dev").glob("*.json.gz")):
        page = json.loads(gzip.decompress(truth.read_bytes()))
        notes = [n for p in page["parts"] for s in p["staves"] for n in s["notes"]]
        name = truth.name.removesuffix(".json.gz")
        pitches = Counter(midi(_token(n)) for n in notes)
        yield Case(name, truth.with_name(f"{name}.jpg"), pitches=pitches, work=name)


def cases(name: str) -> Iterator[Case]:
    """The pages of one of `SETS`."""
    return {"jazzmus": jazzmus, "debussy": debussy}[name]()


def _in_order(notes: list[dict[str, Any]]) -> list[NoteToken]:
    at: dict[float, list[NoteToken]] = defaultdict(list)
    for note in notes:
        at[float(note["onset"])].append(_token(note))
    return [token for onset in sorted(at) for token in sorted(at[onset])]


def _token(note: dict[str, Any]) -> NoteToken:
    length = LENGTHS.get(note["type"], "?") + "." * int(note["dots"])
    return note["step"].lower(), int(note["alter"]), int(note["octave"]), length
