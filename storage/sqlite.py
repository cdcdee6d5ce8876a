"""SQLite, set up for one writer and for data that must be forgettable.

SQLite up to 3.51.2 may damage a database in WAL mode when two connections write or checkpoint at the same
moment. Hence one write connection a process, a lock between processes that covers every write and checkpoint,
and readers that cannot write at all.
"""

from __future__ import annotations

import logging
import os
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from types import TracebackType
from typing import Literal, cast

from sqlalchemy import Connection, Engine, NullPool, QueuePool, create_engine, event
from sqlalchemy.orm import Session

from storage.errors import StoreDamaged

Journal = Literal["wal", "delete"]
_SCRUB_DUE = 1  # kept in PRAGMA user_version, so that it is set by the very transaction that erases

_log = logging.getLogger(__name__)


class SqliteFile:
    """The collection in one SQLite file, with the lock and the engines that go with it."""

    copy_suffix = ".sqlite3"

    def __init__(self, path: Path, journal: Journal, patience_s: float) -> None:
        self.path = path
        self.writer = write_engine(path, journal, patience_s)
        self.reader: Engine | None = None
        self.lock = FileLock(path.with_suffix(".lock"), patience_s)
        self._patience_s = patience_s
        self._journal_mode = "unknown"
        self._quick_check = "not run"

    def beside(self) -> None:
        """Nothing: a file has one writer at a time."""

    def prepare(self) -> None:
        """Checks the file and settles the journal; call it under the lock. StoreDamaged for a damaged file."""
        self._quick_check = prepare_file(self.path, self._patience_s)
        self._journal_mode = pragma(self.writer, "journal_mode")
        if self._journal_mode == "wal":
            self.reader = read_engine(self.path, self._patience_s)
        elif pragma(self.writer, "locking_mode") != "exclusive":
            _log.warning("WAL is not possible on this volume; the collection uses journal=delete instead.")
            self.writer.dispose()
            self.writer = write_engine(self.path, "delete", self._patience_s)
            self._journal_mode = pragma(self.writer, "journal_mode")

    def scrub_after(self, session: Session) -> None:
        """Makes a scrub due as part of the session's transaction, even if the process dies right after it."""
        session.connection().exec_driver_sql(f"PRAGMA user_version={_SCRUB_DUE}")

    def scrub_at_once(self) -> bool:
        """Whether no trace of erased rows is left in the files; call it under the lock."""
        with _driver(self.writer) as driver:
            if driver.execute("PRAGMA user_version").fetchone()[0] != _SCRUB_DUE:
                return True
            if not _scrub(driver):
                return False
            driver.execute("PRAGMA user_version=0")
            return True

    def scrub(self) -> bool:
        """The same: a file is quickly written anew."""
        return self.scrub_at_once()

    def copy_into(self, path: Path) -> None:
        """A compact copy without any trace of deleted rows."""
        with _driver(self.reader or self.writer) as driver:
            # A reader's file is opened read-only all the same; this would forbid to write the copy, too.
            driver.execute("PRAGMA query_only=OFF")
            driver.execute("VACUUM INTO ?", (str(path),))

    def condition(self) -> dict[str, object]:
        """How the file is journalled, and what the check at the start said."""
        return {
            "database": "sqlite",
            "journal_mode": self._journal_mode,
            "quick_check": self._quick_check,
        }

    def close(self) -> None:
        """Gives every file back."""
        if self.reader is not None:
            self.reader.dispose()
        try:
            with self.lock:
                self.writer.dispose()
        except sqlite3.OperationalError:
            # Whoever holds the lock has the file open too, so that ours is not the last connection and
            # closing it does not checkpoint: safe without the lock.
            self.writer.dispose()
        self.lock.close()


class FileLock:
    """A lock between processes that the system drops when its holder dies: ``with lock: ...``.

    An empty SQLite database beside the real one, held in BEGIN EXCLUSIVE: the same on every system, with a
    patience in seconds, after which sqlite3.OperationalError (busy) is raised.
    """

    def __init__(self, path: Path, patience_s: float) -> None:
        _touch_private(path)
        self._connection = sqlite3.connect(
            path, timeout=patience_s, isolation_level=None, check_same_thread=False
        )

    def __enter__(self) -> None:
        self._connection.execute("BEGIN EXCLUSIVE")

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            self._connection.execute("ROLLBACK")
        except sqlite3.Error:
            # What was committed under the lock must still be answered; the next taker finds out about the file.
            _log.warning("The lock file could not be released in order.", exc_info=True)

    def close(self) -> None:
        """Gives the file back."""
        self._connection.close()


def write_engine(path: Path, journal: Journal, patience_s: float) -> Engine:
    """An engine with exactly one connection, whose transactions begin IMMEDIATE.

    ``journal="delete"`` is for mounted volumes: no shared memory, and the file stays locked to this process.
    """

    def connect() -> sqlite3.Connection:
        connection = sqlite3.connect(path, timeout=patience_s, isolation_level=None, check_same_thread=False)
        try:
            _set_common(connection, patience_s)
            # Pages that held erased text must be blank, in the file and in what is left of a journal.
            connection.execute("PRAGMA secure_delete=ON")
            connection.execute("PRAGMA journal_size_limit=0")
            if journal == "delete":
                connection.execute("PRAGMA locking_mode=EXCLUSIVE")
                connection.execute("PRAGMA synchronous=FULL")
            else:
                connection.execute("PRAGMA synchronous=NORMAL")
            connection.execute(f"PRAGMA journal_mode={journal}")
        except BaseException:
            connection.close()
            raise
        return connection

    engine = create_engine("sqlite://", creator=connect, poolclass=QueuePool, pool_size=1, max_overflow=0)

    # An upgrade from a read to a write lock can deadlock; asking for the write lock first cannot.
    @event.listens_for(engine, "begin")
    def begin(connection: Connection) -> None:
        connection.exec_driver_sql("BEGIN IMMEDIATE")

    return engine


