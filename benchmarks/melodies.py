"""Random melodies with their whole truth, mixed from single notes of real pianos. For `benchmarks.melody`.

A melody is written first (metre, tempo, note values, keys), then played (loudness, tempo that drifts, fingers that are never
quite together with the beat, staccato, legato or pedal), then mixed at 44.1 kHz from the recorded notes. Nothing of this is shared with
what the networks learnt from.
"""

from __future__ import annotations

import csv
from dataclasses import dataclass, replace
from fractions import Fraction
from pathlib import Path

import numpy as np
import soundfile
import soxr

from models.arrays import Samples
from models.notation.score import Metre

RATE = 44_100
LEAD = 220
"""Samples kept before the hammer: 5 ms."""
RECORDED_S = 2.9
"""The notes' files hold 3 s, so nothing longer is written."""
QUICKEST_S, QUICKEST_REPEAT_S = 0.09, 0.14
NO_DAMPER = 90
JITTER_S = 0.01
MANNERS = ("staccato", "legato", "pedal")
KINDS = ("plain", "repeats", "soft", "quick")
METRES = (Metre(4, 4), Metre(3, 4), Metre(2, 4), Metre(6, 8))
MAJOR = (0, 2, 4, 5, 7, 9, 11)

F = Fraction
HALF_BAR = (
    ((2,), 2.0),
    ((1, 1), 4.0),
    ((F(3, 2), F(1, 2)), 2.0),
    ((F(1, 2), F(1, 2), 1), 2.0),
    ((1, F(1, 2), F(1, 2)), 2.0),
    ((F(1, 2),) * 4, 1.5),
    ((F(3, 4), F(1, 4), 1), 0.7),
    ((F(1, 2), F(1, 4), F(1, 4), 1), 0.5),
    ((*(F(1, 4),) * 4, 1), 0.5),
)
"""Rhythms of two quarter notes with their weights; those of the other metres follow."""
PATTERNS = {
    (4, 4): (((4,), 0.7), ((3, 1), 0.7), ((F(3, 2), F(1, 2), F(3, 2), F(1, 2)), 0.5)),
    (2, 4): HALF_BAR,
    (3, 4): (
        ((3,), 0.7),
        ((2, 1), 3.0),
        ((1, 1, 1), 3.0),
        ((F(3, 2), F(1, 2), 1), 2.0),
        ((1, F(1, 2), F(1, 2), 1), 1.5),
        ((1, 1, F(1, 2), F(1, 2)), 1.5),
        ((F(1, 2),) * 6, 1.0),
        ((F(3, 4), F(1, 4), 1, 1), 0.7),
        ((1, *(F(1, 4),) * 4, 1), 0.4),
    ),
    (6, 8): (
        ((3,), 0.5),
        ((F(3, 2), F(3, 2)), 1.0),
        ((1, F(1, 2), 1, F(1, 2)), 3.0),
        ((F(1, 2),) * 6, 2.0),
        ((F(3, 2), 1, F(1, 2)), 2.0),
        ((F(1, 2), F(1, 2), F(1, 2), F(3, 2)), 2.5),
        ((F(3, 4), F(1, 4), F(1, 2), 1, F(1, 2)), 1.0),
        ((F(1, 2), F(1, 4), F(1, 4), F(1, 2), F(3, 2)), 0.5),
    ),
}


@dataclass(frozen=True)
class Truth:
    """A note: its place and value in quarter notes; when its key is struck and let go, in seconds; key; loudness 0 to 1."""

    start: Fraction
    value: Fraction
    onset_s: float
    offset_s: float
    midi: int
    loudness: float


@dataclass(frozen=True)
class Melody:
    """What was written and how it was played; ``tempo`` in beats of the metre a minute."""

    metre: Metre
    tempo: float
    kind: str
    manner: str
    notes: tuple[Truth, ...]

    @property
    def seconds(self) -> float:
        """Until the last key is let go, and a little more."""
        return max(n.offset_s for n in self.notes) + 0.6


@dataclass(frozen=True)
class Piano:
    """Recorded notes by key, softest first, peak 1, aligned at the hammer."""

    layers: dict[int, tuple[Samples, ...]]

    def has(self, midi: int) -> bool:
        """Whether the key, or one a semitone off, was recorded."""
        return any(midi + move in self.layers for move in (0, -1, 1))

    def note(self, midi: int, loudness: float) -> Samples:
        """The key's sound; a semitone off it is played that much faster or slower."""
        source = next(midi + move for move in (0, -1, 1) if midi + move in self.layers)
        layers = self.layers[source]
        sound = layers[min(len(layers) - 1, int(loudness * len(layers)))]
        if source == midi:
            return sound
        return np.asarray(soxr.resample(sound, RATE * 2 ** ((midi - source) / 12), RATE), np.float32)


