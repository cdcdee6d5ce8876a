"""Notes from the chances of frames: in order, once each, whether they come at once or piece by piece."""

import numpy as np
import pytest

from models.transcribe.piano.decoding import NoteTracker, Thresholds
from models.transcribe.piano.spectra import FRAMES_PER_SECOND

LIMIT = Thresholds(struck=0.5, candidate=0.15, sounding=0.3, ending=0.5, again=0.6)


def chances(*notes, frames=200):
    """(4, frames, 88) of (key, onset frame, end frame, chance, loudness), as a certain network would give them."""
    out = np.zeros((4, frames, 88), np.float32)
    for key, begin, end, chance, loud in notes:
        out[0, begin - 1 : begin + 2, key] = (0.4 * chance, chance, 0.4 * chance)
        out[1, begin:end, key] = 0.9
        out[2, end, key] = 0.9
        out[3, begin, key] = loud
    return out


def heard(array, pieces=1):
    tracker = NoteTracker(LIMIT)
    notes = []
    for piece in np.array_split(array, pieces, axis=1):
        notes += tracker.push(piece)
    return notes + tracker.flush(), tracker.candidates


def test_a_note_has_its_key_times_and_velocity():
    notes, _ = heard(chances((39, 50, 120, 0.9, 0.5)))
    (note,) = notes
    assert note.midi == 60
    assert note.onset_s == pytest.approx(50 / FRAMES_PER_SECOND)
    assert note.offset_s == pytest.approx(120 / FRAMES_PER_SECOND, abs=0.03)
    assert note.velocity == 64
    assert note.certainty == pytest.approx(0.9)


def test_an_onset_between_two_frames_is_found_between_them():
    array = chances((39, 50, 120, 0.9, 0.5))
    array[0, 51, 39] = 0.8
    (note,), _ = heard(array)
    assert 50 < note.onset_s * FRAMES_PER_SECOND < 50.5


@pytest.mark.parametrize("pieces", [2, 3, 7, 40, 200])
def test_pieces_of_any_length_give_the_same_notes(pieces):
    rng = np.random.default_rng(4)
    notes = [
        (int(k), int(b), int(b + d), float(c), 0.5)
        for k, b, d, c in zip(
            rng.integers(0, 88, 40),
            rng.integers(2, 170, 40),
            rng.integers(3, 28, 40),
            rng.uniform(0.2, 1, 40),
            strict=True,
        )
    ]
    whole, faint = heard(chances(*notes))
    assert len(whole) > 10
    assert len(faint) > 3
    assert [(n.midi, n.onset_s, n.offset_s) for n in heard(chances(*notes), pieces)[0]] == [
        (n.midi, n.onset_s, n.offset_s) for n in whole
    ]


def test_notes_come_in_order_although_the_first_ends_last():
    notes, _ = heard(chances((20, 10, 190, 0.9, 0.5), (30, 40, 60, 0.9, 0.5), (30, 80, 90, 0.9, 0.5)), 20)
    assert [n.midi for n in notes] == [41, 51, 51]


def test_a_key_struck_again_ends_its_earlier_note():
    notes, _ = heard(chances((20, 10, 190, 0.9, 0.5), (20, 100, 190, 0.9, 0.5)))
    assert len(notes) == 2
    assert notes[0].offset_s == pytest.approx(100 / FRAMES_PER_SECOND)


def test_beating_strings_strike_nothing_again():
    array = chances((20, 10, 190, 0.9, 0.5), (20, 100, 190, 0.55, 0.5))
    notes, faint = heard(array)
    assert len(notes) == 1
    assert [n.certainty for n in faint] == pytest.approx([0.55])


def test_what_is_too_faint_for_a_note_stays_a_candidate():
    notes, faint = heard(chances((20, 10, 60, 0.9, 0.5), (32, 10, 40, 0.3, 0.4)))
    assert [n.midi for n in notes] == [41]
    assert [n.midi for n in faint] == [53]
    assert faint[0].offset_s > faint[0].onset_s
    assert [a.midi for a in notes[0].alternatives] == [53]


def test_a_pedalled_note_lasts_while_it_sounds():
    array = chances((20, 10, 60, 0.9, 0.5))
    array[1, 60:150, 20] = 0.8
    array[2, 60, 20] = 0.1
    (note,), _ = heard(array)
    assert note.offset_s == pytest.approx(150 / FRAMES_PER_SECOND, abs=0.03)


def test_the_ends_of_the_keyboard_need_less_to_count():
    notes, faint = heard(chances((0, 20, 60, 0.35, 0.5), (87, 80, 90, 0.35, 0.5), (40, 120, 150, 0.35, 0.5)))
    assert [n.midi for n in notes] == [21, 108]
    assert [n.midi for n in faint] == [61]


def test_a_string_between_two_of_the_highest_keys_is_one_note():
    notes, faint = heard(chances((85, 50, 60, 0.9, 0.5), (86, 51, 60, 0.7, 0.5), (84, 120, 130, 0.7, 0.5)))
    assert [n.midi for n in notes] == [106, 105]
    assert [n.midi for n in faint] == [107]
    low, _ = heard(chances((40, 50, 60, 0.9, 0.5), (41, 51, 60, 0.7, 0.5)))
    assert [n.midi for n in low] == [61, 62]


@pytest.mark.parametrize(("interval", "chance", "written"), [(46, 0.7, 1), (46, 0.9, 2), (40, 0.7, 2)])
def test_the_ring_of_a_low_hammer_is_no_note_of_its_own(interval, chance, written):
    notes, faint = heard(chances((6, 50, 150, 0.9, 0.5), (6 + interval, 51, 60, chance, 0.5)))
    assert len(notes) == written
    assert len(notes) + len(faint) == 2


@pytest.mark.parametrize("interval", [12, 19, 31])
def test_a_brief_overtone_of_a_key_that_sounds_on_is_a_candidate(interval):
    notes, candidates = heard(chances((39, 50, 150, 0.9, 0.5), (39 + interval, 50, 57, 0.8, 0.5)))
    assert [n.midi for n in notes] == [60]
    assert [n.midi for n in candidates] == [60 + interval]


@pytest.mark.parametrize(
    "second",
    [(51, 50, 80, 0.8, 0.5), (51, 50, 57, 0.95, 0.5), (46, 50, 57, 0.8, 0.5), (51, 60, 67, 0.8, 0.5)],
    ids=["lasts", "certain", "no overtone", "later"],
)
def test_what_is_more_than_a_brief_overtone_is_a_note(second):
    notes, _ = heard(chances((39, 50, 150, 0.9, 0.5), second))
    assert len(notes) == 2


def test_both_notes_of_a_short_octave_are_written():
    assert len(heard(chances((39, 50, 57, 0.8, 0.5), (51, 50, 56, 0.8, 0.5)))[0]) == 2


def test_what_a_low_blow_sets_ringing_is_a_candidate():
    assert [n.midi for n in heard(chances((3, 50, 150, 0.9, 0.5), (11, 51, 57, 0.8, 0.5)))[0]] == [24]
