"""Scores written as MusicXML 4.0, partwise. Every note carries its id as an ``id`` attribute, which Verovio keeps."""

from __future__ import annotations

import re
from fractions import Fraction
from math import lcm
from xml.etree import ElementTree as ET

from models.notation.errors import UnwritableScore
from models.notation.musicxml import vocabulary as words
from models.notation.musicxml.voices import Lane, lanes
from models.notation.score import (
    Bar,
    ClefChange,
    Duration,
    Event,
    Key,
    Metre,
    Note,
    NoteType,
    Part,
    Score,
    bar_length,
)

_HEAD = (
    b'<?xml version="1.0" encoding="UTF-8"?>\n'
    b'<!DOCTYPE score-partwise PUBLIC "-//Recordare//DTD MusicXML 4.0 Partwise//EN" '
    b'"http://www.musicxml.org/dtds/partwise.dtd">\n'
)
_UNPRINTABLE = re.compile("[^\t\n\r -\ud7ff\ue000-�\U00010000-\U0010ffff]")
_DIVISIONS_LIMIT = 1_000_000
_COARSE_DIVISIONS = 40_320
"""8!: every usual tuplet is exact in it."""


def write_musicxml(score: Score) -> bytes:
    """The score as a MusicXML 4.0 file (UTF-8, partwise). UnwritableScore for what MusicXML has no way to write.

    Bars that hold no event get a rest on each staff. Events of one voice that overlap go to voices of their own.
    """
    if not score.parts:
        raise UnwritableScore("This score has no part: give it at least one.")
    root = ET.Element("score-partwise", version="4.0")
    if score.title:
        _text(ET.SubElement(root, "work"), "work-title", score.title)
    identification = ET.SubElement(root, "identification")
    if score.composer:
        _text(identification, "creator", score.composer).set("type", "composer")
    encoding = ET.SubElement(identification, "encoding")
    _text(encoding, "software", "ScoreWeb")
    for what in ("accidental", "beam", "stem"):
        ET.SubElement(encoding, "supports", element=what, type="yes")
    if score.assumptions:
        fields = ET.SubElement(identification, "miscellaneous")
        for sentence in score.assumptions:
            _text(fields, "miscellaneous-field", sentence).set("name", words.ASSUMPTION)
    part_list = ET.SubElement(root, "part-list")
    names = _Names()
    for index, part in enumerate(score.parts):
        identity = names.of(part.id or f"P{index + 1}")
        listed = ET.SubElement(part_list, "score-part", id=identity)
        _text(listed, "part-name", part.name)
        bars = ET.SubElement(root, "part", id=identity)
        _PartWriter(bars, part, names, score.tempo if index == 0 else None).write()
    ET.indent(root, " ")
    text: bytes = ET.tostring(root, encoding="utf-8", xml_declaration=False)
    return _HEAD + text + b"\n"


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

    def __init__(self, element: ET.Element, part: Part, names: _Names, tempo: float | None) -> None:
        self._element, self._part, self._names, self._tempo = element, part, names, tempo
        self._metre = Metre()
        self._divisions = divisions(part)

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
        if bar.new_system:
            ET.SubElement(measure, "print").set("new-system", "yes")
        starts = bar.ending and (before is None or before.ending != bar.ending or before.repeat_end)
        if bar.repeat_start or starts:
            barline = ET.SubElement(measure, "barline", location="left")
            if bar.repeat_start:
                _text(barline, "bar-style", "heavy-light")
            if starts:
                ET.SubElement(barline, "ending", number=str(bar.ending), type="start")
            if bar.repeat_start:
                ET.SubElement(barline, "repeat", direction="forward")
        self._attributes(measure, bar, first=index == 0)
        for tempo in (self._tempo if index == 0 else None, bar.tempo):
            if tempo is not None:
                self._metronome(measure, tempo)
        if bar.gap:
            direction = ET.SubElement(measure, "direction", placement="above")
            mark = _text(ET.SubElement(direction, "direction-type"), "words", "?")
            for name, value in (("color", words.GAP_COLOUR), ("font-weight", "bold"), ("id", self._names.of(f"{words.GAP_ID}{self._part.id}-{index}"))):  # fmt: skip
                mark.set(name, value)
        self._voices(measure, bar)
        self._right_barline(measure, bar, after)

    def _right_barline(self, measure: ET.Element, bar: Bar, after: Bar | None) -> None:
        stops = bar.ending and (after is None or after.ending != bar.ending or bar.repeat_end)
        if not (stops or bar.repeat_end or bar.barline != "regular"):
            return
        barline = ET.SubElement(measure, "barline", location="right")
        if bar.repeat_end or bar.barline != "regular":
            style = "light-heavy" if bar.repeat_end else bar.barline
            _text(barline, "bar-style", style if style in words.BAR_STYLES else "regular")
        if stops:
            kind = "stop" if bar.repeat_end else "discontinue"
            ET.SubElement(barline, "ending", number=str(bar.ending), type=kind)
        if bar.repeat_end:
            ET.SubElement(barline, "repeat", direction="backward")

    def _attributes(self, measure: ET.Element, bar: Bar, *, first: bool) -> None:
        clefs = sorted((c for c in bar.clefs if c.onset == 0), key=lambda c: c.staff)
        if not (first or clefs or bar.key or bar.metre):
            return
        attributes = ET.SubElement(measure, "attributes")
        if first:
            _text(attributes, "divisions", self._divisions)
        if bar.key:
            _key(attributes, bar.key)
        if bar.metre:
            _metre(attributes, bar.metre)
        if first and self._part.staves > 1:
            _text(attributes, "staves", self._part.staves)
        for change in clefs:
            self._clef(attributes, change)
        if first and self._part.transpose:
            _transpose(attributes, self._part.transpose)

    def _clef(self, attributes: ET.Element, change: ClefChange) -> None:
        clef = ET.SubElement(attributes, "clef")
        if self._part.staves > 1:
            clef.set("number", str(change.staff))
        _text(clef, "sign", change.clef.sign)
        _text(clef, "line", change.clef.line)
        if change.clef.octave_change:
            _text(clef, "clef-octave-change", change.clef.octave_change)

    def _metronome(self, measure: ET.Element, tempo: float) -> None:
        direction = ET.SubElement(measure, "direction", placement="above")
        metronome = ET.SubElement(ET.SubElement(direction, "direction-type"), "metronome")
        _text(metronome, "beat-unit", "quarter")
        _text(metronome, "per-minute", _number(round(tempo, 2)))
        ET.SubElement(direction, "sound", tempo=_number(tempo))

    def _voices(self, measure: ET.Element, bar: Bar) -> None:
        """Every voice from the bar's start, with ``backup`` between them; clefs within the bar go with the first."""
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
        changes = sorted((c for c in bar.clefs if c.onset > 0), key=lambda c: (c.onset, c.staff))
        farthest = Fraction(0)
        for lane in lanes(events, length):
            at = self._move(measure, at, Fraction(0))
            for event in lane.events:
                while changes and changes[0].onset <= event.onset:
                    at = self._move(measure, at, changes[0].onset)
                    self._clef(ET.SubElement(measure, "attributes"), changes.pop(0))
                at = self._move(measure, at, event.onset)
                self._event(measure, event, lane, length)
                at += lane.length(event, length)
                farthest = max(farthest, at)
            for change in changes:
                at = self._move(measure, at, change.onset)
                self._clef(ET.SubElement(measure, "attributes"), change)
            changes = []
        if farthest < length:
            self._move(measure, at, length)

    def _move(self, measure: ET.Element, at: Fraction, to: Fraction) -> Fraction:
        ticks = self._ticks(at, to)
        if ticks:
            mover = ET.SubElement(measure, "forward" if ticks > 0 else "backup")
            _text(mover, "duration", abs(ticks))
        return to

    def _ticks(self, start: Fraction, end: Fraction) -> int:
        """Between two moments, each at its nearest tick, so that no rounding adds up."""
        return round(end * self._divisions) - round(start * self._divisions)

    def _event(self, measure: ET.Element, event: Event, lane: Lane, bar: Fraction) -> None:
        if event.dynamic in words.DYNAMICS:
            direction = ET.SubElement(measure, "direction", placement="below")
            dynamics = ET.SubElement(ET.SubElement(direction, "direction-type"), "dynamics")
            ET.SubElement(dynamics, str(event.dynamic))
            _text(direction, "voice", lane.voice)
            _text(direction, "staff", event.staff)
        ticks = max(1, self._ticks(event.onset, event.onset + lane.length(event, bar)))
        for index, note in enumerate(event.notes or (None,)):
            element = ET.SubElement(measure, "note", id=self._names.of(note.id if note else event.id))
            self._sounding(element, event, note, ticks, chord=index > 0)
            _text(element, "voice", lane.voice)
            _look(element, event, note)
            _text(element, "staff", event.staff)
            if note and not index:
                for level, beam in enumerate(event.beams, 1):
                    if beam in words.BEAMS:
                        _text(element, "beam", beam).set("number", str(level))
            _notations(element, event if not index else None, note)

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
            _pitch(element, note)
        if not event.grace:
            _text(element, "duration", ticks)
            for kind in _ties(note):
                ET.SubElement(element, "tie", type=kind)


