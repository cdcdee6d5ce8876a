"""Melodies become notes in order, each with its time, key and alternatives."""

from itertools import pairwise

import numpy as np
import pytest

from models.transcribe.melody.hearing import APART, MelodyEar, onset_frames
from tests.tones import RATE, piano_note, tune

TUNE = [60, 64, 67, 67, 72, 48, 55, 59]


@pytest.fixture(scope="module")
def heard():
    return MelodyEar.open().hear(tune(TUNE), RATE)


def test_every_note_is_found_in_order(heard):
    assert [note.midi for note in heard] == TUNE


def test_onsets_are_within_50_ms(heard):
    for position, note in enumerate(heard):
        assert note.onset_s == pytest.approx(0.3 + 0.5 * position, abs=0.05)


def test_notes_end_after_they_begin_and_before_the_next(heard):
    for note, following in pairwise(heard):
        assert note.onset_s < note.offset_s <= following.onset_s + 1e-6


def test_alternatives_are_other_keys_likeliest_first(heard):
    for note in heard:
        chances = [guess.certainty for guess in note.alternatives]
        assert chances == sorted(chances, reverse=True)
        assert note.midi not in {guess.midi for guess in note.alternatives}
        assert 0 < note.certainty <= 1


def test_pieces_of_a_long_recording_are_joined_without_loss(monkeypatch, heard):
    monkeypatch.setattr("models.transcribe.melody.hearing.CHUNK_S", 1.3)
    told = []
    again = MelodyEar.open().hear(tune(TUNE), RATE, on_chunk=lambda done, total: told.append((done, total)))
    assert [n.midi for n in again] == [n.midi for n in heard]
    assert told[0] == (0, told[0][1])
    assert told[-1] == (told[0][1], told[0][1])


def test_softer_notes_have_smaller_velocities():
    gap = np.zeros(RATE // 4, np.float32)
    mixed = np.concatenate([gap, piano_note(60, 0.8), gap, 0.1 * piano_note(60, 0.8), gap])
    first, second = MelodyEar.open().hear(mixed, RATE)
    assert second.velocity < first.velocity - 10


def test_silence_has_no_notes():
    assert MelodyEar.open().hear(np.zeros(RATE, np.float32), RATE) == []
    assert MelodyEar.open().hear(np.zeros(0, np.float32), RATE) == []


def test_peaks_are_apart_and_above_the_threshold():
    chances = np.zeros(100, np.float32)
    chances[[10, 12, 40]] = 0.5, 0.9, 0.2
    assert onset_frames(chances) == [12]
    chances[12 + APART + 1] = 0.8
    assert onset_frames(chances) == [12, 12 + APART + 1]
