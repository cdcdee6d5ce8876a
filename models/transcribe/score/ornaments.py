"""What a score shows beside its notes: small notes, signs of trills and arpeggios, marks of loudness."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from fractions import Fraction

from models.notation.score import Bar
from models.transcribe.heard import HeardNote

GRACE_LEAD_S, GRACE_S = 0.04, 0.1
"""Least and most seconds before its chord at which a note that shares its place is a grace note, if it is a step from one of its notes."""


@dataclass(frozen=True)
class Ornaments:
    """Notes written small before a note (by its index), notes with the sign of a trill, marks of loudness."""

    graces: Mapping[int, Sequence[int]] = field(default_factory=dict)
    trills: frozenset[int] = frozenset()
    dynamics: Mapping[int, str] = field(default_factory=dict)
    """Marks of loudness, by the number of the bar."""
    spread: frozenset[int] = frozenset()
    """Notes of chords that were spread upwards."""


def loud_from(bar: Bar, mark: str) -> Bar:
    """The bar with a mark of loudness at its first note."""
    first = next((n for n, event in enumerate(bar.events) if event.notes), None)
    if first is None:
        return bar
    events = list(bar.events)
    events[first] = replace(events[first], dynamic=mark)
    return replace(bar, events=tuple(events))


def graces_of(
    heard: Sequence[HeardNote], hands: Sequence[int], start: dict[int, Fraction]
) -> dict[int, tuple[int, ...]]:
    """Notes that share a place in their hand with a chord that was struck a moment later, a step from one of its notes."""
    found: dict[int, tuple[int, ...]] = {}
    by_place: dict[tuple[int, Fraction], list[int]] = {}
    for i, at in start.items():
        by_place.setdefault((hands[i], at), []).append(i)
    for own in by_place.values():
        own.sort(key=lambda i: heard[i].onset_s)
        last = heard[own[-1]].onset_s
        early = [i for i in own if GRACE_LEAD_S < last - heard[i].onset_s < GRACE_S]
        main = [i for i in own if i not in early]
        for i in early:
            near = [j for j in main if 1 <= abs(heard[j].midi - heard[i].midi) <= 2]
            if near:
                found[near[0]] = (*found.get(near[0], ()), i)
    return found
