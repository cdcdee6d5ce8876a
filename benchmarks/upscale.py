"""The upscaling tables: ``python -m benchmarks.upscale [--patches FOLDER] [--pack FILE.zip] [--only table|cost]``.

The first table has the columns of Table 2 of Tran and Lee (2019), PSNR and SSIM, and the gain over bicubic, on patches
of other works than the networks were trained on: genuine ones (``--patches``, DeepScores) and our own (``--pack``, the test side
of ``make pack-paper``). Protocol: grey, PSNR and SSIM (Gaussian 11x11, sigma 1.5) on 8-bit values, no shave, mean over patches
that hold ink, gain over PIL bicubic on the same patches. LR by PIL bicubic, and by area averaging (cv2) in columns of its own.

The second table has the time and memory of one A4 page at 75 dpi (620x877), each in a process of its own: the median of
three runs after one to warm up (one run where that took more than 5 s), by the clock and in CPU seconds (all threads together; half of it is the time on two cores with nothing else
to do, whatever runs beside), and the process's peak resident memory less that of one that only imports the app's computing part.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
from PIL import Image

from models.arrays import Grey
from models.contracts.choice import names
from models.contracts.upscale import UpscaleCatalogue, note_of
from models.upscale.methods import bicubic, open_method
from models.upscale.metrics import psnr, ssim
from models.upscale.pack import read_pack
from models.upscale.runtime import TorchRuntime, receptive_radius
from models.upscale.tiling import run_tiles
from models.weights import load
from scoreweb.widgets.examples import a4_at_75_dpi

SHARED = Path(os.environ.get("SCOREWEB_SHARED", Path(__file__).parents[2] / "shared"))
PATCHES = SHARED / "data" / "deepscores_patches"
PACK = Path("build/paper-pack.zip")
ORDER = ("bicubic", "srgan", "edsr", "reference", "scan", "fast", "best")
KERNELS = ("bicubic", "area")
THREADS = int(os.environ.get("OMP_NUM_THREADS") or 2)
"""Threads of a network. torch's threads wait by spinning: on a machine that is busy with other work, one is quicker."""


def models() -> tuple[str, ...]:
    """The models that this copy of the project can run, in the order of the tables."""
    return tuple(name for name in ORDER if name in names(UpscaleCatalogue.shipped().models))


def reduced(truth: Grey, kernel: str) -> Grey:
    """A quarter of the size, by PIL's bicubic filter or by area averaging."""
    size = truth.shape[1] // 4, truth.shape[0] // 4
    if kernel == "area":
        return np.asarray(cv2.resize(truth, size, interpolation=cv2.INTER_AREA), np.uint8)
    return np.asarray(Image.fromarray(truth).resize(size, Image.Resampling.BICUBIC))


def upscaler(model: str) -> Callable[[Grey], Grey]:
    """The model as a function from a page to a page four times larger."""
    if model == "bicubic":
        return bicubic
    method = open_method(model, "cpu", THREADS)
    return lambda grey: method.enlarge(grey).grey


def patch_sets(patches: Path, pack: Path, every: int = 1) -> dict[str, list[Grey]]:
    """The patches to measure on by the name of their set; a set that is not there is left out with a word."""
    sets = {}
    genuine = [np.asarray(Image.open(f).convert("L")) for f in sorted(patches.glob("*.png"))]
    if genuine:
        sets["DeepScores"] = genuine
    else:
        print(f"No patches in {patches.name}: name a folder of PNG files with --patches.\n")
    if pack.exists():
        sets["our own"] = read_pack(pack, "val")[::every]
    else:
        print(f"There is no {pack}: make it by make pack-paper.\n")
    return {name: [p for p in found if p.min() < 128] for name, found in sets.items()}


def quality(model: str, patches: list[Grey], kernel: str) -> tuple[float, float]:
    """Mean PSNR and SSIM over the patches."""
    run = upscaler(model)
    rows = [(psnr(p, out), ssim(p, out)) for p in patches for out in [run(reduced(p, kernel))]]
    mean = np.mean(rows, axis=0)
    return float(mean[0]), float(mean[1])


