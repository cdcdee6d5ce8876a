"""Makes the data pack that the piano network learns from: ``python -m models.transcribe.piano.pack PACK [--data ../shared/data]``.

PACK then holds ``pianos/<name>.npz``, single notes of real pianos (those whose label a fit of their partials contradicts are left
out), of Debian's sound fonts and of drawn pianos; and ``performances.npz``, what pianists did with keys and pedal. Recordings are mixed from both
while the network learns, so that no two are alike.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import soxr

from models.arrays import Samples
from models.notation.synthesis.recordings import recorded_notes
from models.transcribe.dataset.partials import DrawnPiano
from models.transcribe.melody import bank
from models.transcribe.melody.bank import RATE, Piano
from models.transcribe.piano.labels import JUDGED, TRUSTED, deviation
from models.transcribe.piano.performances import Performance, read_performance

REAL_S, FONT_S = 3.0, 3.6
FONTS = {
    "fluid": ("sf2/FluidR3_GM.sf2", (0, 1)),
    "tim": ("sf2/TimGM6mb.sf2", (0, 1)),
    "gmbank": ("sf2/sf_GMbank.sf2", (0, 1)),
    "muse": ("sf3/MuseScore_General_Lite.sf3", (0,)),
}
VELOCITIES = (30, 68, 105)
DRAWN = 8
LOUDNESSES = (0.3, 0.8)


def real_piano(folder: Path) -> Piano:
    """The piano of a folder of recorded notes, those left out whose partials say that they are another key."""
    found: dict[int, list[tuple[float, Samples]]] = {}
    wrong = []
    for row in recorded_notes(folder):
        if row.midi in JUDGED and abs(deviation(row.samples, row.rate, row.midi)) > TRUSTED:
            wrong.append(row.midi)
            continue
        note = bank.aligned(soxr.resample(row.samples, row.rate, RATE).astype(np.float32), REAL_S)
        if note is not None:
            found.setdefault(row.midi, []).append((bank.softness(row.dynamic), note))
    if wrong:
        sys.stdout.write(
            f"{folder.name}: labels of {len(wrong)} notes contradicted, keys {sorted(set(wrong))}\n"
        )
    layers = {key: tuple(n for _, n in sorted(notes, key=lambda n: n[0])) for key, notes in found.items()}
    return Piano(folder.name, layers)


def font_pianos(folder: Path) -> Iterator[Piano]:
    """The acoustic presets of the sound fonts below ``folder``; what is not installed is passed over."""
    for name, (font, programs) in FONTS.items():
        if not (folder / font).exists():
            continue
        for program in programs:
            layers: dict[int, list[Samples]] = {}
            for velocity in VELOCITIES:
                for key, samples in bank.render(folder / font, program, velocity, FONT_S).items():
                    note = bank.aligned(samples, FONT_S)
                    if note is not None:
                        layers.setdefault(key, []).append(note)
            if len(layers) > 80:
                yield Piano(f"{name}-{program}", {k: tuple(v) for k, v in layers.items()})


def drawn_pianos(count: int) -> Iterator[Piano]:
    """Pianos built partial by partial; see `models.transcribe.dataset.partials`."""
    for seed in range(count):
        drawn = DrawnPiano(seed)
        layers: dict[int, tuple[Samples, ...]] = {}
        for key in range(21, 109):
            made = [bank.aligned(drawn.note(key, loud, RATE, REAL_S).samples, REAL_S) for loud in LOUDNESSES]
            layers[key] = tuple(note for note in made if note is not None)
        yield Piano(f"drawn-{seed}", {k: v for k, v in layers.items() if v})


def performances(folder: Path) -> Iterator[Performance]:
    """What was played in ``folder``: the human performances of ``asap`` and of ``vienna4x22``."""
    for path in sorted((folder / "asap").rglob("*.mid")):
        if path.name != "midi_score.mid":
            yield read_performance(path, path.parent.relative_to(folder / "asap").as_posix())
    for path in sorted((folder / "vienna4x22" / "midi").glob("*.mid")):
        yield read_performance(path, path.stem)


def write_performances(path: Path, played: list[Performance]) -> None:
    """One file of arrays; `read_performances` reads it."""
    arrays = {f"{n}-{kind}": getattr(p, kind) for n, p in enumerate(played) for kind in ("notes", "pedals")}
    np.savez_compressed(path, works=np.array([p.work for p in played]), **arrays)


def read_performances(path: Path) -> list[Performance]:
    """What `write_performances` wrote."""
    with np.load(path) as held:
        return [
            Performance(str(work), held[f"{n}-notes"], held[f"{n}-pedals"])
            for n, work in enumerate(held["works"])
        ]


def main() -> None:
    """See the module."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("pack", type=Path)
    parser.add_argument("--data", type=Path, default=Path("../shared/data"))
    parser.add_argument("--fonts", type=Path, default=Path("/usr/share/sounds"))
    parser.add_argument("--drawn", type=int, default=DRAWN)
    options = parser.parse_args()
    pianos = options.pack / "pianos"
    pianos.mkdir(parents=True, exist_ok=True)

    def keep(piano: Piano) -> None:
        bank.write(piano, pianos)
        sys.stdout.write(f"{piano.name}: {len(piano.layers)} keys\n")
        sys.stdout.flush()

    for folder in sorted(p.parent for p in options.data.glob("*/*/notes.csv")):
        keep(real_piano(folder))
    for piano in font_pianos(options.fonts):
        keep(piano)
    for piano in drawn_pianos(options.drawn):
        keep(piano)
    played = list(performances(options.data / "piano_scores"))
    write_performances(options.pack / "performances.npz", played)
    sys.stdout.write(f"{len(played)} performances, {sum(len(p.notes) for p in played)} notes\n")


if __name__ == "__main__":
    main()
