"""From what a database driver throws to the collection's own errors, so that a visitor reads a sentence."""

from __future__ import annotations

import errno
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import exc

from storage.errors import (
    StorageError,
    StoreBusy,
    StoreDamaged,
    StoreFull,
    StoreUnreachable,
    StoreUnwritable,
)

_PRIMARY_CODE = 0xFF  # SQLite keeps the finer reason in the upper bits
_BY_SQLITE_CODE: dict[int, type[StorageError]] = {
    sqlite3.SQLITE_BUSY: StoreBusy,
    sqlite3.SQLITE_LOCKED: StoreBusy,
    sqlite3.SQLITE_FULL: StoreFull,
    sqlite3.SQLITE_READONLY: StoreUnwritable,
    sqlite3.SQLITE_CANTOPEN: StoreUnwritable,
    sqlite3.SQLITE_PERM: StoreUnwritable,
    sqlite3.SQLITE_CORRUPT: StoreDamaged,
    sqlite3.SQLITE_NOTADB: StoreDamaged,
    sqlite3.SQLITE_IOERR: StoreDamaged,
}
_BY_SQLSTATE: dict[str, type[StorageError]] = {
    "53100": StoreFull,  # disk_full
    "25006": StoreUnwritable,  # read_only_sql_transaction
    "42501": StoreUnwritable,  # insufficient_privilege
    "55P03": StoreBusy,  # lock_not_available
    "40P01": StoreBusy,  # deadlock_detected
    "57014": StoreBusy,  # query_canceled: a statement waited for too long
    "53300": StoreBusy,  # too_many_connections
    "XX001": StoreDamaged,  # data_corrupted
}


def diagnose(error: BaseException) -> type[StorageError] | None:
    """The named error for what a driver or the system threw; None for a mistake in our own code."""
    if isinstance(error, exc.TimeoutError):
        return StoreBusy
    if isinstance(error, exc.DBAPIError):
        named = diagnose(error.orig) if error.orig is not None else None
        # A server that went away has many codes. SQLite's are all known, and the rest of them are ours.
        far = not isinstance(error.orig, sqlite3.Error)
        lost = error.connection_invalidated or isinstance(error, exc.OperationalError)
        return named or (StoreUnreachable if far and lost else None)
    if isinstance(error, sqlite3.Error):
        return _BY_SQLITE_CODE.get(getattr(error, "sqlite_errorcode", 0) & _PRIMARY_CODE)
    if isinstance(error, OSError):
        full = error.errno in {errno.ENOSPC, errno.EDQUOT}
        return StoreFull if full else StoreUnwritable
    state = getattr(error, "sqlstate", None) or getattr(error, "pgcode", None)
    return _BY_SQLSTATE.get(state) if isinstance(state, str) else None


@contextmanager
def named_errors() -> Iterator[None]:
    """Within it, trouble with the database or the disk surfaces as a StorageError with its cause kept."""
    try:
        yield
    except (exc.SQLAlchemyError, sqlite3.Error, OSError) as error:
        named = diagnose(error)
        if named is None:
            raise
        raise named from error
