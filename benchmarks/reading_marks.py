"""What the reading benchmark counts: notes of truths and readings, edits between them, oracle, certainty against truth."""

from __future__ import annotations

import re
import zipfile
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from defusedxml import ElementTree
from rapidfuzz.distance import Levenshtein

NoteToken = tuple[str, int, int, str]
"""Step in lower case, alter, octave (scientific), written length as "8" or "4." ("0" is a breve)."""

_ALTERS = {"#": 1, "##": 2, "&": -1, "&&": -2, "": 0}
LENGTHS = {
    "breve": "0", "whole": "1", "half": "2", "quarter": "4", "eighth": "8", "16th": "16", "32nd": "32",
    "64th": "64", "128th": "128",
}  # fmt: skip
_SEMITONES = {"c": 0, "d": 2, "e": 4, "f": 5, "g": 7, "a": 9, "b": 11}


def guido_staves(text: str) -> list[list[NoteToken]]:
    """The notes of each staff of a truth in the GUIDO-like notation of the shared data; chords sorted."""
    staves = []
    for staff in re.findall(r"\[(.*?)\]", text, re.DOTALL):
        plain = re.sub(r'\\meter<"[^"]*">', "", staff)
        notes: list[NoteToken] = []
        for token in re.findall(r"\{[^}]*\}|[a-g](?:##|#|&&|&)?\d?/\d+\.{0,2}", plain):
            found = re.findall(r"([a-g])(##|#|&&|&)?(\d?)/(\d+)(\.{0,2})", token)
            notes += sorted((n[0], _ALTERS[n[1]], int(n[2] or 1) + 3, n[3] + n[4]) for n in found)
        staves.append(notes)
    return staves


def musicxml_root(path: Path) -> Any:  # noqa: ANN401 - an element
    """The root element of a .musicxml or .mxl file."""
    if path.suffix != ".mxl":
        return ElementTree.fromstring(path.read_bytes())
    with zipfile.ZipFile(path) as archive:
        inside = [n for n in archive.namelist() if n.endswith("xml") and not n.startswith("META")]
        return ElementTree.fromstring(archive.read(inside[0]))


def musicxml_staves(path: Path) -> list[list[NoteToken]]:
    """The notes of each staff of a MusicXML file in order of time, chords sorted; nothing where there is no file."""
    if not path.exists():
        return []
    staves = []
    for part in musicxml_root(path).findall("part"):
        by_staff: dict[str, list[NoteToken]] = {}
        for bar in part.findall("measure"):
            for staff, notes in _bar_notes(bar).items():
                by_staff.setdefault(staff, []).extend(notes)
        staves += [by_staff[k] for k in sorted(by_staff)]
    return staves


def musicxml_bars(source: Path | bytes) -> list[list[list[NoteToken]]]:
    """The notes of each bar of a MusicXML file, staff by staff through all its parts, chords sorted."""
    root = ElementTree.fromstring(source) if isinstance(source, bytes) else musicxml_root(source)
    bars: list[list[list[NoteToken]]] = []
    for part in root.findall("part"):
        staves = max((int(e.text) for e in part.iter("staves")), default=1)
        for number, bar in enumerate(part.findall("measure")):
            if number == len(bars):
                bars.append([])
            notes = _bar_notes(bar)
            bars[number] += [notes.get(str(staff), []) for staff in range(1, staves + 1)]
    return bars


def _bar_notes(bar: Any) -> dict[str, list[NoteToken]]:  # noqa: ANN401 - an element
    now, start = 0, 0
    at: dict[str, dict[int, list[NoteToken]]] = {}
    for element in bar:
        if element.tag == "backup":
            now -= int(element.findtext("duration"))
        elif element.tag == "forward":
            now += int(element.findtext("duration"))
        if element.tag != "note":
            continue
        if element.find("chord") is None:
            start, now = now, now + int(element.findtext("duration") or 0)
        pitch = element.find("pitch")
        if pitch is None:
            continue
        length = LENGTHS.get(element.findtext("type") or "", "?") + "." * len(element.findall("dot"))
        note = (
            pitch.findtext("step").lower(),
            int(float(pitch.findtext("alter") or 0)),
            int(pitch.findtext("octave")),
            length,
        )
        at.setdefault(element.findtext("staff") or "1", {}).setdefault(start, []).append(note)
    return {s: [n for t in sorted(times) for n in sorted(times[t])] for s, times in at.items()}


def midi(note: NoteToken) -> int:
    """The MIDI number of a note."""
    return 12 * (note[2] + 1) + _SEMITONES[note[0]] + note[1]


def natural(note: NoteToken) -> int:
    """The MIDI number of a note without its alteration: its letter and its octave."""
    return midi((note[0], 0, note[2], note[3]))


def without_alters(staves: Iterable[Sequence[NoteToken]]) -> list[list[NoteToken]]:
    """The same notes by letter, octave and length alone."""
    return [[(n[0], 0, n[2], n[3]) for n in s] for s in staves]


def flat(staves: Iterable[Sequence[NoteToken]]) -> list[NoteToken]:
    """All staves after one another."""
    return [n for s in staves for n in s]