def read_engine(path: Path, patience_s: float) -> Engine:
    """An engine whose connections can only read, one for each reading, so that none outlives its use."""

    def connect() -> sqlite3.Connection:
        address = f"{path.absolute().as_uri()}?mode=ro"
        connection = sqlite3.connect(
            address, uri=True, timeout=patience_s, isolation_level=None, check_same_thread=False
        )
        try:
            _set_common(connection, patience_s)
            connection.execute("PRAGMA query_only=ON")
        except BaseException:
            connection.close()
            raise
        return connection

    engine = create_engine("sqlite://", creator=connect, poolclass=NullPool)

    @event.listens_for(engine, "begin")
    def begin(connection: Connection) -> None:
        connection.exec_driver_sql("BEGIN")

    return engine


def _set_common(connection: sqlite3.Connection, patience_s: float) -> None:
    connection.execute(f"PRAGMA busy_timeout={round(patience_s * 1000)}")
    connection.execute("PRAGMA foreign_keys=ON")
    connection.execute("PRAGMA mmap_size=0")


def pragma(engine: Engine, name: str) -> str:
    """What the engine's connection answers to ``PRAGMA name``."""
    with _driver(engine) as driver:
        return str(driver.execute(f"PRAGMA {name}").fetchone()[0])


def _scrub(driver: sqlite3.Connection) -> bool:
    """Whether the file now holds living rows only; False when a reader or a full disk got in the way.

    secure_delete blanks what is deleted, but copies of rows may linger in pages that were rearranged before:
    VACUUM writes the file anew, and the checkpoint empties the write-ahead log.
    """
    try:
        driver.execute("VACUUM")
        (blocked, _, _) = driver.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
    except sqlite3.OperationalError:
        _log.warning("The database file could not be written anew; it is tried again.", exc_info=True)
        return False
    return not blocked


@contextmanager
def _driver(engine: Engine) -> Iterator[sqlite3.Connection]:
    """The engine's connection outside any transaction, where alone VACUUM and some pragmas work."""
    borrowed = engine.raw_connection()
    try:
        yield cast("sqlite3.Connection", borrowed.driver_connection)
    finally:
        borrowed.close()


def prepare_file(path: Path, patience_s: float) -> str:
    """Makes sure that there is a sound database file; gives what PRAGMA quick_check said, which is "ok".

    Raises StoreDamaged for a damaged file, which is left as it was found, its journals included, and
    sqlite3.OperationalError while somebody else holds the file.
    """
    _touch_private(path)
    companions = [Path(f"{path}{ending}") for ending in ("-wal", "-shm", "-journal")]
    absent = [file for file in companions if not file.exists()]
    answer = _quick_check(path, patience_s, "ro")
    if answer is None:  # a transaction that a crash cut off has to be rolled back first
        spares = _spare_journals(path)
        answer = _quick_check(path, patience_s, "rw") or "not readable"
        for companion, spare in spares.items():
            if answer == "ok":
                spare.unlink(missing_ok=True)
            else:
                spare.replace(f"{path}{companion}")
    if answer != "ok":
        for file in absent:  # what the look at it left behind
            file.unlink(missing_ok=True)
        _log.error("PRAGMA quick_check of %s: %s", path, answer)
        raise StoreDamaged(
            f"The collection's database {path.name} is damaged, so the app does not start with it; nothing was "
            "changed. Put a backup in its place (docs/storage.md), or move the whole data folder away to begin anew."
        )
    return answer


def _quick_check(path: Path, patience_s: float, mode: Literal["ro", "rw"]) -> str | None:
    """What PRAGMA quick_check says; None where the file cannot be read in this mode.

    Read-only, SQLite touches neither the file nor its journals.
    """
    address = f"{path.absolute().as_uri()}?mode={mode}"
    try:
        connection = sqlite3.connect(address, uri=True, timeout=patience_s, isolation_level=None)
    except sqlite3.OperationalError:
        if mode == "ro":
            return None
        raise
    try:
        return "; ".join(str(row[0]) for row in connection.execute("PRAGMA quick_check(5)"))
    except sqlite3.DatabaseError as error:
        code = error.sqlite_errorcode & 0xFF
        if code in {sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB}:
            return str(error)
        if mode == "ro" and code in {sqlite3.SQLITE_READONLY, sqlite3.SQLITE_CANTOPEN}:
            return None
        raise
    finally:
        connection.close()


def _spare_journals(path: Path) -> dict[str, Path]:
    """Copies of the journals that an unclean end left: SQLite removes them while it looks at the file, and of
    a damaged one they may be the best part.
    """
    spares = {}
    for companion in ("-wal", "-journal"):
        journal, spare = Path(f"{path}{companion}"), Path(f"{path}{companion}.spare")
        try:
            if journal.stat().st_size:
                shutil.copy2(journal, spare)
                spares[companion] = spare
        except FileNotFoundError:
            continue
        except OSError:
            # Without room for a spare the collection must still open, if only for erasing.
            spare.unlink(missing_ok=True)
            _log.warning("There is no room for a spare of %s.", journal, exc_info=True)
    return spares


def _touch_private(path: Path) -> None:
    """Makes the file if there is none, readable by its owner only; SQLite's journals take the same rights."""
    # Never opens one that is there: closing it would drop the locks this process holds on it elsewhere.
    with suppress(FileExistsError):
        os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o600))
