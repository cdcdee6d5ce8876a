"""A MIDI file as a performance to be written down: its notes as if a listener had heard them, all of them certain."""

from __future__ import annotations

from pathlib import Path

from models.notation.errors import UnreadableScore
from models.notation.midi import read_midi
from models.transcribe.heard import HeardNote

MIDI = (".mid", ".midi", ".smf", ".kar")
LOWEST, HIGHEST = 21, 108
MOST = 60_000
"""Notes of a file; more are a sequencer's, not a pianist's."""
LONGEST_HELD_S = 40_000.0
"""Seconds of all notes of a file together, of each at most `_HEARD_S`: as long as playing them takes."""
_HEARD_S = 12.0


def is_midi(source: bytes | Path) -> bool:
    """Whether this is a MIDI file, by its first bytes."""
    if isinstance(source, bytes):
        return source[:4] == b"MThd"
    try:
        with source.open("rb") as file:
            return file.read(4) == b"MThd"
    except OSError:
        return False


def read_performance_file(source: bytes | Path) -> tuple[HeardNote, ...]:
    """The notes of a MIDI file in order of onset, from the first one on, without drums.

    UnreadableScore, with a sentence, for what is no MIDI file, is damaged, or holds no note that a piano has.
    """
    found = [n for n in read_midi(source) if LOWEST <= n.midi <= HIGHEST]
    if not found:
        raise UnreadableScore("This MIDI file holds no notes of a piano: send one with notes from A0 to C8.")
    if len(found) > MOST:
        raise UnreadableScore(f"This MIDI file holds more than {MOST} notes: send a part of it.")
    if sum(min(_HEARD_S, n.offset_s - n.onset_s) for n in found) > LONGEST_HELD_S:
        raise UnreadableScore("This MIDI file holds far more sound than a pianist makes: send a part of it.")
    begin = max(0.0, found[0].onset_s - 1.0)
    return tuple(
        HeardNote(
            n.onset_s - begin, max(n.offset_s, n.onset_s + 0.01) - begin, n.midi, max(1, n.velocity), 1.0
        )
        for n in found
    )
