"""The way from any earlier schema to the present one, taken when the store opens.

For a new revision: change schema.py, run ``python -m storage.migrations "what changes"``, check the file.
"""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager

from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from alembic.util import CommandError
from sqlalchemy import Connection, Engine

from storage.errors import NewerCollection, StoreDamaged

# Alembic keeps the environment it works in as a global.
_one_at_a_time = threading.Lock()


def configuration(connection: Connection | None = None) -> Config:
    """Alembic's settings, in code: where the revisions lie and the connection they work on."""
    config = Config()
    config.set_main_option("script_location", "storage:migrations")
    config.set_main_option("path_separator", "os")
    config.set_main_option("file_template", "rev_%%(rev)s_%%(slug)s")
    config.attributes["connection"] = connection
    return config


def is_new(engine: Engine) -> bool:
    """Whether no collection was ever in this database."""
    with engine.connect() as connection:
        return not MigrationContext.configure(connection).get_current_heads()


def upgrade(engine: Engine, target: str = "head", config: Config | None = None) -> None:
    """Brings the database to a revision, wholly or not at all.

    The caller holds the lock between processes. Raises NewerCollection for a database of a later version and
    StoreDamaged when rows lost what they refer to.
    """
    with _one_at_a_time, engine.connect() as connection, _without_foreign_keys(connection):
        config = config or configuration()
        config.attributes["connection"] = connection
        with connection.begin():
            _refuse_unknown_revisions(connection, config)
            command.upgrade(config, target)
            on_sqlite = connection.dialect.name == "sqlite"
            if on_sqlite and connection.exec_driver_sql("PRAGMA foreign_key_check").first():
                raise StoreDamaged


@contextmanager
def _without_foreign_keys(connection: Connection) -> Iterator[None]:
    """SQLite alters a table by copying it and dropping the old one; with foreign keys on, the drop would
    delete every row that refers to it. The pragma has no effect within a transaction, hence around it.
    """
    driver = connection.connection.dbapi_connection
    if not isinstance(driver, sqlite3.Connection):
        yield
        return
    driver.execute("PRAGMA foreign_keys=OFF")
    try:
        yield
    finally:
        driver.execute("PRAGMA foreign_keys=ON")


def _refuse_unknown_revisions(connection: Connection, config: Config) -> None:
    """Raises NewerCollection if the database carries a revision that is not known here."""
    present = MigrationContext.configure(connection).get_current_heads()
    scripts = ScriptDirectory.from_config(config)
    for revision in present:
        try:
            scripts.get_revision(revision)
        except CommandError as error:
            raise NewerCollection from error
