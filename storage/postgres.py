"""The collection on a PostgreSQL server, behind the same face as the SQLite file."""

from __future__ import annotations

import logging
from types import TracebackType

from sqlalchemy import URL, Connection, Engine, create_engine, exc, text
from sqlalchemy.orm import Session

from storage.diagnosis import diagnose
from storage.errors import StoreUnreachable
from storage.schema import Base

_LOCK_KEY = 0x53436F7265  # any number will do if every process uses the same: "SCore"

_log = logging.getLogger(__name__)


class AdvisoryLock:
    """A lock between processes on any number of machines: ``with lock: ...``.

    The server drops it with the connection of a holder that died. After ``patience_s`` seconds the server
    answers with lock_not_available.
    """

    def __init__(self, engine: Engine, patience_s: float) -> None:
        self._engine = engine
        self._patience_ms = round(patience_s * 1000)
        self._connection: Connection | None = None

    def __enter__(self) -> None:
        # One connection holds the lock while others work: it belongs to the session, not to a transaction.
        connection = self._engine.connect().execution_options(isolation_level="AUTOCOMMIT")
        try:
            connection.execute(text(f"SET lock_timeout = {self._patience_ms}"))
            connection.execute(text("SELECT pg_advisory_lock(:key)"), {"key": _LOCK_KEY})
        except BaseException:
            connection.close()
            raise
        self._connection = connection

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        connection, self._connection = self._connection, None
        if connection is None:
            return
        try:
            connection.execute(text("SELECT pg_advisory_unlock(:key)"), {"key": _LOCK_KEY})
            connection.execute(text("RESET lock_timeout"))
        except exc.DBAPIError:
            # The server has gone, and the lock with it; what was done before is told by its own outcome.
            connection.invalidate()
            _log.warning("The lock's connection was lost.", exc_info=True)
        finally:
            connection.close()


class PostgresServer:
    """The collection in a PostgreSQL database, with the lock and the engine that go with it."""

    def __init__(self, url: URL, patience_s: float) -> None:
        try:
            # The ping replaces connections that the server closed while they were idle.
            self.writer = create_engine(url, pool_pre_ping=True, pool_timeout=patience_s)
        except (ImportError, exc.NoSuchModuleError) as error:
            raise StoreUnreachable(
                f"The Python driver for {url.drivername} is missing. Install psycopg[binary] with pip."
            ) from error
        self.reader: Engine | None = self.writer
        self.lock = AdvisoryLock(self.writer, patience_s)
        self._due = False

    def prepare(self) -> None:
        """Nothing: the server looks after its files."""

    def scrub_after(self, session: Session) -> None:
        """Makes a scrub due."""
        self._due = True

    def scrub_if_due(self) -> bool:
        """Whether the tables hold living rows only: VACUUM FULL writes them anew.

        The server's own write-ahead log and its replicas are the host's to look after, see docs/storage.md.
        """
        if not self._due:
            return True
        try:
            with self.writer.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
                for table in Base.metadata.sorted_tables:
                    connection.execute(text(f'VACUUM (FULL) "{table.name}"'))
        except exc.DBAPIError as error:
            _log.warning("The tables could not be written anew (%s); it is tried again.", diagnose(error))
            return False
        self._due = False
        return True

    def condition(self) -> dict[str, object]:
        """The same keys as a SQLite file gives."""
        return {
            "database": "postgresql",
            "journal_mode": "server",
            "quick_check": "server",
            "moved_aside": [],
        }

    def close(self) -> None:
        """Gives the connections back."""
        self.writer.dispose()
