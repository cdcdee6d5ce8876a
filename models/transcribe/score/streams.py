"""The chords of each voice in order, and what stands beside a note in its voice."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from itertools import groupby

from models.transcribe.score.quantise import Placed

Place = tuple[int, int]
"""A staff (1 the upper) and a voice on it (from 1)."""
Stream = list[list[Placed]]
"""The chords of one voice, in order."""


def streams_of(placed: Sequence[Placed]) -> dict[Place, Stream]:
    """The chords of each voice in order, each cut where the next of the same voice begins."""
    voices: dict[Place, list[Placed]] = {}
    for p in sorted(placed, key=lambda q: q.start):
        voices.setdefault((p.staff, p.voice), []).append(p)
    return {place: _stream(voices[place]) for place in sorted(voices)}


def _stream(placed: Sequence[Placed]) -> Stream:
    chords = [list(chord) for _, chord in groupby(placed, key=lambda p: p.start)]
    out = []
    for i, chord in enumerate(chords):
        length = max(p.length for p in chord)
        if i + 1 < len(chords):
            length = min(length, chords[i + 1][0].start - chord[0].start)
        out.append([replace(p, length=length) for p in chord])
    return out


def is_chordal(placed: Sequence[Placed]) -> bool:
    """Whether there are chords or voices: more than one note begins somewhere, or a staff has two voices."""
    return len({p.start for p in placed}) < len(placed) or any(p.voice > 1 for p in placed)


def neighbours(streams: Mapping[Place, Stream], midis: Sequence[int]) -> list[tuple[int | None, int | None]]:
    """The nearest key before and after each note in its voice."""
    found: list[tuple[int | None, int | None]] = [(None, None)] * len(midis)

    def nearest(chord: Sequence[Placed] | None, midi: int) -> int | None:
        return min((midis[p.index] for p in chord), key=lambda m: abs(m - midi)) if chord else None

    for stream in streams.values():
        for n, chord in enumerate(stream):
            before, after = stream[n - 1] if n else None, stream[n + 1] if n + 1 < len(stream) else None
            for p in chord:
                midi = midis[p.index]
                found[p.index] = nearest(before, midi), nearest(after, midi)
    return found
