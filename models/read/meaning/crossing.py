"""Voices that go from one staff of a part to another under one beam: their order, their voice, the words of their beams."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Literal, TypeVar

from models.notation.score import Event
from models.read.meaning.rhythm import Placed, placed_across, total
from models.read.meaning.signs import BarSigns, ChordSign, Crossing, TimedSign

Member = TypeVar("Member")


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
    return any(above & set(c.beams) for s in lower if (c := crossing_of(s)) is not None)


@dataclass(frozen=True)
class Across:
    """Signs of two staves as if they stood on one: those of each, and when they sound."""

    signs: tuple[BarSigns, BarSigns]
    placed: tuple[tuple[Placed, ...], tuple[Placed, ...]]

    @property
    def length(self) -> Fraction:
        """Quarter notes that the longer one lasts."""
        return max(total(found) for found in self.placed)


def across_staves(upper: BarSigns, lower: BarSigns, *, triplets: bool) -> Iterator[Across]:
    """The ways in which the signs of two staves sound together: as they are, then, where asked, their groups of three as triplets."""
    yield Across((upper, lower), placed_across(upper.timed, lower.timed))
    if triplets:
        pair = _with_triplets(upper, lower)
        if pair is not None:
            yield Across(pair, placed_across(pair[0].timed, pair[1].timed))


def _with_triplets(upper: BarSigns, lower: BarSigns) -> tuple[BarSigns, BarSigns] | None:
    """The signs with the groups of three, or six, that one beam joins across the staves as triplets; None where there are none."""
    signs = [*upper.timed, *lower.timed]
    chords = [(frozenset(c.beams), n) for n, s in enumerate(signs) if (c := crossing_of(s)) is not None]
    done = False
    for group in _groups(chords):
        members = sorted(group, key=lambda n: signs[n].x)
        alike = {signs[n].length for n in members}
        if len(members) not in (3, 6) or len(alike) > 1 or any(signs[n].tuplet != (1, 1) for n in members):
            continue
        for at, n in enumerate(members):
            mark: Literal["start", "stop"] | None = (None, "start", "stop")[(at + 1) % 3]
            signs[n] = replace(signs[n], tuplet=(3, 2), tuplet_mark=mark)
        done = True
    if not done:
        return None
    border = len(upper.timed)
    return replace(upper, timed=tuple(signs[:border])), replace(lower, timed=tuple(signs[border:]))


def joined(staves: Sequence[Sequence[tuple[Placed, Event]]]) -> list[list[Event]]:
    """The events of a bar's staves, those under one beam in one voice, with the words of their beams.

    A voice is taken that one of them has, the one that most of the bar's have, and in which nothing else sounds meanwhile.
    """
    own = [(n, placed, event) for n, staff in enumerate(staves) for placed, event in staff]
    out = {id(event): event for _, _, event in own}
    chords = [(frozenset(c.beams), one) for one in own if (c := crossing_of(one[1].sign)) is not None]
    usual = Counter(e.voice for _, (_, _, e) in chords)
    for group in _groups(chords):
        members = sorted(group, key=lambda g: g[1].onset)
        if len({n for n, *_ in members}) < 2:
            continue
        counts = [(c.left, c.right) for _, p, _ in members if (c := crossing_of(p.sign)) is not None]
        others = [e for e in out.values() if all(e.id != member.id for *_, member in members)]
        voice = _free([e for *_, e in members], others, usual)
        for at, (_, _, event) in enumerate(members):
            out[id(event)] = replace(event, voice=voice, beams=beam_words(at, counts))
    return [[out[id(event)] for _, event in staff] for staff in staves]


def _groups(chords: Iterable[tuple[frozenset[str], Member]]) -> list[list[Member]]:
    """Members that share beams, directly or through others, from the names of the beams of each."""
    groups: list[tuple[frozenset[str], list[Member]]] = []
    for names, member in chords:
        meeting = [g for g in groups if g[0] & names]
        groups = [g for g in groups if not g[0] & names]
        joint = names.union(*(other for other, _ in meeting))
        groups.append((joint, [m for _, members in meeting for m in members] + [member]))
    return [members for _, members in groups]


def _free(members: Sequence[Event], others: Sequence[Event], usual: Mapping[int, int]) -> int:
    """A voice for the events of a group: one that they have, or else the first in which nothing else sounds meanwhile."""
    begins = min(e.onset for e in members)
    ends = max(e.onset + e.length for e in members)
    held = {e.voice for e in others if e.onset < ends and _end(e) > begins}
    wanted = sorted({e.voice for e in members}, key=lambda v: (-usual.get(v, 0), v))
    most = max([*held, *wanted]) + 1
    voices = (*wanted, *range(1, most + 1))
    free: int = next(v for v in voices if v not in held)
    return free


def _end(event: Event) -> Fraction:
    return event.onset + (event.length or Fraction(1, 64))
