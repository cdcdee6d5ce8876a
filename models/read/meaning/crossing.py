"""Voices that go from one staff of a part to another under one beam: their order, their voice, the words of their beams."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from fractions import Fraction

from models.notation.score import Event
from models.read.meaning.rhythm import Placed
from models.read.meaning.signs import ChordSign, Crossing, TimedSign


def beam_words(at: int, group: Sequence[tuple[int, int]]) -> tuple[str, ...]:
    """MusicXML's words for each beam level of the `at`-th chord of a group: (beams from its left, from its right) for each."""
    left_beams, right_beams = group[at]
    before = max(group[at - 1]) if at > 0 else 0
    after = max(group[at + 1]) if at + 1 < len(group) else 0
    words = []
    for level in range(1, max(left_beams, right_beams) + 1):
        left = at > 0 and min(before, left_beams or before) >= level
        right = at + 1 < len(group) and min(after, right_beams or after) >= level
        words.append(
            "continue" if left and right else "end" if left else "begin" if right
            else "backward hook" if at > 0 else "forward hook"
        )  # fmt: skip
    return tuple(words)


def crossing_of(sign: TimedSign) -> Crossing | None:
    """The beams of a chord that lead to another staff."""
    return sign.crossing if isinstance(sign, ChordSign) else None


def cross(upper: Sequence[TimedSign], lower: Sequence[TimedSign]) -> bool:
    """Whether a beam joins chords of two staves."""
    above = {name for s in upper if (c := crossing_of(s)) is not None for name in c.beams}
    return any(above & c.beams for s in lower if (c := crossing_of(s)) is not None)


def joined(staves: Sequence[Sequence[tuple[Placed, Event]]]) -> list[list[Event]]:
    """The events of a bar's staves, those under one beam in one voice, with the words of their beams.

    A voice is taken that one of them has and in which nothing else sounds meanwhile.
    """
    own = [(n, placed, event) for n, staff in enumerate(staves) for placed, event in staff]
    out = {id(event): event for _, _, event in own}
    for group in _groups([(n, p, e) for n, p, e in own if crossing_of(p.sign) is not None]):
        members = sorted(group, key=lambda g: g[1].onset)
        if len({n for n, *_ in members}) < 2:
            continue
        counts = [(c.left, c.right) for _, p, _ in members if (c := crossing_of(p.sign)) is not None]
        others = [e for e in out.values() if all(e.id != member.id for *_, member in members)]
        voice = _free([e for *_, e in members], others)
        for at, (_, _, event) in enumerate(members):
            out[id(event)] = replace(event, voice=voice, beams=beam_words(at, counts))
    return [[out[id(event)] for _, event in staff] for staff in staves]


def _groups(
    chords: Sequence[tuple[int, Placed, Event]],
) -> list[list[tuple[int, Placed, Event]]]:
    """Chords that share beams, directly or through others."""
    groups: list[tuple[set[str], list[tuple[int, Placed, Event]]]] = []
    for chord in chords:
        names = set((crossing_of(chord[1].sign) or Crossing(frozenset(), 0, 0)).beams)
        members = [chord]
        rest = []
        for other, inside in groups:
            if other & names:
                names |= other
                members = inside + members
            else:
                rest.append((other, inside))
        groups = [*rest, (names, members)]
    return [members for _, members in groups]


def _free(members: Sequence[Event], others: Sequence[Event]) -> int:
    """A voice for the events of a group: one that they have, or else the first in which nothing else sounds meanwhile."""
    begins = min(e.onset for e in members)
    ends = max(e.onset + e.length for e in members)
    held = {e.voice for e in others if e.onset < ends and _end(e) > begins}
    wanted = [e.voice for e in members]
    most = max([*held, *wanted]) + 1
    return next(v for v in (*wanted, *range(1, most + 1)) if v not in held)


def _end(event: Event) -> Fraction:
    return event.onset + (event.length or Fraction(1, 64))
