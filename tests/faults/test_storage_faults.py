"""The disk is full, somebody holds the database, the file is damaged: what is told, and what is left."""

import errno
import logging
import os
import sqlite3
import subprocess
import sys
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from sqlalchemy import create_engine, text

from storage import (
    NewCorrection,
    NewPrediction,
    Picture,
    Store,
    StoreBusy,
    StoreDamaged,
    StoreFull,
    StoreUnwritable,
    UnfitSubmission,
    UnknownMedia,
    UnreadableMedia,
)
from storage import keep as keep_module
from storage.blobs import Blobs
from storage.database import FILE_NAME, Database
from storage.samples import sample_consent, sample_picture, sample_submission
from storage.schema import utc_now

REPO = Path(__file__).parents[2]
LATER = timedelta(hours=2)


@pytest.fixture
def folder(tmp_path) -> Path:
    return tmp_path / "data"


@pytest.fixture
def store(folder):
    with Store.open(folder, patience_s=0.2) as store:
        yield store


def blob_files(folder: Path) -> set[str]:
    return {path.name for path in (folder / "blobs").rglob("*") if path.is_file()}


def submissions(store: Store) -> int:
    return store.health()["counts"]["submission"]


def fails_from(call: int, error: OSError, real):
    """A stand-in that works until the given call, counted from 1, and then raises."""
    calls = []

    def stand_in(*arguments):
        calls.append(arguments)
        if len(calls) >= call:
            raise error
        return real(*arguments)

    return stand_in


def dump(folder: Path) -> list[str]:
    connection = sqlite3.connect(folder / FILE_NAME)
    try:
        return list(connection.iterdump())
    finally:
        connection.close()


class TestFullDisk:
    @pytest.mark.parametrize("at_write", [1, 2, 3, 4])
    @pytest.mark.parametrize("code", [errno.ENOSPC, errno.EDQUOT])
    def test_full_while_bytes_are_written(self, store, folder, monkeypatch, at_write, code):
        error = OSError(code, os.strerror(code))
        monkeypatch.setattr("storage.blobs.os.fsync", fails_from(at_write, error, os.fsync))
        with pytest.raises(StoreFull, match="disk is full"):
            store.keep(sample_submission(), sample_consent())
        monkeypatch.undo()
        assert blob_files(folder) == set()
        assert submissions(store) == store.health()["counts"]["contributor"] == 0
        store.keep(sample_submission(), sample_consent())

    def test_full_while_rows_are_written(self, store, folder):
        token = store.keep(sample_submission(0), sample_consent()).token
        before = blob_files(folder)

        def no_more_pages(begin):
            with begin() as session:
                pages = session.scalar(text("PRAGMA page_count"))
                session.execute(text(f"PRAGMA max_page_count={pages}"))

        store._database.write(no_more_pages)
        large = NewPrediction(rank=1, payload={"x": "y" * 500_000}, model="m")
        with pytest.raises(StoreFull):
            store.keep(replace(sample_submission(1), predictions=[large]), sample_consent())
        assert blob_files(folder) == before
        assert len(store.contributions(token)) == 1

    def test_the_last_room_is_left_for_erasing(self, store, folder, monkeypatch):
        receipt = store.keep(sample_submission(), sample_consent())
        usage = type("Usage", (), {"free": 64 * 1024**2})
        monkeypatch.setattr("storage.store.shutil.disk_usage", lambda folder: usage)
        with pytest.raises(StoreFull):
            store.keep(sample_submission(1), sample_consent())
        correction = NewCorrection(format="notes", payload=[])
        with pytest.raises(StoreFull):
            store.correct(receipt.submission_id, correction, token=receipt.token)
        assert store.erase(receipt.token).complete

    def test_full_while_the_file_is_written_anew(self, store, monkeypatch):
        receipt = store.keep(sample_submission(), sample_consent())

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


