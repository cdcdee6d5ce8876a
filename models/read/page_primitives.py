"""A page before the grammar: what was found on it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from models.glyph import Glyph
from models.read.given import GivenStructure
from models.read.meaning.barring import unwritten
from models.read.meaning.given_lines import given_groups, is_given, with_given_lines
from models.read.page.preparation import PreparedPage
from models.read.page.staves import Grouping, Staff, System, systems_of
from models.read.primitives import Primitive
from models.read.reading import HANDWRITTEN

PLAUSIBLE = 0.1
"""How probable another layout is at least that is read as well: as much as a page's second reading of its bars mostly is."""

_MOST = 3
"""Layouts of a page that are read."""


@dataclass(frozen=True)
class SystemsFound:
    """A page's staves as systems, and the primitives and hints of each staff; `grade` (0..1) tells how probable that is."""

    systems: Sequence[System]
    primitives: Sequence[Sequence[Sequence[Primitive]]]
    hints: Sequence[Sequence[Sequence[Primitive]]]
    grade: float


@dataclass(frozen=True)
class PagePrimitives:
    """A page before the grammar: its systems, the primitives of each of their staves, and those that are hints.

    `shape` is the upload's (H, W); `seconds` what each stage took; `layout` (0..1) how probable it is that these are its
    systems; `others` are its other plausible layouts, best first. It is `ruled` where a person told bar lines. With `learned`, what belongs together is told
    by the model of handwriting, and not by hand-written sets alone.
    """

    page: PreparedPage
    systems: Sequence[System]
    primitives: Sequence[Sequence[Sequence[Primitive]]]
    hints: Sequence[Sequence[Sequence[Primitive]]]
    shape: tuple[int, int]
    handwritten: bool
    seconds: dict[str, float]
    layout: float = 1.0
    glyphs: tuple[Glyph, ...] = ()
    others: tuple[SystemsFound, ...] = ()
    ruled: bool = False
    learned: bool = False

    def remarks(self) -> tuple[str, ...]:
        """What there is to say of how the page was taken, in sentences."""
        notes = tuple(self.page.notes)
        return (*notes, HANDWRITTEN) if self.handwritten else notes


def layouts_of(
    ways: Sequence[Grouping],
    staves: Sequence[Staff],
    by_staff: Sequence[Sequence[Primitive]],
    hints: Sequence[Sequence[Primitive]],
    given: GivenStructure,
) -> list[SystemsFound]:
    """The best of some ways to put staves together, and the other plausible ones, best first, at most three.

    Staves on which nothing is written are left out, and what a person says of the page holds under each; ways that are one
    then are one layout, as probable as they are together.
    """
    found: list[SystemsFound] = []
    for way in ways:
        new = _systems_found(way, staves, by_staff, hints, given)
        same = next((n for n, one in enumerate(found) if _shape(one) == _shape(new)), None)
        if same is None:
            found.append(new)
        else:
            found[same] = replace(found[same], grade=found[same].grade + new.grade)
    best, *others = found
    plausible = sorted((one for one in others if one.grade >= PLAUSIBLE), key=lambda one: -one.grade)
    return [best, *(one for one in plausible if one.systems)][:_MOST]


def _shape(found: SystemsFound) -> list[list[int]]:
    return [[id(staff.strip) for staff in system.staves] for system in found.systems]


def _systems_found(
    way: Grouping,
    staves: Sequence[Staff],
    by_staff: Sequence[Sequence[Primitive]],
    hints: Sequence[Sequence[Primitive]],
    given: GivenStructure,
) -> SystemsFound:
    groups = given_groups(way.systems, staves, given)
    systems = systems_of(staves, groups)
    found = with_given_lines(systems, [[by_staff[n] for n in group] for group in groups], given)
    faint = [[hints[n] for n in group] for group in groups]
    blank = unwritten(systems, found)
    written = [n for n, system in enumerate(systems) if n not in blank or is_given(system, given)]
    return SystemsFound(
        [replace(systems[n], number=place) for place, n in enumerate(written)],
        [found[n] for n in written],
        [faint[n] for n in written],
        way.grade,
    )
