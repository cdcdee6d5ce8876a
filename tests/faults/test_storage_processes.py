"""Several processes with one collection, and processes that are killed."""

import os
import signal
import sqlite3
import subprocess
import sys
import time
from datetime import timedelta
from pathlib import Path

import pytest

from storage import Store, StoreBusy
from storage.database import FILE_NAME
from storage.samples import sample_consent, sample_submission
from storage.schema import utc_now

REPO = Path(__file__).parents[2]
HEAD = (
    "import os, sys, time\nfrom pathlib import Path\n"
    "from storage import Store, submissions\nfrom storage.samples import sample_consent, sample_submission\n"
    "folder = Path(sys.argv[1])\n"
)


def start(code: str, *arguments: object) -> subprocess.Popen:
    return subprocess.Popen(
        [sys.executable, "-c", HEAD + code, *map(str, arguments)],
        cwd=REPO,
        env=os.environ | {"PYTHONPATH": str(REPO)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def finish(process: subprocess.Popen) -> tuple[str, str]:
    """What it wrote; none outlives its test."""
    try:
        return process.communicate(timeout=60)
    finally:
        process.kill()


def blob_files(folder: Path) -> set[str]:
    return {path.name for path in (folder / "blobs").rglob("*") if path.is_file()}


def rows(folder: Path, question: str) -> list[tuple]:
    connection = sqlite3.connect(folder / FILE_NAME)
    try:
        return connection.execute(question).fetchall()
    finally:
        connection.close()


def test_processes_that_open_and_keep_at_once_get_along(tmp_path):
    folder, go = tmp_path / "data", tmp_path / "go"
    code = (
        "print('ready', flush=True)\n"
        "while not Path(sys.argv[2]).exists(): time.sleep(0.001)\n"
        "with Store.open(folder, patience_s=30) as store:\n"
        "    for seed in range(4):\n"
        "        print(store.contribute(sample_submission(seed), sample_consent()).token, flush=True)\n"
    )
    processes = [start(code, folder, go) for _ in range(3)]
    for process in processes:
        assert process.stdout.readline() == "ready\n"
    go.touch()
    answers = [finish(process) for process in processes]
    assert [error for _, error in answers] == ["", "", ""]
    tokens = [token for out, _ in answers for token in out.split()]
    assert len(set(tokens)) == 12
    assert rows(folder, "PRAGMA integrity_check") == [("ok",)]
    assert rows(folder, "SELECT count(*) FROM alembic_version") == [(1,)]
    with Store.open(folder) as store:  # every token is under one and the same key
        assert all(len(store.contributions(token)) == 1 for token in tokens)
        for token in tokens:
            store.erase(token)
    assert blob_files(folder) == set()


def test_one_process_erases_what_another_kept_and_both_go_on(tmp_path):
    with Store.open(tmp_path) as store:
        token = store.contribute(sample_submission(0), sample_consent()).token
        mine = store.contribute(sample_submission(1), sample_consent()).token
        out, error = finish(
            start("with Store.open(folder) as store: print(store.erase(sys.argv[2]))", tmp_path, token)
        )
        assert error == ""
        assert "submissions=1" in out
        assert len(store.contributions(mine)) == 1
        store.contribute(sample_submission(2), sample_consent(), mine)
        assert len(store.contributions(mine)) == 2


def test_a_second_store_in_a_process_does_not_lose_the_first_ones_locks(tmp_path):
    """Closing any handle of a file drops all locks that a process holds on it."""
    with Store.open(tmp_path, journal="delete") as store:
        token = store.contribute(sample_submission(), sample_consent()).token
        with pytest.raises(StoreBusy):
            Store.open(tmp_path, patience_s=0.1)
        out, error = finish(start("Store.open(folder, patience_s=0.2); print('opened')", tmp_path))
        assert out == ""
        assert "StoreBusy" in error
        assert len(store.contributions(token)) == 1


def test_killed_between_bytes_and_rows(tmp_path):
    code = (
        "submissions._rows = lambda *_: os._exit(9)\n"
        "store = Store.open(folder)\n"
        "store.contribute(sample_submission(), sample_consent())\n"
    )
    process = start(code, tmp_path)
    finish(process)
    assert process.returncode == 9
    assert len(blob_files(tmp_path)) == 2
    with Store.open(tmp_path, patience_s=0.5) as store:  # neither lock outlived its holder
        assert store.health()["counts"]["submission"] == store.health()["counts"]["contributor"] == 0
        assert store.sweep().blobs == 0
        assert store.sweep(now=utc_now() + timedelta(hours=2)).blobs == 2
        assert store.contribute(sample_submission(), sample_consent()).token


def test_killed_while_a_file_is_written(tmp_path):
    code = (
        "import storage.blobs\n"
        "storage.blobs.os = type('Os', (), {'name': os.name, 'fsync': staticmethod(lambda _: os._exit(9))})\n"
        "Store.open(folder).contribute(sample_submission(), sample_consent())\n"
    )
    process = start(code, tmp_path)
    finish(process)
    assert process.returncode == 9
    assert [name.rpartition(".")[2] for name in blob_files(tmp_path)] == ["partial"]
    with Store.open(tmp_path) as store:
        assert store.sweep(now=utc_now() + timedelta(hours=2)).partials == 1
    assert blob_files(tmp_path) == set()


def test_killed_after_the_rows_went_but_before_the_traces_did(tmp_path):
    marker = "unmistakable-marker-77"
    code = (
        "import storage.sqlite\n"
        "store = Store.open(folder)\n"
        f"receipt = store.contribute(sample_submission(note='{marker} ' * 100), sample_consent())\n"
        "storage.sqlite._scrub = lambda _: os._exit(9)\n"
        "store.erase(receipt.token)\n"
    )
    process = start(code, tmp_path)
    finish(process)
    assert process.returncode == 9
    holding = lambda: [  # noqa: E731
        path.name for path in tmp_path.rglob("*") if path.is_file() and marker.encode() in path.read_bytes()
    ]
    assert holding()
    with Store.open(tmp_path) as store:
        assert holding() == []
        assert store.health()["counts"]["erasure"] == 1


@pytest.mark.skipif(os.name != "posix", reason="needs SIGKILL")
@pytest.mark.parametrize("journal", ["wal", "delete"])
def test_killed_at_any_moment(tmp_path, journal):
    code = (
        "store = Store.open(folder, journal=sys.argv[2])\n"
        "for seed in range(10_000):\n"
        "    token = store.contribute(sample_submission(seed), sample_consent()).token\n"
        "    print(token, flush=True)\n"
        "    if seed % 3 == 2: store.erase(token)\n"
    )
    for delay in (0.03, 0.11):
        process = start(code, tmp_path, journal)
        process.stdout.readline()
        time.sleep(delay)
        process.send_signal(signal.SIGKILL)
        finish(process)
        with Store.open(tmp_path, journal=journal) as store:
            assert store.health()["ok"] is True
            store.sweep(now=utc_now() + timedelta(hours=2))
        assert rows(tmp_path, "PRAGMA integrity_check") == [("ok",)]
        assert {digest for (digest,) in rows(tmp_path, "SELECT digest FROM media")} == blob_files(tmp_path)
    assert rows(tmp_path, "SELECT count(*) FROM submission")[0][0] >= 2


class TestKilledElsewhere:
    """The same for imports, backups, exports and erasures: all of it or nothing, and nothing acknowledged is lost."""

    @pytest.fixture
    def export(self, tmp_path):
        with Store.open(tmp_path / "source") as store:
            for seed in range(3):
                receipt = store.contribute(sample_submission(seed), sample_consent())
                store.decide(receipt.submission_id, "accepted")
            store.export(tmp_path / "export")
        return tmp_path / "export"

    def killed(self, code, *arguments):
        process = start(code, *arguments)
        finish(process)
        assert process.returncode == 9

    def test_an_import_leaves_nothing_and_can_be_done_again(self, tmp_path, export):
        folder = tmp_path / "data"
        self.killed(
            "from storage.dataset.loading import Loader\n"
            "add = Loader.add\n"
            "Loader.add = lambda self, row: add(self, row) if self.count < 2 else os._exit(9)\n"
            "Store.open(folder).import_dataset(Path(sys.argv[2]))\n",
            folder,
            export,
        )
        assert blob_files(folder) != set()
        with Store.open(folder) as store:
            assert not any(store.health()["counts"].values())
            assert store.import_dataset(export) == 3
            store.sweep(now=utc_now() + timedelta(hours=2))
            store.export(tmp_path / "again")
        assert (tmp_path / "again" / "manifest.json").read_bytes() == (export / "manifest.json").read_bytes()

    def test_a_backup_leaves_no_half_copy_and_the_next_one_is_whole(self, tmp_path, export):
        out = tmp_path / "out"
        self.killed(
            "import storage.backups\n"
            "storage.backups._copy = lambda *_: os._exit(9)\n"
            "Store.open(folder).backup(Path(sys.argv[2]))\n",
            tmp_path / "source",
            out,
        )
        assert list(out.glob("collection-*.sqlite3")) == []
        with Store.open(tmp_path / "source") as store:
            assert (out / store.backup(out).name).exists()
        assert blob_files(out) == blob_files(tmp_path / "source")

    def test_an_export_leaves_no_folder_of_its_name(self, tmp_path, export):
        out = tmp_path / "out"
        self.killed(
            "import storage.publishing\n"
            "storage.publishing.write_card = lambda *_, **__: os._exit(9)\n"
            "Store.open(folder).export(Path(sys.argv[2]))\n",
            tmp_path / "source",
            out,
        )
        assert not out.exists()
        with Store.open(tmp_path / "source") as store:
            store.export(out)
        assert (out / "manifest.json").read_bytes() == (export / "manifest.json").read_bytes()

    def test_an_erasure_is_listed_at_the_next_start(self, tmp_path):
        self.killed(
            "from storage.removed import RemovedList\n"
            "store = Store.open(folder)\n"
            "receipt = store.contribute(sample_submission(), sample_consent())\n"
            "RemovedList.add = lambda *_: os._exit(9)\n"
            "store.erase(receipt.token)\n",
            tmp_path,
        )
        assert not (tmp_path / "removed.txt").exists()
        with Store.open(tmp_path) as store:
            assert store.health()["counts"]["submission"] == 0
        ((number,),) = rows(tmp_path, "SELECT export_id FROM erasure")
        assert number in (tmp_path / "removed.txt").read_text().replace("-", "")
