"""Readings turned into a typed score: parts of staves, bars of events, ties and slurs, what is new in each bar."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field, replace
from fractions import Fraction

from models.notation.score import Bar, Clef, ClefChange, Event, Key, Metre, Note, NoteType, Part, Pitch, Score
from models.read.attachment import Slot, with_marks, with_tempo
from models.read.meaning.assumed import assumptions
from models.read.meaning.context import BarContext, Context
from models.read.meaning.crossing import joined
from models.read.meaning.drums import drum_at
from models.read.meaning.marks import Heading, Mark
from models.read.meaning.pitch import clef_at, pitches
from models.read.meaning.rhythm import Placed
from models.read.meaning.signs import (
    BarFrame,
    ChordSign,
    HeadSign,
    PageBars,
    RestSign,
    StaffBar,
    octave_marks,
)
from models.read.meaning.ties import BarArcs, BarOnStaff, arcs_of
from models.read.ranking.bars import BarReading, StaffReading
from models.read.ranking.interpretations import BarOptions, Interpretation, filled

_OVERLAP = 1.0  # staff spaces by which bars may overlap before their places are taken to begin anew in each
_SLURS = 6  # numbers of slurs that each staff of a part has for its own


Arcs = dict[tuple[int, int, int], BarArcs]
"""What arcs do, by system, bar of the system and staff."""


@dataclass
class _State:
    """What the bars of a part have said so far."""

    clefs: dict[int, Clef]
    key: Key | None = None
    metre: Metre | None = None
    tied: dict[int, dict[int, int]] | None = None
    ending: int = 0
    slots: list[Slot] = field(default_factory=list)


def score_of(
    page: PageBars,
    parts: Sequence[Sequence[int]],
    bars: Sequence[BarOptions],
    way: Interpretation,
    *,
    heading: Heading | None = None,
    new_pages: Collection[int] = (),
) -> Score:
    """The score of one interpretation, under its heading. ``new_pages`` are the systems that begin a further page."""
    made = []
    for number, staves in enumerate(parts, start=1):
        made.append(_part(number, page, staves, bars, way, new_pages))
    heading = heading or Heading()
    score = Score(
        tuple(made),
        heading.title,
        assumptions=assumptions(way.context),
        composer=heading.composer,
        subtitle=heading.subtitle,
        lyricist=heading.lyricist,
    )
    return with_tempo(score)


def _part(
    number: int,
    page: PageBars,
    staves: Sequence[int],
    bars: Sequence[BarOptions],
    way: Interpretation,
    new_pages: Collection[int],
) -> Part:
    state = _State({}, tied={})
    out: list[Bar] = []
    opened: list[set[str]] = []
    marks: list[tuple[int, int, int, int, Mark]] = []
    arcs = _arcs(page, staves, bars, way)
    for place, (options, choice) in enumerate(zip(bars, way.choice, strict=True)):
        metre = way.context.metres.get((options.system, options.number))
        length = filled(options, choice, metre.quarters if metre else None)
        bar, over = _bar(place, number, page, staves, options, choice, way.context, state, arcs)
        opened.append(over)
        for position, staff in enumerate(staves, start=1):
            own = _on_staff(page, options, staff)
            read = _read(options, choice, staff)
            beside = [
                *(own.marks if own else ()),
                *(octave_marks(own.frame, read.signs) if own and read else ()),
            ]
            marks += [(options.system, staff, place, position, mark) for mark in beside]
        same = metre is not None and length == metre.quarters
        pickup = place == 0 and metre is not None and length < metre.quarters and not bar.gap
        new = metre is not None and metre != state.metre
        state.metre = metre or state.metre
        out.append(
            replace(
                bar,
                metre=metre if new else None,
                length=None if same else length,
                pickup=pickup,
                new_system=options.number == 0 and options.system > 0,
                new_page=options.number == 0 and options.system in new_pages,
            )
        )
    return with_marks(Part(f"P{number}", _tied_over(out, opened), staves=len(staves)), state.slots, marks)


def _on_staff(page: PageBars, options: BarOptions, staff: int) -> StaffBar | None:
    """A bar of a staff; None where the staff has not so many bars."""
    line = page[options.system][staff] if staff < len(page[options.system]) else ()
    return line[options.number] if options.number < len(line) else None


def _read(options: BarOptions, choice: int, staff: int) -> StaffReading | None:
    """A bar of a staff as it is read; None where it is not."""
    reading = options.readings[choice] if options.readings else None
    return reading.staves[staff] if reading is not None and staff < len(reading.staves) else None


def _arcs(page: PageBars, staves: Sequence[int], bars: Sequence[BarOptions], way: Interpretation) -> Arcs:
    """What the arcs of a part's staves do."""
    found: Arcs = {}
    for position, staff in enumerate(staves):
        line: list[BarOnStaff] = []
        aside = edge = 0.0
        for options, choice in zip(bars, way.choice, strict=True):
            read = _read(options, choice, staff)
            bar = _on_staff(page, options, staff)
            metre = way.context.metres.get((options.system, options.number))
            length = filled(options, choice, metre.quarters if metre else None)
            if read is None or bar is None:
                line.append(BarOnStaff((), (), length, system=options.system))
                continue
            before = edge if options.number else bar.frame.left
            aside = (aside if options.number else 0.0) + max(0.0, before - bar.frame.left - _OVERLAP)
            edge = bar.frame.right
            hairpins = [m for m in bar.marks if m.kind in ("crescendo", "diminuendo")]
            line.append(BarOnStaff(read.placed, read.signs.arcs, length, hairpins, options.system, aside))
        made = arcs_of(line, first_number=1 + _SLURS * position)
        found |= {(o.system, o.number, staff): own for o, own in zip(bars, made, strict=True)}
    return found


