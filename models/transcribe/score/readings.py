"""All the ways in which a row of onsets may be written: how long a beat is, in which metre, where the bar begins; ranked.

Each reading is judged as a whole, for tempo, metre and bar line decide each other: what real tunes do in such bars (`bar_rhythms`),
how quick such a metre is, where loud, long-awaited and leaping notes fall, after how long the tune repeats itself. The weights of
these are those of a conditional log-linear model, fitted to printed tunes played at drawn tempi (``python -m benchmarks.metres --fit``).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache

import numpy as np
import numpy.typing as npt

from models.notation.score import Metre
from models.transcribe.score.bar_rhythms import (
    LONGEST,
    METRES,
    QUARTER,
    BarRhythms,
    bar_units,
    name_of,
    place_ranks,
    told_apart,
)
from models.transcribe.score.metre import Barring, beat_quarters
from models.transcribe.score.repetition import Repetition
from models.transcribe.score.rhythm import COMPOUND, SIMPLE, Rhythm, follow

SCALES = {
    True: (Fraction(1, 4), Fraction(1, 2), Fraction(1), Fraction(3, 2), Fraction(2), Fraction(4)),
    False: (Fraction(1, 2), Fraction(3, 4), Fraction(1), Fraction(3, 2), Fraction(2), Fraction(3)),
}
"""Quarter notes that a followed beat may be, where it was followed in halves (True) or in thirds."""
STEP = QUARTER // 2
"""Bars may begin at any eighth note from a followed beat."""
SLOWEST, QUICKEST = 18.0, 480.0
"""Quarter notes a minute."""
EASY, EASY_WIDTH = 90.0, 0.45
"""Beats a minute that are felt most easily, and the width of that (Parncutt, "A perceptual model of pulse salience and metrical accent", 1994)."""
GIVEN = 0.13
"""Logarithm by which the tempo may differ from one that was given."""
TONIC, FIFTH = 0, 7
TRIPLETS = 4.0
"""Odds, as a logarithm, against readings in which dotted values are parted into three or not at all: those are beats and triplets (a rule; printed tunes have too few)."""
TWO_FOUR = 0.8
"""Odds, as a logarithm, against 2/4: where little tells, it is written as 4/4, as people expect (a rule)."""
ACROSS = 1.5
"""Odds, as a logarithm, against each note that sounds on under others and over a bar line: it would have to be tied (a rule)."""
MOST_ACROSS = 8
START = 0.6
"""What the first note's place counts beside its fitted weight: songs, to which that is fitted, begin before the bar more often than what people try out (a rule)."""
FELT = 0.35
"""The same of how easily the beat is felt: printed music has more very slow marks than what people play (a rule)."""
IN_THREES = (Fraction(3, 4), Fraction(3, 2), Fraction(3))
"""Dotted values, in quarter notes, whose thirds are plain ones."""
FEWEST_TRIPLETS = 2
"""Triplets from which on that holds."""
FEATURES = (
    "rhythm", "rhythm_whole", "start", "end", "tempo", "beat", "fit", "off_beat", "loud_bar", "loud_half", "loud_beat",
    "leap_bar", "leap_beat", "tonic_bar", "tonic_beat", "low_bar", "same_bar", "same_beat",
    "bar_again", "bar_alike", "two_again", "two_alike", "half_again", "half_alike", "long_bar", "long_beat",
    *(f"metre {name}" for name in METRES),
)  # fmt: skip

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Line:
    """What a tune's onsets are: seconds, loudness and key of each, and for how many seconds its longest note is held."""

    onsets: Sequence[float]
    loudness: Sequence[float]
    midis: Sequence[int]
    held: Sequence[float] = ()


@dataclass(frozen=True)
class Reading:
    """One way to write a tune: its rhythm in beats of the metre, where the first full bar begins, and how likely it is."""

    rhythm: Rhythm
    barring: Barring
    chance: float

    @property
    def metre(self) -> Metre:
        """Its metre."""
        return self.barring.metre


@dataclass(frozen=True)
class Candidates:
    """Readings of one rhythm in one metre with their features, one row a place of the bar line (in `QUARTER` units)."""

    base: Rhythm
    scale: Fraction
    metre: Metre
    phases: Ints
    features: Floats
    across: Ints
    """How many held notes sound over a bar line, a row each."""
    triplets: bool = False
    """Whether its beats of thirds have the look of triplets."""

    def reading(self, row: int, chance: float) -> Reading:
        """One of them, its beats those of the metre."""
        beat = beat_quarters(self.metre)
        factor = self.scale / beat
        rhythm = Rhythm(
            tuple(b * factor for b in self.base.beats),
            tuple(s / float(factor) for s in self.base.seconds_a_beat),
            self.base.cost,
        )
        return Reading(rhythm, Barring(self.metre, Fraction(int(self.phases[row]), QUARTER) / beat), chance)


