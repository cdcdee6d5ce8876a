"""Exports: what is in them, that they are the same bytes for the same content, and that they come back."""

import hashlib
import json
import tarfile
from dataclasses import replace
from datetime import timedelta
from io import BytesIO
from pathlib import Path

import datasets
import numpy as np
import pytest
from PIL import Image

from storage import (
    Licence,
    NewCorrection,
    NewPrediction,
    Picture,
    Store,
    StoreBusy,
    StoreFull,
    Task,
    UnfitSubmission,
)
from storage.dataset.card import SPLITS
from storage.dataset.records import COLUMNS
from storage.dataset.works import beginning, split_of, works
from storage.samples import MUSICXML, sample_consent, sample_picture, sample_score, sample_submission
from storage.schema import utc_now
from tests.storage_folder import NOTES, fails_from

EDIT = NewCorrection(format="notes", payload=NOTES, based_on_rank=2)


def accepted(store, seed=0, task=Task.READ, licence=Licence.CC0, **change):
    receipt = store.contribute(replace(sample_submission(seed, task), **change), sample_consent(licence))
    store.decide(receipt.submission_id, "accepted")
    return receipt


@pytest.fixture
def full(store):
    """A bit of everything."""
    accepted(store, 0, Task.UPSCALE)
    accepted(store, 1, Task.READ, Licence.CC_BY, corrections=[EDIT])
    with_file = [
        NewPrediction(rank=1, score=0.75, payload={"bars": 1}, model="reader", media=sample_score(4))
    ]
    accepted(store, 2, Task.READ, predictions=with_file)
    transcribed = store.contribute(sample_submission(3, Task.TRANSCRIBE), sample_consent())
    store.extract(transcribed.submission_id, [NewPrediction(rank=1, payload={"later": 1}, model="next")])
    store.correct(
        transcribed.submission_id, replace(EDIT, based_on_rank=None), consent=sample_consent(Licence.CC_BY)
    )
    for verdict in ("right", "unsure", "right"):
        store.vote(transcribed.submission_id, verdict)
    store.erase(accepted(store, 5).token)
    return store


def bytes_of(folder: Path) -> dict[str, str]:
    return {
        path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in folder.rglob("*")
        if path.is_file()
    }


def rows_of(folder: Path) -> dict[str, dict]:
    import pyarrow.parquet as pq

    return {row["id"]: row for path in folder.rglob("*.parquet") for row in pq.read_table(path).to_pylist()}


