"""What clients used of a host lately, told between the web processes that serve one address.

It is no part of the collection: a table of its own, in the schema "limits" of a PostgreSQL server or in a file of its
own beside the collection's, so that no copy of the collection holds it. A client is a keyed digest that its caller made;
rows are removed after a day.
"""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import (
    Column,
    Engine,
    Float,
    Integer,
    MetaData,
    NullPool,
    String,
    Table,
    create_engine,
    delete,
    event,
    exc,
    insert,
    make_url,
    select,
    text,
)

from storage.diagnosis import named_errors
from storage.errors import StoreUnreachable

FILE_NAME = "limits.sqlite3"
SCHEMA = "limits"
KEPT_S = 86_400.0
_PRUNED_EVERY_S = 300.0
_LOCK_KEY = 0x53436C696D  # another than the collection's: "SClim"
_PATIENCE_S = 5.0


@dataclass(frozen=True, slots=True)
class Used:
    """So much of a kind (bytes, seconds, tokens ...) that a client used, ``at`` seconds since 1970."""

    kind: str
    client: str
    amount: float
    at: float


class Usage:
    """The table. One thread at a time may use it; errors are StorageErrors."""

    def __init__(self, engine: Engine, clock: Callable[[], float] = time.time) -> None:
        self._engine, self._clock = engine, clock
        self._server = engine.dialect.name == "postgresql"
        self._process = secrets.token_hex(8)
        self._last = 0
        self._pruned = -_PRUNED_EVERY_S
        self._table = Table(
            "used",
            MetaData(schema=SCHEMA if self._server else None),
            # In the order in which they were told: whoever adds rows holds the lock until they can be seen.
            Column("id", Integer, primary_key=True),
            Column("process", String(16), nullable=False),
            Column("kind", String(32), nullable=False),
            Column("client", String(64), nullable=False),
            Column("amount", Float, nullable=False),
            Column("at", Float, nullable=False, index=True),
            sqlite_autoincrement=True,
        )
        self._made = False

    @classmethod
    def open(cls, data_dir: Path, url: str | None = None) -> Usage:
        """The table on the collection's server, or in a file in its folder. Nothing is touched before it is used."""
        if url is not None and make_url(url).get_backend_name() == "postgresql":
            try:
                return cls(create_engine(url, pool_pre_ping=True, pool_size=1, max_overflow=0))
            except (ImportError, exc.NoSuchModuleError) as error:
                raise StoreUnreachable(
                    "The Python driver for PostgreSQL is missing. Install requirements-cluster.txt."
                ) from error
        engine = create_engine(
            f"sqlite:///{data_dir / FILE_NAME}",
            poolclass=NullPool,
            connect_args={"timeout": _PATIENCE_S, "isolation_level": None},
        )
        event.listen(engine, "begin", lambda connection: connection.exec_driver_sql("BEGIN IMMEDIATE"))
        return cls(engine)

    def exchange(self, mine: Iterable[Used]) -> list[Used]:
        """Tells the other processes of ``mine``; gives what they told since the last time, at first of the whole day.

        After an error nothing of ``mine`` is told, and nothing of theirs is missed the next time.
        """
        table, now = self._table, self._clock()
        given = [
            {"process": self._process, "kind": u.kind, "client": u.client, "amount": u.amount, "at": u.at}
            for u in mine
        ]
        prune = now - self._pruned >= _PRUNED_EVERY_S
        with named_errors(), self._engine.begin() as connection:
            if self._server:
                connection.execute(text(f"SET LOCAL lock_timeout = {round(_PATIENCE_S * 1000)}"))
                connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _LOCK_KEY})
            if not self._made:
                if self._server:
                    connection.execute(text(f"CREATE SCHEMA IF NOT EXISTS {SCHEMA}"))
                table.metadata.create_all(connection)
            if given:
                connection.execute(insert(table), given)
            rows = connection.execute(
                select(table).where(table.c.id > self._last, table.c.at > now - KEPT_S).order_by(table.c.id)
            ).all()
            if prune:
                connection.execute(delete(table).where(table.c.at <= now - KEPT_S))
        self._made = True
        if prune:
            self._pruned = now
        if rows:
            self._last = rows[-1].id
        return [Used(r.kind, r.client, r.amount, r.at) for r in rows if r.process != self._process]

    def close(self) -> None:
        """Gives the connection back."""
        self._engine.dispose()
