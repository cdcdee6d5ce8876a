"""Bar lines and metres from rhythms; and the melodies of the benchmark are what they say."""

from fractions import Fraction
from itertools import pairwise

import numpy as np
import pytest

from benchmarks.melodies import METRES, Piano, melodies, sound_of
from models.notation.score import Metre
from models.transcribe.score.metre import bar_lines, beats_a_bar, estimated, parse
from models.transcribe.score.rhythm import COMPOUND, follow

F = Fraction


def places(*values):
    """Where notes of these lengths begin, in beats."""
    at, out = F(0), []
    for value in values:
        out.append(at)
        at += F(value)
    return out


@pytest.mark.parametrize("metre", ["4/4", "3/4", "2/4", "6/8", "5/4", "9/8", "12/8", "7/8", "2/2", "1/4"])
def test_a_tune_that_fills_its_bars_begins_with_one(metre):
    read = parse(metre)
    count = beats_a_bar(read)
    tune = places(*([1] * count + [count]) * 4)
    assert bar_lines(tune, [80.0] * len(tune), read).first_downbeat == 0


def test_a_pickup_is_heard_by_its_longer_and_louder_downbeats():
    tune = places(1, *[2, 1] * 6)
    loud = [60.0, *[100.0, 60.0] * 6]
    assert bar_lines(tune, loud, Metre(3, 4)).first_downbeat == 1


def test_bars_that_repeat_tell_three_from_four():
    for values, beats in (([2, 1, 1, 1, 1] * 5, 3), ([1, 1, 2, 2, 1, 1] * 3, 4)):
        onsets = [0.3 + 0.55 * float(p) for p in places(*values)]
        loudness = [80.0] * len(onsets)
        rhythm, barring = estimated(follow(onsets), follow(onsets, grid=COMPOUND), loudness)
        assert barring.metre.beats == beats
        assert rhythm.tempo == pytest.approx(60 / 0.55, rel=0.03)


@pytest.mark.parametrize("text", ["", "4", "4/5", "0/4", "17/4", "x/4", "4/4/4"])
def test_what_is_no_metre_is_refused(text):
    with pytest.raises(ValueError, match="no metre"):
        parse(text)


@pytest.fixture(scope="module")
def sines():
    t = np.arange(44_100) / 44_100
    keys = range(21, 109, 3)
    return Piano({m: (np.float32(np.sin(880 * np.pi * 2 ** ((m - 69) / 12) * t)),) for m in keys})


def test_the_benchmarks_melodies_fill_whole_bars_in_every_metre(sines):
    found = melodies(1, 16, sines)
    assert {m.metre for m in found} == set(METRES)
    for melody in found:
        last = melody.notes[-1]
        for note, after in pairwise(melody.notes):
            assert note.start + note.value <= after.start
            assert note.onset_s < after.onset_s
            assert note.midi != after.midi or note.offset_s < after.onset_s
        whole = (last.start + last.value) / melody.metre.quarters
        assert whole.denominator == 1 or last.value < melody.metre.quarters


def test_the_benchmarks_melodies_are_drawn_anew_by_each_seed_and_the_same_by_one(sines):
    one, same, other = melodies(1, 3, sines), melodies(1, 3, sines), melodies(2, 3, sines)
    assert one == same
    assert one != other
    sound = sound_of(one[0], sines, np.random.default_rng(0))
    assert len(sound) == pytest.approx(44_100 * one[0].seconds, abs=2)
    assert np.abs(sound).max() == pytest.approx(0.5, abs=1e-3)
