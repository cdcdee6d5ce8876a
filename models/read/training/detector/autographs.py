"""Autographs of which the notes are known and not where each stands: the network's own detections, told by the notes.

The pages of Debussy come with their music. A staff's heads as the network sees them, from left to right, are laid beside the
staff's notes by dynamic programming, whatever its clefs; what agrees becomes a sign to learn, at the staff position
that the note has. Where a note found no head, or a head no note, the strip is painted over with paper: nothing is taught there.
"""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, Protocol

import cv2
import numpy as np
from numpy.typing import NDArray

from models.arrays import Grey
from models.read.page.layout import layout_of
from models.read.page.staves import SPACE, Strip
from models.read.page.staves.staff import LINE_ROWS
from models.read.primitives.learned.classes import INDEX
from models.read.primitives.learned.detect import Box, Detection
from models.read.primitives.learned.extractor import seen_ink
from models.read.primitives.primitive import Style
from models.read.training.detector.engraving import PACK_SPACE, MarkedPage
from models.read.training.detector.heads_and_notes import HEADS, Match, Written, in_order, side_by_side
from models.read.training.detector.signs import UNKNOWN, Marked, StaffPlace

_STEPS = "CDEFGAB"
_SEEN = 0.35  # probability from which any other sign is one
_DOUBTED = 0.4  # and from which a head without a note is painted over, since it may be one all the same
_LEAST_SHARE = 0.5  # of a staff's notes that must be found
_PAPER = 255
_ROUND = 0.35 * SPACE  # pixels around a head that belong to it
_MOST_HIDDEN = 0.4  # of a stroke that is still one
_DARK = 0.35  # share of ink in the place of a chord's head that the network has missed
_HALVES = 2
"""Pictures that a page's strips are put into: so many are seen as often as the pages that they are learned with."""


class Sees(Protocol):
    """What tells the signs on a strip: `models.read.primitives.learned.LearnedExtractor`."""

    def detections(self, strip: Strip, style: Style) -> list[Detection]:
        """What a style's network sees, boxes in the strip's pixels."""
        ...


def autograph_pages(folder: Path, sees: Sees) -> Iterator[tuple[str, MarkedPage]]:
    """The pages of a folder of `data/debussy`, each as strips one above the other at the pack's staff space."""
    for file in sorted(folder.glob("*.jpg")):
        staves = written_staves(file.with_name(f"{file.stem}.json.gz"))
        grey = np.asarray(cv2.imread(str(file), cv2.IMREAD_GRAYSCALE), np.uint8)
        strips = [staff.strip for system in layout_of(grey).systems for staff in system.staves]
        seen = [sees.detections(strip, "handwritten") for strip in strips]
        for n, page in enumerate(told_strips(strips, seen, staves)):
            yield f"{file.stem}-{n}", page


