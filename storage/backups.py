"""Copies of the collection that a host can put in its place, and their end after some days.

A copy's rows are one file, made by ``VACUUM INTO`` or ``pg_dump``; the bytes lie beside it, shared by all copies. A dump
does not tell which bytes it needs, so that a list of them lies beside it.
"""

from __future__ import annotations

import os
import re
import shutil
import sqlite3
from contextlib import closing, suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path

from sqlalchemy import select

from storage.blobs import Blobs
from storage.database import FILE_NAME, Database
from storage.errors import BlobMissing, StoreDamaged
from storage.records import BackedUp
from storage.removed import FILE as REMOVED
from storage.schema import Media

DUMP = ".dump"
MOST_DAYS = 30
"""The consent text promises that no backup is kept for longer."""
_STEM = FILE_NAME.partition(".")[0]
_NAME = re.compile(_STEM + r"-(\d{8}T\d{6}Z)\.(?:sqlite3|dump)")
_LISTED = ".blobs.txt"


def back_up(
    database: Database, blobs: Blobs, data_dir: Path, out: Path, days: int, now: datetime
) -> BackedUp:
    """Adds a copy to the folder ``out`` and removes those older than ``days``, with the bytes only they needed.

    Raises StoreUnreachable where a PostgreSQL server cannot be dumped, StoreDamaged when the copy is not sound,
    StoreFull, StoreUnwritable. A copy that could not be finished leaves no file of its name.
    """
    out.mkdir(mode=0o700, parents=True, exist_ok=True)
    copy = out / f"{_STEM}-{now.astimezone(UTC):%Y%m%dT%H%M%SZ}{database.copy_suffix}"
    partial = copy.with_suffix(".partial")
    try:
        partial.unlink(missing_ok=True)
        database.copy_into(partial)
        partial.chmod(0o600)
        if database.copy_suffix == DUMP:
            _list_needed(database, copy)
        needed = _digests(partial, listed=_list_of(copy))
        kept = Blobs.open(out / "blobs")
        copied = sum(_copy(blobs, kept, digest) for digest in sorted(needed))
        for name in ("secret.key", REMOVED):
            if (data_dir / name).exists():
                shutil.copy2(data_dir / name, out / name)
        partial.replace(copy)
    finally:
        partial.unlink(missing_ok=True)
        if not copy.exists():
            _list_of(copy).unlink(missing_ok=True)
    ended = _end(out, kept, now - timedelta(days=min(days, MOST_DAYS)), keep=copy)
    return BackedUp(copy.name, copied, ended)


def _end(out: Path, kept: Blobs, before: datetime, keep: Path) -> int:
    """How many copies were too old and were removed, together with bytes that no copy needs any more."""
    ended, needed = 0, set()
    for path in sorted(out.iterdir()):
        match = _NAME.fullmatch(path.name)
        if match is None:
            continue
        made = datetime.strptime(match[1], "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC)
        if made < before and path != keep:
            path.unlink()
            _list_of(path).unlink(missing_ok=True)
            ended += 1
        else:
            needed |= _digests(path, listed=_list_of(path))
    for digest in list(kept.digests()):
        if digest not in needed:
            kept.delete(digest)
    return ended


def _list_of(copy: Path) -> Path:
    """Where the names of the bytes that a dump needs are listed."""
    return copy.with_name(copy.name.removesuffix(copy.suffix) + _LISTED)


def _list_needed(database: Database, copy: Path) -> None:
    """Lists them as the rows are now: what came since the dump is too much, what was erased since is gone."""
    digests = database.read(lambda session: sorted(set(session.scalars(select(Media.digest)))))
    _list_of(copy).write_text("".join(f"{digest}\n" for digest in digests), encoding="utf-8")


def _digests(copy: Path, *, listed: Path) -> set[str]:
    """The names of the bytes that a copy's rows need; StoreDamaged for a copy that is not sound."""
    if listed.exists():
        return set(listed.read_text(encoding="utf-8").split())
    with closing(sqlite3.connect(f"{copy.absolute().as_uri()}?mode=ro", uri=True)) as connection:
        try:
            answer = connection.execute("PRAGMA quick_check(1)").fetchone()[0]
            if answer == "ok":
                return {row[0] for row in connection.execute("SELECT DISTINCT digest FROM media")}
        except sqlite3.DatabaseError as error:
            answer = str(error)
    raise StoreDamaged(f"The backup {copy.name} is not sound ({answer}). Look at the disk and make another.")


def _copy(blobs: Blobs, kept: Blobs, digest: str) -> bool:
    """Whether the bytes had to be copied. Blobs never change, so that on one disk both share them."""
    target, source = kept.local_path(digest), blobs.local_path(digest)
    if target is not None and target.exists():
        return False
    if source is not None and target is not None:
        target.parent.mkdir(parents=True, exist_ok=True)
        with suppress(OSError):  # another disk, or one without links
            os.link(source, target)
            return True
    with suppress(BlobMissing):  # erased meanwhile
        kept.put(blobs.read(digest))
        return True
    return False
