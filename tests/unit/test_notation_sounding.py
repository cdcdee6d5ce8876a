"""What of a score is heard, as times, as MIDI and as sound."""

from dataclasses import replace
from fractions import Fraction

import numpy as np
import pytest

from models.notation.course import play_order
from models.notation.errors import TooLongScore, UnwritableScore
from models.notation.midi import read_midi, write_midi, write_performance
from models.notation.performance import sounding_notes
from models.notation.score import Bar, Metre, Part, Score
from models.notation.synthesis.sound import play, play_notes, wav_bytes
from tests.scores import E8, H, W, event, small_song


def score_of(*bars, tempo=60.0, **part):
    return Score((Part("P1", bars, **part),), tempo=tempo)


def bar(number, *events, **more):
    return Bar(number, events, **more)


def heard(score, **more):
    return [(n.onset_s, n.offset_s, n.midi) for n in sounding_notes(score, **more)]


def test_a_tied_chain_is_one_note_with_every_id():
    first = bar(1, event("1", 0, "C4", W, note={"tie_start": True}))
    last = bar(2, event("2", 0, "C4", H, note={"tie_stop": True}), event("3", 2, "C4", H))
    notes = sounding_notes(score_of(first, last))
    assert [(n.onset_s, n.offset_s, n.ids) for n in notes] == [(0, 6, ("n1", "n2")), (6, 8, ("n3",))]


def test_repeats_and_endings_are_played_or_not_as_asked():
    song = small_song()
    assert play_order(song) == [0, 1, 2, 1, 3, 4]
    assert [n.bar for n in sounding_notes(song, repeats=False)] == sorted(
        n.bar for n in sounding_notes(song, repeats=False)
    )
    assert sum("n3" in n.ids for n in sounding_notes(song)) == 2
    assert sum("n3" in n.ids for n in sounding_notes(song, repeats=False)) == 1


@pytest.mark.parametrize(
    ("marks", "order"),
    [
        ([{}, {"repeat_end": True}, {}], [0, 1, 0, 1, 2]),
        ([{"repeat_start": True, "repeat_end": True}, {"repeat_end": True}], [0, 0, 1, 1]),
        ([{}, {"ending": "1, 2", "repeat_end": True}, {"ending": "3"}, {}], [0, 1, 0, 1, 0, 2, 3]),
        (
            [{}, {"ending": "1", "repeat_end": True}, {"ending": "2"}, {"repeat_end": True}],
            [0, 1, 0, 2, 3, 3],
        ),
    ],
)
def test_orders_of_play(marks, order):
    assert play_order(score_of(*(bar(n, **mark) for n, mark in enumerate(marks)))) == order


def test_grace_notes_take_their_time_from_the_note_that_follows():
    notes = heard(score_of(bar(1, event("1", 0, "D4", E8, grace=True), event("2", 0, "C4"))))
    assert notes == [(0, 0.125, 62), (0.125, 1, 60)]


def test_grace_notes_before_the_bar_line_stay_within_their_bar():
    notes = heard(score_of(bar(1, event("1", 0, "C4", W), event("2", 4, "D4", E8, grace=True))))
    assert (3.875, 4, 62) in notes


def test_tempo_changes_and_transposing_parts_are_heard():
    bars = bar(1, event("1", 0, "C4", W)), bar(2, event("2", 0, "C4", W), tempo=120.0)
    assert heard(score_of(*bars, transpose=-2)) == [(0, 4, 58), (4, 6, 58)]
    assert heard(score_of(*bars), tempo=240) == [(0, 1, 60), (1, 2, 60)]


def test_a_pickup_lasts_what_it_holds_and_a_gap_what_it_says():
    pickup = bar(0, event("1", 0, "C4"), pickup=True)
    gap = bar(1, gap=True, length=Fraction(3))
    assert heard(score_of(pickup, gap, bar(2, event("2", 0, "D4"), metre=Metre(3, 4))))[-1] == (4, 5, 62)


def test_dynamics_and_accents_are_heard_and_staccato_is_short():
    loud = bar(
        1,
        event("1", 0, "C4", dynamic="pp"),
        event("2", 1, "C4", articulations=("accent", "staccato")),
        event("3", 2, "C4", dynamic="ff"),
    )
    first, second, third = sounding_notes(score_of(loud))
    assert first.velocity < second.velocity < third.velocity
    assert second.offset_s - second.onset_s == 0.5


def test_an_arpeggio_sounds_from_its_lowest_note_up_and_ends_together():
    struck = sounding_notes(score_of(bar(1, event("1", 0, "G4 C4 E4", articulations=("arpeggiate",)))))
    assert [n.midi for n in struck] == [60, 64, 67]
    assert struck[0].onset_s < struck[1].onset_s < struck[2].onset_s < 0.2
    assert len({n.offset_s for n in struck}) == 1


