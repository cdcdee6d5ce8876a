"""Clefs, key and time signatures set from a place on, or for a stretch of bars."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from fractions import Fraction

from models.notation.accidentals import with_accidentals
from models.notation.editing.edits import SetClef, SetKey, SetMetre, SignatureEdit
from models.notation.editing.filling import fitted
from models.notation.editing.places import clef_before, keys, metres, place_of, with_bars
from models.notation.score import Bar, Clef, ClefChange, Event, Key, Note, Part, Pitch, Score

_ALTERS = {"flat-flat": -2, "flat": -1, "natural": 0, "sharp": 1, "double-sharp": 2}


def signed(score: Score, edit: SignatureEdit) -> Score:
    """The score with another clef, key or metre from a note or rest on; the same score where it means nothing."""
    place = place_of(score, edit.id)
    if place is None or (edit.bars is not None and edit.bars < 1):
        return score
    match edit:
        case SetClef():
            part = _with_clef(place.part, place.index, place.event, edit)
            return with_bars(score, place.part, part)
        case SetKey():
            parts = tuple(
                replace(part, bars=_with_key(part, place.index, edit))
                if place.index < len(part.bars)
                else part
                for part in score.parts
            )
        case SetMetre():
            parts = tuple(
                replace(part, bars=_with_metre(part, place.index, edit))
                if place.index < len(part.bars)
                else part
                for part in score.parts
            )
    return replace(score, parts=parts)


def _with_clef(part: Part, index: int, event: Event, edit: SetClef) -> tuple[Bar, ...]:
    staff, onset = event.staff, event.onset
    stop = len(part.bars) if edit.bars is None else min(len(part.bars), index + edit.bars)
    if edit.bars is None:  # up to the next clef that is printed on this staff
        changes = [
            (n, c.onset)
            for n, b in enumerate(part.bars)
            for c in b.clefs
            if c.staff == staff and (n, c.onset) > (index, onset)
        ]
        end = min(changes, default=(stop, Fraction(0)))
    else:
        end = (stop, Fraction(0))
    bars: list[Bar] = []
    before = _clefs(part, staff)
    for n, bar in enumerate(part.bars):
        moved: dict[str, int] = {}
        for one in bar.events:
            if one.staff == staff and (index, onset) <= (n, one.onset) < end:
                by = edit.clef.bottom_line - before(n, one.onset).bottom_line
                moved |= dict.fromkeys((note.id for note in one.notes), by)
        kept = tuple(c for c in bar.clefs if c.staff != staff or not (index, onset) <= (n, c.onset) < end)
        if n == index:
            kept = (*kept, ClefChange(edit.clef, onset, staff))
        if n == end[0] and not any(c.staff == staff and c.onset == 0 for c in kept):
            kept = (*kept, ClefChange(before(n, Fraction(0)), Fraction(0), staff))
        kept = tuple(sorted(kept, key=lambda c: (c.onset, c.staff)))
        bar = bar if kept == bar.clefs else replace(bar, clefs=kept)  # noqa: PLW2901
        bars.append(_stepped(bar, moved) if edit.as_printed and any(moved.values()) else bar)
    new = replace(part, bars=_needed(replace(part, bars=tuple(bars)), staff, index))
    return _read_again(new, index, end[0] + 1) if edit.as_printed else new.bars


def _clefs(part: Part, staff: int) -> Callable[[int, Fraction], Clef]:
    starts = [clef_before(part, 0, staff)]
    for bar in part.bars:
        own = sorted((c for c in bar.clefs if c.staff == staff), key=lambda c: c.onset)
        starts.append(own[-1].clef if own else starts[-1])

    def at(index: int, onset: Fraction) -> Clef:
        clef = starts[min(index, len(starts) - 1)]
        if index < len(part.bars):
            for change in sorted(part.bars[index].clefs, key=lambda c: c.onset):
                if change.staff == staff and change.onset <= onset:
                    clef = change.clef
        return clef

    return at


def _needed(part: Part, staff: int, index: int) -> tuple[Bar, ...]:
    """The bars without clefs that say what holds already; the first bar keeps its own."""
    bars, now = [], clef_before(part, index, staff) if index else None
    for n, bar in enumerate(part.bars):
        kept = []
        for change in bar.clefs:
            if change.staff == staff and n >= index:
                if change.clef == now:
                    continue
                now = change.clef
            kept.append(change)
        bars.append(bar if tuple(kept) == bar.clefs else replace(bar, clefs=tuple(kept)))
    return tuple(bars)


def _stepped(bar: Bar, moved: dict[str, int]) -> Bar:
    events = tuple(
        replace(e, notes=tuple(_at_step(n, moved.get(n.id, 0)) for n in e.notes)) if e.notes else e
        for e in bar.events
    )
    return replace(bar, events=events)


def _at_step(note: Note, by: int) -> Note:
    place = note.pitch.diatonic + by
    if not by or note.drum is not None or not 0 <= place <= 69:
        return note
    return replace(note, pitch=Pitch.from_diatonic(place, note.pitch.alter))


def _with_key(part: Part, index: int, edit: SetKey) -> tuple[Bar, ...]:
    before = keys(part)
    changes = [n for n, bar in enumerate(part.bars) if n > index and bar.key is not None]
    stop = (
        min(changes, default=len(part.bars)) if edit.bars is None else min(len(part.bars), index + edit.bars)
    )
    bars = list(part.bars)
    for n in range(index, stop):
        bars[n] = replace(bars[n], key=edit.key if n == index else None)
    if stop < len(bars) and bars[stop].key is None:
        bars[stop] = replace(bars[stop], key=before[stop])
    held = Key() if index == 0 else before[index - 1]
    if index and held == edit.key:
        bars[index] = replace(bars[index], key=None)
    new = replace(part, bars=tuple(bars))
    if edit.as_printed:
        return _read_again(new, index, stop)
    signs = keys(new)
    return tuple(
        replace(b, events=with_accidentals(b.events, signs[n])) if index <= n < stop else b
        for n, b in enumerate(bars)
    )


def _read_again(part: Part, first: int, stop: int) -> tuple[Bar, ...]:
    """The bars with each note as its accidental, those before it in the bar, and the key say; a tie keeps its pitch."""
    bars = list(part.bars)
    signs = keys(part)
    carried: dict[tuple[int, int], int] = {}
    for index in range(first, min(stop, len(bars))):
        bar = bars[index]
        held: dict[tuple[int, int], int] = {}
        tied_over: dict[tuple[int, int], int] = {}
        events = list(bar.events)
        for n in sorted(range(len(events)), key=lambda n: (events[n].onset, not events[n].grace)):
            event, notes = events[n], []
            for note in event.notes:
                at = event.staff, note.pitch.diatonic
                alter = held.get(at, signs[index].alter(note.pitch.step))
                if note.drum is not None:
                    alter = 0
                elif note.accidental in _ALTERS:
                    alter = held[at] = _ALTERS[note.accidental]
                elif note.tie_stop and at in carried:
                    alter = carried[at]
                if note.tie_start:
                    tied_over[at] = alter
                    carried[at] = alter
                notes.append(replace(note, pitch=replace(note.pitch, alter=alter)))
            events[n] = replace(event, notes=tuple(notes))
        carried = tied_over
        bars[index] = replace(bar, events=with_accidentals(events, signs[index]))
    return tuple(bars)


def _with_metre(part: Part, index: int, edit: SetMetre) -> tuple[Bar, ...]:
    before = metres(part)
    changes = [n for n, bar in enumerate(part.bars) if n > index and bar.metre is not None]
    stop = (
        min(changes, default=len(part.bars)) if edit.bars is None else min(len(part.bars), index + edit.bars)
    )
    bars = list(part.bars)
    for n in range(index, stop):
        bars[n] = fitted(replace(bars[n], metre=edit.metre if n == index else None), edit.metre)
    if stop < len(bars) and bars[stop].metre is None:
        bars[stop] = replace(bars[stop], metre=before[stop])
    if index and before[index - 1] == edit.metre:
        bars[index] = replace(bars[index], metre=None)
    return tuple(bars)
