"""Scores written as MusicXML 4.0, partwise. Every note carries its id as an ``id`` attribute, which Verovio keeps."""

from __future__ import annotations

import re
from fractions import Fraction
from math import lcm
from typing import NamedTuple
from xml.etree import ElementTree as ET

from models.notation.errors import UnwritableScore
from models.notation.musicxml import vocabulary as words
from models.notation.musicxml.container import mxl_bytes
from models.notation.musicxml.directions import write_direction
from models.notation.musicxml.drums import list_drums
from models.notation.musicxml.harmony import write_harmony
from models.notation.musicxml.heading import write_credits, write_identification, write_part_groups
from models.notation.musicxml.lyrics import write_lyrics
from models.notation.musicxml.marks import (
    add_text,
    number_text,
    ties,
    write_key,
    write_look,
    write_metre,
    write_notations,
    write_pitch,
    write_transpose,
)
from models.notation.musicxml.repeats import (
    bars_of_rest,
    repeat_signs,
    write_bars_of_rest,
    write_jumps,
    write_left_barline,
    write_repeat_signs,
    write_right_barline,
)
from models.notation.musicxml.voices import Lane, lanes
from models.notation.score import (
    Bar,
    ClefChange,
    Duration,
    Event,
    Metre,
    Note,
    NoteType,
    Part,
    Score,
    bar_length,
)
from models.notation.words import Direction, Harmony

_HEAD = (
    b'<?xml version="1.0" encoding="UTF-8"?>\n'
    b'<!DOCTYPE score-partwise PUBLIC "-//Recordare//DTD MusicXML 4.0 Partwise//EN" '
    b'"http://www.musicxml.org/dtds/partwise.dtd">\n'
)
_DIVISIONS_LIMIT = 1_000_000
_COARSE_DIVISIONS = 40_320
"""8!: every usual tuplet is exact in it."""


def write_mxl(score: Score) -> bytes:
    """The score as a compressed MusicXML file (.mxl). Raises as `write_musicxml`."""
    return mxl_bytes(write_musicxml(score))


def write_musicxml(score: Score) -> bytes:
    """The score as a MusicXML 4.0 file (UTF-8, partwise). UnwritableScore for what MusicXML has no way to write.

    Bars that hold no event get a rest on each staff. Events of one voice that overlap go to voices of their own.
    """
    if not score.parts:
        raise UnwritableScore("This score has no part: give it at least one.")
    root = ET.Element("score-partwise", version="4.0")
    write_identification(root, score)
    write_credits(root, score)
    part_list = ET.SubElement(root, "part-list")
    names = _Names()
    for index, part in enumerate(score.parts):
        identity = names.of(part.id or f"P{index + 1}")
        write_part_groups(part_list, score, index, "start")
        listed = ET.SubElement(part_list, "score-part", id=identity)
        add_text(listed, "part-name", part.name)
        if part.short_name:
            add_text(listed, "part-abbreviation", part.short_name)
        write_part_groups(part_list, score, index, "stop")
        drums = list_drums(listed, part, identity)
        bars = ET.SubElement(root, "part", id=identity)
        _PartWriter(bars, part, names, score.tempo if index == 0 else None, drums).write()
    ET.indent(root, " ")
    text: bytes = ET.tostring(root, encoding="utf-8", xml_declaration=False)
    return _HEAD + text + b"\n"


class _TempoChange(NamedTuple):
    """A tempo, in quarter notes a minute, that holds from a moment within a bar on."""

    onset: Fraction
    tempo: float


_Change = ClefChange | _TempoChange | Direction | Harmony


class _Names:
    """Ids as XML wants them: a letter first, no odd signs, none twice."""

    def __init__(self) -> None:
        self._taken: set[str] = set()

    def of(self, wanted: str) -> str:
        name = re.sub(r"[^A-Za-z0-9_.-]", "-", wanted)
        if not name or not (name[0].isalpha() or name[0] == "_"):
            name = f"n{name}"
        free, count = name, 2
        while free in self._taken:
            free, count = f"{name}-{count}", count + 1
        self._taken.add(free)
        return free


