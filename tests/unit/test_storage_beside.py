"""Writers beside each other on a PostgreSQL server: nobody waits for a stranger, and nothing is lost or counted wrong."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from sqlalchemy import create_engine, text

from storage import Store, StoreBusy
from storage.errors import QuotaReached
from storage.migrations import upgrade
from storage.postgres import AdvisoryLock
from storage.samples import sample_consent, sample_submission
from storage.schema import utc_now
from tests.unit.test_storage_migrations import REVISIONS, extra_revision


@pytest.fixture
def url(postgres_url):
    return postgres_url


class Slow:
    """Holds the first file that is put until it is told to go on."""

    def __init__(self, store, monkeypatch):
        self.entered, self.go = threading.Event(), threading.Event()
        real, first = store._blobs.put, threading.Lock()

        def put(data):
            digest = real(data)
            if first.acquire(blocking=False):
                self.entered.set()
                assert self.go.wait(60)
            return digest

        monkeypatch.setattr(store._blobs, "put", put)


def test_a_slow_contribution_keeps_nobody_else_waiting(store, monkeypatch):
    slow = Slow(store, monkeypatch)
    with ThreadPoolExecutor(1) as thread:
        first = thread.submit(store.contribute, sample_submission(0), sample_consent())
        assert slow.entered.wait(60)
        other = store.contribute(sample_submission(1), sample_consent())
        store.vote(other.submission_id, "right")
        assert not first.done()
        slow.go.set()
        assert store.contributions(first.result(60).token)


def test_an_erasure_waits_for_what_is_being_added(folder, url, monkeypatch):
    with Store.open(folder, url=url, patience_s=0.3) as store:
        token = store.contribute(sample_submission(0), sample_consent()).token
        slow = Slow(store, monkeypatch)
        with ThreadPoolExecutor(1) as thread:
            # The same picture: were it removed now, the row that comes would lack its bytes.
            other = thread.submit(store.contribute, sample_submission(0), sample_consent())
            assert slow.entered.wait(60)
            with pytest.raises(StoreBusy):
                store.erase(token)
            slow.go.set()
            kept = other.result(60).token
        store.erase(token)
        (left,) = store.contributions(kept)
        assert all(store.media_bytes(kept, ref.id) for ref in left.media)


def test_bytes_of_a_failed_contribution_stay_while_another_needs_them(store, monkeypatch):
    slow = Slow(store, monkeypatch)
    with ThreadPoolExecutor(2) as threads:
        needed = threads.submit(store.contribute, sample_submission(0), sample_consent())
        assert slow.entered.wait(60)

        class Broken:
            """A consent that breaks when its row is made: the bytes are there by then."""

            def __getattr__(self, name):
                raise RuntimeError(name)

        failed = threads.submit(store.contribute, sample_submission(0), Broken())
        slow.go.set()
        with pytest.raises(RuntimeError):
            failed.result(60)
        token = needed.result(60).token
    (left,) = store.contributions(token)
    assert all(store.media_bytes(token, ref.id) for ref in left.media)


def test_a_quota_holds_for_one_who_gives_twice_at_once(folder, url):
    with Store.open(folder, url=url, daily_quota=3, patience_s=20) as store:
        token = store.contribute(sample_submission(0), sample_consent()).token

        def give(seed):
            try:
                return store.contribute(sample_submission(seed), sample_consent(), token)
            except QuotaReached:
                return None

        with ThreadPoolExecutor(4) as threads:
            given = list(threads.map(give, range(1, 7)))
        assert sum(receipt is not None for receipt in given) == 2
        assert len(store.contributions(token)) == 3


def test_votes_at_once_are_all_counted(folder, url):
    with Store.open(folder, url=url, patience_s=20) as store:
        subject = store.contribute(sample_submission(0), sample_consent())
        with ThreadPoolExecutor(4) as threads:
            list(threads.map(lambda _: store.vote(subject.submission_id, "wrong"), range(2)))
        (kept,) = store.contributions(subject.token)
        assert kept.status == "rejected", "two of two"


def test_writers_go_on_while_a_migration_runs_and_nothing_acknowledged_is_lost(folder, url, tmp_path):
    engine = create_engine(url)
    waits = "op.execute('SELECT pg_sleep(1)'); op.add_column('submission', sa.Column('mood', sa.Text()))"
    config = extra_revision(tmp_path, "9000", REVISIONS[-1], waits)
    stop, tokens, busy = threading.Event(), [], []
    with Store.open(folder, url=url, patience_s=0.2) as store:

        def write(seed):
            while not stop.is_set():
                try:
                    tokens.append(store.contribute(sample_submission(seed), sample_consent()).token)
                except StoreBusy as error:
                    busy.append(str(error))

        writers = [threading.Thread(target=write, args=(seed,)) for seed in range(3)]
        for writer in writers:
            writer.start()
        while len(tokens) < 3:
            stop.wait(0.01)
        with AdvisoryLock(engine, patience_s=30):  # as a process of the next version does when it starts
            before = len(tokens)
            upgrade(engine, config=config)
            assert len(tokens) <= before + len(writers), "they wait while the tables change"
        while len(tokens) < before + 6:
            stop.wait(0.01)
        stop.set()
        for writer in writers:
            writer.join(60)
        assert busy, "and were told to try again"
        assert all(text.endswith(".") for text in busy)
        assert all(len(store.contributions(token)) == 1 for token in tokens)
        assert store.sweep(now=utc_now() + timedelta(hours=2)).blobs == 0, "nothing is left over either"
    with engine.connect() as connection:
        columns = connection.execute(
            text("SELECT count(*) FROM information_schema.columns WHERE column_name = 'mood'")
        )
        assert columns.scalar() == 1
    engine.dispose()