def ranked(line: Line, *, tempo: float | None = None, metre: Metre | None = None) -> list[Reading]:
    """The likeliest reading of each tempo and metre, best first; ``tempo`` (beats of the metre a minute) and ``metre`` are kept where given."""
    found = list(candidates(line, tempo=tempo, metre=metre))
    if not found:
        return []
    weights = np.array([BarRhythms.shipped().weights.get(name, 0.0) for name in FEATURES])
    odds = [
        c.features @ weights
        + START * c.features[:, FEATURES.index("start")]
        + FELT * c.features[:, FEATURES.index("beat")]
        - ACROSS * np.minimum(c.across, MOST_ACROSS)
        - TRIPLETS * c.triplets
        - TWO_FOUR * (name_of(c.metre) == "2/4")
        for c in found
    ]
    top = max(float(o.max()) for o in odds)
    whole = sum(float(np.exp(o - top).sum()) for o in odds)
    best: dict[tuple[Metre, float], Reading] = {}
    for c, o in zip(found, odds, strict=True):
        row = int(o.argmax())
        reading = c.reading(row, float(np.exp(o - top).sum()) / whole)
        key = (c.metre, round(float(np.log(reading.rhythm.tempo)) / 0.05))
        if key not in best or best[key].chance < reading.chance:
            best[key] = reading
    return sorted(best.values(), key=lambda r: -r.chance)


def candidates(
    line: Line,
    *,
    tempo: float | None = None,
    metre: Metre | None = None,
    tables: BarRhythms | None = None,
) -> Iterator[Candidates]:
    """All readings, by rhythm, scale and metre; ``tables`` other than the shipped ones are for fitting."""
    known = tables or BarRhythms.shipped()
    seen: set[tuple[bytes, Metre]] = set()
    wanted = (metre,) if metre else told_apart()
    for halves, base in _bases(line, tempo, metre):
        for scale in SCALES[halves]:
            units = [place * scale * QUARTER for place in base.beats]
            if any(u.denominator != 1 for u in units):
                continue
            x = np.array([int(u) for u in units], np.int64)
            quarter_s = float(np.median(base.seconds_a_beat)) / float(scale)
            if not SLOWEST <= 60 / quarter_s <= QUICKEST:
                continue
            triplets = any(whole_triplets([p * scale / three for p in base.beats]) for three in IN_THREES)
            marks, again = _marks(line, x), Repetition(x, line.midis)
            for each in wanted:
                beats_a_minute = 60 / quarter_s / float(beat_quarters(each))
                if tempo is not None and abs(np.log(beats_a_minute / tempo)) > GIVEN:
                    continue
                key = (np.diff(x).tobytes(), each)
                if key in seen:
                    continue
                seen.add(key)
                phases, rows = _features(marks, again, x, base, each, 60 / quarter_s, QUARTER * scale, known)
                none = np.zeros(len(phases), np.int64)
                across = _across(line, x, phases, bar_units(each), quarter_s) if metre else none
                yield Candidates(base, scale, each, phases, rows, across, triplets)


def _across(line: Line, x: Ints, phases: Ints, bar: int, quarter_s: float) -> Ints:
    """How many notes are held beyond the next onset and over a bar line, for each place of it; the last note counts as one.

    For a metre that is given: how long strings ring tells where its bars begin, and nothing of which metre it is.
    """
    if not line.held or len(x) < 2:
        return np.zeros(len(phases), np.int64)
    held = np.round(np.asarray(line.held) / quarter_s * QUARTER / STEP).astype(np.int64) * STEP
    longer = np.append(held[:-1] > np.diff(x) + STEP, True)
    pos = (x[None] - phases[:, None]) % bar
    return np.asarray(((pos + held > bar) & (held <= bar) & longer).sum(1), np.int64)


