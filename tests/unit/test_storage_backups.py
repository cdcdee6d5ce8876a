"""Copies of the collection, what they hold and when they end; and that none brings back what was erased."""

import shutil
import sqlite3
import subprocess
from datetime import UTC, datetime, timedelta

import pytest

from storage import (
    NewCorrection,
    Store,
    StoreDamaged,
    StoreUnreachable,
    UnknownToken,
)
from storage.database import FILE_NAME
from storage.removed import RemovedList
from storage.samples import sample_consent, sample_submission
from tests.postgres_server import empty, program
from tests.storage_folder import NOTES, blob_files, fails_from, files_holding, submissions

START = datetime(2030, 1, 1, tzinfo=UTC)


@pytest.fixture
def url():
    return None


@pytest.fixture
def clock(monkeypatch):
    """Days since the start, as the store sees them."""

    def to(days):
        monkeypatch.setattr("storage.hosting.utc_now", lambda: START + timedelta(days=days))

    to(0)
    return to


def copies(out):
    return sorted(out.glob("collection-*.sqlite3"))


def restored(out, copy, folder):
    """A data folder from a copy, as docs/storage.md says."""
    folder.mkdir()
    shutil.copy2(copy, folder / FILE_NAME)
    shutil.copytree(out / "blobs", folder / "blobs")
    for name in ("secret.key", "removed.txt"):
        if (out / name).exists():
            shutil.copy2(out / name, folder / name)
    return folder


@pytest.mark.parametrize("journal", ["wal", "delete"])
def test_a_copy_in_its_place_is_the_whole_collection(tmp_path, journal):
    out = tmp_path / "backups"
    with Store.open(tmp_path / "data", journal=journal) as store:
        token = store.contribute(sample_submission(), sample_consent()).token
        done = store.backup(out)
        assert (done.blobs, done.ended) == (2, 0)
        store.contribute(sample_submission(1), sample_consent())
    with Store.open(restored(out, out / done.name, tmp_path / "again")) as again:
        assert submissions(again) == 1
        (kept,) = again.contributions(token)
        assert all(again.media_bytes(token, ref.id) for ref in kept.media)


def test_copies_share_their_bytes_with_the_collection(store, folder, tmp_path, clock):
    store.contribute(sample_submission(), sample_consent())
    store.backup(tmp_path / "out")
    clock(1)
    assert store.backup(tmp_path / "out").blobs == 0
    assert blob_files(tmp_path / "out") == blob_files(folder)
    assert all(path.stat().st_nlink == 2 for path in (folder / "blobs").rglob("*") if path.is_file())


def test_where_disks_share_nothing_the_bytes_are_copied(store, folder, tmp_path, monkeypatch):
    store.contribute(sample_submission(), sample_consent())
    monkeypatch.setattr("storage.backups.os.link", fails_from(1, OSError("cross-device link"), None))
    assert store.backup(tmp_path / "out").blobs == 2
    assert blob_files(tmp_path / "out") == blob_files(folder)


def test_old_copies_end_and_take_bytes_along_that_only_they_needed(store, folder, tmp_path, clock):
    gone = store.contribute(sample_submission(0), sample_consent()).token
    store.contribute(sample_submission(1), sample_consent())
    store.backup(tmp_path / "out", days=10)
    store.erase(gone)
    clock(9)
    assert store.backup(tmp_path / "out", days=10).ended == 0
    assert len(blob_files(tmp_path / "out")) == 4
    clock(11)
    assert store.backup(tmp_path / "out", days=10).ended == 1
    assert len(copies(tmp_path / "out")) == 2
    assert blob_files(tmp_path / "out") == blob_files(folder)


def test_no_copy_is_kept_for_longer_than_the_consent_text_says(store, tmp_path, clock):
    store.backup(tmp_path / "out", days=400)
    clock(31)
    assert store.backup(tmp_path / "out", days=400).ended == 1


