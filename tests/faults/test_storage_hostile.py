"""What is handed over is made to hurt, or the surroundings are odd."""

import sqlite3
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import create_engine, text

from storage import (
    NewPrediction,
    Picture,
    Store,
    UnfitSubmission,
    UnreadableMedia,
)
from storage.database import FILE_NAME
from storage.samples import sample_consent, sample_picture, sample_submission
from storage.schema import utc_now


def dump(folder: Path) -> list[str]:
    connection = sqlite3.connect(folder / FILE_NAME)
    try:
        return list(connection.iterdump())
    finally:
        connection.close()


class TestHostile:
    def test_json_nested_without_end(self, store):
        deep: dict = {}
        for _ in range(100_000):
            deep = {"x": deep}
        with pytest.raises(UnfitSubmission):
            store.contribute(sample_submission(deep=deep), sample_consent())
        while deep:
            deep = deep.pop("x")  # taking it apart, since Python would recurse

    def test_json_that_refers_to_itself(self, store):
        snake: dict = {}
        snake["tail"] = snake
        with pytest.raises(UnfitSubmission):
            store.contribute(sample_submission(snake=snake), sample_consent())

    def test_json_of_many_megabytes(self, store):
        huge = NewPrediction(rank=1, payload={"x": "y" * 5_000_000}, model="m")
        with pytest.raises(UnfitSubmission, match="bytes of JSON"):
            store.contribute(replace(sample_submission(), predictions=[huge]), sample_consent())

    def test_names_are_only_ever_data(self, store, folder):
        nasty = "'; DROP TABLE submission; --"
        receipt = store.contribute(
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
            store.contribute(replace(sample_submission(), input=Picture(bomb)), sample_consent())


def test_a_clock_that_jumps_back_breaks_nothing(store, monkeypatch):
    token = store.contribute(sample_submission(), sample_consent()).token
    past = utc_now() - timedelta(days=400)
    for part in ("door", "hosting"):
        monkeypatch.setattr(f"storage.{part}.utc_now", lambda: past)
    store.contribute(sample_submission(1), sample_consent(), token)
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
