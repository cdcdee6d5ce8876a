"""The paper of a performance: at which quarter notes its beats and bars stand, and its chords between them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

import numpy as np
import numpy.typing as npt

from models.notation.score import Key, Metre
from models.transcribe.score.bars import BarLine
from models.transcribe.score.grid import divided
from models.transcribe.score.metre import compound

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Measure:
    """A bar on paper: where it starts and how long it is, in quarter notes from the first full bar; signature and key that hold."""

    start: Fraction
    length: Fraction
    metre: Metre
    key: Key
    pickup: bool = False


class Paper:
    """The quarter notes, counted from the first full bar, at which the beats and bars of a performance stand."""

    def __init__(self, beats: Floats, bars: Sequence[BarLine]) -> None:
        self._beats, self._lines = beats, bars
        self._quarters = [Fraction(1)] * len(beats)
        self._compound = [False] * len(beats)
        self._place = [Fraction(0)] * (len(beats) + 1)
        for number, bar in enumerate(bars):
            end = bars[number + 1].first if number + 1 < len(bars) else len(beats)
            for beat in range(max(0, bar.first), end):
                self._quarters[beat] = bar.metre.quarters / bar.beats
                self._compound[beat] = compound(bar.metre) or (bar.metre.beats, bar.beats) == (6, 2)
        lead = bars[0].first * self._quarters[0] if bars else Fraction(0)
        self._place[0] = -lead if bars and bars[0].first < 0 else Fraction(0)
        for beat, quarters in enumerate(self._quarters):
            self._place[beat + 1] = self._place[beat] + quarters

    def bars(self) -> list[tuple[Fraction, Metre]]:
        """Where each bar starts, and its metre; a bar that is cut short by the next has the metre of its beats."""
        out: list[tuple[Fraction, Metre]] = []
        for number, bar in enumerate(self._lines):
            start = self._place[max(0, bar.first)] + min(0, bar.first) * self._quarters[0]
            count = self._lines[number + 1].first - bar.first if number + 1 < len(self._lines) else bar.beats
            metre = bar.metre
            if count != bar.beats and count > 0:
                above = metre.quarters * count / bar.beats * metre.beat_type / 4
                if above.denominator == 1:
                    metre = Metre(int(above), metre.beat_type)
            out.append((start, metre))
        return out

    def places(self, times: Floats, told: Floats, *, plain: bool) -> list[Fraction]:
        """The quarter notes at which chords stand; ``plain`` keeps to quarters and thirds of beats."""
        found = divided(times, self._beats, self._compound, told)
        out = []
        for beat, exact in found:
            parts = 4 if exact.denominator % 3 else 3
            share = Fraction(round(exact * parts), parts) if plain else exact
            quarters = self._quarters[min(beat, len(self._quarters) - 1)]
            out.append(self._place[beat] + share * quarters)
        return out

    def length(self, start: Fraction, units: int) -> Fraction:
        """So many 24ths of the beat that a note starts in, in quarter notes."""
        return Fraction(units, 24) * self._quarters[self._beat(start)]

    def spanned(self, begin: float, end: float) -> Fraction:
        """About how many quarter notes lie between two seconds, in halves of one."""
        at = np.interp([begin, end], self._beats, [float(p) for p in self._place[: len(self._beats)]])
        return max(Fraction(1, 2), Fraction(round(2 * float(at[1] - at[0])), 2))

    def _beat(self, start: Fraction) -> int:
        low, high = 0, len(self._quarters) - 1
        while low < high:
            middle = (low + high + 1) // 2
            if self._place[middle] <= start:
                low = middle
            else:
                high = middle - 1
        return low
