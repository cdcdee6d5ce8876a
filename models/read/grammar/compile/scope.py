"""What names mean where an expression stands, and what the expression looks at."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field


@dataclass
class Usage:
    """What an expression looks at: attributes by slot (None: all of a node), edges, and labels elsewhere in the graph."""

    reads: dict[int, set[str] | None] = field(default_factory=dict)
    edges: bool = False
    quantifies: bool = False
    labels: set[str] | None = field(default_factory=set)  # None: all

    def read(self, slot: int, names: Iterable[str] | None) -> None:
        """Adds attributes read at `slot`."""
        known = self.reads.setdefault(slot, set())
        if names is None or known is None:
            self.reads[slot] = None
        else:
            known.update(names)

    def around(self, other: Usage) -> None:
        """Adds what another expression looks at outside of its slots."""
        self.edges |= other.edges
        self.quantifies |= other.quantifies
        self.labels = None if self.labels is None or other.labels is None else self.labels | other.labels

    @property
    def contextual(self) -> bool:
        """Whether the value depends on more than the bound nodes."""
        return self.edges or self.quantifies


@dataclass(frozen=True)
class Scope:
    """The names that mean something where an expression stands."""

    left: Mapping[int, int] = field(default_factory=dict)  # a node's number -> slot
    left_labels: Mapping[int, tuple[str, ...]] = field(default_factory=dict)
    right: frozenset[int] = frozenset()
    variables: Mapping[str, int] = field(default_factory=dict)
    variable_labels: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    size: int = 0
    where: str = "here"
