"""Sheet image to sound: pictures laid in place, the way from decibels to samples, the shipped network's pitch."""

import csv

import numpy as np
import pytest
import soundfile
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from safetensors.torch import load_file

from models.transcribe.classic import train_reversed
from models.transcribe.classic.errors import BadAnnotations, BadImage
from models.transcribe.classic.images import note_image
from models.transcribe.classic.registration import registered
from models.transcribe.classic.reversed import BANDS, TIMES, ReversedNetwork
from models.transcribe.classic.sounding import RANGE_DB, RATE, mel_decibels, sound_of_decibels, sound_of_image
from models.transcribe.ear import Ear
from tests.tones import piano_note


def moved(image, down, right):
    return np.roll(np.pad(image, 12, constant_values=255), (down, right), (0, 1))[12:-12, 12:-12]


@given(st.integers(21, 108), st.integers(-9, 9), st.integers(-9, 9))
@settings(max_examples=12, deadline=None)
def test_a_picture_that_lies_aside_is_put_in_its_place(midi, down, right):
    image = note_image(midi)
    found = registered(moved(image, down, right))
    assert np.array_equal(found[12:-12, 12:-12], image[12:-12, 12:-12])


def test_a_grey_and_dirty_scan_is_put_in_its_place():
    draw = np.random.default_rng(0)
    scan = 60 + 0.6 * moved(note_image(70), 4, -3).astype(float) + draw.normal(0, 6, (162, 300))
    found = registered(np.clip(scan, 0, 255).astype(np.uint8))
    error = np.abs(found[12:-12, 12:-12] - (60 + 0.6 * note_image(70)[12:-12, 12:-12].astype(float)))
    assert error.mean() < 8


@pytest.mark.parametrize(
    ("picture", "said"),
    [
        (np.full((162, 300), 255), "empty"),
        (np.full((100, 300), 255), "162"),
        (np.random.default_rng(1).integers(0, 256, (162, 300)), "not a sheet image of one note"),
        (np.tile(np.linspace(0, 255, 300), (162, 1)), "not a sheet image of one note"),
        (note_image(60)[::-1], "not a sheet image of one note"),
    ],
)
def test_other_pictures_are_refused_in_words(picture, said):
    with pytest.raises(BadImage, match=said):
        sound_of_image(np.asarray(picture, np.uint8))


@pytest.mark.parametrize("midi", [24, 60, 105])
def test_sound_that_went_through_its_spectrogram_keeps_its_partials(midi):
    time = np.arange(2 * RATE) / RATE
    hertz = 440 * 2 ** ((midi - 69) / 12)
    sound = sum(
        np.exp(-3 * time) / n * np.sin(2 * np.pi * n * hertz * time) for n in (1, 2, 3) if n * hertz < 10_000
    )
    told = mel_decibels(sound.astype(np.float32))
    assert told.shape == (BANDS, TIMES)
    assert float(told.max()) == pytest.approx(1, abs=1e-6)
    again = sound_of_decibels(told, iterations=4)
    assert np.abs(again).max() == pytest.approx(0.9, abs=0.01)
    spectrum = np.abs(np.fft.rfft(again[: 2 * RATE]))
    assert np.argmax(spectrum) / 2 == pytest.approx(hertz, rel=0.015, abs=1)


def test_the_network_makes_a_spectrogram_of_any_batch():
    assert ReversedNetwork().eval()(torch.zeros(3, 1, 162, 300)).shape == (3, 1, BANDS, TIMES)


def test_the_truths_of_training_are_the_takes_of_one_piano(tmp_path):
    with (tmp_path / "annotations.csv").open("w", newline="") as file:
        table = csv.writer(file)
        table.writerow(["file", "midi", "piano", "dynamic", "noise"])
        for midi in range(21, 109):
            table.writerow(["a.flac" if midi == 60 else "b.flac", midi, "p", "mf", 0])
            table.writerow(["b.flac", midi, "p", "mf", 1])
    soundfile.write(tmp_path / "a.flac", piano_note(60), 32_000)
    soundfile.write(tmp_path / "b.flac", piano_note(40), 32_000)
    truths = train_reversed.spectrograms(tmp_path, "p", "mf")
    assert truths.shape == (88, 1, BANDS, TIMES)
    assert not torch.equal(truths[39], truths[38])
    assert torch.equal(truths[37], truths[38])
    with pytest.raises(BadAnnotations, match="ff take of 88 keys"):
        train_reversed.spectrograms(tmp_path, "p", "ff")


def test_soiled_images_are_still_images_and_a_third_is_clean():
    images = torch.stack([1 - torch.from_numpy(note_image(k) / 255).float()[None] for k in range(21, 109)])
    pages = train_reversed.soiled(images, torch.Generator().manual_seed(2))
    assert pages.shape == images.shape
    assert 0 <= float(pages.min()) <= float(pages.max()) <= 1
    clean = [torch.equal(a, b) for a, b in zip(pages, images, strict=True)]
    assert 0.2 < np.mean(clean) < 0.5


def test_training_resumes_and_writes_what_it_measured(tmp_path, capsys):
    truths = torch.rand(88, 1, BANDS, TIMES, generator=torch.Generator().manual_seed(0))
    out = tmp_path / "reversed.safetensors"
    first = train_reversed.train(truths, out, minutes=0.01, block=1, copies=1)
    again = train_reversed.train(truths, out, minutes=0.01, block=1, copies=1)
    assert out.stat().st_size > 100_000
    assert again["steps"] >= first["steps"] > 0
    assert f"resuming at step {first['steps']}" in capsys.readouterr().out
    network = ReversedNetwork()
    network.load_state_dict({k: v.float() for k, v in load_file(out).items()}, strict=False)
    network.eval()
    images = train_reversed.truths()
    with torch.inference_mode():
        drawn = torch.cat([network(images[n : n + 22]) for n in range(0, 88, 22)]).clamp(0, 1)
    far = RANGE_DB * (drawn - truths).square().mean((1, 2, 3)).sqrt()
    assert again["distance_db"] == pytest.approx(float(far.mean()), rel=0.02)
    assert again["worst_db"] == pytest.approx(float(far.max()), rel=0.02)


@pytest.mark.parametrize("midi", [21, 36, 57, 72, 90, 108])
def test_the_shipped_network_sounds_the_key_that_stands_on_the_page(midi):
    samples, rate = sound_of_image(moved(note_image(midi), 3, -2))
    assert rate == RATE
    assert samples.dtype == np.float32
    assert np.abs(samples).max() == pytest.approx(0.9, abs=0.01)
    assert Ear.open().hear(samples, rate).midi == midi
