"""Something breaks between two steps, or the file on the disk is damaged."""

import logging
import os
import shutil
import subprocess
import sys
from datetime import timedelta
from pathlib import Path

import pytest

from storage import (
    Store,
    StoreDamaged,
    StoreUnwritable,
    UnknownMedia,
)
from storage.blobs import Blobs
from storage.database import FILE_NAME
from storage.samples import sample_consent, sample_submission
from storage.schema import utc_now
from tests.storage_folder import blob_files, fails_from, submissions

LATER = timedelta(hours=2)


def scribble(file: Path) -> None:
    file.write_bytes(b"this is no database " * 500)


def cut(file: Path) -> None:
    data = file.read_bytes()
    file.write_bytes(data[: len(data) // 2 // 4096 * 4096])


def blot(file: Path) -> None:
    """Noise over every page but the first."""
    data = file.read_bytes()
    file.write_bytes(data[:4096] + bytes(byte ^ 0xA5 for byte in data[4096:]))


def every_file(folder: Path) -> dict[str, bytes]:
    """All files but the lock and SQLite's shared memory, which holds nothing that lasts."""
    return {
        path.name: path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file() and not path.name.endswith((".lock", "-shm"))
    }


class TestBetweenBytesAndRows:
    def test_an_error_between_them_removes_the_bytes(self, store, folder, monkeypatch):
        token = store.contribute(sample_submission(0), sample_consent()).token
        before = blob_files(folder)

        def broken(*_):
            raise RuntimeError("power")

        monkeypatch.setattr("storage.submissions._rows", broken)
        with pytest.raises(RuntimeError):
            store.contribute(sample_submission(1), sample_consent(), token)
        # What was there before is another's, even if the same bytes were given again.
        with pytest.raises(RuntimeError):
            store.contribute(sample_submission(0), sample_consent())
        assert blob_files(folder) == before
        assert len(store.contributions(token)) == 1

    def test_if_that_fails_too_the_sweep_removes_them(self, store, folder, monkeypatch):
        def broken(*_):
            raise RuntimeError("power")

        monkeypatch.setattr("storage.submissions._rows", broken)
        monkeypatch.setattr(Blobs, "delete", fails_from(1, StoreUnwritable(), None))
        with pytest.raises(RuntimeError):
            store.contribute(sample_submission(), sample_consent())
        monkeypatch.undo()
        assert len(blob_files(folder)) == 2
        assert store.sweep(now=utc_now() + LATER).blobs == 2
        assert blob_files(folder) == set()

    def test_bytes_that_cannot_be_erased_now_are_swept_later(self, store, folder, monkeypatch):
        token = store.contribute(sample_submission(), sample_consent()).token
        monkeypatch.setattr(Blobs, "delete", fails_from(2, StoreUnwritable(), Blobs.delete))
        erasure = store.erase(token)
        monkeypatch.undo()
        assert (erasure.submissions, erasure.blobs, erasure.complete) == (1, 1, False)
        assert store.sweep(now=utc_now() + LATER).blobs == 1
        assert blob_files(folder) == set()


class TestDamagedFile:
    @pytest.fixture
    def kept(self, folder):
        with Store.open(folder) as store:
            store.contribute(sample_submission(), sample_consent())
        return blob_files(folder)

    @pytest.mark.parametrize("damage", [scribble, cut, blot])
    @pytest.mark.parametrize("journals", [{}, {"-wal": b"its journal"}, {"-journal": b"its journal"}])
    def test_it_is_refused_with_a_sentence_and_left_as_it_was(self, folder, kept, damage, journals, caplog):
        damage(folder / FILE_NAME)
        for ending, data in journals.items():
            (folder / f"{FILE_NAME}{ending}").write_bytes(data)
        before = every_file(folder)
        for _ in range(2):  # as often as the host tries
            with (
                caplog.at_level(logging.ERROR),
                pytest.raises(StoreDamaged, match="Put a backup in its place"),
            ):
                Store.open(folder)
            assert every_file(folder) == before
        assert "quick_check" in caplog.text

    def test_a_backup_in_its_place_opens(self, folder, kept):
        sound = (folder / FILE_NAME).read_bytes()
        scribble(folder / FILE_NAME)
        with pytest.raises(StoreDamaged):
            Store.open(folder)
        (folder / FILE_NAME).write_bytes(sound)
        with Store.open(folder) as store:
            assert submissions(store) == 1
            assert store.health()["ok"] is True

    @pytest.mark.parametrize(
        "loss", [lambda file: file.write_bytes(b""), Path.unlink], ids=["emptied", "gone"]
    )
    def test_an_empty_database_beside_files_is_not_taken_for_a_fresh_start(self, folder, kept, loss):
        loss(folder / FILE_NAME)
        for _ in range(2):
            with pytest.raises(StoreDamaged, match="database is gone"):
                Store.open(folder)
        assert blob_files(folder) == kept
        shutil.rmtree(folder / "blobs")
        (folder / "secret.key").unlink()
        with Store.open(folder) as store:
            assert submissions(store) == 0

    def test_the_app_says_so_and_ends(self, folder, kept):
        scribble(folder / FILE_NAME)
        environment = {**os.environ, "SCOREWEB_DATA_DIR": str(folder)}
        ended = subprocess.run(
            [sys.executable, "app.py"],
            env=environment,
            capture_output=True,
            text=True,
            check=False,
            timeout=120,
        )
        assert ended.returncode == 1
        assert "is damaged" in ended.stderr
        assert "Traceback" not in ended.stderr

    def test_a_transaction_that_a_crash_cut_off_is_rolled_back_and_not_taken_for_damage(self, folder):
        with Store.open(folder, journal="delete") as store:
            store.contribute(sample_submission(), sample_consent())
        code = (
            "import os, sqlite3, sys\n"
            "db = sqlite3.connect(sys.argv[1], isolation_level=None)\n"
            "db.execute('PRAGMA cache_size=1')\n"
            "db.execute('BEGIN IMMEDIATE')\n"
            "db.execute('DELETE FROM media')\n"
            "db.execute('CREATE TABLE filler AS SELECT randomblob(100000)')\n"
            "os._exit(9)\n"
        )
        subprocess.run([sys.executable, "-c", code, folder / FILE_NAME], check=False)
        assert (folder / f"{FILE_NAME}-journal").stat().st_size
        with Store.open(folder, journal="delete") as store:
            assert store.health()["counts"]["media"] == 3
        assert not list(folder.glob("*.spare"))

    def test_journals_of_a_sound_file_leave_no_spares(self, folder, kept):
        store = Store.open(folder)
        store.contribute(sample_submission(1), sample_consent())
        try:
            assert (folder / f"{FILE_NAME}-wal").stat().st_size
            with Store.open(folder) as second:
                assert second.health()["ok"] is True
            assert not list(folder.glob("*.spare"))
        finally:
            store.close()

    def test_damage_found_while_running_is_named(self, folder):
        with Store.open(folder) as store:
            token = store.contribute(sample_submission(), sample_consent()).token
        with Store.open(folder) as store:
            blot(folder / FILE_NAME)
            with pytest.raises(StoreDamaged, match="backup"):
                store.contributions(token)
            (folder / FILE_NAME).write_bytes(b"")

    def test_a_damaged_blob_is_not_handed_out(self, store, folder):
        token = store.contribute(sample_submission(), sample_consent()).token
        (kept,) = store.contributions(token)
        for path in (folder / "blobs").rglob("*"):
            if path.is_file():
                path.write_bytes(b"other bytes")
        with pytest.raises(StoreDamaged):
            store.media_bytes(token, kept.media[0].id)

    def test_a_lost_blob_is_unknown_and_can_still_be_erased(self, store, folder):
        token = store.contribute(sample_submission(), sample_consent()).token
        (kept,) = store.contributions(token)
        for path in list((folder / "blobs").rglob("*")):
            if path.is_file():
                path.unlink()
        with pytest.raises(UnknownMedia):
            store.media_bytes(token, kept.media[0].id)
        assert store.erase(token).complete
