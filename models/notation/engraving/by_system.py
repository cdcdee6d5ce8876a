"""A score drawn system by system, so that after an edit only what it changed is drawn again.

Each system is a page of its own, drawn from the bars that stand in it. What leads from one system into the next, ties and
slurs, is drawn here as two half arcs: the engraver sees one end only.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import replace

from models.arrays import Box
from models.notation.engraving.engrave import Engraving, Look, Page, engrave
from models.notation.score import Bar, Clef, ClefChange, Event, Key, Metre, Note, Part, Score, bar_length

KEPT = 400
"""Systems that are kept drawn."""
_CLOSE: Mapping[str, object] = {"pageMarginTop": 60, "pageMarginBottom": 20}
"""In Verovio's tenths of a millimetre: systems follow each other as they do on one page."""
_MIDDLE: Mapping[str, object] = {"minLastJustification": 0.0}


class SystemEngraver:
    """Draws states of one score after another in one look, and keeps what it drew. For one thread at a time."""

    def __init__(self, look: Look) -> None:
        """``look`` has the layout "scroll"; with its ``systems`` lines break where the score says, else where they first fell."""
        self._look = look
        self._drawn: OrderedDict[tuple[Score, bool, bool], Engraving] = OrderedDict()
        self._starts: tuple[int, ...] = ()
        self._bars = 0

    def engrave(self, score: Score) -> Engraving:
        """The score drawn, a page for each system. EngravingFailed or UnwritableScore where it cannot be."""
        bars = max((len(part.bars) for part in score.parts), default=0)
        starts = self._lines(score, bars)
        pages: list[Page] = []
        boxes: dict[str, tuple[int, Box]] = {}
        places: list[tuple[int, Box]] = []
        for number, first in enumerate(starts):
            stop = starts[number + 1] if number + 1 < len(starts) else bars
            system, open_ends = _system(score, first, stop)
            drawn = self._system(system, first=not number, last=stop == bars)
            drawn = _with_arcs(drawn, open_ends)
            boxes |= {identity: (len(pages), box) for identity, (_, box) in drawn.boxes.items()}
            places += [(len(pages), box) for _, box in drawn.bars]
            pages.append(drawn.pages[0])
        return Engraving(tuple(pages), boxes, tuple(places))

    def _lines(self, score: Score, bars: int) -> tuple[int, ...]:
        """The first bar of each system."""
        if self._look.systems:
            return (0, *(n for n, bar in enumerate(score.parts[0].bars) if n and bar.new_system))
        if bars != self._bars:
            whole = engrave(score, self._look)
            tops = [(page, round(box[1])) for page, box in whole.bars]
            self._starts = tuple(n for n in range(len(tops)) if not n or tops[n] != tops[n - 1])
            self._bars = bars
        return self._starts

    def _system(self, system: Score, *, first: bool, last: bool) -> Engraving:
        more = {**self._look.more, **_CLOSE, **({} if last else _MIDDLE)}
        look = replace(self._look, systems=True, header=self._look.header and first, more=more)
        key = system, first, last
        if key not in self._drawn:
            self._drawn[key] = engrave(system, look)
            while len(self._drawn) > KEPT:
                self._drawn.popitem(last=False)
        self._drawn.move_to_end(key)
        return self._drawn[key]


_OpenEnds = list[tuple[str, bool, bool]]
"""(id of a note, whether the arc leads out of the system at its right, whether the stem is up)."""


def _system(score: Score, first: int, stop: int) -> tuple[Score, _OpenEnds]:
    """Some bars as a score of their own that begins with what holds there, and the ends of arcs that lead out of it."""
    parts: list[Part] = []
    ends: _OpenEnds = []
    for part in score.parts:
        bars = _begun(part, first, stop)
        closed, own = _closed(bars)
        ends += own
        parts.append(replace(part, bars=closed, name=part.name if not first else ""))
    return replace(
        score, parts=tuple(parts), tempo=score.tempo if not first else None, title=score.title
    ), ends


