"""The places of chords within their beats: for each beat the plainest division that its chords fit.

Each beat is judged alone: a division (halves, thirds, quarters, sixths, eighths) costs what it is uncommon, each chord how far it
was played from its place and what the notation network says against that place.
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

import numpy as np
import numpy.typing as npt

from models.transcribe.score.note_network import PLACES

SIMPLE = {1: 0.0, 2: 0.3, 4: 0.8, 3: 1.3, 8: 3.0, 6: 2.6, 12: 6.0}
"""Price of each division of a beat of two eighths."""
COMPOUND = {1: 0.0, 3: 0.2, 6: 0.8, 12: 3.0, 2: 3.5, 4: 4.5}
"""Of a beat of three eighths."""
JITTER_S, JITTER_SHARE = 0.022, 0.05
"""Seconds, and share of the beat, by which fingers scatter."""
NETWORK_WEIGHT = 0.5
TOGETHER = 5.0
"""Price of two chords at one place, unless they were played so near each other that they may be one."""
SPREAD_S = 0.07
"""Seconds within which two chords may be one that was spread."""

Floats = npt.NDArray[np.float64]


def divided(
    times: Floats, beats: Floats, compound: Sequence[bool], place: Floats | None = None
) -> list[tuple[int, Fraction]]:
    """The beat and the place in it (0 up to but not including 1) of each of the rising ``times``.

    ``beats`` are seconds that reach beyond all times; ``compound`` says of each beat whether it falls into thirds;
    ``place`` (times, classes) are the network's logarithms of the chances of `PLACES`.
    """
    number = np.clip(np.searchsorted(beats, times, "right") - 1, 0, len(beats) - 2)
    out: list[tuple[int, Fraction]] = [(0, Fraction(0))] * len(times)
    begin = 0
    while begin < len(times):
        beat = int(number[begin])
        end = begin
        while end < len(times) and number[end] == beat:
            end += 1
        length = beats[beat + 1] - beats[beat]
        shares = (times[begin:end] - beats[beat]) / max(length, 1e-3)
        told = None if place is None else place[begin:end]
        for offset, at in enumerate(_placed(shares, length, compound[beat], told)):
            out[begin + offset] = (beat + at.numerator // at.denominator, at % 1)
        begin = end
    return _rising(out)


def _placed(shares: Floats, length: float, compound: bool, told: Floats | None) -> list[Fraction]:
    """Places (0 to 1 inclusive) of the chords of one beat."""
    spread = np.hypot(JITTER_S / length, JITTER_SHARE)
    best: tuple[float, list[Fraction]] = (np.inf, [])
    for division, price in (COMPOUND if compound else SIMPLE).items():
        slots = np.round(shares * division).astype(int)
        cost = price + float(np.minimum(0.5 * ((shares - slots / division) / spread) ** 2, 12).sum())
        if told is not None:
            cost -= NETWORK_WEIGHT * sum(
                _chance(told[i], Fraction(int(s), division)) for i, s in enumerate(slots)
            )
        for a, b, near in zip(slots, slots[1:], np.diff(shares) * length, strict=False):
            cost += TOGETHER * (a == b) * (0.25 if near < SPREAD_S else 1.0)
        if cost < best[0]:
            best = cost, [Fraction(int(s), division) for s in slots]
    return best[1]


def _chance(told: Floats, at: Fraction) -> float:
    unit = at * 24 % 24
    for number, units in enumerate(PLACES):
        if unit.denominator == 1 and int(unit) in units:
            return max(float(told[number]), -5.0)
    return max(float(told[-1]), -5.0)


def _rising(places: list[tuple[int, Fraction]]) -> list[tuple[int, Fraction]]:
    """The same, none before the one that was played before it."""
    out: list[tuple[int, Fraction]] = []
    for place in places:
        out.append(max(place, out[-1]) if out else place)
    return out
