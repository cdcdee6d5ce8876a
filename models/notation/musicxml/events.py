"""One MusicXML ``note`` element read as an event; the notes of a chord are joined."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from fractions import Fraction
from typing import Literal
from xml.etree.ElementTree import Element

from models.notation.musicxml import vocabulary as words
from models.notation.score import STEPS, Duration, Event, Metre, Note, NoteType, Pitch, Tremolo

_TYPES = {kind.value: kind for kind in NoteType}
SNARE = 38
"""Key of General MIDI's percussion for a drum that a file does not name."""
_SHORTEST = NoteType.N128
_LONGEST_FINGER = 12  # characters of a fingering
_NUMBER = re.compile(r"\s*(-?\d{1,9})(\.\d{1,9})?")
_GUESSES = [
    Duration(kind, dots, tuplet)
    for tuplet in ((1, 1), (3, 2), (5, 4), (6, 4), (7, 4), (7, 8), (2, 3), (4, 3), (9, 8))
    for dots in (0, 1, 2, 3)
    for kind in NoteType
]


def number(text: str | None, default: int = 0) -> Fraction:
    """The number that a text begins with; ``default`` for none."""
    found = _NUMBER.match(text or "")
    return Fraction(found.group().strip()) if found else Fraction(default)


def duration_of(length: Fraction) -> Duration:
    """The written length that lasts ``length`` quarters, plain before dotted before tuplets, or else the nearest below."""
    for guess in _GUESSES:
        if guess.quarters == length:
            return guess
    plain = [guess for guess in _GUESSES if guess.tuplet == (1, 1) and guess.dots < 2]
    return max(
        (g for g in plain if g.quarters <= length), key=lambda g: g.quarters, default=Duration(_SHORTEST)
    )


def written_length(element: Element) -> Fraction | None:
    """What note value, dots and tuplet of a note say; None for none."""
    if (element.findtext("type") or "").strip() not in _TYPES:
        return None
    return _duration(element, Fraction(0), whole_bar=False).quarters


class EventReader:
    """Reads the notes of one bar. ``drums`` tells which key of General MIDI each instrument plays, by its id."""

    def __init__(self, prefix: str, taken: set[str], drums: Mapping[str, int] | None = None) -> None:
        self._prefix, self._taken, self._count = prefix, taken, 0
        self._drums = drums or {}

    def event(
        self, element: Element, onset: Fraction, length: Fraction, metre: Metre, dynamic: str | None
    ) -> Event | None:
        """The event that the element makes alone; None for what is hidden, a cue, or grace without a pitch."""
        pitch = _pitch(element)
        grace = element.find("grace") is not None
        silent = element.find("cue") is not None or element.get("print-object") == "no"
        if silent or (pitch is None and (grace or element.find("chord") is not None)):
            return None
        identity = self._identity(element)
        rest = element.find("rest")
        whole_bar = pitch is None and _fills_bar(element, rest, onset, length, metre)
        staff = int(number(element.findtext("staff"), 1))
        event = Event(
            id=identity if pitch is None else f"{identity}-event",
            onset=onset,
            duration=_duration(element, length, whole_bar=whole_bar),
            notes=(_note(element, identity, pitch, self._drum(element)),) if pitch else (),
            voice=_voice(element),
            staff=max(1, min(16, staff)),
            grace=grace,
            whole_bar=whole_bar,
            stem=_stem(element) if pitch else None,
            beams=_beams(element),
            dynamic=dynamic,
        )
        return _with_notations(event, element)

    @staticmethod
    def joins(before: Sequence[Event], event: Event) -> bool:
        """Whether ``event`` may be a further note of the chord that stands last."""
        return (
            bool(before)
            and bool(before[-1].notes)
            and before[-1].onset == event.onset
            and before[-1].grace == event.grace
        )

    @staticmethod
    def joined(chord: Event, event: Event) -> Event:
        """The chord with the event's note."""
        new = tuple(s for s in event.slurs if s not in chord.slurs)
        marks = tuple(a for a in event.articulations if a not in chord.articulations)
        return replace(
            chord,
            notes=chord.notes + event.notes,
            slurs=chord.slurs + new,
            articulations=chord.articulations + marks,
            tuplet_mark=chord.tuplet_mark or event.tuplet_mark,
        )

    def _drum(self, element: Element) -> int | None:
        """The percussion key that a note without pitch sounds: its instrument's, or a snare drum's; None with pitch."""
        if element.find("unpitched") is None:
            return None
        instrument = element.find("instrument")
        wanted = instrument.get("id", "") if instrument is not None else ""
        if wanted in self._drums:
            return self._drums[wanted]
        return next(iter(self._drums.values()), SNARE) if len(self._drums) == 1 else SNARE

    def _identity(self, element: Element) -> str:
        self._count += 1
        wanted = element.get("id") or f"{self._prefix}n{self._count}"
        free, copy = wanted, 2
        while free in self._taken:
            free, copy = f"{wanted}-{copy}", copy + 1
        self._taken.add(free)
        return free


