"""What was seen on the page and is not in the score: heads, rests and accidentals that a visitor can put in by a click."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt

from models.arrays import Box
from models.contracts.read import Detection, Reading
from models.notation.editing import Accidental, PutIn
from models.notation.score import Event, Note, NoteType, Score
from scoreweb.errors import VisitorError
from scoreweb.jobs.read import texts as say
from scoreweb.jobs.read.result import ReadResult

HEADS = {"solid_head": NoteType.QUARTER, "hollow_head": NoteType.HALF, "whole_head": NoteType.WHOLE}
RESTS = {
    "whole_rest": NoteType.WHOLE,
    "half_rest": NoteType.HALF,
    "quarter_rest": NoteType.QUARTER,
    "eighth_rest": NoteType.EIGHTH,
    "sixteenth_rest": NoteType.N16,
    "thirty_second_rest": NoteType.N32,
}
ACCIDENTALS = {"sharp": 1, "flat": -1, "natural": 0, "double_sharp": 2, "double_flat": -2}

_LEAST = 0.2  # certainty from which a mark is worth a word
_SAME = 0.6  # staff spaces between the middles of a mark and of a note that are one
_COLUMN = 0.9  # staff spaces between heads of one chord
_REACH = 4.0  # staff spaces from an accidental to its note
_LEVEL = 1.2  # steps between them
_OUTSIDE = 4.0  # staff spaces beyond a staff that are still its own


Span = tuple[int, Box, int, int]
"""A bar of the reading on one staff: its number, its box, part (from 0) and staff (from 1)."""


@dataclass(frozen=True)
class LeftOut:
    """A mark that the score does not have: its number among the page's marks, what it is, its bar of the reading, its place.

    ``kind`` is head, rest or accidental. ``part`` (from 0) and ``staff`` (from 1) are those of the score.
    """

    number: int
    kind: str
    mark: Detection
    bar: int
    part: int
    staff: int


def left_out(result: ReadResult) -> list[LeftOut]:
    """The marks of the page that is looked at which no note, rest or accidental of the score accounts for."""
    reading, page, score = result.reading, result.page, result.score
    if score is None:
        return []
    space, sources = _space(reading, page), result.sources
    spans = list(_spans(reading, page))
    taken = _middles(score, sources, reading, page)
    found = []
    for number, mark in enumerate(reading.pages[page].detections):
        kind = kind_of(mark)
        if kind is None or mark.certainty < _LEAST or mark.position is None:
            continue
        at = middle(mark.box)
        if kind != "accidental" and len(taken) and np.abs(taken - at).max(axis=1).min() < _SAME * space:
            continue
        span = _span_at(spans, *at, reach=_OUTSIDE * space)
        if span is None:
            continue
        one = LeftOut(number, kind, mark, span[0], span[2], span[3])
        if kind != "accidental" or _altered(score, sources, one, space) is not None:
            found.append(one)
    return found


def put_in(result: ReadResult, number: int) -> None:
    """A mark of the page that is looked at, by its number, put into the score. VisitorError where there is no place for it."""
    one = next((one for one in left_out(result) if one.number == number), None)
    if one is None or result.score is None:
        raise VisitorError(say.NO_SUCH_MARK)
    find = _altered if one.kind == "accidental" else _beside
    edit = find(result.score, result.sources, one, _space(result.reading, result.page))
    if edit is None:
        raise VisitorError(say.NO_PLACE)
    result.look_at(one.bar)
    result.edit(edit)


def _space(reading: Reading, page: int) -> float:
    return reading.pages[page].staff_space or 10.0


def _span_at(spans: Sequence[Span], x: float, y: float, *, reach: float) -> Span | None:
    """The bar of a staff that a place is in, or the nearest above or below it within reach."""
    over = [
        (max(box[1] - y, y - box[3], 0.0), span)
        for span in spans
        for box in (span[1],)
        if box[0] <= x < box[2]
    ]
    away, span = min(over, key=lambda one: one[0], default=(np.inf, None))
    return span if away <= reach else None


def kind_of(mark: Detection) -> str | None:
    """What of the score a mark may be: head, rest or accidental; None for all else."""
    kinds = (("head", HEADS), ("rest", RESTS), ("accidental", ACCIDENTALS))
    return next((kind for kind, labels in kinds if mark.label in labels), None)


def middle(box: Box) -> tuple[float, float]:
    """The middle of a box."""
    return (box[0] + box[2]) / 2, (box[1] + box[3]) / 2


def _spans(reading: Reading, page: int) -> Iterator[Span]:
    """Each bar of each staff of a page: the bar, its box, part (from 0) and staff (from 1)."""
    for number, options in enumerate(reading.bars):
        if reading.system_page[options.system] != page:
            continue
        for part, staves in enumerate(reading.parts):
            for staff, at in enumerate(staves, start=1):
                system = reading.systems[options.system]
                if at < len(system) and options.number < len(system[at]):
                    bar = system[at][options.number]
                    if not bar.absent:
                        yield number, bar.frame.box, part, staff


def _middles(score: Score, sources: Sequence[int], reading: Reading, page: int) -> npt.NDArray[np.float64]:
    """The middles of all notes and rests of a page that the picture shows."""
    here = {n for n in range(len(reading.bars)) if reading.place(n)[0] == page}
    boxes = [
        one.box
        for part in score.parts
        for source, bar in zip(sources, part.bars, strict=False)
        if source in here
        for event in bar.events
        for one in event.notes or (event,)
        if one.box is not None
    ]
    return np.array([middle(box) for box in boxes], np.float64).reshape(-1, 2)


def _events(score: Score, sources: Sequence[int], one: LeftOut) -> list[Event]:
    """The events of the mark's staff in its bar, in the order of time."""
    bars = score.parts[one.part].bars if one.part < len(score.parts) else ()
    own = [
        e for n, bar in enumerate(bars) if sources[n] == one.bar for e in bar.events if e.staff == one.staff
    ]
    return sorted(own, key=lambda e: (e.onset, not e.grace))


