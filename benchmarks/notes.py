"""Keys named from single real notes: ``python -m benchmarks.notes [--network NAME] [PIANO ...]``.

PIANO are folders of ``../shared/data/piano_notes`` (or of ``--pianos``) with ``notes.csv`` (file, midi, dynamic). Each note is heard as
it is and with white noise 10 dB below its sounding part (samples above 2 % of its peak). By default each piano is
heard by the network that was trained without it. Prints the share of keys named right by band, the mean and worst-key PSNR of
the 162x300 picture, the calibration, and the seconds a note takes; ``--plot`` draws the reliability.
"""

from __future__ import annotations

import argparse
import csv
import os
import time
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path

import numpy as np
import numpy.typing as npt

from models import weights
from models.transcribe.classic.drawing import certainties, draw_keys
from models.transcribe.classic.images import note_image
from models.transcribe.ear import Ear
from models.transcribe.sound import open_sound

SHARED = Path(os.environ.get("SCOREWEB_SHARED", Path(__file__).parents[2] / "shared"))
UNHEARD = {
    "salamander_yamaha_c5": "transcribe-ear-fold",
    "splendid_steinway_akai": "transcribe-ear-fold-splendid",
}
"""Each real piano and the network that never heard it."""
BANDS = {"A0-B1": range(21, 36), "C2-B6": range(36, 96), "C7-C8": range(96, 109)}


@dataclass
class Tally:
    """What was said of the notes of one piano in one condition."""

    midi: list[int] = field(default_factory=list)
    right: list[bool] = field(default_factory=list)
    certainty: list[float] = field(default_factory=list)
    psnr: list[float] = field(default_factory=list)
    seconds: list[float] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)

    def share(self, keys: range) -> str:
        """The share right among keys of a band, as text."""
        hits = [r for m, r in zip(self.midi, self.right, strict=True) if m in keys]
        return f"{100 * np.mean(hits):.1f} ({len(hits)})" if hits else "-"

    def worst_key(self) -> float:
        """The lowest mean PSNR of a key."""
        return min(
            float(np.mean([p for m, p in zip(self.midi, self.psnr, strict=True) if m == key]))
            for key in set(self.midi)
        )


def noisy(
    samples: npt.NDArray[np.float32], rng: np.random.Generator, snr_db: float
) -> npt.NDArray[np.float32]:
    """White noise added, ``snr_db`` below the power of what is above 2 % of the peak; peak at most 1."""
    loud = np.abs(samples) > 0.02 * np.abs(samples).max()
    spread = np.sqrt(np.square(samples[loud], dtype=np.float64).mean() / 10 ** (snr_db / 10))
    mixed = samples + rng.normal(0, spread, samples.shape)
    return np.asarray(mixed / max(1.0, float(np.abs(mixed).max())), np.float32)


def measure(ear: Ear, folder: Path, snr_db: float | None) -> Tally:
    """Every note of a piano heard."""
    tally, rng = Tally(), np.random.default_rng(7)
    with (folder / "notes.csv").open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    for row in rows:
        sound = open_sound(folder / row["file"])
        samples = sound.samples if snr_db is None else noisy(sound.samples, rng, snr_db)
        began = time.perf_counter()
        hearing = ear.hear(samples, sound.rate)
        picture = (
            draw_keys(certainties(hearing.ranked)) if hearing.ranked else np.full((162, 300), 255, np.uint8)
        )
        tally.seconds.append(time.perf_counter() - began)
        midi = int(row["midi"])
        error = float(np.square(picture.astype(np.float64) - note_image(midi)).mean())
        tally.midi.append(midi)
        tally.right.append(hearing.midi == midi)
        tally.certainty.append(hearing.ranked[0][1] if hearing.ranked else 0.0)
        tally.psnr.append(min(60.0, 10 * float(np.log10(255**2 / max(error, 1e-9)))))
        if hearing.midi != midi:
            tally.wrong.append(f"{midi} as {hearing.midi} ({row.get('dynamic', '')})")
    return tally


def calibration_error(tallies: list[Tally], bins: int = 10) -> float:
    """The expected calibration error: |share right - mean certainty| by bins of certainty, weighted by their notes."""
    sure = np.concatenate([t.certainty for t in tallies])
    right = np.concatenate([t.right for t in tallies]).astype(float)
    place = np.minimum((sure * bins).astype(int), bins - 1)
    gaps = [
        abs(right[place == b].mean() - sure[place == b].mean()) * (place == b).sum() for b in np.unique(place)
    ]
    return float(np.sum(gaps) / len(sure))


def plot(tallies: list[Tally], path: Path) -> None:
    """Share right over certainty, and how many notes each bin holds."""
    from matplotlib.figure import Figure

    sure = np.concatenate([t.certainty for t in tallies])
    right = np.concatenate([t.right for t in tallies]).astype(float)
    figure = Figure(figsize=(5, 4.2), layout="constrained")
    axes = figure.subplots()
    edges = np.array([0, 0.3, 0.5, 0.7, 0.8, 0.9, 0.95, 0.98, 1.0001])
    for low, high in pairwise(edges):
        here = (sure >= low) & (sure < high)
        if here.any():
            axes.plot(sure[here].mean(), right[here].mean(), "o", color="tab:blue")
            axes.annotate(str(here.sum()), (sure[here].mean(), right[here].mean()), fontsize=8)
    axes.plot([0, 1], [0, 1], ":", color="grey")
    axes.set(xlabel="certainty", ylabel="share of keys named right", xlim=(0, 1.02), ylim=(0, 1.05))
    figure.savefig(path, dpi=110)


def main() -> None:
    """Prints the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("pianos", nargs="*", default=list(UNHEARD), metavar="PIANO")
    parser.add_argument("--folder", type=Path, default=SHARED / "data" / "piano_notes")
    parser.add_argument("--network", help="weights by name, for every piano")
    parser.add_argument("--plot", type=Path)
    args = parser.parse_args()
    print(f"{os.cpu_count()} cores\n")
    print("| piano | noise | all | A0-B1 | C2-B6 | C7-C8 | PSNR (dB) | worst key (dB) | ms a note |")
    print("|---|---|---|---|---|---|---|---|---|")
    tallies, wrong = [], []
    for piano in args.pianos:
        ear = Ear(weights.load(args.network or UNHEARD.get(piano, "transcribe-ear")))
        for snr in (None, 10.0):
            tally = measure(ear, args.folder / piano, snr)
            tallies.append(tally)
            wrong += [f"{piano} {'clean' if snr is None else f'{snr:g} dB'}: {w}" for w in tally.wrong]
            cells = [tally.share(range(21, 109)), *(tally.share(keys) for keys in BANDS.values())]
            cells += [f"{np.mean(tally.psnr):.1f}", f"{tally.worst_key():.1f}"]
            cells.append(f"{1000 * np.median(tally.seconds):.0f}")
            print(f"| {piano} | {'none' if snr is None else f'{snr:g} dB'} | " + " | ".join(cells) + " |")
    print(f"\nexpected calibration error {calibration_error(tallies):.4f}")
    for line in wrong:
        print(line)
    if args.plot:
        plot(tallies, args.plot)


if __name__ == "__main__":
    main()