def _note(element: Element, identity: str, pitch: Pitch, drum: int | None) -> Note:
    ties = {tie.get("type") for tag in ("tie", "notations/tied") for tie in element.findall(tag)}
    sign = (element.findtext("accidental") or "").strip()
    sign = words.ACCIDENTAL_SPELLINGS.get(sign, sign)
    return Note(
        identity,
        pitch,
        sign if sign in words.ACCIDENTALS else None,
        tie_start="start" in ties or "continue" in ties,
        tie_stop="stop" in ties or "continue" in ties,
        cents=round(100 * (_alter(element) - pitch.alter)) if drum is None else 0,
        drum=drum,
        finger=" ".join((f.text or "").strip() for f in element.iterfind("notations/technical/fingering"))[
            :_LONGEST_FINGER
        ].strip(),
    )


def _pitch(element: Element) -> Pitch | None:
    """The pitch, or the place on the staff of a note that has none."""
    pitch, prefix = element.find("pitch"), ""
    if pitch is None:
        pitch, prefix = element.find("unpitched"), "display-"
    if pitch is None:
        return None
    step = (pitch.findtext(f"{prefix}step") or ("B" if prefix else "")).strip().upper()
    if len(step) != 1 or step not in STEPS:
        return None
    octave = max(0, min(9, int(number(pitch.findtext(f"{prefix}octave"), 4))))
    if prefix:
        return Pitch(step, 0, octave)
    return Pitch(
        step, int(_alter(element)), octave
    )  # a quarter tone counts from the pitch nearer to the natural


def _alter(element: Element) -> Fraction:
    return max(Fraction(-2), min(Fraction(2), number(element.findtext("pitch/alter"))))


def _fills_bar(
    element: Element, rest: Element | None, onset: Fraction, length: Fraction, metre: Metre
) -> bool:
    if rest is None:
        return False
    if rest.get("measure") == "yes":
        return True
    untyped = (element.findtext("type") or "").strip() in {"", "whole"}
    return untyped and onset == 0 and length == metre.quarters and length != 4


def _duration(element: Element, length: Fraction, *, whole_bar: bool) -> Duration:
    kind = _TYPES.get((element.findtext("type") or "").strip())
    if kind is None:
        longer = (element.findtext("type") or "").strip() in {"long", "maxima"}
        if whole_bar or longer:
            return Duration(NoteType.BREVE if longer else NoteType.WHOLE)
        return duration_of(length) if length else Duration(NoteType.EIGHTH)
    modification = element.find("time-modification")
    tuplet = (1, 1)
    if modification is not None:
        actual, normal = (int(number(modification.findtext(t))) for t in ("actual-notes", "normal-notes"))
        if 0 < actual <= 128 and 0 < normal <= 128:
            tuplet = (actual, normal)
    return Duration(kind, min(4, len(element.findall("dot"))), tuplet)


def _voice(element: Element) -> int:
    found = re.search(r"\d{1,4}", element.findtext("voice") or "")
    return max(1, int(found.group())) if found else 1


def _stem(element: Element) -> Literal["up", "down"] | None:
    text = (element.findtext("stem") or "").strip()
    return "up" if text == "up" else "down" if text == "down" else None


def _beams(element: Element) -> tuple[str, ...]:
    levels = {int(number(b.get("number"), 1)): (b.text or "").strip() for b in element.findall("beam")}
    found: list[str] = []
    while len(found) < 8 and levels.get(len(found) + 1) in words.BEAMS:
        found.append(levels[len(found) + 1])
    return tuple(found)


def _with_notations(event: Event, element: Element) -> Event:
    slurs: list[tuple[Literal["start", "stop"], int]] = []
    marks: list[str] = []
    tuplet: Literal["start", "stop"] | None = None
    tremolo: Tremolo | None = None
    for notations in element.findall("notations"):
        for child in notations:
            kind = child.get("type")
            if child.tag == "slur" and kind in {"start", "stop"}:
                slurs.append(("start" if kind == "start" else "stop", int(number(child.get("number"), 1))))
            elif child.tag == "tuplet" and kind in {"start", "stop"}:
                tuplet = "start" if kind == "start" else "stop"
            elif child.tag in words.PLAIN:
                marks.append(child.tag)
            elif child.tag in {"articulations", "ornaments", "technical"}:
                tremolo = _tremolo(child.find("tremolo")) or tremolo
                marks += [mark.tag for mark in child if words.CONTAINERS.get(str(mark.tag)) == child.tag]
    return replace(
        event,
        slurs=tuple(slurs),
        articulations=tuple(dict.fromkeys(marks)),
        tuplet_mark=tuplet,
        tremolo=tremolo,
    )


def _tremolo(element: Element | None) -> Tremolo | None:
    strokes = int(number(element.text)) if element is not None else 0
    if element is None or not 1 <= strokes <= 8:
        return None
    kind = element.get("type")
    return Tremolo(strokes, "start" if kind == "start" else "stop" if kind == "stop" else "single")