def divisions(part: Part) -> int:
    """How many ticks of the part make a quarter note, so that every moment in it falls on a tick.

    Where that would take more than a million, 40320 of them: moments then move by less than a tick.
    """
    metre, moments = Metre(), [Fraction(1)]
    for bar in part.bars:
        metre = bar.metre or metre
        moments.append(bar_length(bar, metre))
        moments += [change.onset for change in bar.clefs]
        for event in bar.events:
            moments += [event.onset, event.length]
            if event.onset < 0:
                raise UnwritableScore(
                    f"Bar {bar.number} has a note before the bar's start: move it into the bar."
                )
    found = lcm(*(moment.denominator for moment in moments))
    return found if found <= _DIVISIONS_LIMIT else _COARSE_DIVISIONS


def _ties(note: Note | None) -> list[str]:
    if note is None:
        return []
    return ["stop"] * note.tie_stop + ["start"] * note.tie_start


def _pitch(element: ET.Element, note: Note) -> None:
    if not 0 <= note.pitch.octave <= 9:
        raise UnwritableScore(f"The note {note.pitch.name} lies outside the octaves 0 to 9 of MusicXML.")
    pitch = ET.SubElement(element, "pitch")
    _text(pitch, "step", note.pitch.step)
    if note.pitch.alter:
        _text(pitch, "alter", note.pitch.alter)
    _text(pitch, "octave", note.pitch.octave)


