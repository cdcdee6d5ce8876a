"""The events of a bar as lanes that can be written one after another: none overlaps itself."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from fractions import Fraction

from models.notation.score import Event


@dataclass
class Lane:
    """Events in time order that do not overlap, and the number of the voice they are written as."""

    voice: int
    events: list[Event] = field(default_factory=list)
    end: Fraction = Fraction(0)

    @staticmethod
    def length(event: Event, bar: Fraction) -> Fraction:
        """How long the event lasts in a bar of length ``bar``, both in quarter notes."""
        return bar - event.onset if event.whole_bar and event.is_rest and bar > event.onset else event.length


def lanes(events: Iterable[Event], bar: Fraction) -> list[Lane]:
    """The voices of a bar that lasts ``bar`` quarter notes, in the order of their numbers.

    Where a voice overlaps itself, what stands on another staff, then what still overlaps, gets a new number.
    """
    ordered = sorted(events, key=lambda e: (e.voice, e.onset, not e.grace))
    taken = {event.voice for event in ordered}
    done: list[Lane] = []
    for voice in sorted(taken):
        of_voice = [event for event in ordered if event.voice == voice]
        found = _disjoint(of_voice, bar)
        if len(found) > 1:
            found = [
                lane
                for staff in sorted({event.staff for event in of_voice})
                for lane in _disjoint([event for event in of_voice if event.staff == staff], bar)
            ]
        for index, lane in enumerate(found):
            number = voice
            while index and number in taken:
                number += 1
            taken.add(number)
            lane.voice = number
            done.append(lane)
    return sorted(done, key=lambda lane: lane.voice)


def _disjoint(events: Iterable[Event], bar: Fraction) -> list[Lane]:
    found: list[Lane] = []
    for event in events:
        lane = next((lane for lane in found if lane.end <= event.onset), None)
        if lane is None:
            lane = Lane(event.voice)
            found.append(lane)
        lane.events.append(event)
        lane.end = event.onset + Lane.length(event, bar)
    return found
