"""What a page holds beyond its notes, as things that two scores are compared by: each of a kind, at a place, with a content."""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path

from benchmarks.reading_marks import musicxml_root
from models.notation.musicxml.vocabulary import ORNAMENTS, PLAIN, TECHNICAL
from models.notation.score import Event, NoteType, Part, Pitch, Score
from models.notation.words import Direction, Harmony

Things = Counter[tuple[object, ...]]

_DIRECTIONS = {
    "words": "direction", "tempo": "tempo mark", "rehearsal": "rehearsal mark", "crescendo": "hairpin",
    "diminuendo": "hairpin", "pedal": "pedal", "pedal-stop": "pedal", "octave-up": "octave line",
    "octave-down": "octave line", "octave-stop": "octave line",
}  # fmt: skip


def things(score: Score) -> Things:
    """All that the table counts, each with the place that it is attached to; its first word is its kind."""
    found: Things = Counter()
    found["title", _plain(score.title)] += bool(score.title)
    found["composer", _plain(score.composer)] += bool(score.composer)
    staff = 0
    for part in score.parts:
        found["part name", staff, _plain(part.name)] += bool(part.name)
        for place, bar in enumerate(part.bars):
            found["system break", place] += bar.new_system and not staff
            for what in ("repeat_start", "repeat_end"):
                found["repeat", what, staff, place] += bool(getattr(bar, what))
            ends = bar.barline if bar.barline != "regular" and not bar.repeat_end else None
            found["bar line", place, ends] += ends is not None and not staff
            for jump in bar.jumps:
                found["jump", place, jump] += not staff
            found["multi-bar rest", staff, place, bar.rests] += bar.rests > 1
            found["ending", bar.ending, place] += bar.ending is not None and not staff
            found["time signature", staff, place, bar.metre] += bar.metre is not None
            if bar.key is not None:  # a page shows no mode
                found["key signature", staff, place, bar.key.fifths] += bool(place or bar.key.fifths)
            for change in bar.clefs:
                found["clef", staff + change.staff, place, change.onset, change.clef] += 1
            for harmony in bar.harmonies:
                found += _chord_symbol(harmony, staff, place)
            for one in bar.directions:
                found += _direction(one, staff, place)
        found += _events(part, staff)
        staff += part.staves
    return +found


def metronomes(file: Path) -> Things:
    """The figures of tempo marks that a MusicXML file shows over its first part."""
    found: Things = Counter()
    part = musicxml_root(file).find("part")
    for place, bar in enumerate(part.findall("measure") if part is not None else ()):
        for one in bar.iter("metronome"):
            if one.get("print-object") != "no" and one.findtext("per-minute"):
                unit, dots = one.findtext("beat-unit"), len(one.findall("beat-unit-dot"))
                found["metronome figure", place, unit, dots, _plain(one.findtext("per-minute") or "")] += 1
    return found


def _chord_symbol(harmony: Harmony, staff: int, place: int) -> Things:
    chord, at = harmony.chord, (staff, place, harmony.onset)
    found: Things = Counter({("chord symbol", *at, chord.root, chord.kind, chord.bass, chord.degrees): 1})
    found["chord symbol, root", *at, chord.root] += 1
    found["chord symbol, quality", *at, chord.kind, chord.degrees] += 1
    found["chord symbol, bass", *at, chord.bass] += chord.bass is not None
    return found


def _direction(one: Direction, staff: int, place: int) -> Things:
    kind = _DIRECTIONS.get(one.kind)
    if kind is None or (kind in ("direction", "tempo mark") and not one.text):
        return Counter()
    return Counter({(kind, staff + one.staff, place, one.onset, one.kind, _plain(one.text)): 1})


def _events(part: Part, staff: int) -> Things:
    found: Things = Counter()
    for place, bar in enumerate(part.bars):
        for e in bar.events:
            at = staff + e.staff, place, e.onset
            found["rest", *at, e.whole_bar or e.duration] += e.is_rest
            found["dynamic", *at, e.dynamic] += e.dynamic is not None
            for note in e.notes:
                found["fingering", *at, note.pitch, note.finger] += bool(note.finger)
            found["grace note", *at, tuple(n.pitch for n in e.notes)] += e.grace
            found["tuplet", *at, e.duration.tuplet] += e.duration.tuplet != (1, 1)
            found["tie", *at] += sum(n.tie_start and _goes_on(part, place, e, n.pitch) for n in e.notes)
            found["slur", *at] += sum(kind == "start" for kind, _ in e.slurs)
            found["breve", *at] += e.duration.type is NoteType.BREVE and not e.is_rest
            found["two dots", *at, e.duration] += e.duration.dots > 1
            if e.tremolo is not None:
                found["tremolo", *at, e.tremolo] += 1
            for mark in e.articulations:
                kind = (
                    mark if mark in PLAIN
                    else "ornament" if mark in ORNAMENTS
                    else "technical" if mark in TECHNICAL
                    else "articulation"
                )  # fmt: skip
                found[kind, *at, mark] += 1
            for lyric in e.lyrics:
                found["lyric", *at, lyric.verse, _plain(lyric.text), lyric.syllabic] += 1
                found["lyric, text alone", _plain(lyric.text)] += 1
    return found


def _goes_on(part: Part, place: int, event: Event, pitch: Pitch) -> bool:
    """Whether a tie reaches a note: one that the end of the page cuts off is not drawn."""
    after = [e for e in part.bars[place].events if e.onset >= event.onset and e is not event]
    after += part.bars[place + 1].events if place + 1 < len(part.bars) else ()
    return any(n.tie_stop and n.pitch == pitch for e in after for n in e.notes)


def _plain(text: str) -> str:
    """Words as they are compared: one kind of quotes, no signs around them, small letters."""
    text = text.replace("’", "'").replace("\n", " ").lower()
    return re.sub(r"\s+", " ", text).strip(" .,;:!?\"“”„'()")


def table(truth: Things, read: Things) -> list[tuple[str, int, float, float, float]]:
    """For each kind: how many there are, precision, recall, F1."""
    rows = []
    for kind in sorted({str(k[0]) for k in truth}):
        wanted, have = (Counter({k: v for k, v in c.items() if k[0] == kind}) for c in (truth, read))
        hits, n, m = (wanted & have).total(), wanted.total(), have.total()
        if n:
            rows.append((kind, n, hits / max(1, m), hits / n, 2 * hits / (n + m)))
    return rows
