"""Content-addressed bytes, on the disk and in memory."""

import hashlib
import uuid
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from storage import StoreDamaged, StoreUnreachable
from storage.blobs import Blobs
from storage.errors import BlobMissing


@pytest.fixture(params=["local", "memory", "file address"])
def blobs(request, tmp_path):
    addresses = {
        "local": None,
        "memory": f"memory://{uuid.uuid4().hex}",
        "file address": (tmp_path / "elsewhere").as_uri(),
    }
    return Blobs.open(tmp_path / "blobs", addresses[request.param])


def files(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file()]


def test_what_was_put_is_read(blobs):
    digest = blobs.put(b"a score")
    assert digest == hashlib.sha256(b"a score").hexdigest()
    assert blobs.read(digest) == b"a score"
    assert list(blobs.digests()) == [digest]


def test_empty_bytes_are_bytes(blobs):
    assert blobs.read(blobs.put(b"")) == b""


def test_equal_bytes_are_kept_once(blobs):
    first = blobs.put(b"same")
    written = blobs.written(first)
    assert blobs.put(b"same") == first
    assert blobs.written(first) == written
    assert list(blobs.digests()) == [first]


def test_a_deleted_blob_is_gone_and_deleting_it_again_is_no_error(blobs):
    digest = blobs.put(b"bye")
    assert blobs.delete(digest)
    assert not blobs.delete(digest)
    with pytest.raises(BlobMissing):
        blobs.read(digest)
    assert list(blobs.digests()) == []


def test_the_time_of_writing_is_known_in_utc(blobs):
    digest = blobs.put(b"when")
    assert abs(blobs.written(digest) - datetime.now(UTC)) < timedelta(seconds=30)
    with pytest.raises(BlobMissing):
        blobs.written("0" * 64)


@pytest.mark.parametrize(
    "name",
    ["", "..", "../../secret.key", "/etc/passwd", "A" * 64, "a" * 63, "a" * 65, "a" * 64 + "\n", "a\0" * 32],
)
def test_nothing_but_a_digest_ever_becomes_a_path(blobs, name):
    blobs.put(b"something")
    for reach in (blobs.read, blobs.delete, blobs.written):
        with pytest.raises(BlobMissing):
            reach(name)


def test_the_layout_on_the_disk(tmp_path):
    digest = Blobs.open(tmp_path).put(b"x")
    assert files(tmp_path) == [tmp_path / "sha256" / digest[:2] / digest]


@pytest.mark.parametrize("name", ["with space", "100%", "a#b", "c::d", "star*", "ünïcode", "[x]"])
def test_a_folder_may_have_any_name(tmp_path, name):
    blobs = Blobs.open(tmp_path / name)
    digest = blobs.put(b"x")
    assert (tmp_path / name / "sha256" / digest[:2] / digest).read_bytes() == b"x"
    assert list(blobs.digests()) == [digest]
    assert blobs.delete(digest)


def test_changed_bytes_are_noticed_and_healed_by_the_next_who_gives_them(tmp_path):
    blobs = Blobs.open(tmp_path)
    digest = blobs.put(b"sound")
    files(tmp_path)[0].write_bytes(b"sOund")
    with pytest.raises(StoreDamaged):
        blobs.read(digest)
    assert blobs.put(b"sound") == digest
    assert blobs.read(digest) == b"sound"


def test_half_written_files_are_neither_listed_nor_kept_for_ever(tmp_path):
    blobs = Blobs.open(tmp_path)
    digest = blobs.put(b"whole")
    half = tmp_path / "sha256" / "ab" / ("ab" * 32 + ".0000.partial")
    half.parent.mkdir()
    half.write_bytes(b"ha")
    assert list(blobs.digests()) == [digest]
    assert blobs.sweep_partials(datetime.now(UTC) - timedelta(minutes=1)) == 0
    assert blobs.sweep_partials(datetime.now(UTC) + timedelta(minutes=1)) == 1
    assert not half.exists()
    assert blobs.read(digest) == b"whole"


def test_foreign_files_are_let_be(tmp_path):
    blobs = Blobs.open(tmp_path)
    blobs.put(b"x")
    note = tmp_path / "sha256" / "README"
    note.write_text("left by the host")
    assert len(list(blobs.digests())) == 1
    assert note.exists()


@pytest.mark.parametrize("address", ["nosuch://bucket", "gs://bucket/folder"])
def test_an_address_without_a_driver_says_what_to_install(tmp_path, address):
    with pytest.raises(StoreUnreachable, match="Install"):
        Blobs.open(tmp_path, address)
