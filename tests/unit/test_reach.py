"""How far notes of a performance reach on paper: to the next chord of their hand, unless much speaks for more or less."""

from fractions import Fraction

import numpy as np
import pytest

from models.transcribe.heard import HeardNote
from models.transcribe.score.note_network import LENGTHS
from models.transcribe.score.performed import read_performance
from models.transcribe.score.reach import Struck, by_hand, gaps, written_lengths
from models.transcribe.score_training.lengths import fitted

F = Fraction
BEAT_S = 0.5


def struck(start, midi, held, told=1.0):
    """A note held for so many quarter notes, which the network would write ``told`` long."""
    onset = float(start) * BEAT_S
    chances = -3.0 * np.abs(np.log(np.array(LENGTHS) / 24 / told))
    return Struck(
        F(start),
        F(1),
        HeardNote(onset, onset + held * BEAT_S, midi, 70, 1.0),
        chances - np.log(np.exp(chances).sum()),
    )


def test_notes_under_a_pedal_or_let_go_early_last_until_the_next():
    line = [struck(n, 60 + 2 * n, held, told=held) for n, held in enumerate((0.6, 1.9, 1.0, 2.0, 1.0))]
    assert written_lengths(line)[:4] == [F(1)] * 4


def test_a_bass_note_held_under_what_goes_on_above_it_lasts_on():
    hand = [struck(0, 40, 3.9, told=4.0), *(struck(F(n, 2), 62 + n % 3, 0.5, told=0.5) for n in range(1, 9))]
    lengths = written_lengths(hand)
    assert lengths[0] >= 2
    assert lengths[1:-1] == [F(1, 2)] * 7


def test_a_short_note_before_a_long_silence_is_not_stretched_over_it():
    hand = [struck(0, 60, 0.4, told=0.5), struck(4, 62, 1.0)]
    assert written_lengths(hand)[0] <= 1


def test_the_last_chord_has_no_gap_behind_it():
    assert gaps([struck(0, 60, 1), struck(1, 64, 1)])[1] is None
    assert written_lengths([struck(0, 60, 1.0, told=2.0)]) == [F(2)]


def test_each_hand_goes_its_own_way():
    notes = {
        0: struck(0, 48, 2.0, told=2.0),
        1: struck(0, 72, 1.0),
        2: struck(1, 74, 1.0),
        3: struck(2, 50, 1.0),
    }
    lengths = by_hand(notes, [2, 1, 1, 2])
    assert lengths[0] == 2
    assert lengths[1] == 1


def test_one_line_under_a_pedal_is_written_in_one_voice():
    tune = [60, 62, 64, 65, 67, 65, 64, 62] * 8
    bass = [HeardNote(1 + 4 * BEAT_S * n, 1 + 4 * BEAT_S * (n + 1), 36 + n % 3, 60, 1.0) for n in range(16)]
    upper = [
        HeardNote(1 + BEAT_S * n, 1 + BEAT_S * n + (0.35, 1.1)[n % 2], midi, 80, 1.0)
        for n, midi in enumerate(tune)
    ]
    read = read_performance(sorted([*bass, *upper], key=lambda n: (n.onset_s, n.midi)))
    right = [p for p in read.placed if p.staff == 1]
    assert len({p.voice for p in right}) == 1


def test_the_fit_finds_what_speaks_for_a_class():
    rng = np.random.default_rng(3)
    told = np.column_stack([rng.normal(size=400), rng.normal(size=400), np.ones(400)])
    weights = fitted(told, told[:, 0] > 0.5)
    assert weights[0] > 1
    assert abs(weights[1]) < 0.5
    assert ((told @ weights > 0) == (told[:, 0] > 0.5)).mean() == pytest.approx(1, abs=0.1)