def _look(element: ET.Element, event: Event, note: Note | None) -> None:
    """Note value, dots, accidental, tuplet ratio and stem."""
    _text(element, "type", event.duration.type.value)
    for _ in range(event.duration.dots):
        ET.SubElement(element, "dot")
    if note and note.accidental:
        sign = words.ACCIDENTAL_SPELLINGS.get(note.accidental, note.accidental)
        if sign in words.ACCIDENTALS:
            _text(element, "accidental", sign)
    if event.duration.tuplet != (1, 1):
        modification = ET.SubElement(element, "time-modification")
        _text(modification, "actual-notes", event.duration.tuplet[0])
        _text(modification, "normal-notes", event.duration.tuplet[1])
    if event.stem and note:
        _text(element, "stem", event.stem)


def _notations(element: ET.Element, event: Event | None, note: Note | None) -> None:
    """Ties of each note; slurs, tuplet brackets and articulations of the event with its first note."""
    notations = ET.Element("notations")
    for kind in _ties(note):
        ET.SubElement(notations, "tied", type=kind)
    if event:
        for kind, number in event.slurs:
            ET.SubElement(notations, "slur", type=kind, number=str(number))
        if event.tuplet_mark:
            ET.SubElement(notations, "tuplet", type=event.tuplet_mark, number="1")
        for name in event.articulations:
            container = words.CONTAINERS.get(name)
            if container is None:
                continue
            # One container for each run of marks of its kind keeps their order.
            holder = (
                notations
                if not container
                else next((c for c in list(notations)[-1:] if c.tag == container), None)
            )
            ET.SubElement(ET.SubElement(notations, container) if holder is None else holder, name)
    if len(notations):
        element.append(notations)


def _key(attributes: ET.Element, key: Key) -> None:
    element = ET.SubElement(attributes, "key")
    _text(element, "fifths", key.fifths)
    if key.mode:
        _text(element, "mode", key.mode)


def _metre(attributes: ET.Element, metre: Metre) -> None:
    element = ET.SubElement(attributes, "time")
    if metre.symbol:
        element.set("symbol", metre.symbol)
    _text(element, "beats", metre.beats)
    _text(element, "beat-type", metre.beat_type)


def _transpose(attributes: ET.Element, semitones: int) -> None:
    element = ET.SubElement(attributes, "transpose")
    octaves = int(semitones / 12)
    chromatic = semitones - 12 * octaves
    _text(element, "diatonic", (1 if chromatic > 0 else -1) * round(abs(chromatic) * 7 / 12))
    _text(element, "chromatic", chromatic)
    if octaves:
        _text(element, "octave-change", octaves)


def _text(parent: ET.Element, tag: str, value: object) -> ET.Element:
    element = ET.SubElement(parent, tag)
    element.text = _UNPRINTABLE.sub("", str(value))
    return element


def _number(value: float) -> str:
    return str(int(value)) if float(value).is_integer() else repr(float(value))