class TestLocked:
    @pytest.fixture
    def holder(self, store, folder):
        other = sqlite3.connect(folder / FILE_NAME, isolation_level=None)
        other.execute("BEGIN IMMEDIATE")
        yield other
        other.close()

    def test_the_visitor_is_told_and_nothing_is_left(self, store, folder, holder):
        with pytest.raises(StoreBusy) as caught:
            store.keep(sample_submission(), sample_consent())
        assert str(caught.value) == (
            "The collection is busy just now; your result is not affected. Try again in a minute."
        )
        assert blob_files(folder) == set()
        holder.execute("ROLLBACK")
        store.keep(sample_submission(), sample_consent())
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
                store.keep(sample_submission(), sample_consent())

    def test_the_lock_between_processes_counts_as_busy(self, store, folder):
        other = sqlite3.connect(folder / "collection.lock", isolation_level=None)
        try:
            other.execute("BEGIN EXCLUSIVE")
            with pytest.raises(StoreBusy):
                store.keep(sample_submission(), sample_consent())
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
        token = store.keep(sample_submission(), sample_consent()).token
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
            token = first.keep(sample_submission(), sample_consent()).token
            with pytest.raises(StoreBusy):
                Store.open(folder, journal=journal, patience_s=0.1)
            assert len(first.contributions(token)) == 1
            assert first.health()["moved_aside"] == []


class TestBetweenBytesAndRows:
    def test_an_error_between_them_removes_the_bytes(self, store, folder, monkeypatch):
        token = store.keep(sample_submission(0), sample_consent()).token
        before = blob_files(folder)

        def broken(*_):
            raise RuntimeError("power")

        monkeypatch.setattr(keep_module, "_rows", broken)
        with pytest.raises(RuntimeError):
            store.keep(sample_submission(1), sample_consent(), token)
        # What was there before is another's, even if the same bytes were given again.
        with pytest.raises(RuntimeError):
            store.keep(sample_submission(0), sample_consent())
        assert blob_files(folder) == before
        assert len(store.contributions(token)) == 1

    def test_if_that_fails_too_the_sweep_removes_them(self, store, folder, monkeypatch):
        def broken(*_):
            raise RuntimeError("power")

        monkeypatch.setattr(keep_module, "_rows", broken)
        monkeypatch.setattr(Blobs, "delete", fails_from(1, StoreUnwritable(), None))
        with pytest.raises(RuntimeError):
            store.keep(sample_submission(), sample_consent())
        monkeypatch.undo()
        assert len(blob_files(folder)) == 2
        assert store.sweep(now=utc_now() + LATER).blobs == 2
        assert blob_files(folder) == set()

    def test_a_commit_that_failed_only_in_the_telling_keeps_its_bytes(self, store, folder, monkeypatch):
        from contextlib import contextmanager

        real = store._database.write

        def write(job):
            def deaf(begin):
                calls = []

                @contextmanager
                def begin_and_lose_the_answer():
                    calls.append(None)
                    with begin() as session:
                        yield session
                    if len(calls) == 1:
                        raise ConnectionError("the answer was lost")

                return job(begin_and_lose_the_answer)

            return real(deaf)

        monkeypatch.setattr(store._database, "write", write)
        with pytest.raises(StoreUnwritable):
            store.keep(sample_submission(), sample_consent())
        monkeypatch.undo()
        assert submissions(store) == 1
        assert len(blob_files(folder)) == 2

    def test_bytes_that_cannot_be_erased_now_are_swept_later(self, store, folder, monkeypatch):
        token = store.keep(sample_submission(), sample_consent()).token
        monkeypatch.setattr(Blobs, "delete", fails_from(2, StoreUnwritable(), Blobs.delete))
        erasure = store.erase(token)
        monkeypatch.undo()
        assert (erasure.submissions, erasure.blobs, erasure.complete) == (1, 1, False)
        assert store.sweep(now=utc_now() + LATER).blobs == 1
        assert blob_files(folder) == set()


def scribble(file: Path) -> None:
    file.write_bytes(b"this is no database " * 500)


