"""Where bars begin among the beats of a performance, and their time signatures.

A Viterbi search over beats: its state is the number of beats in the bar and the place in it. Downbeats earn what speaks for
them at their chord; a bar's length what the notes within say of the metre; a bar of another length than the last one costs.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from models.notation.score import Metre

BEATS = {
    "4/4": 4, "3/4": 3, "2/4": 2, "2/2": 2, "6/8": 2, "9/8": 3, "12/8": 4, "3/8": 3, "5/4": 5, "7/8": 7, "6/4": 2, "other": 0,
}  # fmt: skip
"""Beats in a bar of each metre that the notation network tells apart."""
ANOTHER = 9.0
"""What it costs that a bar has another number of beats than the one before."""
DOWN_WEIGHT, METRE_WEIGHT = 1.0, 0.35
UNWRITTEN = -6.0
"""The logarithm of the chance of a number of beats for which no metre speaks."""

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class BarLine:
    """A bar: the number of its first beat (-1 and less: before the first beat), how many beats it has, its time signature."""

    first: int
    beats: int
    metre: Metre


def bars_of(
    down: Floats, metre: Floats, names: Sequence[str], *, given: Metre | None = None
) -> list[BarLine]:
    """The bars, in order, that the beats lie in; the first may begin before the first beat, as after a pickup.

    ``down`` (beats,) are logarithms of the odds of a downbeat at each beat, ``metre`` (beats, metres) logarithms of the chances of each
    of ``names`` around it. With a ``given`` metre all bars have it.
    """
    count = len(down)
    if not count:
        return []
    overall = metre.mean(0)
    lengths = _lengths(names) if given is None else [_beats_in(given)]
    odds = (
        np.array([_odds(metre, names, length) for length in lengths])
        if given is None
        else np.zeros((1, count))
    )
    table, came, states = _searched(down, odds, lengths)
    at = int(table[-1].argmax())
    path = [at]
    for beat in range(count - 1, 0, -1):
        at = int(came[beat, at])
        path.append(at)
    path.reverse()
    bars: list[BarLine] = []
    for beat, state in enumerate(path):
        length, place = states[state]
        if place == 0 or beat == 0:
            bars.append(BarLine(beat - place, length, given or Metre()))
    if given is not None:
        return bars
    return _signed(bars, metre, overall, names)


def _beats_in(metre: Metre) -> int:
    compound = metre.beats % 3 == 0 and metre.beats > 3 and metre.beat_type >= 8
    return metre.beats // 3 if compound else metre.beats


def _lengths(names: Sequence[str]) -> list[int]:
    return sorted({BEATS[name] for name in names} - {0})


def _odds(metre: Floats, names: Sequence[str], length: int) -> Floats:
    own = [i for i, name in enumerate(names) if BEATS[name] == length]
    odds: Floats = np.maximum(np.log(np.exp(metre[:, own]).sum(1) + 1e-9), UNWRITTEN)
    return odds


def _searched(
    down: Floats, odds: Floats, lengths: Sequence[int]
) -> tuple[Floats, npt.NDArray[np.int16], list[tuple[int, int]]]:
    states = [(length, place) for length in lengths for place in range(length)]
    firsts = np.array([i for i, (_, place) in enumerate(states) if place == 0])
    lasts = np.array([i for i, (length, place) in enumerate(states) if place == length - 1])
    which = np.array([lengths.index(length) for length, _ in states])
    is_first = np.array([place == 0 for _, place in states])
    told = DOWN_WEIGHT * np.clip(down, -5, 5)[:, None] * is_first[None] + METRE_WEIGHT * odds[which].T
    table = np.full((len(down), len(states)), -np.inf)
    came = np.zeros((len(down), len(states)), np.int16)
    table[0] = told[0]
    price = ANOTHER * (1 - np.eye(len(lengths)))
    for beat in range(1, len(down)):
        table[beat, 1:] = table[beat - 1, :-1]
        came[beat, 1:] = np.arange(len(states) - 1)
        ends = table[beat - 1, lasts][:, None] - price
        source = ends.argmax(0)
        table[beat, firsts] = ends[source, np.arange(len(lengths))]
        came[beat, firsts] = lasts[source]
        table[beat] += told[beat]
    return table, came, states


def _signed(bars: list[BarLine], metre: Floats, overall: Floats, names: Sequence[str]) -> list[BarLine]:
    """The bars with their time signatures: each stretch of bars of one length has the one that its notes speak for."""
    out: list[BarLine] = []
    begin = 0
    for end in range(1, len(bars) + 1):
        if end < len(bars) and bars[end].beats == bars[begin].beats:
            continue
        length = bars[begin].beats
        left = max(0, bars[begin].first)
        right = bars[end].first if end < len(bars) else len(metre)
        told = metre[left:right].sum(0) + 2 * overall
        own = [i for i, name in enumerate(names) if BEATS[name] == length]
        name = names[max(own, key=lambda i: float(told[i]))]
        above, _, below = name.partition("/")
        symbol = "common" if name == "4/4" else "cut" if name == "2/2" else None
        sign = Metre(int(above), int(below), symbol)  # type: ignore[arg-type]
        out += [BarLine(bar.first, bar.beats, sign) for bar in bars[begin:end]]
        begin = end
    return out
