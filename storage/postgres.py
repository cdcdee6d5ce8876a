"""The collection on a PostgreSQL server, behind the same face as the SQLite file."""

from __future__ import annotations

import logging
import os
import shutil
import subprocess
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, suppress
from pathlib import Path
from types import TracebackType

from sqlalchemy import URL, Connection, Engine, create_engine, exc, text
from sqlalchemy.orm import Session, sessionmaker

from storage.diagnosis import diagnose
from storage.errors import StoreUnreachable
from storage.schema import Base

_NOTED_AT = "alembic_version"  # the one table that is none of the schema's, whose comments are compared
_SCRUB_DUE = "deleted rows wait to be overwritten"
_OLDER_TRANSACTIONS = text(
    "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND backend_xmin IS NOT NULL "
    "AND pid <> pg_backend_pid() AND xact_start < :began"
)
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
        except exc.SQLAlchemyError:
            # The server has gone, and the lock with it; what was done before is told by its own outcome.
            connection.invalidate()
            _log.warning("The lock's connection was lost.", exc_info=True)
        finally:
            with suppress(exc.SQLAlchemyError):
                connection.close()


class PostgresServer:
    """The collection in a PostgreSQL database, with the lock and the engine that go with it."""

    copy_suffix = ".dump"

    def __init__(self, url: URL, patience_s: float) -> None:
        try:
            # The ping replaces connections that the server closed while they were idle. Ten writers at once have
            # theirs; who comes later waits, and a reading beside them too.
            self.writer = create_engine(
                url, pool_pre_ping=True, pool_timeout=patience_s, pool_size=5, max_overflow=10
            )
        except (ImportError, exc.NoSuchModuleError) as error:
            raise StoreUnreachable(
                f"The Python driver for {url.drivername} is missing. Install requirements-cluster.txt."
            ) from error
        self.reader: Engine | None = self.writer
        self.lock = AdvisoryLock(self.writer, patience_s)
        self._patience_ms = round(patience_s * 1000)

    def beside(self) -> Callable[[], AbstractContextManager[Session]]:
        """Transactions that share the lock: they run beside each other, and never beside whoever has it alone."""
        factory = sessionmaker(self.writer, expire_on_commit=False)

        @contextmanager
        def begin() -> Iterator[Session]:
            with factory.begin() as session:
                # For the rows that this transaction waits for, too.
                session.execute(text(f"SET LOCAL lock_timeout = {self._patience_ms}"))
                session.execute(text("SELECT pg_advisory_xact_lock_shared(:key)"), {"key": _LOCK_KEY})
                yield session

        return begin

    def prepare(self) -> None:
        """Nothing: the server looks after its files."""

    def scrub_after(self, session: Session) -> None:
        """Makes a scrub due as part of the session's transaction, for whichever process does it."""
        session.execute(text(f"COMMENT ON TABLE {_NOTED_AT} IS '{_SCRUB_DUE}'"))

    def scrub_at_once(self) -> bool:
        """Nothing: writing whole tables anew would make every visitor wait for one erasure. See ``scrub``."""
        return True

    def scrub(self) -> bool:
        """Whether the tables hold living rows only: VACUUM FULL writes them anew if a scrub is due.

        Locks one table at a time against everybody, and gives up after the patience where somebody uses it. Rows
        that a transaction older than the scrub may still see are not removed: then it has failed, too.
        The server's own write-ahead log and its replicas are the host's to look after, see docs/storage.md.
        """
        with self.writer.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            if connection.scalar(text(f"SELECT obj_description('{_NOTED_AT}'::regclass)")) != _SCRUB_DUE:
                return True
            connection.execute(text(f"SET lock_timeout = {self._patience_ms}"))
            try:
                began = connection.scalar(text("SELECT clock_timestamp()"))
                for table in Base.metadata.sorted_tables:
                    connection.execute(text(f'VACUUM (FULL) "{table.name}"'))
                if connection.scalar(_OLDER_TRANSACTIONS, {"began": began}):
                    _log.warning("A long transaction may still see erased rows; the scrub is tried again.")
                    return False
            except exc.DBAPIError as error:
                _log.warning("The tables could not be written anew (%s); it is tried again.", diagnose(error))
                return False
            finally:
                # A connection goes back to the pool without its settings, and one that broke, not at all.
                connection.invalidate()
        with self.writer.begin() as connection:
            connection.execute(text(f"COMMENT ON TABLE {_NOTED_AT} IS NULL"))
        return True

    def copy_into(self, path: Path) -> None:
        """Writes a dump for ``pg_restore`` (custom format, of the schema "public") into a new file.

        Raises StoreUnreachable where pg_dump is missing, or older than the server, or could not do it.
        """
        program = shutil.which("pg_dump")
        if program is None:
            raise StoreUnreachable(
                "pg_dump is needed to copy a PostgreSQL database, and is missing here. Install Debian's package "
                "postgresql-client, or have the server's own backups kept for no more than 30 days."
            )
        # The password stays off the command line, which every user of the machine can read.
        where = self.writer.url._replace(drivername="postgresql", password=None)
        environment = {**os.environ, "PGPASSWORD": str(self.writer.url.password or "")}
        done = subprocess.run(  # noqa: S603 - a program of the system, called with our own settings
            [program, "--format=custom", "--no-owner", "--schema=public", f"--file={path}",
             f"--dbname={where.render_as_string(hide_password=False)}"],
            env=environment, capture_output=True, text=True, check=False,
        )  # fmt: skip
        if done.returncode:
            last = (done.stderr.strip().splitlines() or ["it did not say why"])[-1]
            raise StoreUnreachable(f"pg_dump made no copy ({last}). Look at the server, and at its version.")

    def condition(self) -> dict[str, object]:
        """The same keys as a SQLite file gives."""
        return {
            "database": "postgresql",
            "journal_mode": "server",
            "quick_check": "server",
        }

    def close(self) -> None:
        """Gives the connections back."""
        self.writer.dispose()
