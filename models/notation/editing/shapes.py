"""What a voice shows of its lengths: beams by the beat, and the brackets of tuplets."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from fractions import Fraction
from typing import Literal

from models.notation.editing.filling import fitted
from models.notation.score import Bar, Event, Metre, NoteType

_LEVELS = {NoteType.EIGHTH: 1, NoteType.N16: 2, NoteType.N32: 3, NoteType.N64: 4, NoteType.N128: 5}


def shaped(bar: Bar, voice: int, metre: Metre) -> Bar:
    """The bar with the length that it holds, and one of its voices beamed and bracketed for the lengths that it has now."""
    own = sorted((e for e in bar.events if e.voice == voice and not e.grace), key=lambda e: e.onset)
    new = {e.id: e for e in _beamed(_bracketed(own), metre)}
    events = tuple(new[e.id] if e.voice == voice and not e.grace else e for e in bar.events)
    return fitted(replace(bar, events=tuple(sorted(events, key=_order))), metre)


def _order(event: Event) -> tuple[int, Fraction, bool]:
    return event.voice, event.onset, not event.grace


def _bracketed(events: Sequence[Event]) -> list[Event]:
    """The events of a voice with start and stop of each tuplet, where its length is plain again."""
    out: list[Event] = []
    group: list[Event] = []

    def close() -> None:
        marks: list[Literal["start", "stop"] | None] = [None] * len(group)
        if len(group) > 1:
            marks[0], marks[-1] = "start", "stop"
        out.extend(
            e if e.tuplet_mark == mark else replace(e, tuplet_mark=mark)
            for e, mark in zip(group, marks, strict=True)
        )
        group.clear()

    for event in events:
        ratio = event.duration.tuplet
        if group and (ratio != group[0].duration.tuplet or event.onset != group[-1].onset + group[-1].length):
            close()
        if ratio == (1, 1):
            out.append(event if event.tuplet_mark is None else replace(event, tuplet_mark=None))
            continue
        group.append(event)
        if _is_whole(group):
            close()
    close()
    return out


def _is_whole(group: Sequence[Event]) -> bool:
    """Whether a tuplet is complete: its written lengths are as many of the shortest as its ratio says, or a multiple."""
    actual, normal = group[0].duration.tuplet
    if (actual & (actual - 1)) == 0 or normal & (
        normal - 1
    ):  # duplets, sextuplets in time of other odd numbers
        return len(group) >= actual
    length = sum((e.length for e in group), Fraction(0))
    return (length.denominator & (length.denominator - 1)) == 0


def _beamed(events: Sequence[Event], metre: Metre) -> list[Event]:
    """The events of a voice with beams that join what falls into one beat."""
    beat = Fraction(4, metre.beat_type)
    if metre.beat_type >= 8 and metre.beats % 3 == 0:
        beat *= 3
    beat = max(beat, Fraction(1))
    out: list[Event] = []
    group: list[Event] = []

    def close() -> None:
        out.extend(_joined(group))
        group.clear()

    for event in events:
        levels = _LEVELS.get(event.duration.type, 0) if event.notes else 0
        if group and (
            not levels
            or event.onset // beat != group[0].onset // beat
            or event.onset != group[-1].onset + group[-1].length
            or event.staff != group[0].staff
        ):
            close()
        if levels:
            group.append(event)
        else:
            out.append(replace(event, beams=()) if event.beams else event)
    close()
    return out


def _joined(group: Sequence[Event]) -> list[Event]:
    if len(group) < 2:
        return [replace(e, beams=()) if e.beams else e for e in group]
    depths = [_LEVELS[e.duration.type] for e in group]
    stem = group[0].stem if all(e.stem == group[0].stem for e in group) else None
    made = []
    for n, event in enumerate(group):
        before = depths[n - 1] if n else 0
        after = depths[n + 1] if n + 1 < len(group) else 0
        words = tuple(_word(level, before, after, first=n == 0) for level in range(1, depths[n] + 1))
        made.append(replace(event, beams=words, stem=stem))
    return made


def _word(level: int, before: int, after: int, *, first: bool) -> str:
    if before >= level and after >= level:
        return "continue"
    if after >= level:
        return "begin"
    if before >= level:
        return "end"
    return "forward hook" if first else "backward hook"