def cost(model: str) -> dict[str, float]:
    """Seconds, CPU seconds and peak MiB of an A4 page at 75 dpi, measured in a fresh process."""
    command = [sys.executable, "-m", "benchmarks.upscale", "--cost-of", model]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    result: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
    return result


def _measure_cost(model: str) -> dict[str, float]:
    page = a4_at_75_dpi()
    times = []
    if model != "none":
        run = TorchPage() if model == "fast (torch)" else upscaler(model)
        began_first = time.perf_counter()
        run(page)
        for _ in range(3 if time.perf_counter() - began_first < 5 else 1):
            began = time.perf_counter(), time.process_time()
            run(page)
            times.append((time.perf_counter() - began[0], time.process_time() - began[1]))
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    seconds, cpu = np.median(times, axis=0) if times else (0.0, 0.0)
    return {"seconds": float(seconds), "cpu_seconds": float(cpu), "peak_mib": peak}


class TorchPage:
    """The fast network run by torch instead of ONNX Runtime, for comparison."""

    def __init__(self) -> None:
        weights = load("upscale-fast")
        self._runtime, self._radius = TorchRuntime(weights, "cpu", 2), receptive_radius(weights)

    def __call__(self, page: Grey) -> Grey:
        """The page four times larger."""
        return run_tiles(page, self._runtime, radius=self._radius)


def _print_table(sets: dict[str, list[Grey]], names: tuple[str, ...]) -> None:
    for name, patches in sets.items():
        print(f"{len(patches)} patches: {name}\n")
        print("| model | PSNR (dB) | SSIM | gain (dB) | area LR: PSNR (dB) | SSIM | gain (dB) |")
        print("|---|---|---|---|---|---|---|")
        yardstick: dict[str, float] = {}
        for model in names:
            cells = []
            for kernel in KERNELS:
                p, s = quality(model, patches, kernel)
                yardstick.setdefault(kernel, p)
                cells += [f"{p:.2f}", f"{s:.4f}", f"{p - yardstick[kernel]:+.2f}"]
            print(f"| {model} | " + " | ".join(cells) + " |", flush=True)
        print()


def _print_cost(names: tuple[str, ...]) -> None:
    floor = cost("none")["peak_mib"]
    print(f"A4 at 75 dpi on {os.cpu_count()} cores\n")
    print("| model | A4 (s) | A4 (CPU s) | peak memory (MiB) |")
    print("|---|---|---|---|")
    for model in (*names, "fast (torch)"):
        used = cost(model)
        cells = (
            f"{used['seconds']:.2f}",
            f"{used['cpu_seconds']:.2f}",
            f"{used['peak_mib'] - floor:.0f}",
        )
        print(f"| {model} | " + " | ".join(cells) + " |", flush=True)


def main() -> None:
    """Prints the tables, and what is said of models that are stand-ins."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--patches", type=Path, default=PATCHES)
    parser.add_argument("--pack", type=Path, default=PACK)
    parser.add_argument("--every", type=int, default=1, help="of our own patches only each n-th")
    parser.add_argument("--only", choices=["table", "cost"])
    parser.add_argument("--models", nargs="+", choices=models(), help="some models only, beside bicubic")
    parser.add_argument("--cost-of", help=argparse.SUPPRESS)
    args = parser.parse_args()
    if args.cost_of:
        print(json.dumps(_measure_cost(args.cost_of)))
        return
    names = tuple(m for m in models() if not args.models or m in {"bicubic", *args.models})
    if args.only != "cost":
        _print_table(patch_sets(args.patches, args.pack, args.every), names)
    if args.only != "table":
        _print_cost(names)
    for model in names:
        if note := note_of(model):
            print(f"\n{model}: {note}")


if __name__ == "__main__":
    main()
