"""The bars of one MusicXML part read one after another, with the divisions, metre and endings that hold."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from fractions import Fraction
from itertools import pairwise
from typing import Literal
from xml.etree.ElementTree import Element

from models.notation.errors import TooLongScore
from models.notation.musicxml import vocabulary as words
from models.notation.musicxml.directions import read_directions
from models.notation.musicxml.events import EventReader, number, written_length
from models.notation.musicxml.harmony import read_harmony
from models.notation.musicxml.lyrics import read_lyrics
from models.notation.musicxml.tempo import tempo_of
from models.notation.score import JUMPS, Bar, Clef, ClefChange, Event, Key, Metre, Part
from models.notation.words import Direction, Harmony

MOST_BARS = 20_000
_SIGNS: dict[str, Literal["G", "F", "C", "percussion"]] = {
    "G": "G",
    "F": "F",
    "C": "C",
    "percussion": "percussion",
}
_LINES = {"G": 2, "F": 4, "C": 3, "percussion": 2}
_MOST_TIMES = 64


_MOST_RESTS = 999


@dataclass
class _Draft:
    """What is known of a bar so far."""

    ticks: Fraction = Fraction(0)
    at: Fraction = Fraction(0)
    exact: dict[Fraction, Fraction] = field(default_factory=dict)
    farthest: Fraction = Fraction(0)
    chord_onset: Fraction = Fraction(0)
    clefs: list[ClefChange] = field(default_factory=list)
    key: Key | None = None
    metre: Metre | None = None
    tempo: float | None = None
    tempos: list[tuple[Fraction, float]] = field(default_factory=list)
    jumps: list[str] = field(default_factory=list)
    dynamic: str | None = None
    gap: bool = False
    rests: int = 0
    directions: list[Direction] = field(default_factory=list)
    harmonies: list[Harmony] = field(default_factory=list)
    events: list[Event] = field(default_factory=list)


class PartReader:
    """Reads one part. ``drums`` tells which key of General MIDI each of its instruments (by its id) plays."""

    def __init__(
        self,
        identity: str,
        name: str,
        index: int,
        taken: set[str],
        drums: Mapping[str, int] | None = None,
        short_name: str = "",
    ) -> None:
        self._short_name = short_name
        self._identity, self._name, self._index, self._taken = identity, name, index, taken
        self._divisions, self._metre, self._staves, self._transpose = Fraction(1), Metre(), 1, 0
        self._drums = drums or {}
        self._ending: str | None = None
        self._repeating, self._repeated = 0, 0

    def read(self, measures: list[Element]) -> Part:
        """The part. TooLongScore for more bars than `MOST_BARS`."""
        if len(measures) > MOST_BARS:
            raise TooLongScore(f"This score has more than {MOST_BARS} bars; send a part of it.")
        told = (number(e.text) for measure in measures for e in measure.iterfind("attributes/divisions"))
        self._divisions = next(
            (d for d in told if d > 0), Fraction(1)
        )  # some files tell them after their first notes
        bars = tuple(self._bar(measure, index) for index, measure in enumerate(measures))
        used = max((event.staff for bar in bars for event in bar.events), default=1)
        return Part(
            self._identity, bars, self._name, max(self._staves, used), self._transpose, self._short_name
        )

    def _bar(self, measure: Element, index: int) -> Bar:
        draft = _Draft()
        reader = EventReader(f"p{self._index + 1}b{index + 1}", self._taken, self._drums)
        for child in measure:
            self._child(child, draft, reader, first=index == 0)
        self._metre = draft.metre or self._metre
        pickup = measure.get("implicit") == "yes"
        events = tuple(draft.events)
        digits = re.search(r"\d{1,9}", measure.get("number", ""))
        bar = Bar(
            number=int(digits.group()) if digits else index + 1,
            events=events,
            clefs=tuple(sorted(draft.clefs, key=lambda c: (c.onset, c.staff))),
            key=draft.key,
            metre=draft.metre,
            pickup=pickup,
            gap=draft.gap,
            tempo=draft.tempo,
            tempos=tuple(sorted(draft.tempos)),
            jumps=tuple(dict.fromkeys(draft.jumps)),
            repeats_bars=self._repeats_bars(),
            rests=draft.rests,
            new_system=any(
                p.get("new-system") == "yes" or p.get("new-page") == "yes" for p in measure.findall("print")
            ),
            new_page=any(p.get("new-page") == "yes" for p in measure.findall("print")),
            directions=tuple(sorted(draft.directions, key=lambda d: d.onset)),
            harmonies=tuple(sorted(draft.harmonies, key=lambda h: h.onset)),
        )
        expected = bar.filled if pickup and events else self._metre.quarters
        if draft.farthest not in (expected, 0):
            bar = replace(bar, length=draft.farthest)
        return self._barlines(bar, measure)

    def _child(self, child: Element, draft: _Draft, reader: EventReader, *, first: bool) -> None:
        if child.tag == "note":
            self._note(child, draft, reader)
        elif child.tag in {"backup", "forward"}:
            step = number(child.findtext("duration"))
            draft.ticks = max(Fraction(0), draft.ticks + (step if child.tag == "forward" else -step))
            draft.at = draft.exact.get(draft.ticks, draft.ticks / self._divisions)
            draft.farthest = max(draft.farthest, draft.at)
        elif child.tag == "attributes":
            self._attributes(child, draft)
        elif child.tag in {"direction", "sound"}:
            self._direction(child, draft, first=first)
        elif child.tag == "harmony":
            harmony = read_harmony(child, self._moment(child, draft))
            draft.harmonies += [harmony] if harmony else []

    def _note(self, child: Element, draft: _Draft, reader: EventReader) -> None:
        ticks = max(Fraction(0), number(child.findtext("duration")))
        length = ticks / self._divisions
        onset = draft.chord_onset if child.find("chord") is not None else draft.at
        event = reader.event(child, onset, length, self._metre, draft.dynamic)
        if event is not None:
            event = replace(event, lyrics=read_lyrics(child))
            draft.dynamic = None
            if child.find("chord") is not None and reader.joins(draft.events, event):
                draft.events[-1] = reader.joined(draft.events[-1], event)
            else:
                draft.events.append(event)
        if child.find("chord") is None:
            draft.chord_onset = draft.at
            if child.find("grace") is None:
                self._advance(draft, child, ticks, length)
        draft.farthest = max(draft.farthest, draft.at)

    def _advance(self, draft: _Draft, child: Element, ticks: Fraction, length: Fraction) -> None:
        """Moves on by what is written where the file's ticks are only too coarse for it (a septuplet in 480 ticks)."""
        written = written_length(child)
        if written and abs(written - length) * self._divisions < 1 and written != length:
            length = written
        draft.ticks += ticks
        draft.at += length
        coarse = draft.ticks / self._divisions
        if abs(coarse - draft.at) * self._divisions < 2 and coarse.denominator < draft.at.denominator:
            draft.at = coarse  # the group's last note makes up for the rounding
        draft.exact.setdefault(draft.ticks, draft.at)

    def _attributes(self, element: Element, draft: _Draft) -> None:
        given = number(element.findtext("divisions"))
        if given > 0:
            self._divisions = given
        self._staves = max(self._staves, min(16, int(number(element.findtext("staves")))))
        draft.key = next(filter(None, map(_key, element.findall("key"))), draft.key)
        draft.metre = next(filter(None, map(_metre, element.findall("time"))), draft.metre)
        self._metre = draft.metre or self._metre
        for clef in element.findall("clef"):
            staff = int(number(clef.get("number"), 1))
            found = _clef(clef)
            if found and 1 <= staff <= 16:
                draft.clefs.append(ClefChange(found, draft.at, staff))
        for sign in element.iterfind("measure-style/measure-repeat"):
            self._repeated = 0
            self._repeating = max(0, min(8, int(number(sign.text, 1)))) if sign.get("type") == "start" else 0
        rests = int(number(element.findtext("measure-style/multiple-rest")))
        draft.rests = rests if 1 < rests <= _MOST_RESTS else draft.rests
        transpose = element.find("transpose")
        if transpose is not None:
            octaves = number(transpose.findtext("octave-change"))
            self._transpose = round(number(transpose.findtext("chromatic")) + 12 * octaves)

    def _repeats_bars(self) -> int:
        """How many bars the sign of repetition over this bar stands for, at the first of them; 0 elsewhere."""
        if not self._repeating:
            return 0
        self._repeated += 1
        return self._repeating if (self._repeated - 1) % self._repeating == 0 else 0

    def _direction(self, element: Element, draft: _Draft, *, first: bool) -> None:
        tempo = tempo_of(element)
        at = self._moment(element, draft)
        if element.tag == "direction":
            draft.directions += read_directions(element, at)
        if tempo and at > 0:
            draft.tempos.append((at, tempo))
        elif tempo and not first:  # that of the first bar is the score's own
            draft.tempo = draft.tempo or tempo
        sounds = [element] if element.tag == "sound" else element.findall("sound")
        draft.jumps += [jump for sound in sounds for jump in JUMPS if sound.get(jump)]
        for dynamics in element.iter("dynamics"):
            draft.dynamic = next((mark.tag for mark in dynamics if mark.tag in words.DYNAMICS), None)
        draft.gap = draft.gap or any(
            (w.get("id") or "").startswith(words.GAP_ID) for w in element.iter("words")
        )

    def _moment(self, element: Element, draft: _Draft) -> Fraction:
        return max(Fraction(0), draft.at + number(element.findtext("offset")) / self._divisions)

    def _barlines(self, bar: Bar, measure: Element) -> Bar:
        stops = False
        for barline in measure.findall("barline"):
            repeat, ending, style = (
                barline.find("repeat"),
                barline.find("ending"),
                barline.findtext("bar-style"),
            )
            right = barline.get("location", "right") == "right"
            if repeat is not None and repeat.get("direction") == "forward":
                bar = replace(bar, repeat_start=True)
            elif repeat is not None and repeat.get("direction") == "backward":
                times = max(2, min(_MOST_TIMES, int(number(repeat.get("times"), 2))))
                bar = replace(bar, repeat_end=True, times=times)
            elif right and style in words.BAR_STYLES:
                bar = replace(bar, barline=style)
            if ending is not None:
                if ending.get("type") == "start":
                    self._ending = ending.get("number") or "1"
                else:
                    stops = True
        bar = replace(bar, ending=self._ending)
        if stops or bar.repeat_end:
            self._ending = None
        return bar


