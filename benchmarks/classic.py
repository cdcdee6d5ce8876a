"""The dissertation's tables 1 and 2, and the reversed network: ``python -m benchmarks.classic [DATA] [--out docs/results]``.

DATA is the table's set of notes (`make notes`: build/notes-table); its test half is of pianos that no network heard. Prints the mean PSNR of the shipped
networks beside the dissertation's own figures, by register, the worst key, with and without noise, and the share of drawings that are nearer to the right key's
sheet image than to any other ("note told"); draws the PSNR by key, the losses and
example drawings beside their truth (``classic-keys.png``, ``classic-losses.png``, ``classic-drawings.png``).

The reversed network needs no data: each of the 88 sheet images, clean and as a scan may give it, becomes a sound whose key is named by
an ear that never heard the piano behind it and by a pitch tracker that knows of no piano (`benchmarks.pitch`). Where DATA is there, both judge the recordings
too that it was trained on: no sound made of them should be named better. Draws ``classic-reversed.png``.
"""

from __future__ import annotations

import argparse
import json
import time
from collections.abc import Callable, Iterable
from pathlib import Path

import numpy as np
import numpy.typing as npt
import soundfile
import torch
from safetensors import safe_open

from benchmarks.notes import BANDS, UNHEARD
from benchmarks.pitch import tracked_key
from models import weights
from models.arrays import Grey
from models.contracts.transcribe import CLASSIC
from models.transcribe.classic.curves import drawings, key_scatter, loss_plots, spectrograms_of
from models.transcribe.classic.drawing import network_of
from models.transcribe.classic.images import all_images, note_image
from models.transcribe.classic.keys import KEYS, LOWEST, key_name, writing
from models.transcribe.classic.losses import psnr
from models.transcribe.classic.networks import ClassicNetwork, parameter_count
from models.transcribe.classic.pairs import Cached
from models.transcribe.classic.sounding import decibels_of_image, sound_of_image
from models.transcribe.classic.train import RECIPES, by_key, open_side, truths
from models.transcribe.classic.train_reversed import DYNAMIC, PIANO, soiled
from models.transcribe.ear import Ear

TABLES = {
    "Table 1: losses, 5x5 kernels": (
        ("SSIM", "ssim-5x5", 17.98),
        ("MSE", "mse-5x5", 18.61),
        ("Smooth L1", "smoothl1-5x5", 19.14),
    ),
    "Table 2: kernels, Smooth L1": (
        ("3x3", "smoothl1-3x3", 15.23),
        ("5x5", "smoothl1-5x5", 19.14),
        ("mixed", "smoothl1-mixed", 16.58),
    ),
}
"""The dissertation's rows: what it calls them, our network, its mean PSNR in dB over its test set."""
EXAMPLES = (21, 34, 48, 60, 93, 108)
"""A0, its low example A#1, two of the middle, its example A6 (which it calls A5), C8."""
EXAMPLE_PIANO = "salamander_yamaha_c5"

Sounds = Iterable[tuple[int, npt.NDArray[np.float32], int]]


@torch.inference_mode()
def drawn_by(model: ClassicNetwork, unseen: Cached, batch: int = 48) -> torch.Tensor:
    """The ink (n, 1, 162, 300) that a network makes of the test half."""
    parts = [model(unseen.spectrograms[i : i + batch]) for i in range(0, len(unseen), batch)]
    return torch.cat(parts)


def opened(name: str, trained: Path | None) -> weights.Weights:
    """The shipped weights, or those that training left in a folder."""
    if trained is None:
        return weights.load(CLASSIC + name)
    with safe_open(trained / f"{name}.safetensors", "numpy") as file:
        arrays = {key: file.get_tensor(key).astype(np.float32) for key in file.keys()}  # noqa: SIM118 - not a dict
        return weights.Weights(name, "", dict(file.metadata()), arrays)


