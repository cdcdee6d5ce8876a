"""Onsets in seconds become places on a grid of beats, with the tempo followed as it drifts.

A beam search over hypotheses: each holds the place within the beat, and a Kalman filter's belief about the logarithm
of the beat's length. Its cost is half the squared, normalised surprise at each interval, plus a price for each place
and each length: a musician writes simple values first. (The model of Cemgil and Kappen, "Monte Carlo methods for
tempo tracking and rhythm quantization", JAIR 18, 2003, solved by a beam instead of particles.)
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from fractions import Fraction

import numpy as np
import numpy.typing as npt

UNITS = 24
"""Grid units in a beat: 24 holds 32nds (3), sixteenths (6), triplets (8) and sextuplets (4)."""
JITTER = 0.016
"""Seconds by which a player's (and the detector's) onsets scatter."""
DRIFT = 0.035
"""Scatter of the logarithm of the beat's length from one beat to the next."""
PRIOR_BEAT = 0.6
"""Seconds of a beat when nobody says: 100 to the minute, give or take a third (`PRIOR_WIDTH`)."""
PRIOR_WIDTH = 0.4
PULL = 0.25
"""Share of the prior's cost that each note pays again: places on the beat would else favour ever shorter beats."""
GIVEN_WIDTH = 0.06
BEAM = 160

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Grid:
    """What places within a beat cost, and which lengths (in `UNITS`) are common, for beats of halves or of thirds."""

    places: dict[int, float]
    lengths: dict[int, float]
    thirds: frozenset[int]


SIMPLE = Grid(
    places={
        0: 0.0,
        12: 0.25,
        6: 0.9,
        18: 0.7,
        8: 1.3,
        16: 1.3,
        3: 2.6,
        9: 2.6,
        15: 2.6,
        21: 2.3,
        4: 3.0,
        20: 3.0,
    },
    lengths={
        24: 0.0,
        12: 0.1,
        48: 0.3,
        6: 0.5,
        36: 0.5,
        72: 0.6,
        96: 0.6,
        18: 0.8,
        8: 0.7,
        16: 1.4,
        3: 1.6,
        4: 2.0,
        60: 1.6,
        30: 1.8,
        42: 1.8,
        144: 1.2,
        120: 1.5,
        192: 1.2,
    },
    thirds=frozenset({4, 8, 16, 20}),
)
"""A beat of two eighths: 4/4, 3/4, 2/4."""

COMPOUND = Grid(
    places={0: 0.0, 8: 0.25, 16: 0.25, 4: 0.9, 12: 0.9, 20: 0.9},
    lengths={
        24: 0.1,
        8: 0.0,
        16: 0.1,
        12: 0.6,
        4: 0.5,
        48: 0.4,
        40: 0.9,
        32: 0.9,
        20: 1.0,
        28: 1.2,
        72: 0.8,
        96: 0.8,
    },
    thirds=frozenset(),
)
"""A beat of three eighths: 6/8, 9/8, 12/8."""

UNCOMMON = 2.4


@dataclass(frozen=True)
class Rhythm:
    """Where each onset lies, in beats from the first beat's start; seconds of a beat there; and the cost of it all."""

    beats: tuple[Fraction, ...]
    seconds_a_beat: tuple[float, ...]
    cost: float

    @property
    def tempo(self) -> float:
        """Beats a minute, the median."""
        return 60.0 / float(np.median(self.seconds_a_beat))


def follow(onsets: npt.ArrayLike, *, tempo: float | None = None, grid: Grid = SIMPLE) -> Rhythm:
    """The likeliest rhythm of the onsets (seconds, rising), with the visitor's ``tempo`` in beats a minute if there is one."""
    times = np.asarray(onsets, np.float64)
    if not len(times):
        return Rhythm((), (), 0.0)
    middle, width = _prior(tempo, grid)
    place, period, spread, cost = _beginnings(times, tempo, grid)
    history: list[tuple[Ints, Ints]] = []
    periods: list[Floats] = [period]
    steps = np.array(_steps(times, grid), np.int64)
    length_cost = np.array([grid.lengths.get(int(s), UNCOMMON + s / 400) for s in steps])
    place_cost = np.full(UNITS, np.inf)
    for where, price in grid.places.items():
        place_cost[where] = price
    for interval in np.diff(times):
        target = (place[:, None] + steps[None]) % UNITS
        allowed = _allowed(place, steps, target, grid)
        surprise = np.log(max(interval, 1e-3) * UNITS / steps)[None] - period[:, None]
        # belief about the beat grows vaguer with the time that passes; short intervals tell little about it
        vague = spread[:, None] + DRIFT**2 * np.minimum(steps / UNITS, 4.0)[None]
        noise = 2 * (JITTER / max(interval, 1e-3)) ** 2 + 0.01**2
        total = vague + noise
        step_cost = (
            0.5 * surprise**2 / total + 0.5 * np.log(total / noise) + place_cost[target] + length_cost[None]
        )
        if tempo is None:
            step_cost += PULL * 0.5 * (((period - middle) / width) ** 2)[:, None]
        whole = np.where(allowed, cost[:, None] + step_cost, np.inf)
        gain = vague / total
        moved = period[:, None] + gain * surprise
        narrowed = (1 - gain) * vague
        chosen = _beam(whole, target, moved)
        parent, step = np.unravel_index(chosen, whole.shape)
        history.append((parent.astype(np.int64), steps[step]))
        place, period, spread = target[parent, step], moved[parent, step], narrowed[parent, step]
        cost = whole[parent, step]
        periods.append(period)
    return _traced(history, periods, place, cost)


