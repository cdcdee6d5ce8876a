"""From pictures of pages to ranked interpretations: staves, primitives, grammar, meaning, one after the other."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Literal

from models.arrays import Grey
from models.glyph import Glyph
from models.read.bar_lines import BY_SUM_ALONE, by_durations
from models.read.bar_parsing import BAR_MILLISECONDS, BarParser
from models.read.detected import detections_of
from models.read.directions.beside import NO_RECOGNISER, beside_notes, with_marks_of
from models.read.extractors import BY_NETWORK, DEFAULT
from models.read.given import GivenStaff, GivenStructure
from models.read.grammar import Functions, load_grammar
from models.read.meaning.barring import staff_signs
from models.read.meaning.marks import Heading
from models.read.page.layout import Layout, LayoutCache, layout_of
from models.read.page.preparation import Enlarge
from models.read.page.staves import groupings
from models.read.page_primitives import PagePrimitives, layouts_of
from models.read.piece import joined_under, page_layouts, piece_layouts, ranked_together, with_doubts
from models.read.primitives import Extractor, Primitive, Style
from models.read.primitives.drawn import speaks, with_drawn
from models.read.primitives.learned.fills import filled_as_others
from models.read.primitives.owners import claimed
from models.read.primitives.percussion import with_percussion_clef
from models.read.primitives.registry import shipped_extractors
from models.read.primitives.side_by_side import extracted
from models.read.productions import PRODUCTIONS, grammar_in
from models.read.ranking.probability import Calibration, calibration
from models.read.reading import PageDetections, PageReading, PageSystems, Reading
from models.read.relating import music_functions, relation_model
from models.read.text.recogniser import Recogniser, installed_recogniser

StyleChoice = Style | Literal["auto"]
"""How a page is read: as print, as handwriting, or as its own noteheads show."""

Progress = Callable[[str, float], None]
"""Hears the stage in words and how far all is done, 0..1."""

JOINING = 0.95
"""The share of a reading after which its pages are joined."""

NO_MUSIC = "No staves were found on this page, so there is nothing to read."


class Reader:
    """Reads pages. Safe to share between threads."""

    def __init__(
        self,
        extractors: Mapping[str, Extractor] | None = None,
        functions: Functions | None = None,
        *,
        grammar: Path | None = None,
        enlarge: Enlarge | None = None,
        calibrate: bool = True,
        recogniser: Recogniser | Literal["installed"] | None = "installed",
    ) -> None:
        """`extractors` are what finds primitives, by the names that `read` takes; those that are shipped by default.

        `functions` are host functions that productions may call, in place of the standard ones; `learned` is added to them. `grammar` is a folder
        of productions in place of the shipped ones; `enlarge` (x4) helps low pages. Without `calibrate` readings have
        grades and no probabilities, and are ordered by grade: what calibration is fitted to. `recogniser` reads words, None
        for none; "installed" takes what this computer has. GrammarError where the productions do not hold together.
        """
        self._recogniser = installed_recogniser() if recogniser == "installed" else recogniser
        self._words = recogniser is not None
        self._extractors = dict(shipped_extractors() if extractors is None else extractors)
        self._calibrate = calibrate
        folder = grammar or PRODUCTIONS
        self.grammar = (
            grammar_in(folder) if functions is None else load_grammar(folder, music_functions(functions))
        )
        self._enlarge = enlarge
        self._layouts = LayoutCache()

    def read(
        self,
        pages: Sequence[Grey],
        *,
        style: StyleChoice = "auto",
        top: int = 5,
        primitives: str = DEFAULT,
        progress: Progress | None = None,
        bar_milliseconds: float = BAR_MILLISECONDS,
        structure: Sequence[GivenStructure] = (),
        glyphs: Sequence[Sequence[Glyph]] = (),
    ) -> Reading:
        """The reading of pages that follow one another, uint8 (H, W) each, with up to `top` interpretations.

        `primitives` names one of the extractors. `progress` hears the stage in words and how far all is done, 0..1.
        `bar_milliseconds` is the most that the parse of one bar of one staff may take. `glyphs` are the characters on each
        page, in its pixels, where its file tells them: they then say what is a sign, and what words are. `structure` is what is
        known of each page's structure, or nothing. Pages without music say so in their notes. ValueError for unknown primitives.
        """
        report = progress or (lambda _stage, _part: None)
        read = [
            self.page(
                grey,
                style=style,
                primitives=primitives,
                progress=within(report, number, len(pages)),
                bar_milliseconds=bar_milliseconds,
                glyphs=glyphs[number] if number < len(glyphs) else (),
                structure=structure[number] if number < len(structure) else None,
            )
            for number, grey in enumerate(pages)
        ]
        return self.joined(read, top=top, progress=progress)

    def page(
        self,
        grey: Grey,
        *,
        style: StyleChoice = "auto",
        primitives: str = DEFAULT,
        progress: Progress | None = None,
        bar_milliseconds: float = BAR_MILLISECONDS,
        glyphs: Sequence[Glyph] = (),
        structure: GivenStructure | None = None,
    ) -> PageReading:
        """One page by itself, for `joined`; `glyphs` and `structure` are its own. Other arguments and errors as for `read`."""
        if primitives not in self._extractors:
            known = " and ".join(self._extractors) or "no"
            raise ValueError(f"There are no {primitives} primitives; there are {known} ones.")
        found = self.primitives(grey, style, primitives, progress, glyphs, structure)
        return self.parsed(found, bar_milliseconds, progress or (lambda _stage, _part: None))

    def joined(
        self, read: Sequence[PageReading], *, top: int = 5, progress: Progress | None = None
    ) -> Reading:
        """The reading of the piece from its pages in order; `top` and `progress` as for `read`."""
        report = progress or (lambda _stage, _part: None)
        report("Joining bars", JOINING)
        detections = tuple(page.detections for page in read)
        if not any(page.systems for page in read):
            return Reading(detections, (), (), (), (), ())
        table: Calibration | None = None
        if self._calibrate:
            handwritten = sum(page.handwritten for page in read) * 2 > len(read)
            table = calibration("handwritten" if handwritten else "printed")
        pages = [page_layouts(page) for page in read]
        layouts = piece_layouts(pages)
        found = [joined_under(pages, layout, max(1, top), table, n) for n, layout in enumerate(layouts)]
        reading = ranked_together(detections, layouts, found, max(1, top))
        heading = next((page.heading for page in read if page.systems), Heading())
        report("Done", 1.0)
        return with_doubts(reading, pages, layouts, found, heading)

    def primitives(
        self,
        grey: Grey,
        style: StyleChoice = "auto",
        primitives: str = DEFAULT,
        progress: Progress | None = None,
        glyphs: Sequence[Glyph] = (),
        structure: GivenStructure | None = None,
    ) -> PagePrimitives:
        """Staves and primitives of a page, before the grammar. Arguments as for `read`; `glyphs` and `structure` are the page's."""
        report = progress or (lambda _stage, _part: None)
        extractor = self._extractors[primitives]
        began = time.perf_counter()
        report("Looking for staves", 0.0)
        known = structure or GivenStructure()
        layout = self._layouts.layout(
            grey, (primitives, known.staves), lambda page: self._layout(page, extractor, known.staves)
        )
        seconds = {"staves": time.perf_counter() - began}
        shape = (int(grey.shape[0]), int(grey.shape[1]))
        staves = [staff for system in layout.systems for staff in system.staves]
        if not staves:
            return PagePrimitives(layout.page, (), (), (), shape, False, seconds)
        began = time.perf_counter()
        exact = speaks(glyphs)
        strips = [staff.strip for staff in staves]
        read_as = style if style != "auto" else "printed" if exact else extractor.style_of(strips)
        by_staff: list[list[Primitive]] = []
        hints: list[list[Primitive]] = []
        all_seen = extracted(
            extractor,
            strips,
            read_as,
            lambda done: report("Finding heads, stems and signs", 0.25 + 0.45 * done / len(staves)),
        )
        for staff, seen in zip(staves, all_seen, strict=True):
            told = with_percussion_clef([p for p in seen if p.kind != "hint"], staff)
            by_staff.append(with_drawn(told, glyphs, staff) if exact else told)
            hints.append([] if exact else [p for p in seen if p.kind == "hint"])
        if read_as == "handwritten" and primitives in BY_NETWORK:
            by_staff = filled_as_others(by_staff, strips)
        by_staff = claimed(staves, by_staff)
        seconds["primitives"] = time.perf_counter() - began
        signs = [staff_signs(staff, own) for staff, own in zip(staves, by_staff, strict=True)]
        ways = groupings(layout.page.binary, staves, signs, by_hand=read_as == "handwritten")
        best, *others = layouts_of(ways, staves, by_staff, hints, known)
        by_hand = read_as == "handwritten"
        return PagePrimitives(
            layout.page, best.systems, best.primitives, best.hints, shape, by_hand, seconds,
            best.grade, tuple(glyphs), tuple(others), bool(known.bar_lines), learned=by_hand and primitives in BY_NETWORK,
        )  # fmt: skip

    def _layout(self, grey: Grey, extractor: Extractor, given: Sequence[GivenStaff]) -> Layout:
        return layout_of(grey, enlarge=self._enlarge, upside_down=extractor.upside_down, given=given)

    def parsed(
        self,
        found: PagePrimitives,
        milliseconds: float = BAR_MILLISECONDS,
        report: Progress = lambda _stage, _part: None,
    ) -> PageReading:
        """The page whose primitives were found; `milliseconds` for a bar of one staff, `report` hears what is done."""
        if not found.systems:
            notes = (
                found.page.notes if found.page.staff_space else ()
            )  # else they say the same in other words
            return PageReading(PageDetections(found.shape, None, (), (*notes, NO_MUSIC), found.seconds))
        began = time.perf_counter()
        out = []
        model = relation_model() if found.learned else None
        parser = BarParser(self.grammar, milliseconds, model)
        for number, system in enumerate(found.systems):
            report("Reading bars", 0.7 + 0.25 * number / len(found.systems))
            out.append(parser.system(system, found.primitives[number], found.hints[number]))
        others = [
            [parser.system(*one) for one in zip(way.systems, way.primitives, way.hints, strict=True)]
            for way in found.others
        ]
        by_sums = None
        if not found.ruled:  # what a person says of bar lines is not weighed
            out, by_sums = by_durations(parser, found, out)
            others = [by_durations(parser, *both)[0] for both in zip(found.others, others, strict=True)]
        seconds = {**found.seconds, "grammar": time.perf_counter() - began}
        began = time.perf_counter()
        report("Reading words", 0.95)
        said = beside_notes(
            found.page,
            found.systems,
            self._recogniser if self._words else None,
            found.glyphs if self._words else (),
            found.hints,
        )
        seconds["words"] = time.perf_counter() - began
        staves = [staff for system in found.systems for staff in system.staves]
        marks = {id(staff.strip): said.marks.get(n, ()) for n, staff in enumerate(staves)}
        detections = detections_of(found.systems, found.primitives)
        unread = self._words and self._recogniser is None and not found.glyphs
        notes = (*found.remarks(), *([NO_RECOGNISER] if unread else ()))
        layout, more = found.layout, []
        if by_sums is not None:
            layout = (1 - BY_SUM_ALONE) * found.layout
            more = [PageSystems(with_marks_of(found.systems, by_sums, marks), found.layout - layout)]
        more += [
            PageSystems(with_marks_of(way.systems, read, marks), way.grade)
            for way, read in zip(found.others, others, strict=True)
        ]
        return PageReading(
            PageDetections(
                found.shape, found.page.upload_space, detections, notes, seconds, found.page.turns
            ),
            with_marks_of(found.systems, out, marks),
            found.handwritten,
            layout,
            said.heading,
            tuple(more),
        )


def within(report: Progress, number: int, pages: int) -> Progress:
    """Progress of one page as a part of all; of several, it says which."""
    which = f"page {number + 1} of {pages} · " if pages > 1 else ""
    return lambda stage, part: report(f"{which}{stage}", JOINING * (number + part) / pages)
