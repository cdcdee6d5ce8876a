"""What a case's truth says, and how much of it a result has: MusicXML against MusicXML, notes heard or played, words."""

from __future__ import annotations

import json
import re
from collections import Counter
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path
from typing import Any

from benchmarks.reading_marks import musicxml_root

Element = Any
"""An element of a MusicXML file."""

NEAR_S = 0.05
"""Seconds by which a note heard or played may be early or late."""
TEMPO_SHARE = 0.04
"""Of the true tempo, by which an estimated one may be off."""


@dataclass(frozen=True)
class Verdict:
    """How a case ended: ``share`` of the truth's notes that are right, and every fault as a phrase."""

    share: float
    faults: tuple[str, ...] = ()

    @property
    def word(self) -> str:
        """Right without any fault; partly where most notes are right; wrong otherwise."""
        if not self.faults:
            return "right"
        return "partly" if self.share >= 0.5 else "wrong"


@dataclass
class StaffFacts:
    """One staff of a score: notes with their place, clefs, keys and metres with the bar where they begin."""

    notes: Counter[tuple[Any, ...]] = field(default_factory=Counter)
    values: Counter[tuple[Any, ...]] = field(default_factory=Counter)
    ties: int = 0
    tuplets: Counter[str] = field(default_factory=Counter)
    graces: int = 0
    clefs: list[tuple[int, str]] = field(default_factory=list)
    keys: list[tuple[int, int]] = field(default_factory=list)
    metres: list[tuple[int, str]] = field(default_factory=list)


@dataclass
class ScoreFacts:
    """A whole MusicXML file: its staves from top to bottom, the staves of each part, bars, repeats."""

    staves: list[StaffFacts] = field(default_factory=list)
    parts: list[int] = field(default_factory=list)
    bars: int = 0
    repeats: Counter[str] = field(default_factory=Counter)
    pickup: bool = False


def score_facts(path: Path) -> ScoreFacts:
    """The facts of a MusicXML file."""
    facts = ScoreFacts()
    for part in musicxml_root(path).findall("part"):
        _add_part(facts, part)
    return facts


def _add_part(facts: ScoreFacts, part: Element) -> None:
    bars = part.findall("measure")
    count = max([int(e.text or 1) for e in part.iter("staves")] + [1])
    first = len(facts.staves)
    facts.staves += [StaffFacts() for _ in range(count)]
    facts.parts.append(count)
    staves = facts.staves[first:]
    facts.bars = max(facts.bars, len(bars))
    if bars and bars[0].get("implicit") == "yes":
        facts.pickup = True
    divisions = 1
    for number, bar in enumerate(bars):
        divisions = _add_bar(facts, staves, number, bar, divisions)


def _add_bar(facts: ScoreFacts, staves: list[StaffFacts], number: int, bar: Element, divisions: int) -> int:
    now = start = Fraction(0)
    for element in bar:
        if element.tag == "attributes":
            divisions = int(element.findtext("divisions") or divisions)
            _add_attributes(staves, number, element)
        elif element.tag in ("backup", "forward"):
            step = Fraction(int(element.findtext("duration") or 0), divisions)
            now += step if element.tag == "forward" else -step
        elif element.tag == "barline":
            _add_bar_line(facts, element)
        elif element.tag == "note":
            length = Fraction(int(element.findtext("duration") or 0), divisions)
            if element.find("chord") is None:
                start, now = now, now + length
            _add_note(staves, number, start, element)
    return divisions


def _add_attributes(staves: list[StaffFacts], number: int, attributes: Element) -> None:
    for clef in attributes.findall("clef"):
        sign = (
            f"{clef.findtext('sign')}{clef.findtext('line') or ''}{clef.findtext('clef-octave-change') or ''}"
        )
        _change(staves[min(int(clef.get("number") or 1), len(staves)) - 1].clefs, number, sign)
    for key in attributes.findall("key"):
        for staff in _addressed(staves, key):
            _change(staff.keys, number, int(key.findtext("fifths") or 0))
    for time in attributes.findall("time"):
        beats = "+".join(
            f"{b.text}/{t.text}"
            for b, t in zip(time.findall("beats"), time.findall("beat-type"), strict=False)
        )
        for staff in _addressed(staves, time):
            _change(staff.metres, number, beats)


def _addressed(staves: list[StaffFacts], element: Element) -> list[StaffFacts]:
    number = element.get("number")
    return [staves[int(number) - 1]] if number and int(number) <= len(staves) else staves


def _change(changes: list[tuple[int, Any]], number: int, value: Any) -> None:  # noqa: ANN401 - a clef, key or metre
    if not changes or changes[-1][1] != value:
        changes.append((number, value))


def _add_bar_line(facts: ScoreFacts, line: Element) -> None:
    repeat = line.find("repeat")
    if repeat is not None:
        facts.repeats[f"repeat {repeat.get('direction')}"] += 1
    ending = line.find("ending")
    if ending is not None and ending.get("type") == "start":
        facts.repeats[f"ending {ending.get('number')}"] += 1


