"""Staves put together into systems: one decision for the whole page, over all that speaks for and against.

No single sign decides. A line down the left edge, a brace, bar lines that run through or stand in line, the gap, the
clefs, and a count of staves that stays the same from system to system each add to or take from a sum, in nats (natural
logarithms of odds). The best ways to part the column of staves into systems are found together by dynamic programming,
so that a faint brace in one system is outvoted by the clear ones of the others.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from models.read.page.staves.joining import Joint, joint
from models.read.page.staves.staff import Staff
from models.sheet.ink import Floats

MOST_STAVES = 24
"""Staves of a system."""

_EDGE = ((0.0, -3.2), (0.35, -2.2), (0.75, 0.6), (0.93, 3.2), (1.0, 3.6))
_BRACE = ((0.0, -3.2), (0.5, -1.2), (0.86, 1.8), (1.0, 2.4))
"""(share of the gap, nats), to be read off between them; of a line and a brace at one edge the greater counts."""
_THROUGH, _MOST_THROUGH = 2.2, 6.6  # a bar line that runs on to the other staff
_NOT_THROUGH = -0.8  # none does, though there are bar lines
_IN_LINE, _ALONE = 1.3, -1.3  # a bar line that has a partner on the other staff, one that has none
_MOST_IN_LINE, _MOST_ALONE = 5.5, -6.0
_REGULAR = 0.5  # the most that bars in line count for where nothing on the page joins any staves
_TOGETHER = 0.6  # staff spaces between two bar lines in line
_LEAN = 0.06  # of the gap, by which all of them may be moved
_ENDS = 3.0  # staff spaces at either end of a staff where lines in line prove nothing
_WIDER, _MOST_WIDER = 0.14, 1.6  # for each staff space that a gap is wider than the page's usual one
OTHER_COUNT = -1.6
"""Nats of a system of another count of staves than the one above."""
_OTHER_CLEF = -0.8  # a staff with another clef than the one in its place above
_JOINED_SOMEWHERE = 0.75


@dataclass(frozen=True)
class StaffSigns:
    """What the layout asks of a staff's primitives: columns of the page (n,) where bar lines cross it, and its clef.

    Nothing is written on a `blank` one.
    """

    bar_lines: Floats
    clef: str | None = None
    blank: bool = False


@dataclass(frozen=True)
class Grouping:
    """One way to part the staves into systems: indices of staves, system by system from the top down.

    `grade` (0..1) is how probable it is among the ways that were found.
    """

    systems: tuple[tuple[int, ...], ...]
    grade: float


def groupings(
    binary: NDArray[np.bool_],
    staves: Sequence[Staff],
    signs: Sequence[StaffSigns],
    most: int = 4,
    *,
    by_hand: bool = False,
) -> list[Grouping]:
    """The `most` likeliest ways to part a page's staves into systems, best first; one without systems for no staves.

    `binary` is the prepared page, bool (H, W); `signs` are those of each staff. Without bar lines, lines from staff to
    staff are taken for some. Lines drawn `by_hand` are bent; of ruled paper, blank staves stand by themselves and part systems.
    """
    blank = [n for n, one in enumerate(signs) if by_hand and one.blank]
    chains = _chains(staves, [n for n in range(len(staves)) if n not in blank])
    ways: list[tuple[float, tuple[tuple[int, ...], ...]]] = [(0.0, ())]
    for chain in chains:
        joints = [
            None
            if any(_between(staves[n], staves[a], staves[b]) for n in blank)
            or (found := joint(binary, staves[a], staves[b], by_hand=by_hand)) is None
            else (found, staves[a], staves[b], signs[a], signs[b])
            for a, b in pairwise(chain)
        ]
        own = partitions(_evidence(joints), [signs[n].clef for n in chain], most)
        ways = [
            (a + b, (*x, *(tuple(chain[n] for n in system) for system in y))) for a, x in ways for b, y in own
        ]
        ways = sorted(ways, key=lambda w: -w[0])[:most]
    alone = [(n,) for n in blank]
    shares = [math.exp(score - ways[0][0]) for score, _ in ways]
    middle = [float(np.mean(staff.lines[2])) for staff in staves]
    return [
        Grouping(tuple(sorted((*systems, *alone), key=lambda s: middle[s[0]])), share / sum(shares))
        for (_, systems), share in zip(ways, shares, strict=True)
    ]


def partitions(
    evidence: Sequence[float | None], clefs: Sequence[str | None], most: int
) -> list[tuple[float, list[tuple[int, ...]]]]:
    """The `most` best ways to part a column of staves into runs, with their scores in nats.

    `evidence` speaks, for each staff but the last, for (above 0) or against its being joined to the next; None forbids
    it. A run of another length than the one before costs, and so does a clef that differs from the one above in its
    place in a run of the same length.
    """
    count = len(clefs)
    if not count:
        return [(0.0, [])]
    # best[end][size]: ways to part the staves before `end` whose last run is so long
    best: list[dict[int, list[tuple[float, list[tuple[int, ...]]]]]] = [{} for _ in range(count + 1)]
    best[0][0] = [(0.0, [])]
    for end in range(1, count + 1):
        inside = 0.0
        for start in range(end - 1, max(-1, end - 1 - MOST_STAVES), -1):
            if start < end - 1:
                tie = evidence[start]
                if tie is None:
                    break
                inside += 0.5 * tie
            parted = evidence[start - 1] if start else None
            apart = 0.0 if parted is None else -0.5 * parted
            size, run = end - start, tuple(range(start, end))
            options = [
                (score + inside + apart + _change(before, start, size, clefs), [*runs, run])
                for before, held in best[start].items()
                for score, runs in held
            ]
            if options:
                best[end][size] = sorted(options, key=lambda o: -o[0])[:most]
    every = [way for held in best[count].values() for way in held]
    return sorted(every, key=lambda w: -w[0])[:most]


def _change(before: int, start: int, size: int, clefs: Sequence[str | None]) -> float:
    """What a run of `size` staves from `start` on costs after one of `before` staves."""
    if not before:
        return 0.0
    if before != size:
        return OTHER_COUNT
    pairs = zip(clefs[start - size : start], clefs[start : start + size], strict=True)
    return sum(_OTHER_CLEF for a, b in pairs if a is not None and b is not None and a != b)


def _chains(staves: Sequence[Staff], among: Sequence[int]) -> list[list[int]]:
    """Columns of some staves, each under the other: a page may have two beside each other."""
    order = sorted(among, key=lambda n: float(np.mean(staves[n].lines[2])))
    chains: list[list[int]] = []
    for n in order:
        own = next((c for c in reversed(chains) if _under(staves[c[-1]], staves[n])), None)
        if own is None:
            chains.append([n])
        else:
            own.append(n)
    return chains


def _between(staff: Staff, upper: Staff, lower: Staff) -> bool:
    """Whether a staff stands between two others, in their column."""
    middle, top, low = (float(np.mean(one.lines[2])) for one in (staff, upper, lower))
    return top < middle < low and _under(upper, staff)


def _under(upper: Staff, lower: Staff) -> bool:
    shared = min(upper.right, lower.right) - max(upper.left, lower.left)
    return shared > 0.5 * min(upper.right - upper.left, lower.right - lower.left)


_Pair = tuple[Joint, Staff, Staff, StaffSigns, StaffSigns]


def _evidence(pairs: Sequence[_Pair | None]) -> list[float | None]:
    """What speaks for each pair of neighbours being of one system, in nats; None where they cannot be."""
    found = [None if pair is None else (pair[0], *_of_bars(pair)) for pair in pairs]
    held = [f for f in found if f is not None]
    usual = float(np.median([j.gap for j, _, _ in held])) if held else 0.0
    # tunes of a like rhythm have their bar lines in line from staff to staff; what joins staves is seen somewhere
    joined = any(j.edge > _JOINED_SOMEWHERE or j.brace > _JOINED_SOMEWHERE or t >= 1 for j, t, _ in held)
    out: list[float | None] = []
    for one in found:
        if one is None:
            out.append(None)
            continue
        ink, through, in_line = one
        bars = min(_MOST_THROUGH, _THROUGH * through) if through else _NOT_THROUGH
        wider = float(np.clip(_WIDER * (ink.gap - usual), -_MOST_WIDER, _MOST_WIDER))
        in_line = in_line if joined else min(in_line, _REGULAR)
        edge = max(_read_off(_EDGE, ink.edge), _read_off(_BRACE, ink.brace))
        out.append(edge + bars + in_line - wider)
    return out


def _read_off(points: Sequence[tuple[float, float]], at: float) -> float:
    return float(np.interp(at, [x for x, _ in points], [y for _, y in points]))


def _of_bars(pair: _Pair) -> tuple[int, float]:
    """How many inner bar lines run through both staves, and in nats what those in line and those alone say."""
    ink, upper, lower, above, below = pair
    space = 0.5 * (upper.space + lower.space)
    left, right = max(upper.left, lower.left) + _ENDS * space, min(upper.right, lower.right) - _ENDS * space
    a, b = (x[(x > left) & (x < right)] for x in (above.bar_lines, below.bar_lines))
    near = _TOGETHER * space
    either = np.concatenate([a, b])
    if not len(either):  # a stem that spans both staves would be one such line
        return max(0, sum(left < x < right for x in ink.through) - 1), 0.0
    through = [x for x in ink.through if left < x < right and np.any(np.abs(either - x) < 2 * near)]
    if not len(a) or not len(b):
        return len(through), 0.0
    # the page may lean, so that all of them are moved a little
    moves = np.linspace(-_LEAN, _LEAN, 7) * ink.gap * space
    pairs = max(int((np.abs(a[:, None] + move - b[None, :]) < near).any(axis=1).sum()) for move in moves)
    alone = len(a) + len(b) - 2 * pairs
    nats = _IN_LINE * pairs + 0.5 * _ALONE * alone
    return len(through), float(np.clip(nats, _MOST_ALONE, _MOST_IN_LINE))
