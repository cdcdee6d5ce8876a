"""Which drum a place on a percussion staff stands for, as drum sets are usually written.

After N. Weinberg (1998), "Guide to Standardized Drumset Notation".
"""

from __future__ import annotations

from types import MappingProxyType

SNARE = 38
"""General MIDI's key of the snare drum, which stands for whatever is struck where no drum set has its place."""

PLACES = MappingProxyType({-1: 44, 1: 36, 3: 43, 4: 45, 5: SNARE, 6: 47, 7: 48, 8: 51, 9: 42, 10: 49})
"""General MIDI's percussion key by half spaces above the lowest line: pedal hi-hat, bass drum, toms, snare, ride, hi-hat,
crash."""


def drum_at(place: int) -> int:
    """The percussion key of General MIDI, 35 to 81, of a place in half spaces above the lowest line."""
    return PLACES.get(place, SNARE)
