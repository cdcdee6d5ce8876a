"""Readings of scores whose notes are known: each score turned back into the signs that a page would show.

`reading_of` is the way from a score to a `Reading` as the reader would give it; `drawn` draws the page.
"""

import io
from dataclasses import dataclass, replace

import numpy as np
from PIL import Image

from models.notation.engraving.engrave import Look, engrave
from models.notation.engraving.pictures import svg_to_png
from models.notation.score import Bar, Clef, ClefChange, Key, Metre, Part, Score
from models.read.meaning.context import contexts
from models.read.meaning.signs import (
    ArcSign,
    BarFrame,
    BarSigns,
    ChordSign,
    ClefSign,
    HeadSign,
    KeySign,
    MetreSign,
    RestSign,
    StaffBar,
)
from models.read.ranking.interpretations import interpretations, page_bars
from models.read.ranking.probability import calibrated_bars, calibrated_interpretations, calibration
from models.read.reading import Detection, PageDetections, Reading
from tests.scores import E8, H, event

LOOK = Look(width=1000, staff_space=10.0, header=False)
QUARTER = 16.0
"""Staff spaces that a quarter note takes along the staff."""
SIGNS = {1: "sharp", -1: "flat", 0: "natural", 2: "double-sharp", -2: "flat-flat"}
STROKES = {"eighth": 1, "16th": 2, "32nd": 3, "64th": 4, "128th": 5}


def tune():
    """Six bars of piano: G major, 3/4, a tie over a bar line, a slur, chords, dots, an accidental."""
    right = [
        (event("1", 0, "G4"), event("2", 1, "A4"), event("3", 2, "B4")),
        (event("4", 0, "D5", H), event("5", 2, "C5", E8), event("6", "5/2", "B4", E8)),
        (event("7", 0, "A4 C#5"), event("8", 1, "E4"), event("9", 2, "F#4")),
        (event("10", 0, "G4", H, 1, note={"tie_start": True}),),
        (event("11", 0, "G4", note={"tie_stop": True}), event("12", 1, "B4"), event("13", 2, "D5")),
        (event("14", 0, "G4", H), event("15", 2)),
    ]
    left = [
        (event(f"b{n}", 0, pitch, H, 1, voice=5, staff=2),)
        for n, pitch in enumerate(("G2", "G3", "A2", "B2 D3", "B2", "G2"))
    ]
    first = {
        "clefs": (ClefChange(Clef()), ClefChange(Clef("F", 4), staff=2)),
        "key": Key(1),
        "metre": Metre(3, 4),
    }
    bars = tuple(
        Bar(n + 1, spelled(r, Key(1)) + b, **(first if n == 0 else {}))
        for n, (r, b) in enumerate(zip(right, left, strict=True))
    )
    return Score((Part("P1", bars, staves=2),))


def spelled(events, key):
    """The events with the signs that their pitches need under a key, in order, each holding to the end of the bar."""
    held, out = {}, []
    for one in sorted(events, key=lambda e: e.onset):
        notes = []
        for note in one.notes:
            place, pitch = note.pitch.diatonic, note.pitch
            now = held.get(place, key.alter(pitch.step))
            sign = SIGNS[pitch.alter] if now != pitch.alter and not note.tie_stop else None
            if sign:
                held[place] = pitch.alter
            notes.append(replace(note, accidental=sign))
        out.append(replace(one, notes=tuple(notes)))
    return tuple(out)


@dataclass(frozen=True)
class Drawn:
    """A score on paper: grey pages, boxes of bars (page, box) and of notes by id, which bars begin a system."""

    pages: tuple[np.ndarray, ...]
    bars: tuple
    notes: dict
    systems: tuple[int, ...]


def drawn(score, look=LOOK):
    engraving = engrave(score, look)
    pages = tuple(
        np.asarray(Image.open(io.BytesIO(svg_to_png(page))).convert("L")).copy() for page in engraving.pages
    )
    systems, before = [], None
    for page, box in engraving.bars:
        if (page, box[1]) != before:
            systems.append(0)
            before = (page, box[1])
        systems[-1] += 1
    return Drawn(pages, engraving.bars, engraving.boxes, tuple(systems))