def tables(unseen: Cached, out: Path, trained: Path | None) -> None:
    """Prints both tables and what is behind them; draws the pictures."""
    truth, keys = truths(), unseen.midi - LOWEST
    held = {name: opened(name, trained) for name in RECIPES}
    models = {name: network_of(one) for name, one in held.items()}
    curves = {name: json.loads(one.metadata.get("curve", "[]")) for name, one in held.items()}
    reached, nearest, examples = {}, {}, {}
    clean = [
        int(
            np.flatnonzero((unseen.midi == k) & ~unseen.noise & (np.array(unseen.pianos) == EXAMPLE_PIANO))[0]
        )
        for k in EXAMPLES
    ]
    for name in RECIPES:
        ink = drawn_by(models[name], unseen)
        reached[name] = torch.cat(
            [psnr(ink[i : i + 48], truth[keys[i : i + 48]]) for i in range(0, len(ink), 48)]
        )
        nearest[name] = LOWEST + torch.cdist(ink.flatten(1), truth.flatten(1)).argmin(1).numpy()
        examples[name] = [np.rint(255 * (1 - ink[i, 0].clamp(0, 1).numpy())).astype(np.uint8) for i in clean]
    for title, rows in TABLES.items():
        print(f"\n{title}\n")
        print("| | the dissertation (dB) | here (dB) |\n|---|---|---|")
        for label, name, theirs in rows:
            print(f"| {label} | {theirs:.2f} | {reached[name].mean():.2f} |")
    blind = truth.mean(0, keepdim=True).expand_as(truth)
    clefs = [(writing(k).clef, writing(k).shift) for k in KEYS]
    deaf = torch.stack([truth[[c == clef for c in clefs]].mean(0) for clef in clefs])
    registers = ", ".join(
        f"{psnr(blind, truth)[[k - LOWEST for k in band]].mean():.2f}" for band in BANDS.values()
    )
    print(
        f"\nThe mean of all 88 sheet images reaches {psnr(blind, truth).mean():.2f} dB ({registers} by register), the mean of "
        f"those with the right clef {psnr(deaf, truth).mean():.2f} dB: neither shows a note."
    )
    print(
        "\n| network | parameters | epochs | mean | "
        + " | ".join(BANDS)
        + " | worst key | best key | clean | with noise | note told |"
    )
    print("|---" * 12 + "|")
    for name, values in reached.items():
        means = by_key(unseen.midi, values)
        worst, best = min(means, key=means.__getitem__), max(means, key=means.__getitem__)
        cells = [
            f"{parameter_count(models[name]):,}",
            str(len(curves[name])),
            f"{values.mean():.2f}",
        ]
        cells += [f"{values[np.isin(unseen.midi, list(band))].mean():.2f}" for band in BANDS.values()]
        cells += [f"{means[k]:.2f} ({key_name(k)})" for k in (worst, best)]
        cells += [f"{values[unseen.noise == noisy].mean():.2f}" for noisy in (False, True)]
        cells.append(f"{100 * (nearest[name] == unseen.midi).mean():.1f} %")
        print(f"| {name} | " + " | ".join(cells) + " |")
    key_scatter({n: by_key(unseen.midi, v) for n, v in reached.items()}, out / "classic-keys.png")
    loss_plots(curves, out / "classic-losses.png")
    heads = [key_name(k) for k in EXAMPLES]
    drawings(
        [("truth", [note_image(k) for k in EXAMPLES]), *examples.items()], heads, out / "classic-drawings.png"
    )


def judged(name: str, sounds: Sounds, ear: Ear) -> None:
    """Prints how many keys each judge names, by register."""
    heard = [(midi, ear.hear(sound, rate).midi, tracked_key(sound, rate)) for midi, sound, rate in sounds]
    for judge, said in (("ear", [h[1] for h in heard]), ("pitch tracker", [h[2] for h in heard])):
        right = {midi: key == midi for (midi, _, _), key in zip(heard, said, strict=True)}
        cells = [f"{sum(right[k] for k in band)} of {len(band)}" for band in (KEYS, *BANDS.values())]
        wrong = ", ".join(
            f"{key_name(m)} as {key_name(k) if k is not None and k in KEYS else k}"
            for (m, _, _), k in zip(heard, said, strict=True)
            if k != m
        )
        print(f"| {name} | {judge} | " + " | ".join(cells) + f" | {wrong or '-'} |")


def reversed_network(data: Path, out: Path) -> None:
    """Prints what the judges say of the reversed network's sounds; draws three spectrograms."""
    ear = Ear(weights.load(UNHEARD[PIANO]))
    print("\n| sounds | judge | all | " + " | ".join(BANDS) + " | wrong |")
    print("|---" * 7 + "|")
    if (data / "annotations.csv").exists():
        folder = data / "audio" / PIANO
        judged("the recordings", ((k, *_read(folder / f"{DYNAMIC}-{k:03d}.flac")) for k in KEYS), ear)
    judged("sheet images", ((k, *sound_of_image(note_image(k))) for k in KEYS), ear)
    judged("as scanned", ((k, *sound_of_image(page)) for k, page in zip(KEYS, scanned(), strict=True)), ear)
    times = [_seconds(lambda: sound_of_image(note_image(60))) for _ in range(5)]
    print(f"\n{1000 * np.median(times):.0f} ms for the 2.2 s of a note")
    shown = (21, 60, 108)
    spectra = [decibels_of_image(note_image(k)).numpy() for k in shown]
    spectrograms_of(
        [(key_name(k), note_image(k), s) for k, s in zip(shown, spectra, strict=True)],
        out / "classic-reversed.png",
    )


def scanned(seed: int = 5) -> list[Grey]:
    """The 88 sheet images moved by up to 6 pixels, faded, blurred and noisy."""
    draw = np.random.default_rng(seed)
    ink = soiled(
        torch.stack([torch.from_numpy(1 - i / 255).float()[None] for i in all_images()]),
        torch.Generator().manual_seed(seed),
    )
    pages = np.rint(255 * (1 - ink[:, 0].numpy())).astype(np.uint8)
    return [
        np.roll(np.pad(page, 6, mode="edge"), tuple(draw.integers(-6, 7, 2)), (0, 1))[6:-6, 6:-6]
        for page in pages
    ]


def _read(path: Path) -> tuple[npt.NDArray[np.float32], int]:
    sound, rate = soundfile.read(path, dtype="float32")
    return sound, rate


def _seconds(work: Callable[[], object]) -> float:
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


def main() -> None:
    """See the module."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("data", type=Path, nargs="?", default=Path("build/notes-table"))
    parser.add_argument(
        "--spectrograms", type=Path, default=Path("build/classic"), help="where they are kept"
    )
    parser.add_argument("--out", type=Path, default=Path("docs/results"))
    parser.add_argument("--trained", type=Path, help="a folder of training instead of the shipped weights")
    parser.add_argument("--only", choices=["tables", "reversed"])
    args = parser.parse_args()
    if args.only != "reversed":
        tables(open_side("test", args.data, args.spectrograms), args.out, args.trained)
    if args.only != "tables":
        reversed_network(args.data, args.out)


if __name__ == "__main__":
    main()
