"""A collection in a folder of its own, for the tests of storage."""

from pathlib import Path

import pytest

from storage import Store
from tests.storage_folder import reading


@pytest.fixture
def folder(tmp_path) -> Path:
    return tmp_path / "data"


@pytest.fixture
def store(folder):
    with Store.open(folder, patience_s=1) as store:
        yield store


@pytest.fixture
def rows(folder, store):
    with reading(folder) as rows:
        yield rows
