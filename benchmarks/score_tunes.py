"""Tunes of printed scores: the upper line of the first part, with its bars and its metronome mark.

From ``../shared/data/pdmx`` and ``../shared/data/lieder``. `models.transcribe.split.notated_side` says what is fitted on and what is measured. Reading
them all takes minutes, so they are kept in a file of their own once they were read (``CACHE``).
"""

from __future__ import annotations

import csv
import os
import pickle
import tempfile
import zipfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any
from xml.etree.ElementTree import ParseError

import numpy as np

from benchmarks.reading_marks import musicxml_root
from models.transcribe.heard import HeardNote
from models.transcribe.score.metre import beat_quarters, parse
from models.transcribe.split import Side, notated_side

SHARED = Path(os.environ.get("SCOREWEB_SHARED", Path(__file__).parents[2] / "shared"))
CACHE = Path(tempfile.gettempdir()) / "scoreweb-score-tunes-1.pickle"
FEWEST = 12
"""Notes below which a line is no tune."""
PARTS = {"5/4": (((3, 4), (4, 4)), ((4, 4), (3, 4))), "7/8": (((2, 4), (3, 8)), ((3, 8), (2, 4)))}
"""Metres of which there are hardly any printed tunes: their bars are put together of those of two other metres, of 4/4 its halves."""
COMPOSED, WOVEN, HALF = 40, 24, Fraction(2)
UNITS = {"whole": 4.0, "half": 2.0, "quarter": 1.0, "eighth": 0.5, "16th": 0.25}

Element = Any


@dataclass(frozen=True)
class NotatedNote:
    """Start (from the first full bar's line) and length in quarter notes, key, and whether it has a staccato dot."""

    start: Fraction
    length: Fraction
    midi: int
    staccato: bool = False


@dataclass(frozen=True)
class Tune:
    """One line in one metre; ``quarters_a_minute`` where a metronome mark says so."""

    collection: str
    name: str
    side: Side
    metre: tuple[int, int]
    notes: tuple[NotatedNote, ...]
    quarters_a_minute: float | None = None

    @property
    def bar(self) -> Fraction:
        """A bar in quarter notes."""
        return Fraction(4 * self.metre[0], self.metre[1])

    def passage(self, bars: int, most: int) -> Tune:
        """Its beginning: so many bars from the first note on, at most so many notes."""
        end = self.notes[0].start + bars * self.bar
        return Tune(
            self.collection,
            self.name,
            self.side,
            self.metre,
            tuple(n for n in self.notes if n.start < end)[:most],
            self.quarters_a_minute,
        )


def tunes(shared: Path = SHARED) -> list[Tune]:
    """All tunes of both collections; none where they are not there."""
    if CACHE.exists():
        held: list[Tune] = pickle.loads(CACHE.read_bytes())  # noqa: S301 - written by this module
        return held
    found = list(_read(shared))
    CACHE.write_bytes(pickle.dumps(found))
    return found


def _read(shared: Path) -> Iterator[Tune]:
    for path in sorted((shared / "data" / "pdmx").glob("*.mxl")):
        yield from _tune(path, "pdmx", path.name)
    index = shared / "data" / "lieder" / "index.csv"
    if index.exists():
        with index.open(encoding="utf-8") as file:
            for row in csv.DictReader(file):
                yield from _tune(index.parent / row["file"], "lieder", row["composer"])


def _tune(path: Path, collection: str, root: str) -> Iterator[Tune]:
    try:
        part = musicxml_root(path).find("part")
    except (ParseError, zipfile.BadZipFile, IndexError, OSError):
        return
    if part is None:
        return
    reader = _Line()
    for bar in part.findall("measure"):
        if not reader.read(bar):
            break
    notes = reader.notes()
    if reader.metre and len(notes) >= FEWEST:
        side = notated_side(collection, root)
        yield Tune(collection, path.name, side, reader.metre, notes, reader.tempo)


