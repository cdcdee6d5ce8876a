"""The disk is full, or may not be written: what is told, and what is left."""

import errno
import os
import sqlite3
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from sqlalchemy import text

from storage import (
    NewCorrection,
    NewPrediction,
    Store,
    StoreFull,
    StoreUnwritable,
)
from storage.database import FILE_NAME
from storage.samples import sample_consent, sample_submission
from tests.storage_folder import blob_files, fails_from, submissions

REPO = Path(__file__).parents[2]


class TestFullDisk:
    @pytest.mark.parametrize("at_write", [1, 2, 3, 4])
    @pytest.mark.parametrize("code", [errno.ENOSPC, errno.EDQUOT])
    def test_full_while_bytes_are_written(self, store, folder, monkeypatch, at_write, code):
        error = OSError(code, os.strerror(code))
        monkeypatch.setattr("storage.blobs.os.fsync", fails_from(at_write, error, os.fsync))
        with pytest.raises(StoreFull, match="disk is full"):
            store.contribute(sample_submission(), sample_consent())
        monkeypatch.undo()
        assert blob_files(folder) == set()
        assert submissions(store) == store.health()["counts"]["contributor"] == 0
        store.contribute(sample_submission(), sample_consent())

    def test_full_while_rows_are_written(self, store, folder):
        token = store.contribute(sample_submission(0), sample_consent()).token
        before = blob_files(folder)

        def no_more_pages(begin):
            with begin() as session:
                pages = session.scalar(text("PRAGMA page_count"))
                session.execute(text(f"PRAGMA max_page_count={pages}"))

        store._database.write(no_more_pages)
        large = NewPrediction(rank=1, payload={"x": "y" * 500_000}, model="m")
        with pytest.raises(StoreFull):
            store.contribute(replace(sample_submission(1), predictions=[large]), sample_consent())
        assert blob_files(folder) == before
        assert len(store.contributions(token)) == 1

    def test_the_last_room_is_left_for_erasing(self, store, folder, monkeypatch):
        receipt = store.contribute(sample_submission(), sample_consent())
        usage = type("Usage", (), {"free": 64 * 1024**2})
        monkeypatch.setattr("storage.door.shutil.disk_usage", lambda folder: usage)
        with pytest.raises(StoreFull):
            store.contribute(sample_submission(1), sample_consent())
        correction = NewCorrection(format="notes", payload=[])
        with pytest.raises(StoreFull):
            store.correct(receipt.submission_id, correction, token=receipt.token)
        assert store.erase(receipt.token).complete

    def test_full_while_the_file_is_written_anew(self, store, monkeypatch):
        receipt = store.contribute(sample_submission(), sample_consent())

        class Full:
            def __init__(self, driver):
                self._driver = driver

            def execute(self, sql, *arguments):
                if sql == "VACUUM":
                    raise sqlite3.OperationalError("database or disk is full")
                return self._driver.execute(sql, *arguments)

        monkeypatch.setattr("storage.sqlite.cast", lambda _, driver: Full(driver))
        assert store.erase(receipt.token).complete is False
        assert submissions(store) == 0
        monkeypatch.undo()
        store.sweep()
        assert store.health()["scrubbed"] is True


class TestUnwritable:
    @pytest.mark.parametrize("before", ["empty", "kept"])
    def test_a_folder_that_may_only_be_read(self, before):
        # Root may write everywhere, so that the opening is done as nobody, after a first one as ourselves
        # that loads whatever nobody may not read.
        code = (
            "import os, sys\nfrom pathlib import Path\nfrom storage import Store, StorageError\n"
            "warm, folder = map(Path, sys.argv[1:])\n"
            "Store.open(warm).close()\n"
            "if os.geteuid() == 0: os.setuid(65534)\n"
            "try: Store.open(folder).close()\n"
            "except StorageError as error: print(type(error).__name__, error)\n"
        )
        # Not pytest's own folder, which only its owner may enter.
        with TemporaryDirectory() as outer:
            Path(outer).chmod(0o755)
            warm, folder = Path(outer) / "warm", Path(outer) / "folder"
            folder.mkdir()
            if before == "kept":
                with Store.open(folder) as store:
                    store.contribute(sample_submission(), sample_consent())
            folder.chmod(0o555)
            try:
                done = subprocess.run(
                    [sys.executable, "-c", code, warm, folder],
                    capture_output=True,
                    text=True,
                    check=False,
                    cwd=REPO,
                    env=os.environ | {"PYTHONPATH": str(REPO)},
                )
            finally:
                folder.chmod(0o700)
        assert done.stderr == ""
        assert done.stdout.startswith("StoreUnwritable The collection's folder cannot be written.")

    def test_a_file_in_the_place_of_the_folder(self, tmp_path):
        (tmp_path / "data").write_text("not a folder")
        with pytest.raises(StoreUnwritable):
            Store.open(tmp_path / "data")
        with pytest.raises(StoreUnwritable):
            Store.open(tmp_path / "data" / "deeper")

    def test_a_folder_in_the_place_of_the_file(self, folder):
        (folder / FILE_NAME).mkdir(parents=True)
        with pytest.raises(StoreUnwritable):
            Store.open(folder)

    def test_blobs_that_may_not_be_written(self, store, folder, monkeypatch):
        refused = PermissionError(errno.EACCES, "no")
        monkeypatch.setattr("storage.blobs.os.fsync", fails_from(1, refused, os.fsync))
        with pytest.raises(StoreUnwritable):
            store.contribute(sample_submission(), sample_consent())
        assert blob_files(folder) == set()
