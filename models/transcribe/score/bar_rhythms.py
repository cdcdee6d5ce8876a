"""What real tunes do in their bars: which note value follows at which place, where they begin and end, how quick they are.

The chance of each step from each place of the bar is counted over printed tunes (``bar_rhythms.json``, written by
``python -m benchmarks.metres --fit``) and smoothed by what is true of any metre: how common a note value is, and how often notes begin on a
bar line, a beat, or between. (The metrical Markov model of Raphael, "A hybrid graphical model for rhythmic parsing", Artificial Intelligence 137, 2002.)
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from models.notation.score import Metre
from models.transcribe.score.metre import compound, parse
from models.transcribe.score.values import rank

QUARTER = 24
"""Units in a quarter note: 32nds are 3, triplets of eighths 8."""
LONGEST = 8 * QUARTER
"""Steps of two bars of 4/4 and more count as one."""
TRUST = 6.0
"""Counts at a place of the bar from which its own steps count as much as those of any metre."""
RARE, LEAST = 1e-5, -6.5
"""The share of a value that was never counted; and the logarithm below which no step's chance falls, for a note may be played out of time."""
ANY_TEMPO = (4.7, 0.4)
"""Mean and width of the logarithm of quarter notes a minute of a metre without metronome marks."""
METRES = ("4/4", "2/2", "2/4", "3/4", "6/8", "3/8", "9/8", "12/8", "5/4", "7/8")
"""The metres that are told apart; any other is written when it is given."""

Floats = npt.NDArray[np.float64]
TABLES = Path(__file__).with_name("bar_rhythms.json")


@dataclass(frozen=True, eq=False)
class BarRhythms:
    """The counts, as the file has them, and the weights of `models.transcribe.score.readings`."""

    steps: dict[str, dict[str, dict[str, float]]]
    starts: dict[str, dict[str, float]]
    ends: dict[str, dict[str, float]]
    values: dict[str, dict[str, float]]
    ranks: dict[str, list[float]]
    tempi: dict[str, list[float]]
    weights: dict[str, float]

    @classmethod
    def shipped(cls) -> BarRhythms:
        """Those that come with the program."""
        return _shipped()

    def log_steps(self, metre: Metre) -> Floats:
        """(units of a bar, `LONGEST` + 1), the logarithm of the chance of each step from each place."""
        bar = bar_units(metre)
        found = np.zeros((bar, LONGEST + 1))
        for place, steps in self.steps.get(name_of(metre), {}).items():
            for step, count in steps.items():
                found[int(place), int(step)] += count
        general = self._general(metre)
        counted = found.sum(1, keepdims=True)
        chance = (found + TRUST * general) / (counted + TRUST)
        return np.asarray(np.maximum(np.log(chance), LEAST), np.float64)

    def _general(self, metre: Metre) -> Floats:
        """The same for a metre of which nothing was counted."""
        kind = kind_of(metre)
        value = np.full(LONGEST + 1, RARE)
        for step, count in self.values[kind].items():
            value[int(step)] += count
        weight = np.array(self.ranks[kind])[place_ranks(metre)]
        bar = len(weight)
        target = (np.arange(bar)[:, None] + np.arange(LONGEST + 1)[None]) % bar
        chance = value[None] * weight[target]
        return np.asarray(chance / chance.sum(1, keepdims=True), np.float64)

    def log_starts(self, metre: Metre) -> Floats:
        """(units of a bar,), the logarithm of the chance that a tune's first note begins there."""
        return self._edge(self.starts, metre)

    def log_ends(self, metre: Metre) -> Floats:
        """The same for its last note."""
        return self._edge(self.ends, metre)

    def _edge(self, table: dict[str, dict[str, float]], metre: Metre) -> Floats:
        ranks = place_ranks(metre)
        general = np.array([0.002, 0.02, 0.12, 0.2, 0.6])[ranks]
        chance = 3.0 * general / general.sum()
        for place, count in table.get(name_of(metre), {}).items():
            chance[int(place)] += count
        return np.asarray(np.log(chance / chance.sum()), np.float64)

    def log_tempo(self, metre: Metre, quarters_a_minute: float) -> float:
        """The logarithm of the density of a tempo: a bell about what metronome marks say of the metre, with wide tails."""
        middle, width = self.tempi.get(name_of(metre)) or self.tempi.get(kind_of(metre)) or ANY_TEMPO
        off = (np.log(quarters_a_minute) - middle) / width
        return float(np.log(0.93 * np.exp(-0.5 * off**2) / width + 0.07 / (1 + (off / 3) ** 2) / (3 * width)))


@lru_cache(maxsize=1)
def _shipped() -> BarRhythms:
    held: dict[str, Any] = json.loads(TABLES.read_text(encoding="utf-8"))
    return BarRhythms(**held)


def name_of(metre: Metre) -> str:
    """``3/4``."""
    return f"{metre.beats}/{metre.beat_type}"


def kind_of(metre: Metre) -> str:
    """``simple`` or ``compound``; 3/8 is compound, for its eighths are in threes."""
    return "compound" if compound(metre) or (metre.beats, metre.beat_type) == (3, 8) else "simple"


def bar_units(metre: Metre) -> int:
    """Units in a bar."""
    return int(metre.quarters * QUARTER)


@lru_cache(maxsize=64)
def place_ranks(metre: Metre) -> npt.NDArray[np.int64]:
    """(units of a bar,), how strong each place is; see `models.transcribe.score.values.rank`."""
    return np.array([rank(Fraction(u, QUARTER), metre) for u in range(bar_units(metre))], np.int64)


def told_apart() -> tuple[Metre, ...]:
    """`METRES`."""
    return tuple(Metre(2, 2, "cut") if name == "2/2" else parse(name) for name in METRES)
