"""The table of a data set: which file is which key, piano, dynamic, kind and side of the split."""

from __future__ import annotations

import csv
from collections.abc import Iterable
from dataclasses import astuple, dataclass, fields
from pathlib import Path

FILE = "annotations.csv"


@dataclass(frozen=True)
class Entry:
    """A row: ``file`` is relative to the data set's folder, ``split`` is ``train`` or ``test``.

    ``noise`` is 1 for the white-noise copy of a take, else 0; ``family`` and ``kind`` as in `note.Note`.
    """

    file: str
    midi: int
    piano: str
    family: str
    dynamic: str
    kind: str
    noise: int
    split: str


def write_annotations(folder: Path, entries: Iterable[Entry]) -> None:
    """``folder/annotations.csv``, whole or not at all."""
    partial = folder / (FILE + ".partial")
    with partial.open("w", encoding="utf-8", newline="") as file:
        table = csv.writer(file)
        table.writerow([field.name for field in fields(Entry)])
        table.writerows(astuple(entry) for entry in entries)
    partial.replace(folder / FILE)


def read_annotations(folder: Path) -> list[Entry]:
    """The rows of a data set, in the order they were made. ValueError, with a sentence, where there is none."""
    path = folder / FILE
    if not path.is_file():
        raise ValueError(
            f"{folder.name} holds no {FILE}: make the set with python -m models.transcribe.dataset."
        )
    with path.open(encoding="utf-8", newline="") as file:
        return [
            Entry(
                row["file"],
                int(row["midi"]),
                row["piano"],
                row["family"],
                row["dynamic"],
                row["kind"],
                int(row["noise"]),
                row["split"],
            )
            for row in csv.DictReader(file)
        ]
