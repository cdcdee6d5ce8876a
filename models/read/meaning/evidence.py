"""What was seen in a bar of a staff before the grammar chose: marks that may be heads, accidentals, dots, rests or flags.

A reading explains some of them and leaves out others. What is left out, or explained as the likelier of two signs, is
where other readings of the bar come from (`models.read.ranking.slips`), and a cause for doubt.
"""

from __future__ import annotations

from dataclasses import dataclass

from models.arrays import Box

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
