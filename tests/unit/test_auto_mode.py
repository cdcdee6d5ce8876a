"""Which listener the mode auto chooses, and that it says so truly."""

import numpy as np
import pytest

from models.transcribe.automatic import GLIDES, REASONS, AutomaticListener, kind_of
from models.transcribe.ear.hearing import NO_NOTE
from models.transcribe.heard import HeardNote
from models.transcribe.listener import Transcription
from models.transcribe.piano.tuning import piano_tuning
from models.transcribe.registry import mode_named
from models.transcribe.sound import resampled, sound_of
from models.transcribe.texture import Texture, texture_of
from models.transcribe.voice.pitch import tracked
from models.transcribe.voice.segmentation import FRAME_S, Pitches, SungNote, notes_of
from tests.tones import RATE, piano_note, tune
from tests.unit.test_voice import RATE as VOICE_RATE
from tests.unit.test_voice import sung


@pytest.fixture(scope="module")
def auto():
    return mode_named("auto").open()


def chords(*keys, before=0.2):
    parts = [sum(piano_note(k, 1.0) for k in chord) for chord in keys]
    joined = np.concatenate([np.zeros(round(before * RATE)), *parts])
    return np.asarray(0.6 * joined / np.abs(joined).max(), np.float32)


PIECE = ((48, 64, 67), (53, 65, 69), (55, 62, 71), (48, 64, 72))


def test_chords_are_piano_music(auto):
    heard = auto.hear(chords(*PIECE), RATE)
    assert heard.mode == "piano"
    assert heard.hints[-1] == REASONS["piano"]
    assert len(heard.notes) >= 10


def test_one_chord_is_piano_music_and_no_note(auto):
    assert auto.hear(chords((48, 64, 67)), RATE).mode == "piano"


def test_a_sung_tune_is_a_voice(auto):
    heard = auto.hear(sung([57, 59, 60, 64]), VOICE_RATE)
    assert heard.mode == "voice"
    assert heard.hints[-1] == REASONS["voice"]


def test_a_tune_of_a_piano_is_a_melody(auto):
    heard = auto.hear(tune([60, 64, 67, 72, 71]), RATE)
    assert heard.mode == "melody"
    assert heard.hints[-1] == REASONS["melody"]


@pytest.mark.parametrize("kind", ["silence", "noise", "clicks"])
def test_where_there_is_no_music_nothing_is_claimed(auto, kind):
    rng = np.random.default_rng(2)
    samples = {
        "silence": np.zeros(2 * RATE),
        "noise": rng.normal(0, 0.1, 2 * RATE),
        "clicks": (rng.random(2 * RATE) < 5 / RATE) * 0.5,
    }[kind]
    heard = auto.hear(np.asarray(samples, np.float32), RATE)
    assert heard.hints
    assert heard.mode == "note"
    assert not set(REASONS.values()) & set(heard.hints)


def track_of(spans, midi=60.0, db_a_second=15.0):
    """A held pitch whose level jumps up at the beginning of each span (seconds) and falls from there."""
    frames = round(spans[-1][1] / FRAME_S)
    level = np.full(frames, -60.0)
    for begin, end in spans:
        inside = np.arange(round(begin / FRAME_S), round(end / FRAME_S))
        level[inside] = -10.0 - db_a_second * (inside - inside[0]) * FRAME_S
    return Pitches(np.full(frames, midi), np.ones(frames), level)


def test_a_key_struck_again_and_again_is_no_held_note():
    spans = [(0.5 * n, 0.5 * n + 0.5) for n in range(4)]
    piano = [HeardNote(begin, end, 60, 80, 0.95) for begin, end in spans]
    sung = [SungNote(0.0, 2.0, 60.0, -10.0, 0.9), SungNote(0.0, 2.0, 60.0, -10.0, 0.9)]
    texture = texture_of(piano, track_of(spans), sung)
    assert texture.falling == pytest.approx(15, abs=1)
    assert kind_of(texture) == "melody"
    held = texture_of(piano[:1], track_of([(0.0, 2.0)], db_a_second=0.5), sung)
    assert held.falling < 2


def test_a_string_between_two_keys_is_one_key():
    spans = [(0.5 * n, 0.5 * n + 0.5) for n in range(4)]
    both = [HeardNote(begin, end, midi, 80, 0.9) for begin, end in spans for midi in (60, 61)]
    third = [HeardNote(begin, end, midi, 80, 0.9) for begin, end in spans for midi in (60, 64)]
    assert texture_of(both, track_of(spans), []).chords == 0
    assert texture_of(third, track_of(spans), []).chords == 1


class Fixed:
    """A listener that hears what it is told, and an ear that is sure that it is no note."""

    kinds = {"note": 0.0, "chord": 0.0, "other": 0.9}  # noqa: RUF012

    def hear(self, samples, rate, **_):
        if not hasattr(self, "notes"):
            return self
        return Transcription(self.notes, (), "piano", "stand-in")


