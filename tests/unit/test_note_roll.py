"""The roll of detected notes: its spectrum, what stands on it, and how the slider changes what is written."""

import base64
import io

import numpy as np
import pytest
from PIL import Image

from models.contracts.transcribe import HeardNote
from models.notation.editing import Remove, Repitch
from models.transcribe.roll import BINS_PER_KEY, MOST_COLUMNS, key_levels
from models.transcribe.sound import Sound
from scoreweb.errors import VisitorError
from scoreweb.jobs.transcribe.options import Heard, TranscribeOptions
from scoreweb.jobs.transcribe.result import TranscribeResult
from scoreweb.widgets.note_roll import key_range, roll_value
from scoreweb.widgets.recorder import Beaten

RATE = 22_050


def note(second, midi, certainty=0.9):
    return HeardNote(second, second + 0.4, midi, 80, certainty)


def result_of(folder, notes, candidates):
    heard = Heard(tuple(notes), (), None, False, "ear", "", 0.1, tuple(candidates))
    sound = Sound(np.zeros(2 * 8000, np.float32), 8000)
    made = TranscribeResult(folder / "result", "tune.wav", sound, heard, TranscribeOptions())
    made.write()
    return made


@pytest.fixture
def result(tmp_path):
    return result_of(
        tmp_path, [note(0, 60), note(0.5, 64, 0.6), note(1.0, 67)], [note(0.25, 72, 0.4), note(0.75, 62, 0.1)]
    )


def pitches(result):
    return [n.midi for n in result.notes]


@pytest.mark.parametrize("midi", [45, 60, 69, 84])
def test_the_spectrum_is_brightest_at_the_key_that_sounds(midi):
    t = np.arange(RATE) / RATE
    tone = np.sin(2 * np.pi * 440 * 2 ** ((midi - 69) / 12) * t).astype(np.float32)
    levels = key_levels(tone, RATE, 40, 90)
    assert levels.shape == ((90 - 40 + 1) * BINS_PER_KEY, 50)
    brightest = int(levels[:, 25].argmax())
    assert 90 - brightest // BINS_PER_KEY == midi


def test_the_spectrum_of_anything_has_bounds():
    assert key_levels(np.zeros(0, np.float32), RATE, 60, 61).shape == (6, 1)
    assert key_levels(np.zeros(100 * 8000, np.float32), 8000, 60, 61).shape == (6, MOST_COLUMNS)


def test_the_roll_tells_what_is_written_and_what_is_not(result):
    left_out = result.left_out()
    assert [n.midi for n in left_out] == [72, 62]
    keys = key_range([*result.notes, *left_out])
    assert keys == (57, 75)
    value = roll_value(np.zeros((6, 4), np.uint8), 2.0, keys, result.notes, left_out, result.least)
    assert [n[2] for n in value["notes"]] == [60, 64, 67]
    assert [n[2] for n in value["candidates"]] == [72, 62]
    assert value["names"]["60"] == "C4"
    picture = Image.open(io.BytesIO(base64.b64decode(value["picture"].partition(",")[2])))
    assert picture.size == (4, 6)
    assert roll_value(None, 2.0, keys, [], [], 0.5)["picture"] is None
    assert key_range([note(0, 21), note(0, 108)]) == (21, 108)


def test_the_slider_writes_fainter_notes_and_takes_them_out_again(result):
    result.choose(0.3)
    assert pitches(result) == [60, 72, 64, 67]
    result.choose(0.05)
    assert pitches(result) == [60, 72, 64, 62, 67]
    result.choose(0.7)
    assert pitches(result) == [60, 67]
    result.choose(0.5)
    assert pitches(result) == [60, 64, 67]
    result.undo()
    assert pitches(result) == [60, 67]


def test_what_the_visitor_corrected_stays_whatever_the_slider_says(result):
    result.edit(Repitch("n1", 65))
    result.choose(0.8)
    assert pitches(result) == [60, 65, 67]
    result.edit(Remove("n0"))
    result.choose(0.3)
    assert pitches(result) == [72, 65, 67]


def test_no_note_that_sure_leaves_all_as_it_is(result):
    with pytest.raises(VisitorError, match="that sure"):
        result.choose(0.95)
    assert pitches(result) == [60, 64, 67]


@pytest.mark.parametrize("sent", [{}, {"tempo": "90", "metre": "3/4"}, {"tempo": 5, "metre": "3/4"}, {"tempo": 90, "metre": "x"}, {"tempo": True, "metre": "3/4"}, {"tempo": float("nan"), "metre": "3/4"}])  # fmt: skip
def test_what_is_no_metronome_is_taken_for_none(sent):
    assert Beaten.from_browser(sent) is None


def test_the_metronomes_tempo_and_time_signature_come_with_the_recording():
    assert Beaten.from_browser({"tempo": 90, "metre": "3/4", "path": "x"}) == Beaten(90.0, "3/4")