def _add_note(staves: list[StaffFacts], bar: int, onset: Fraction, note: Element) -> None:
    pitch, unpitched = note.find("pitch"), note.find("unpitched")
    if pitch is None and unpitched is None:
        return
    staff = staves[min(int(note.findtext("staff") or 1), len(staves)) - 1]
    if note.find("grace") is not None:
        staff.graces += 1
        return
    if pitch is not None:
        key: tuple[Any, ...] = (
            pitch.findtext("step"),
            float(pitch.findtext("alter") or 0),
            int(pitch.findtext("octave") or 4),
        )
    else:
        key = ("unpitched", unpitched.findtext("display-step"), unpitched.findtext("display-octave"))
    staff.notes[(bar, onset, *key)] += 1
    staff.values[(bar, onset, *key, note.findtext("type"), len(note.findall("dot")))] += 1
    staff.ties += any(tie.get("type") == "start" for tie in note.findall("tie"))
    ratio = note.find("time-modification")
    if ratio is not None:
        staff.tuplets[f"{ratio.findtext('actual-notes')}:{ratio.findtext('normal-notes')}"] += 1


def compared(truth: ScoreFacts, read: ScoreFacts, copies: int = 1) -> Verdict:
    """The reading of a picture against the true score; ``copies`` pages of a picture may show the same page."""
    wanted = sum(s.notes.total() for s in truth.staves) * copies
    faults = []
    if len(truth.staves) != len(read.staves):
        faults.append(f"{len(read.staves)} staves for {len(truth.staves)}")
    elif truth.parts != read.parts:
        faults.append(f"staves by part {read.parts} for {truth.parts}")
    if read.bars != truth.bars * copies:
        faults.append(f"{read.bars} bars for {truth.bars * copies}")
    pairs = list(zip(truth.staves, read.staves, strict=False))
    placed = sum(_copied(t.notes, truth.bars, copies, r.notes) for t, r in pairs)
    valued = sum(_copied(t.values, truth.bars, copies, r.values) for t, r in pairs)
    found = sum(s.notes.total() for s in read.staves)
    if placed < wanted or found > wanted:
        faults.append(f"{placed} of {wanted} notes at their place, {found} read")
    elif valued < wanted:
        faults.append(f"{valued} of {wanted} note values")
    for name in ("clefs", "keys", "metres"):
        changes = [(_changes(t, name), _changes(r, name)) for t, r in pairs]
        wrong = [f"{have} for {want}" for want, have in changes if want != have]
        if wrong and copies == 1:
            faults.append(f"{name}: {wrong[0]}")
    for name in ("ties", "graces"):
        have, want = (sum(getattr(s, name) for s in facts.staves) for facts in (read, truth))
        if have != want * copies:
            faults.append(f"{have} {name} for {want * copies}")
    tuplets = [sum((s.tuplets for s in facts.staves), Counter()) for facts in (read, truth)]
    if tuplets[0] != tuplets[1] and copies == 1:
        faults.append(f"tuplets {dict(tuplets[0])} for {dict(tuplets[1])}")
    if truth.repeats != read.repeats and copies == 1:
        faults.append(f"repeats {dict(read.repeats)} for {dict(truth.repeats)}")
    if truth.pickup and not read.pickup:
        faults.append("pickup not marked")
    return Verdict(placed / max(1, wanted), tuple(faults))


def _changes(staff: StaffFacts, name: str) -> list[tuple[int, Any]]:
    """What changes on a staff and in which bar; no key signature is one without sharps and flats."""
    changes: list[tuple[int, Any]] = getattr(staff, name)
    if name == "keys" and (not changes or changes[0][0] > 0):
        return [(0, 0), *changes]
    return changes


def _copied(truth: Counter[tuple[Any, ...]], bars: int, copies: int, read: Counter[tuple[Any, ...]]) -> int:
    whole: Counter[tuple[Any, ...]] = Counter()
    for copy in range(copies):
        for key, count in truth.items():
            whole[(key[0] + copy * bars, *key[1:])] += count
    return (whole & read).total()


Timed = list[tuple[float, float]]
"""Onset in seconds and MIDI number of notes."""


def matched(truth: Timed, found: Timed, near_s: float = NEAR_S) -> int:
    """How many true notes have a found note of the same pitch within ``near_s`` seconds, each found one used once."""
    left = sorted(found)
    hits = 0
    for onset, pitch in sorted(truth):
        near = [n for n in left if abs(n[0] - onset) <= near_s and n[1] == pitch]
        if near:
            left.remove(min(near, key=lambda n: abs(n[0] - onset)))
            hits += 1
    return hits


