"""What is particular to the collection on a PostgreSQL server; all else is tested on both, see conftest.py."""

import re
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from uuid import uuid4

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
from storage.migrations import configuration, upgrade
from storage.postgres import AdvisoryLock
from storage.samples import sample_consent, sample_submission
from storage.schema import Base, utc_now

MARKER = "unmistakable-marker-pg"


@pytest.fixture
def url(postgres_url):
    return postgres_url


@pytest.fixture
def engine(postgres_url):
    engine = create_engine(postgres_url)
    yield engine
    engine.dispose()


def test_keeping_seeing_judging_and_erasing(store, folder):
    giver = store.contribute(sample_submission(0, style="µ"), sample_consent())
    notes = NewCorrection(
        format="notes", payload=[{"onset_s": 0, "offset_s": 1, "midi": 60}], based_on_rank=1
    )
    stranger = store.correct(giver.submission_id, notes, consent=sample_consent()).token
    voter = store.vote(giver.submission_id, "right").token
    store.vote(giver.submission_id, "wrong", token=voter)
    store.report(giver.submission_id, "other", token=voter)
    (kept,) = store.contributions(giver.token)
    assert kept.status is Status.PENDING
    assert kept.when.utcoffset() == timedelta(0)
    assert all(store.media_bytes(giver.token, ref.id) for ref in kept.media)
    assert store.erase(voter).votes == 1
    assert store.erase(stranger).corrections == 1
    erasure = store.erase(giver.token)
    assert (erasure.submissions, erasure.blobs, erasure.complete) == (1, 2, True)
    counts = store.health()["counts"]
    assert counts == dict.fromkeys(counts, 0) | {"erasure": 2}
    assert store.health()["ok"] is True
    with pytest.raises(UnknownToken):
        store.contributions(giver.token)
    assert not [path for path in (folder / "blobs").rglob("*") if path.is_file()]


def test_models_equal_migrations_and_every_check_is_there(store, engine):
    with engine.connect() as connection:
        command.check(configuration(connection))
        found = inspect(connection)
        for table in Base.metadata.tables.values():
            checks = {check["name"] for check in found.get_check_constraints(table.name)}
            ddl = str(CreateTable(table).compile(connection))
            assert checks == set(re.findall(r"CONSTRAINT (ck_\w+) CHECK", ddl))


def test_a_second_start_finds_everything(tmp_path, url):
    with Store.open(tmp_path, url=url) as store:
        token = store.contribute(sample_submission(), sample_consent()).token
    with Store.open(tmp_path, url=url) as store:
        assert len(store.contributions(token)) == 1


def test_stores_that_start_and_keep_at_once_get_along(tmp_path, url):
    def visit(_):
        with Store.open(tmp_path, url=url, patience_s=20) as store:
            return [store.contribute(sample_submission(seed), sample_consent()).token for seed in range(3)]

    with ThreadPoolExecutor(3) as threads:
        tokens = [token for given in threads.map(visit, range(3)) for token in given]
    with Store.open(tmp_path, url=url) as store:
        assert all(len(store.contributions(token)) == 1 for token in tokens)


def test_the_lock_between_machines_counts_as_busy(store, engine):
    with AdvisoryLock(engine, patience_s=1), pytest.raises(StoreBusy):
        store.contribute(sample_submission(), sample_consent())
    assert store.contribute(sample_submission(), sample_consent()).token


def test_a_lock_is_given_back_after_an_error(store, engine):
    with pytest.raises(KeyError):
        store._database.write(lambda begin: {}["nothing"])
    with AdvisoryLock(engine, patience_s=0.2):
        pass


