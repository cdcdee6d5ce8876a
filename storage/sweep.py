"""Bytes that no row needs: removed at once after an erasure, later after a crash."""

from __future__ import annotations

import logging
from collections.abc import Iterable
from contextlib import suppress
from datetime import datetime, timedelta

from sqlalchemy import exists, select
from sqlalchemy.exc import SQLAlchemyError

from storage.blobs import Blobs
from storage.database import Begin, Database
from storage.errors import BlobMissing, StorageError
from storage.records import Swept
from storage.schema import Media

GRACE = timedelta(hours=1)
FEW = 32
"""Orphans that are nothing unusual. More than these, and more than there are files with a row, mean that the
database was lost or exchanged rather than that so many processes were killed.
"""

_log = logging.getLogger(__name__)


def release(begin: Begin, blobs: Blobs, digests: Iterable[str]) -> tuple[int, bool]:
    """How many of these blobs no row needed and are gone now, and whether that was all of them.

    Runs as part of a write job, after its transaction. It raises nothing: the rows are settled by then, and
    what cannot be removed now is an orphan for the sweep.
    """
    removed = 0
    wanted = sorted(set(digests))
    if not wanted:
        return 0, True
    try:
        with begin() as session:
            free = [
                digest
                for digest in wanted
                if not session.scalar(select(exists().where(Media.digest == digest)))
            ]
        for digest in free:
            removed += blobs.delete(digest)
    except (StorageError, SQLAlchemyError, OSError):
        _log.warning("Bytes that no row needs could not be removed; the sweep will.", exc_info=True)
        return removed, False
    return removed, True


def sweep(database: Database, blobs: Blobs, now: datetime, grace: timedelta = GRACE) -> Swept:
    """Removes blobs without a row and half-written files, both only when older than ``grace``.

    While there are suspiciously many orphans, blobs stay: the rows that know of them may come back from a backup.
    """
    before = now - grace
    partials = blobs.sweep_partials(before)
    known = database.read(lambda session: set(session.scalars(select(Media.digest).distinct())))
    orphans = []
    for digest in blobs.digests():
        with suppress(BlobMissing):
            if digest not in known and blobs.written(digest) < before:
                orphans.append(digest)
    if len(orphans) > max(FEW, len(known)):
        _log.warning("%d files without a row are kept: the database seems to be another one.", len(orphans))
        return Swept(partials=partials, held_back=len(orphans))
    # Asked again by the writer, for whom nothing changes meanwhile.
    removed, _ = database.write(lambda begin: release(begin, blobs, orphans))
    return Swept(blobs=removed, partials=partials)
