"""Rows to files: Parquet and tar shards and a manifest; the same bytes for the same rows.

What a row holds is a `Layout`'s word: `COLLECTION` is that of exports, and other datasets bring their own
(``scripts/release_notes.py``).
"""

from __future__ import annotations

import hashlib
import io
import json
import tarfile
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from storage.dataset.records import Row, schema
from storage.dataset.works import split_of

GROUP_ROWS = 100
GROUP_BYTES = 64 * 1024**2
SHARD_BYTES = 500 * 1024**2
MANIFEST = "manifest.json"
_BINARY = {"image", "audio", "results", "predictions"}


@dataclass(frozen=True)
class Layout:
    """What a dataset's rows are: their columns, ``place`` (configuration and split), and ``members`` of their tar samples.

    ``members`` are files by their endings, ``size`` is about how many bytes a row takes, ``key`` names the column whose value
    the members of a sample are called after.
    """

    schema: pa.Schema
    place: Callable[[Row], tuple[str, str]]
    members: Callable[[Row], Mapping[str, bytes]]
    size: Callable[[Row], int]
    key: str = "id"


class Shards:
    """The shards of one configuration and one split, in Parquet and tar side by side."""

    def __init__(self, folder: Path, task: str, split: str, shard_bytes: int, layout: Layout) -> None:
        self._folder, self._task, self._split, self._layout = folder, task, split, layout
        self._shard_bytes = shard_bytes
        self._number = self._size = self._waiting = 0
        self._rows: list[Row] = []
        self._table: pq.ParquetWriter | None = None
        self._tar: tarfile.TarFile | None = None

    def add(self, row: Row) -> None:
        """One more row; a row group or a shard that is full is written."""
        size = self._layout.size(row)
        if self._size and self._size + size > self._shard_bytes:
            self.close()
            self._number += 1
        if self._table is None:
            self._open()
        self._size += size
        self._waiting += size
        self._rows.append(row)
        if self._tar is not None:
            _sample(self._tar, row[self._layout.key], self._layout.members(row))
        if len(self._rows) >= GROUP_ROWS or self._waiting >= GROUP_BYTES:
            self._flush()

    def close(self) -> None:
        """What waits is written, and the present shard's files are closed."""
        self._flush()
        if self._table is not None and self._tar is not None:
            self._table.close()
            self._tar.close()
        self._table = self._tar = None
        self._size = 0

    def _open(self) -> None:
        name = f"{self._split}-{self._number:05}"
        for kind in ("data", "tar"):
            (self._folder / kind / self._task).mkdir(parents=True, exist_ok=True)
        table = self._folder / "data" / self._task / f"{name}.parquet"
        self._table = pq.ParquetWriter(table, self._layout.schema, compression="zstd", write_page_index=True)
        self._tar = tarfile.open(  # noqa: SIM115 - closed with the shard
            self._folder / "tar" / self._task / f"{name}.tar", "w", format=tarfile.USTAR_FORMAT
        )

    def _flush(self) -> None:
        if self._rows and self._table is not None:
            self._table.write_table(
                pa.Table.from_pylist(self._rows, schema=self._layout.schema), row_group_size=GROUP_ROWS
            )
        self._rows, self._waiting = [], 0


def write_rows(
    folder: Path, rows: Iterable[Row], *, shard_bytes: int = SHARD_BYTES, layout: Layout | None = None
) -> Counter[tuple[str, str]]:
    """Writes all rows below ``folder``; how many there are of each configuration and split. `COLLECTION` by default."""
    layout = layout or COLLECTION
    shards: dict[tuple[str, str], Shards] = {}
    counts: Counter[tuple[str, str]] = Counter()
    for row in rows:
        key = layout.place(row)
        if key not in shards:
            shards[key] = Shards(folder, *key, shard_bytes, layout)
        shards[key].add(row)
        counts[key] += 1
    for one in shards.values():
        one.close()
    return counts


def write_manifest(folder: Path) -> None:
    """Lists every file of the dataset with its size and SHA-256."""
    listed = {
        path.relative_to(folder).as_posix(): {"bytes": path.stat().st_size, "sha256": _sha256(path)}
        for path in sorted(folder.rglob("*"))
        if path.is_file() and path.name != MANIFEST
    }
    (folder / MANIFEST).write_text(json.dumps(listed, indent=1) + "\n", encoding="utf-8", newline="\n")


def _sample(tar: tarfile.TarFile, name: str, members: Mapping[str, bytes]) -> None:
    """The members of one sample, as WebDataset takes them: one name, different endings."""
    for ending, data in sorted(members.items()):
        member = tarfile.TarInfo(f"{name}.{ending}")
        member.size, member.mode = len(data), 0o644
        tar.addfile(member, io.BytesIO(data))


def _members(row: Row) -> dict[str, bytes]:
    """Input, label and metadata of a contribution."""
    endings = {"musicxml": "musicxml", "notes": "notes.json", "payload": "payload.json"}
    plain = {name: value for name, value in row.items() if name not in _BINARY | {"label"}}
    members = {
        endings[row["label_format"]]: row["label"].encode("utf-8"),
        "json": json.dumps(plain, ensure_ascii=False, sort_keys=True).encode("utf-8"),
    }
    for column, ending in (("image", "png"), ("audio", "wav")):
        if row[column] is not None:
            members[ending] = row[column]["bytes"]
    return members


def _size(row: Row) -> int:
    """About how many bytes the row takes: its files and its long texts."""
    files = [row[column]["bytes"] for column in ("image", "audio") if row[column] is not None]
    files += [part["bytes"] for column in ("results", "predictions") for part in row[column] if part["bytes"]]
    return (
        sum(map(len, files))
        + len(row["label"])
        + sum(len(one["payload"]) for one in row["corrections"])
        + 1000
    )


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _place(row: Row) -> tuple[str, str]:
    """The job, and the side of the split that the work lies on."""
    return row["task"], split_of(row["work"])


COLLECTION = Layout(schema(), _place, _members, _size)
"""Rows of contributions, as `storage.dataset.reading` gives them."""