def _x(event: Event) -> float | None:
    boxes = [n.box for n in event.notes if n.box is not None] or ([event.box] if event.box else [])
    return middle(boxes[0])[0] if boxes else None


def _beside(score: Score, sources: Sequence[int], one: LeftOut, space: float) -> PutIn | None:
    """In the chord of the column, else after the nearest sign to the left, else before the first."""
    events = _events(score, sources, one)
    if not events:
        return None
    x, label = middle(one.mark.box)[0], one.mark.label
    step = round(one.mark.position or 0.0) if one.kind == "head" else None
    kind = HEADS.get(label) or RESTS[label]

    def at(event: Event, how: Literal["chord", "after", "before"]) -> PutIn:
        name = event.notes[0].id if event.notes else event.id
        return PutIn(name, step, how, kind, one.mark.box)

    placed = [(where, e) for e in events if (where := _x(e)) is not None and not e.whole_bar]
    column = [e for where, e in placed if abs(where - x) <= _COLUMN * space and not e.grace]
    if column and step is not None:
        return at(column[0], "chord")
    before, after = [e for where, e in placed if where < x], [e for where, e in placed if where >= x]
    if before:
        return at(before[-1], "after")
    return at(after[0], "before") if after else at(events[0], "chord")


def _altered(score: Score, sources: Sequence[int], one: LeftOut, space: float) -> Accidental | None:
    """The note that an accidental stands before, altered by it; None where there is none, or it is so already."""
    x, wanted = middle(one.mark.box)[0], ACCIDENTALS[one.mark.label]
    near: list[tuple[float, Note]] = []
    for event in _events(score, sources, one):
        for note in event.notes:
            if note.box is None:
                continue
            away = (middle(note.box)[0] - x) / space
            level = abs(middle(note.box)[1] - middle(one.mark.box)[1]) / (space / 2)
            if 0.0 < away <= _REACH and level <= _LEVEL:
                near.append((away, note))
    if not near:
        return None
    note = min(near, key=lambda pair: pair[0])[1]
    return None if note.pitch.alter == wanted else Accidental(note.id, wanted)
