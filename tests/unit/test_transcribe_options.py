"""What is asked of a recording, without a page and without a network."""

import numpy as np
import pytest

from models.transcribe.sound import Sound, SoundError
from scoreweb.errors import VisitorError
from scoreweb.jobs.transcribe.options import (
    TranscribeOptions,
    metre_of,
    options_of,
    request_of,
)
from scoreweb.jobs.transcribe.run import TranscribeWork, chosen, open_recording
from scoreweb.settings import Settings
from scoreweb.widgets.recorder import Selection
from scoreweb.workspace import Workspace


@pytest.mark.parametrize("text", ["three", "3", "3/5", "0/4", "99/4", "3/4/4", "-3/4"])
def test_a_metre_that_is_none_is_refused(text):
    with pytest.raises(VisitorError, match="no time signature"):
        metre_of(text)


@pytest.mark.parametrize("tempo", ["fast", "3000", "5", "nan", -60])
def test_a_tempo_that_is_none_is_refused(tempo):
    with pytest.raises(VisitorError, match="tempo"):
        options_of("auto", tempo, None)


def test_empty_fields_ask_for_an_estimate():
    assert options_of("auto", "", "") == options_of("auto", 0, None) == TranscribeOptions("auto")
    assert options_of("auto", "92,5", "6/8").tempo == 92.5


@pytest.mark.parametrize("sent", [None, "x", {}, {"begin": "0", "end": 1}, {"begin": 2, "end": 1}, {"begin": -1, "end": 1}, {"begin": 0, "end": float("nan")}, {"begin": True, "end": 2}])  # fmt: skip
def test_what_is_no_selection_is_taken_for_none(sent):
    assert Selection.from_browser(sent) is None


def test_a_recording_on_its_way_is_known_from_none():
    assert Selection.from_browser({"pending": True}) == Selection(0.0, 0.0, pending=True)
    assert Selection.from_browser({"pending": "x"}) is None


def test_the_selection_is_cut_out_and_limited():
    sound = Sound(np.zeros(8000 * 200, np.float32), 8000)
    assert chosen(sound, Selection(1.0, 3.5), Settings()).seconds == 2.5
    assert chosen(sound, Selection(500.0, 600.0), Settings()).seconds == 200
    with pytest.raises(VisitorError, match="minutes"):
        chosen(sound, None, Settings(sound_minutes=1))
    with pytest.raises(SoundError):
        chosen(sound, Selection(1.0, 1.001), Settings())


def test_a_path_from_the_browser_is_taken_only_from_the_uploads(tmp_path):
    cache = tmp_path / "cache"
    own = Workspace(cache / "workspace-00000000000000000000000000000000")
    other = cache / "workspace-11111111111111111111111111111111"
    for folder in (own.folder, other, tmp_path / "secret"):
        folder.mkdir(parents=True)
        (folder / "take.wav").write_bytes(b"x")
    link = cache / ("a" * 64)
    link.mkdir()
    (link / "take.wav").symlink_to(tmp_path / "secret" / "take.wav")
    for claimed in (
        tmp_path / "secret" / "take.wav",
        other / "take.wav",
        link / "take.wav",
        cache / ("a" * 64) / ".." / other.name / "take.wav",
        cache,
        None,
        "\0",
    ):
        with pytest.raises(VisitorError):
            open_recording(own.work(TranscribeWork), claimed, "take.wav", cache)
    assert (other / "take.wav").exists()
    assert (tmp_path / "secret" / "take.wav").exists()


def test_a_refused_recording_leaves_nothing_in_the_workspace(tmp_path):
    cache = tmp_path / "cache"
    workspace = Workspace(cache / "workspace-0")
    (cache / ("b" * 64)).mkdir(parents=True)
    upload = cache / ("b" * 64) / "noise.wav"
    upload.write_bytes(b"no sound")
    with pytest.raises(SoundError):
        open_recording(workspace.work(TranscribeWork), str(upload), "noise.wav", cache)
    assert workspace.work(TranscribeWork).recording is None
    assert not [p for p in cache.rglob("*") if p.is_file()]


def test_the_request_asks_for_the_mode_alone_since_tempo_and_metre_are_for_the_writing():
    request = request_of(Sound(np.zeros(8000, np.float32), 8000), options_of("note", 90, "3/4"))
    assert (request.mode, request.rate, len(request.samples)) == ("note", 8000, 8000)
