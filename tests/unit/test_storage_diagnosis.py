"""What a driver or the system throws becomes an error with a name, and our own mistakes do not."""

import errno
import sqlite3

import pytest
from sqlalchemy import exc

from storage import StoreBusy, StoreDamaged, StoreFull, StoreUnreachable, StoreUnwritable
from storage.diagnosis import diagnose, named_errors


class ServerError(Exception):
    """As a PostgreSQL driver raises it."""

    def __init__(self, sqlstate: str | None) -> None:
        super().__init__(sqlstate)
        self.sqlstate = sqlstate


def from_sqlite(code: int) -> sqlite3.OperationalError:
    error = sqlite3.OperationalError("as said by SQLite")
    error.sqlite_errorcode = code
    return error


def wrapped(error: Exception, kind: type[exc.DBAPIError] = exc.OperationalError) -> exc.DBAPIError:
    return kind("SELECT 1", {}, error)


@pytest.mark.parametrize(
    ("error", "named"),
    [
        (OSError(errno.ENOSPC, "full"), StoreFull),
        (OSError(errno.EDQUOT, "quota"), StoreFull),
        (OSError(errno.EACCES, "no"), StoreUnwritable),
        (from_sqlite(sqlite3.SQLITE_BUSY), StoreBusy),
        (from_sqlite(sqlite3.SQLITE_BUSY_SNAPSHOT), StoreBusy),
        (wrapped(from_sqlite(sqlite3.SQLITE_LOCKED)), StoreBusy),
        (wrapped(from_sqlite(sqlite3.SQLITE_FULL)), StoreFull),
        (wrapped(from_sqlite(sqlite3.SQLITE_READONLY_DBMOVED)), StoreUnwritable),
        (wrapped(from_sqlite(sqlite3.SQLITE_CANTOPEN)), StoreUnwritable),
        (wrapped(from_sqlite(sqlite3.SQLITE_CORRUPT)), StoreDamaged),
        (wrapped(from_sqlite(sqlite3.SQLITE_NOTADB)), StoreDamaged),
        (wrapped(from_sqlite(sqlite3.SQLITE_IOERR_FSYNC)), StoreDamaged),
        (wrapped(ServerError("55P03")), StoreBusy),
        (wrapped(ServerError("53100")), StoreFull),
        (wrapped(ServerError("25006"), exc.InternalError), StoreUnwritable),
        (wrapped(ServerError(None)), StoreUnreachable),
        (exc.TimeoutError("no connection free"), StoreBusy),
        (wrapped(from_sqlite(sqlite3.SQLITE_ERROR)), None),
        (wrapped(ServerError("42601"), exc.ProgrammingError), None),
        (wrapped(sqlite3.IntegrityError("unique"), exc.IntegrityError), None),
        (KeyError("ours"), None),
    ],
)
def test_every_trouble_has_its_name(error, named):
    assert diagnose(error) is named
    with pytest.raises(named or type(error)) as caught, named_errors():
        raise error
    assert (caught.value.__cause__ is error) == (named is not None)