VIEWS: dict[str, Callable[[NoteToken], Any]] = {
    "all": lambda n: n,
    "pitch": lambda n: n[:3],
    "duration": lambda n: n[3],
}
"""What is compared: the whole note, its pitch alone, its written length alone."""


def edits(truth: Sequence[NoteToken], read: Sequence[NoteToken], view: str = "all") -> int:
    """Levenshtein distance under a view."""
    see = VIEWS[view]
    return int(Levenshtein.distance([see(n) for n in truth], [see(n) for n in read]))


def right_ones(truth: Sequence[NoteToken], read: Sequence[NoteToken]) -> list[bool]:
    """For each note read, whether the alignment with the truth leaves it as it is."""
    right = [False] * len(read)
    for block in Levenshtein.editops(truth, read).as_matching_blocks():
        for n in range(block.b, block.b + block.size):
            right[n] = True
    return right


def aligned(truth: Sequence[NoteToken], read: Sequence[NoteToken]) -> list[str]:
    """One line for each edit, in words, with its place: what an error analysis starts from."""
    lines = []
    for op in Levenshtein.editops(truth, read):
        t = written(truth[op.src_pos]) if op.tag != "insert" else "-"
        r = written(read[op.dest_pos]) if op.tag != "delete" else "-"
        lines.append(f"{op.tag:8} truth[{op.src_pos}] {t:8} read[{op.dest_pos}] {r}")
    return lines


def written(note: NoteToken) -> str:
    """A note as people write it: f#5/8."""
    sign = {-2: "bb", -1: "b", 0: "", 1: "#", 2: "x"}.get(note[1], "?")
    return f"{note[0]}{sign}{note[2]}/{note[3]}"


@dataclass
class Marks:
    """The sums of a set: edits and notes by view, the best of the first five ranks, pitches found, pages, bars."""

    edits: Counter[str] = field(default_factory=Counter)
    notes: int = 0
    oracle: int = 0
    found: int = 0
    read: int = 0
    wanted_pitches: int = 0
    pages: int = 0
    valid: int = 0
    bars: int = 0
    sums: int = 0
    seconds: list[float] = field(default_factory=list)
    told: list[tuple[float, bool, bool]] = field(default_factory=list)
    """For each bar whose truth is known: the probability told, whether it is right in every note, whether it is marked."""

    among: list[bool] = field(default_factory=list)
    """For each of these bars whose chosen reading is wrong: whether another of its first five is right."""

    def add_notes(self, truth: list[list[NoteToken]], ranks: list[list[list[NoteToken]]]) -> None:
        """A page whose truth is notes by staff; `ranks` holds the readings, best first."""
        wanted = flat(truth)
        first = flat(ranks[0]) if ranks else []
        for view in VIEWS:
            self.edits[view] += edits(wanted, first, view)
        self.notes += len(wanted)
        self.oracle += min((edits(wanted, flat(r)) for r in ranks[:5]), default=len(wanted))
        self.add_pitches(Counter(map(midi, wanted)), first)

    def add_pitches(
        self, wanted: Counter[int], first: list[NoteToken], number: Callable[[NoteToken], int] = midi
    ) -> None:
        """A page's truth as MIDI numbers without order; `number` is `natural` where it knows no alterations."""
        have = Counter(map(number, first))
        self.found += (wanted & have).total()
        self.read += have.total()
        self.wanted_pitches += wanted.total()

    def ser(self, view: str = "all") -> float:
        """Note SER in percent, summed over the set and divided once."""
        return 100.0 * self.edits[view] / max(1, self.notes)

    @property
    def oracle_ser(self) -> float:
        """The SER of the best of the first five ranks of each page, in percent."""
        return 100.0 * self.oracle / max(1, self.notes)

    @property
    def pitch_f1(self) -> float:
        """F1 of pitches as multisets, summed over the set."""
        return 2.0 * self.found / max(1, self.wanted_pitches + self.read)

    def reliability(self, bins: int = 10) -> list[tuple[float, float, int]]:
        """(mean probability, share of bars right, count) for each bin of probability that holds bars."""
        rows = []
        for n in range(bins):
            held = [(p, r) for p, r, _ in self.told if n == min(int(p * bins), bins - 1)]
            if held:
                rows.append(
                    (sum(p for p, _ in held) / len(held), sum(r for _, r in held) / len(held), len(held))
                )
        return rows

    @property
    def calibration_error(self) -> float:
        """Expected calibration error of bars: the mean gap between probability and share right, weighted by bars."""
        rows = self.reliability()
        return sum(abs(p - r) * n for p, r, n in rows) / max(1, sum(n for _, _, n in rows))

    @property
    def bars_right(self) -> float:
        """The share of bars that are right in every note, of those whose truth is known."""
        return sum(r for _, r, _ in self.told) / max(1, len(self.told))

    @property
    def right_among_five(self) -> float | None:
        """Of the bars that are wrong as chosen, the share of which another listed reading is right; None where there are none."""
        return sum(self.among) / len(self.among) if self.among else None

    def marked(self, *, right: bool) -> float | None:
        """The share of right bars, or of wrong ones, that are marked doubtful; None where there are none."""
        held = [doubtful for _, r, doubtful in self.told if r is right]
        return sum(held) / len(held) if held else None
