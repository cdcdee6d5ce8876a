"""A tune in every kind of file that people have: written down, or told why not."""

import json
import subprocess

import numpy as np
import pytest
import soundfile
import soxr
from typer.testing import CliRunner

from models.contracts.transcribe import TranscribeRequest
from models.engine import LocalEngine
from models.transcribe.errors import NeedsFfmpeg
from models.transcribe.melody.listener import DOUBTFUL
from models.transcribe.service import TranscribeService
from models.transcribe.sound import LONGEST_S, open_sound
from scoreweb.cli import app
from tests.programs import need_ffmpeg
from tests.tones import RATE, piano_note, tune

MELODY = [60, 64, 67, 72, 71, 67]


@pytest.fixture(scope="module")
def melody():
    return tune(MELODY, 0.5)


@pytest.fixture(scope="module")
def engine():
    with LocalEngine([TranscribeService()], queue_size=4) as engine:
        yield engine


def transcribed(path, out):
    """Exit status, names of what was written, the report."""
    done = CliRunner().invoke(app, ["transcribe", str(path), str(out), "--json"])
    return done.exit_code, json.loads(done.stdout.splitlines()[-1])


def heard(out):
    return [note["midi"] for note in json.loads((out / "notes.json").read_text())]


@pytest.mark.parametrize("kind", ["wav", "flac", "ogg", "mp3"])
def test_kinds_that_need_no_helper(tmp_path, melody, kind):
    soundfile.write(tmp_path / f"take.{kind}", melody, RATE)
    code, _ = transcribed(tmp_path / f"take.{kind}", tmp_path / "out")
    assert code == 0
    assert heard(tmp_path / "out") == MELODY
    assert (tmp_path / "out" / "score.musicxml").stat().st_size > 500


@pytest.mark.parametrize(("kind", "codec"), [("m4a", "aac"), ("webm", "libopus"), ("aac", "aac")])
def test_kinds_of_phones_and_browsers(tmp_path, melody, kind, codec):
    need_ffmpeg()
    soundfile.write(tmp_path / "take.wav", melody, RATE)
    recording = tmp_path / f"take.{kind}"
    command = ["ffmpeg", "-v", "error", "-i", tmp_path / "take.wav", "-ar", "48000", "-c:a", codec, recording]
    subprocess.run(command, check=True)
    code, _ = transcribed(recording, tmp_path / "out")
    assert code == 0
    assert heard(tmp_path / "out") == MELODY


@pytest.mark.parametrize(
    "head",
    [b"\x00\x00\x00\x20ftypM4A " + bytes(100), b"\x1a\x45\xdf\xa3" + bytes(100), b"\xff\xf1" + bytes(100)],
    ids=["m4a", "webm", "aac"],
)
def test_without_ffmpeg_the_sentence_names_it(tmp_path, monkeypatch, head):
    monkeypatch.setattr("models.transcribe.sound.shutil.which", lambda _: None)
    with pytest.raises(NeedsFfmpeg, match="ffmpeg"):
        open_sound(head)
    (tmp_path / "take.m4a").write_bytes(head)
    code, report = transcribed(tmp_path / "take.m4a", tmp_path / "out")
    assert code == 1
    told = report["failed"]["take.m4a"]
    assert "ffmpeg" in told
    assert "use wav, flac, mp3 or ogg." in told


def test_a_telephones_eight_kilohertz(tmp_path, melody):
    soundfile.write(tmp_path / "take.wav", soxr.resample(melody, RATE, 8000), 8000)
    assert transcribed(tmp_path / "take.wav", tmp_path / "out")[0] == 0
    assert heard(tmp_path / "out") == MELODY


def test_six_channels_of_which_two_cancel(tmp_path, melody):
    many = np.stack([melody, -melody, melody, 0.5 * melody, 0 * melody, melody], 1)
    soundfile.write(tmp_path / "take.wav", many, RATE)
    assert transcribed(tmp_path / "take.wav", tmp_path / "out")[0] == 0
    assert heard(tmp_path / "out") == MELODY


def test_samples_that_are_no_numbers_are_told(tmp_path, melody):
    broken = melody.copy()
    broken[5000] = np.nan
    soundfile.write(tmp_path / "take.wav", broken, RATE, subtype="FLOAT")
    code, report = transcribed(tmp_path / "take.wav", tmp_path / "out")
    assert code == 1
    assert "no numbers" in report["failed"]["take.wav"]


def test_a_tenth_of_a_second_is_one_note(tmp_path):
    soundfile.write(tmp_path / "take.wav", piano_note(64, 0.1), RATE)
    assert transcribed(tmp_path / "take.wav", tmp_path / "out")[0] == 0
    assert heard(tmp_path / "out") == [64]


@pytest.mark.parametrize(("seconds", "fits"), [(LONGEST_S, True), (LONGEST_S + 1, False)])
def test_half_an_hour_is_the_limit(tmp_path, seconds, fits):
    path = tmp_path / "take.flac"
    with soundfile.SoundFile(path, "w", 8000, 1) as file:
        for _ in range(seconds // 60):
            file.write(np.zeros(8000 * 60, np.int16))
        file.write(np.zeros(8000 * (seconds % 60), np.int16))
    if fits:
        assert open_sound(path).seconds == LONGEST_S
        return
    code, report = transcribed(path, tmp_path / "out")
    assert code == 1
    assert "30 minutes" in report["failed"]["take.flac"]


def test_a_file_that_ends_early_is_written_as_far_as_it_goes(tmp_path, melody):
    soundfile.write(tmp_path / "whole.wav", melody, RATE, subtype="PCM_16")
    whole = (tmp_path / "whole.wav").read_bytes()
    (tmp_path / "take.wav").write_bytes(whole[: len(whole) // 2])
    assert transcribed(tmp_path / "take.wav", tmp_path / "out")[0] == 0
    found = heard(tmp_path / "out")
    assert 2 <= len(found) < len(MELODY)
    assert found == MELODY[: len(found)]


def test_a_tune_is_not_doubted_but_whistling_is(engine, melody):
    sure = engine.run("transcribe", TranscribeRequest(melody, RATE))
    assert [hint for hint in sure.hints if not hint.startswith("Heard as a piano melody")] == []
    second = np.arange(3 * RATE) / RATE
    glide = np.sin(2 * np.pi * np.cumsum(700 + 250 * np.sin(2 * np.pi * 0.7 * second)) / RATE)
    whistled = engine.run("transcribe", TranscribeRequest(np.float32(0.3 * glide), RATE, "melody"))
    assert any("No piano note" in hint or hint == DOUBTFUL for hint in whistled.hints)
