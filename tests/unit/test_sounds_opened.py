"""Recordings of every kind opened to one channel, and a sentence for each that cannot be."""

import io
import subprocess

import numpy as np
import pytest
import soundfile

from models.transcribe.errors import (
    AbsurdRate,
    EmptyRecording,
    NeedsFfmpeg,
    NotASound,
    NotFinite,
    SoundError,
    TooBrief,
    TooLong,
    UnreadableRecording,
)
from models.transcribe.sound import open_sound, sound_of
from tests.programs import need_ffmpeg

RATE = 44_100
NOISE = np.random.default_rng(0).normal(0, 0.1, RATE).astype(np.float32)


def encoded(samples=NOISE, rate=RATE, kind="WAV", subtype=None):
    out = io.BytesIO()
    soundfile.write(out, samples, rate, format=kind, subtype=subtype)
    return out.getvalue()


@pytest.mark.parametrize(
    ("kind", "subtype"),
    [("WAV", "PCM_16"), ("WAV", "FLOAT"), ("FLAC", "PCM_16"), ("OGG", "VORBIS"), ("MP3", "MPEG_LAYER_III")],
)
def test_every_kind_gives_about_its_samples(kind, subtype):
    opened = open_sound(encoded(np.stack([NOISE] * 2, 1), RATE, kind, subtype))
    assert opened.rate == RATE
    assert opened.samples.dtype == np.float32
    assert opened.seconds == pytest.approx(1.0, abs=0.1)
    assert np.square(opened.samples).mean() == pytest.approx(0.01, rel=0.4)
    assert not opened.cut_off


def test_a_path_and_bytes_are_the_same(tmp_path):
    (tmp_path / "a.wav").write_bytes(encoded())
    assert np.array_equal(open_sound(tmp_path / "a.wav").samples, open_sound(encoded()).samples)


def test_high_rates_are_brought_down_and_many_channels_mixed():
    opened = open_sound(encoded(np.stack([np.repeat(NOISE, 2)] * 6, 1), 96_000))
    assert opened.rate == 48_000
    assert opened.samples.ndim == 1


def test_channels_that_cancel_are_not_mixed_to_silence():
    opened = open_sound(encoded(np.stack([NOISE, -NOISE], 1)))
    assert np.abs(opened.samples).max() > 0.2


def test_a_file_that_ends_early_gives_what_it_holds():
    whole = encoded()
    opened = open_sound(whole[: len(whole) // 2])
    assert opened.cut_off
    assert opened.seconds == pytest.approx(0.5, abs=0.05)


def test_integers_are_scaled_and_nothing_else_changed():
    assert np.allclose(sound_of((NOISE * 32767).astype(np.int16), RATE).samples, NOISE, atol=1e-4)


@pytest.mark.parametrize(
    ("data", "fault"),
    [
        (b"", EmptyRecording),
        (b"hello" * 100, NotASound),
        (b"\x00\x00\x00\x20ftypM4A " + bytes(40), (NeedsFfmpeg, NotASound)),
        (encoded(np.where(np.arange(RATE) == 5, np.nan, NOISE), subtype="FLOAT"), NotFinite),
        (encoded(NOISE[:100]), TooBrief),
        (encoded(NOISE[:500], 500), AbsurdRate),
    ],
    ids=["empty", "text", "m4a that is none", "nan", "brief", "rate"],
)
def test_each_fault_has_its_sentence(data, fault):
    with pytest.raises(fault, match=r"\.$") as told:
        open_sound(data)
    assert isinstance(told.value, SoundError)


def test_too_long_is_told_before_it_fills_the_memory():
    silent = encoded(np.zeros(8000 * 1801, np.int16), 8000, "FLAC")
    with pytest.raises(TooLong):
        open_sound(silent)
    with pytest.raises(TooLong):
        open_sound(encoded(), longest_s=0.5)


def test_what_is_no_file_is_told_without_its_path(tmp_path):
    for path in (tmp_path / "absent.wav", tmp_path):
        with pytest.raises(UnreadableRecording) as told:
            open_sound(path)
        assert str(tmp_path) not in str(told.value)


def _by_ffmpeg(tmp_path, *how, name):
    """A three-second glide encoded by ffmpeg."""
    need_ffmpeg()
    seconds = np.arange(3 * RATE) / RATE
    glide = (
        0.5 * np.sin(2 * np.pi * (200 * seconds + 150 * seconds**2)) * (1 + np.sign(np.sin(20 * seconds))) / 2
    )
    wav, out = tmp_path / "glide.wav", tmp_path / name
    soundfile.write(wav, glide, RATE)
    subprocess.run(["ffmpeg", "-v", "error", "-y", "-i", str(wav), *how, str(out)], check=True)
    return glide.astype(np.float32), out


@pytest.mark.parametrize(
    ("how", "name"),
    [
        (("-c:a", "libmp3lame", "-q:a", "0"), "vbr.mp3"),
        (("-c:a", "libmp3lame", "-b:a", "192k"), "cbr.mp3"),
        (("-c:a", "libvorbis", "-q:a", "8"), "vorbis.ogg"),
        (("-c:a", "flac"), "plain.flac"),
    ],
)
def test_reading_in_blocks_leaves_no_jumps(tmp_path, how, name):
    """A decoder that is moved between blocks loses what it knew of the samples before: the sound jumps there."""
    _, path = _by_ffmpeg(tmp_path, *how, name=name)
    whole, _ = soundfile.read(path, dtype="float32")
    opened = open_sound(path)
    assert len(opened.samples) == len(whole)
    assert np.abs(opened.samples - whole).max() < 1e-4


def test_windows_media_audio_is_opened(tmp_path):
    glide, path = _by_ffmpeg(tmp_path, "-c:a", "wmav2", "-b:a", "192k", name="glide.wma")
    opened = open_sound(path)
    assert opened.seconds == pytest.approx(3.0, abs=0.1)
    assert np.sqrt(np.mean(opened.samples**2)) == pytest.approx(np.sqrt(np.mean(glide**2)), rel=0.1)