class TestExport:
    def test_everything_accepted_is_in_it(self, full, tmp_path):
        exported = full.export(tmp_path / "out")
        rows = rows_of(tmp_path / "out")
        assert len(rows) == 4
        assert set(rows) == set(exported.ids)
        by_task = {task: [row for row in rows.values() if row["task"] == task] for task in Task}
        assert [len(by_task[task]) for task in Task] == [1, 2, 1]
        (heard,) = by_task[Task.TRANSCRIBE]
        assert (heard["label_origin"], heard["label_format"]) == ("edit", "notes")
        assert json.loads(heard["label"]) == NOTES
        assert (heard["votes_right"], heard["votes_wrong"], heard["votes_unsure"]) == (2, 0, 1)
        assert (heard["licence"], heard["input_licence"]) == ("CC-BY-4.0", "CC0-1.0")
        assert [one["run"] for one in heard["predictions"]] == [1, 1, 2]
        read = next(row for row in by_task[Task.READ] if row["label_model"] == "reader")
        assert (read["label_format"], read["label_probability"]) == ("musicxml", 0.75)
        assert read["label"].encode() == sample_score(4).canonical().data
        edited = next(row for row in by_task[Task.READ] if row["label_origin"] == "edit")
        assert (edited["label_rank"], edited["licence"]) == (2, "CC-BY-4.0")

    @pytest.mark.parametrize("task", Task)
    def test_datasets_loads_images_and_sounds(self, full, tmp_path, task):
        full.export(tmp_path / "out")
        loaded = datasets.load_dataset(str(tmp_path / "out"), task.value, cache_dir=str(tmp_path / "cache"))
        rows = [
            row
            for split in loaded
            for row in loaded[split].cast_column("audio", datasets.Audio(decode=False))
        ]
        assert set(rows[0]) == set(COLUMNS)
        features = next(iter(loaded.values())).features
        assert isinstance(features["image"], datasets.Image)
        assert isinstance(features["audio"], datasets.Audio)
        for row in rows:
            if task is Task.TRANSCRIBE:
                assert row["audio"]["bytes"][:4] == b"RIFF"
            else:
                pictures = [np.asarray(sample_picture(seed)).tolist() for seed in range(3)]
                assert np.asarray(row["image"]).tolist() in pictures

    def test_equal_content_gives_equal_bytes(self, full, tmp_path):
        full.export(tmp_path / "one")
        full.export(tmp_path / "two")
        assert bytes_of(tmp_path / "one") == bytes_of(tmp_path / "two")

    def test_the_manifest_lists_every_file(self, full, tmp_path):
        full.export(tmp_path / "out")
        listed = json.loads((tmp_path / "out" / "manifest.json").read_text())
        assert {name: one["sha256"] for name, one in listed.items()} == {
            name: digest for name, digest in bytes_of(tmp_path / "out").items() if name != "manifest.json"
        }

    def test_the_card_describes_every_column_and_split(self, full, tmp_path):
        full.export(tmp_path / "out")
        card = (tmp_path / "out" / "README.md").read_text()
        assert all(f"| `{name}` |" in card for name in COLUMNS)
        assert "1 so far" in card
        for path in (tmp_path / "out" / "data").rglob("*.parquet"):
            assert f"path: data/{path.parent.name}/{path.stem.rpartition('-')[0]}-*.parquet" in card
            assert path.stem.rpartition("-")[0] in SPLITS
        assert (tmp_path / "out" / "consent" / "1.txt").exists()

    def test_tar_shards_hold_inputs_labels_and_metadata(self, full, tmp_path):
        full.export(tmp_path / "out")
        endings = set()
        rows = rows_of(tmp_path / "out")
        for path in (tmp_path / "out" / "tar").rglob("*.tar"):
            with tarfile.open(path) as tar:
                for member in tar.getmembers():
                    number, ending = member.name.split(".", 1)
                    endings.add(ending)
                    assert member.mtime == 0
                    if ending in {"png", "wav"}:
                        row = rows[number]
                        assert tar.extractfile(member).read() == (row["image"] or row["audio"])["bytes"]
        assert endings == {"png", "wav", "json", "musicxml", "notes.json", "payload.json"}

    def test_full_shards_are_followed_by_others(self, store, tmp_path):
        token = None
        for seed in range(6):
            receipt = store.contribute(sample_submission(seed), sample_consent(), token)
            store.decide(receipt.submission_id, "accepted")
            token = token or receipt.token  # one contributor, so one work and one split
        store.export(tmp_path / "out", shard_bytes=2500)
        names = sorted(path.stem[-5:] for path in (tmp_path / "out" / "data").rglob("*.parquet"))
        assert names == [f"{number:05}" for number in range(len(names))]
        assert len(names) > 1
        assert len(rows_of(tmp_path / "out")) == 6

    def test_an_empty_collection_gives_an_empty_dataset(self, store, tmp_path):
        assert store.export(tmp_path / "out").ids == ()
        assert (tmp_path / "out" / "removed.txt").read_text() == ""

    def test_a_folder_with_something_in_it_is_left_alone(self, store, tmp_path):
        (tmp_path / "out").mkdir()
        (tmp_path / "out" / "mine.txt").write_text("mine")
        with pytest.raises(UnfitSubmission, match="new folder"):
            store.export(tmp_path / "out")
        assert bytes_of(tmp_path / "out").keys() == {"mine.txt"}

    def test_an_error_leaves_no_half_export(self, full, tmp_path, monkeypatch):
        monkeypatch.setattr("storage.publishing.write_card", fails_from(1, StoreFull(), None))
        with pytest.raises(StoreFull):
            full.export(tmp_path / "exports" / "out")
        assert list((tmp_path / "exports").iterdir()) == []

    def test_what_is_erased_while_it_is_written_is_not_in_it(self, full, tmp_path, monkeypatch):
        token = accepted(full, 6).token
        from storage import publishing

        real, calls = publishing.write_card, []

        def erasing(*arguments, **named):
            if not calls:
                calls.append(full.erase(token))
            return real(*arguments, **named)

        monkeypatch.setattr(publishing, "write_card", erasing)
        assert len(full.export(tmp_path / "out").ids) == 4
        monkeypatch.setattr(publishing, "_still_there", lambda *_: False)
        with pytest.raises(StoreBusy):
            full.export(tmp_path / "another")