class _Line:
    """The highest notes of the first staff, bar by bar, until the metre changes."""

    def __init__(self) -> None:
        self.metre: tuple[int, int] | None = None
        self.tempo: float | None = None
        self._divisions, self._at, self._pickup, self._bars = 1, Fraction(0), Fraction(0), 0
        self._found: dict[Fraction, NotatedNote] = {}
        self._tied: dict[int, Fraction] = {}

    def read(self, bar: Element) -> bool:
        """Takes a bar; False where another metre begins."""
        metre = _metre(bar)
        if metre and self.metre and metre != self.metre:
            return False
        self.metre = metre or self.metre or (4, 4)
        now = end = start = Fraction(0)
        for element in bar:
            if element.tag == "attributes":
                self._divisions = int(element.findtext("divisions") or self._divisions)
            elif element.tag in ("backup", "forward"):
                step = Fraction(int(element.findtext("duration") or 0), self._divisions)
                now += step if element.tag == "forward" else -step
            elif element.tag == "direction" and self.tempo is None:
                self.tempo = _tempo(element)
            elif element.tag == "note" and element.find("grace") is None:
                length = Fraction(int(element.findtext("duration") or 0), self._divisions)
                if element.find("chord") is None:
                    start, now = now, now + length
                self._note(element, self._at + start, length)
            end = max(end, now)
        whole = Fraction(4 * self.metre[0], self.metre[1])
        short = 0 < end < whole and (self._bars == 0 or bar.get("implicit") == "yes")
        if short and self._bars == 0:
            self._pickup = end
        self._at += end if short else whole
        self._bars += 1
        return True

    def _note(self, element: Element, start: Fraction, length: Fraction) -> None:
        pitch = element.find("pitch")
        if pitch is None or int(element.findtext("staff") or 1) != 1 or not length:
            return
        step = {"C": 0, "D": 2, "E": 4, "F": 5, "G": 7, "A": 9, "B": 11}[pitch.findtext("step")]
        alter = round(float(pitch.findtext("alter") or 0))
        midi = 12 * (int(pitch.findtext("octave") or 4) + 1) + step + alter
        ties = {t.get("type") for t in element.findall("tie")}
        first = self._tied.pop(midi, None) if "stop" in ties else None
        if first is not None and first in self._found:
            held = self._found[first]
            self._found[first] = NotatedNote(first, start + length - first, midi, held.staccato)
        elif start not in self._found or self._found[start].midi < midi:
            dotted = element.find("notations/articulations/staccato") is not None
            self._found[start] = NotatedNote(start, length, midi, dotted)
        if "start" in ties:
            self._tied[midi] = start if first is None else first

    def notes(self) -> tuple[NotatedNote, ...]:
        """In order, their starts counted from the first full bar."""
        return tuple(
            NotatedNote(n.start - self._pickup, n.length, n.midi, n.staccato)
            for _, n in sorted(self._found.items())
        )


def _metre(bar: Element) -> tuple[int, int] | None:
    time = bar.find("attributes/time")
    if time is None or len(time.findall("beats")) != 1:
        return None
    try:
        return int(time.findtext("beats")), int(time.findtext("beat-type"))
    except (TypeError, ValueError):
        return None


def _tempo(direction: Element) -> float | None:
    """Quarter notes a minute, of a metronome mark alone: what a program plays without one is nobody's tempo."""
    mark = direction.find("direction-type/metronome")
    if mark is None:
        return None
    try:
        figure = float(mark.findtext("per-minute") or "")
    except ValueError:
        return None
    unit = UNITS.get(mark.findtext("beat-unit") or "", 0.0) * (
        1.5 if mark.find("beat-unit-dot") is not None else 1
    )
    return figure * unit or None


def composed(some: Sequence[Tune], rng: np.random.Generator, count: int = COMPOSED) -> list[Tune]:
    """Tunes in five and in seven: a bar of one tune, a bar of another, in turn; the keys are moved next to each other."""
    out = []
    for name, pairs in PARTS.items():
        for number in range(count):
            kinds = pairs[number % len(pairs)]
            found = [[t for t in some if t.metre == kind and len(t.notes) > 30] for kind in kinds]
            if not all(found):
                continue
            one, two = (f[int(rng.integers(len(f)))] for f in found)
            tune = _woven(name, one, two)
            if len(tune.notes) >= 12:
                out.append(tune)
    return out


def _woven(name: str, one: Tune, two: Tune) -> Tune:
    metre = parse(name)
    bar = metre.quarters
    notes: list[NotatedNote] = []
    move = int(np.median([n.midi for n in one.notes]) - np.median([n.midi for n in two.notes]))
    for tune, begin, up in ((one, Fraction(0), 0), (two, HALF if one.metre == (4, 4) else one.bar, move)):
        part = HALF if tune.metre == (4, 4) else tune.bar
        for n in tune.notes:
            number = n.start // part
            if 0 <= number < WOVEN:
                start = number * bar + begin + n.start % part
                notes.append(NotatedNote(start, n.length, n.midi + up))
    notes.sort(key=lambda n: n.start)
    return Tune("composed", f"{one.name} {two.name}", one.side, (metre.beats, metre.beat_type), tuple(notes))


def played(tune: Tune, rng: np.random.Generator, tempo: float, accent: float = 0.0) -> list[HeardNote]:
    """The tune as heard at so many quarter notes a minute: the tempo drifts by up to 3 %, fingers scatter by 10 ms.

    ``accent``: by how many standard deviations downbeats are louder (beats by a third of that); 0 makes all notes equal.
    """
    depth, phase, second = rng.uniform(0, 0.03), rng.uniform(0, 6.3), 60 / tempo
    beat = beat_quarters(parse(f"{tune.metre[0]}/{tune.metre[1]}"))

    def time(place: Fraction) -> float:
        q = float(place - tune.notes[0].start)
        return float(0.4 + second * (q + depth * 6 * (np.sin(q / 6 + phase) - np.sin(phase))))

    notes, last = [], 0.0
    for n in tune.notes:
        last = max(last + 0.02, time(n.start) + float(np.clip(rng.normal(0, 0.01), -0.025, 0.025)))
        end = max(last + 0.05, time(n.start + Fraction(19, 20) * n.length))
        loud = 80.0
        if accent:
            strong = 1.0 if n.start % tune.bar == 0 else 0.33 if n.start % beat == 0 else 0.0
            loud += 8 * (accent * strong + rng.normal(0, 1))
        notes.append(HeardNote(last, end, n.midi, int(np.clip(loud, 20, 110)), 1.0))
    return notes
