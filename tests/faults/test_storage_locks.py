"""Somebody holds the database, or everybody comes at once."""

import sqlite3
import subprocess
import sys

import pytest

from storage import (
    Store,
    StoreBusy,
)
from storage.database import FILE_NAME, Database
from storage.samples import sample_consent, sample_submission
from tests.storage_folder import blob_files, submissions


class TestLocked:
    @pytest.fixture
    def holder(self, store, folder):
        other = sqlite3.connect(folder / FILE_NAME, isolation_level=None)
        other.execute("BEGIN IMMEDIATE")
        yield other
        other.close()

    def test_the_visitor_is_told_and_nothing_is_left(self, store, folder, holder):
        with pytest.raises(StoreBusy) as caught:
            store.contribute(sample_submission(), sample_consent())
        assert str(caught.value) == (
            "The collection is busy just now; your result is not affected. Try again in a minute."
        )
        assert blob_files(folder) == set()
        holder.execute("ROLLBACK")
        store.contribute(sample_submission(), sample_consent())
        assert submissions(store) == 1

    def test_who_lets_go_in_time_disturbs_nobody(self, folder):
        with Store.open(folder, patience_s=5) as store:
            code = (
                "import sqlite3, sys, time\n"
                "held = sqlite3.connect(sys.argv[1], isolation_level=None)\n"
                "held.execute('BEGIN IMMEDIATE')\n"
                "print('held', flush=True)\n"
                "time.sleep(0.5)\n"
            )
            with subprocess.Popen(
                [sys.executable, "-c", code, folder / FILE_NAME], stdout=subprocess.PIPE, text=True
            ) as holder:
                assert holder.stdout.readline() == "held\n"
                store.contribute(sample_submission(), sample_consent())

    def test_the_lock_between_processes_counts_as_busy(self, store, folder):
        other = sqlite3.connect(folder / "collection.lock", isolation_level=None)
        try:
            other.execute("BEGIN EXCLUSIVE")
            with pytest.raises(StoreBusy):
                store.contribute(sample_submission(), sample_consent())
            with pytest.raises(StoreBusy):
                Store.open(folder, patience_s=0.1)
        finally:
            other.close()

    def test_not_even_the_check_at_the_start_is_done_without_the_lock(self, tmp_path):
        other = sqlite3.connect(tmp_path / "collection.lock", isolation_level=None)
        try:
            other.execute("BEGIN EXCLUSIVE")
            with pytest.raises(StoreBusy):
                Database.open(tmp_path, patience_s=0.1)
            assert not (tmp_path / FILE_NAME).exists()
        finally:
            other.close()

    def test_closing_while_somebody_else_writes_loses_nothing(self, folder):
        store = Store.open(folder, patience_s=0.1)
        token = store.contribute(sample_submission(), sample_consent()).token
        lock = sqlite3.connect(folder / "collection.lock", isolation_level=None)
        writer = sqlite3.connect(folder / FILE_NAME, isolation_level=None)
        try:
            lock.execute("BEGIN EXCLUSIVE")
            writer.execute("BEGIN IMMEDIATE")
            store.close()
        finally:
            writer.close()
            lock.close()
        with Store.open(folder) as store:
            assert len(store.contributions(token)) == 1

    @pytest.mark.parametrize("journal", ["wal", "delete"])
    def test_a_file_that_belongs_to_another_process_is_busy_not_damaged(self, folder, journal):
        with Store.open(folder, journal="delete") as first:
            token = first.contribute(sample_submission(), sample_consent()).token
            with pytest.raises(StoreBusy):
                Store.open(folder, journal=journal, patience_s=0.1)
            assert len(first.contributions(token)) == 1


def test_many_threads_at_once_lose_nothing(store):
    from concurrent.futures import ThreadPoolExecutor

    with ThreadPoolExecutor(8) as threads:
        receipts = list(
            threads.map(
                lambda seed: store.contribute(sample_submission(seed % 3), sample_consent()), range(24)
            )
        )
        erased = list(threads.map(lambda receipt: store.erase(receipt.token), receipts[::2]))
    assert sum(erasure.submissions for erasure in erased) == 12
    for receipt in receipts[1::2]:
        (kept,) = store.contributions(receipt.token)
        assert all(store.media_bytes(receipt.token, ref.id) for ref in kept.media)
