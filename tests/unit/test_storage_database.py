"""The rows' database: how it is set up, who may write, and where it may lie."""

import sqlite3
import threading
import time
from pathlib import Path

import pytest
from sqlalchemy import exc, text

from storage import Store, StoreBusy, StoreClosed, StoreUnreachable
from storage import database as database_module
from storage.database import FILE_NAME, Database
from storage.samples import sample_consent, sample_submission


@pytest.fixture(params=["wal", "delete"])
def journal(request):
    return request.param


@pytest.fixture
def database(tmp_path, journal):
    database = Database.open(tmp_path, journal=journal, patience_s=0.2)
    yield database
    database.close()


def asked(database: Database, *names: str, writer: bool) -> list[object]:
    def ask(session):
        return [session.execute(text(f"PRAGMA {name}")).scalar() for name in names]

    if not writer:
        return database.read(ask)

    def job(begin):
        with begin() as session:
            return ask(session)

    return database.write(job)


def test_the_writer_forgets_what_it_deletes_and_maps_no_memory(database):
    names = ("foreign_keys", "secure_delete", "mmap_size", "journal_size_limit", "busy_timeout")
    assert asked(database, *names, writer=True) == [1, 1, 0, 0, 200]


def test_the_journal_is_what_was_asked_for_and_read_back(database, journal):
    synchronous = {"wal": 1, "delete": 2}[journal]
    locking = {"wal": "normal", "delete": "exclusive"}[journal]
    found = asked(database, "journal_mode", "synchronous", "locking_mode", writer=True)
    assert found == [journal, synchronous, locking]
    assert database.condition()["journal_mode"] == journal


def test_a_database_in_wal_mode_can_become_one_for_a_mounted_volume_and_back(tmp_path):
    for wanted in ("wal", "delete", "wal"):
        database = Database.open(tmp_path, journal=wanted, patience_s=0.2)
        try:
            assert asked(database, "journal_mode", writer=True) == [wanted]
        finally:
            database.close()


def test_where_wal_is_impossible_the_file_is_used_by_one_process_alone(tmp_path, monkeypatch, caplog):
    from storage import sqlite

    answers = iter(["delete", "normal"])  # what a volume without shared memory says
    real = sqlite.pragma
    monkeypatch.setattr(sqlite, "pragma", lambda engine, name: next(answers, None) or real(engine, name))
    database = Database.open(tmp_path, journal="wal", patience_s=0.2)
    try:
        assert asked(database, "journal_mode", "locking_mode", writer=True) == ["delete", "exclusive"]
        assert "WAL is not possible" in caplog.text
    finally:
        database.close()


def test_readers_cannot_write(tmp_path):
    database = Database.open(tmp_path, journal="wal", patience_s=0.2)
    try:
        assert asked(database, "query_only", "foreign_keys", "mmap_size", writer=False) == [1, 1, 0]
        with pytest.raises(Exception, match="cannot be written"):
            database.read(lambda session: session.execute(text("DELETE FROM contributor")))

        def try_harder(session):
            session.execute(text("PRAGMA query_only=OFF"))
            session.execute(text("DELETE FROM contributor"))

        with pytest.raises(Exception, match="cannot be written"):
            database.read(try_harder)
    finally:
        database.close()


def test_a_reading_leaves_nothing_changed_even_on_the_only_connection(tmp_path):
    database = Database.open(tmp_path, journal="delete", patience_s=0.2)
    try:
        insert = "INSERT INTO contributor VALUES ('c', 'h', '2026-01-01 00:00:00.000000')"
        database.read(lambda session: session.execute(text(insert)).rowcount)
        assert database.read(lambda session: session.scalar(text("SELECT count(*) FROM contributor"))) == 0
    finally:
        database.close()


def test_all_writing_is_done_by_one_thread_one_job_at_a_time(database):
    threads, running, most = set(), [], []

    def job(begin):
        running.append(1)
        threads.add(threading.current_thread().name)
        with begin() as session:
            session.execute(text("SELECT 1"))
            time.sleep(0.01)
        most.append(len(running))
        running.pop()

    writers = [threading.Thread(target=database.write, args=(job,)) for _ in range(8)]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()
    assert len(threads) == 1
    assert most == [1] * 8


def test_writing_begins_immediate(tmp_path):
    database = Database.open(tmp_path, journal="wal", patience_s=0.1)
    other = sqlite3.connect(tmp_path / FILE_NAME, isolation_level=None, timeout=0, check_same_thread=False)

    def job(begin):
        with begin() as session:
            session.execute(text("SELECT 1"))  # has read only
            with pytest.raises(sqlite3.OperationalError, match="locked"):
                other.execute("BEGIN IMMEDIATE")

    try:
        database.write(job)
    finally:
        other.close()
        database.close()


