"""What was seen in a bar of a staff before the grammar chose: marks that may be heads, accidentals, dots, rests or flags.

A reading explains some of them and leaves out others. What is left out, or explained as the likelier of two signs, is
where other readings of the bar come from (`models.read.ranking.slips`), and a cause for doubt.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from models.arrays import Box
from models.read.primitives import Primitive

HEAD_NAMES = ("solid_head", "hollow_head", "whole_head", "grace_head")
ACCIDENTAL_NAMES = ("sharp", "flat", "natural", "double_sharp", "double_flat")
REST_NAMES = (
    "whole_rest",
    "half_rest",
    "quarter_rest",
    "eighth_rest",
    "sixteenth_rest",
    "thirty_second_rest",
)
_TOLD = frozenset((*HEAD_NAMES, *ACCIDENTAL_NAMES, *REST_NAMES, "dot"))
_LEAST = 0.06  # memberships below say nothing


@dataclass(frozen=True)
class SeenMark:
    """A mark on a staff: where it stands (staff spaces, steps), what it may be (label, membership), best first."""

    x: float
    place: float
    names: tuple[tuple[str, float], ...]
    box: Box | None = None

    def membership(self, *names: str) -> float:
        """How far it is one of these, 0..1."""
        return max((m for name, m in self.names if name in names), default=0.0)


def marks_seen(primitives: Iterable[Primitive], box_of: Callable[[Box], Box]) -> tuple[SeenMark, ...]:
    """The marks among a bar's primitives that may be part of a note or a rest, from left to right.

    `box_of` gives the upload's box for one of the strip.
    """
    found = []
    for p in primitives:
        if p.kind not in ("blob", "hint") or p.shared:
            continue
        names = sorted(
            ((k, float(v)) for k, v in p.memberships.items() if k in _TOLD and v >= _LEAST),
            key=lambda n: -n[1],
        )
        if names:
            found.append(SeenMark(p.x, p.position, tuple(names), box_of(p.box)))
    return tuple(sorted(found, key=lambda m: m.x))