class TestScrub:
    @pytest.fixture
    def pages(self, engine):
        """The bytes of the submissions' table as the server keeps them."""

        def read() -> bytes:
            with engine.begin() as connection:
                connection.execute(text("CHECKPOINT"))
                path = connection.scalar(text("SELECT pg_relation_filepath('submission')"))
                return bytes(connection.scalar(text("SELECT pg_read_binary_file(:path)"), {"path": path}))

        return read

    @pytest.fixture
    def erased(self, store, pages):
        token = store.contribute(sample_submission(note=MARKER), sample_consent()).token
        assert MARKER.encode() in pages()
        assert store.erase(token).complete

    def test_erased_text_is_gone_from_the_tables_own_files_after_it(self, store, pages, erased):
        assert store.scrub() is True
        assert MARKER.encode() not in pages()

    def test_erasing_waits_for_no_reader(self, store, engine):
        token = store.contribute(sample_submission(note=MARKER), sample_consent()).token
        with engine.connect() as reader:
            reader.execute(text("SELECT * FROM submission"))  # its lock lasts until the transaction ends
            assert store.erase(token).submissions == 1

    def test_another_process_finds_that_it_is_due(self, tmp_path, url, pages, erased):
        with Store.open(tmp_path / "another", url=url, secret="of another process") as other:  # noqa: S106
            assert other.scrub() is True
        assert MARKER.encode() not in pages()

    @pytest.mark.parametrize("looks_at", ["SELECT * FROM submission", "SELECT 1"])
    def test_a_transaction_that_may_still_see_the_rows_puts_it_off(self, store, engine, pages, looks_at):
        token = store.contribute(sample_submission(note=MARKER), sample_consent()).token
        with engine.connect().execution_options(isolation_level="REPEATABLE READ") as reader:
            reader.execute(text(looks_at))
            store.erase(token)
            assert store.scrub() is False
            assert store.health()["scrubbed"] is store.health()["ok"] is False
        assert store.scrub() is True
        assert store.health()["ok"] is True
        assert MARKER.encode() not in pages()

    def test_nothing_is_written_anew_where_nothing_was_erased(self, store, engine):
        store.contribute(sample_submission(), sample_consent())
        file = text("SELECT pg_relation_filepath('submission')")
        with engine.connect() as connection:
            before = connection.scalar(file)
        assert store.scrub() is True
        with engine.connect() as connection:
            assert connection.scalar(file) == before


def test_text_that_json_there_cannot_hold_is_refused_before(store):
    for odd in ("\0", "\udcff"):
        with pytest.raises(UnfitSubmission):
            store.contribute(sample_submission(odd=odd), sample_consent())
    fine = NewPrediction(rank=1, payload={"x": "\\u0000 in words"}, model="m")
    assert store.contribute(replace(sample_submission(), predictions=[fine]), sample_consent()).token


def test_what_is_old_expires(store):
    token = store.contribute(sample_submission(), sample_consent()).token
    assert store.expire(utc_now() + timedelta(days=181)).submissions == 1
    assert store.contributions(token) == []


def test_a_server_that_is_not_there_is_said_to_be(tmp_path):
    address = "postgresql+psycopg://nobody:hunter2@127.0.0.1:1/none?connect_timeout=2"
    with pytest.raises(StoreUnreachable) as caught:
        Store.open(tmp_path, url=address)
    assert "hunter2" not in str(caught.value)


def test_a_collection_of_the_first_schema_goes_on(folder, url, engine):
    upgrade(engine, "0001")
    number, long_ago = uuid4(), "2026-01-01T00:00:00+00:00"
    given = {"id": number, "at": long_ago, "hex": "a" * 64}
    with engine.begin() as connection:
        for statement in (
            "INSERT INTO contributor VALUES (:id, :hex, :at)",
            "INSERT INTO consent VALUES (:id, :id, 1, :hex, 'CC0-1.0', true, true, 'en', :at)",
            "INSERT INTO submission VALUES (:id, :id, 'read', 'accepted', '0.1.0', '{}', :at)",
            "INSERT INTO prediction VALUES (:id, :id, 1, 0.5, '{}', NULL, 'm', NULL)",
            "INSERT INTO correction VALUES (:id, :id, :id, :id, 'notes', '[]', :at)",
            "INSERT INTO vote VALUES (:id, :id, :id, 'right', :at)",
            "INSERT INTO flag VALUES (:id, :id, NULL, 'other', 'visitor', :at)",
        ):
            connection.execute(text(statement), given)
    with Store.open(folder, url=url, secret="of the first version") as store:  # noqa: S106
        counts = store.health()["counts"]
        for table in ("submission", "prediction", "correction", "vote", "report"):
            assert counts[table] == 1
        (item,) = store.to_review(["accepted"])
        assert (item.id, item.reports[0].reason) == (number, "other")
    with engine.connect() as connection:
        assert connection.scalar(text("SELECT prediction_id FROM vote")) == number
        assert connection.scalar(text("SELECT made_at FROM prediction")).isoformat() == long_ago
        command.check(configuration(connection))
