"""A reading as JSON: `reading.json`, whose schema is `reading.schema.json` beside this module."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from models.notation.score import Bar, Event, Note, Score
from models.read.ranking.interpretations import Interpretation
from models.read.reading import PageDetections, Reading

VERSION = 2
SCHEMA = Path(__file__).with_name("reading.schema.json")


def schema() -> dict[str, Any]:
    """The JSON schema (draft 2020-12) that `reading_report` keeps to."""
    loaded: dict[str, Any] = json.loads(SCHEMA.read_text(encoding="utf-8"))
    return loaded


def reading_report(reading: Reading) -> dict[str, Any]:
    """Pages of systems of bars with their ranked readings, and the interpretations of the whole, as JSON values.

    Boxes are in the upload's pixels. Notes stand as the best interpretation's clefs and keys have them; an
    interpretation with another ``context`` has the same bars under others. The bars of an interpretation are counted
    through all pages; each names the reading by its place in the bar's list, from 0. One with a ``layout`` above 0 joins
    staves otherwise: its bars are those of that place in ``layouts``, from 1. Certainties are calibrated
    probabilities: those of a bar's readings, and those of the interpretations, sum to 1 with their ``none_of_these``. A
    page whose structure is doubtful says so first in its remarks, and all its bars are doubtful.
    """
    if reading.found_music:
        reading = reading.under(reading.interpretations[0])
    told = [_page(page, reading.page_doubts(n)) for n, page in enumerate(reading.pages)]
    for page, systems in zip(told, _systems(reading), strict=True):
        page["systems"] = systems
    contexts: list[object] = []
    interpretations = []
    for way in reading.interpretations:
        if way.context not in contexts:
            contexts.append(way.context)
        interpretations.append(
            {
                "rank": way.rank,
                "certainty": round(way.certainty, 4),
                "bars": list(way.choice),
                "context": contexts.index(way.context),
                "layout": way.layout,
            }
        )
    return {
        "version": VERSION,
        "pages": told,
        "heading": asdict(reading.heading),
        "interpretations": interpretations,
        "none_of_these": round(reading.none_of_these, 4),
        "layouts": [
            {"pages": [{"systems": systems} for systems in _systems(reading.under(way))]}
            for way in _first_of_each(reading)
        ],
    }


def _first_of_each(reading: Reading) -> list[Interpretation]:
    """The best interpretation of each layout but the first, in the order of their numbers."""
    found: dict[int, Interpretation] = {}
    for way in reading.interpretations:
        if way.layout:
            found.setdefault(way.layout, way)
    return [found[number] for number in sorted(found)]


def _systems(reading: Reading) -> list[list[dict[str, Any]]]:
    """The systems of each page under the reading's layout, with their bars."""
    bars = _bars(reading) if reading.found_music else []
    told: list[list[dict[str, Any]]] = [[] for _ in reading.pages]
    for system, page in enumerate(reading.system_page):
        own = [bar for bar, options in zip(bars, reading.bars, strict=True) if options.system == system]
        told[page].append({"bars": own})
    return told


def _page(page: PageDetections, doubts: Sequence[str]) -> dict[str, Any]:
    height, width = page.shape
    space = None if page.staff_space is None else round(page.staff_space, 3)
    return {
        "staff_space_px": space,
        "width": width,
        "height": height,
        "doubtful": bool(doubts),
        "remarks": [*doubts, *page.notes],
        "systems": [],
    }


