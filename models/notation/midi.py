"""Scores and performances as standard MIDI files, through mido."""

from __future__ import annotations

import io
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import NamedTuple

import mido
from mido.midifiles.meta import KeySignatureError

from models.notation.course import course_of
from models.notation.errors import TooLongScore, UnreadableScore, UnwritableScore
from models.notation.performance import played_notes
from models.notation.score import Metre, Score

TICKS = 480
"""A quarter note in the files written here."""
LARGEST_BYTES = 2_000_000
"""Half a million events or more, of which each takes a moment to read; an hour of a pianist's notes and pedal has half."""
_DRUMS = 9
"""General MIDI's channel of percussion, counted from 0."""
_PERFORMANCE_TEMPO = 500_000


class MidiNote(NamedTuple):
    """Seconds from the start, MIDI number, velocity 1..127."""

    onset_s: float
    offset_s: float
    midi: int
    velocity: int


def write_midi(score: Score, *, repeats: bool = True) -> bytes:
    """The score as a MIDI file of format 1: a track of tempos and metres, then a track for each part; quantised.

    Quarter tones sound as the key below them: MIDI has no others for a chord.
    """
    course = course_of(score, repeats=repeats)
    file = mido.MidiFile(ticks_per_beat=TICKS, type=1)
    conductor = mido.MidiTrack([mido.MetaMessage("track_name", name=_latin(score.title))])
    changes = [
        (round(moment * TICKS), mido.MetaMessage("set_tempo", tempo=min(16_777_215, mido.bpm2tempo(speed))))
        for moment, _, speed in course.changes
    ]
    for index, start in zip(course.bars, course.starts, strict=True):
        bar = next((part.bars[index] for part in score.parts if index < len(part.bars)), None)
        if bar and bar.metre:
            changes.append((round(start * TICKS), _time_signature(bar.metre)))
    now = 0
    for at, change in sorted(changes, key=lambda timed: timed[0]):
        conductor.append(change.copy(time=at - now))
        now = at
    file.tracks.append(conductor)
    played = played_notes(score, course)
    for number, part in enumerate(score.parts):
        own = [n for n in played if n.part == number]
        for channel, notes in (
            ([c for c in range(16) if c != _DRUMS][number % 15], [n for n in own if not n.drum]),
            (_DRUMS, [n for n in own if n.drum]),
        ):
            if notes or (channel != _DRUMS and not own):
                ticks = [(round(n.start * TICKS), round(n.end * TICKS), n.midi, n.velocity) for n in notes]
                file.tracks.append(_track(ticks, channel, part.name))
    return _saved(file)


def write_performance(notes: Iterable[tuple[float, float, int, int]]) -> bytes:
    """Notes as played, (onset_s, offset_s, midi, velocity), as a MIDI file to the nearest half millisecond.

    UnwritableScore for a note that no piano has or that ends before it begins.
    """
    ticks: list[tuple[int, int, int, int]] = []
    per_second = 2 * TICKS * 1_000_000 / _PERFORMANCE_TEMPO
    for note in notes:
        onset, offset, midi, velocity = note[:4]
        if not (0 <= onset <= offset < 1e6 and 0 <= midi <= 127):
            raise UnwritableScore(
                "A note of this performance has no place in a MIDI file: check its times and its pitch."
            )
        ticks.append(
            (
                round(onset * per_second),
                round(offset * per_second),
                int(midi),
                max(1, min(127, round(velocity))),
            )
        )
    file = mido.MidiFile(ticks_per_beat=2 * TICKS, type=0)
    track = _track(ticks, 0, "")
    track.insert(0, mido.MetaMessage("set_tempo", tempo=_PERFORMANCE_TEMPO))
    file.tracks.append(track)
    return _saved(file)


def read_midi(source: bytes | str | Path) -> list[MidiNote]:
    """Every note of a MIDI file, of all tracks and channels but drums, in time order. The pedal is not read.

    UnreadableScore or TooLongScore for what is no MIDI file, damaged or too large.
    """
    try:
        data = source if isinstance(source, bytes) else Path(source).read_bytes()
    except (OSError, ValueError) as error:
        raise UnreadableScore("This file cannot be opened; check that it is there.") from error
    if len(data) > LARGEST_BYTES:
        raise TooLongScore("This MIDI file is too large; send a part of it.")
    found: list[MidiNote] = []
    down: dict[tuple[int, int], list[tuple[float, int]]] = {}
    now = 0.0
    try:
        # mido warns by exceptions of many kinds when bytes are damaged
        for message in mido.MidiFile(file=io.BytesIO(data), clip=True):
            now += message.time
            if message.type not in {"note_on", "note_off"} or message.channel == _DRUMS:
                continue
            key = (message.channel, message.note)
            if message.type == "note_on" and message.velocity:
                down.setdefault(key, []).append((now, message.velocity))
            elif down.get(key):
                onset, velocity = down[key].pop(0)
                found.append(MidiNote(onset, now, message.note, velocity))
    except (
        OSError,
        EOFError,
        ValueError,
        KeyError,
        IndexError,
        TypeError,
        AttributeError,
        ZeroDivisionError,
        KeySignatureError,
    ) as error:
        raise UnreadableScore(
            "This is not a MIDI file, or it is damaged; export it anew and send it again."
        ) from error
    found += [
        MidiNote(onset, now, key[1], velocity) for key, held in down.items() for onset, velocity in held
    ]
    return sorted(found)


def _track(notes: Sequence[tuple[int, int, int, int]], channel: int, name: str) -> mido.MidiTrack:
    """Delta-timed messages; a key goes up before it goes down again at the same tick."""
    track = mido.MidiTrack([mido.MetaMessage("track_name", name=_latin(name))])
    moments: list[tuple[int, int, int, int]] = []
    for start, end, midi, velocity in notes:
        moments += [(start, 1, midi, velocity), (max(end, start + 1), 0, midi, 0)]
    now = 0
    for at, on, midi, velocity in sorted(moments):
        kind = "note_on" if on else "note_off"
        track.append(mido.Message(kind, channel=channel, note=midi, velocity=velocity, time=at - now))
        now = at
    return track


def _time_signature(metre: Metre) -> mido.MetaMessage:
    return mido.MetaMessage("time_signature", numerator=min(255, metre.beats), denominator=metre.beat_type)


def _latin(text: str) -> str:
    return text.encode("latin-1", errors="replace").decode("latin-1")[:200]


def _saved(file: mido.MidiFile) -> bytes:
    out = io.BytesIO()
    file.save(file=out)
    return out.getvalue()
