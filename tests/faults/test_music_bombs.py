"""Small files of music that would fill the memory or keep the page busy for minutes: refused before any of it happens."""

import struct

import pytest

from benchmarks.bad_inputs.scores import score
from benchmarks.bad_inputs.sounds import smf
from models.notation.errors import NotationError, TooLongScore
from models.notation.midi import LARGEST_BYTES, read_midi
from models.notation.musicxml import container, read_musicxml
from models.transcribe.performance import read_performance_file
from scoreweb.errors import VisitorError
from scoreweb.jobs.transcribe import run

ON, OFF = b"\0\x90\x3c\x50", b"\x80\x3c\0"


def after(ticks):
    """A delay as MIDI writes it."""
    parts = [ticks & 0x7F]
    while ticks := ticks >> 7:
        parts.insert(0, ticks & 0x7F | 0x80)
    return bytes(parts)


def minutes(number):
    """One note that long, at 96 ticks a quarter and 120 quarters a minute."""
    return smf(ON + after(round(number * 120 * 96)) + OFF)


def test_a_midi_file_of_an_hour_is_refused_before_it_is_played(tmp_path, monkeypatch):
    monkeypatch.setattr(run, "play_notes", lambda _: pytest.fail("played"))
    file = tmp_path / "take.mid"
    file.write_bytes(minutes(31))
    with pytest.raises(VisitorError, match="30 minutes"):
        run.sound_at(file)


def test_a_midi_file_of_half_an_hour_is_played(tmp_path):
    file = tmp_path / "take.mid"
    file.write_bytes(minutes(1))
    assert run.sound_at(file).seconds == pytest.approx(60.5, abs=0.1)


def test_more_sound_than_a_pianist_makes_is_refused():
    held = 96 * 2 * 12
    with pytest.raises(NotationError, match="far more sound"):
        read_performance_file(smf(ON + b"\0\x3c\x50" * 5000 + after(held) + OFF + (b"\0\x80\x3c\0") * 5000))
    assert len(read_performance_file(smf((ON + after(held) + OFF) * 50))) == 50


def test_a_key_that_does_not_exist_is_told():
    with pytest.raises(NotationError, match="damaged"):
        read_midi(smf(b"\0\xff\x59\x02\x63\x07" + ON + b"\x60" + OFF))


def test_a_midi_file_of_half_a_million_events_is_refused_unread(monkeypatch):
    monkeypatch.setattr("mido.MidiFile", lambda **_: pytest.fail("read"))
    with pytest.raises(TooLongScore):
        read_midi(b"MThd" + struct.pack(">I", 6) + bytes(LARGEST_BYTES))


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
def test_millions_of_elements_are_refused_before_a_tree_is_made(monkeypatch, encoding):
    monkeypatch.setattr(container, "fromstring", lambda *_, **__: pytest.fail("parsed"))
    with pytest.raises(TooLongScore):
        read_musicxml(score("<a/>" * (container.LARGEST_TREE + 1)).encode(encoding))


def test_a_long_score_is_counted_for_no_more_than_it_is():
    text = score("<note/>" * 1000).encode()
    root = container.open_tree(text)
    assert sum(1 for _ in root.iter()) <= container._elements_in(text) <= sum(1 for _ in root.iter()) + 1
