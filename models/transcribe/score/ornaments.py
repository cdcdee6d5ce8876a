"""What a score shows beside its notes: small notes, signs of trills, marks of loudness."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from models.notation.score import Bar


@dataclass(frozen=True)
class Ornaments:
    """Notes written small before a note (by its index), notes with the sign of a trill, marks of loudness."""

    graces: Mapping[int, Sequence[int]] = field(default_factory=dict)
    trills: frozenset[int] = frozenset()
    dynamics: Mapping[int, str] = field(default_factory=dict)
    """Marks of loudness, by the number of the bar."""


def loud_from(bar: Bar, mark: str) -> Bar:
    """The bar with a mark of loudness at its first note."""
    first = next((n for n, event in enumerate(bar.events) if event.notes), None)
    if first is None:
        return bar
    events = list(bar.events)
    events[first] = replace(events[first], dynamic=mark)
    return replace(bar, events=tuple(events))