def _tied_over(bars: Sequence[Bar], opened: Sequence[set[str]]) -> tuple[Bar, ...]:
    """The bars with ties over their lines: from notes in `opened` to the same pitch at the start of the next bar.

    An arc that finds no such note was a slur.
    """
    starts: set[str] = set()
    stops: set[str] = set()
    for before, after, ids in zip(bars, bars[1:], opened, strict=False):
        first = [(e.staff, n) for e in after.events if e.onset == 0 and not e.grace for n in e.notes]
        for event in before.events:
            for note in event.notes:
                if note.id in ids:
                    other = next((n for s, n in first if s == event.staff and n.pitch == note.pitch), None)
                    if other is not None:
                        starts.add(note.id)
                        stops.add(other.id)
    if not starts:
        return tuple(bars)
    return tuple(
        replace(
            bar,
            events=tuple(
                replace(
                    e,
                    notes=tuple(
                        replace(
                            n, tie_start=n.tie_start or n.id in starts, tie_stop=n.tie_stop or n.id in stops
                        )
                        for n in e.notes
                    ),
                )
                for e in bar.events
            ),
        )
        for bar in bars
    )


def _bar(
    place: int,
    part: int,
    page: PageBars,
    staves: Sequence[int],
    options: BarOptions,
    choice: int,
    context: Context,
    state: _State,
    arcs: Arcs,
) -> tuple[Bar, set[str]]:
    """The bar, and the ids of its notes from which arcs lead over the end of the system."""
    reading = options.readings[choice] if options.readings else None
    events: list[Event] = []
    clefs: list[ClefChange] = []
    key: Key | None = None
    frame = None
    gap = False
    over: set[str] = set()
    by_staff: list[tuple[int, int, list[tuple[Placed, Event]]]] = []
    for position, staff in enumerate(staves, start=1):
        at = context.bars.get((options.system, staff, options.number))
        if at is None or reading is None or staff >= len(reading.staves):
            continue
        read = reading.staves[staff]
        frame = page[options.system][staff][options.number].frame
        gap = gap or read.signs.defied
        if state.clefs.get(position) != at.clef:
            clefs.append(ClefChange(at.clef, Fraction(0), position))
        state.clefs[position] = at.clef
        for x, clef in at.changes:
            onset = min((p.onset for p in read.placed if p.sign.x > x), default=read.length)
            clefs.append(ClefChange(clef, onset, position))
            state.clefs[position] = clef
        if at.key != state.key and position == 1:
            key = at.key if state.key is not None or at.key.fifths else None
            state.key = at.key
        name = f"p{part}s{options.system + 1}b{options.number + 1}" + (
            f"t{position}" if len(staves) > 1 else ""
        )
        tied = (state.tied or {}).get(position, {})
        own = arcs[options.system, options.number, staff]
        made, carried, opened = _events(read, reading, at, position, name, tied, own)
        over |= opened
        signs = sorted(read.placed, key=lambda p: (p.onset, p.voice, p.sign.x))
        by_staff.append((staff, position, list(zip(signs, made, strict=True))))
        if state.tied is not None:
            state.tied[position] = carried
    for (staff, position, own_signs), joint in zip(by_staff, joined([b for *_, b in by_staff]), strict=True):
        state.slots += [
            _slot(options.system, staff, place, position, p, e)
            for (p, _), e in zip(own_signs, joint, strict=True)
        ]
        events += joint
    bar = Bar(
        place + 1,
        tuple(events),
        tuple(clefs),
        key=key,
        repeat_start=bool(frame and frame.repeat_start),
        repeat_end=bool(frame and frame.repeat_end),
        ending=_ending(frame, state),
        barline=frame.barline if frame else "regular",
        rests=frame.rests if frame else 0,
        gap=gap and not events,
        certainty=reading.certainty if reading else 0.0,
        box=frame.box if frame else None,
    )
    return bar, over


