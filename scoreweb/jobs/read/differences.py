"""What one reading of a bar has otherwise than another, in words and as ids of notes."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction

from models.notation.score import Bar, Event, Score
from scoreweb import score_texts
from scoreweb import texts as messages
from scoreweb.jobs.read import texts as say
from scoreweb.languages.notes import note_name

_MOST = 2
"""Differences that are told in full."""


def difference(one: Score, other: Score, index: int) -> tuple[str, set[str]]:
    """What bar ``index`` (from 0) of the first score has otherwise than that of the second; the ids of its notes there.

    Nothing where both hold the same notes and rests.
    """
    told: list[str] = []
    ids: set[str] = set()
    for mine, theirs in zip(_bars(one, index), _bars(other, index), strict=False):
        here, there = _by_place(mine), _by_place(theirs)
        for place in sorted(here.keys() | there.keys()):
            new, old = here.get(place, []), there.get(place, [])
            names, before = [_name(e) for e in new], [_name(e) for e in old]
            if sorted(names) == sorted(before):
                continue
            ids |= {n.id for e in new for n in e.notes or (e,)}
            beat = messages.mixed(place[1] + 1)
            key = "instead" if names and before else "added" if names else "missing"
            told.append(say.BAR_CHOICE[key].format(beat=beat, new=", ".join(names), old=", ".join(before)))
    if len(told) > _MOST:
        return "; ".join([*told[:_MOST], say.BAR_CHOICE["more"].format(count=len(told) - _MOST)]), ids
    return "; ".join(told), ids


def _bars(score: Score, index: int) -> Iterator[Bar]:
    for part in score.parts:
        if index < len(part.bars):
            yield part.bars[index]


def _by_place(bar: Bar) -> dict[tuple[int, Fraction], list[Event]]:
    found: dict[tuple[int, Fraction], list[Event]] = {}
    for event in bar.events:
        found.setdefault((event.staff, event.onset), []).append(event)
    return found


def _name(event: Event) -> str:
    value = score_texts.value_name(event.duration, tuplets=True)
    if event.is_rest:
        return say.BAR_CHOICE["silence"].format(value=value)
    return f"{' '.join(note_name(n.pitch) for n in event.notes)} {value}"
