"""An export of the collection read as files, for recipes that learn from what visitors gave.

An export is a folder with ``manifest.json``, Parquet below ``data/<task>/<split>-NNNNN.parquet`` and ``removed.txt``
(docs/storage.md). Nothing here knows how it was made. What ``removed.txt`` lists is left out, so that a newer list laid
into an old export takes effect at the next training.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

Split = Literal["train", "validation", "test"]
_COLUMNS = ["id", "work", "image", "audio", "label", "label_format", "results"]
_AT_ONCE = 8


@dataclass(frozen=True)
class Exported:
    """One accepted donation: ``given`` is a PNG or a WAV, ``label`` text in the format that ``label_format`` names.

    ``work`` is the same for donations that may be of one work; splits go by it. ``results`` are the files that the app
    gave back, with their kinds (image, audio, score).
    """

    id: str
    work: str
    given: bytes
    label: str
    label_format: str
    results: tuple[tuple[str, bytes], ...]


def is_export(folder: Path) -> bool:
    """Whether a folder is an export."""
    return (folder / "manifest.json").is_file() and (folder / "removed.txt").is_file()


def exported(folder: Path, task: str, split: Split) -> Iterator[Exported]:
    """The donations of a task and a split, in the export's order. ValueError, with a sentence, for no export."""
    import pyarrow.parquet as pq

    if not is_export(folder):
        raise ValueError(
            f"{folder.name} is no export: make one with python -m scoreweb export, and name its folder."
        )
    removed = set((folder / "removed.txt").read_text(encoding="utf-8").split())
    for path in sorted((folder / "data" / task).glob(f"{split}-*.parquet")):
        with pq.ParquetFile(path) as file:
            for batch in file.iter_batches(_AT_ONCE, columns=_COLUMNS):
                yield from (_of(row) for row in batch.to_pylist() if row["id"] not in removed)


def _of(row: dict[str, Any]) -> Exported:
    source = row["image"] or row["audio"]
    results = tuple((one["kind"], one["bytes"]) for one in row["results"])
    return Exported(row["id"], row["work"], source["bytes"], row["label"], row["label_format"], results)
