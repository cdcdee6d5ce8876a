"""What a person says of a page's structure: where bar lines and missed staves stand, which staves are one system."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class GivenBarLines:
    """All bar lines inside the system that the height ``y`` lies in, at ``xs``: pixels of the upload."""

    y: float
    xs: tuple[float, ...]


@dataclass(frozen=True)
class GivenStaff:
    """A staff, from the left end of its top line to the right end of its lowest one: pixels of the upload."""

    x0: float
    y0: float
    x1: float
    y1: float


@dataclass(frozen=True)
class GivenStructure:
    """What is known of one page.

    ``joined`` are heights of which each pair lies in two systems that are one; ``parted`` are heights at which a
    system ends and the staves below begin another, which counts for more; ``staves`` are there whatever was found.
    """

    bar_lines: tuple[GivenBarLines, ...] = ()
    joined: tuple[tuple[float, float], ...] = ()
    parted: tuple[float, ...] = ()
    staves: tuple[GivenStaff, ...] = ()
