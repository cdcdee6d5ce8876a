"""Melodies from real pianos transcribed: ``python -m benchmarks.melody [--seed 2026] [--count 24] [--rhythm-only]``.

Random melodies (`benchmarks.melodies`) on the Yamaha and the Steinway of ``../shared/data/piano_notes``, each heard by the ear that never
heard that piano (the onset network never heard the Yamaha, but did hear the Steinway's notes), clean and with white noise 20
and 10 dB below the sounding part. Prints, by piano and noise, then by manner and by kind:

- onset, onset and key, and onset, key and offset F1 of mir_eval (50 ms; offsets within 50 ms or a fifth of the note);
- the tempo within 4 % of the truth, and within 4 % of it or of its half, double, third or triple; median error of the tempi that are right in the wider sense;
- the metre told right (4/4 and 2/4 count as one: nothing but accents tells them apart), and as exactly the one that was written;
- note values right among the notes found: as written; up to one factor for the whole melody (a tempo twice too fast doubles all
  values); and with tempo and metre given by the visitor. A staccato note may be written short with a rest: its place
  is what counts there, so "steps" is the share of right distances to the next note.

The development seed is 1 (``--seed 1``), the benchmark's 2026. ``--rhythm-only`` leaves hearing out: the played onsets and offsets are quantised.
"""

from __future__ import annotations

import argparse
import os
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from itertools import pairwise
from pathlib import Path

import mir_eval
import numpy as np
from safetensors import safe_open

from benchmarks.melodies import RATE, Melody, Piano, melodies, piano, sound_of
from benchmarks.notes import UNHEARD, noisy
from models import weights
from models.notation.score import Metre
from models.transcribe.ear import Ear
from models.transcribe.heard import HeardNote
from models.transcribe.melody.hearing import NAME, MelodyEar
from models.transcribe.score.metre import compound
from models.transcribe.score.quantise import Quantised, quantise

SHARED = Path(os.environ.get("SCOREWEB_SHARED", Path(__file__).parents[2] / "shared"))
DEVELOPMENT_SEED, BENCHMARK_SEED = 1, 2026
NOTHING = HeardNote(0.0, 0.1, 60, 1, 0.0)
NOISES = (None, 20.0, 10.0)
FACTORS = (1.0, 2.0, 0.5, 3.0, 1 / 3, 1.5, 2 / 3)
COLUMNS = (
    ("onset", "onset F1"),
    ("key", "+ key"),
    ("offset", "+ offset"),
    ("tempo", "tempo"),
    ("octave", "tempo x2, x3"),
    ("class", "metre"),
    ("metre", "exact"),
    ("value", "values"),
    ("scaled", "up to a factor"),
    ("given", "tempo given"),
    ("steps", "steps, given"),
)


@dataclass
class Tally:
    """Scores 0 to 1 of melodies by column, and the relative errors of their tempi."""

    scores: dict[str, list[float]] = field(default_factory=dict)
    tempo_errors: list[float] = field(default_factory=list)

    def add(self, scores: dict[str, float]) -> None:
        """One melody's."""
        for name, value in scores.items():
            self.scores.setdefault(name, []).append(value)

    def row(self, label: str) -> str:
        """As a line of the table: means."""
        cells = [f"{np.mean(self.scores[n]):.3f}" if n in self.scores else "-" for n, _ in COLUMNS]
        return f"| {label} | {len(self.scores['value'])} | " + " | ".join(cells) + " |"


def note_scores(melody: Melody, heard: Sequence[HeardNote]) -> dict[str, float]:
    """The three F1 of mir_eval."""
    if not heard:
        return {"onset": 0.0, "key": 0.0, "offset": 0.0}
    times = np.array([[n.onset_s, n.offset_s] for n in melody.notes])
    hertz = mir_eval.util.midi_to_hz(np.array([n.midi for n in melody.notes]))
    found = np.array([[n.onset_s, n.offset_s] for n in heard])
    keys = mir_eval.util.midi_to_hz(np.array([n.midi for n in heard]))
    overlap = mir_eval.transcription.precision_recall_f1_overlap
    return {
        "onset": float(mir_eval.transcription.onset_precision_recall_f1(times, found)[2]),
        "key": float(overlap(times, hertz, found, keys, offset_ratio=None)[2]),
        "offset": float(overlap(times, hertz, found, keys)[2]),
    }


def matched(melody: Melody, heard: Sequence[HeardNote]) -> list[tuple[int, int]]:
    """(written, heard) indices of notes whose onsets are within 50 ms, whatever their keys."""
    if not heard:
        return []
    return [
        (int(a), int(b))
        for a, b in mir_eval.util.match_events(
            np.array([n.onset_s for n in melody.notes]), np.array([n.onset_s for n in heard]), 0.05
        )
    ]


def quarters_a_minute(melody: Melody) -> float:
    """The melody's tempo in quarter notes."""
    return melody.tempo * (1.5 if compound(melody.metre) else 1.0)


