"""The rows of the collection: any number of readers, one writer; on a server many writers that only add.

Every write is a job that runs on one thread, on one connection, under one lock between processes. A job may
touch the blobs as well: while it runs nobody else adds or removes any, so that "no row needs these bytes"
stays true until they are gone. Jobs that only add (`Database.add`) share that lock where the rows lie on a server: they
run beside each other, each on a connection of its own, and lock the rows by which they decide.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor, wait
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Protocol, TypeVar

from sqlalchemy import Engine, exc, make_url
from sqlalchemy.orm import Session, sessionmaker

from storage.diagnosis import named_errors
from storage.errors import StorageError, StoreBusy, StoreClosed, StoreDamaged, StoreUnreachable
from storage.migrations import is_new, upgrade
from storage.postgres import PostgresServer
from storage.sqlite import Journal, SqliteFile

FILE_NAME = "collection.sqlite3"
QUEUE_PATIENCE_S = 30.0

Begin = Callable[[], AbstractContextManager[Session]]
"""Opens a session in a transaction that is committed at the end of the block, or rolled back by an error."""

_log = logging.getLogger(__name__)
_T = TypeVar("_T")


class Backend(Protocol):
    """Where the rows lie: a SQLite file or a PostgreSQL server."""

    writer: Engine
    reader: Engine | None  # None: one connection alone may have the file, so that readings use the writer's

    @property
    def copy_suffix(self) -> str:
        """What the name of a copy ends in."""

    @property
    def lock(self) -> AbstractContextManager[None]:
        """The lock between processes that every write holds."""

    def beside(self) -> Begin | None:
        """What begins transactions that run beside each other; None where there is one writer at a time."""

    def prepare(self) -> None:
        """Makes the place ready for its first transaction."""

    def scrub_after(self, session: Session) -> None:
        """Makes a scrub due with the session's transaction."""

    def scrub_at_once(self) -> bool:
        """Scrubs after a write, where that is quick; False if it was due and could not be done."""

    def scrub(self) -> bool:
        """Scrubs if that is due, however long it takes; False if it could not be done."""

    def copy_into(self, path: Path) -> None:
        """Writes a copy of all living rows into a new file; StoreUnreachable where that cannot be done."""

    def condition(self) -> dict[str, object]:
        """What health() tells of the place."""

    def close(self) -> None:
        """Gives everything back."""


