"""Bar lines and metres from rhythms; and the melodies of the benchmark are what they say."""

from fractions import Fraction
from itertools import pairwise

import numpy as np
import pytest

from benchmarks.melodies import METRES, Piano, melodies, sound_of
from models.notation.score import Metre
from models.transcribe.score.bar_rhythms import BarRhythms, bar_units, told_apart
from models.transcribe.score.metre import beats_a_bar, parse
from models.transcribe.score.readings import FEATURES, Line, ranked

F = Fraction


def places(*values):
    """Where notes of these lengths begin, in beats."""
    at, out = F(0), []
    for value in values:
        out.append(at)
        at += F(value)
    return out


def read(values, *, tempo=100.0, metre=None, given=None, loud=None, midis=(60, 62, 64, 65, 67, 65, 64, 62)):
    """The readings of notes of these values (in quarters) played evenly at a tempo."""
    onsets = [0.3 + float(p) * 60 / tempo for p in places(*values)]
    line = Line(onsets, loud or [80.0] * len(onsets), [midis[i % len(midis)] for i in range(len(onsets))])
    return ranked(line, tempo=given, metre=metre)


def name(reading):
    return f"{reading.metre.beats}/{reading.metre.beat_type}"


@pytest.mark.parametrize("metre", ["4/4", "3/4", "2/4", "6/8", "5/4", "9/8", "12/8", "7/8", "2/2"])
def test_a_tune_that_fills_its_bars_begins_with_one(metre):
    wanted = parse(metre)
    beat = F(4 * (3 if wanted.beat_type == 8 and wanted.beats % 3 == 0 else 1), wanted.beat_type)
    count = beats_a_bar(wanted)
    tune = [beat * v for v in ([1] * count + [count]) * 4]
    first = read(tune, metre=wanted, tempo=120, given=float(120 / beat))[0]
    assert first.barring.first_downbeat % count == first.rhythm.beats[0] % count
    assert first.metre == wanted


def test_a_pickup_is_heard_by_its_longer_and_louder_downbeats():
    first = read([1, *[2, 1] * 6], metre=Metre(3, 4), loud=[60.0, *[100.0, 60.0] * 6])[0]
    assert (first.barring.first_downbeat - first.rhythm.beats[0]) % 3 == 1


@pytest.mark.parametrize(
    ("values", "metre"),
    [
        ([2, 1, 1, 1, 1, 2, 1, 3] * 3, "3/4"),
        ([1, 1, 2, F(3, 2), F(1, 2), 2, 1, 1, F(1, 2), F(1, 2), 1, 4] * 2, "4/4"),
        ([1, 1, 1, 1, 1, 2, 1, 2, 1, 1, 1, 1, 1, 3, 2], "5/4"),
        ([F(1, 2), F(1, 2), F(1, 2), 1, 1, F(3, 2), 1, 1] * 3, "7/8"),
        ([1, F(1, 2), 1, F(1, 2), F(1, 2), F(1, 2), F(1, 2), F(3, 2)] * 4, "6/8"),
    ],
    ids=["waltz", "march", "five", "seven", "jig"],
)
def test_metres_are_told_by_what_tunes_do_in_their_bars(values, metre):
    tempo = 120 if metre == "5/4" else 100
    first = read(values, tempo=tempo)[0]
    assert name(first) == metre
    quarter = first.rhythm.tempo * {"6/8": 1.5, "7/8": 0.5}.get(metre, 1)
    assert quarter == pytest.approx(tempo, rel=0.03)


def test_other_tempi_and_metres_are_kept_with_their_chances():
    readings = read([1, 1, 1, 1, 1, 1, 2, 1, 1, 1, 1, 1, F(1, 2), F(1, 2), 2], tempo=240)
    chances = [r.chance for r in readings]
    assert chances == sorted(chances, reverse=True)
    assert 0.9 < sum(chances) <= 1.0 + 1e-9
    quick = [r for r in readings if name(r) == "4/4" and r.rhythm.tempo == pytest.approx(240, rel=0.03)]
    slow = [r for r in readings if name(r) == "4/4" and r.rhythm.tempo == pytest.approx(120, rel=0.03)]
    assert quick[0].chance > 0.001
    assert slow[0].chance > 0.03


def test_what_is_given_is_kept():
    tune = [1, 1, 2, 1, 1, 2, F(1, 2), F(1, 2), 1, 2]
    assert {name(r) for r in read(tune, metre=Metre(5, 8))} == {"5/8"}
    for reading in read(tune, given=50.0):
        assert reading.rhythm.tempo == pytest.approx(50, rel=0.15)
    assert name(read(tune, metre=Metre(3, 4), given=100.0)[0]) == "3/4"


def test_the_shipped_counts_are_chances():
    tables = BarRhythms.shipped()
    assert set(tables.weights) == set(FEATURES)
    for metre in told_apart():
        steps = np.exp(tables.log_steps(metre))
        assert steps.shape[0] == bar_units(metre)
        assert (steps.sum(1) < 1.6).all()
        assert np.exp(tables.log_starts(metre)).sum() == pytest.approx(1)


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