def rhythm_scores(melody: Melody, heard: Sequence[HeardNote], tally: Tally) -> dict[str, float]:
    """Tempo, metre and values, estimated and given."""
    if not heard:
        return {name: 0.0 for name, _ in COLUMNS[3:]}
    guessed = quantise(heard)
    pairs = matched(melody, heard)
    ratio = guessed.quarters_a_minute / quarters_a_minute(melody)
    nearest = min(FACTORS, key=lambda f: abs(np.log(ratio / f)))
    error = abs(ratio / nearest - 1)
    if error < 0.04:
        tally.tempo_errors.append(error)
    values = _values(melody, guessed, pairs)
    given = quantise(heard, tempo=melody.tempo, metre=melody.metre)
    same = {"value": values[1.0], "scaled": max(values.values()), "given": _values(melody, given, pairs)[1.0]}
    kind = (compound(melody.metre), melody.metre.beats % 3 == 0)
    told = (compound(guessed.metre), guessed.metre.beats % 3 == 0)
    return {
        **same,
        "tempo": float(abs(ratio - 1) < 0.04),
        "octave": float(error < 0.04),
        "class": float(kind == told),
        "metre": float(_plain(guessed.metre) == _plain(melody.metre)),
        "steps": _steps(melody, given, pairs),
    }


def _plain(metre: Metre) -> tuple[int, int]:
    return metre.beats, metre.beat_type


def _values(melody: Melody, read: Quantised, pairs: Iterable[tuple[int, int]]) -> dict[float, float]:
    """For each factor the share of all written notes that were found and have that factor times their value."""
    lengths = {p.index: p.length for p in read.placed}
    pairs = list(pairs)
    return {
        f: sum(lengths[h] == melody.notes[w].value * Fraction(f).limit_denominator(3) for w, h in pairs)
        / len(melody.notes)
        for f in FACTORS
    }


def _steps(melody: Melody, read: Quantised, pairs: list[tuple[int, int]]) -> float:
    starts = {p.index: p.start for p in read.placed}
    right = sum(
        starts[h2] - starts[h1] == melody.notes[w2].start - melody.notes[w1].start
        for (w1, h1), (w2, h2) in pairwise(sorted(pairs))
        if w2 == w1 + 1
    )
    return right / max(1, len(melody.notes) - 1)


def as_played(melody: Melody) -> list[HeardNote]:
    """The notes as an ear without fault would report them."""
    ends = [*(n.onset_s for n in melody.notes[1:]), np.inf]
    return [
        HeardNote(n.onset_s, min(n.offset_s, e), n.midi, round(40 + 70 * n.loudness), 1.0)
        for n, e in zip(melody.notes, ends, strict=True)
    ]


def table(rows: dict[str, Tally]) -> None:
    """Prints it."""
    print("| | melodies | " + " | ".join(title for _, title in COLUMNS) + " |")
    print("|---" * (len(COLUMNS) + 2) + "|")
    for label, tally in rows.items():
        print(tally.row(label))
    print()


def heard_of(
    listener: MelodyEar, melody: Melody, instrument: Piano, noise: float | None, seed: int
) -> list[HeardNote]:
    """The melody mixed and listened to."""
    rng = np.random.default_rng(seed)
    samples = sound_of(melody, instrument, rng)
    return listener.hear(samples if noise is None else noisy(samples, rng, noise), RATE)


def _weights_in(path: Path) -> weights.Weights:
    """Weights that are not adopted yet."""
    with safe_open(path, "numpy") as held:
        arrays = {key: held.get_tensor(key).astype(np.float32) for key in held.keys()}  # noqa: SIM118 - not a dict
        return weights.Weights(path.stem, "", dict(held.metadata() or {}), arrays)


def main() -> None:
    """Prints the tables."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--seed", type=int, default=BENCHMARK_SEED)
    parser.add_argument("--count", type=int, default=24)
    parser.add_argument("--pianos", nargs="*", default=list(UNHEARD))
    parser.add_argument("--folder", type=Path, default=SHARED / "data" / "piano_notes")
    parser.add_argument("--rhythm-only", action="store_true")
    parser.add_argument(
        "--onsets", type=Path, help="a weights file to judge in place of the shipped onset network"
    )
    args = parser.parse_args()
    held = _weights_in(args.onsets) if args.onsets else weights.load(NAME)
    whole: dict[str, Tally] = {}
    parts: dict[str, Tally] = {}
    took, sounded, least = 0.0, 0.0, 1.0
    for name in args.pianos:
        instrument = piano(args.folder / name)
        listener = MelodyEar(held, Ear(weights.load(UNHEARD.get(name, "transcribe-ear"))))
        for number, melody in enumerate(melodies(args.seed, args.count, instrument)):
            for noise in (None,) if args.rhythm_only else NOISES:
                began = time.perf_counter()
                heard = (
                    as_played(melody)
                    if args.rhythm_only
                    else heard_of(listener, melody, instrument, noise, args.seed + number)
                )
                took, sounded = took + time.perf_counter() - began, sounded + melody.seconds
                least = min(least, float(np.median([n.certainty for n in heard or [NOTHING]])))
                label = f"{name}, {'clean' if noise is None else f'{noise:g} dB'}"
                tally = whole.setdefault(label, Tally())
                scores = note_scores(melody, heard) | rhythm_scores(melody, heard, tally)
                tally.add(scores)
                beats = f"{melody.metre.beats}/{melody.metre.beat_type}"
                for part in (melody.manner, melody.kind, beats):
                    parts.setdefault(part, Tally()).add(scores)
                if os.environ.get("MELODY_VERBOSE"):
                    print(number, label, melody.kind, melody.manner, beats, round(melody.tempo), scores)
    print(f"seed {args.seed}\n")
    table(whole)
    table(parts)
    errors = [e for tally in whole.values() for e in tally.tempo_errors]
    print(f"median tempo error of those within 4 % {100 * np.median(errors):.2f} %")
    if not args.rhythm_only:
        print(f"{took / sounded:.3f} s of work a second of sound")
        print(f"the least certainty that the middle note of a melody had: {least:.3f}")


if __name__ == "__main__":
    main()
