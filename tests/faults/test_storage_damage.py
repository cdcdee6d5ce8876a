"""Something breaks between two steps, or the file on the disk is damaged."""

import logging
from datetime import timedelta
from pathlib import Path

import pytest

from storage import (
    Store,
    StoreDamaged,
    StoreUnwritable,
    UnknownMedia,
    sqlite,
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

    def test_no_journal_of_a_damaged_file_stays_beside_its_successor(self, tmp_path, monkeypatch):
        file = tmp_path / FILE_NAME
        before = {file.name: b"file"} | {
            f"{file.name}{end}": end.encode() for end in ("-wal", "-shm", "-journal")
        }
        for name, data in before.items():
            (tmp_path / name).write_bytes(data)
        monkeypatch.setattr(sqlite, "_quick_check", lambda path, patience_s: "broken")
        assert sqlite.prepare_file(file, 0.1) == "broken"
        assert file.read_bytes() == b""
        (aside,) = sqlite.moved_aside(file)
        beside = {path.name: path.read_bytes() for path in tmp_path.iterdir() if path != file}
        assert beside == {name.replace(FILE_NAME, aside): data for name, data in before.items()}

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
        store.contribute(sample_submission(1), sample_consent())
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
        token = moved.contribute(sample_submission(), sample_consent()).token
        assert len(moved.contributions(token)) == 1

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
