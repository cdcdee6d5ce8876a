"""How near the piano of partials comes to the real one: ``python -m benchmarks.sound [FOLDER]``.

Every fourth recorded key is left out of the fit and compared with its recordings: the mean distance in decibels of log-mel
spectrograms (64 bands, 3 s, both at the same loudness), beside a plain piano of sines (partials 1/k, one decay) and
beside the recording of the nearest other key, moved to the pitch, which no fit can be expected to beat.
"""

from __future__ import annotations

import sys
import time
from pathlib import Path

import numpy as np
import numpy.typing as npt
import soxr
import torch
from torchaudio.transforms import MelSpectrogram

from models.notation.synthesis.fit import fit, load_notes
from models.notation.synthesis.piano import RATE, VELOCITIES
from models.notation.synthesis.sound import play_notes

Array = npt.NDArray[np.float64]


def main(folder: Path) -> None:
    """Prints the table."""
    if not folder.exists():
        raise SystemExit(f"There are no recordings in {folder}.")
    notes = load_notes(folder)
    keys = sorted({midi for midi, _, _ in notes})
    held_out = set(keys[2::4])
    piano = fit([note for note in notes if note[0] not in held_out])
    distances: dict[str, list[float]] = {"fitted": [], "sines": [], "nearest key": []}
    octaves: list[int] = []
    for midi, layer, samples in notes:
        if midi not in held_out:
            continue
        sound = from_onset(samples)
        seconds = len(sound) / RATE
        near = min(
            (n for n in notes if n[1] == layer and n[0] not in held_out), key=lambda n: abs(n[0] - midi)
        )
        moved = soxr.resample(from_onset(near[2]), RATE * 2 ** ((midi - near[0]) / 12), RATE)
        made = {
            "fitted": piano.note(midi, VELOCITIES[layer], seconds),
            "sines": sines(midi, seconds),
            "nearest key": moved,
        }
        octaves.append((midi - 24) // 12)
        for name, other in made.items():
            distances[name].append(distance(sound, np.asarray(other, np.float64)))
    print(f"{len(octaves)} recordings of {len(held_out)} keys that the fit did not see")
    print("| octave | fitted dB | sines dB | ratio | nearest key dB |\n|---|---|---|---|---|")
    rows = [(f"C{o + 1} to B{o + 1}", np.array(octaves) == o) for o in sorted(set(octaves))]
    for name, chosen in [*rows, ("all", np.ones(len(octaves), bool))]:
        f, s, n = (float(np.array(distances[k])[chosen].mean()) for k in ("fitted", "sines", "nearest key"))
        print(f"| {name} | {f:.1f} | {s:.1f} | {f / s:.2f} | {n:.1f} |")
    rng = np.random.default_rng(0)
    music = [
        (0.1 * n, 0.1 * n + rng.uniform(0.1, 1.5), int(rng.integers(30, 95)), int(rng.integers(30, 110)))
        for n in range(600)
    ]
    start = time.perf_counter()
    play_notes(music)
    print(f"a minute of 600 notes: {time.perf_counter() - start:.1f} s")


def from_onset(samples: Array) -> Array:
    """From where the note begins, at most 3 s."""
    begin = int(np.argmax(np.abs(samples) > 0.05 * np.abs(samples).max()))
    return samples[begin : begin + 3 * RATE]


def sines(midi: int, seconds: float) -> Array:
    """A plain piano: ten harmonics of 1/k that fade like a string of its length."""
    t = np.arange(round(seconds * RATE)) / RATE
    frequency = 440 * 2 ** ((midi - 69) / 12)
    fade = np.exp(-t * (0.6 + 2.5 * 2 ** ((midi - 72) / 18)))
    partials = [
        np.sin(2 * np.pi * k * frequency * t) / k for k in range(1, 11) if k * frequency < 0.45 * RATE
    ]
    made: Array = fade * np.sum(partials, axis=0)
    return made


_MEL = MelSpectrogram(RATE, 4096, hop_length=1024, n_mels=64, f_min=27, f_max=12_000)


def distance(one: Array, other: Array) -> float:
    """Mean absolute difference in decibels, within 60 dB of the loudest; the other is made equally loud."""
    length = min(len(one), len(other))
    tables = []
    for sound in (one[:length], other[:length]):
        level = sound / max(1e-9, float(np.sqrt(np.mean(sound**2))))
        tables.append(10 * np.log10(_MEL(torch.from_numpy(level.astype(np.float32))).numpy() + 1e-9))
    floor = tables[0].max() - 60
    return float(np.abs(np.maximum(tables[0], floor) - np.maximum(tables[1], floor)).mean())


if __name__ == "__main__":
    main(Path(sys.argv[1] if len(sys.argv) > 1 else "../shared/data/piano_notes/splendid_steinway_akai"))