def test_readers_go_on_while_somebody_writes(tmp_path):
    with Store.open(tmp_path, patience_s=0.2) as store:
        token = store.contribute(sample_submission(), sample_consent()).token
        other = sqlite3.connect(tmp_path / FILE_NAME, isolation_level=None)
        try:
            other.execute("BEGIN IMMEDIATE")
            assert len(store.contributions(token)) == 1
        finally:
            other.close()


def test_an_error_in_a_job_rolls_back_and_the_writer_lives_on(database):
    def job(begin):
        with begin() as session:
            session.execute(text("INSERT INTO contributor VALUES ('c', 'h', '2026-01-01')"))
            raise KeyError("oh")

    with pytest.raises(KeyError):
        database.write(job)
    assert database.read(lambda session: session.scalar(text("SELECT count(*) FROM contributor"))) == 0


def test_our_own_mistakes_in_sql_are_not_dressed_up(database):
    with pytest.raises(exc.OperationalError, match="no such table"):
        database.read(lambda session: session.execute(text("SELECT * FROM nowhere")))


def test_who_waits_too_long_in_the_queue_is_told_and_the_job_never_runs(database, monkeypatch):
    monkeypatch.setattr(database_module, "QUEUE_PATIENCE_S", 0.1)
    hold, ran = threading.Event(), []
    first = threading.Thread(target=database.write, args=(lambda _: hold.wait(5),))
    first.start()
    try:
        with pytest.raises(StoreBusy):
            database.write(lambda _: ran.append(1))
    finally:
        hold.set()
        first.join()
    database.write(lambda _: None)
    assert ran == []


def test_a_job_that_runs_is_waited_for(database, monkeypatch):
    monkeypatch.setattr(database_module, "QUEUE_PATIENCE_S", 0.05)
    assert database.write(lambda _: time.sleep(0.3) or "done") == "done"


def test_after_closing_nothing_is_done_and_nothing_hangs(database):
    database.close()
    database.close()
    with pytest.raises(StoreClosed):
        database.write(lambda _: None)
    with pytest.raises(StoreClosed):
        database.read(lambda _: None)


def test_closing_leaves_no_journal(tmp_path, journal):
    with Store.open(tmp_path, journal=journal) as store:
        store.contribute(sample_submission(), sample_consent())
    assert {path.name for path in tmp_path.iterdir()} == {FILE_NAME, "collection.lock", "secret.key", "blobs"}


def test_the_files_are_for_their_owner_only(tmp_path):
    folder = tmp_path / "new"
    with Store.open(folder) as store:
        store.contribute(sample_submission(), sample_consent())
        private = [folder, *(path for path in folder.iterdir() if path.is_file())]
        assert any(path.name.endswith("-wal") for path in private)
        assert {path.name: path.stat().st_mode & 0o077 for path in private} == {
            path.name: 0 for path in private
        }


def test_a_sqlite_file_may_lie_elsewhere(tmp_path):
    (tmp_path / "else where").mkdir()
    file = tmp_path / "else where" / "scores.db"
    with Store.open(tmp_path / "data", url=f"sqlite:///{file}") as store:
        token = store.contribute(sample_submission(), sample_consent()).token
        assert len(store.contributions(token)) == 1
    assert file.is_file()
    assert not (tmp_path / "data" / FILE_NAME).exists()


@pytest.mark.parametrize(
    ("url", "advice"),
    [
        ("sqlite://", "Use a SQLite file"),
        ("sqlite:///:memory:", "Use a SQLite file"),
        ("mysql://u:hunter2@h/d", "PostgreSQL"),
        ("not a url", "postgresql"),
        ("postgresql+nosuchdriver://u:hunter2@h/d", "Install"),
        ("postgresql+asyncpg://u:hunter2@h/d", "Install"),
    ],
)
def test_an_address_that_cannot_be_used_says_why_and_no_password(tmp_path, url, advice):
    with pytest.raises(StoreUnreachable, match=advice) as caught:
        Store.open(tmp_path, url=url)
    assert "hunter2" not in str(caught.value)


def test_a_path_with_every_odd_sign(tmp_path):
    folder: Path = tmp_path / "a b#c%20?d&mode=rw"
    with Store.open(folder) as store:
        token = store.contribute(sample_submission(), sample_consent()).token
        assert len(store.contributions(token)) == 1
    assert (folder / FILE_NAME).is_file()
