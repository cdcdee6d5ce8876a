"""Notes that nobody struck: ``python -m benchmarks.strikes [--seed 2026] [--count 12]``.

Random melodies (`benchmarks.melodies`) on the real Yamaha of ``../shared/data/piano_notes``, as they are and with drawn clicks of a metronome (a short tone at 1 kHz, noise, a tone
at 2.2 kHz) at nearly the beat, and slow single notes of the loudest touch of two real pianos. Prints the true notes, how many of them are found
(50 ms, right key), and the false ones: all onsets that the network hears, and those that remain when `models.transcribe.melody.strikes` has looked at the
partials. The thresholds were chosen on seed 1.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from benchmarks.melodies import RATE, melodies, piano, sound_of
from benchmarks.score_tunes import SHARED
from models.arrays import Samples
from models.transcribe.heard import HeardNote
from models.transcribe.melody.hearing import MelodyEar

CLICK_S = 0.07
LOUDNESS = 0.15
SLOW = (
    "piano_notes/splendid_steinway_akai",
    "piano_notes/salamander_yamaha_c5",
)


def click(kind: int, rng: np.random.Generator) -> Samples:
    """One of three drawn clicks, peak 1."""
    t = np.arange(round(CLICK_S * RATE)) / RATE
    if kind == 1:
        return np.asarray(rng.normal(0, 0.4, len(t)) * np.exp(-t / 0.004), np.float32)
    hertz, fading = ((1000, 0.008), (0, 0), (2200, 0.02))[kind]
    return np.asarray(np.sin(2 * np.pi * hertz * t) * np.exp(-t / fading), np.float32)


def sounds(
    folder: Path, seed: int, count: int, slow: int
) -> Iterator[tuple[str, Samples, list[tuple[float, int]]]]:
    """Label, sound, and (second, key) of its true notes."""
    instrument = piano(folder / "piano_notes" / "salamander_yamaha_c5")
    for number, melody in enumerate(melodies(seed, count, instrument)):
        rng = np.random.default_rng(seed + number)
        sound = sound_of(melody, instrument, rng)
        true = [(n.onset_s, n.midi) for n in melody.notes]
        yield "melodies", sound, true
        beaten = sound.copy()
        for second in np.arange(0.2, melody.seconds - 0.2, 0.97 * 60 / melody.tempo):
            one = LOUDNESS * click(number % 3, rng)
            place = round(second * RATE)
            beaten[place : place + len(one)] += one[: len(beaten) - place]
        yield "melodies with clicks", beaten, true
    for name in SLOW:
        found = folder / name
        if not (found / "notes.csv").exists():
            continue
        held = piano(found)
        for midi in sorted(held.layers)[:: max(1, len(held.layers) // slow)]:
            yield f"slow notes, {found.name}", 0.5 * held.layers[midi][-1], [(0.0, midi)]


def counted(true: list[tuple[float, int]], found: list[HeardNote]) -> tuple[int, int]:
    """True notes found, and notes that are none."""
    left = sorted(found, key=lambda n: n.onset_s)
    hits = 0
    for second, midi in true:
        near = [n for n in left if abs(n.onset_s - second) < 0.05 and n.midi == midi]
        if near:
            left.remove(near[0])
            hits += 1
    return hits, len([n for n in left if all(abs(n.onset_s - second) >= 0.05 for second, _ in true)])


def main() -> None:
    """Prints the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--seed", type=int, default=2026)
    parser.add_argument("--count", type=int, default=12)
    parser.add_argument("--slow", type=int, default=20)
    parser.add_argument("--folder", type=Path, default=SHARED / "data")
    args = parser.parse_args()
    ear = MelodyEar.open()
    rows: dict[str, list[tuple[int, ...]]] = {}
    for label, sound, true in sounds(args.folder, args.seed, args.count, args.slow):
        notes, left = ear.heard(np.asarray(sound, np.float32), RATE)
        before, after = counted(true, [*notes, *left]), counted(true, notes)
        rows.setdefault(label, []).append((len(true), *before, *after))
    print("| sound | true notes | found, all onsets | false | found, partials looked at | false |")
    print("|---|---|---|---|---|---|")
    for label, found in rows.items():
        print(f"| {label} | " + " | ".join(str(n) for n in np.sum(found, 0)) + " |")


if __name__ == "__main__":
    main()