class TestRemoval:
    def test_a_later_export_forgets_and_says_so(self, store, tmp_path):
        gone, kept = accepted(store, 0), accepted(store, 1)
        store.export(tmp_path / "before")
        store.erase(gone.token)
        store.export(tmp_path / "after")
        assert set(rows_of(tmp_path / "before")) == {str(gone.submission_id), str(kept.submission_id)}
        assert set(rows_of(tmp_path / "after")) == {str(kept.submission_id)}
        assert (tmp_path / "after" / "removed.txt").read_text() == f"{gone.submission_id}\n"

    @pytest.mark.parametrize("status", ["rejected", "hidden", "pending"])
    def test_what_is_no_longer_accepted_is_no_longer_exported(self, store, tmp_path, status):
        receipt = accepted(store)
        store.decide(receipt.submission_id, status, "A reason.")
        assert store.export(tmp_path / "out").ids == ()

    def test_a_report_takes_it_out_at_once(self, store, tmp_path):
        receipt = store.contribute(sample_submission(), sample_consent())
        for _ in range(2):
            store.vote(receipt.submission_id, "right")
        store.report(receipt.submission_id, "personal")
        assert store.export(tmp_path / "out").ids == ()


class TestTrainOnly:
    def test_it_is_exported_for_this_host_alone_and_marked(self, store, tmp_path):
        receipt = accepted(store, licence=Licence.TRAIN_ONLY)
        assert store.export(tmp_path / "public").ids == ()
        assert store.export(tmp_path / "own", publish=False).ids == (str(receipt.submission_id),)
        assert "Not for publication" in (tmp_path / "own" / "README.md").read_text()
        assert "Not for publication" not in (tmp_path / "public" / "README.md").read_text()

    def test_a_label_under_it_keeps_the_row_back(self, store, tmp_path):
        receipt = store.contribute(sample_submission(), sample_consent())
        store.correct(receipt.submission_id, EDIT, consent=sample_consent(Licence.TRAIN_ONLY))
        store.decide(receipt.submission_id, "accepted")
        assert store.export(tmp_path / "out").ids == ()

    def test_another_correction_under_it_is_left_out(self, store, tmp_path):
        receipt = store.contribute(sample_submission(), sample_consent())
        store.correct(receipt.submission_id, EDIT, consent=sample_consent(Licence.TRAIN_ONLY))
        store.correct(receipt.submission_id, replace(EDIT, based_on_rank=1), token=receipt.token)
        store.decide(receipt.submission_id, "accepted")
        store.export(tmp_path / "out")
        (row,) = rows_of(tmp_path / "out").values()
        assert [one["licence"] for one in row["corrections"]] == ["CC0-1.0"]


