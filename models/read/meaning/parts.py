"""Which staves of a system one player reads, and which staff of a smaller system is which of the largest one."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from itertools import combinations

from models.notation.score import NoteType
from models.read.meaning.crossing import cross
from models.read.meaning.signs import BarSigns, RestSign, StaffBar

Systems = Sequence[Sequence[Sequence[StaffBar]]]
"""Systems of staves of bars."""

_MOST_STAVES = 12  # of a system, up to which the staves of smaller ones are told by their clefs
_UNTOLD = 0.5  # likeness of two staves of which one shows no clef
_TORN = 0.6  # likeness lost where a system has one staff of a part and not the other
_JOINED = 0.5  # share of bar lines that run on to the staff below


def parts_of(systems: Systems) -> list[list[int]]:
    """For each part, the indices of its staves in the largest system.

    Two staves under a treble and a bass clef are one part for keyboard where they stand at the foot of up to three
    staves, or where their bar lines join them and nothing else. So are two under one clef if all staves stand in pairs, if
    one staff stands above them, as a voice does, or if a beam leads from one to the other; and two in all where a clef is
    unseen in every system, cut off with the brace.
    """
    most = max(len(s) for s in systems)
    full = [s for s in systems if len(s) == most]
    clefs = [_clef([system[n] for system in full]) for n in range(most)]
    keyboard = [clefs[n : n + 2] == ["G", "F"] for n in range(most - 1)]
    if most == 2 and None in clefs and clefs[0] in ("G", None) and clefs[1] in ("F", None):
        return [[0, 1]]
    if most in (2, 3) and keyboard[-1]:
        return [*([n] for n in range(most - 2)), [most - 2, most - 1]]
    joined = [False, *(_joins([system[n] for system in full]) for n in range(most - 1)), False]
    beamed = [n for n in range(most - 1) if _beam_crosses(full, n)]
    pairs = [n for n in range(most - 1) if joined[n + 1] and not joined[n] and not joined[n + 2] and most > 2]
    if 2 * len(pairs) < most and (most, pairs) != (3, [1]):
        pairs = [n for n in pairs if keyboard[n]]
    pairs += [n for n in beamed if not {n - 1, n, n + 1} & set(pairs)]
    lower = {n + 1 for n in pairs}
    return [[n, n + 1] if n in pairs else [n] for n in range(most) if n not in lower]


def aligned(systems: Systems, parts: Sequence[Sequence[int]]) -> list[list[list[StaffBar]]]:
    """The systems, each staff at the index that it has in the largest one.

    A system may leave out staves that rest: those above or between its own are put in again, with bars of rest that are
    marked `absent`. Clefs tell which they are; what they leave open, the lower place decides.
    """
    most = max(len(s) for s in systems)
    full = [s for s in systems if len(s) == most]
    clefs = [_clef([system[n] for system in full]) for n in range(most)]
    return [_in_place(system, clefs, parts) for system in systems]


def _clef(staves: Sequence[Sequence[StaffBar]]) -> str | None:
    """The sign of the clef that most of these staves begin with."""
    seen = Counter[str]()
    for bars in staves:
        if bars and bars[0].readings:
            first = next((c for c in bars[0].readings[0].clefs if c.clefs), None)
            if first is not None:
                seen[first.clefs[0][0].sign] += 1
    return seen.most_common(1)[0][0] if seen else None


def _beam_crosses(systems: Systems, n: int) -> bool:
    """Whether in some bar a beam leads from staff n to the next."""
    return any(
        cross(upper.readings[0].timed, lower.readings[0].timed)
        for system in systems
        for upper, lower in zip(system[n], system[n + 1], strict=False)
        if upper.readings and lower.readings
    )


def _joins(staves: Sequence[Sequence[StaffBar]]) -> bool:
    lines = [bar.frame.joined for bars in staves for bar in bars]
    return bool(lines) and sum(lines) > _JOINED * len(lines)


def _in_place(
    system: Sequence[Sequence[StaffBar]], clefs: Sequence[str | None], parts: Sequence[Sequence[int]]
) -> list[list[StaffBar]]:
    own = [_clef([bars]) for bars in system]
    if not own or len(own) == len(clefs) or len(clefs) > _MOST_STAVES:
        return [list(bars) for bars in system]

    def likeness(places: tuple[int, ...]) -> tuple[float, tuple[int, ...]]:
        score = sum(
            _UNTOLD if None in (clef, clefs[n]) else float(clef == clefs[n])
            for clef, n in zip(own, places, strict=True)
        )
        torn = sum(0 < len(set(part) & set(places)) < len(part) for part in parts)
        return score - _TORN * torn, places

    places = max(combinations(range(len(clefs)), len(own)), key=likeness)
    if likeness(places)[0] <= likeness(tuple(range(len(own))))[0]:
        return [list(bars) for bars in system]
    present = dict(zip(places, system, strict=True))
    resting = [_resting(bar) for bar in system[0]]
    return [list(present.get(n, resting)) for n in range(places[-1] + 1)]


def _resting(bar: StaffBar) -> StaffBar:
    middle = 0.5 * (bar.frame.left + bar.frame.right)
    rest = RestSign(middle, NoteType.WHOLE, place=6.0, whole_bar=True)
    return StaffBar(bar.frame, (BarSigns((rest,)),), absent=True)