def test_nothing_else_in_the_folder_is_touched(store, tmp_path, clock):
    out = tmp_path / "out"
    out.mkdir()
    mine = ["notes.txt", "collection-mine.sqlite3", "collection.sqlite3"]
    for name in mine:
        (out / name).write_text("mine")
    store.backup(out)
    clock(100)
    store.backup(out)
    assert all((out / name).read_text() == "mine" for name in mine)


def test_an_erased_row_is_in_no_later_copy(store, tmp_path):
    marker = "unmistakable-marker-1234"
    token = store.contribute(sample_submission(note=marker), sample_consent()).token
    store.erase(token)
    store.backup(tmp_path / "out")
    assert files_holding(tmp_path / "out", marker) == []


def test_an_error_leaves_no_half_copy(store, tmp_path, monkeypatch):
    store.contribute(sample_submission(), sample_consent())
    monkeypatch.setattr(
        "storage.backups._copy", fails_from(2, OSError(28, "No space left on device"), lambda *_: True)
    )
    with pytest.raises(Exception, match="full"):
        store.backup(tmp_path / "out")
    assert copies(tmp_path / "out") == list((tmp_path / "out").glob("*.partial")) == []


def test_a_copy_that_is_not_sound_is_no_backup(store, tmp_path, monkeypatch):
    monkeypatch.setattr(store._database, "copy_into", lambda path: path.write_bytes(b"noise" * 5000))
    with pytest.raises(StoreDamaged, match="not sound"):
        store.backup(tmp_path / "out")
    assert copies(tmp_path / "out") == []


def test_a_backup_goes_on_beside_a_writer(store, folder, tmp_path):
    store.contribute(sample_submission(), sample_consent())
    writer = sqlite3.connect(folder / FILE_NAME, isolation_level=None)
    try:
        writer.execute("BEGIN IMMEDIATE")
        assert store.backup(tmp_path / "out").name
    finally:
        writer.close()


class TestServer:
    def test_a_dump_in_place_of_a_lost_database_is_the_whole_collection(self, tmp_path, postgres_url, clock):
        out, data = tmp_path / "backups", tmp_path / "data"
        with Store.open(data, url=postgres_url) as store:
            keeper = store.contribute(sample_submission(0), sample_consent()).token
            leaver = store.contribute(sample_submission(1), sample_consent()).token
            done = store.backup(out)
            assert done.name.endswith(".dump")
            store.erase(leaver)
        empty(postgres_url)
        shutil.rmtree(data / "blobs")
        shutil.copytree(out / "blobs", data / "blobs")
        pg_restore(postgres_url, out / done.name)
        with Store.open(data, url=postgres_url) as back:
            (kept,) = back.contributions(keeper)
            for media in kept.media:
                assert back.media_bytes(keeper, media.id)
            with pytest.raises(UnknownToken):  # it was in the dump, and is erased again
                back.contributions(leaver)

    def test_old_dumps_end_with_the_bytes_only_they_needed(self, tmp_path, postgres_url, clock):
        out = tmp_path / "backups"
        with Store.open(tmp_path / "data", url=postgres_url) as store:
            gone = store.contribute(sample_submission(0), sample_consent()).token
            store.contribute(sample_submission(1), sample_consent())
            store.backup(out)
            store.erase(gone)
            clock(20)
            store.backup(out)
            both = blob_files(out)
            clock(31)
            assert store.backup(out).ended == 1
            assert blob_files(out) < both
            assert blob_files(out) == blob_files(tmp_path / "data")
        assert len(list(out.glob("*.dump"))) == len(list(out.glob("*.blobs.txt"))) == 2

    def test_without_pg_dump_a_sentence_says_what_to_do(self, tmp_path, postgres_url, monkeypatch):
        monkeypatch.setenv("PATH", str(tmp_path))
        with (
            Store.open(tmp_path / "data", url=postgres_url) as store,
            pytest.raises(StoreUnreachable, match="postgresql-client"),
        ):
            store.backup(tmp_path / "out")

    def test_a_pg_dump_that_fails_leaves_nothing_and_says_why(self, tmp_path, postgres_url, monkeypatch):
        programs = tmp_path / "programs"
        programs.mkdir()
        (programs / "pg_dump").write_text("#!/bin/sh\necho 'server version mismatch' >&2\nexit 1\n")
        (programs / "pg_dump").chmod(0o755)
        monkeypatch.setenv("PATH", f"{programs}:/usr/bin:/bin")
        with (
            Store.open(tmp_path / "data", url=postgres_url) as store,
            pytest.raises(StoreUnreachable, match="version mismatch"),
        ):
            store.backup(tmp_path / "out")
        assert not list((tmp_path / "out").glob("collection-*"))


