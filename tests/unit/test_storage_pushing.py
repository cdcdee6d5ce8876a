"""An export sent to an address: a stand-in for the Hub or a bucket, in memory."""

from uuid import uuid4

import fsspec
import pytest
from typer.testing import CliRunner

from scoreweb.cli import app
from storage import Store, StoreUnreachable, UnfitSubmission
from storage.dataset.pushing import push
from storage.samples import sample_consent, sample_submission
from tests.storage_folder import fails_from


@pytest.fixture
def url():
    return None


@pytest.fixture
def remote():
    return f"memory://{uuid4().hex}"


def there(remote: str) -> dict[str, bytes]:
    files, root = fsspec.core.url_to_fs(remote)
    return {path.removeprefix(f"{root}/"): files.cat_file(path) for path in files.find(root)}


def here(folder) -> dict[str, bytes]:
    return {
        path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()
    }


def accepted(store, seed=0):
    receipt = store.contribute(sample_submission(seed), sample_consent())
    store.decide(receipt.submission_id, "accepted")
    return receipt


def test_what_is_there_is_the_edition_and_what_was_withdrawn_goes(store, tmp_path, remote):
    files, root = fsspec.core.url_to_fs(remote)
    files.pipe_file(f"{root}/.gitattributes", b"theirs")
    gone = accepted(store)
    store.export(tmp_path / "one")
    assert push(tmp_path / "one", remote) == (len(here(tmp_path / "one")), 0)
    assert there(remote) == here(tmp_path / "one") | {".gitattributes": b"theirs"}
    store.erase(gone.token)
    store.export(tmp_path / "two")
    assert push(tmp_path / "two", remote)[1] == 2  # its Parquet and its tar
    assert there(remote) == here(tmp_path / "two") | {".gitattributes": b"theirs"}
    assert str(gone.submission_id).encode() in there(remote)["removed.txt"]


def test_a_manifest_there_leads_to_no_file_outside(store, tmp_path, remote):
    files, root = fsspec.core.url_to_fs(remote)
    files.pipe_file(f"{root}-other/file", b"another's")
    files.pipe_file(
        f"{root}/manifest.json", f'{{"../{root.strip("/")}-other/file": {{}}, "/x": {{}}}}'.encode()
    )
    store.export(tmp_path / "one")
    assert push(tmp_path / "one", remote)[1] == 0
    assert files.cat_file(f"{root}-other/file") == b"another's"


@pytest.mark.parametrize("address", ["nosuch://somewhere/dataset", "memory://x"])
def test_a_service_that_fails_is_told_and_the_export_stays(store, tmp_path, address, monkeypatch):
    store.export(tmp_path / "one")
    before = here(tmp_path / "one")
    files = fsspec.filesystem("memory")
    monkeypatch.setattr(type(files), "put_file", fails_from(1, OSError("no"), None))
    with pytest.raises(StoreUnreachable, match="rights to write"):
        push(tmp_path / "one", address)
    assert here(tmp_path / "one") == before


def test_only_an_export_is_sent(tmp_path, remote):
    with pytest.raises(UnfitSubmission):
        push(tmp_path, remote)
    assert there(remote) == {}


def test_the_command(folder, tmp_path, remote):
    with Store.open(folder) as store:
        accepted(store)
    environment = {"SCOREWEB_DATA_DIR": str(folder)}
    command = ["export", str(tmp_path / "out"), "--push"]
    assert CliRunner().invoke(app, command, env=environment).exit_code == 2
    environment["SCOREWEB_DATASET_URL"] = remote
    assert CliRunner().invoke(app, [*command, "--train-only-too"], env=environment).exit_code == 2
    assert CliRunner().invoke(app, command, env=environment).exit_code == 0
    assert there(remote) == here(tmp_path / "out")
