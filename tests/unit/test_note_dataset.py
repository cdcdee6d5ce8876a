"""The makers of note sets: the split, the table's size, and the release, with made-up notes only."""

import csv
import hashlib
import io
import json
import tarfile
from collections import Counter
from dataclasses import replace
from pathlib import Path

import datasets
import numpy as np
import pytest
import soundfile

from models.transcribe.classic.images import note_image
from models.transcribe.dataset import __main__ as maker
from models.transcribe.dataset import read_annotations, release
from models.transcribe.dataset.annotations import Entry
from models.transcribe.dataset.note import Note
from models.transcribe.dataset.real import filled
from scripts import release_notes
from tests.tones import piano_note

RATE = 8_000


class QuickPiano:
    """In the place of the drawn pianos, whose synthesis takes long: one sine a note."""

    def __init__(self, seed):
        self.name = f"drawn-{seed:03d}"

    def note(self, midi, loudness, rate, seconds):
        time = np.arange(round(seconds * rate)) / rate
        samples = np.sin(2 * np.pi * 440 * 2 ** ((midi - 69) / 12) * time) * np.exp(-5 * time)
        return Note(samples.astype(np.float32), midi, self.name, self.name, f"{loudness:.2f}", "partials")


@pytest.fixture(autouse=True)
def quick(monkeypatch):
    monkeypatch.setattr(maker, "DrawnPiano", QuickPiano)


@pytest.fixture
def recordings(tmp_path):
    """A folder of one "real" piano with three keys."""
    folder = tmp_path / "recordings" / "splendid_steinway_akai"
    folder.mkdir(parents=True)
    with (folder / "notes.csv").open("w", newline="") as file:
        table = csv.writer(file)
        table.writerow(["file", "midi", "dynamic"])
        for midi in (60, 63, 66):
            soundfile.write(folder / f"{midi}.flac", piano_note(midi, 0.5), 32_000)
            table.writerow([f"{midi}.flac", midi, "mf"])
    return folder.parent


def wish(**more):
    return maker.Wish(rate=RATE, seconds=0.2, drawn=2, test=("drawn-001",), **more)


def released(out, notes, **more):
    return release_notes.release(out, wish(**more), notes=notes, fonts=out / "no fonts")


def contents(folder):
    return {p.relative_to(folder): p.read_bytes() for p in folder.rglob("*") if p.is_file()}


def test_a_release_is_the_same_twice_to_the_byte(tmp_path, recordings):
    released(tmp_path / "a", recordings)
    released(tmp_path / "b", recordings)
    assert contents(tmp_path / "a") == contents(tmp_path / "b")


@pytest.mark.parametrize("suffix", [".flac", ".wav"])
def test_a_release_is_loaded_by_datasets(tmp_path, recordings, suffix):
    entries = released(tmp_path / "out", recordings, suffix=suffix)
    loaded = datasets.load_dataset(str(tmp_path / "out"), release.CONFIG, cache_dir=str(tmp_path / "cache"))
    assert {side: len(loaded[side]) for side in loaded} == Counter(entry.split for entry in entries)
    assert len(entries) == 2 * (2 * 88 + 11)  # keys 58 to 68 come from the three recordings
    rows = [row for side in loaded for row in loaded[side].cast_column("audio", datasets.Audio(decode=False))]
    assert list(rows[0]) == list(release.COLUMNS)
    for row in (rows[0], rows[-1]):
        data = row["audio"]["bytes"]
        sound, rate = soundfile.read(io.BytesIO(data))
        assert row["audio"]["path"].endswith(suffix)
        assert (rate, len(sound)) == (row["rate"], row["samples"]) == (RATE, round(0.2 * RATE))
        assert hashlib.sha256(data).hexdigest() == row["sha256"]
        assert np.array_equal(np.asarray(row["image"]), note_image(row["midi"]))
    licences = {(row["family"], row["kind"]): row["licence"] for row in rows}
    assert {v for (family, kind), v in licences.items() if family == "splendid_steinway_akai"} == {
        "public domain"
    }
    assert {v for (_, kind), v in licences.items() if kind == "partials"} == {"Apache-2.0"}


def test_a_release_is_what_the_writer_of_exports_writes(tmp_path, recordings):
    released(tmp_path / "out", recordings)
    listed = json.loads((tmp_path / "out" / "manifest.json").read_text())
    found = contents(tmp_path / "out")
    assert set(listed) == {str(name) for name in found if name.name != "manifest.json"}
    for name, said in listed.items():
        assert hashlib.sha256(found[Path(name)]).hexdigest() == said["sha256"]
    shards = [name for name in listed if name.endswith(".tar")]
    with tarfile.open(tmp_path / "out" / shards[0]) as tar:
        members = [Path(member.name).suffix for member in tar.getmembers()[:3]]
    assert sorted(members) == [".flac", ".json", ".png"]
    with pytest.raises(ValueError, match="already"):
        released(tmp_path / "out", recordings)