def whole_triplets(beats: Sequence[Fraction]) -> bool:
    """Whether beats of thirds have the look of triplets: some have all three notes, at least as many have one, none has two.

    The long and short of 6/8, a note of two thirds and one of a third, is what sets it apart.
    """
    thirds: dict[int, set[Fraction]] = {}
    for place in beats:
        thirds.setdefault(place.numerator // place.denominator, set()).add(place % 1)
    whole = {Fraction(0), Fraction(1, 3), Fraction(2, 3)}
    triplets = sum(found == whole for found in thirds.values())
    undivided = sum(found == {Fraction(0)} for found in thirds.values())
    return triplets >= FEWEST_TRIPLETS and undivided >= triplets and triplets + undivided == len(thirds)


def _bases(line: Line, tempo: float | None, metre: Metre | None) -> list[tuple[bool, Rhythm]]:
    """The rhythm followed in beats of halves and in beats of thirds, at the tempi that come into question."""
    if tempo is None:
        return [(True, follow(line.onsets)), (False, follow(line.onsets, grid=COMPOUND))]
    out = []
    for halves, scale in ((True, Fraction(1)), (False, Fraction(3, 2)), (False, Fraction(1))):
        beat = beat_quarters(metre) if metre else scale
        ratio = float(beat / scale)
        while ratio > 2:
            ratio /= 2
        while ratio < 0.5:
            ratio *= 2
        out.append((halves, follow(line.onsets, tempo=tempo * ratio, grid=SIMPLE if halves else COMPOUND)))
    return out


def _features(
    marks: _Marks,
    again: Repetition,
    x: Ints,
    base: Rhythm,
    metre: Metre,
    quarters_a_minute: float,
    beat: Fraction,
    tables: BarRhythms,
) -> tuple[Ints, Floats]:
    """Places of the bar line and (places, features)."""
    bar, n = bar_units(metre), len(x)
    phases = np.arange(0, bar, STEP)
    pos = (x[None] - phases[:, None]) % bar
    steps = np.minimum(np.diff(x), LONGEST)
    root = np.sqrt(n)
    log_steps, log_starts, log_ends = _tables(tables, metre)
    rank = place_ranks(metre)[pos]
    on_bar, on_half, on_beat = rank == 4, rank == 3, rank >= 2
    likely = log_steps[pos[:, :-1], steps].sum(1)
    rows: dict[str, Floats | float] = {
        "rhythm": likely / root,
        "rhythm_whole": likely / 8,
        "start": log_starts[pos[:, 0]],
        "end": log_ends[pos[:, -1]],
        "tempo": tables.log_tempo(metre, quarters_a_minute),
        "beat": -0.5 * (np.log(quarters_a_minute / float(_felt(metre)) / EASY) / EASY_WIDTH) ** 2,
        "fit": -base.cost / root,
        "off_beat": np.array([Fraction(int(p)) % beat != 0 for p in phases], float),
        "loud_bar": (on_bar * marks.loud).sum(1) / root,
        "loud_half": (on_half * marks.loud).sum(1) / root,
        "loud_beat": (on_beat * marks.loud).sum(1) / root,
        "leap_bar": (on_bar * marks.leap).sum(1) / root,
        "leap_beat": (on_beat * marks.leap).sum(1) / root,
        "tonic_bar": (on_bar * marks.tonic).sum(1) / root,
        "tonic_beat": (on_beat * marks.tonic).sum(1) / root,
        "low_bar": (on_bar * marks.low).sum(1) / root,
        "same_bar": (on_bar * marks.same).sum(1) / root,
        "same_beat": (on_beat * marks.same).sum(1) / root,
        "long_bar": (on_bar * marks.long).sum(1) / root,
        "long_beat": (on_beat * marks.long).sum(1) / root,
        **again.features(bar),
        f"metre {name_of(metre)}": 1.0,
    }
    out = np.zeros((len(phases), len(FEATURES)))
    for i, name in enumerate(FEATURES):
        out[:, i] = rows.get(name, 0.0)
    return phases, out


@lru_cache(maxsize=256)
def _tables(tables: BarRhythms, metre: Metre) -> tuple[Floats, Floats, Floats]:
    return tables.log_steps(metre), tables.log_starts(metre), tables.log_ends(metre)


def _felt(metre: Metre) -> Fraction:
    """What is felt as the beat, in quarter notes: of 7/8 a quarter, of 3/8 the bar."""
    return Fraction(3, 2) if metre == Metre(3, 8) else max(Fraction(1), beat_quarters(metre))


@dataclass(frozen=True)
class _Marks:
    """What sets a note apart, each with mean 0 over the tune."""

    loud: Floats
    leap: Floats
    tonic: Floats
    low: Floats
    same: Floats
    long: Floats


def _marks(line: Line, x: Ints) -> _Marks:
    midis = np.array(line.midis, float)
    loud = np.asarray(line.loudness, float)
    step = np.abs(np.diff(midis, prepend=midis[0]))
    tonic = np.isin((midis - midis[-1]) % 12, (TONIC, FIFTH)).astype(float)
    values = np.diff(x).astype(float)
    longer = np.log(np.append(values, values[-1] if len(values) else 1.0))
    return _Marks(
        (loud - loud.mean()) / (loud.std() + 8.0),
        _centred(np.minimum(step, 7.0) / 4),
        _centred(tonic),
        _centred(-(midis - midis.mean()) / (midis.std() + 2.0)),
        _centred((step == 0).astype(float)),
        _centred(longer / (longer.std() + 0.3)),
    )


def _centred(values: Floats) -> Floats:
    return np.asarray(values - values.mean(), float)
