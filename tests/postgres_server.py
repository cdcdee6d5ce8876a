"""Debian's PostgreSQL server, started for the tests by an ordinary user in a folder of its own."""

from __future__ import annotations

import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from sqlalchemy import create_engine, text
from sqlalchemy.exc import OperationalError

from tests.programs import missing

NAMED = os.environ.get("TEST_POSTGRES_URL", "")
MISSING = "PostgreSQL's programs are missing: install Debian's package postgresql, or set TEST_POSTGRES_URL"
_SETTINGS = (  # speed instead of safety: the data is worth nothing
    "fsync=off",
    "full_page_writes=off",
    "shared_buffers=16MB",
    "max_connections=40",
    "autovacuum=off",  # so that erased rows are removed by our doing alone
    "listen_addresses=",
)


def program(name: str) -> str | None:
    """Where one of the server's programs is; Debian keeps most of them off the PATH."""
    debian = sorted(Path("/usr/lib/postgresql").glob(f"*/bin/{name}"), key=lambda path: int(path.parts[-3]))
    return str(debian[-1]) if debian else shutil.which(name)


@contextmanager
def running_server() -> Iterator[str]:
    """The SQLAlchemy address of a database on a fresh server, which listens on a Unix socket only.

    The server ends with this process, also when that is killed.
    """
    initdb, postgres, setpriv = program("initdb"), program("postgres"), shutil.which("setpriv")
    if initdb is None or postgres is None or setpriv is None:
        missing(MISSING)
    # The server refuses to be run by root; Debian's package made a user for it.
    user = _server_user() if os.geteuid() == 0 else None
    # A short path: a socket's may have a hundred characters. Not below pytest's folders, which are private.
    folder = Path(tempfile.mkdtemp(prefix="pg"))
    try:
        as_user: list[str] = []
        if user is not None:
            shutil.chown(folder, user)
            as_user = [f"--reuid={user}", f"--regid={pwd.getpwnam(user).pw_gid}", "--clear-groups"]
        run = [setpriv, *as_user, "--pdeathsig=QUIT", "--"]
        data = folder / "data"
        made = [*run, initdb, "-D", data, "-A", "trust", "-U", "tests", "-E", "UTF8", "--no-sync"]
        subprocess.run(made, cwd=folder, check=True, stdout=subprocess.DEVNULL)
        settings = [f"-c{setting}" for setting in (*_SETTINGS, f"unix_socket_directories={folder}")]
        with (folder / "log").open("wb") as log:
            server = subprocess.Popen(
                [*run, postgres, "-D", data, *settings], cwd=folder, stdout=log, stderr=log
            )
        try:
            url = f"postgresql+psycopg://tests@/postgres?host={folder}"
            _wait_for(url, server, folder / "log")
            yield url
        finally:
            server.send_signal(signal.SIGQUIT)
            server.wait(30)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _wait_for(url: str, server: subprocess.Popen[bytes], log: Path) -> None:
    """Returns as soon as the server answers; it may take its time on a busy machine."""
    engine = create_engine(url)
    deadline = time.monotonic() + 60
    try:
        while True:
            try:
                with engine.connect():
                    return
            except OperationalError:
                if server.poll() is not None or time.monotonic() > deadline:
                    raise RuntimeError(log.read_text(errors="replace")) from None
                time.sleep(0.1)
    finally:
        engine.dispose()


def _server_user() -> str:
    try:
        return pwd.getpwnam("postgres").pw_name
    except KeyError:
        return "nobody"


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[str]:
    """The address of a server for the whole run: the one that TEST_POSTGRES_URL names, or one of our own."""
    if NAMED:
        yield NAMED
    else:
        with running_server() as url:
            yield url


@pytest.fixture
def postgres_url(postgres_server: str) -> str:
    """The address of an empty database."""
    empty(postgres_server)
    return postgres_server


def empty(url: str) -> None:
    """Drops everything in the database's schema "public"."""
    engine = create_engine(url)
    try:
        with engine.begin() as connection:
            connection.execute(text("DROP SCHEMA public CASCADE"))
            connection.execute(text("CREATE SCHEMA public"))
    finally:
        engine.dispose()