class _PartWriter:
    """Writes the bars of one part below its element."""

    def __init__(
        self, element: ET.Element, part: Part, names: _Names, tempo: float | None, drums: dict[int, str]
    ) -> None:
        self._drums = drums
        self._element, self._part, self._names, self._tempo = element, part, names, tempo
        self._metre = Metre()
        self._divisions = divisions(part)
        self._repeats = repeat_signs(part.bars)

    def write(self) -> None:
        bars = self._part.bars
        for index, bar in enumerate(bars):
            before = bars[index - 1] if index else None
            after = bars[index + 1] if index + 1 < len(bars) else None
            self._bar(bar, index, before, after)

    def _bar(self, bar: Bar, index: int, before: Bar | None, after: Bar | None) -> None:
        self._metre = bar.metre or self._metre
        measure = ET.SubElement(self._element, "measure", number=str(bar.number))
        if bar.pickup:
            measure.set("implicit", "yes")
        if bar.new_system or bar.new_page:
            ET.SubElement(measure, "print").set("new-page" if bar.new_page else "new-system", "yes")
        write_left_barline(measure, bar, before)
        self._attributes(measure, bar, index)
        sounding = self._tempos(bar, index)
        marked = {d.onset for d in bar.directions if d.kind == "tempo"}
        if 0 in sounding and 0 not in marked:
            self._metronome(measure, sounding[Fraction(0)])
        if bar.gap:
            direction = ET.SubElement(measure, "direction", placement="above")
            mark = add_text(ET.SubElement(direction, "direction-type"), "words", "?")
            for name, value in (("color", words.GAP_COLOUR), ("font-weight", "bold"), ("id", self._names.of(f"{words.GAP_ID}{self._part.id}-{index}"))):  # fmt: skip
                mark.set(name, value)
        write_jumps(measure, bar, at_start=True)
        self._voices(measure, bar, sounding)
        write_jumps(measure, bar, at_start=False)
        write_right_barline(measure, bar, after)

    def _attributes(self, measure: ET.Element, bar: Bar, index: int) -> None:
        first = index == 0
        clefs = sorted((c for c in bar.clefs if c.onset == 0), key=lambda c: c.staff)
        repeats = self._repeats.get(index, [])
        rests = bars_of_rest(self._part.bars, index)
        if not (first or clefs or bar.key or bar.metre or repeats or rests):
            return
        attributes = ET.SubElement(measure, "attributes")
        if first:
            add_text(attributes, "divisions", self._divisions)
        if bar.key:
            write_key(attributes, bar.key)
        if bar.metre:
            write_metre(attributes, bar.metre)
        if first and self._part.staves > 1:
            add_text(attributes, "staves", self._part.staves)
        for change in clefs:
            self._clef(attributes, change)
        if first and self._part.transpose:
            write_transpose(attributes, self._part.transpose)
        write_repeat_signs(attributes, repeats)
        if rests:
            write_bars_of_rest(attributes, rests)

    def _clef(self, attributes: ET.Element, change: ClefChange) -> None:
        clef = ET.SubElement(attributes, "clef")
        if self._part.staves > 1:
            clef.set("number", str(change.staff))
        add_text(clef, "sign", change.clef.sign)
        if change.clef.sign != "percussion":
            add_text(clef, "line", change.clef.line)
        if change.clef.octave_change:
            add_text(clef, "clef-octave-change", change.clef.octave_change)

    def _metronome(self, measure: ET.Element, tempo: float) -> None:
        direction = ET.SubElement(measure, "direction", placement="above")
        metronome = ET.SubElement(ET.SubElement(direction, "direction-type"), "metronome")
        add_text(metronome, "beat-unit", "quarter")
        add_text(metronome, "per-minute", number_text(round(tempo, 2)))
        ET.SubElement(direction, "sound", tempo=number_text(tempo))

    def _tempos(self, bar: Bar, index: int) -> dict[Fraction, float]:
        """The tempos that a bar sets, in quarters a minute, by their onsets."""
        first = (self._tempo if index == 0 else None) or bar.tempo
        return {**({Fraction(0): first} if first is not None else {}), **dict(bar.tempos)}

    def _voices(self, measure: ET.Element, bar: Bar, tempos: dict[Fraction, float]) -> None:
        """Every voice from the bar's start, with ``backup`` between them; clefs and directions go with the first."""
        length = bar_length(bar, self._metre)
        events = bar.events or tuple(
            Event(
                f"rest-{self._part.id}-{bar.number}-{n}",
                Fraction(0),
                Duration(NoteType.WHOLE),
                (),
                n,
                n,
                whole_bar=True,
            )
            for n in range(1, self._part.staves + 1)
        )
        at = Fraction(0)
        changes: list[_Change] = sorted(
            [
                *(c for c in bar.clefs if c.onset > 0),
                *(_TempoChange(*t) for t in bar.tempos if not _marked(bar, t[0])),
                *bar.directions,
                *bar.harmonies,
            ],
            key=lambda c: (c.onset, 0 if isinstance(c, _TempoChange) else c.staff),
        )
        farthest = Fraction(0)
        for lane in lanes(events, length):
            at = self._move(measure, at, Fraction(0))
            for event in lane.events:
                while changes and changes[0].onset <= event.onset:
                    at = self._move(measure, at, changes[0].onset)
                    self._change(measure, changes.pop(0), tempos)
                at = self._move(measure, at, event.onset)
                self._event(measure, event, lane, length)
                at += lane.length(event, length)
                farthest = max(farthest, at)
            for change in changes:
                at = self._move(measure, at, change.onset)
                self._change(measure, change, tempos)
            changes = []
        if farthest < length:
            self._move(measure, at, length)

    def _change(self, measure: ET.Element, change: _Change, tempos: dict[Fraction, float]) -> None:
        several = self._part.staves > 1
        if isinstance(change, ClefChange):
            self._clef(ET.SubElement(measure, "attributes"), change)
        elif isinstance(change, Harmony):
            write_harmony(measure, change, staff=several)
        elif isinstance(change, Direction):
            tempo = tempos.get(change.onset) if change.kind == "tempo" else None
            write_direction(measure, change, tempo, staff=several)
        else:
            self._metronome(measure, change.tempo)

    def _move(self, measure: ET.Element, at: Fraction, to: Fraction) -> Fraction:
        ticks = self._ticks(at, to)
        if ticks:
            mover = ET.SubElement(measure, "forward" if ticks > 0 else "backup")
            add_text(mover, "duration", abs(ticks))
        return to

    def _ticks(self, start: Fraction, end: Fraction) -> int:
        """Between two moments, each at its nearest tick, so that no rounding adds up."""
        return round(end * self._divisions) - round(start * self._divisions)

    def _event(self, measure: ET.Element, event: Event, lane: Lane, bar: Fraction) -> None:
        if event.dynamic in words.DYNAMICS:
            direction = ET.SubElement(measure, "direction", placement="below")
            dynamics = ET.SubElement(ET.SubElement(direction, "direction-type"), "dynamics")
            ET.SubElement(dynamics, str(event.dynamic))
            add_text(direction, "voice", lane.voice)
            add_text(direction, "staff", event.staff)
        ticks = max(1, self._ticks(event.onset, event.onset + lane.length(event, bar)))
        for index, note in enumerate(event.notes or (None,)):
            element = ET.SubElement(measure, "note", id=self._names.of(note.id if note else event.id))
            self._sounding(element, event, note, ticks, chord=index > 0)
            add_text(element, "voice", lane.voice)
            write_look(element, event, note)
            add_text(element, "staff", event.staff)
            if note and not index:
                for level, beam in enumerate(event.beams, 1):
                    if beam in words.BEAMS:
                        add_text(element, "beam", beam).set("number", str(level))
            rolled = index > 0 and "arpeggiate" in event.articulations
            write_notations(element, event if not index else None, note, arpeggiated=rolled)
            if not index:
                write_lyrics(element, event.lyrics)

    def _sounding(
        self, element: ET.Element, event: Event, note: Note | None, ticks: int, *, chord: bool
    ) -> None:
        """What of the note is heard: grace, pitch or rest, duration, ties."""
        if event.grace:
            ET.SubElement(element, "grace", slash="yes")
        if chord:
            ET.SubElement(element, "chord")
        if note is None:
            rest = ET.SubElement(element, "rest")
            if event.whole_bar:
                rest.set("measure", "yes")
        else:
            write_pitch(element, note)
        if not event.grace:
            add_text(element, "duration", ticks)
            for kind in ties(note):
                ET.SubElement(element, "tie", type=kind)
        if note and note.drum is not None:
            ET.SubElement(element, "instrument", id=self._drums[note.drum])


def _marked(bar: Bar, onset: Fraction) -> bool:
    return any(d.kind == "tempo" and d.onset == onset for d in bar.directions)


def divisions(part: Part) -> int:
    """How many ticks of the part make a quarter note, so that every moment in it falls on a tick.

    Where that would take more than a million, 40320 of them: moments then move by less than a tick.
    """
    metre, moments = Metre(), [Fraction(1)]
    for bar in part.bars:
        metre = bar.metre or metre
        moments.append(bar_length(bar, metre))
        moments += [change.onset for change in bar.clefs]
        moments += [onset for onset, _ in bar.tempos]
        moments += [direction.onset for direction in bar.directions]
        moments += [harmony.onset for harmony in bar.harmonies]
        for event in bar.events:
            moments += [event.onset, event.length]
            if event.onset < 0:
                raise UnwritableScore(
                    f"Bar {bar.number} has a note before the bar's start: move it into the bar."
                )
    found = lcm(*(moment.denominator for moment in moments))
    return found if found <= _DIVISIONS_LIMIT else _COARSE_DIVISIONS
