"""Pages that visitors gave, with signs that may be learned from.

A label says what notes a page holds, not where. So the page is read again, and only bars in which some reading is the
label, note by note, are taken: there the reading tells where each sign stands, and the label what heads and rests are.
Runs of such bars are cut out of their systems, so that nothing on a picture is without its truth.
"""

from __future__ import annotations

import io
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from models.arrays import Grey
from models.exported import exported
from models.notation.errors import NotationError
from models.notation.musicxml import read_musicxml
from models.notation.score import Event, Score
from models.read.reader import Reader
from models.read.reading import Reading
from models.read.report import reading_report
from models.read.training.engraved import Sign

FEWEST_BARS = 1
ROOM = 6.0
"""Staff spaces above and below a run of bars: signs of the bars themselves reach so far."""
SURE = 0.5
"""Certainty from which what was detected in a bar that is right is taken for truth."""
_HEADS = {"whole": "whole_head", "half": "hollow_head", "breve": "whole_head"}
_RESTS = {
    "whole": "whole_rest", "half": "half_rest", "quarter": "quarter_rest", "eighth": "eighth_rest",
    "16th": "sixteenth_rest", "32nd": "thirty_second_rest",
}  # fmt: skip

BarKey = tuple[tuple[object, ...], ...]
"""Every note and rest of a bar: what two readings that are the same have in common."""


@dataclass(frozen=True)
class ContributedPage:
    """A piece of a page as uint8 (H, W) with every sign on it, its staff space in pixels, and the donation's work."""

    grey: Grey
    signs: tuple[Sign, ...]
    space: float
    name: str


def contributed_pages(export: Path, reader: Reader | None = None) -> Iterator[ContributedPage]:
    """What the export's scores of the part *train* teach. A page that cannot be understood is passed over."""
    reader = reader or Reader()
    for row in exported(export, "read", "train"):
        if row.label_format != "musicxml":
            continue
        try:
            label = read_musicxml(row.label.encode())
        except NotationError:
            continue
        with Image.open(io.BytesIO(row.given), formats=("PNG",)) as picture:
            grey = np.asarray(picture.convert("L"), np.uint8)
        yield from pages_of(grey, label, reader.read([grey]), f"contributed-{row.work}")


def pages_of(grey: Grey, label: Score, reading: Reading, name: str) -> Iterator[ContributedPage]:
    """The runs of bars of one page in which the reading agrees with the label."""
    found = right_bars(reading, label)
    space = reading.pages[0].staff_space if reading.pages else None
    if space is None:
        return
    for run in _runs(sorted(found), reading):
        boxes = [reading.place(bar)[1] for bar in run]
        around = (
            int(max(0, min(b[0] for b in boxes) - space)), int(max(0, min(b[1] for b in boxes) - ROOM * space)),
            int(min(grey.shape[1], max(b[2] for b in boxes) + space)), int(min(grey.shape[0], max(b[3] for b in boxes) + ROOM * space)),
        )  # fmt: skip
        signs = _signs(reading, around, [note for bar in run for note in found[bar]])
        x0, y0, x1, y1 = around
        moved = tuple(
            replace(s, box=(s.box[0] - x0, s.box[1] - y0, s.box[2] - x0, s.box[3] - y0)) for s in signs
        )
        yield ContributedPage(grey[y0:y1, x0:x1], moved, space, name)


def right_bars(reading: Reading, label: Score) -> dict[int, list[Mapping[str, Any]]]:
    """The bars, by number from 0, in which some reading is the label, with that reading's notes and rests and their boxes.

    None where reading and label have different numbers of bars: then nobody knows which bar is which.
    """
    if not reading.interpretations:
        return {}
    wanted = _keys_of(label)
    bars = [
        bar
        for page in reading_report(reading)["pages"]
        for system in page["systems"]
        for bar in system["bars"]
    ]
    if len(bars) != len(wanted):
        return {}
    found: dict[int, list[Mapping[str, Any]]] = {}
    for number, (bar, key) in enumerate(zip(bars, wanted, strict=True)):
        for one in bar["readings"]:
            if key and _key_of(one["notes"], one["rests"]) == key:
                found[number] = [*one["notes"], *one["rests"]]
                break
    return found


def _keys_of(score: Score) -> list[BarKey]:
    """The key of each bar, over all parts and staves."""
    count = max((len(part.bars) for part in score.parts), default=0)
    keys = []
    for number in range(count):
        notes: list[tuple[object, ...]] = []
        staff = 0
        for part in score.parts:
            if number < len(part.bars):
                notes += [
                    one
                    for event in part.bars[number].events
                    for one in _event_key(event, staff + event.staff)
                ]
            staff += part.staves
        keys.append(tuple(sorted(notes, key=repr)))
    return keys


def _event_key(event: Event, staff: int) -> list[tuple[object, ...]]:
    length, dots = event.duration.type.value, event.duration.dots
    if not event.notes:
        return [(staff, "rest", length, dots)]
    return [
        (staff, note.pitch.step, int(note.pitch.alter), note.pitch.octave, length, dots)
        for note in event.notes
    ]


def _key_of(notes: Sequence[Mapping[str, Any]], rests: Sequence[Mapping[str, Any]]) -> BarKey:
    found = [(n["staff"], n["step"], int(n["alter"]), n["octave"], n["type"], n["dots"]) for n in notes] + [
        (r["staff"], "rest", r["type"], r["dots"]) for r in rests
    ]
    return tuple(sorted(found, key=repr))


def _runs(bars: Sequence[int], reading: Reading) -> Iterator[list[int]]:
    """Bars that follow one another in one system."""
    run: list[int] = []
    for bar in bars:
        if run and (bar != run[-1] + 1 or reading.bars[bar].system != reading.bars[run[-1]].system):
            yield run
            run = []
        run.append(bar)
    if len(run) >= FEWEST_BARS:
        yield run


def _signs(
    reading: Reading, around: tuple[int, int, int, int], told: Sequence[Mapping[str, Any]]
) -> list[Sign]:
    """What was detected within a box, heads and rests named by what the label says of them."""
    x0, y0, x1, y1 = around
    known = [(one["box"], _label(one)) for one in told if one.get("box")]
    found = []
    for mark in reading.pages[0].detections:
        a0, b0, a1, b1 = (float(v) for v in mark.box)
        middle = (a0 + a1) / 2, (b0 + b1) / 2
        if not (x0 <= middle[0] < x1 and y0 <= middle[1] < y1):
            continue
        label = mark.label if mark.certainty >= SURE else None
        if mark.label.endswith(("_head", "_rest")):
            label = next(
                (
                    name
                    for box, name in known
                    if box[0] <= middle[0] <= box[2] and box[1] <= middle[1] <= box[3]
                ),
                None,
            )
        if label is not None:
            found.append(Sign(label, (a0, b0, a1, b1)))
    return found


def _label(told: Mapping[str, Any]) -> str | None:
    if "step" in told:
        return _HEADS.get(told["type"], "solid_head")
    return _RESTS.get(told["type"])