class Database:
    """Readings and writings of the rows; all errors are StorageErrors."""

    def __init__(self, backend: Backend) -> None:
        self._backend = backend
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="collection-writer")
        self._closed = False
        self._scrubbed = True

    @classmethod
    def open(
        cls,
        data_dir: Path,
        *,
        url: str | None = None,
        journal: Journal = "wal",
        patience_s: float,
        has_files: Callable[[], bool] = lambda: False,
    ) -> Database:
        """A database at the newest revision: a file in ``data_dir``, or what the SQLAlchemy URL names.

        ``has_files`` is asked only where there is no database yet: files that are there already lost their rows, and
        StoreDamaged is raised rather than an empty collection begun.
        Raises StoreBusy, StoreUnwritable, StoreUnreachable, StoreDamaged, StoreFull or NewerCollection.
        """
        with named_errors():
            database = cls(_backend(data_dir, url, journal, patience_s))
        try:
            database._on_writer(lambda: database._start(has_files))
        except BaseException:
            database.close()
            raise
        return database

    def write(self, job: Callable[[Begin], _T]) -> _T:
        """What the job gives, run as the only writer there is. The job begins its transactions itself.

        What the job gave is returned whatever goes wrong afterwards: its rows are committed by then.
        """

        def alone() -> _T:
            with named_errors(), self._backend.lock:
                try:
                    return job(sessionmaker(self._backend.writer, expire_on_commit=False).begin)
                finally:
                    self._scrub(self._backend.scrub_at_once)

        return self._on_writer(alone)

    def add(
        self,
        job: Callable[[Begin], _T],
        undo: Callable[[Begin, BaseException], object] | None = None,
    ) -> _T:
        """What the job gives, which adds and removes nothing, beside others of its kind where that is possible.

        The job locks the rows by which it decides. After an error ``undo`` is run as the only writer, and the error
        raised; an error of its own is logged.
        """

        def or_undone(begin: Begin) -> _T:
            try:
                return job(begin)
            except BaseException as error:
                if undo is not None:
                    undo(begin, error)
                raise

        if self._closed:
            raise StoreClosed
        begin = self._backend.beside()
        if begin is None:
            return self.write(or_undone)
        try:
            with named_errors():
                return job(begin)
        except BaseException as error:
            if undo is not None:
                self._undone(undo, error)
            raise

    def _undone(self, undo: Callable[[Begin, BaseException], object], error: BaseException) -> None:
        try:
            self.write(lambda begin: undo(begin, error))
        except StorageError:
            _log.warning("What a failed write left behind is for the sweep.", exc_info=True)

    def scrub(self) -> bool:
        """Clears the files of erased rows, if that is due, however long it takes; False if it failed."""

        def alone() -> bool:
            with named_errors(), self._backend.lock:
                self._scrub(self._backend.scrub)
                return self._scrubbed

        return self._on_writer(alone)

    def _scrub(self, way: Callable[[], bool]) -> None:
        try:
            self._scrubbed = way()
        except Exception:  # noqa: BLE001 - a scrub is tried again; what was committed before it must still be answered
            self._scrubbed = False
            _log.exception("The files could not be cleared of erased rows; it is tried again.")

    def read(self, job: Callable[[Session], _T]) -> _T:
        """What the job gives, run in one transaction that changes nothing, beside the writer."""

        def reading() -> _T:
            with named_errors(), Session(self._backend.reader or self._backend.writer) as session:
                return job(session)

        if self._closed:
            raise StoreClosed
        return self._on_writer(reading) if self._backend.reader is None else reading()

    def scrub_after(self, session: Session) -> None:
        """Has the files cleared of every trace of what this transaction deletes: see the backend's scrubs."""
        self._backend.scrub_after(session)

    @property
    def scrubbed(self) -> bool:
        """False after a scrub of erased rows that was due and could not be done yet."""
        return self._scrubbed

    @property
    def copy_suffix(self) -> str:
        """What the name of a copy ends in: ".sqlite3", or ".dump" of a PostgreSQL server."""
        return self._backend.copy_suffix

    def copy_into(self, path: Path) -> None:
        """Writes a copy of all living rows, at one moment, into a new file, beside the writer."""

        def copying() -> None:
            with named_errors():
                self._backend.copy_into(path)

        if self._closed:
            raise StoreClosed
        if self._backend.reader is None:
            self._on_writer(copying)
        else:
            copying()

    def condition(self) -> dict[str, object]:
        """Kind of database, journal mode, answer of the check at the start, whether erased rows are scrubbed."""
        return self._backend.condition() | {"scrubbed": self._scrubbed}

    def close(self) -> None:
        """Ends the writer after the jobs it already has, and gives every file back. May be called again."""
        if not self._closed:
            self._closed = True
            try:
                with named_errors():
                    self._thread.submit(self._backend.close).result()
            finally:
                self._thread.shutdown()

    def _start(self, has_files: Callable[[], bool]) -> None:
        with named_errors(), self._backend.lock:
            self._backend.prepare()
            # Still under the lock: a moment later another process may have kept something.
            if is_new(self._backend.writer) and has_files():
                raise StoreDamaged(
                    "The collection's files are there, but its database is gone, so the app does not start; nothing "
                    "was changed. Put its backup in place (docs/storage.md), or move the files away to begin anew."
                )
            upgrade(self._backend.writer)
            self._scrub(self._backend.scrub_at_once)

    def _on_writer(self, job: Callable[[], _T]) -> _T:
        if self._closed:
            raise StoreClosed
        try:
            future = self._thread.submit(job)
        except RuntimeError as error:  # closed by another thread just now
            raise StoreClosed from error
        wait([future], timeout=QUEUE_PATIENCE_S)
        if future.cancel():
            raise StoreBusy
        # It runs or is done: its outcome must be known, however long it takes.
        return future.result()


def _backend(data_dir: Path, url: str | None, journal: Journal, patience_s: float) -> Backend:
    if url is None:
        return SqliteFile(data_dir / FILE_NAME, journal, patience_s)
    try:
        address = make_url(url)
    except exc.ArgumentError as error:
        raise StoreUnreachable(
            "The database address is no URL. Write it as postgresql+psycopg://..."
        ) from error
    kind = address.get_backend_name()
    if kind == "postgresql":
        return PostgresServer(address, patience_s)
    if kind == "sqlite" and address.database not in {None, "", ":memory:"}:
        return SqliteFile(Path(str(address.database)), journal, patience_s)
    # Erasure and the lock between processes are written for these two, and proven for no other.
    raise StoreUnreachable(
        f"A {kind} database at this address cannot be used. Use a SQLite file or PostgreSQL."
    )
