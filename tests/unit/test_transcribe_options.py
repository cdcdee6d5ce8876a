"""What is asked of a recording and what is made of the notes, without a page and without a network."""

import json

import numpy as np
import pytest

from models.engine import LocalEngine
from models.notation.musicxml import read_musicxml
from models.transcribe.heard import Guess, HeardNote
from models.transcribe.sound import Sound, SoundError
from scoreweb.errors import VisitorError
from scoreweb.jobs.transcribe.options import (
    Heard,
    TranscribeOptions,
    corrected,
    metre_of,
    options_of,
    request_of,
    safe_stem,
)
from scoreweb.jobs.transcribe.result import TranscribeResult
from scoreweb.jobs.transcribe.run import chosen, open_recording
from scoreweb.settings import Settings
from scoreweb.widgets.recorder import Selection
from scoreweb.workspace import Workspace
from storage import CorrectionFormat, Task
from tests.listener import Listener


def note(index, midi, certainty=0.9):
    return HeardNote(0.5 * index, 0.5 * index + 0.4, midi, 80, certainty, (Guess(midi + 12, 0.05),))


@pytest.fixture
def result(tmp_path):
    notes = tuple(note(i, m, c) for i, (m, c) in enumerate([(60, 0.9), (64, 0.4), (67, 0.6), (72, 0.95)]))
    heard = Heard(notes, (), None, False, "ear", "a" * 64, 0.1)
    sound = Sound(np.zeros(2 * 8000, np.float32), 8000)
    made = TranscribeResult(tmp_path / "result", "my tune.wav", sound, heard, TranscribeOptions())
    made.write()
    return made


def written_pitches(result):
    score = read_musicxml(result.files["musicxml"].read_bytes())
    return [n.pitch.midi for _, _, e in score.events() for n in e.notes if not n.tie_stop]


def test_doubtful_notes_come_least_certain_first(result):
    assert result.doubtful == [1, 2]


def test_a_correction_goes_into_every_file_and_old_files_vanish(result):
    before = dict(result.files)
    result.correct(1, 63)
    assert written_pitches(result) == [60, 63, 67, 72]
    assert json.loads(result.files["notes"].read_text())[1]["midi"] == 63
    assert not any(path.exists() for path in before.values())
    assert result.doubtful == [2]
    assert result.notes[1].alternatives[0].midi == 64, "the first reading can be chosen again"


def test_choosing_the_first_reading_again_undoes_the_correction(result):
    result.correct(1, 63)
    result.correct(1, 64)
    assert not result.is_corrected
    assert result.corrections() == []


def test_what_is_kept_is_what_was_heard_and_the_correction_beside_it(result):
    result.correct(1, 63)
    kept = result.submission()
    assert kept.task is Task.TRANSCRIBE
    assert [n["midi"] for n in kept.predictions[0].payload["notes"]] == [60, 64, 67, 72]
    assert kept.predictions[0].model_digest == "a" * 64
    (correction,) = result.corrections()
    assert correction.format is CorrectionFormat.NOTES
    assert [n["midi"] for n in correction.payload] == [60, 63, 67, 72]


def test_another_metre_writes_the_same_notes_anew(result):
    result.rewrite(options_of("auto", "90", "3/4"))
    assert written_pitches(result) == [60, 64, 67, 72]
    assert any("3/4" in said for said in result.written.score.assumptions)


@pytest.mark.parametrize(("index", "midi"), [(-1, 60), (4, 60), (0, 20), (0, 109)])
def test_a_correction_of_nothing_or_beyond_the_keyboard_is_refused(result, index, midi):
    with pytest.raises(VisitorError):
        corrected(result.notes, index, midi)
    assert written_pitches(result) == [60, 64, 67, 72]


def test_the_view_names_only_sounds_that_are_there(result):
    view = result.view({"original": "gradio_api/file=x"})
    assert [source["kind"] for source in view["sources"]] == ["original"]
    assert len(view["notes"]) == 4


def test_the_classic_strip_has_one_picture_a_note(result):
    assert result.classic().size == (4 * 300, 162)


@pytest.mark.parametrize("text", ["three", "3", "3/5", "0/4", "99/4", "3/4/4", "-3/4"])
def test_a_metre_that_is_none_is_refused(text):
    with pytest.raises(VisitorError, match="no metre"):
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
            open_recording(own, claimed, "take.wav", cache)
    assert (other / "take.wav").exists()
    assert (tmp_path / "secret" / "take.wav").exists()


def test_a_refused_recording_leaves_nothing_on_the_desk(tmp_path):
    cache = tmp_path / "cache"
    workspace = Workspace(cache / "workspace-0")
    (cache / ("b" * 64)).mkdir(parents=True)
    upload = cache / ("b" * 64) / "noise.wav"
    upload.write_bytes(b"no sound")
    with pytest.raises(SoundError):
        open_recording(workspace, str(upload), "noise.wav", cache)
    assert workspace.recording is None
    assert not [p for p in cache.rglob("*") if p.is_file()]


def test_the_request_is_of_the_services_own_type():
    with LocalEngine([Listener()]) as engine:
        request = request_of(engine, Sound(np.zeros(8000, np.float32), 8000), options_of("note", 90, "3/4"))
    assert (request.mode, request.tempo, request.metre) == ("note", 90, "3/4")


def test_names_of_downloads_are_plain():
    assert safe_stem("../../etc/my tune?.wav") == "my-tune"
    assert safe_stem("...") == "take"