def _key(element: Element) -> Key | None:
    text = element.findtext("fifths")
    if text is None:
        return None
    mode = element.findtext("mode")
    return Key(
        max(-7, min(7, int(number(text)))),
        mode.strip() if mode and mode.strip() in {"major", "minor"} else None,
    )


def _metre(element: Element) -> Metre | None:
    """The metre; several fractions side by side (3/8 + 2/4) become one over the finest of them."""
    pairs: list[tuple[int, int]] = []
    for beats, beat_type in pairwise(element):
        if beats.tag == "beats" and beat_type.tag == "beat-type":
            counts = [int(n) for n in re.findall(r"\d{1,3}", beats.text or "")]
            below = int(number(beat_type.text))
            if sum(counts) > 0 and below in {1, 2, 4, 8, 16, 32, 64, 128}:
                pairs.append((sum(counts), below))
    if not pairs:
        return None
    finest = max(below for _, below in pairs)
    symbol = element.get("symbol")
    known: Literal["common", "cut"] | None = (
        "common" if symbol == "common" else "cut" if symbol == "cut" else None
    )
    return Metre(sum(count * finest // below for count, below in pairs), finest, known)


def _clef(element: Element) -> Clef | None:
    sign = _SIGNS.get((element.findtext("sign") or "").strip())
    if sign is None:
        return None
    line = int(number(element.findtext("line"), _LINES[sign]))
    octaves = int(number(element.findtext("clef-octave-change")))
    return Clef(sign, max(1, min(5, line)), max(-3, min(3, octaves)))
