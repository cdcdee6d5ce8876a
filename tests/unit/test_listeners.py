"""What every mode of listening guarantees, and that a new one needs an entry in the registry and nothing else."""

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from models.contracts.choice import names
from models.contracts.transcribe import HeardNote, TranscribeCatalogue, TranscribeRequest
from models.engine import BadRequest, LocalEngine
from models.transcribe import registry
from models.transcribe.listener import Transcription
from models.transcribe.registry import MODES, Mode
from models.transcribe.service import TranscribeService
from tests.tones import RATE, piano_note, tune

rng = np.random.default_rng(5)
SOUNDS = {
    "a note": piano_note(62),
    "a tune": tune([60, 64, 67, 72]),
    "a tune at a high level": 30 * tune([60, 64]),
    "noise": rng.normal(0, 0.1, RATE).astype(np.float32),
    "silence": np.zeros(RATE, np.float32),
    "a click": np.eye(1, 400, 200, dtype=np.float32)[0],
    "one sample": np.full(1, 0.5, np.float32),
    "nothing": np.zeros(0, np.float32),
}


@pytest.fixture(scope="module", params=MODES, ids=lambda mode: mode.name)
def listener(request):
    return request.param.open()


@pytest.mark.parametrize("name", SOUNDS)
def test_notes_are_in_order_and_within_the_keyboard(listener, name):
    samples = SOUNDS[name]
    before, handed = samples.copy(), []
    heard = listener.hear(samples, RATE, on_notes=handed.extend)
    assert np.array_equal(samples, before)
    assert heard.mode in {mode.name for mode in MODES} - {"auto"}
    assert [n.onset_s for n in heard.notes] == sorted(n.onset_s for n in heard.notes)
    assert tuple(handed) == heard.notes
    for note in heard.notes:
        assert 21 <= note.midi <= 108
        assert 1 <= note.velocity <= 127
        assert 0 <= note.onset_s < note.offset_s
        others = [guess.midi for guess in note.alternatives]
        chances = [guess.certainty for guess in note.alternatives]
        assert note.midi not in others
        assert len(others) == len(set(others))
        assert chances == sorted(chances, reverse=True)
        assert all(0 <= c <= 1 for c in (note.certainty, *chances))
    assert heard.notes or heard.hints
    assert all(hint.endswith(".") for hint in heard.hints)


def test_the_same_samples_give_the_same_notes(listener):
    first, second = (listener.hear(SOUNDS["a tune"], RATE) for _ in range(2))
    assert first == second


def test_progress_never_falls_and_ends(listener):
    told = []
    listener.hear(np.tile(SOUNDS["a tune"], 12), RATE, on_progress=lambda *parts: told.append(parts))
    assert told[-1][0] == told[-1][1]
    shares = [done / total for done, total in told]
    assert shares[:-1] == sorted(shares[:-1])


def test_what_progress_raises_stops_it(listener):
    def stop(done, total):
        raise TimeoutError

    with pytest.raises(TimeoutError):
        listener.hear(SOUNDS["a tune"], RATE, on_progress=stop)


def test_auto_says_who_heard():
    auto = registry.mode_named("auto").open()
    assert auto.hear(SOUNDS["a note"], RATE).mode == "note"
    assert auto.hear(SOUNDS["a tune"], RATE).mode == "melody"


class Drum:
    """Hears a low A wherever it listens."""

    def hear(self, samples, rate, *, on_progress=None, on_notes=None):
        return Transcription((HeardNote(0.1, 0.5, 45, 90, 0.5),), ("This is a drum.",), "drum", "stick")


def opened(device):
    return Drum()


def test_a_new_mode_is_offered_and_asked(monkeypatch):
    drum = Mode("drum", "one drum", f"{__name__}:opened", 0.1)
    monkeypatch.setattr(registry, "MODES", (*MODES, drum))
    assert names(TranscribeCatalogue.shipped().modes)[-1] == "drum"
    with LocalEngine([TranscribeService()], queue_size=2) as engine:
        answer = engine.run("transcribe", TranscribeRequest(SOUNDS["silence"], RATE, "drum"))
        assert (answer.mode, answer.model, answer.hints) == ("drum", "stick", ("This is a drum.",))
        assert answer.picture.shape == (162, 300)
    monkeypatch.undo()
    with LocalEngine([TranscribeService()], queue_size=2) as engine, pytest.raises(BadRequest, match="drum"):
        engine.run("transcribe", TranscribeRequest(SOUNDS["silence"], RATE, "drum"))


def test_the_registry_loads_no_network():
    code = "import sys, models.transcribe.registry; print('torch' in sys.modules)"
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=Path(__file__).parents[2],
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.strip() == "False"
