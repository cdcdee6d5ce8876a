"""Recordings, MIDI files and MusicXML that hang, eat memory or crash what opens them: each costs its sender a sentence."""

import numpy as np
import pytest

from benchmarks.bad_inputs.sounds import midi, written
from models import limited as module
from models.notation import apart as notation
from models.notation.errors import NotationError, TooLongScore, UnreadableScore
from models.notation.musicxml import read_musicxml, write_musicxml
from models.transcribe import apart as transcribing
from models.transcribe.errors import NotASound, TooDemanding
from models.transcribe.performance import read_performance_file
from models.transcribe.sound import open_sound
from scoreweb.jobs.transcribe import sonify
from scoreweb.jobs.transcribe.run import TranscribeWork, open_recording
from scoreweb.workspace import Workspaces
from tests.bare_host import BareHost
from tests.fatal import computes_for_ever, crashes, eats_memory
from tests.scores import small_song

pytestmark = pytest.mark.usefixtures("hosts_closed")

SOUND = written(np.sin(np.arange(44_100, dtype=np.float32) / 20))
SCORE = write_musicxml(small_song())


@pytest.fixture(autouse=True)
def impatient(monkeypatch):
    monkeypatch.setattr(module, "COMPUTING_S", 2.0)
    yield
    module.close()


@pytest.fixture
def workspace(tmp_path):
    return Workspaces(tmp_path / "workspaces").of("s")


def test_what_is_opened_apart_is_what_is_opened_here():
    here, there = open_sound(SOUND), transcribing.open_sound_apart(SOUND)
    assert np.array_equal(here.samples, there.samples)
    assert here.rate == there.rate
    tune = next(case.make() for case in midi() if played(case.make()))
    assert transcribing.read_performance_apart(tune) == read_performance_file(tune)
    assert notation.read_musicxml_apart(SCORE, 1000) == read_musicxml(SCORE)
    assert notation.read_musicxml_apart(SCORE, 1) == SCORE.count(b"<note")


def played(data):
    try:
        return read_performance_file(data)
    except NotationError:
        return ()


def test_what_is_refused_apart_is_refused_in_the_same_words():
    with pytest.raises(NotASound, match="use wav, flac"):
        transcribing.open_sound_apart(b"no sound at all")
    with pytest.raises(UnreadableScore, match="is not MusicXML"):
        notation.read_musicxml_apart(b"no score", 1000)
    with pytest.raises(NotationError):
        transcribing.read_performance_apart(b"MThd")


@pytest.mark.parametrize("fatal", [computes_for_ever, eats_memory])
def test_a_recording(monkeypatch, workspace, tmp_path, fatal):
    monkeypatch.setattr(transcribing, "open_sound", fatal)
    cache = tmp_path / "cache"
    (cache / ("a" * 64)).mkdir(parents=True)
    sent = cache / ("a" * 64) / "take.wav"
    sent.write_bytes(SOUND)
    work = workspace.work(TranscribeWork)
    with pytest.raises(TooDemanding, match=r"^Opening that recording takes too much time or memory\. .*\.$"):
        open_recording(work, str(sent), "take.wav", cache)
    assert work.recording is None
    assert not list(work.folder.rglob("sound"))


@pytest.mark.parametrize("fatal", [computes_for_ever, crashes])
def test_a_midi_file(monkeypatch, fatal):
    monkeypatch.setattr(transcribing, "read_performance_file", fatal)
    with pytest.raises(TooLongScore, match=r"^Reading this MIDI file takes too much time or memory: .*\.$"):
        transcribing.read_performance_apart(b"MThd")


@pytest.mark.parametrize("fatal", [computes_for_ever, eats_memory])
def test_a_score(monkeypatch, workspace, tmp_path, fatal):
    monkeypatch.setattr(notation, "score_or_count", fatal)
    sent = tmp_path / "song.musicxml"
    sent.write_bytes(SCORE)
    with pytest.raises(TooLongScore, match=r"^Reading this score takes too much time or memory; .*\.$"):
        list(sonify.run(BareHost(), workspace, str(sent), "a visitor"))
    assert workspace.work(sonify.SonifyWork).result is None


def test_whoever_finds_all_processes_busy_is_asked_to_come_again(monkeypatch):
    monkeypatch.setattr(module, "WAITING_S", 0.05)
    monkeypatch.setattr(module, "PROCESSES", 0)
    module._places.cache_clear()
    try:
        for opened in (transcribing.open_sound_apart, transcribing.read_performance_apart):
            with pytest.raises((TooDemanding, TooLongScore), match="Try again in a minute"):
                opened(SOUND)
        with pytest.raises(TooLongScore, match="Try again in a minute"):
            notation.read_musicxml_apart(SCORE, 9)
    finally:
        module._places.cache_clear()
