"""Which voice of its staff a note belongs to: chords stay together, what sounds on under other notes is a voice of its own.

A beam search over the onsets of one staff. At each onset the notes that begin are parted by pitch between an upper
and a lower voice; a parting costs what it cuts off, how unequal the lengths within its chords are, and where voices
cross. (Costs after Kilian and Hoos, "Voice separation: a local optimisation approach", ISMIR 2002.)
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from itertools import groupby

BEAM = 24
CUT = 1.0
"""Price of ending a note where its voice goes on, besides the quarter notes that it loses."""
UNEQUAL = 1.5
"""Of each half of a chord's longest length by which another of its notes is shorter."""
LOWER = 0.4
"""Of writing in the lower voice while the upper one is free: one voice is easier to read than two."""
CROSSED = 0.8
LEGATO = 0.3
"""The share of a note that may overlap the next one in its voice: fingers let go late."""


@dataclass(frozen=True)
class Span:
    """A note on its staff: where it begins and is let go, in quarter notes, its MIDI number, and its voice if that is known."""

    start: Fraction
    end: float
    midi: int
    voice: int | None = None

    @property
    def length(self) -> float:
        """Quarter notes for which it is held."""
        return self.end - float(self.start)


@dataclass(frozen=True)
class _Path:
    """The cheapest way to a state: what sounds last in each voice."""

    cost: float = 0.0
    voices: tuple[int, ...] = ()
    held: dict[int, tuple[Span, ...]] = field(default_factory=dict)


def voices_of(spans: Sequence[Span]) -> list[int]:
    """The voice of each span of one staff, in the order given: 1, or 1 (upper) and 2 where two are needed.

    Voices that are given (of any number) are kept.
    """
    order = sorted(range(len(spans)), key=lambda i: (spans[i].start, -spans[i].midi))
    paths = [_Path()]
    for _, members in groupby(order, key=lambda i: spans[i].start):
        chord = [spans[i] for i in members]
        grown = [_grown(path, chord, parting) for path in paths for parting in _partings(chord)]
        paths = sorted(grown, key=lambda path: path.cost)[:BEAM]
    found = [1] * len(spans)
    for i, voice in zip(order, paths[0].voices, strict=True):
        found[i] = voice
    return found


def _partings(chord: Sequence[Span]) -> Iterator[tuple[int, ...]]:
    """The voice of each note, highest first: so many above, the others below; what is given stays as it is."""
    seen = set()
    for above in range(len(chord), -1, -1):
        parting = tuple(note.voice or (1 if i < above else 2) for i, note in enumerate(chord))
        if parting not in seen:
            seen.add(parting)
            yield parting


def _grown(path: _Path, chord: Sequence[Span], parting: tuple[int, ...]) -> _Path:
    cost, at = path.cost, float(chord[0].start)
    held = dict(path.held)
    for voice in set(parting):
        mine = tuple(note for note, v in zip(chord, parting, strict=True) if v == voice)
        longest = max(note.length for note in mine)
        cost += sum(2 * UNEQUAL * (1 - note.length / longest) for note in mine) if longest > 0 else 0.0
        cost += sum(_cut(note, at) for note in held.get(voice, ()))
        held[voice] = mine
    if 2 in parting and (1 in parting or not any(_sounds(n, at) for n in path.held.get(1, ()))):
        cost += LOWER
    upper = [n.midi for n in held.get(1, ()) if n.start == chord[0].start or _sounds(n, at)]
    lower = [n.midi for n in held.get(2, ()) if n.start == chord[0].start or _sounds(n, at)]
    if upper and lower and min(upper) < max(lower):
        cost += CROSSED
    return _Path(cost, path.voices + parting, held)


def _sounds(note: Span, at: float) -> bool:
    """Whether it goes on at a moment, by more than a finger that lets go late."""
    return note.end - at > LEGATO * note.length


def _cut(note: Span, at: float) -> float:
    return CUT + note.end - at if _sounds(note, at) else 0.0
