"""What a person says of a page's structure: where bar lines stand, which systems are one."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class GivenBarLines:
    """All bar lines inside the system that the height ``y`` lies in, at ``xs``: pixels of the upload."""

    y: float
    xs: tuple[float, ...]


@dataclass(frozen=True)
class GivenStructure:
    """What is known of one page; ``joined`` are heights of which each pair lies in two systems that are one."""

    bar_lines: tuple[GivenBarLines, ...] = ()
    joined: tuple[tuple[float, float], ...] = ()