def test_midi_of_a_score_says_what_is_heard():
    for note, want in zip(read_midi(write_midi(small_song())), sounding_notes(small_song()), strict=True):
        assert (note.midi, note.velocity) == (want.midi, want.velocity)
        assert note.onset_s == pytest.approx(want.onset_s, abs=0.002)
        assert note.offset_s == pytest.approx(want.offset_s, abs=0.002)


def test_a_performance_comes_back_to_the_millisecond():
    played = [(0.0, 0.5123, 60, 64), (0.2501, 3.0, 21, 1), (0.5123, 0.9, 60, 127), (0.6, 0.6, 108, 90)]
    for note, want in zip(read_midi(write_performance(played)), sorted(played), strict=True):
        assert (note.midi, note.velocity) == want[2:]
        assert note.onset_s == pytest.approx(want[0], abs=0.001)
        assert note.offset_s == pytest.approx(want[1], abs=0.0015)


@pytest.mark.parametrize(
    "note", [(-1, 1, 60, 60), (1, 0.5, 60, 60), (0, 1, 200, 60), (0, float("nan"), 60, 60)]
)
def test_a_note_with_no_place_in_midi_is_told(note):
    with pytest.raises(UnwritableScore):
        write_performance([note])


def spectrum_peak(samples, rate, low, high):
    size = np.abs(np.fft.rfft(samples * np.hanning(len(samples))))
    frequencies = np.fft.rfftfreq(len(samples), 1 / rate)
    inside = (frequencies > low) & (frequencies < high)
    return frequencies[inside][np.argmax(size[inside])]


@pytest.mark.parametrize("midi", [28, 45, 60, 69, 84, 100])
def test_every_key_sounds_at_its_pitch(midi):
    samples, rate = play_notes([(0, 1.5, midi, 80)])
    frequency = 440 * 2 ** ((midi - 69) / 12)
    assert spectrum_peak(samples, rate, 0.9 * frequency, 1.1 * frequency) == pytest.approx(
        frequency, rel=0.02
    )


def test_sound_is_silent_before_and_after_and_louder_when_struck_harder():
    soft, rate = play_notes([(0.5, 1.0, 60, 30)])
    hard, _ = play_notes([(0.5, 1.0, 60, 110)])
    assert soft.dtype == np.float32
    assert not soft[: round(0.5 * rate)].any()
    assert np.abs(soft[round(1.3 * rate) :]).max(initial=0) < 0.01
    assert np.std(hard) > 2 * np.std(soft)


def test_a_great_chord_stays_within_one_and_a_score_without_notes_is_silence():
    samples, _ = play_notes([(0, 1, midi, 127) for midi in range(30, 90)])
    assert np.abs(samples).max() <= 1
    silence, _ = play(score_of(bar(1)))
    assert len(silence)
    assert not silence.any()


def test_stereo_has_low_keys_left():
    samples, _ = play_notes([(0, 0.5, 30, 80)], stereo=True)
    assert np.std(samples[:, 0]) > np.std(samples[:, 1]) > 0


def test_sound_of_odd_notes_leaves_them_out_and_endless_music_is_refused():
    samples, _ = play_notes(
        [(0, float("nan"), 60, 80), (-1, 1, 60, 80), (1, 0.5, 60, 80), (0, 0.1, 300, 80), (0, 0.1, 0, 80)]
    )
    assert np.isfinite(samples).all()
    with pytest.raises(TooLongScore):
        play_notes([(0, 9_999, 60, 80)])


def test_wav_bytes_are_a_wav_file():
    data = wav_bytes(*play(replace(small_song(), tempo=400.0)))
    assert data[:4] == b"RIFF"
    assert len(data) > 50_000


def test_a_repeat_names_its_notes_again_in_order_of_time():
    heard = sounding_notes(small_song())
    assert [n.onset_s for n in heard] == sorted(n.onset_s for n in heard)
    assert heard[0].onset_s == 0.0
    assert heard[0].ids == ("n1",)
    assert sum("n3" in n.ids for n in heard) == 2


def test_the_heads_of_a_tie_begin_and_end_together():
    first = bar(1, event("1", 0, "C4", W, note={"tie_start": True}), metre=Metre(4, 4))
    second = bar(2, event("2", 0, "C4", W, note={"tie_stop": True}))
    (whole,) = sounding_notes(score_of(first, second))
    assert (whole.onset_s, whole.offset_s) == (0.0, 8.0)
    assert len(whole.ids) == 2