def piano(folder: Path) -> Piano:
    """The notes that ``folder/notes.csv`` lists."""
    found: dict[int, list[tuple[int, Samples]]] = {}
    order = {"pp": 0, "mp": 2, "mf": 3, "ff": 5}
    with (folder / "notes.csv").open(encoding="utf-8") as file:
        for row in csv.DictReader(file):
            samples, rate = soundfile.read(folder / row["file"], dtype="float32", always_2d=True)
            sound = np.asarray(soxr.resample(samples.mean(1), rate, RATE), np.float32)
            peak = float(np.abs(sound).max())
            start = int(np.argmax(np.abs(sound) > 0.06 * peak))
            sound = np.pad(sound, (LEAD, 0))[start : start + int(3 * RATE)] / peak
            touch = row["dynamic"]
            softness = order[touch] if touch in order else int(touch.strip("v"))
            found.setdefault(int(row["midi"]), []).append((softness, sound))
    return Piano({k: tuple(s for _, s in sorted(v, key=lambda n: n[0])) for k, v in found.items()})


def melodies(seed: int, count: int, instrument: Piano) -> list[Melody]:
    """So many melodies: every manner and kind in turn, metres and tempi drawn."""
    rng = np.random.default_rng(seed)
    cases = [(kind, manner) for kind in KINDS for manner in MANNERS]
    return [
        _melody(rng, *cases[i % len(cases)], METRES[(i + i // len(cases)) % len(METRES)], instrument)
        for i in range(count)
    ]


def _melody(rng: np.random.Generator, kind: str, manner: str, metre: Metre, instrument: Piano) -> Melody:
    """``quick`` ones are of the upper half of the tempi and denser, ``soft`` ones have most notes 14 dB and more below the loudest."""
    low, high = (40, 110) if metre.beat_type == 8 else (60, 200)
    middle = float(np.sqrt(low * high))
    tempo = float(np.exp(rng.uniform(np.log(middle if kind == "quick" else low), np.log(high))))
    second = 60 / tempo / (1.5 if metre.beat_type == 8 else 1.0)
    bars = int(rng.integers(5, 9))
    values = _rhythm(rng, metre, bars, second, dense=kind == "quick")
    keys = _keys(rng, len(values), instrument, repeats=0.45 if kind == "repeats" else 0.08)
    written, at = [], F(0)
    for (value, rest), key in zip(values, keys, strict=True):
        if not rest:
            written.append((at, value, key))
        at += value
    written = [
        (s, v, k if i == 0 or k != written[i - 1][2] or float(s - written[i - 1][0]) * second >= QUICKEST_REPEAT_S else _other(k, instrument))
        for i, (s, v, k) in enumerate(written)
    ]  # fmt: skip
    return Melody(metre, tempo, kind, manner, tuple(_played(rng, written, metre, second, kind, manner)))


def _other(midi: int, instrument: Piano) -> int:
    return midi + 2 if instrument.has(midi + 2) else midi - 2


def _rhythm(
    rng: np.random.Generator, metre: Metre, bars: int, second: float, *, dense: bool
) -> list[tuple[Fraction, bool]]:
    """Values that fill the bars, each a note or (True) a rest; a bar may be as an earlier one; the last note is long."""
    if (metre.beats, metre.beat_type) == (4, 4):
        halves = [((*a, *b), u * v) for a, u in HALF_BAR for b, v in HALF_BAR]
        choices = [*PATTERNS[4, 4], *((p, w / 8) for p, w in halves)]
    else:
        choices = list(PATTERNS[metre.beats, metre.beat_type])
    fit = [
        (p, w * (len(p) ** 1.5 if dense else 1.0))
        for p, w in choices
        if min(p) * second >= QUICKEST_S and max(p) * second <= RECORDED_S
    ]
    odds = np.array([w for _, w in fit])
    out: list[tuple[Fraction, bool]] = []
    used: list[int] = []
    for _ in range(bars - 1):
        again = used and rng.random() < 0.45
        used.append(int(rng.choice(used)) if again else int(rng.choice(len(fit), p=odds / odds.sum())))
        pattern = fit[used[-1]][0]
        for n, value in enumerate(pattern):
            rest = bool(out) and n > 0 and value >= F(1, 2) and value * second >= 0.2 and rng.random() < 0.08
            out.append((F(value), rest))
    last = next(v for v in (metre.quarters, metre.quarters / 2, F(1), F(1, 2)) if v * second <= RECORDED_S)
    return [*out, (F(last), False)]


def _keys(rng: np.random.Generator, count: int, instrument: Piano, *, repeats: float) -> list[int]:
    """Steps and leaps of a major key about a centre; half of the melodies lie near the middle of the keyboard, the others anywhere."""
    tonic = int(rng.integers(12))
    centre = int(rng.integers(55, 80) if rng.random() < 0.5 else rng.integers(28, 102))
    scale = [m for m in range(21, 109) if (m - tonic) % 12 in MAJOR and instrument.has(m)]
    place = int(np.argmin([abs(m - centre) for m in scale]))
    low, high = max(0, place - 6), min(len(scale) - 1, place + 6)
    keys = []
    for _ in range(count):
        keys.append(scale[place])
        if rng.random() >= repeats:
            move = int(rng.choice([1, 1, 1, 2, 2, 3, 4, 5, 7], p=None)) * int(rng.choice([-1, 1]))
            place = place - move if not low <= place + move <= high else place + move
            place = int(np.clip(place, 0, len(scale) - 1))
    return keys


def _played(
    rng: np.random.Generator,
    written: list[tuple[Fraction, Fraction, int]],
    metre: Metre,
    second: float,
    kind: str,
    manner: str,
) -> list[Truth]:
    """Seconds and loudness: the tempo drifts by up to 3 %, onsets scatter by 10 ms, downbeats are a little louder."""
    phase, depth = rng.uniform(0, 6.3), rng.uniform(0, 0.03)
    level = rng.uniform(0.45, 0.85)
    held = {"staccato": (0.35, 0.6), "legato": (0.93, 1.03), "pedal": (0.85, 1.0)}[manner]

    def time(quarters: Fraction) -> float:
        q = float(quarters)
        return 0.4 + second * (q + depth * 6 * (np.sin(q / 6 + phase) - np.sin(phase)))

    out: list[Truth] = []
    for start, value, key in written:
        onset = time(start) + float(np.clip(rng.normal(0, JITTER_S), -0.025, 0.025))
        share = rng.uniform(*held)
        loud = level + (0.1 if start % metre.quarters == 0 else 0.0) + rng.normal(0, 0.05)
        if kind == "soft" and rng.random() < 0.7:
            loud -= 0.45
        length = max(0.06, share * (time(start + value) - time(start)))
        out.append(Truth(start, value, onset, onset + length, key, float(np.clip(loud, 0.02, 1.0))))
    # a key must come up before it can be struck again
    for i, note in enumerate(out[:-1]):
        if out[i + 1].midi == note.midi:
            out[i] = replace(note, offset_s=min(note.offset_s, out[i + 1].onset_s - 0.03))
    return out


def sound_of(melody: Melody, instrument: Piano, rng: np.random.Generator) -> Samples:
    """(n,) at `RATE`, peak 0.5. With pedal every note sounds until the pedal is changed, at the next bar line."""
    second = 60 / melody.tempo / (1.5 if melody.metre.beat_type == 8 else 1.0)
    out = np.zeros(int((melody.seconds + 3.2) * RATE), np.float32)
    for i, note in enumerate(melody.notes):
        end = note.offset_s
        if melody.manner == "pedal":
            left = melody.metre.quarters - note.start % melody.metre.quarters
            end = max(end, note.onset_s + float(left) * second)
        again = next((n.onset_s for n in melody.notes[i + 1 :] if n.midi == note.midi), np.inf)
        length = min(end if note.midi < NO_DAMPER else end + 1.5, again) - note.onset_s
        sound = instrument.note(note.midi, note.loudness).copy()
        count = np.arange(len(sound), dtype=np.float32) / RATE - LEAD / RATE
        sound *= np.exp(-np.maximum(0, count - length) / float(rng.uniform(0.02, 0.06)))
        sound[-2000:] *= np.linspace(1, 0, 2000, dtype=np.float32)
        begin = round(note.onset_s * RATE) - LEAD
        out[begin : begin + len(sound)] += 10 ** (30 * (note.loudness - 1) / 20) * sound
    out = out[: int(melody.seconds * RATE)]
    return np.asarray(0.5 * out / np.abs(out).max(), np.float32)
