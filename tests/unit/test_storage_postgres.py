"""The same store on a PostgreSQL server: run where TEST_POSTGRES_URL names a database to play with.

Everything in its schema "public" is dropped before every test.
For example TEST_POSTGRES_URL=postgresql+psycopg://user@localhost/scores, with psycopg installed.
"""

import os
import re
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta

import pytest
from alembic import command
from sqlalchemy import create_engine, inspect, text
from sqlalchemy.schema import CreateTable

from storage import (
    NewCorrection,
    NewPrediction,
    Status,
    Store,
    StoreBusy,
    StoreUnreachable,
    UnfitSubmission,
    UnknownToken,
)
from storage.migrations import configuration
from storage.postgres import AdvisoryLock
from storage.samples import sample_consent, sample_submission
from storage.schema import Base, utc_now

URL = os.environ.get("TEST_POSTGRES_URL", "")
needs_server = pytest.mark.skipif(not URL, reason="TEST_POSTGRES_URL names no PostgreSQL database")
MARKER = "unmistakable-marker-pg"


@pytest.fixture
def engine():
    engine = create_engine(URL)
    with engine.begin() as connection:
        connection.execute(text("DROP SCHEMA public CASCADE"))
        connection.execute(text("CREATE SCHEMA public"))
    yield engine
    engine.dispose()


@pytest.fixture
def store(tmp_path, engine):
    with Store.open(tmp_path, url=URL, patience_s=1) as store:
        yield store


@needs_server
def test_keeping_seeing_judging_and_erasing(store, tmp_path):
    giver = store.contribute(sample_submission(0, style="µ"), sample_consent())
    notes = NewCorrection(
        format="notes", payload=[{"onset_s": 0, "offset_s": 1, "midi": 60}], based_on_rank=1
    )
    stranger = store.correct(giver.submission_id, notes, consent=sample_consent()).token
    store.vote(giver.submission_id, "right", token=stranger)
    store.vote(giver.submission_id, "wrong", token=stranger)
    store.flag(giver.submission_id, "other", token=stranger)
    (kept,) = store.contributions(giver.token)
    assert kept.status is Status.PENDING
    assert kept.when.utcoffset() == timedelta(0)
    assert all(store.media_bytes(giver.token, ref.id) for ref in kept.media)
    assert store.erase(stranger).corrections == 1
    erasure = store.erase(giver.token)
    assert (erasure.submissions, erasure.blobs, erasure.complete) == (1, 2, True)
    counts = store.health()["counts"]
    assert counts == dict.fromkeys(counts, 0) | {"erasure": 2}
    assert store.health()["ok"] is True
    with pytest.raises(UnknownToken):
        store.contributions(giver.token)
    assert not [path for path in (tmp_path / "blobs").rglob("*") if path.is_file()]


@needs_server
def test_models_equal_migrations_and_every_check_is_there(store, engine):
    with engine.connect() as connection:
        command.check(configuration(connection))
        found = inspect(connection)
        for table in Base.metadata.tables.values():
            checks = {check["name"] for check in found.get_check_constraints(table.name)}
            ddl = str(CreateTable(table).compile(connection))
            assert checks == set(re.findall(r"CONSTRAINT (ck_\w+) CHECK", ddl))


@needs_server
def test_a_second_start_finds_everything(tmp_path, engine):
    with Store.open(tmp_path, url=URL) as store:
        token = store.contribute(sample_submission(), sample_consent()).token
    with Store.open(tmp_path, url=URL) as store:
        assert len(store.contributions(token)) == 1
        assert store.health()["lost_rows"] is False


@needs_server
def test_stores_that_start_and_keep_at_once_get_along(tmp_path, engine):
    def visit(_):
        with Store.open(tmp_path, url=URL, patience_s=20) as store:
            return [store.contribute(sample_submission(seed), sample_consent()).token for seed in range(3)]

    with ThreadPoolExecutor(3) as threads:
        tokens = [token for given in threads.map(visit, range(3)) for token in given]
    with Store.open(tmp_path, url=URL) as store:
        assert all(len(store.contributions(token)) == 1 for token in tokens)


@needs_server
def test_the_lock_between_machines_counts_as_busy(store, engine):
    with AdvisoryLock(engine, patience_s=1), pytest.raises(StoreBusy):
        store.contribute(sample_submission(), sample_consent())
    assert store.contribute(sample_submission(), sample_consent()).token


@needs_server
def test_a_lock_is_given_back_after_an_error(store, engine):
    with pytest.raises(KeyError):
        store._database.write(lambda begin: {}["nothing"])
    with AdvisoryLock(engine, patience_s=0.2):
        pass


@needs_server
def test_erased_text_is_gone_from_the_tables_own_files(store, engine):
    token = store.contribute(sample_submission(note=MARKER), sample_consent()).token

    def pages() -> bytes:
        with engine.begin() as connection:
            connection.execute(text("CHECKPOINT"))
            path = connection.scalar(text("SELECT pg_relation_filepath('submission')"))
            return bytes(connection.scalar(text("SELECT pg_read_binary_file(:path)"), {"path": path}))

    assert MARKER.encode() in pages()
    store.erase(token)
    assert MARKER.encode() not in pages()


@needs_server
def test_text_that_json_there_cannot_hold_is_refused_before(store):
    for odd in ("\0", "\udcff"):
        with pytest.raises(UnfitSubmission):
            store.contribute(sample_submission(odd=odd), sample_consent())
    fine = NewPrediction(rank=1, payload={"x": "\\u0000 in words"}, model="m")
    assert store.contribute(replace(sample_submission(), predictions=[fine]), sample_consent()).token


@needs_server
def test_what_is_old_expires(store):
    token = store.contribute(sample_submission(), sample_consent()).token
    assert store.expire(utc_now() + timedelta(days=181)).submissions == 1
    assert store.contributions(token) == []


@needs_server
def test_a_server_that_is_not_there_is_said_to_be(tmp_path):
    address = "postgresql+psycopg://nobody:hunter2@127.0.0.1:1/none?connect_timeout=2"
    with pytest.raises(StoreUnreachable) as caught:
        Store.open(tmp_path, url=address)
    assert "hunter2" not in str(caught.value)