def heard(truth: dict[str, Any], folder: Path) -> Verdict:
    """The notes heard in a recording, and the sheet written of them, against the truth."""
    wanted = [(float(t), float(m)) for t, m in truth["notes_onset_s_midi"]]
    notes = json.loads((folder / "notes.json").read_text(encoding="utf-8"))
    found = sorted((float(n["onset_s"]), float(n["midi"])) for n in notes)
    lead = found[0][0] - wanted[0][0] if found else 0.0  # a recording may begin with silence
    hits = max(matched(wanted, found), matched(wanted, [(t - lead, m) for t, m in found]))
    faults = []
    if hits < len(wanted) or len(found) != len(wanted):
        faults.append(f"{hits} of {len(wanted)} notes, {len(found)} heard")
    score = score_facts(folder / "score.musicxml")
    metre = score.staves[0].metres[0][1] if score.staves and score.staves[0].metres else "none"
    if metre != truth["metre"]:
        faults.append(f"{metre} for {truth['metre']}")
    tempo = _tempo(folder / "score.musicxml")
    if tempo is None or abs(tempo - truth["tempo"]) > TEMPO_SHARE * truth["tempo"]:
        faults.append(f"tempo {tempo} for {truth['tempo']}")
    if truth.get("note_values_quarters") and not faults:
        faults += _values(truth["note_values_quarters"], folder / "score.musicxml")
    return Verdict(hits / max(1, len(wanted)), tuple(faults))


def _tempo(path: Path) -> float | None:
    for sound in musicxml_root(path).iter("sound"):
        if sound.get("tempo"):
            return round(float(sound.get("tempo")), 1)
    return None


def _values(wanted: list[float], path: Path) -> list[str]:
    """Written lengths in quarters, ties joined, rests after a note added to it (an end may be played short)."""
    lengths: list[Fraction] = []
    tied = False
    for part in musicxml_root(path).findall("part"):
        divisions = 1
        for element in (e for bar in part.findall("measure") for e in bar):
            if element.tag == "attributes":
                divisions = int(element.findtext("divisions") or divisions)
            if element.tag != "note" or element.find("chord") is not None:
                continue
            length = Fraction(int(element.findtext("duration") or 0), divisions)
            if (element.find("rest") is not None or tied) and lengths:
                lengths[-1] += length
            elif element.find("rest") is None:
                lengths.append(length)
            tied = any(t.get("type") == "start" for t in element.findall("tie"))
    pairs = zip(wanted[:-1], lengths[:-1], strict=False)  # the last one may ring to the end of its bar
    right = sum(abs(float(length) - value) < 0.02 for value, length in pairs)
    whole = len(lengths) == len(wanted)
    return [] if whole and right >= 0.9 * (len(wanted) - 1) else [f"{right} of {len(wanted) - 1} note values"]


def played(truth: dict[str, Any], sounded: Timed) -> Verdict:
    """The notes that a score sounds, as (beats of the truth's tempo, MIDI number), against the truth."""
    wanted = [(float(t), float(m)) for t, m in truth["notes_onset_beats_midi"]]
    hits = matched(wanted, sounded)
    if hits == len(wanted) == len(sounded):
        return Verdict(1.0)
    return Verdict(hits / max(1, len(wanted)), (f"{hits} of {len(wanted)} notes, {len(sounded)} sounded",))


def told(text: str, facts: ScoreFacts | None) -> Verdict | None:
    """A reading against a truth in words: staves, key, metre, bars that it names; None where it names none of them."""
    checks: list[tuple[str, bool]] = []
    f = facts or ScoreFacts()
    first = f.staves[0] if f.staves else StaffFacts()
    if found := re.search(r"(\d+) staves", text):
        checks.append((f"{len(f.staves)} staves for {found[1]}", len(f.staves) == int(found[1])))
    if found := re.search(r"(\d+) (flats|sharps)", text):
        fifths = int(found[1]) * (1 if found[2] == "sharps" else -1)
        have = [s.keys[0][1] if s.keys else 0 for s in f.staves]
        checks.append((f"keys {have} for {fifths}", bool(have) and all(k == fifths for k in have)))
    elif "no key" in text:
        checks.append(("a key where there is none", all(not s.keys or s.keys[0][1] == 0 for s in f.staves)))
    if found := re.search(r"\b(\d+/(?:2|4|8|16))\b", text):
        have_metre = first.metres[0][1] if first.metres else "none"
        checks.append((f"{have_metre} for {found[1]}", have_metre == found[1]))
    if found := re.search(r"(\d+) bars", text):
        checks.append((f"{f.bars} bars for {found[1]}", f.bars == int(found[1])))
    if "unpitched" in text:
        pitched = sum(c for s in f.staves for k, c in s.notes.items() if k[2] != "unpitched")
        checks.append((f"{pitched} invented pitches", pitched == 0))
    if not checks:
        return None
    faults = tuple(phrase for phrase, right in checks if not right)
    return Verdict(1.0 - len(faults) / len(checks), faults)
