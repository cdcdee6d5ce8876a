"""Engines of each kind, and a collection in a folder of its own: on a SQLite file and on a PostgreSQL server."""

from pathlib import Path

import pytest

from storage import Store
from tests.bare_host import hosts_closed  # noqa: F401 - a fixture
from tests.engine_contract import open_engine  # noqa: F401 - a fixture
from tests.storage_folder import reading


@pytest.fixture
def folder(tmp_path) -> Path:
    return tmp_path / "data"


@pytest.fixture(params=["sqlite", "postgres"])
def url(request) -> str | None:
    """Where the rows lie; None for the folder. Modules about one of the two define their own."""
    return None if request.param == "sqlite" else request.getfixturevalue("postgres_url")


@pytest.fixture
def store(folder, url):
    with Store.open(folder, url=url, patience_s=1) as store:
        yield store


@pytest.fixture
def rows(folder, url, store):
    with reading(folder, url) as rows:
        yield rows
