"""``note``, ``note-images``, ``transcribe`` and ``sonify`` as acceptance calls them."""

import io
import json
import sys

import mido
import numpy as np
import pytest
import soundfile
from PIL import Image
from typer.testing import CliRunner

from models.notation.musicxml import read_musicxml, write_musicxml
from models.transcribe.classic.images import note_image
from models.transcribe.heard import HeardNote
from models.transcribe.score.writing import write_score
from scoreweb.cli import app
from tests.tones import piano_note, tune, write

RUN = CliRunner()


def run(*arguments):
    return RUN.invoke(app, [str(a) for a in arguments])


def test_note_writes_a_picture_and_ranked_keys(tmp_path):
    (tmp_path / "in").mkdir()
    write(tmp_path / "in" / "take0001.wav", piano_note(69))
    done = run("note", tmp_path / "in", tmp_path / "out", "--json")
    assert done.exit_code == 0, done.output
    with Image.open(tmp_path / "out" / "take0001.png") as picture:
        assert picture.size == (300, 162)
        assert picture.mode == "L"
    said = json.loads((tmp_path / "out" / "notes.json").read_text())
    assert said["take0001"][0]["midi"] == 69
    assert [n["certainty"] for n in said["take0001"]] == sorted(
        (n["certainty"] for n in said["take0001"]), reverse=True
    )


def test_note_images_are_the_88_targets(tmp_path):
    assert run("note-images", tmp_path / "targets").exit_code == 0
    assert len(list((tmp_path / "targets").iterdir())) == 88
    with Image.open(tmp_path / "targets" / "60.png") as picture:
        assert np.array_equal(np.asarray(picture.convert("L")), note_image(60))


@pytest.mark.slow
def test_transcribe_writes_every_file_of_a_melody(tmp_path):
    source = write(tmp_path / "scale.wav", tune([60, 62, 64, 65, 67]))
    done = run("transcribe", source, tmp_path / "out", "--tempo", "120", "--metre", "4/4", "--json")
    assert done.exit_code == 0, done.output
    out = tmp_path / "out"
    names = {
        "score.musicxml",
        "sheet.svg",
        "sheet.png",
        "strip.png",
        "performance.mid",
        "score.mid",
        "notes.json",
        "candidates.json",
    }
    assert {p.name for p in out.iterdir()} == names
    notes = json.loads((out / "notes.json").read_text())
    assert [n["midi"] for n in notes] == [60, 62, 64, 65, 67]
    assert {"onset_s", "offset_s", "midi", "velocity", "certainty"} <= notes[0].keys()
    score = read_musicxml(out / "score.musicxml")
    written = [n.pitch.midi for _, _, e in score.events() for n in e.notes if not n.tie_stop]
    assert written == [60, 62, 64, 65, 67]
    played = [m.note for m in mido.MidiFile(out / "performance.mid") if m.type == "note_on" and m.velocity]
    assert played == written
    with Image.open(out / "strip.png") as strip:
        assert strip.size == (5 * 300, 162)
    with Image.open(out / "sheet.png") as sheet:
        assert np.asarray(sheet.convert("L")).min() < 50


def test_a_folder_gives_a_folder_for_each_recording(tmp_path):
    (tmp_path / "in").mkdir()
    write(tmp_path / "in" / "a.wav", piano_note(60))
    write(tmp_path / "in" / "b.wav", piano_note(72))
    assert run("transcribe", tmp_path / "in", tmp_path / "out", "--mode", "note").exit_code == 0
    for stem, midi in (("a", 60), ("b", 72)):
        notes = json.loads((tmp_path / "out" / stem / "notes.json").read_text())
        assert [n["midi"] for n in notes] == [midi]


def test_several_notes_at_once_are_written(tmp_path):
    chord = sum(piano_note(midi) for midi in (48, 64, 67)) / 3
    done = run("transcribe", write(tmp_path / "a.wav", chord), tmp_path / "out", "--mode", "piano")
    assert done.exit_code == 0
    notes = json.loads((tmp_path / "out" / "notes.json").read_text())
    assert {48, 64, 67} <= {n["midi"] for n in notes}
    fainter = json.loads((tmp_path / "out" / "candidates.json").read_text())
    assert all(n["certainty"] < 0.6 for n in fainter)


def test_sonify_plays_a_score_and_a_sheet_image(tmp_path):
    notes = [HeardNote(0.5 * i, 0.5 * i + 0.45, 60 + i, 80, 1.0) for i in range(4)]
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "tune.musicxml").write_bytes(write_musicxml(write_score(notes, tempo=120)))
    Image.fromarray(note_image(69)).save(tmp_path / "in" / "a4.png")
    (tmp_path / "in" / "bad.xml").write_text("<score-partwise")
    done = run("sonify", tmp_path / "in", tmp_path / "out", "--json")
    assert done.exit_code == 0
    assert set(json.loads(done.stdout.splitlines()[-1])["failed"]) == {"bad.xml"}
    tune_sound, rate = soundfile.read(tmp_path / "out" / "tune.wav")
    assert 2.0 <= len(tune_sound) / rate <= 3.5
    sound, rate = soundfile.read(tmp_path / "out" / "a4.wav")
    spectrum = np.abs(np.fft.rfft(sound[: 2 * rate]))
    assert spectrum[860:900].max() == pytest.approx(spectrum[200:1000].max())  # 440 Hz: bins of half a hertz


def test_sonify_says_that_a_network_made_the_sound_and_refuses_an_empty_picture(tmp_path):
    Image.fromarray(note_image(48)).save(tmp_path / "c3.png")
    done = run("sonify", tmp_path / "c3.png", tmp_path / "c3.wav")
    assert done.exit_code == 0
    assert "network" in done.stdout
    Image.new("L", (300, 162), 255).save(tmp_path / "white.png")
    done = run("sonify", tmp_path / "white.png", tmp_path / "white.wav")
    assert done.exit_code == 1
    assert "empty" in done.stderr


def test_any_other_picture_is_refused_by_sonify(tmp_path):
    Image.new("L", (500, 400), 255).save(tmp_path / "page.png")
    done = run("sonify", tmp_path / "page.png", tmp_path / "o.wav")
    assert done.exit_code == 1
    assert "162x300" in done.stderr


def test_recording_without_portaudio_is_told(tmp_path, monkeypatch):
    class Gone:
        def find_spec(self, name, path=None, target=None):
            if name == "sounddevice":
                raise OSError("PortAudio library not found")

    monkeypatch.delitem(sys.modules, "sounddevice", raising=False)
    monkeypatch.setattr(sys, "meta_path", [Gone(), *sys.meta_path])
    done = run("record", tmp_path / "o.wav", "--seconds", "0.2")
    assert done.exit_code == 1
    assert "libportaudio2" in done.stderr


def test_recording_writes_what_the_microphone_gives(tmp_path, monkeypatch):
    class Microphone:
        class PortAudioError(Exception):
            pass

        @staticmethod
        def rec(count, samplerate, channels, dtype):
            return np.full((count, channels), 0.25, dtype)

        @staticmethod
        def wait():
            pass

    monkeypatch.setitem(sys.modules, "sounddevice", Microphone)
    assert run("record", tmp_path / "o.wav", "--seconds", "0.2", "--rate", "8000").exit_code == 0
    sound, rate = soundfile.read(io.BytesIO((tmp_path / "o.wav").read_bytes()))
    assert (len(sound), rate) == (1600, 8000)
    assert sound.mean() == pytest.approx(0.25, abs=1e-3)