def _begun(part: Part, first: int, stop: int) -> list[Bar]:
    metre, key = Metre(), Key()
    clefs: dict[int, Clef] = {}
    for bar in part.bars[:first]:
        metre, key = bar.metre or metre, bar.key or key
        clefs |= {change.staff: change.clef for change in sorted(bar.clefs, key=lambda c: c.onset)}
    bars = []
    printed = False
    for number, bar in enumerate(part.bars[first:stop]):
        metre, printed = bar.metre or metre, printed or bar.metre is not None
        new = replace(bar, new_system=False)
        if not number:
            now = {change.staff for change in bar.clefs if change.onset == 0}
            held = tuple(ClefChange(clef, staff=n) for n, clef in sorted(clefs.items()) if n not in now)
            new = replace(new, clefs=held + bar.clefs, key=bar.key or (key if key.fifths else None))
        if not printed and not bar.pickup:
            new = replace(new, length=bar_length(bar, metre))  # it holds though the metre is not printed
        bars.append(new)
    return bars


def _closed(bars: list[Bar]) -> tuple[tuple[Bar, ...], _OpenEnds]:
    """The bars without ties and slurs that have one end only, and those ends."""
    ends: _OpenEnds = []
    ordered = [e for bar in bars for e in sorted(bar.events, key=lambda e: e.onset)]
    tied: dict[tuple[int, int], Note] = {}
    loose: set[tuple[str, bool]] = set()
    running: dict[int, Event] = {}
    halves: set[tuple[str, str, int]] = set()
    stems = {note.id: event.stem == "up" for event in ordered for note in event.notes}
    for event in ordered:
        for note in event.notes:
            place = note.pitch.midi, event.staff
            if note.tie_stop and tied.pop(place, None) is None:
                loose.add((note.id, False))
            if note.tie_start:
                tied[place] = note
        for kind, number in sorted(event.slurs, reverse=True):
            if kind == "start":
                running[number] = event
            elif running.pop(number, None) is None:
                halves.add((event.id, kind, number))
    last = bars[-1].events if bars else ()
    at_end = {note.id for event in last for note in event.notes}
    loose |= {(note.id, True) for note in tied.values() if note.id in at_end}
    halves |= {(event.id, "start", number) for number, event in running.items()}
    ends += [(name, right, stems.get(name, True)) for name, right in sorted(loose)]
    ends += [
        (event.notes[0].id, kind == "start", event.stem == "up")
        for event in ordered
        for kind, number in event.slurs
        if (event.id, kind, number) in halves and event.notes
    ]
    names = {name for name, _ in loose}
    if not names and not halves:
        return tuple(bars), ends

    def loosened(event: Event) -> Event:
        slurs = tuple(s for s in event.slurs if (event.id, *s) not in halves)
        notes = tuple(
            replace(
                n,
                tie_start=n.tie_start and (n.id, True) not in loose,
                tie_stop=n.tie_stop and (n.id, False) not in loose,
            )
            if n.id in names
            else n
            for n in event.notes
        )
        return (
            event
            if (slurs, notes) == (event.slurs, event.notes)
            else replace(event, slurs=slurs, notes=notes)
        )

    return tuple(replace(bar, events=tuple(loosened(e) for e in bar.events)) for bar in bars), ends


def _with_arcs(drawn: Engraving, ends: _OpenEnds) -> Engraving:
    """The drawing with half arcs from notes to the system's edge."""
    paths = []
    for name, right, stem_up in ends:
        if name not in drawn.boxes or not drawn.bars:
            continue
        x0, y0, x1, y1 = drawn.boxes[name][1]
        high = y1 - y0
        edge = max(box[2] for _, box in drawn.bars) if right else max(0.0, x0 - 3 * high)
        start = x1 + high / 4 if right else edge
        reach = min(edge - start, 5 * high) if right else x0 - high / 4 - edge
        if reach <= 1:
            continue
        down = 1 if stem_up else -1
        y = (y1 + 1 if stem_up else y0 - 1) + (0 if right else down * 0.7 * high)
        bend, rise = down * 0.7 * high, 0.0 if not right else down * 0.7 * high
        outer = f"M{start:.1f} {y:.1f}q{reach / 2:.1f} {bend:.1f} {reach:.1f} {rise if right else -bend:.1f}"
        paths.append(f'<path d="{outer}" fill="none" stroke="currentColor" stroke-width="{high / 6:.2f}"/>')
    if not paths:
        return drawn
    page = drawn.pages[0]
    svg = page.svg.removesuffix("</svg>") + f'<g class="sw-over">{"".join(paths)}</g></svg>'
    return replace(drawn, pages=(replace(page, svg=svg), *drawn.pages[1:]))