def _bars(reading: Reading) -> list[dict[str, Any]]:
    best = next(way for way in reading.interpretations if way.layout == reading.layout)
    first, others = reading.score(best), _Variants(reading, best)
    out = []
    for number, options in enumerate(reading.bars):
        chosen = best.choice[number]
        readings = []
        for index, read in enumerate(options.readings):
            score = first if index == chosen else others.score(number, index)
            column = _column(score, number)
            readings.append(
                {
                    "certainty": round(read.certainty, 4),
                    "notes": list(_notes(score, column)),
                    "rests": list(_rests(score, column)),
                    "sums_to_metre": read.sums,
                }
            )
        out.append(
            {
                "box": _box(reading.place(number)[1]),
                "readings": readings,
                "none_of_these": round(options.none_of_these, 4),
                "doubtful": reading.is_doubtful(number, best),
                "sums_to_metre": bool(options.readings) and options.readings[chosen].sums,
                "gap": any(bar.gap for bar in _column(first, number)),
                "marks": list(_marks(reading, number)),
            }
        )
    return out


def _marks(reading: Reading, number: int) -> Iterator[Mapping[str, object]]:
    options = reading.bars[number]
    for staff, bars in enumerate(reading.systems[options.system], start=1):
        for mark in bars[options.number].marks if options.number < len(bars) else ():
            yield {
                "kind": mark.kind,
                "text": mark.text,
                "staff": staff,
                "placement": mark.placement,
                **({"verse": mark.verse} if mark.kind == "lyric" else {}),
                "certainty": round(mark.certainty, 4),
                "box": _box(mark.box),
            }


class _Variants:
    """Scores in which every other bar is read otherwise, its neighbours as in the best interpretation.

    What a bar's notes are depends on the bar before it through ties alone, so two scores tell a reading of all bars
    beside the best readings of their neighbours.
    """

    def __init__(self, reading: Reading, best: Interpretation) -> None:
        self._reading, self._best = reading, best
        self._made: dict[tuple[int, int], Score] = {}

    def score(self, number: int, index: int) -> Score:
        """A score in which bar `number` is read the way `index`."""
        key = number % 2, index
        if key not in self._made:
            switched = {
                n: index
                for n, options in enumerate(self._reading.bars)
                if n % 2 == key[0] and index < len(options.readings)
            }
            self._made[key] = self._reading.score(self._reading.switched(self._best, switched))
        return self._made[key]


def _column(score: Score, number: int) -> list[Bar]:
    return [part.bars[number] for part in score.parts]


def _notes(score: Score, column: Sequence[Bar]) -> Iterator[Mapping[str, object]]:
    for staff, event in _events(score, column):
        for note in event.notes:
            yield _note(staff, event, note)


def _note(staff: int, event: Event, note: Note) -> dict[str, object]:
    return {
        "step": note.pitch.step,
        "alter": note.pitch.alter,
        "octave": note.pitch.octave,
        **_timed(staff, event),
        "id": note.id,
        "box": _box(note.box),
        "certainty": round(note.certainty, 4),
        "grace": event.grace,
        "tie_start": note.tie_start,
        "tie_stop": note.tie_stop,
    }


def _rests(score: Score, column: Sequence[Bar]) -> Iterator[Mapping[str, object]]:
    for staff, event in _events(score, column):
        if event.is_rest:
            yield {
                **_timed(staff, event),
                "id": event.id,
                "box": _box(event.box),
                "certainty": round(event.certainty, 4),
                "whole_bar": event.whole_bar,
            }


def _events(score: Score, column: Sequence[Bar]) -> Iterator[tuple[int, Event]]:
    """Events with their staff, counted from 1 through the parts of the system."""
    above = 0
    for part, bar in zip(score.parts, column, strict=True):
        for event in sorted(bar.events, key=lambda e: (e.staff, e.onset, e.voice)):
            yield above + event.staff, event
        above += part.staves


def _timed(staff: int, event: Event) -> dict[str, object]:
    return {
        "type": event.duration.type.value,
        "dots": event.duration.dots,
        "tuplet": list(event.duration.tuplet),
        "staff": staff,
        "voice": event.voice,
        "onset": round(float(event.onset), 6),
    }


def _box(box: tuple[float, float, float, float] | None) -> list[float] | None:
    return None if box is None else [round(float(v), 1) for v in box]
