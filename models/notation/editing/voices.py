"""Notes put into another voice or on another staff, and staves that have one voice only."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from fractions import Fraction

from models.notation.editing.edits import OneVoice, SetStaff, SetVoice, VoiceEdit
from models.notation.editing.filling import whole_rest
from models.notation.editing.places import Place, metres, new_id, place_of, with_bar
from models.notation.editing.shapes import shaped
from models.notation.score import Bar, Event, Metre, Score

MOST_VOICES = 4
"""Of one staff: staff 2 has the voices 5 to 8."""
_SAME_PLACE = 0.7
"""Heads so near, as a share of a head's width, stand one above the other."""


def revoiced(score: Score, edit: VoiceEdit) -> Score:
    """The score after an edit of voices or staves; the same score where it means nothing."""
    place = place_of(score, edit.id)
    if place is None:
        return score
    match edit:
        case SetVoice(voice=voice) if 1 <= voice <= MOST_VOICES:
            return _moved(score, place, voice + MOST_VOICES * (place.event.staff - 1), place.event.staff)
        case SetStaff(staff=staff) if 1 <= staff <= place.part.staves:
            within = (place.event.voice - 1) % MOST_VOICES + 1
            return _moved(score, place, within + MOST_VOICES * (staff - 1), staff)
        case OneVoice(bars=bars) if bars >= 1:
            staff, identity = place.event.staff, place.part.id
            for index in range(place.index, min(len(place.part.bars), place.index + bars)):
                part = next(p for p in score.parts if p.id == identity)
                bar = _in_one_voice(part.bars[index], staff, metres(part)[index])
                score = with_bar(score, part, index, bar) if bar != part.bars[index] else score
    return score


def _moved(score: Score, place: Place, voice: int, staff: int) -> Score:
    event, bar = place.event, place.bar
    if (voice, staff) == (event.voice, event.staff) or event.whole_bar:
        return score
    there = [e for e in bar.events if e.voice == voice and not e.grace and _overlap(e, event)]
    if any(e.whole_bar for e in there):
        there = [e for e in there if not e.whole_bar]
        bar = replace(bar, events=tuple(e for e in bar.events if not (e.whole_bar and e.voice == voice)))
    new = []
    for one in bar.events:
        if one is event:
            new.append(replace(one, voice=voice, staff=staff, certainty=1.0))
        elif one in there:
            new.append(replace(one, voice=event.voice, staff=event.staff))
        else:
            new.append(one)
    if not all(_is_disjoint([e for e in new if e.voice == v]) for v in (voice, event.voice)):
        return score
    if not any(e.staff == event.staff for e in new):
        new.append(whole_rest(new_id(score, event.id), event.voice, event.staff))
    bar = replace(bar, events=tuple(new))
    for one_voice in (event.voice, voice):
        bar = shaped(bar, one_voice, place.metre)
    return with_bar(score, place.part, place.index, bar)


def _overlap(one: Event, other: Event) -> bool:
    if one.whole_bar:
        return True
    return one.onset < other.onset + other.length and other.onset < one.onset + one.length


def _is_disjoint(events: Sequence[Event]) -> bool:
    at = Fraction(0)
    for event in sorted((e for e in events if not e.grace), key=lambda e: e.onset):
        if event.onset < at:
            return False
        at = event.onset + event.length
    return True


def _in_one_voice(bar: Bar, staff: int, metre: Metre) -> Bar:
    """The bar with all that stands on a staff in one voice, from left to right as it was seen on the page.

    What stands at one place and lasts alike is a chord. Rests of further voices go where the bar holds too much with them.
    """
    own = [e for e in bar.events if e.staff == staff]
    voices = sorted({e.voice for e in own})
    if len(voices) < 2:
        return bar
    first = voices[0]
    timed = [e for e in own if not e.whole_bar or all(o.whole_bar for o in own)]
    line = _line(timed, first)
    total = sum((e.length for e in line), Fraction(0))
    if total > metre.quarters:
        line = _line([e for e in timed if e.notes or e.voice == first], first)
    total = sum((e.length for e in line), Fraction(0))
    if total > metre.quarters:
        line = _line([e for e in timed if e.notes], first)
    at, placed = Fraction(0), []
    for event in line:
        placed.append(replace(event, onset=at))
        at += event.length
    others = tuple(e for e in bar.events if e.staff != staff)
    return shaped(replace(bar, events=(*others, *placed)), first, metre)


def _line(events: Sequence[Event], voice: int) -> list[Event]:
    boxes = all(e.box for e in events)
    width = max((e.box[2] - e.box[0] for e in events if e.box), default=1.0)

    def at(event: Event) -> float:
        if boxes and event.box:
            return event.box[0] / max(width, 1e-6)
        return float(event.onset)

    line: list[Event] = []
    for event in sorted(events, key=lambda e: (at(e) if boxes else e.onset, not e.grace, e.voice)):
        last = line[-1] if line else None
        near = last is not None and (
            abs(at(event) - at(last)) < _SAME_PLACE if boxes else event.onset == last.onset
        )
        if (
            last is not None
            and near
            and last.notes
            and event.notes
            and last.grace == event.grace
            and last.length == event.length
        ):
            low = {n.pitch.diatonic for n in last.notes}
            more = tuple(n for n in event.notes if n.pitch.diatonic not in low)
            notes = tuple(sorted((*last.notes, *more), key=lambda n: n.pitch.midi))
            slurs = tuple(dict.fromkeys((*last.slurs, *event.slurs)))
            line[-1] = replace(last, notes=notes, slurs=slurs)
            continue
        line.append(replace(event, voice=voice, stem=None))
    return line
