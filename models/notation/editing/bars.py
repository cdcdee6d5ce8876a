"""Bars put in, taken out, joined and divided, in all parts at once."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from fractions import Fraction

from models.notation.accidentals import with_accidentals
from models.notation.editing.edits import BarEdit, InsertBar, JoinBars, RemoveBar, SplitBar
from models.notation.editing.filling import fitted, held, pieces, rests, whole_rest
from models.notation.editing.places import Place, keys, metres, new_id, place_of, untied, with_bars
from models.notation.editing.removal import without_slurs
from models.notation.editing.shapes import shaped
from models.notation.score import Bar, ClefChange, Event, Key, Metre, Note, Part, Score


def rebarred(score: Score, edit: BarEdit) -> Score:
    """The score after an edit of bars; the same score where it means nothing."""
    place = place_of(score, edit.id)
    if place is None:
        return score
    match edit:
        case InsertBar():
            return _inserted(score, place.index + (1 if edit.after else 0))
        case RemoveBar():
            return _without_bar(score, place.index)
        case JoinBars():
            return _joined(score, place.index)
        case SplitBar():
            return _split(score, place)


def _inserted(score: Score, index: int) -> Score:
    parts, taken = [], set[str]()
    for part in score.parts:
        if index > len(part.bars):
            parts.append(part)
            continue
        events = []
        for staff in range(1, part.staves + 1):
            name = new_id(score, f"{part.id}-bar{index + 1}-staff{staff}", taken)
            taken.add(name)
            events.append(whole_rest(name, 4 * (staff - 1) + 1, staff))
        after = part.bars[index] if index < len(part.bars) else None
        before = part.bars[index - 1] if index else None
        number = before.number + 1 if before else after.number if after else 1
        new = Bar(number, tuple(events))
        rest = list(part.bars[index:])
        if after is not None and (
            index == 0 or after.new_system
        ):  # what stands at the start of a line stays there
            new = replace(new, new_system=after.new_system)
            if index == 0:
                start = tuple(c for c in after.clefs if c.onset == 0)
                new = replace(new, clefs=start, key=after.key, metre=after.metre, tempo=after.tempo)
                later = tuple(c for c in after.clefs if c.onset > 0)
                after = replace(after, clefs=later, key=None, metre=None, tempo=None)
                if after.pickup:
                    after = replace(after, pickup=False, length=after.filled)
            rest[0] = replace(after, new_system=False)
        if after is None and before is not None and before.barline == "light-heavy" and not before.repeat_end:
            parts.append(
                _with(
                    part,
                    (
                        *part.bars[:-1],
                        replace(before, barline="regular"),
                        replace(new, barline="light-heavy"),
                    ),
                )
            )
            continue
        later_bars = tuple(replace(bar, number=bar.number + 1) for bar in rest)
        parts.append(_with(part, (*part.bars[:index], new, *later_bars)))
    return replace(score, parts=tuple(parts))


def _without_bar(score: Score, index: int) -> Score:
    if max(len(part.bars) for part in score.parts) < 2:
        return score
    for number in range(len(score.parts)):
        part = score.parts[number]
        if index >= len(part.bars) or len(part.bars) < 2:
            continue
        for name in [n.id for e in part.bars[index].events for n in e.notes]:
            own = place_of(score, name)
            score = untied(score, own) if own else score
        for event in score.parts[number].bars[index].events:
            part = score.parts[number]
            own_event = next(e for e in part.bars[index].events if e.id == event.id)
            score = with_bars(score, part, without_slurs(part, index, own_event))
        part = score.parts[number]
        gone, after = part.bars[index], part.bars[index + 1 :]
        if after:
            first = after[0]
            clefs = {
                c.staff: replace(c, onset=Fraction(0)) for c in sorted(gone.clefs, key=lambda c: c.onset)
            }
            clefs |= {c.staff: c for c in first.clefs if c.onset == 0}
            first = replace(
                first,
                clefs=(*(clefs[n] for n in sorted(clefs)), *(c for c in first.clefs if c.onset > 0)),
                key=first.key or gone.key,
                metre=first.metre or gone.metre,
                tempo=first.tempo or gone.tempo,
                new_system=first.new_system or gone.new_system,
            )
            if index == 0:
                first = replace(first, new_system=False)
            after = (first, *after[1:])
        after = tuple(replace(bar, number=bar.number - 1) for bar in after)
        score = with_bars(score, part, (*part.bars[:index], *after))
    return score


def _joined(score: Score, index: int) -> Score:
    for number, part in enumerate(score.parts):
        if index + 1 >= len(part.bars):
            continue
        signatures = metres(part)
        first, second = part.bars[index : index + 2]
        length = _lasts(first, signatures[index])
        names = _names(score, f"{part.id}-bar{index + 1}")
        left = _plain(first, length, names)
        right = tuple(
            replace(e, onset=e.onset + length)
            for e in _plain(second, _lasts(second, signatures[index + 1]), names)
        )
        if all(e.whole_bar for e in (*first.events, *second.events)):
            left, right = first.events, ()
        clefs = (*first.clefs, *(replace(c, onset=c.onset + length) for c in second.clefs))
        bar = replace(
            first,
            events=(*left, *right),
            clefs=clefs,
            repeat_end=second.repeat_end,
            barline=second.barline,
            times=second.times,
            tempos=(*first.tempos, *((at + length, tempo) for at, tempo in second.tempos)),
            jumps=tuple(dict.fromkeys((*first.jumps, *second.jumps))),
            gap=first.gap and second.gap,
            length=None,
            pickup=False,
            box=_around(first.box, second.box),
        )
        signs = keys(part)[index]
        bar = fitted(replace(bar, events=with_accidentals(bar.events, signs)), signatures[index])
        after = [replace(b, number=b.number - 1) for b in part.bars[index + 2 :]]
        if after and second.metre and not after[0].metre:
            after[0] = replace(after[0], metre=signatures[index + 1])
        if after and second.key and not after[0].key:
            after[0] = replace(after[0], key=second.key)
        bars = (*part.bars[:index], bar, *after)
        score = replace(score, parts=(*score.parts[:number], _with(part, bars), *score.parts[number + 1 :]))
    return score


def _split(score: Score, place: Place) -> Score:
    at = place.event.onset
    if at <= 0:
        return score
    index = place.index
    for number, part in enumerate(score.parts):
        if index >= len(part.bars):
            continue
        bar, metre, key = part.bars[index], metres(part)[index], keys(part)[index]
        names = _names(score, f"{part.id}-bar{index + 1}")
        left, right = _cut_at(bar, at, names)
        for staff in sorted({e.staff for e in bar.events}):
            for half in (left, right):
                if not any(e.staff == staff for e in half):
                    voice = min(e.voice for e in bar.events if e.staff == staff)
                    half.append(whole_rest(next(names), voice, staff))
        first = replace(
            bar,
            events=tuple(left),
            clefs=tuple(c for c in bar.clefs if c.onset < at),
            tempos=tuple(t for t in bar.tempos if t[0] < at),
            repeat_end=False,
            barline="regular",
            jumps=tuple(j for j in bar.jumps if j in {"segno", "coda"}),
        )
        second = Bar(
            bar.number + 1,
            tuple(right),
            tuple(ClefChange(c.clef, c.onset - at, c.staff) for c in bar.clefs if c.onset >= at),
            tempos=tuple((t - at, tempo) for t, tempo in bar.tempos if t >= at),
            repeat_end=bar.repeat_end,
            times=bar.times,
            barline=bar.barline,
            ending=bar.ending,
            jumps=tuple(j for j in bar.jumps if j not in {"segno", "coda"}),
            certainty=bar.certainty,
            box=bar.box,
            source=bar.source,
        )
        halves = [_shaped(half, metre, key) for half in (first, second)]
        after = (replace(b, number=b.number + 1) for b in part.bars[index + 1 :])
        bars = (*part.bars[:index], *halves, *after)
        score = replace(score, parts=(*score.parts[:number], _with(part, bars), *score.parts[number + 1 :]))
    return score


def _shaped(bar: Bar, metre: Metre, key: Key) -> Bar:
    for voice in sorted({e.voice for e in bar.events}):
        bar = shaped(bar, voice, metre)
    return replace(bar, events=with_accidentals(bar.events, key))


def _cut_at(bar: Bar, at: Fraction, names: Iterator[str]) -> tuple[list[Event], list[Event]]:
    """The events before and after a moment; what lasts over it is divided, and tied where it sounds."""
    left: list[Event] = []
    right: list[Event] = []
    for event in bar.events:
        end = event.onset + event.length
        if event.whole_bar:
            left.append(event)
            right.append(replace(event, id=next(names)))
        elif event.onset >= at:
            right.append(replace(event, onset=event.onset - at))
        elif end <= at:
            left.append(event)
        else:
            left += _pieces_of(event, event.onset, at - event.onset, names, first=True, last=False)
            right += _pieces_of(event, Fraction(0), end - at, names, first=False, last=True)
    return left, right


def _pieces_of(
    event: Event, onset: Fraction, length: Fraction, names: Iterator[str], *, first: bool, last: bool
) -> list[Event]:
    """Part of an event as tied pieces; the first piece of its start keeps its ids."""
    made: list[Event] = []
    durations = list(pieces(length))
    for n, duration in enumerate(durations):
        begins, stops = first and n == 0, last and n == len(durations) - 1
        notes = tuple(_piece(note, names, begins=begins, stops=stops) for note in event.notes)
        name = event.id if begins else notes[0].id if notes else next(names)
        piece = replace(
            event, id=name, onset=onset, duration=duration, notes=notes, tuplet_mark=None, beams=()
        )
        kind = {"start"} if begins and not stops else {"stop"} if stops and not begins else set()
        slurs = event.slurs if begins and stops else tuple(s for s in event.slurs if s[0] in kind)
        if not begins:
            piece = replace(piece, articulations=(), dynamic=None)
        made.append(replace(piece, slurs=slurs))
        onset += duration.quarters
    return made


def _piece(note: Note, names: Iterator[str], *, begins: bool, stops: bool) -> Note:
    return replace(
        note,
        id=note.id if begins else next(names),
        tie_stop=note.tie_stop if begins else True,
        tie_start=note.tie_start if stops else True,
        accidental=note.accidental if begins else None,
    )


def _plain(bar: Bar, length: Fraction, names: Iterator[str]) -> tuple[Event, ...]:
    """The events of a bar with rests that last so long in place of those of the whole bar."""
    out: list[Event] = []
    for event in bar.events:
        if event.whole_bar and event.is_rest:
            out += rests(length, Fraction(0), event.voice, event.staff, names)
        else:
            out.append(event)
    return tuple(out)


def _lasts(bar: Bar, metre: Metre) -> Fraction:
    holds = held(bar, metre)
    return max(holds, max((e.onset + e.length for e in bar.events if not e.whole_bar), default=holds))


def _around(
    one: tuple[float, float, float, float] | None, other: tuple[float, float, float, float] | None
) -> tuple[float, float, float, float] | None:
    if one is None or other is None:
        return one or other
    return min(one[0], other[0]), min(one[1], other[1]), max(one[2], other[2]), max(one[3], other[3])


def _names(score: Score, near: str) -> Iterator[str]:
    taken: set[str] = set()
    while True:
        name = new_id(score, near, taken)
        taken.add(name)
        yield name


def _with(part: Part, bars: tuple[Bar, ...]) -> Part:
    return replace(part, bars=bars)
