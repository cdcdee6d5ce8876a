"""Where the beats of a performance fall: the likeliest row of beats through its chords, followed through every change of tempo.

A semi-Markov model (after Ellis, "Beat tracking by dynamic programming", 2007, and Whiteley, Cemgil and Godsill, "Bayesian
modelling of temporal structure in musical audio", 2006): its state at a beat is the interval since the last one. A beat earns
what speaks for one at its chord, an interval what the notes around say of the tempo, and a change of interval costs.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

FRAME_S = 0.02
SHORTEST_S, LONGEST_S = 0.16, 3.0
EMPTY = -3.0
"""What a beat earns at which nothing begins."""
SPREAD = 0.11
"""Standard deviation of the logarithm of one interval to the next."""
TAIL = 4.5
"""The most that a change of tempo costs: pauses and new sections are sudden."""
TEMPO_WEIGHT, ASKED_WEIGHT = 0.5, 1.5
"""What is said of the tempo counts so much; and where half or double of it is asked for, which little else speaks for."""
SLOW_S, SLOW_WIDTH = 1.4, 0.25
"""Seconds beyond which a beat is hardly one any more, and the scatter of its logarithm there."""
PASSED = 1.0
"""Share of what a chord says against its being no beat that counts where the beats pass it by."""
NEAR_S = 0.05
"""Seconds within which a beat is put onto its chord."""
START = 3.0
"""The most that the first and last beat may lie beyond the first and last chord, in seconds."""

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Evidence:
    """Of each chord: its second; the logarithm of the odds that a beat falls on it; and of each period's chance there."""

    times: Floats
    beat: Floats
    period: Floats
    """(chords, periods)"""
    periods: Floats
    """Seconds."""


def follow_beats(evidence: Evidence, factor: float = 1.0) -> Floats:
    """Seconds of the beats, rising, from the first chord to the last; empty for no chords.

    ``factor`` asks for beats so many times as long as they would be: 2 for half the tempo.
    """
    times = evidence.times
    if not len(times):
        return np.empty(0)
    if len(times) == 1:
        return times.copy()
    lengths = _intervals()
    weight = TEMPO_WEIGHT if factor == 1 else ASKED_WEIGHT
    gain, tempo = _gains(evidence, np.asarray(lengths * FRAME_S / factor, np.float64), weight)
    last = len(gain) - 1
    change = np.abs(np.log(lengths[:, None] / lengths[None]))
    price = np.minimum(0.5 * (change / SPREAD) ** 2, TAIL)
    best = np.full((len(gain), len(lengths)), -np.inf)
    came = np.zeros((len(gain), len(lengths)), np.int16)
    first = round(0.3 * LONGEST_S / FRAME_S)
    rows = np.arange(len(lengths))
    reach = int(lengths[-1])
    best[:first] = gain[:first, None]
    for at in range(int(lengths[0]), last + 1):
        back = at - lengths
        held = best[np.maximum(back, 0)] - price
        held[back < 0] = -np.inf
        source = held.argmax(1)
        value = held[rows, source] + gain[at] + tempo[at]
        take = value > best[at]
        best[at] = np.where(take, value, best[at])
        came[at] = np.where(take, source, -1)
        if at < first:
            came[at][~take] = -1
    came[: int(lengths[0])] = -1
    end = range(max(0, last - reach), last + 1)
    at = max(end, key=lambda t: float(best[t].max()))
    state = int(best[at].argmax())
    beats = [at]
    while came[at, state] >= 0 and at - lengths[state] >= 0:
        before = int(came[at, state])
        at -= int(lengths[state])
        state = before
        beats.append(at)
    return _settled(times[0] + (np.array(beats[::-1]) - first // 2) * FRAME_S, times, evidence.beat)


def _intervals() -> npt.NDArray[np.int64]:
    """Frames between beats that are tried, each about a twentieth longer than the last."""
    count = round(np.log(LONGEST_S / SHORTEST_S) / 0.05)
    return np.unique(
        np.round(np.exp(np.linspace(np.log(SHORTEST_S), np.log(LONGEST_S), count)) / FRAME_S).astype(np.int64)
    )


def _gains(evidence: Evidence, seconds: Floats, weight: float) -> tuple[Floats, Floats]:
    """For each frame what a beat there earns, and (frames, intervals) what each interval that ends there earns."""
    times = evidence.times
    lead = round(0.3 * LONGEST_S / FRAME_S) // 2
    count = round((times[-1] - times[0]) / FRAME_S) + 2 * lead
    at = np.round((times - times[0]) / FRAME_S).astype(int) + lead
    gain = np.full(count, EMPTY)
    here = np.clip(evidence.beat, -6, 6) + PASSED * np.maximum(np.clip(evidence.beat, -6, 6), 0)
    for shift, less in ((-1, 0.4), (1, 0.4), (0, 0.0)):
        place = np.clip(at + shift, 0, count - 1)
        np.maximum.at(gain, place, here - less)
    gain[at] = here
    logs = np.log(seconds)
    known = np.log(evidence.periods)
    table = np.array([np.interp(logs, known, row) for row in evidence.period])
    smooth = _smoothed(times, np.maximum(table, -6.0))
    nearest = np.clip(np.searchsorted(at, np.arange(count), "right") - 1, 0, len(times) - 1)
    # for chances of one interval among all others, so that no interval is favoured for being one of many
    told = weight * (smooth - smooth.mean(1, keepdims=True))[nearest]
    return gain, told - 0.5 * (np.maximum(0, logs - np.log(SLOW_S)) / SLOW_WIDTH)[None] ** 2


def _smoothed(times: Floats, table: Floats, seconds: float = 2.0) -> Floats:
    """Each chord's row, averaged with those of the chords within so many seconds."""
    total = np.vstack([np.zeros(table.shape[1]), np.cumsum(table, 0)])
    left = np.searchsorted(times, times - seconds)
    right = np.searchsorted(times, times + seconds, "right")
    return np.asarray((total[right] - total[left]) / (right - left)[:, None])


def _settled(beats: Floats, times: Floats, odds: Floats) -> Floats:
    """Each beat on the likeliest chord near it; those that lie before the first chord and after the last are dropped."""
    out = beats.copy()
    for i, beat in enumerate(beats):
        left, right = np.searchsorted(times, beat - NEAR_S), np.searchsorted(times, beat + NEAR_S)
        if right > left:
            near = np.abs(times[left:right] - beat) / NEAR_S
            out[i] = times[left + int(np.argmax(odds[left:right] - 2 * near))]
    keep = (out >= times[0] - NEAR_S) & (out <= times[-1] + NEAR_S)
    if keep.sum() < 2:
        return out
    return np.unique(out[keep])
