"""The ear names keys, says when there are none, and learns by its recipe in miniature."""

import numpy as np
import pytest
import torch

from models import weights
from models.transcribe.dataset.annotations import Entry, write_annotations
from models.transcribe.ear import Ear
from models.transcribe.ear.hearing import CLIPPED, SEVERAL, SILENCE, TOO_QUIET, onset_of
from models.transcribe.ear.network import EarNetwork, EarSize
from models.transcribe.ear.spectrogram import RATE, LogSpectrogram
from models.transcribe.ear.train import EarRecipe, train
from tests.tones import piano_note, write


@pytest.fixture(scope="module")
def ear():
    return Ear.open()


@pytest.mark.parametrize("midi", [21, 28, 40, 60, 81, 96, 108])
def test_keys_of_a_drawn_piano_are_named(ear, midi):
    hearing = ear.hear(piano_note(midi, number=700 + midi), RATE)
    assert hearing.midi == midi
    assert hearing.ranked == tuple(sorted(hearing.ranked, key=lambda r: -r[1]))
    assert 0.5 < hearing.ranked[0][1] <= 1
    assert hearing.is_note > 0.5


def test_loudness_and_leading_silence_change_nothing(ear):
    plain = ear.hear(piano_note(60), RATE)
    late = ear.hear(np.concatenate([np.zeros(RATE, np.float32), 0.2 * piano_note(60)]), RATE)
    assert late.midi == plain.midi == 60
    assert late.onset_s == pytest.approx(1.0, abs=0.05)


def test_other_rates_are_heard_too(ear):
    import soxr

    for rate in (8_000, 44_100):
        assert ear.hear(soxr.resample(piano_note(57), RATE, rate), rate).midi == 57


def test_silence_has_no_note_and_says_so(ear):
    hearing = ear.hear(np.zeros(RATE, np.float32), RATE)
    assert hearing.midi is None
    assert hearing.hints == (SILENCE,)


def test_a_quiet_and_a_clipped_take_are_told(ear):
    assert TOO_QUIET in ear.hear(0.004 * piano_note(64), RATE).hints
    assert CLIPPED in ear.hear(np.clip(8 * piano_note(64), -0.9, 0.9), RATE).hints
    assert ear.hear(piano_note(64), RATE).hints == ()


def test_a_chord_is_more_than_one_note(ear):
    chord = piano_note(60) + piano_note(66) + piano_note(71)
    assert SEVERAL in ear.hear(chord / 3, RATE).hints


def test_noise_is_not_taken_for_a_note(ear):
    noise = np.random.default_rng(5).normal(0, 0.1, RATE).astype(np.float32)
    assert ear.hear(noise, RATE).is_note < 0.5


def test_windows_give_the_chances_of_all_keys(ear):
    sound = np.concatenate([piano_note(60), piano_note(67)])
    chances = ear.windows(sound, RATE, [0.0, 1.2], 0.8)
    assert chances.shape == (2, 88)
    assert np.allclose(chances.sum(1), 1, atol=1e-4)
    assert (chances.argmax(1) + 21).tolist() == [60, 67]


def test_the_shortest_sounds_do_not_break_it(ear):
    for count in (1, 50, 1600):
        assert len(ear.hear(piano_note(60)[:count] + 1e-3, RATE).ranked) == 5


def test_an_onset_is_found_behind_noise():
    rng = np.random.default_rng(1)
    sound = rng.normal(0, 0.005, 3 * RATE).astype(np.float32)
    sound[RATE : RATE + RATE // 2] += piano_note(60, 0.5)
    assert onset_of(sound) / RATE == pytest.approx(1.0, abs=0.03)


def test_a_spectrogram_has_a_frame_for_each_64_ms():
    assert LogSpectrogram()(torch.zeros(2, 2048 * 5)).shape == (2, 3, 444, 5)


def test_the_recipe_learns_in_miniature_and_resumes(tmp_path):
    entries = []
    for midi in (40, 60, 80):
        write(tmp_path / f"{midi}.wav", piano_note(midi, 0.6))
        entries.append(Entry(f"{midi}.wav", midi, "drawn", "drawn", "mf", "partials", 0, "train"))
    write_annotations(tmp_path, entries)
    recipe = EarRecipe(batch=2, size=EarSize(4, 8, 1), workers=0)
    out = tmp_path / "ear.safetensors"
    first = train([tmp_path], out, minutes=0.03, device="cpu", recipe=recipe, block=2)
    for minutes in (0.08, 0.3, 1.0):  # on a busy machine the first may pass before a step
        again = train([tmp_path], out, minutes=minutes, device="cpu", recipe=recipe, block=2)
        if again["steps"] > first["steps"]:
            break
    assert again["steps"] > first["steps"] > 0
    assert out.with_suffix(".png").exists()
    from safetensors import safe_open

    with safe_open(out, "numpy") as held:
        arrays = {k: held.get_tensor(k) for k in held.keys()}  # noqa: SIM118 - not a dict
        made = weights.Weights("ear", "0" * 64, dict(held.metadata()), arrays)
    assert len(Ear(made).hear(piano_note(60), RATE).ranked) == 5


def test_a_network_has_a_logit_for_each_key_and_kind():
    keys, kinds = EarNetwork(EarSize(4, 8, 1)).eval()(torch.zeros(1, 3, 444, 2))
    assert keys.shape == (1, 88)
    assert kinds.shape == (1, 3)
