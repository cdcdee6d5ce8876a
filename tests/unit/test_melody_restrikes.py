"""A key struck again is a note; strings that beat, a metronome's click and a damper's are none."""

import numpy as np
import pytest
import soxr

from models.transcribe.melody.hearing import MelodyEar
from models.transcribe.melody.restrikes import Change, change
from models.transcribe.melody.spectra import RATE as HEARD_RATE
from tests.tones import RATE, piano_note


def sequence(*notes, seconds=6.0):
    """Notes as (start, samples, level), mixed; peak 0.6."""
    out = np.zeros(round(seconds * RATE), np.float32)
    for start, samples, level in notes:
        begin = round(start * RATE)
        piece = samples[: len(out) - begin]
        out[begin : begin + len(piece)] += level * piece
    return np.asarray(out / np.abs(out).max() * 0.6, np.float32)


def beating(midi, seconds, cents=2.5):
    """One note of two strings that are ``cents`` apart."""
    note = piano_note(midi, seconds)
    other = np.asarray(soxr.resample(note, RATE * 2 ** (cents / 1200), RATE), np.float32)
    count = min(len(note), len(other))
    return note[:count] + 0.8 * other[:count]


def at(sound, time, midi):
    return change(np.asarray(soxr.resample(sound, RATE, HEARD_RATE), np.float32), time, midi)


def click(seconds=0.03):
    """A metronome's: a burst of noise and 1.8 kHz that is over at once."""
    t = np.arange(round(seconds * RATE)) / RATE
    noise = np.random.default_rng(3).normal(0, 0.5, len(t))
    return np.float32((noise + np.sin(2 * np.pi * 1800 * t)) * np.exp(-t / 0.008))


@pytest.mark.parametrize("midi", [45, 57, 64, 72])
def test_strings_that_beat_are_one_note_for_as_long_as_they_sound(midi):
    sound = sequence((0.3, beating(midi, 5.0), 1.0))
    notes = MelodyEar.open().hear(sound, RATE)
    assert [n.midi for n in notes] == [midi]
    assert not any(at(sound, time, midi).struck for time in (1.1, 1.9, 2.7, 3.5))


@pytest.mark.parametrize("midi", [48, 60, 69])
@pytest.mark.parametrize("level", [1.0, 0.5])
def test_a_key_struck_again_while_it_sounds_is_a_second_note(midi, level):
    sound = sequence((0.3, piano_note(midi, 3.0), 1.0), (1.5, piano_note(midi, 2.0), level))
    notes = MelodyEar.open().hear(sound, RATE)
    assert [n.midi for n in notes] == [midi, midi]
    assert at(sound, 1.5, midi).struck


@pytest.mark.parametrize("level", [0.15, 0.3])
def test_a_click_over_a_note_that_rings_is_no_note(level):
    sound = sequence((0.3, piano_note(60, 4.0), 1.0), (1.5, click(), level), (2.7, click(), level))
    notes = MelodyEar.open().hear(sound, RATE)
    assert [n.midi for n in notes] == [60]
    assert notes[0].offset_s > 2.6


def test_what_partials_say():
    assert Change(6.0, 0.9, 3.0).struck
    assert not Change(-1.2, 0.1, 0.0005).struck
    assert not Change(-20.0, 0.0, 0.0).struck, "a damper"
    assert Change(-5.0, 0.1, 0.001).struck, "fell faster than a string does: something was done to it"
    assert Change(-1.0, 0.1, 0.2).struck, "one partial alone brought much power"