def pg_restore(url, dump):
    """The dump in an empty database, as docs/storage.md says."""
    address = url.replace("postgresql+psycopg", "postgresql")
    command = [
        program("pg_restore"),
        "--clean",
        "--if-exists",
        "--no-owner",
        f"--dbname={address}",
        str(dump),
    ]
    subprocess.run(command, check=True, capture_output=True)


class TestNothingComesBack:
    @pytest.fixture
    def people(self, store, tmp_path):
        """Two who gave; one of them corrected what the other gave. A copy was made, then one had all erased."""
        keeper = store.contribute(sample_submission(0), sample_consent())
        leaver = store.contribute(sample_submission(1), sample_consent())
        store.correct(
            keeper.submission_id,
            NewCorrection(format="notes", payload=NOTES),
            token=leaver.token,
            consent=sample_consent(),
        )
        store.vote(keeper.submission_id, "right")
        store.backup(tmp_path / "out")
        store.erase(leaver.token)
        return keeper, leaver

    def put_back(self, store, folder, tmp_path):
        """The old copy in place of the database, in the same data folder."""
        store.close()
        (copy,) = copies(tmp_path / "out")
        for path in folder.glob(f"{FILE_NAME}*"):
            path.unlink()
        shutil.copy2(copy, folder / FILE_NAME)
        shutil.rmtree(folder / "blobs")
        shutil.copytree(tmp_path / "out" / "blobs", folder / "blobs")

    def test_a_restored_copy_forgets_what_was_erased_since(self, store, people, folder, tmp_path):
        keeper, leaver = people
        needed = blob_files(folder)
        self.put_back(store, folder, tmp_path)
        with Store.open(folder) as again:
            with pytest.raises(UnknownToken):
                again.contributions(leaver.token)
            (kept,) = again.contributions(keeper.token)
            assert kept.corrections == 0
            assert again.health()["counts"]["erasure"] == 2
            assert blob_files(folder) == needed
            again.export(tmp_path / "export")
            assert str(leaver.submission_id) in (tmp_path / "export" / "removed.txt").read_text()

    def test_also_one_of_several(self, store, people, folder, tmp_path):
        keeper, _ = people
        store.erase_submission(keeper.token, keeper.submission_id)
        self.put_back(store, folder, tmp_path)
        with Store.open(folder) as again:
            assert again.contributions(keeper.token) == []

    def test_a_list_that_was_lost_or_cut_off_is_made_good_from_the_database(self, store, people, folder):
        listed = folder / "removed.txt"
        before = RemovedList(folder).numbers()
        assert len(before) == 2
        text = listed.read_text()
        for left in ("", text[: len(text) // 2], "noise\n"):
            listed.write_text(left)
            store.close()
            with Store.open(folder):
                assert RemovedList(folder).numbers() == before

    def test_a_disk_that_does_not_take_the_list_is_told_and_made_good(
        self, store, people, folder, monkeypatch
    ):
        keeper, _ = people
        with monkeypatch.context() as patch:
            patch.setattr("storage.removed.os.fsync", fails_from(1, OSError("disk"), None))
            erasure = store.erase(keeper.token)
        assert (erasure.submissions, erasure.complete) == (1, False)
        store.close()
        with Store.open(folder):
            assert keeper.submission_id in RemovedList(folder).numbers()

    def test_the_list_holds_no_token(self, store, people, folder):
        assert all(
            token not in (folder / "removed.txt").read_text() for token in (people[0].token, people[1].token)
        )
        assert (folder / "removed.txt").stat().st_mode & 0o777 == 0o600