def bars_in_rows(score, per_system=4):
    """Boxes as a plain page would have them, where no picture is needed."""
    count = len(score.parts[0].bars)
    bars = tuple(
        (0, (200.0 * (n % per_system), 300.0 * (n // per_system), 200.0 * (n % per_system) + 200, 300.0 * (n // per_system) + 100))
        for n in range(count)
    )  # fmt: skip
    systems = tuple(min(per_system, count - at) for at in range(0, count, per_system))
    return Drawn((np.full((300 * len(systems) + 100, 800), 255, np.uint8),), bars, {}, systems)


def reading_of(score, paper=None, *, also=None, top=5):
    """The `Reading` that a reader would give of the score; ``also`` maps (bar, staff) to further readings' signs.

    A value of ``also`` is a list of functions from the bar's `BarSigns` to those of another reading.
    """
    paper = paper or bars_in_rows(score)
    staves = sum(part.staves for part in score.parts)
    page, at, system_page = [], 0, []
    held = _held(score)
    for count in paper.systems:
        system_page.append(paper.bars[at][0])
        page.append(
            tuple(
                tuple(
                    _staff_bar(score, held, staff, at + n, paper, first=n == 0, also=also or {})
                    for n in range(count)
                )
                for staff in range(staves)
            )
        )
        at += count
    parts, above = [], 0
    for part in score.parts:
        parts.append(tuple(range(above, above + part.staves)))
        above += part.staves
    ways = contexts(page, parts)
    table = calibration("printed")
    bars = calibrated_bars(page_bars(page, ways[0]), ways, table)
    seen = tuple(
        Detection("notehead", note.certainty, note.box or (0.0, 0.0, 1.0, 1.0))
        for system in page
        for staff in system
        for bar in staff
        for chord in bar.readings[0].timed
        if isinstance(chord, ChordSign)
        for note in chord.heads
    )
    pages = tuple(
        PageDetections((p.shape[0], p.shape[1]), 10.0, seen if n == 0 else (), ("Read by a stand-in.",))
        for n, p in enumerate(paper.pages)
    )
    return Reading(
        pages,
        tuple(page),
        tuple(system_page),
        tuple(parts),
        tuple(bars),
        calibrated_interpretations(interpretations(bars, ways, top), bars, ways, table),
    )


def nothing(pages):
    """The `Reading` of pages without music."""
    seen = tuple(
        PageDetections((p.shape[0], p.shape[1]), None, (), ("No staves were found on this page.",))
        for p in pages
    )
    return Reading(seen, (), (), (), (), ())


def _held(score):
    """Clef by staff, key and metre at the start of every bar: [bar][part] -> (clefs, key, metre)."""
    out = []
    for part in score.parts:
        clefs, key, metre, rows = {}, Key(), None, []
        for bar in part.bars:
            clefs |= {c.staff: c.clef for c in bar.clefs if c.onset == 0}
            key, metre = bar.key or key, bar.metre or metre
            rows.append((dict(clefs), key, metre, bar.metre is not None))
            clefs |= {c.staff: c.clef for c in sorted(bar.clefs, key=lambda c: c.onset)}
        out.append(rows)
    return out


def _staff_bar(score, held, staff, number, paper, *, first, also):
    index, own = [(n, s + 1) for n, p in enumerate(score.parts) for s in range(p.staves)][staff]
    part = score.parts[index]
    clefs, key, metre, metre_new = held[index][number]
    clef, bar = clefs.get(own, Clef()), part.bars[number]
    staves = sum(p.staves for p in score.parts)
    _, (x0, y0, x1, y1) = paper.bars[number]
    high = (y1 - y0) / (2 * staves - 1)
    top = y0 + 2 * staff * high
    frame = BarFrame(
        0.0, 60.0, (x0, top, x1, top + high), bar.barline, bar.repeat_start, bar.repeat_end, bar.ending
    )
    timed = _timed([e for e in bar.events if e.staff == own], clef, paper)
    signs = BarSigns(
        tuple(timed),
        clefs=(ClefSign(-6.0, ((clef, 0.95),)),) if first else (),
        keys=(KeySign(-4.0, key_signs(key, clef)),) if first and key.fifths else (),
        metres=(MetreSign(-2.0, metre),) if metre_new else (),
        arcs=tuple(_arcs(timed, [e for e in bar.events if e.staff == own], clef)),
        certainty=bar.certainty,
    )
    others = [change(signs) for change in also.get((number, staff), ())]
    return StaffBar(frame, (signs, *others))


def key_signs(key, clef):
    """The signs of a key as they stand under a clef."""
    letters = "FCGDAEB"[: key.fifths] if key.fifths > 0 else "BEADGCF"[: -key.fifths]
    kind = "sharp" if key.fifths > 0 else "flat"
    return tuple((kind, float(("CDEFGAB".index(x) - clef.bottom_line) % 7), 0.9) for x in letters)


def _timed(events, clef, paper):
    out = []
    for one in sorted(events, key=lambda e: (e.onset, not e.grace, e.voice)):
        x = QUARTER * float(one.onset) - (1.5 if one.grace else 0.0)
        box = paper.notes.get(one.id, (0, None))[1]
        if one.is_rest:
            out.append(
                RestSign(
                    x,
                    one.duration.type,
                    one.duration.dots,
                    4.0,
                    one.duration.tuplet,
                    one.tuplet_mark,
                    one.whole_bar,
                    box=box,
                )
            )
            continue
        kind = one.duration.type.value
        heads = tuple(
            HeadSign(
                x,
                float(n.pitch.diatonic - clef.bottom_line),
                n.accidental,
                n.certainty,
                paper.notes.get(n.id, (0, None))[1],
            )
            for n in one.notes
        )
        out.append(
            ChordSign(
                x,
                heads,
                filled=kind not in {"half", "whole"},
                stem=None if kind == "whole" else one.stem or "up",
                strokes=STROKES.get(kind, 0),
                dots=one.duration.dots,
                beams=one.beams,
                grace=one.grace,
                tuplet=one.duration.tuplet,
                tuplet_mark=one.tuplet_mark,
                articulations=one.articulations,
                certainty=one.certainty,
                box=box,
            )
        )
    return out


def _arcs(timed, events, clef):
    """Ties as the arcs that a page shows: to the next note, or over the bar line."""
    ordered = sorted(events, key=lambda e: (e.onset, not e.grace, e.voice))
    for one, sign in zip(ordered, timed, strict=True):
        for note in one.notes:
            if note.tie_start:
                place = float(note.pitch.diatonic - clef.bottom_line)
                after = next(
                    (
                        s
                        for e, s in zip(ordered, timed, strict=True)
                        if e.onset > one.onset and any(n.pitch == note.pitch for n in e.notes)
                    ),
                    None,
                )
                end = (after.x, place) if after else (58.0, place)
                yield ArcSign((sign.x, place), end)