def cut(file: Path) -> None:
    data = file.read_bytes()
    file.write_bytes(data[: len(data) // 2 // 4096 * 4096])


def blot(file: Path) -> None:
    """Noise over every page but the first."""
    data = file.read_bytes()
    file.write_bytes(data[:4096] + bytes(byte ^ 0xA5 for byte in data[4096:]))


class TestDamagedFile:
    @pytest.fixture
    def kept(self, folder):
        with Store.open(folder) as store:
            store.keep(sample_submission(), sample_consent())
        return blob_files(folder)

    @pytest.mark.parametrize("damage", [scribble, cut, blot])
    def test_it_is_moved_aside_whole_and_said_aloud(self, folder, kept, damage, caplog):
        damage(folder / FILE_NAME)
        damaged = (folder / FILE_NAME).read_bytes()
        (folder / f"{FILE_NAME}-wal").write_bytes(b"its journal")
        with caplog.at_level(logging.ERROR), Store.open(folder) as store:
            health = store.health()
            assert health["ok"] is False
            assert health["quick_check"] != "ok"
            (name,) = health["moved_aside"]
            assert (folder / name).read_bytes() == damaged
            assert (folder / f"{name}-wal").read_bytes() == b"its journal"
            assert name in caplog.text
            assert submissions(store) == 0

    @pytest.mark.parametrize(
        "loss", [lambda file: file.write_bytes(b""), Path.unlink], ids=["emptied", "gone"]
    )
    def test_an_empty_database_beside_files_is_not_taken_for_a_fresh_start(self, folder, kept, loss, caplog):
        loss(folder / FILE_NAME)
        with Store.open(folder) as store:
            assert store.health()["ok"] is False
            assert store.health()["lost_rows"] is True
            assert "Restore its backup" in caplog.text

    def test_journals_of_a_sound_file_leave_no_spares(self, folder, kept):
        store = Store.open(folder)
        store.keep(sample_submission(1), sample_consent())
        try:
            assert (folder / f"{FILE_NAME}-wal").stat().st_size
            with Store.open(folder) as second:
                assert second.health()["ok"] is True
            assert not list(folder.glob("*.spare"))
        finally:
            store.close()

    @pytest.fixture
    def moved(self, folder, kept):
        scribble(folder / FILE_NAME)
        (folder / "secret.key").unlink()  # or a restored key: nobody holds a token of the new file yet
        with Store.open(folder, patience_s=0.2) as store:
            yield store

    def test_it_stays_known_after_the_next_start(self, folder, moved):
        moved.close()
        with Store.open(folder) as again:
            assert again.health()["quick_check"] == "ok"
            assert len(again.health()["moved_aside"]) == 1
            assert again.health()["ok"] is False

    def test_while_it_lies_there_no_bytes_are_swept(self, folder, kept, moved):
        assert moved.sweep(now=utc_now() + LATER).blobs == 0
        assert blob_files(folder) == kept
        (name,) = moved.health()["moved_aside"]
        (folder / name).unlink()
        assert moved.sweep(now=utc_now() + LATER).blobs == len(kept)

    def test_the_new_file_works(self, moved):
        token = moved.keep(sample_submission(), sample_consent()).token
        assert len(moved.contributions(token)) == 1

    def test_damage_found_while_running_is_named(self, folder):
        with Store.open(folder) as store:
            token = store.keep(sample_submission(), sample_consent()).token
        with Store.open(folder) as store:
            blot(folder / FILE_NAME)
            with pytest.raises(StoreDamaged, match="backup"):
                store.contributions(token)
            (folder / FILE_NAME).write_bytes(b"")

    def test_a_damaged_blob_is_not_handed_out(self, store, folder):
        token = store.keep(sample_submission(), sample_consent()).token
        (kept,) = store.contributions(token)
        for path in (folder / "blobs").rglob("*"):
            if path.is_file():
                path.write_bytes(b"other bytes")
        with pytest.raises(StoreDamaged):
            store.media_bytes(token, kept.media[0].id)

    def test_a_lost_blob_is_unknown_and_can_still_be_erased(self, store, folder):
        token = store.keep(sample_submission(), sample_consent()).token
        (kept,) = store.contributions(token)
        for path in list((folder / "blobs").rglob("*")):
            if path.is_file():
                path.unlink()
        with pytest.raises(UnknownMedia):
            store.media_bytes(token, kept.media[0].id)
        assert store.erase(token).complete


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
                    store.keep(sample_submission(), sample_consent())
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
            store.keep(sample_submission(), sample_consent())
        assert blob_files(folder) == set()


class TestHostile:
    def test_json_nested_without_end(self, store):
        deep: dict = {}
        for _ in range(100_000):
            deep = {"x": deep}
        with pytest.raises(UnfitSubmission):
            store.keep(sample_submission(deep=deep), sample_consent())
        while deep:
            deep = deep.pop("x")  # taking it apart, since Python would recurse

    def test_json_that_refers_to_itself(self, store):
        snake: dict = {}
        snake["tail"] = snake
        with pytest.raises(UnfitSubmission):
            store.keep(sample_submission(snake=snake), sample_consent())

    def test_json_of_many_megabytes(self, store):
        huge = NewPrediction(rank=1, payload={"x": "y" * 5_000_000}, model="m")
        with pytest.raises(UnfitSubmission, match="bytes of JSON"):
            store.keep(replace(sample_submission(), predictions=[huge]), sample_consent())

    def test_names_are_only_ever_data(self, store, folder):
        nasty = "'; DROP TABLE submission; --"
        receipt = store.keep(
            replace(
                sample_submission(**{nasty: "../../etc/passwd"}),
                app_version=nasty,
                predictions=[NewPrediction(rank=1, payload={nasty: nasty}, model="../" * 20)],
            ),
            sample_consent(),
        )
        assert len(store.contributions(receipt.token)) == 1
        outside = [path for path in folder.parent.rglob("*") if folder not in [path, *path.parents]]
        assert outside == []

    def test_a_picture_that_would_fill_the_memory(self, store):
        import struct
        import zlib

        def chunk(kind: bytes, data: bytes) -> bytes:
            return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

        head = chunk(b"IHDR", struct.pack(">IIBBBBB", 30_000, 30_000, 1, 0, 0, 0, 0))
        bomb = b"\x89PNG\r\n\x1a\n" + head + chunk(b"IDAT", zlib.compress(bytes(10**6))) + chunk(b"IEND", b"")
        with pytest.raises(UnreadableMedia, match="nothing was kept"):
            store.keep(replace(sample_submission(), input=Picture(bomb)), sample_consent())


def test_many_threads_at_once_lose_nothing(store):
    from concurrent.futures import ThreadPoolExecutor

    with ThreadPoolExecutor(8) as threads:
        receipts = list(
            threads.map(lambda seed: store.keep(sample_submission(seed % 3), sample_consent()), range(24))
        )
        erased = list(threads.map(lambda receipt: store.erase(receipt.token), receipts[::2]))
    assert sum(erasure.submissions for erasure in erased) == 12
    for receipt in receipts[1::2]:
        (kept,) = store.contributions(receipt.token)
        assert all(store.media_bytes(receipt.token, ref.id) for ref in kept.media)


def test_a_clock_that_jumps_back_breaks_nothing(store, monkeypatch):
    token = store.keep(sample_submission(), sample_consent()).token
    past = utc_now() - timedelta(days=400)
    monkeypatch.setattr("storage.store.utc_now", lambda: past)
    store.keep(sample_submission(1), sample_consent(), token)
    assert store.expire().submissions == 0
    assert store.sweep().blobs == 0
    assert len(store.contributions(token)) == 2


def test_a_foreign_database_in_the_place_of_ours_is_not_changed(folder):
    folder.mkdir()
    engine = create_engine(f"sqlite:///{folder / FILE_NAME}")
    with engine.begin() as connection:
        connection.execute(text("CREATE TABLE contributor (recipe TEXT)"))
    engine.dispose()
    before = dump(folder)
    with pytest.raises(Exception, match="contributor"):
        Store.open(folder)
    assert dump(folder) == before


def test_sample_pictures_differ_by_seed():
    assert sample_picture(0).tobytes() != sample_picture(1).tobytes()
