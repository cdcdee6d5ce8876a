"""Corrections of a score, each giving a new one: a note moved, removed, a bar read otherwise."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from fractions import Fraction

from models.notation.score import Bar, Duration, Event, Key, Note, NoteType, Part, Pitch, Score


def find_note(score: Score, identity: str) -> tuple[Part, Bar, Event, Note | None] | None:
    """The part, bar, event and note of that id; the note is None where the id is a rest's; None for no such id."""
    for part, bar, event in score.events():
        if event.is_rest and event.id == identity:
            return part, bar, event, None
        for note in event.notes:
            if note.id == identity:
                return part, bar, event, note
    return None


def moved(score: Score, identity: str, steps: int) -> Score:
    """The score with a note (and what it is tied to) moved up by so many staff places, as the key signature alters them.

    The same score where there is no such note or the place lies outside the octaves 0 to 9. A moved note is certain.
    """
    if not (steps and (found := find_note(score, identity)) and found[3]):
        return score
    target = found[3].pitch.diatonic + steps
    if not 0 <= target < 70:
        return score
    chain = _tied(score, identity)
    keys = _keys(score)

    def change(part: Part, index: int, event: Event) -> Event:
        if not any(note.id in chain for note in event.notes):
            return event
        key = keys[part.id][index]
        plain = Pitch.from_diatonic(target)
        altered = replace(plain, alter=key.alter(plain.step))
        notes = tuple(
            # a drum's place on the staff is no pitch, which a key could alter
            replace(n, pitch=altered if n.drum is None else plain, accidental=None, certainty=1.0, cents=0)
            if n.id in chain
            else n
            for n in event.notes
        )
        return replace(event, notes=notes, certainty=1.0)

    return _changed(score, change)


def removed(score: Score, identity: str) -> Score:
    """The score without a note: its chord without it, or a rest in its place; without the event for a rest or grace note.

    The same score where there is no such id. Ties to it are cut.
    """
    if find_note(score, identity) is None:
        return score
    before, after = _neighbours(score, identity)

    def change(_: Part, __: int, event: Event) -> Event | None:
        if event.is_rest:
            return None if event.id == identity else event
        kept = tuple(
            replace(n, tie_start=n.tie_start and n.id != before, tie_stop=n.tie_stop and n.id != after)
            for n in event.notes
            if n.id != identity
        )
        if not kept:
            bare = replace(event, notes=(), stem=None, beams=(), slurs=(), articulations=(), certainty=1.0)
            return None if event.grace else bare
        return replace(event, notes=kept)

    return _changed(score, change)


def with_bar(score: Score, part: int, index: int, bar: Bar) -> Score:
    """The score with another reading of one bar, both counted from 0. IndexError where there is none."""
    bars = list(score.parts[part].bars)
    bars[index] = bar
    parts = list(score.parts)
    parts[part] = replace(parts[part], bars=tuple(bars))
    return replace(score, parts=tuple(parts))


def _changed(score: Score, change: Callable[[Part, int, Event], Event | None]) -> Score:
    parts = []
    for part in score.parts:
        bars = []
        for index, bar in enumerate(part.bars):
            events = tuple(new for event in bar.events if (new := change(part, index, event)) is not None)
            if bar.events and not events:  # no bar is left blank
                rest = replace(
                    bar.events[0], onset=Fraction(0), duration=Duration(NoteType.WHOLE), notes=(), grace=False
                )
                rest = replace(
                    rest, stem=None, beams=(), slurs=(), articulations=(), tuplet_mark=None, dynamic=None
                )
                events = (replace(rest, whole_bar=True),)
            bars.append(bar if events == bar.events else replace(bar, events=events))
        parts.append(replace(part, bars=tuple(bars)))
    return replace(score, parts=tuple(parts))


def _keys(score: Score) -> dict[str, list[Key]]:
    held: dict[str, list[Key]] = {}
    for part in score.parts:
        now = Key()
        held[part.id] = [now := bar.key or now for bar in part.bars]
    return held


def _line(score: Score, identity: str) -> list[Note]:
    """Notes of the same part and pitch as the one named, in time order."""
    found = find_note(score, identity)
    if found is None:
        return []
    part, _, _, note = found
    if note is None:
        return []
    return [
        n
        for bar in part.bars
        for event in sorted(bar.events, key=lambda e: e.onset)
        for n in event.notes
        if n.pitch == note.pitch
    ]


def _neighbours(score: Score, identity: str) -> tuple[str | None, str | None]:
    """Ids of the notes that are tied into and out of the one named."""
    line = _line(score, identity)
    at = next((i for i, n in enumerate(line) if n.id == identity), None)
    if at is None:
        return None, None
    before = line[at - 1].id if at and line[at].tie_stop and line[at - 1].tie_start else None
    after = line[at + 1].id if at + 1 < len(line) and line[at].tie_start and line[at + 1].tie_stop else None
    return before, after


def _tied(score: Score, identity: str) -> set[str]:
    """The ids of the whole chain of ties that a note is part of."""
    chain, line = {identity}, _line(score, identity)
    at = next((i for i, n in enumerate(line) if n.id == identity), 0)
    low = high = at
    while low > 0 and line[low].tie_stop and line[low - 1].tie_start:
        low -= 1
    while high + 1 < len(line) and line[high].tie_start and line[high + 1].tie_stop:
        high += 1
    return chain | {n.id for n in line[low : high + 1]}