def test_the_card_names_every_piano_with_its_licence(tmp_path, recordings):
    entries = released(tmp_path / "out", recordings)
    said = (tmp_path / "out" / "README.md").read_text()
    for piano in {e.piano for e in entries}:
        (line,) = [line for line in said.splitlines() if line.startswith(f"| {piano} |")]
        assert "public domain" in line or "Apache-2.0" in line
    assert str(len(entries)) in said


def test_what_is_synthesised_is_ours_even_where_it_fills_a_gap_of_another_piano():
    row = Entry("a.flac", 21, "salamander_yamaha_c5", "salamander_yamaha_c5", "v08", "partials", 0, "test")
    assert release.source_of(row).licence == "Apache-2.0"
    assert release.source_of(replace(row, kind="shifted")).licence == "CC-BY-3.0"


def test_what_has_no_licence_is_not_released(tmp_path, recordings):
    (recordings / "splendid_steinway_akai").rename(recordings / "found_in_the_street")
    with pytest.raises(ValueError, match="found_in_the_street"):
        released(tmp_path / "out", recordings)
    assert not (tmp_path / "out" / "README.md").exists()


def test_no_family_is_on_both_sides_and_the_balance_is_by_key(tmp_path, recordings):
    maker.make(tmp_path, wish(altered=1), notes=recordings, fonts=tmp_path / "no fonts")
    entries = read_annotations(tmp_path)
    sides = [{e.family for e in entries if e.split == side} for side in ("train", "test")]
    assert not sides[0] & sides[1]
    assert sides[1] == {"drawn-001"}
    for side in ("train", "test"):
        full = [e.midi for e in entries if e.split == side and e.kind == "partials"]
        assert len(set(np.bincount(full)[21:])) == 1


def test_the_table_set_has_the_dissertations_size(tmp_path, monkeypatch):
    """1,936 to train on and 528 to test, no piano on both sides, half of them noisy; every piano quick."""

    def sets(wish, notes, fonts):
        for piano, dynamic in (*maker.TABLE, ("drawn-003", ""), ("drawn-004", "")):
            made = QuickPiano(0)
            family = "gmbank" if piano.startswith("gmbank") else piano
            yield [
                Note(made.note(k, 0.5, wish.rate, wish.seconds).samples, k, piano, family, dynamic, "real")
                for k in range(24 if piano.startswith("salamander") else 21, 109)
            ]

    monkeypatch.setattr(maker, "every_set", sets)
    table = maker.Wish(rate=RATE, seconds=0.05, table=True)
    entries = maker.make(tmp_path, table, notes=tmp_path, fonts=tmp_path)
    count = {side: sum(e.split == side for e in entries) for side in ("train", "test")}
    assert count == {"train": 1936, "test": 528}
    pianos = [{e.piano for e in entries if e.split == side} for side in ("train", "test")]
    assert not pianos[0] & pianos[1]
    assert sum(e.noise for e in entries) == len(entries) // 2
    assert set(np.bincount([e.midi for e in entries])[21:]) == {28}
    (filled_up,) = {e.piano for e in entries if e.kind == "partials"}
    assert filled_up == "salamander_yamaha_c5"


def test_the_noisy_copy_is_the_take_and_noise(tmp_path, recordings):
    entries = maker.make(tmp_path, wish(), notes=recordings, fonts=tmp_path / "none")
    pairs = [(a, b) for a, b in zip(entries[::2], entries[1::2], strict=True) if a.midi in {30, 62, 90}]
    for clean, noisy in pairs:
        assert (clean.midi, clean.piano, clean.noise, noisy.noise) == (noisy.midi, noisy.piano, 0, 1)
        (a, _), (b, _) = (soundfile.read(tmp_path / e.file) for e in (clean, noisy))
        loud = np.abs(a) > 0.02 * np.abs(a).max()
        snr = 10 * np.log10(np.square(a[loud]).mean() / np.square(b - a).mean())
        assert 8 < snr < 41


def test_a_key_is_borrowed_from_two_semitones_away_at_most():
    have = [Note(piano_note(k, 0.2), k, "p", "p", "mf", "real") for k in (60, 67)]
    keys = [note.midi for note in filled(have)]
    assert keys == [58, 59, 60, 61, 62, 65, 66, 67, 68, 69]
    kinds = {note.midi: note.kind for note in filled(have)}
    assert kinds[60] == "real"
    assert kinds[61] == "shifted"


def test_nothing_to_make_is_told(tmp_path):
    with pytest.raises(ValueError, match="sound fonts"):
        maker.make(tmp_path, maker.Wish(drawn=0), notes=tmp_path, fonts=tmp_path)


def test_a_folder_without_a_table_is_told(tmp_path):
    with pytest.raises(ValueError, match=r"annotations\.csv"):
        read_annotations(tmp_path)