class TestImport:
    @pytest.fixture
    def exported(self, full, tmp_path):
        full.export(tmp_path / "out")
        return tmp_path / "out"

    def test_an_export_comes_back_and_gives_the_same_bytes_again(self, exported, tmp_path):
        with Store.open(tmp_path / "other") as other:
            assert other.import_dataset(exported) == 4
            assert other.health()["counts"]["erasure"] == 1
            assert other.sweep(now=utc_now() + timedelta(days=1)).blobs == 0
            other.export(tmp_path / "again")
        assert bytes_of(tmp_path / "again") == bytes_of(exported)

    def test_only_into_an_empty_collection(self, exported, full):
        before = full.health()["counts"]
        with pytest.raises(UnfitSubmission, match="not empty"):
            full.import_dataset(exported)
        assert full.health()["counts"] == before

    def test_what_was_withdrawn_stays_away(self, exported, tmp_path):
        number = next(iter(rows_of(exported)))
        with (exported / "removed.txt").open("a") as file:
            file.write(f"{number}\n")
        manifest = json.loads((exported / "manifest.json").read_text())
        manifest["removed.txt"]["sha256"] = bytes_of(exported)["removed.txt"]
        (exported / "manifest.json").write_text(json.dumps(manifest))
        with Store.open(tmp_path / "other") as other:
            assert other.import_dataset(exported) == 3
            other.export(tmp_path / "again")
            assert number not in rows_of(tmp_path / "again")
            assert number in (tmp_path / "again" / "removed.txt").read_text()

    @pytest.mark.parametrize("damage", ["changed", "missing", "no manifest", "outside", "nothing"])
    def test_a_damaged_export_brings_nothing(self, exported, tmp_path, damage):
        table = next((exported / "data").rglob("*.parquet"))
        if damage == "changed":
            table.write_bytes(table.read_bytes()[:-1] + b"x")
        elif damage == "missing":
            table.unlink()
        elif damage == "outside":
            secret = tmp_path / "secret"
            secret.write_text("s")
            digest = hashlib.sha256(b"s").hexdigest()
            (exported / "manifest.json").write_text(json.dumps({"../secret": {"sha256": digest}}))
        elif damage == "no manifest":
            (exported / "manifest.json").unlink()
        else:
            exported = tmp_path / "nowhere"
        with Store.open(tmp_path / "other") as other:
            with pytest.raises(UnfitSubmission):
                other.import_dataset(exported)
            assert not any(other.health()["counts"].values())

    def test_an_error_on_the_way_leaves_it_empty(self, exported, tmp_path, monkeypatch):
        from storage.dataset.loading import Loader

        with Store.open(tmp_path / "other") as other:
            with monkeypatch.context() as patch:
                patch.setattr(Loader, "add", fails_from(3, StoreFull(), Loader.add))
                with pytest.raises(StoreFull):
                    other.import_dataset(exported)
            assert not any(other.health()["counts"].values())
            assert other.import_dataset(exported) == 4


class TestWorks:
    def test_what_shares_a_trait_is_of_one_work_also_by_way_of_others(self):
        named = works(
            {
                "a": ("d1", [("contributor", 1)]),
                "b": ("d2", [("contributor", 2), ("beginning", (2, 2))]),
                "c": ("d3", [("contributor", 1), ("beginning", (2, 2))]),
                "d": ("d4", [("contributor", 3)]),
                "e": ("d4", [("contributor", 4)]),
            }
        )
        assert named["a"] == named["b"] == named["c"] != named["d"] == named["e"]

    def test_names_depend_on_the_inputs_alone_and_not_on_their_order(self):
        items = {str(key): (f"d{key}", [("contributor", key % 3)]) for key in range(9)}
        assert works(items) == works(dict(reversed(items.items())))

    def test_about_a_tenth_is_for_testing(self):
        splits = [split_of(f"{number:016x}") for number in range(4000)]
        for split, share in (("test", 0.1), ("validation", 0.1), ("train", 0.8)):
            assert splits.count(split) / 4000 == pytest.approx(share, abs=0.02)

    def test_a_transposed_copy_begins_alike_and_another_tune_does_not(self):
        tune = [60, 62, 64, 65, 67, 65, 64, 62, 60]

        def notes(pitches):
            return json.dumps([{"onset_s": i, "offset_s": i + 1, "midi": p} for i, p in enumerate(pitches)])

        assert beginning("notes", notes(tune)) == beginning("notes", notes([p + 3 for p in tune]))
        assert beginning("notes", notes(tune)) != beginning("notes", notes([*tune[:-1], 61]))
        assert beginning("notes", notes(tune[:7])) is None
        letters = {60: "C", 62: "D", 64: "E", 65: "F", 67: "G"}
        pitches = "".join(
            f"<note><pitch><step>{letters[p]}</step><octave>4</octave></pitch></note>" for p in tune
        )
        score = f"<score-partwise><part><measure>{pitches}</measure></part></score-partwise>"
        assert beginning("musicxml", score) == beginning("notes", notes(tune))
        assert beginning("musicxml", MUSICXML.format(step="C")) is None
        assert (
            beginning("musicxml", "no score") is beginning("payload", "{}") is beginning(None, None) is None
        )


def test_pictures_are_what_was_given(store, tmp_path):
    store_picture = Image.fromarray(np.arange(64, dtype=np.uint8).reshape(8, 8))
    accepted(store, input=Picture(store_picture))
    store.export(tmp_path / "out")
    (row,) = rows_of(tmp_path / "out").values()
    assert (
        np.asarray(Image.open(BytesIO(row["image"]["bytes"]))).tolist() == np.asarray(store_picture).tolist()
    )
