"""The collection's files in a bucket of an object store, asked of a real server on this machine."""

from __future__ import annotations

import hashlib
import os
import threading
from datetime import UTC, datetime, timedelta

import pytest

from storage import Store, StoreUnreachable
from storage.blobs import PART_BYTES, Blobs
from storage.errors import BlobMissing
from storage.samples import sample_consent, sample_submission
from storage.schema import utc_now
from tests.object_server import BUCKET


@pytest.fixture
def blobs(bucket_url, tmp_path):
    return Blobs.open(tmp_path, bucket_url)


def test_what_was_put_is_read_listed_and_deleted(blobs):
    digest = blobs.put(b"a score")
    assert digest == hashlib.sha256(b"a score").hexdigest()
    assert blobs.put(b"a score") == digest
    assert blobs.read(digest) == b"a score"
    assert list(blobs.digests()) == [digest]
    assert abs(blobs.written(digest) - datetime.now(UTC)) < timedelta(minutes=5)
    assert blobs.local_path(digest) is None
    assert blobs.delete(digest)
    assert not blobs.delete(digest)
    with pytest.raises(BlobMissing):
        blobs.read(digest)


def test_another_process_sees_what_was_put_and_what_was_deleted(blobs, bucket_url, tmp_path):
    other = Blobs.open(tmp_path, bucket_url)
    assert list(other.digests()) == []
    digest = blobs.put(b"new")
    assert list(other.digests()) == [digest]
    assert other.delete(digest)
    assert list(blobs.digests()) == []


def test_a_large_file_goes_in_parts_and_comes_back_whole(blobs, object_server):
    data = os.urandom(2 * PART_BYTES + 12_345)
    digest = blobs.put(data)
    assert blobs.read(digest) == data
    (kept,) = object_server.client().list_objects_v2(Bucket=BUCKET)["Contents"]
    assert kept["ETag"].strip('"').endswith("-3"), "three parts"
    assert object_server.unfinished() == 0


def test_what_a_killed_process_left_of_a_large_file_is_swept(blobs, object_server):
    client = object_server.client()
    for key in ("collection/sha256/ab/" + "ab" * 32, "somebody/elses"):
        begun = client.create_multipart_upload(Bucket=BUCKET, Key=key)
        client.upload_part(
            Bucket=BUCKET, Key=key, UploadId=begun["UploadId"], PartNumber=1, Body=b"x" * 6_000_000
        )
    begun_at = client.list_multipart_uploads(Bucket=BUCKET)["Uploads"][0]["Initiated"]
    assert blobs.sweep_partials(begun_at - timedelta(seconds=1)) == 0, "it may still be on its way"
    assert blobs.sweep_partials(begun_at + timedelta(seconds=1)) == 1
    assert object_server.unfinished() == 1, "what is not ours stays"


def test_keeping_and_erasing_a_contribution(tmp_path, bucket_url, object_server):
    with Store.open(tmp_path, blob_url=bucket_url) as store:
        token = store.contribute(sample_submission(0), sample_consent()).token
        (kept,) = store.contributions(token)
        assert all(store.media_bytes(token, ref.id) for ref in kept.media)
        assert not (tmp_path / "blobs").exists()
        assert store.erase(token).blobs == 2
    assert "Contents" not in object_server.client().list_objects_v2(Bucket=BUCKET)


def test_a_server_that_dies_within_an_upload_loses_nothing_acknowledged(
    tmp_path,
    bucket_url,
    object_server,
    monkeypatch,
):
    with Store.open(tmp_path, blob_url=bucket_url) as store:
        token = store.contribute(sample_submission(0), sample_consent()).token
        real = store._blobs._files.pipe_file

        def dying(path, data, **more):
            killing = threading.Thread(target=object_server.kill)
            killing.start()
            killing.join()
            return real(path, data, **more)

        monkeypatch.setattr(store._blobs._files, "pipe_file", dying)
        with pytest.raises(StoreUnreachable, match=r"\.$") as unreachable:
            store.contribute(sample_submission(1), sample_consent())
        assert "127.0.0.1" not in str(unreachable.value), "the address is nobody's business"
        assert store.health()["counts"]["submission"] == 1, "no row without its bytes"
        (kept,) = store.contributions(token)
        with pytest.raises(StoreUnreachable, match=r"\.$"):
            store.media_bytes(token, kept.media[0].id)
        monkeypatch.undo()
    object_server.begin()


def test_a_bucket_that_is_not_there_is_told_in_a_sentence(tmp_path, bucket_url):
    blobs = Blobs.open(tmp_path, bucket_url.replace(BUCKET, "nowhere"))
    with pytest.raises(StoreUnreachable, match=r"\.$"):
        blobs.put(b"x")


def test_orphans_in_a_bucket_are_swept(tmp_path, bucket_url):
    with Store.open(tmp_path, blob_url=bucket_url) as store:
        store.contribute(sample_submission(0), sample_consent())
        store._blobs.put(b"nobody's")
        assert store.sweep().blobs == 0
        assert store.sweep(now=utc_now() + timedelta(hours=2)).blobs == 1
