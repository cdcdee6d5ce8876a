"""Fingerings laid on the notes of a bar; a digit over a tuplet that tells how many it holds is none."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from models.notation.score import Event
from models.read.meaning.marks import Mark


def with_fingers(events: Sequence[Event], marks: Mapping[str, Sequence[Mark]]) -> tuple[Event, ...]:
    """The events with their fingerings, given by the events' ids: of a chord those above from its highest note down, others from its lowest up."""
    counts = _counts(events, marks)
    return tuple(
        _fingered(event, marks[event.id]) if event.id in marks and event.id not in counts else event
        for event in events
    )


def _counts(events: Sequence[Event], marks: Mapping[str, Sequence[Mark]]) -> set[str]:
    """The events over which a digit stands that counts their tuplet: no other note of it has one."""
    out = set()
    for voice in {e.voice for e in events}:
        run: list[Event] = []
        own = sorted((e for e in events if e.voice == voice and not e.grace), key=lambda e: e.onset)
        for event in own:
            actual = event.duration.tuplet[0]
            if event.duration.tuplet == (1, 1):
                run = []
                continue
            if event.tuplet_mark == "start":
                run = []
            run.append(event)
            if event.tuplet_mark == "stop":
                told = [e for e in run if e.id in marks]
                if len(told) == 1 and [m.text for m in marks[told[0].id]] == [str(actual)]:
                    out.add(told[0].id)
    return out


def _fingered(event: Event, marks: Sequence[Mark]) -> Event:
    notes = list(event.notes)
    for placement, step in (("above", -1), ("below", 1)):
        # the digit nearest to the chord is that of the note nearest to it
        own = sorted(
            (m for m in marks if m.placement == placement),
            key=lambda m: (m.box or (0.0,) * 4)[1] * (1 if step < 0 else -1),
        )
        for at, mark in enumerate(own[: len(notes)]):
            n = (len(notes) - 1 - at) if step < 0 else at
            notes[n] = replace(notes[n], finger=mark.text)
    return replace(event, notes=tuple(notes))