def told_strips(
    strips: Sequence[Strip], seen: Sequence[Sequence[Detection]], staves: Sequence[Sequence[Written]]
) -> list[MarkedPage]:
    """What is learned of one page: its strips, what was seen on each, and the notes of its written staves from the top down."""
    heads = [in_order(found) for found in seen]
    learned = []
    for strip, note, matches in side_by_side(heads, staves):
        if len(matches) >= _LEAST_SHARE * len(staves[note]):
            learned.append(told(strips[strip], seen[strip], heads[strip], staves[note], matches))
    size = -(-len(learned) // _HALVES)
    return [_stacked(learned[n : n + size]) for n in range(0, len(learned), size)] if size else []


def written_staves(truth: Path) -> list[list[Written]]:
    """The notes of each staff of a page in the order in which they sound, chords from the top down."""
    page = json.loads(gzip.decompress(truth.read_bytes()))
    rows: dict[tuple[int, int, int], list[tuple[tuple[float, bool, int], Written]]] = {}
    for part, told_part in enumerate(page["parts"]):
        for staff in told_part["staves"]:
            for note in staff["notes"]:
                step = 7 * int(note["octave"]) + _STEPS.index(note["step"])
                grace = bool(note.get("grace"))
                written = Written(float(note["onset"]), step, _head(note, grace=grace))
                key = (int(note["system"]), part, int(staff["staff"]))
                rows.setdefault(key, []).append(((written.onset, not grace, -step), written))
    return [[w for _, w in sorted(rows[key], key=lambda pair: pair[0])] for key in sorted(rows)]


def _head(note: Mapping[str, Any], *, grace: bool) -> str:
    if grace:
        return "grace_head"
    return {"whole": "whole_head", "half": "hollow_head"}.get(str(note["type"]), "solid_head")


def told(
    strip: Strip,
    seen: Sequence[Detection],
    heads: Sequence[Detection],
    notes: Sequence[Written],
    matches: Sequence[Match],
) -> MarkedPage:
    """A strip with the signs that are certain, and paper where it is not certain what stands there."""
    of_note = {match.note: match for match in matches}
    signs = [_learned(heads[m.head], notes[m.note], m.position) for m in matches]
    unsure: list[Box] = []
    for n in range(len(notes)):
        if n in of_note:
            continue
        missed = _of_chord(n, notes, of_note, heads)
        if missed is not None and _darkness(strip, missed.box) > _DARK:
            signs.append(missed)
        else:
            unsure.append(_stretch(n, notes, of_note, heads, strip))
    known = {m.head for m in matches}
    unsure += [
        _wider(head.box, _ROUND)
        for n, head in enumerate(heads)
        if n not in known and head.certainty >= _DOUBTED
    ]
    signs += [
        Marked(d.name, d.box)
        for d in seen
        if d.name not in HEADS and d.certainty >= _SEEN and d.name in INDEX
    ]
    return _painted(strip, signs, unsure)


def _learned(head: Detection, note: Written, position: int) -> Marked:
    stem = int(np.argmax(head.stem)) if note.head != "whole_head" else 0
    return Marked(note.head, head.box, float(position), stem)


def _of_chord(
    n: int, notes: Sequence[Written], of_note: Mapping[int, Match], heads: Sequence[Detection]
) -> Marked | None:
    """Where a note without a head should stand, if another of its chord has one."""
    for other in (n - 1, n + 1):
        match = of_note.get(other)
        if match is None or notes[other].onset != notes[n].onset or notes[other].head != notes[n].head:
            continue
        up = notes[n].step - notes[other].step
        x0, y0, x1, y1 = heads[match.head].box
        if abs(up) < 2:  # it stands on the other side of the stem
            continue
        higher = up * SPACE / 2
        return Marked(notes[n].head, (x0, y0 - higher, x1, y1 - higher), float(match.position + up))
    return None


def _darkness(strip: Strip, box: Box) -> float:
    x0, y0, x1, y1 = (round(v) for v in box)
    if y0 < 0 or x0 < 0:
        return 0.0
    part = strip.binary[y0:y1, x0:x1]
    return float(part.mean()) if part.size else 0.0


def _stretch(
    n: int,
    notes: Sequence[Written],
    of_note: Mapping[int, Match],
    heads: Sequence[Detection],
    strip: Strip,
) -> Box:
    """The columns in which a note must stand that was not found: those of its chord, or from the head before to the one behind it."""
    height, width = (float(v) for v in strip.ink.shape)
    chord = [heads[m.head].box for i, m in of_note.items() if notes[i].onset == notes[n].onset]
    if chord:
        left, right = (
            min(box[0] for box in chord) - SPACE - _ROUND,
            max(box[2] for box in chord) + SPACE + _ROUND,
        )
    else:
        before = [of_note[i].head for i in range(n) if i in of_note]
        behind = [m.head for i, m in of_note.items() if i > n]
        left = heads[before[-1]].box[2] + 2 if before else 0.0
        right = heads[min(behind)].box[0] - 2 if behind else width
    return (max(0.0, min(left, right)), 0.0, max(left, right), height)


def _painted(strip: Strip, signs: Sequence[Marked], unsure: Sequence[Box]) -> MarkedPage:
    """The strip at the pack's staff space, paper where it is unsure; the signs that are left, thin strokes as far as they go on."""
    scale = PACK_SPACE / SPACE
    grey = np.asarray(np.rint(255.0 * (1.0 - seen_ink(strip))), np.uint8)
    hidden = np.zeros(grey.shape, np.bool_)
    for x0, y0, x1, y1 in unsure:
        hidden[max(0, int(y0)) : max(0, int(y1)), max(0, int(x0)) : max(0, int(x1))] = True
    grey[hidden] = _PAPER
    kept = [one for sign in signs if (one := _left_of(sign, hidden)) is not None]
    small = cv2.resize(grey, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    place = StaffPlace(
        0.0, LINE_ROWS[0] * scale, strip.ink.shape[1] * scale, LINE_ROWS[-1] * scale, len(LINE_ROWS)
    )
    return MarkedPage(
        np.asarray(small, np.uint8), PACK_SPACE, tuple(_scaled(m, scale) for m in kept), (place,)
    )


def _left_of(sign: Marked, hidden: NDArray[np.bool_]) -> Marked | None:
    """What is left of a sign where some of the strip is hidden; nothing when little is."""
    x0, y0, x1, y1 = (round(v) for v in sign.box)
    height, width = hidden.shape
    x0, y0, x1, y1 = max(0, x0), max(0, y0), min(width, max(x1, x0 + 1)), min(height, max(y1, y0 + 1))
    seen = ~hidden[y0:y1, x0:x1]
    if not seen.size or not seen.any():
        return None
    if seen.all():
        return sign
    if sign.position != UNKNOWN or seen.mean() < 1 - _MOST_HIDDEN:
        return None
    columns = np.flatnonzero(seen.any(axis=0))
    rows = np.flatnonzero(seen.any(axis=1))
    box = (x0 + float(columns[0]), y0 + float(rows[0]), x0 + float(columns[-1]) + 1, y0 + float(rows[-1]) + 1)
    return replace(sign, box=box)


def _scaled(sign: Marked, scale: float, down: float = 0.0) -> Marked:
    x0, y0, x1, y1 = sign.box
    return replace(sign, box=(x0 * scale, y0 * scale + down, x1 * scale, y1 * scale + down))


def _stacked(strips: Sequence[MarkedPage]) -> MarkedPage:
    """Strips one above the other as one page."""
    width = max(page.grey.shape[1] for page in strips)
    rows: list[Grey] = []
    signs: list[Marked] = []
    staves: list[StaffPlace] = []
    top = 0
    for page in strips:
        rows.append(np.pad(page.grey, ((0, 0), (0, width - page.grey.shape[1])), constant_values=_PAPER))
        signs += [_scaled(sign, 1.0, top) for sign in page.signs]
        staves += [replace(s, top=s.top + top, bottom=s.bottom + top) for s in page.staves]
        top += page.grey.shape[0]
    return MarkedPage(np.concatenate(rows), PACK_SPACE, tuple(signs), tuple(staves))


def _wider(box: Box, by: float) -> Box:
    return box[0] - by, box[1] - by, box[2] + by, box[3] + by