def test_what_is_no_piano_is_not_called_piano_music():
    piano, ear = Fixed(), Fixed()
    piano.notes = tuple(HeardNote(0.2 * n, 0.2 * n + 0.1, 60 + k, 80, 0.9) for n in range(8) for k in (0, 4))
    listeners = {"note": piano, "melody": piano, "piano": piano, "voice": piano}
    noise = np.random.default_rng(1).normal(0, 0.1, 2 * RATE).astype(np.float32)
    assert AutomaticListener(listeners, ear).hear(noise, RATE).hints == (GLIDES,)
    ear.kinds = {"note": 0.9, "chord": 0.0, "other": 0.1}
    assert AutomaticListener(listeners, ear).hear(noise, RATE).hints == (REASONS["piano"],)


@pytest.mark.parametrize("hertz", [430, 432, 446])
def test_another_tuning_is_named(hertz):
    samples = np.asarray(resampled(chords(*PIECE), 440 * 100, round(440 * 100 * 440 / hertz)), np.float32)
    plain, _ = piano_tuning(chords(*PIECE), RATE)
    moved, agreement = piano_tuning(samples, RATE)
    assert moved - plain == pytest.approx(-12 * np.log2(440 / hertz), abs=0.05)
    assert agreement > 0.5


def test_a_low_rate_a_high_rate_and_a_dead_channel_still_give_the_chords(auto):
    samples = chords(*PIECE)
    for rate in (8_000, 96_000):
        sound = sound_of(resampled(samples, RATE, rate), rate)
        heard = auto.hear(sound.samples, sound.rate)
        assert heard.mode == "piano"
        assert any("4 kHz" in hint for hint in heard.hints) == (rate == 8_000)
    dead = sound_of(np.stack([samples, np.zeros_like(samples)], 1), RATE)
    assert auto.hear(dead.samples, dead.rate).mode == "piano"


def test_a_clipped_recording_is_called_clipped(auto):
    heard = auto.hear(np.clip(chords(*PIECE) * 8, -0.9, 0.9), RATE)
    assert any("clipped" in hint for hint in heard.hints)


def test_texture_of_a_tune_and_of_a_voice():
    track = tracked(sung([57, 59, 60, 64]), VOICE_RATE)
    texture = texture_of([], track, notes_of(track))
    assert texture.lines == 4
    assert texture.wavering > 0.1
    assert texture.steady > 0.6
    assert kind_of(texture) == "voice"
    assert kind_of(Texture(8, 0.6, 0.3, 0.9, 3, 0.3, 0.05, 15.0)) == "piano"
    assert kind_of(Texture(1, 0.0, 0.0, 0.9, 1, 0.9, 0.02, 20.0)) == "note"


def drum_loop(seconds=4):
    rng = np.random.default_rng(4)
    out, t = np.zeros(seconds * RATE), np.arange(int(0.2 * RATE)) / RATE
    for beat in range(16):
        hat = 0.15 * rng.normal(size=len(t)) * np.exp(-t / 0.02)
        kick = 0.7 * np.sin(2 * np.pi * (50 * t + 1.8 * (1 - np.exp(-t / 0.03)))) * np.exp(-t / 0.08)
        snare = 0.4 * rng.normal(size=len(t)) * np.exp(-t / 0.06)
        at = int((0.1 + beat * 0.23) * RATE)
        out[at : at + len(t)] += hat + kick * (beat % 4 == 0) + snare * (beat % 4 == 2)
    return out


def babble(seconds=4):
    """What speech is like: a buzz that glides, through a formant that moves, in syllables."""
    t = np.arange(seconds * RATE) / RATE
    hertz = 120 * 2 ** (0.35 * np.sin(2 * np.pi * 0.9 * t) + 0.2 * np.sin(2 * np.pi * 2.3 * t))
    turns, formant = np.cumsum(hertz) / RATE, 600 + 300 * np.sin(2 * np.pi * 1.7 * t)
    buzz = sum(
        np.sin(2 * np.pi * k * turns) / k**0.7 * np.exp(-(((k * hertz - formant) / 400) ** 2) / 2)
        for k in range(1, 25)
    )
    syllables = np.sin(2 * np.pi * 3.4 * t)
    gate = (syllables > -0.4) * (0.5 + 0.5 * syllables)
    return 0.3 * buzz * gate + 0.02 * np.random.default_rng(4).normal(size=len(t)) * gate


@pytest.mark.parametrize("sound", [drum_loop, babble])
def test_drums_and_speech_are_not_called_a_piano(auto, sound):
    samples = sound()
    heard = auto.hear(np.asarray(0.7 * samples / np.abs(samples).max(), np.float32), RATE)
    assert heard.hints == (NO_NOTE,)


def test_a_piano_at_another_pitch_is_written_as_it_sounds(auto):
    """A = 415 Hz is a semitone lower: nothing in the sound tells that from other keys."""
    low = np.asarray(resampled(chords(*PIECE), 415 * 100, 440 * 100), np.float32)
    plain, lower = (sorted(n.midi for n in auto.hear(s, RATE).notes)[:3] for s in (chords(*PIECE), low))
    assert lower == [midi - 1 for midi in plain]