def _prior(tempo: float | None, grid: Grid) -> tuple[float, float]:
    """Mean and width of the logarithm of a beat's seconds, before anything was heard."""
    if tempo is not None:
        return math.log(60.0 / tempo), GIVEN_WIDTH
    return math.log(PRIOR_BEAT if grid is SIMPLE else PRIOR_BEAT * 1.2), PRIOR_WIDTH


def _beginnings(times: Floats, tempo: float | None, grid: Grid) -> tuple[Ints, Floats, Floats, Floats]:
    """Hypotheses about the first onset: where in a beat it lies and how long a beat lasts."""
    middle, width = _prior(tempo, grid)
    if tempo is None:
        logs = np.linspace(middle - 2.6 * width, middle + 2.6 * width, 70)
        spread = (logs[1] - logs[0]) ** 2
        # intervals between onsets near each other are likely to be a beat or a simple share of it
        near = np.log(np.maximum(np.diff(times)[:8], 0.05)) if len(times) > 1 else np.empty(0)
        shares = np.array([0.25, 1 / 3, 0.5, 1.0, 1.5, 2.0, 3.0, 4.0])
        more = (near[:, None] - np.log(shares)[None]).ravel()
        logs = np.concatenate([logs, more[np.abs(more - middle) < 2.6 * width]])
    else:
        logs = np.linspace(middle - 2 * width, middle + 2 * width, 17)
        spread = (logs[1] - logs[0]) ** 2
    starts = [p for p in grid.places if grid.places[p] < 1.5]
    place = np.repeat(np.array(starts, np.int64), len(logs))
    period = np.tile(logs, len(starts))
    cost = 0.5 * ((period - middle) / width) ** 2 + np.array(
        [0.0 if p == 0 else 1.5 + grid.places[p] for p in place]  # type: ignore[index]
    )
    return place, period, np.full(len(period), spread), cost


def _steps(times: Floats, grid: Grid) -> list[int]:
    """Lengths worth trying: all grid steps within two beats, coarser ones up to the longest silence."""
    fine = 3 if grid is SIMPLE else 4
    steps = {s for s in range(fine, 2 * UNITS, 1) if s % 3 == 0 or s % 4 == 0}
    steps |= set(range(2 * UNITS, 4 * UNITS, 6 if grid is SIMPLE else 4)) | set(
        range(4 * UNITS, 8 * UNITS + 1, 12)
    )
    longest = float(np.diff(times).max(initial=0.0))
    beats = min(64, math.ceil(longest / 0.2))
    return sorted(steps | set(range(8 * UNITS, max(8, beats) * UNITS + 1, UNITS)))


def _allowed(place: Ints, steps: Ints, target: Ints, grid: Grid) -> npt.NDArray[np.bool_]:
    """Thirds and halves of a beat do not mix: a triplet is entered from the beat and left to its other notes or a beat."""
    known = np.isin(target, list(grid.places))
    if not grid.thirds:
        return np.asarray(known)
    thirds = list(grid.thirds)
    from_third, to_third = np.isin(place, thirds)[:, None], np.isin(target, thirds)
    same_beat = (place[:, None] + steps[None]) < UNITS
    from_beat, to_beat = (place == 0)[:, None], target == 0
    # 12 lies on the sixths as well
    enter = (from_beat & to_third) | (~from_third & to_third & ~same_beat & (target != 4) & (target != 20))
    inside = from_third & (to_third | to_beat | (same_beat & (target == 12)) | ~same_beat)
    return np.asarray(known & (enter | inside | (~from_third & ~to_third)))


def _beam(whole: Floats, target: Ints, moved: Floats) -> npt.NDArray[np.intp]:
    """Indices of the cheapest hypotheses, one for each place and (nearly) each length of the beat."""
    flat = whole.ravel()
    some = np.argpartition(flat, min(len(flat) - 1, 12 * BEAM))[: 12 * BEAM]
    some = some[np.isfinite(flat[some])]
    some = some[np.argsort(flat[some], kind="stable")]
    label = target.ravel()[some] * 10_000 + np.round(moved.ravel()[some] / 0.015).astype(np.int64)
    _, first = np.unique(label, return_index=True)
    return np.asarray(some[np.sort(first)[:BEAM]])


def _traced(history: list[tuple[Ints, Ints]], periods: list[Floats], place: Ints, cost: Floats) -> Rhythm:
    """The cheapest hypothesis, followed back to its beginning."""
    at = int(np.argmin(cost))
    back, beat = [], [float(np.exp(periods[-1][at]))]
    for (parent, step), before in zip(reversed(history), reversed(periods[:-1]), strict=True):
        back.append(int(step[at]))
        at = int(parent[at])
        beat.append(float(np.exp(before[at])))
    total = sum(back)
    start = (int(place[int(np.argmin(cost))]) - total) % UNITS
    units = [start]
    for step in reversed(back):  # type: ignore[assignment]
        units.append(units[-1] + step)  # type: ignore[arg-type]
    return Rhythm(tuple(Fraction(u, UNITS) for u in units), tuple(reversed(beat)), float(cost.min()))
