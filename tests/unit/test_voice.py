"""A sung line becomes notes: glides, vibrato, syllables, breath, tuning."""

import numpy as np
import pytest

from models.transcribe.tuning import keys_of, tuning_of
from models.transcribe.voice.listener import GLIDES, NOTHING, VoiceListener, heard_notes
from models.transcribe.voice.segmentation import FRAME_S, Pitches, SungNote, notes_of

RATE = 16_000


def track(*pieces):
    """A track of (frames, pitch or (from, to), level, voiced) pieces."""
    midi, level, voiced = [], [], []
    for frames, pitch, loud, chance in pieces:
        first, last = pitch if isinstance(pitch, tuple) else (pitch, pitch)
        midi += np.linspace(first, last, frames).tolist()
        level += [loud] * frames
        voiced += [chance] * frames
    return Pitches(np.array(midi), np.array(voiced), np.array(level))


REST = (20, 0.0, -70.0, 0.0)


def pitches(found):
    return [round(n.pitch) for n in found]


def test_notes_parted_by_rests():
    found = notes_of(track(REST, (40, 60.1, -20.0, 0.9), REST, (40, 62.0, -20.0, 0.9), REST))
    assert pitches(found) == [60, 62]
    assert [n.onset_s for n in found] == pytest.approx([20 * FRAME_S, 80 * FRAME_S], abs=0.02)
    assert found[0].pitch == pytest.approx(60.1, abs=0.05)


def test_a_glide_belongs_to_the_note_that_it_leads_into():
    found = notes_of(track(REST, (8, (58.6, 60.0), -20.0, 0.9), (50, 60.0, -20.0, 0.9), REST))
    assert pitches(found) == [60]
    assert found[0].onset_s == pytest.approx(20 * FRAME_S, abs=0.02)


def test_vibrato_is_one_note():
    wave = 64 + 0.5 * np.sin(2 * np.pi * 5.5 * np.arange(80) * FRAME_S)
    found = notes_of(Pitches(wave, np.full(80, 0.9), np.full(80, -20.0)))
    assert pitches(found) == [64]


def test_a_syllable_on_the_same_pitch_is_a_new_note():
    found = notes_of(track(REST, (30, 60.0, -20.0, 0.9), (4, 60.0, -34.0, 0.6), (30, 60.0, -20.0, 0.9), REST))
    assert pitches(found) == [60, 60]


def test_slurred_notes_are_parted_by_their_pitch():
    found = notes_of(track(REST, (30, 60.0, -20.0, 0.9), (30, 62.0, -20.0, 0.9), REST))
    assert pitches(found) == [60, 62]


def test_breath_and_the_room_are_no_notes():
    found = notes_of(
        track(REST, (30, 60.0, -20.0, 0.9), (30, 40.0, -48.0, 0.8), (30, 62.0, -20.0, 0.9), REST)
    )
    assert pitches(found) == [60, 62]


def test_no_voice_no_notes():
    assert notes_of(track(REST)) == []
    assert notes_of(Pitches(np.zeros(0), np.zeros(0), np.zeros(0))) == []


def test_an_instrument_off_440_is_written_in_its_own_tuning():
    # all 55 to 60 cents low: as it stands, the nearest key of A = 440 Hz is another for some of them
    scale = [60 - 0.45, 62 - 0.55, 64 - 0.48, 65 - 0.52]
    tuning, agreement = tuning_of(scale, [1, 1, 1, 1])
    assert abs(abs(tuning) - 0.5) < 0.05
    assert agreement > 0.9
    steps = np.diff(keys_of(scale, [1, 1, 1, 1]))
    assert steps.tolist() == [2, 2, 1]


def test_between_two_keys_the_scale_of_the_others_decides():
    sung = [60.0, 62.2, 63.9, 65.1, 66.9, 68.8, 71.2, 72.0, 65.51]
    assert keys_of(sung, [1] * 9)[-1] == 65


def test_the_other_near_key_is_an_alternative():
    (note,) = heard_notes([SungNote(0.5, 1.0, 60.4, -20.0, 0.9)])
    assert note.midi == 60
    assert [a.midi for a in note.alternatives] == [61]
    (sure,) = heard_notes([SungNote(0.5, 1.0, 60.0, -20.0, 0.9)])
    assert sure.certainty > note.certainty


def sung(midis, seconds=0.6):
    """Vowels with vibrato, a gap between them."""
    out = []
    for midi in midis:
        time = np.arange(round(seconds * RATE)) / RATE
        hertz = 440 * 2 ** ((midi - 69 + 0.25 * np.sin(2 * np.pi * 5.5 * time)) / 12)
        phase = 2 * np.pi * np.cumsum(hertz) / RATE
        tone = sum(np.sin(k * phase) / k for k in range(1, 9))
        out += [tone * np.hanning(len(tone)) ** 0.2, np.zeros(round(0.12 * RATE))]
    return np.asarray(0.1 * np.concatenate([np.zeros(RATE // 4), *out]), np.float32)


def test_a_sung_tune_is_heard():
    heard = VoiceListener().hear(sung([57, 59, 60, 64]), RATE)
    assert [n.midi for n in heard.notes] == [57, 59, 60, 64]
    assert heard.mode == "voice"
    assert GLIDES not in heard.hints


def test_long_recordings_are_tracked_in_pieces_without_a_seam():
    heard = VoiceListener().hear(sung([57, 60] * 20), RATE)
    assert [n.midi for n in heard.notes] == [57, 60] * 20


def test_noise_is_no_voice():
    noise = np.random.default_rng(0).normal(0, 0.1, 2 * RATE).astype(np.float32)
    heard = VoiceListener().hear(noise, RATE)
    assert not heard.notes
    assert heard.hints == (NOTHING,)


def bowed(depth_db, wavering_db=0.0, seconds=1.6):
    """A held C4 whose level falls sharply in the middle and comes back over a quarter of a second, wavering six times a second."""
    frames = round(seconds / FRAME_S)
    at = np.arange(frames) * FRAME_S - seconds / 2
    dip = np.where(at < 0, np.clip(1 + at / 0.05, 0, 1), np.clip(1 - at / 0.25, 0, 1))
    level = -16.0 - depth_db * dip + wavering_db * np.sin(2 * np.pi * 6 * at)
    return Pitches(np.full(frames, 60.0), np.full(frames, 0.99), level)


def test_a_bow_that_begins_the_same_note_again_is_heard():
    notes = notes_of(bowed(9.0))
    assert [round(n.pitch) for n in notes] == [60, 60]
    assert notes[1].onset_s == pytest.approx(0.8, abs=0.05)


@pytest.mark.parametrize("track", [bowed(0.0, 2.5), bowed(4.0), bowed(0.0, 2.5, seconds=4.0)])
def test_a_note_that_wavers_or_swells_stays_one(track):
    assert len(notes_of(track)) == 1
