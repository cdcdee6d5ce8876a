"""Lengths as note values: what must be split at bar lines and beats and tied, what may stand as one sign; beams."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from fractions import Fraction
from functools import lru_cache
from itertools import pairwise

from models.notation.score import Duration, Event, Metre, NoteType
from models.transcribe.score.metre import beat_quarters, compound

PLAIN = tuple(
    Duration(kind, dots)
    for kind in (NoteType.WHOLE, NoteType.HALF, NoteType.QUARTER, NoteType.EIGHTH, NoteType.N16, NoteType.N32)
    for dots in (0, 1)
    if not (kind is NoteType.N32 and dots)
)
TRIPLET = tuple(Duration(d.type, d.dots, (3, 2)) for d in PLAIN)
FLAGS = {NoteType.EIGHTH: 1, NoteType.N16: 2, NoteType.N32: 3, NoteType.N64: 4}
CROSSING, WEAK_END = 0.6, 0.5
"""Prices, in pieces, of a sign that hides a stronger beat (by each rank), and of one that then ends on a weaker place."""


def rank(place: Fraction, metre: Metre) -> int:
    """How strong a place in the bar is: 4 its start, 3 its middle (4/4, 12/8), 2 a beat, 1 half or a third of one, 0 else."""
    beat = beat_quarters(metre)
    if place % metre.quarters == 0:
        return 4
    if place == metre.quarters / 2 and (metre.quarters / beat) % 4 == 0:
        return 3
    if place % beat == 0:
        return 2
    return int(place % (beat / (3 if compound(metre) else 2)) == 0)


@lru_cache(maxsize=4096)
def pieces(start: Fraction, length: Fraction, metre: Metre, rest: bool = False) -> tuple[Duration, ...]:
    """The note values, tied, of a sound within one bar that starts at ``start`` and lasts ``length`` quarters.

    The fewest signs that leave the beats visible. Thirds of a beat (in simple metres) become triplets, which
    stay within their beat. A length that no signs make exactly is rounded down to 32nds, and never to nothing.
    """
    beat = beat_quarters(metre)
    end = start + length
    cuts = [start]
    if not compound(metre):
        edge = start - start % beat
        for place in (start, end):
            if third(place, beat):
                edge = place - place % beat
                cuts += [p for p in (edge, edge + beat) if start < p < end]
    cuts = sorted({*cuts, end})
    signs: list[Duration] = []
    for a, b in pairwise(cuts):
        in_triplet = not compound(metre) and (third(a, beat) or third(b, beat))
        signs += _signs(a, b, metre, TRIPLET if in_triplet else PLAIN, rest)
    return tuple(signs)


def third(place: Fraction, beat: Fraction) -> bool:
    """Whether the place lies on a third of a beat, not on its half or quarter."""
    return (place / beat).denominator % 3 == 0


def _signs(a: Fraction, b: Fraction, metre: Metre, choice: Sequence[Duration], rest: bool) -> list[Duration]:
    """Cheapest sequence of signs from a to b: one for each sign, more for hidden beats."""
    best: dict[Fraction, tuple[float, list[Duration]]] = {a: (0.0, [])}
    queue = [a]
    while queue:
        queue.sort()
        at = queue.pop(0)
        if at == b:
            break
        price, so_far = best[at]
        for sign in choice:
            to = at + sign.quarters
            if to > b:
                continue
            cost = (
                price
                + 1.0
                + 0.01 * sign.dots
                + _hidden(at, to, metre) * (2.0 if rest else 1.0)
                + (0.3 * sign.dots if rest and not compound(metre) else 0.0)
            )
            if to not in best or cost < best[to][0] - 1e-9:
                if to not in best:
                    queue.append(to)
                best[to] = cost, [*so_far, sign]
    if b in best:
        return best[b][1]
    reached = max((place for place in best if place > a), default=None)
    return best[reached][1] if reached is not None else [Duration(NoteType.N32)]


def _hidden(a: Fraction, b: Fraction, metre: Metre) -> float:
    step = Fraction(1, 4) if not compound(metre) else Fraction(1, 2)
    first = (a // step + 1) * step
    inside = [first + i * step for i in range(int((b - first) / step) + 1)]
    strongest = max((rank(place, metre) for place in inside if a < place < b), default=0)
    over = strongest - rank(a, metre)
    if over <= 0:
        return 0.0
    return CROSSING * over + (WEAK_END if rank(b, metre) < rank(a, metre) else 0.0)


def beamed(events: Sequence[Event], metre: Metre) -> list[Event]:
    """The events of one voice of a bar, in order, joined by beams within each beat, triplets marked."""
    groups: dict[Fraction, list[int]] = {}
    beat = beat_quarters(metre)
    for i, event in enumerate(events):
        groups.setdefault(event.onset // beat * beat, []).append(i)
    out = list(events)
    for members in groups.values():
        triple = [i for i in members if out[i].duration.tuplet != (1, 1)]
        if len(triple) > 1:
            out[triple[0]] = replace(out[triple[0]], tuplet_mark="start")
            out[triple[-1]] = replace(out[triple[-1]], tuplet_mark="stop")
        run: list[int] = []
        for i in [*members, None]:  # type: ignore[assignment]
            if i is not None and out[i].notes and out[i].duration.type in FLAGS:
                run.append(i)
                continue
            if len(run) > 1:
                _join(out, run)
            run = []
    return out


def _join(out: list[Event], run: list[int]) -> None:
    flags = [FLAGS[out[i].duration.type] for i in run]
    for place, i in enumerate(run):
        words = []
        for level in range(1, flags[place] + 1):
            before = place > 0 and flags[place - 1] >= level
            after = place + 1 < len(run) and flags[place + 1] >= level
            if before and after:
                words.append("continue")
            elif before or after:
                words.append("end" if before else "begin")
            else:
                words.append("backward hook" if place else "forward hook")
        out[i] = replace(out[i], beams=tuple(words))
