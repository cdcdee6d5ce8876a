"""Every sound that is no note gets a true sentence on the command line, and a bad file never stops the others."""

import json
import struct

import numpy as np
import pytest
import soundfile
from typer.testing import CliRunner

from scoreweb.cli import app
from tests.tones import RATE, piano_note, write

RUN = CliRunner()


def run(*arguments):
    return RUN.invoke(app, [str(a) for a in arguments])


def noise(seconds=1.0):
    return np.random.default_rng(2).normal(0, 0.1, round(seconds * RATE)).astype(np.float32)


def report(done):
    return json.loads(done.stdout.splitlines()[-1])


@pytest.mark.parametrize("command", ["note", "transcribe"])
@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"", "empty"),
        (b"this is no sound at all, but some text", "wav, flac, mp3 or ogg"),
        (b"RIFF" + struct.pack("<I", 36) + b"WAVEfmt ", "."),
        (b"\x00\x00\x00\x20ftypM4A " + bytes(40), "."),
    ],
    ids=["empty", "text", "half a header", "an m4a that is none"],
)
def test_what_is_no_recording(tmp_path, command, content, sentence):
    (tmp_path / "take.wav").write_bytes(content)
    done = run(command, tmp_path / "take.wav", tmp_path / "out", "--json")
    assert done.exit_code == 1
    told = report(done)["failed"]["take.wav"]
    assert sentence in told
    assert told.endswith(".")
    assert str(tmp_path) not in told


def test_silence(tmp_path):
    write(tmp_path / "take.wav", np.zeros(RATE, np.float32))
    for command in ("note", "transcribe"):
        done = run(command, tmp_path / "take.wav", tmp_path / "out", "--json")
        assert done.exit_code == 1
        assert "Nothing is to be heard" in report(done)["failed"]["take.wav"]


def test_a_hundred_milliseconds_are_enough(tmp_path):
    write(tmp_path / "take.wav", piano_note(76, 0.1))
    done = run("note", tmp_path / "take.wav", tmp_path / "out", "--json")
    assert done.exit_code == 0
    assert report(done)["notes"]["take"][0]["midi"] == 76


def test_twenty_milliseconds_are_not(tmp_path):
    write(tmp_path / "take.wav", piano_note(76, 0.2)[: RATE // 50])
    done = run("note", tmp_path / "take.wav", tmp_path / "out", "--json")
    assert done.exit_code == 1
    assert "too short" in report(done)["failed"]["take.wav"]


def test_half_an_hour_and_more(tmp_path):
    with soundfile.SoundFile(tmp_path / "take.flac", "w", 8000, 1) as file:
        for _ in range(31):
            file.write(np.zeros(8000 * 60, np.int16))
    done = run("transcribe", tmp_path / "take.flac", tmp_path / "out", "--json")
    assert done.exit_code == 1
    assert "30 minutes" in report(done)["failed"]["take.flac"]


def test_samples_that_are_no_numbers(tmp_path):
    sound = piano_note(60)
    sound[100] = np.nan
    soundfile.write(tmp_path / "take.wav", sound, RATE, subtype="FLOAT")
    done = run("note", tmp_path / "take.wav", tmp_path / "out", "--json")
    assert done.exit_code == 1
    assert "no numbers" in report(done)["failed"]["take.wav"]


def test_eight_kilohertz_and_six_channels(tmp_path):
    import soxr

    low = soxr.resample(piano_note(60), RATE, 8000)
    soundfile.write(tmp_path / "low.wav", low, 8000)
    many = np.repeat(piano_note(64)[:, None], 6, axis=1)
    soundfile.write(tmp_path / "many.wav", many, RATE)
    done = run("note", tmp_path, tmp_path / "out", "--json")
    assert done.exit_code == 0
    said = report(done)["notes"]
    assert {stem: notes[0]["midi"] for stem, notes in said.items()} == {"low": 60, "many": 64}


def test_a_chord_and_noise_are_told(tmp_path):
    write(tmp_path / "chord.wav", (piano_note(60) + piano_note(66) + piano_note(71)) / 3)
    write(tmp_path / "noise.wav", noise())
    done = run("note", tmp_path, tmp_path / "out")
    assert "More than one note" in done.stdout
    assert "No piano note" in done.stdout + done.stderr


def test_a_bad_file_in_a_folder_does_not_stop_the_rest(tmp_path):
    source = tmp_path / "in"
    source.mkdir()
    write(source / "good.wav", piano_note(60))
    (source / "bad.wav").write_bytes(b"rubbish")
    (source / "notes.txt").write_text("not a sound")
    done = run("note", source, tmp_path / "out", "--json")
    assert done.exit_code == 0
    assert set(report(done)["failed"]) == {"bad.wav"}
    assert sorted(p.name for p in (tmp_path / "out").iterdir()) == ["good.png", "notes.json"]


def test_wrong_calls_are_exit_2(tmp_path):
    write(tmp_path / "take.wav", piano_note(60))
    recording, out = tmp_path / "take.wav", tmp_path / "out"
    assert run("note", tmp_path / "absent.wav", out).exit_code == 2
    assert run("note", recording, out, "--network", "nonsense").exit_code == 2
    assert run("transcribe", recording, out, "--mode", "opera").exit_code == 2
    assert run("transcribe", recording, out, "--metre", "three").exit_code == 2
    assert run("transcribe", recording, out, "--tempo", "0.001").exit_code == 2


def test_an_out_that_is_a_file_is_told(tmp_path):
    write(tmp_path / "take.wav", piano_note(60))
    (tmp_path / "out").write_text("in the way")
    done = run("note", tmp_path / "take.wav", tmp_path / "out")
    assert done.exit_code == 1
    assert "Choose another place for OUT." in done.stderr
