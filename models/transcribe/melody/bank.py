"""Single notes of many pianos, aligned at the hammer: what `tunes` mixes melodies from. For training and benchmarks.

``python -m models.transcribe.melody.bank build/pianos [--notes ../shared/data/piano_notes]`` renders the acoustic
presets of Debian's sound fonts through fluidsynth, and reads folders of real notes, each with its ``notes.csv``.
"""

from __future__ import annotations

import argparse
import re
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import soxr

from models.arrays import Samples
from models.notation.synthesis.recordings import recorded_notes
from models.notation.synthesis.soundfont import play_keys

RATE = 22_050
SECONDS = 2.6
LEAD = 110
"""Samples kept before the hammer: 5 ms."""
VELOCITIES = (35, 70, 110)
FONTS = {
    "fluid": ("sf2/FluidR3_GM.sf2", (0, 1, 3)),
    "tim": ("sf2/TimGM6mb.sf2", (0, 1)),
    "gmbank": ("sf2/sf_GMbank.sf2", (0, 1, 2)),
    "muse": ("sf3/MuseScore_General.sf3", (0, 1, 3)),
}
"""Sound fonts below /usr/share/sounds, with the programs that are acoustic pianos."""


@dataclass(frozen=True)
class Piano:
    """One instrument: ``layers[key]`` holds its notes of that MIDI number, softest first, each of peak 1."""

    name: str
    layers: dict[int, tuple[Samples, ...]]

    def note(self, midi: int, loudness: float, rng: np.random.Generator) -> Samples:
        """The note of a key, loudness 0 to 1; from up to two semitones away where the key itself was not sampled."""
        near = min(self.layers, key=lambda key: (abs(key - midi), rng.random()))
        layer = self.layers[near]
        samples = layer[min(len(layer) - 1, int(loudness * len(layer)))]
        return samples if near == midi else shifted(samples, 2 ** ((midi - near) / 12))

    def reaches(self, midi: int) -> bool:
        """Whether `note` has it, two semitones off at most."""
        return min(abs(key - midi) for key in self.layers) <= 2


def shifted(samples: Samples, ratio: float) -> Samples:
    """The sound ``ratio`` times higher and shorter, by linear interpolation (its error is far below the sound at 22 kHz)."""
    return np.interp(np.arange(0, len(samples) - 1, ratio), np.arange(len(samples)), samples).astype(  # type: ignore[no-any-return]
        np.float32
    )


def aligned(samples: Samples, seconds: float = SECONDS) -> Samples | None:
    """The note from `LEAD` samples before its hammer on, of peak 1, ``seconds`` at most; None for one that is silent."""
    peak = float(np.abs(samples).max(initial=0.0))
    if peak < 1e-4:
        return None
    envelope = np.abs(samples) / peak
    attack = int(0.35 * RATE)
    start = int(np.argmax(envelope[:attack] > 0.08 * envelope[:attack].max()))
    kept = samples[max(0, start - LEAD) : start - LEAD + int(seconds * RATE)] / peak
    return np.pad(kept, (max(0, LEAD - start), 0)).astype(np.float32)


def render(font: Path, program: int, velocity: int, seconds: float = SECONDS) -> dict[int, Samples]:
    """All 88 keys of a preset at one velocity, ``seconds`` of each, dry, by fluidsynth."""
    gap, hold = 600, round(1000 * seconds) - 100
    samples = play_keys(
        font,
        range(21, 109),
        velocity=velocity,
        rate=RATE,
        hold_ms=hold,
        before_ms=gap,
        between_ms=gap,
        program=program,
    )
    period = (gap + hold) / 1000
    starts = {key: int((gap / 1000 + (key - 21) * period - 0.05) * RATE) for key in range(21, 109)}
    return {key: samples[s : s + int((seconds + 0.2) * RATE)] for key, s in starts.items()}


def real_notes(folder: Path) -> Piano:
    """The piano whose notes ``folder/notes.csv`` lists (columns file, midi, dynamic), softest layers first."""
    found: dict[int, list[tuple[float, Samples]]] = {}
    for row in recorded_notes(folder):
        note = aligned(soxr.resample(row.samples, row.rate, RATE).astype(np.float32))
        if note is not None:
            found.setdefault(row.midi, []).append((softness(row.dynamic), note))
    layers = {
        key: tuple(note for _, note in sorted(notes, key=lambda n: n[0])) for key, notes in found.items()
    }
    return Piano(folder.name, layers)


def softness(dynamic: str) -> float:
    """Orders dynamics as they are named: pp to ff, or by the number in the name (v08, L3)."""
    order = {"pp": 1.0, "p": 2.0, "mp": 3.0, "mf": 4.0, "f": 5.0, "ff": 6.0}
    number = re.search(r"\d+", dynamic)
    return order.get(dynamic, float(number.group()) if number else 3.5)


def write(piano: Piano, folder: Path) -> None:
    """``folder/<name>.npz``: 16-bit samples by key and layer."""
    folder.mkdir(parents=True, exist_ok=True)
    arrays = {
        f"{key}-{i}": np.round(note * 32000).astype(np.int16)
        for key, notes in piano.layers.items()
        for i, note in enumerate(notes)
    }
    np.savez(folder / f"{piano.name}.npz", **arrays)  # type: ignore[arg-type]


def read(path: Path) -> Piano:
    """What `write` wrote."""
    layers: dict[int, list[Samples]] = {}
    with np.load(path) as held:
        for name in sorted(held.files, key=lambda n: [int(part) for part in n.split("-")]):
            layers.setdefault(int(name.split("-")[0]), []).append(held[name].astype(np.float32) / 32000)
    return Piano(path.stem, {key: tuple(notes) for key, notes in layers.items()})


def main() -> None:
    """See the module."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("out", type=Path)
    parser.add_argument("--notes", type=Path, default=Path("../shared/data/piano_notes"))
    parser.add_argument("--fonts", type=Path, default=Path("/usr/share/sounds"))
    options = parser.parse_args()
    for name, (font, programs) in FONTS.items():
        for program in programs:
            layers: dict[int, list[Samples]] = {}
            for velocity in VELOCITIES:
                for key, samples in render(options.fonts / font, program, velocity).items():
                    note = aligned(samples)
                    if note is not None:
                        layers.setdefault(key, []).append(note)
            write(Piano(f"{name}-{program}", {k: tuple(v) for k, v in layers.items()}), options.out)
            print(f"{name}-{program}: {len(layers)} keys")  # noqa: T201 - a command says what it wrote
    for folder in sorted(p.parent for p in options.notes.glob("*/notes.csv")):
        piano = real_notes(folder)
        write(piano, options.out)
        print(f"{piano.name}: {len(piano.layers)} keys")  # noqa: T201


if __name__ == "__main__":
    main()