def _slot(system: int, staff: int, place: int, position: int, placed: Placed, event: Event) -> Slot:
    boxes = [n.box for n in event.notes if n.box is not None]
    heads = (min(b[1] for b in boxes), max(b[3] for b in boxes)) if boxes else None
    sounds, x = bool(event.notes), placed.sign.x
    at = event.onset, event.voice, sounds, event.grace, event.length, heads
    return Slot(system, staff, place, position, x, event.id, *at)


def _ending(frame: BarFrame | None, state: _State) -> str | None:
    """The number of the ending that a bar belongs to: brackets that follow one another count on."""
    if frame is None or frame.ending is None:
        state.ending = 0
    elif frame.ending == "opens":
        state.ending += 1
    return str(state.ending) if state.ending else None


def _events(
    read: StaffReading,
    whole: BarReading,
    at: BarContext,
    staff: int,
    name: str,
    tied: dict[int, int],
    arcs: BarArcs,
) -> tuple[list[Event], dict[int, int], set[str]]:
    """The events of one staff's bar, the alterations that ties carry on over its end, and the ids of notes tied to the next system."""
    found = sorted(read.placed, key=lambda p: (p.onset, p.voice, p.sign.x))
    pitch = pitches(found, at.clef, at.key, changes=at.changes, tied=tied, octaves=read.signs.octaves)
    events = []
    opened: set[str] = set()
    for number, one in enumerate(found, start=1):
        sign = one.sign
        voice = one.voice + 4 * (staff - 1)
        if isinstance(sign, RestSign):
            event = Event(
                f"{name}n{number}", one.onset, sign.duration, (), voice, staff,
                tuplet_mark=sign.tuplet_mark, whole_bar=sign.whole_bar and sign.type is NoteType.WHOLE,
                certainty=whole.note_certainty(sign.certainty), box=sign.box,
            )  # fmt: skip
        else:
            clef = clef_at(at.changes, sign.x, at.clef)
            event = _chord(sign, one, pitch, f"{name}n{number}", voice, staff, clef, whole, arcs)
            event = replace(event, slurs=tuple(arcs.slurs.get(id(sign), ())))  # type: ignore[arg-type]
            low_first = sorted(sign.heads, key=lambda h: pitch[h].midi)
            opened |= {
                n.id for n, h in zip(event.notes, low_first, strict=True) if (id(sign), h) in arcs.open_end
            }
        events.append(event)
    carried = {pitch[h].diatonic: pitch[h].alter for h in arcs.carried if h in pitch}
    return events, carried, opened


def _chord(
    sign: ChordSign,
    one: Placed,
    pitch: dict[HeadSign, Pitch],
    name: str,
    voice: int,
    staff: int,
    clef: Clef,
    whole: BarReading,
    arcs: BarArcs,
) -> Event:
    notes = tuple(
        Note(
            f"{name}h{n}" if len(sign.heads) > 1 else name,
            pitch[head],
            head.accidental,
            tie_start=(id(sign), head) in arcs.starts,
            tie_stop=(id(sign), head) in arcs.stops,
            certainty=whole.note_certainty(head.certainty),
            box=head.box,
            drum=drum_at(round(head.place)) if clef.sign == "percussion" else None,
        )
        for n, head in enumerate(sorted(sign.heads, key=lambda h: pitch[h].midi), start=1)
    )
    return Event(
        name, one.onset, sign.duration, notes, voice, staff, sign.stem, sign.beams,
        tuplet_mark=sign.tuplet_mark, articulations=sign.articulations, grace=sign.grace,
        certainty=whole.note_certainty(sign.certainty), box=sign.box,
    )  # fmt: skip
