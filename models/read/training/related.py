"""The true relations of a MUSCIMA++ page, and which of its annotated objects a primitive is.

MUSCIMA++ joins everything to noteheads. A stem and a beam, or a stem and a flag, belong together where a head has both; of
a head with two stems, the beam is that of the stem which it touches, or of both.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from models.arrays import Box
from models.read.meaning.signs import RelationKind
from models.read.page.staves import Staff
from models.read.primitives import Primitive
from models.read.primitives.primitive import ACCIDENTALS, FLAGS, HEADS
from models.read.training.detector.handwriting import Annotated, annotated

GROUPS = {
    "head": (*HEADS, "grace_head"),
    "stem": ("stem",),
    "beam": ("beam",),
    "flag": FLAGS,
    "dot": ("dot",),
    "accidental": ACCIDENTALS,
}
"""The labels of primitives that may be the same kind of object."""

ENDS: dict[RelationKind, tuple[str, str]] = {
    "head-stem": ("head", "stem"),
    "stem-beam": ("stem", "beam"),
    "stem-flag": ("stem", "flag"),
    "head-dot": ("head", "dot"),
    "head-accidental": ("head", "accidental"),
}
"""The groups that a relation joins."""

THINNEST = 0.5  # staff spaces to which both boxes are widened before they are compared
OVERLAP = {"stem": 0.3, "beam": 0.3, "flag": 0.3, "dot": 0.3}
USUAL_OVERLAP = 0.5
LEAST = 0.05  # membership of a group from which on a primitive may be an object of it
_TOUCHING = 6.0  # pixels between a beam's box and the stem that it touches


@dataclass(frozen=True)
class Thing:
    """An annotated object: its number on the page, the group that it is of, and its box in the page's pixels.

    `ends` are the heights of a beam's middle line at the left and the right of its box.
    """

    number: int
    group: str
    box: Box
    ends: tuple[float, float] = (0.0, 0.0)


@dataclass(frozen=True)
class Truth:
    """A page's annotated objects by their numbers, its relations as (kind, first, second), and its staff space in pixels."""

    things: Mapping[int, Thing]
    relations: frozenset[tuple[RelationKind, int, int]]
    space: float = 20.0


def group_of(name: str) -> str | None:
    """The group of a class of MUSCIMA++, None for those that are in none."""
    if name.startswith("notehead"):
        return "head"
    if name.startswith("flag"):
        return "flag"
    if name.startswith("accidental"):
        return "accidental"
    return {"stem": "stem", "beam": "beam", "augmentationDot": "dot"}.get(name)


def truth_of(folder: Path, page: str) -> Truth:
    """The objects and relations that the data set tells of a page."""
    nodes = annotated(folder, page)
    things = {
        number: Thing(number, group, node.box, _ends(node) if group == "beam" else (0.0, 0.0))
        for number, node in nodes.items()
        if (group := group_of(node.name)) is not None
    }
    links = {number: nodes[number].links for number in things}
    heights = [n.box[3] - n.box[1] for n in nodes.values() if n.name == "staff"]
    space = float(np.median(heights)) / 4 if heights else 20.0
    return Truth(things, frozenset(relations_told(things, links)), space)


def _ends(node: Annotated) -> tuple[float, float]:
    """The heights of the line through the middle of a beam's mask, at the left and the right of its box."""
    rows, columns = np.nonzero(node.mask)
    x0, y0, x1, _ = node.box
    if len(columns) < 2 or x1 - x0 < 2:
        return y0 + 0.5, y0 + 0.5
    slope, height = np.polyfit(columns, rows + 0.5, 1)
    return float(y0 + height), float(y0 + height + slope * (x1 - x0))


def relations_told(
    things: Mapping[int, Thing], links: Mapping[int, Sequence[int]]
) -> set[tuple[RelationKind, int, int]]:
    """The relations that the links of noteheads tell."""
    found: set[tuple[RelationKind, int, int]] = set()
    for head, linked in links.items():
        if things[head].group != "head":
            continue
        by_group: dict[str, list[int]] = {}
        for number in linked:
            if number in things:
                by_group.setdefault(things[number].group, []).append(number)
        stems = by_group.get("stem", [])
        found |= {("head-stem", head, n) for n in stems}
        found |= {("head-dot", head, n) for n in by_group.get("dot", [])}
        found |= {("head-accidental", head, n) for n in by_group.get("accidental", [])}
        for group, kind in (("beam", "stem-beam"), ("flag", "stem-flag")):
            for number in by_group.get(group, []):
                touching = [s for s in stems if _apart(things[s].box, things[number].box) <= _TOUCHING]
                found |= {(kind, s, number) for s in touching or stems}  # type: ignore[misc]
    return found


def _apart(one: Box, other: Box) -> float:
    across = max(one[0] - other[2], other[0] - one[2], 0.0)
    down = max(one[1] - other[3], other[1] - one[3], 0.0)
    return float(max(across, down))


def membership(primitive: Primitive, group: str) -> float:
    """How far a primitive is an object of a group: its highest membership."""
    return max((primitive.membership(label) for label in GROUPS[group]), default=0.0)


def things_of(
    staff: Staff, primitives: Sequence[Primitive], things: Mapping[int, Thing], space: float
) -> dict[tuple[str, str], int]:
    """Which object each primitive of a staff is, by its id and the group that it is taken as one of.

    The boxes that overlap most are joined first, each primitive and each object once a group. `space` is the page's staff
    space in pixels of the upload.
    """
    boxes = {p.id: staff.upload_box(p.seen_at) for p in primitives}
    found: dict[tuple[str, str], int] = {}
    for group in GROUPS:
        own = [t for t in things.values() if t.group == group]
        pairs = sorted(
            (
                (-share, p.id, thing.number)
                for p in primitives
                if p.kind != "hint" and membership(p, group) >= LEAST
                for thing in own
                if (share := overlap(boxes[p.id], thing.box, THINNEST * space))
                >= OVERLAP.get(group, USUAL_OVERLAP)
            ),
        )
        used: set[int] = set()
        for _, name, number in pairs:
            if (name, group) not in found and number not in used:
                found[name, group] = number
                used.add(number)
    return found


def overlap(one: Box, other: Box, thinnest: float = 0.0) -> float:
    """The intersection of two boxes over their union, 0..1, each side made at least `thinnest` long about its middle."""
    a, b = _widened(one, thinnest), _widened(other, thinnest)
    across = min(a[2], b[2]) - max(a[0], b[0])
    down = min(a[3], b[3]) - max(a[1], b[1])
    if across <= 0 or down <= 0:
        return 0.0
    both = (a[2] - a[0]) * (a[3] - a[1]) + (b[2] - b[0]) * (b[3] - b[1])
    return float(across * down / (both - across * down))


def _widened(box: Box, least: float) -> tuple[float, float, float, float]:
    x0, y0, x1, y1 = (float(v) for v in box)
    if x1 - x0 < least:
        x0, x1 = (x0 + x1 - least) / 2, (x0 + x1 + least) / 2
    if y1 - y0 < least:
        y0, y1 = (y0 + y1 - least) / 2, (y0 + y1 + least) / 2
    return x0, y0, x1, y1
