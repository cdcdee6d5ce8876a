"""The transcribing service behind the engine's door."""

import numpy as np
import pytest

from models.contracts.transcribe import TranscribeAnswer, TranscribeRequest, networks
from models.engine import BadRequest, Cancelled, LocalEngine
from models.engine.wire import dumps, loads
from models.transcribe.classic.drawing import certainties, draw_classic, draw_keys, nearest_keys
from models.transcribe.classic.images import note_image
from models.transcribe.service import TranscribeService
from tests.tones import RATE, piano_note, tune


@pytest.fixture(scope="module")
def engine():
    with LocalEngine([TranscribeService()], queue_size=4) as engine:
        yield engine


def test_one_note_is_one_note_with_its_picture(engine):
    answer = engine.run("transcribe", TranscribeRequest(piano_note(62), RATE))
    assert answer.mode == "note"
    assert [n.midi for n in answer.notes] == [62]
    assert answer.picture.shape == (162, 300)
    assert nearest_keys(answer.picture)[0][0] == 62
    assert answer.notes[0].onset_s < answer.notes[0].offset_s <= 1.3
    assert len(answer.weights) == 64


def test_a_tune_is_a_melody(engine):
    answer = engine.run("transcribe", TranscribeRequest(tune([60, 62, 64]), RATE))
    assert answer.mode == "melody"
    assert [n.midi for n in answer.notes] == [60, 62, 64]
    assert nearest_keys(answer.picture)[0][0] == 60


def test_the_mode_asked_for_is_kept(engine):
    assert engine.run("transcribe", TranscribeRequest(piano_note(62), RATE, "melody")).mode == "melody"
    asked = engine.run("transcribe", TranscribeRequest(tune([60, 62, 64]), RATE, "note"))
    assert asked.mode == "note"
    assert len(asked.notes) == 1


def test_silence_gives_no_notes_but_a_sentence(engine):
    for mode in ("auto", "note", "melody"):
        answer = engine.run("transcribe", TranscribeRequest(np.zeros(RATE, np.float32), RATE, mode))
        assert answer.notes == ()
        assert answer.picture.size == 0
        assert len(answer.hints) == 1
        assert answer.hints[0].endswith(".")


@pytest.mark.parametrize(
    "request_",
    [
        TranscribeRequest(np.zeros(0, np.float32), RATE),
        TranscribeRequest(np.zeros((9, 2), np.float32), RATE),
        TranscribeRequest(np.zeros(9), RATE),
        TranscribeRequest(np.full(RATE, np.nan, np.float32), RATE),
        TranscribeRequest(np.zeros(RATE, np.float32), 1),
        TranscribeRequest(np.zeros(RATE, np.float32), RATE, "opera"),
        TranscribeRequest(np.zeros(RATE, np.float32), RATE, network="nonsense"),
    ],
)
def test_wrong_requests_are_refused_with_a_sentence(engine, request_):
    with pytest.raises(BadRequest, match=r"\.$"):
        engine.run("transcribe", request_)


def test_progress_is_told_and_a_job_can_be_cancelled(engine):
    told = []
    engine.run("transcribe", TranscribeRequest(tune([60, 62]), RATE), on_progress=told.append)
    assert told[-1].done == told[-1].total
    ticket = engine.submit("transcribe", TranscribeRequest(tune([60] * 40), RATE))
    ticket.cancel()
    with pytest.raises(Cancelled):
        ticket.result()


def test_requests_and_answers_travel(engine):
    request = TranscribeRequest(piano_note(62), RATE, "note", "smoothl1-5x5")
    again = loads(dumps(request), TranscribeRequest)
    assert np.array_equal(again.samples, request.samples)
    assert (again.mode, again.network) == ("note", "smoothl1-5x5")
    answer = engine.run("transcribe", request)
    there = loads(dumps(answer), TranscribeAnswer)
    assert there.notes == answer.notes
    assert np.array_equal(there.picture, answer.picture)


def test_estimates_grow_with_the_recording(engine):
    short, long = (
        engine.estimate("transcribe", TranscribeRequest(np.zeros(n * RATE, np.float32), RATE))
        for n in (2, 60)
    )
    assert long.seconds > short.seconds > 0
    assert long.peak_bytes > short.peak_bytes


@pytest.mark.parametrize("midi", [21, 58, 60, 108])
def test_best_draws_the_sheet_image_of_a_sure_key(midi):
    drawn = draw_keys(certainties(((midi, 0.9), (60 if midi != 60 else 72, 0.05))))
    error = np.square(drawn.astype(float) - note_image(midi)).mean()
    assert 10 * np.log10(255**2 / error) > 40


@pytest.mark.parametrize("network", [n for n in networks() if n != "best"])
def test_the_dissertations_networks_draw_a_picture_and_rank_it(network):
    drawn = draw_classic(piano_note(62), RATE, network)
    assert drawn.grey.shape == (162, 300)
    assert drawn.grey.dtype == np.uint8
    assert len(drawn.ranked) == 5
