"""Where bars begin: the metre that a visitor gives, or the likeliest of 4/4, 3/4 and 6/8.

What is known of a metre is how often a note begins at each 16th of its bar in real tunes (`ONSETS`), and how much bars
resemble each other. Both were fitted on half of the public-domain tunes that `benchmarks.metres` reads and are judged on the other half;
``--fit`` fits them anew (with tempi drawn otherwise the weights differ and are worth about the same). (Onset profiles of metres: Palmer and Krumhansl, "Mental representations for musical
meter", 1990; likeness at the distance of a bar: Brown, "Determination of the meter of musical scores by autocorrelation", 1993.)
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

import numpy as np
import numpy.typing as npt

from models.notation.score import Metre
from models.transcribe.score.rhythm import Rhythm

FOUR, THREE, SIX = Metre(4, 4, "common"), Metre(3, 4), Metre(6, 8)
ONSETS = {
    "4/4": (0.94, 0.06, 0.35, 0.09, 0.74, 0.03, 0.45, 0.1, 0.85, 0.06, 0.35, 0.06, 0.78, 0.03, 0.49, 0.07),
    "2/4": (0.96, 0.28, 0.57, 0.41, 0.84, 0.24, 0.7, 0.44),
    "3/4": (0.96, 0.02, 0.19, 0.07, 0.65, 0.03, 0.28, 0.07, 0.78, 0.02, 0.28, 0.14),
    "6/8": (0.98, 0.03, 0.52, 0.08, 0.79, 0.04, 0.94, 0.01, 0.49, 0.05, 0.84, 0.04),
}
"""The chance that a note begins at each 16th of a bar."""
WEIGHTS = (0.62, 1.84, 4.79, 1.56, 1.6, 1.33, 0.33)
"""Of each column of `features`."""
ACCENT = 0.8
"""Weight of how much louder downbeats are, in standard deviations: chosen by hand, printed tunes have no loudness."""
LATE_START, OFF_BEAT = 2.0, 1.0
"""What it costs, as a logarithm, that a tune does not begin on a downbeat, and that bars begin off the beats that were followed."""
FEWEST_TRIPLETS = 2
"""Triplets below which beats of thirds are not taken for beats of halves."""

Floats = npt.NDArray[np.float64]
Begun = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class Barring:
    """A metre, and where (in beats, counted from the rhythm's first) the first full bar begins.

    In 6/8 and its like that may be a third of a beat: what seemed to be a beat was not, as after a pickup of an eighth.
    """

    metre: Metre
    first_downbeat: Fraction


def compound(metre: Metre) -> bool:
    """Whether its beats fall into thirds: 6/8, 9/8, 12/8."""
    return metre.beat_type >= 8 and metre.beats > 3 and metre.beats % 3 == 0


def beat_quarters(metre: Metre) -> Fraction:
    """A beat in quarter notes."""
    return Fraction(4 * (3 if compound(metre) else 1), metre.beat_type)


def beats_a_bar(metre: Metre) -> int:
    """Beats in a bar."""
    return metre.beats // 3 if compound(metre) else metre.beats


def bar_lines(beats: Sequence[Fraction], loudness: Sequence[float], metre: Metre) -> Barring:
    """The bars of this metre that fit best: onsets where tunes have them, loud ones on downbeats, the first note at a bar's start."""
    return Barring(metre, _bars(beats, loudness, _profile(metre), beats_a_bar(metre))[1])


def estimated(halves: Rhythm, thirds: Rhythm, loudness: Sequence[float]) -> tuple[Rhythm, Barring]:
    """The likelier reading of the onsets, in beats of two (4/4 or 3/4) or of three (6/8), and its bars.

    Beats of three that are whole triplets or undivided are written as triplets in 4/4 or 3/4.
    """
    readings = ((halves, FOUR), (halves, THREE), (thirds, SIX))
    if whole_triplets(thirds.beats):
        readings = ((thirds, FOUR), (thirds, THREE), (thirds, SIX))
        halves = thirds
    barrings = [bar_lines(rhythm.beats, loudness, metre) for rhythm, metre in readings]
    odds = features(halves, thirds) @ np.array(WEIGHTS)
    if halves is thirds:
        odds[2] = -np.inf
    for number, ((rhythm, metre), barring) in enumerate(zip(readings, barrings, strict=True)):
        downbeats = [(b - barring.first_downbeat) % beats_a_bar(metre) == 0 for b in rhythm.beats]
        odds[number] += ACCENT * float(_standard(loudness)[downbeats].mean()) if any(downbeats) else 0.0
    best = int(odds.argmax())
    return readings[best][0], barrings[best]


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


def features(halves: Rhythm, thirds: Rhythm) -> Floats:
    """(3, 7), what speaks for 4/4, 3/4 and 6/8.

    Price of the rhythm and logarithm of the onsets' likelihood over that of chance, both a note; likeness of bars, of half bars and of
    pairs of bars; and a 1 for 4/4 and for 3/4.
    """
    four = _features(halves, FOUR, ("4/4", "2/4"))
    three = _features(halves, THREE, ("3/4",))
    six = _features(thirds, SIX, ("6/8",))
    return np.array([[*four, 1.0, 0.0], [*three, 0.0, 1.0], [*six, 0.0, 0.0]])


def _features(rhythm: Rhythm, metre: Metre, profiles: tuple[str, ...]) -> list[float]:
    notes = len(rhythm.beats)
    sixteenths = 6 if compound(metre) else 4
    begun = _begun(rhythm.beats, sixteenths)
    dense = float(np.clip(begun.mean(), 1e-3, 1 - 1e-3))
    by_chance = _likelihood(begun, np.full(len(begun), dense))
    likely = max(
        _bars(rhythm.beats, [0.0] * notes, np.array(ONSETS[name]), len(ONSETS[name]) // sixteenths)[0]
        for name in profiles
    )
    bar = beats_a_bar(metre) * sixteenths
    return [
        -rhythm.cost / notes,
        (likely - by_chance) / notes,
        _alike(begun, bar),
        0.0 if metre is THREE else _alike(begun, bar // 2),
        0.0 if metre is FOUR else _alike(begun, 2 * bar),
    ]


def _profile(metre: Metre) -> Floats:
    """Chances of onsets at each 16th of a bar; for metres that `ONSETS` lacks, made of those of their beats."""
    known = ONSETS.get(f"{metre.beats}/{metre.beat_type}")
    if known:
        return np.array(known)
    count = beats_a_bar(metre)
    if compound(metre):
        first, other = ONSETS["6/8"][:6], ONSETS["6/8"][6:]
    else:
        first, other = ONSETS["3/4"][:4], ONSETS["3/4"][8:]
    return np.array([*first, *(other * (count - 1))])


def _bars(
    beats: Sequence[Fraction], loudness: Sequence[float], profile: Floats, count: int
) -> tuple[float, Fraction]:
    """The logarithm of the likelihood of the onsets with the best first downbeat, and that place in beats."""
    if not beats:
        return 0.0, Fraction(0)
    sixteenths = len(profile) // count
    begun, loud = _begun(beats, sixteenths), _standard(loudness)
    slots = int(beats[0]) * sixteenths + np.arange(len(begun))
    found = []
    step = 2 if sixteenths == 6 else sixteenths
    for place in range(0, len(profile), step):
        phase = Fraction(place, sixteenths)
        likely = _likelihood(begun, profile[(slots - place) % len(profile)])
        downbeats = [(b - phase) % count == 0 for b in beats]
        likely += ACCENT * float(loud[downbeats].sum()) - (0.0 if downbeats[0] else LATE_START)
        found.append((likely - (OFF_BEAT if place % sixteenths else 0.0), -phase))
    best, phase = max(found)
    return best, -phase


def _likelihood(begun: Begun, chances: Floats) -> float:
    """The logarithm of how likely these onsets are where each had its chance."""
    return float(np.log(np.abs(chances - ~begun)).sum())


def _begun(beats: Sequence[Fraction], sixteenths: int) -> Begun:
    """Whether a note begins at each 16th from the first beat to the last note; those that lie between count nowhere."""
    first = int(beats[0]) * sixteenths
    places = [b * sixteenths - first for b in beats]
    begun = np.zeros(int(places[-1]) + 1, bool)
    begun[[int(p) for p in places if p.denominator == 1]] = True
    return begun


def _alike(begun: Begun, distance: int) -> float:
    """The correlation of the onsets with themselves so many 16ths later; 0.3, as in any tune, where there is nothing to tell."""
    early, late = begun[:-distance].astype(float), begun[distance:].astype(float)
    if len(early) <= 8:
        return 0.0
    if early.std() < 1e-6 or late.std() < 1e-6:
        return 0.3
    return float(np.corrcoef(early, late)[0, 1])


def _standard(loudness: Sequence[float]) -> Floats:
    """Loudness less its mean, in standard deviations (and a bit, so that differences of a few velocities tell little)."""
    loud = np.asarray(loudness, float)
    return np.asarray((loud - loud.mean()) / (loud.std() + 8.0), float)


def parse(text: str) -> Metre:
    """The metre that ``3/4`` means, or C and c| for common and cut time. ValueError for anything else."""
    words = {"c": FOUR, "c|": Metre(2, 2, "cut")}
    if text.strip().lower() in words:
        return words[text.strip().lower()]
    above, slash, below = text.partition("/")
    if not (slash and above.strip().isdecimal() and below.strip().isdecimal()):
        raise ValueError(f"{text[:20]!r} is no metre; write one such as 4/4, 3/4 or 6/8.")
    beats, kind = int(above), int(below)
    if not 1 <= beats <= 16 or kind not in {1, 2, 4, 8, 16}:
        raise ValueError(
            f"{text[:20]!r} is no metre known here; beats go from 1 to 16 and their kinds are 1, 2, 4, 8 and 16."
        )
    return FOUR if (beats, kind) == (4, 4) else Metre(beats, kind)
