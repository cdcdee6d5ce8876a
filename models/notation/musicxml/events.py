"""One MusicXML ``note`` element read as an event; the notes of a chord are joined."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from fractions import Fraction
from typing import Literal
from xml.etree.ElementTree import Element

from models.notation.musicxml import vocabulary as words
from models.notation.score import STEPS, Duration, Event, Metre, Note, NoteType, Pitch

_TYPES = {kind.value: kind for kind in NoteType}
_SHORTEST = NoteType.N128
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
    """Reads the notes of one bar. ``unpitched`` is set if one of them was unpitched percussion."""

    def __init__(self, prefix: str, taken: set[str]) -> None:
        self._prefix, self._taken, self._count = prefix, taken, 0
        self.unpitched = False

    def event(
        self, element: Element, onset: Fraction, length: Fraction, metre: Metre, dynamic: str | None
    ) -> Event | None:
        """The event that the element makes alone; None for what is hidden, a cue, or grace without a pitch."""
        pitch = _pitch(element)
        if element.find("unpitched") is not None:
            self.unpitched = True
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
            notes=(_note(element, identity, pitch),) if pitch else (),
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

    def _identity(self, element: Element) -> str:
        self._count += 1
        wanted = element.get("id") or f"{self._prefix}n{self._count}"
        free, copy = wanted, 2
        while free in self._taken:
            free, copy = f"{wanted}-{copy}", copy + 1
        self._taken.add(free)
        return free


def _note(element: Element, identity: str, pitch: Pitch) -> Note:
    ties = {tie.get("type") for tag in ("tie", "notations/tied") for tie in element.findall(tag)}
    sign = (element.findtext("accidental") or "").strip()
    sign = words.ACCIDENTAL_SPELLINGS.get(sign, sign)
    return Note(
        identity,
        pitch,
        sign if sign in words.ACCIDENTALS else None,
        tie_start="start" in ties or "continue" in ties,
        tie_stop="stop" in ties or "continue" in ties,
    )


def _pitch(element: Element) -> Pitch | None:
    pitch = element.find("pitch")
    if pitch is None:
        return None
    step = (pitch.findtext("step") or "").strip().upper()
    if len(step) != 1 or step not in STEPS:
        return None
    alter = max(-2, min(2, round(number(pitch.findtext("alter")))))
    return Pitch(step, alter, max(0, min(9, int(number(pitch.findtext("octave"), 4)))))


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
                marks += [mark.tag for mark in child if words.CONTAINERS.get(str(mark.tag)) == child.tag]
    return replace(event, slurs=tuple(slurs), articulations=tuple(dict.fromkeys(marks)), tuplet_mark=tuplet)
