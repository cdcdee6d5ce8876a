"""A key counts as struck again where its own partials rise: clicks over a held note and strings that beat are no strokes."""

import numpy as np
import pytest

from models.transcribe.melody.strikes import FADED_DB, STRUCK_DB, faded, rise
from tests.tones import RATE, piano_note


def held(midi, seconds=2.0, beat_hz=0.0):
    """Partials that fade, each of two strings that are apart by ``beat_hz`` at the first partial."""
    t = np.arange(round(seconds * RATE)) / RATE
    first = 440 * 2 ** ((midi - 69) / 12)
    out = np.zeros(len(t))
    for k in range(1, 9):
        hertz = k * first * np.sqrt(1 + 2e-4 * k * k)
        fading = np.exp(-t * (0.6 + 0.25 * k)) / k
        out += fading * (np.sin(2 * np.pi * hertz * t) + 0.8 * np.sin(2 * np.pi * (hertz + beat_hz * k) * t))
    return np.asarray(0.3 * out / np.abs(out).max(), np.float32)


def clicked(sound, second, kind):
    t = np.arange(round(0.05 * RATE)) / RATE
    noise = np.random.default_rng(0).normal(0, 0.5, len(t))
    click = {"tone": np.sin(2 * np.pi * 1000 * t) * np.exp(-t / 0.008), "noise": noise * np.exp(-t / 0.004)}[
        kind
    ]
    out = sound.copy()
    place = round(second * RATE)
    out[place : place + len(click)] += np.asarray(0.15 * click, np.float32)
    return out


def again(sound, second, midi, loud):
    out = sound.copy()
    place = round(second * RATE)
    note = piano_note(midi, 0.8)[: len(out) - place]
    out[place : place + len(note)] += loud * note
    return out


@pytest.mark.parametrize("midi", [43, 55, 60, 67, 74])
@pytest.mark.parametrize("kind", ["tone", "noise"])
def test_a_click_over_a_held_note_is_no_stroke(midi, kind):
    assert rise(clicked(held(midi), 0.8, kind), RATE, midi, 0.8) < STRUCK_DB


@pytest.mark.parametrize("midi", [43, 55, 67])
@pytest.mark.parametrize("second", [0.5, 0.7, 0.9, 1.1])
def test_strings_that_beat_are_no_stroke(midi, second):
    assert rise(held(midi, beat_hz=0.3), RATE, midi, second) < STRUCK_DB


@pytest.mark.parametrize("midi", [43, 55, 60, 67, 74])
@pytest.mark.parametrize("loud", [0.3, 1.0])
def test_a_key_struck_again_while_it_sounds_is_one(midi, loud):
    assert rise(again(held(midi), 0.8, midi, loud), RATE, midi, 0.8) > STRUCK_DB


def test_what_is_gone_at_once_is_no_note():
    silence = np.zeros(RATE, np.float32)
    assert faded(clicked(silence, 0.5, "tone"), RATE, 83, 0.5) > FADED_DB
    assert faded(again(silence, 0.5, 83, 1.0), RATE, 83, 0.5) < FADED_DB


def test_the_edges_of_a_recording_are_silence():
    sound = held(60, 0.5)
    assert np.isfinite(rise(sound, RATE, 60, 0.0))
    assert np.isfinite(rise(sound, RATE, 108, 0.499))
    assert np.isfinite(faded(sound, RATE, 21, 0.499))
