"""The upscaling table: ``python -m benchmarks.upscale [--patches FOLDER] [--markdown]``.

Protocol: grey, LR by PIL bicubic x1/4, PSNR and SSIM (Gaussian 11x11, sigma 1.5) on 8-bit values, no shave, mean
over patches; gain is over PIL bicubic on the same patches. A second column takes LR by area averaging, which
nothing was trained on. Time and memory are those of one A4 page at 75 dpi (620x877), each in a process of its
own: the median of five runs after one to warm up, and the process's peak resident memory less the peak of a
process that only imports the app's computing part.
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
import numpy.typing as npt
from PIL import Image
from skimage.metrics import structural_similarity

from models.upscale.runtime import TorchRuntime, open_runtime, receptive_radius
from models.upscale.service import UpscaleService, bicubic
from models.upscale.tiling import run_tiles
from models.weights import load
from scoreweb.parts.examples import a4_at_75_dpi

Grey = npt.NDArray[np.uint8]
SHARED = Path(os.environ.get("SCOREWEB_SHARED", Path(__file__).parents[2] / "shared"))


def psnr(truth: Grey, other: Grey) -> float:
    """PSNR in dB of 8-bit values."""
    error = float(np.mean((truth.astype(np.float64) - other) ** 2))
    return float("inf") if error == 0 else 10 * float(np.log10(255**2 / error))


def ssim(truth: Grey, other: Grey) -> float:
    """SSIM as in Wang et al. 2004."""
    return float(
        structural_similarity(
            truth, other, data_range=255, gaussian_weights=True, sigma=1.5, use_sample_covariance=False
        )
    )


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
    weights = load(f"upscale-{model}")
    runtime, radius = open_runtime(weights, "cpu", 2), receptive_radius(weights)
    return lambda grey: run_tiles(grey, runtime, radius=radius)


def quality(model: str, patches: list[Grey], kernel: str) -> tuple[float, float]:
    """Mean PSNR and SSIM over the patches that hold any ink."""
    run = upscaler(model)
    rows = [
        (psnr(p, out), ssim(p, out)) for p in patches if p.min() < 128 for out in [run(reduced(p, kernel))]
    ]
    mean = np.mean(rows, axis=0)
    return float(mean[0]), float(mean[1])


def cost(model: str) -> dict[str, float]:
    """Seconds and peak MiB of an A4 page at 75 dpi, measured in a fresh process."""
    command = [sys.executable, "-m", "benchmarks.upscale", "--cost-of", model]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    result: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
    return result


def _measure_cost(model: str) -> dict[str, float]:
    page = a4_at_75_dpi()
    times = []
    if model != "none":
        run = TorchPage() if model == "fast (torch)" else upscaler(model)
        run(page)
        for _ in range(5):
            began = time.perf_counter()
            run(page)
            times.append(time.perf_counter() - began)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return {"seconds": float(np.median(times)) if times else 0.0, "peak_mib": peak}


class TorchPage:
    """The fast network run by torch instead of ONNX Runtime, for comparison."""

    def __init__(self) -> None:
        weights = load("upscale-fast")
        self._runtime, self._radius = TorchRuntime(weights, "cpu", 2), receptive_radius(weights)

    def __call__(self, page: Grey) -> Grey:
        """The page four times larger."""
        return run_tiles(page, self._runtime, radius=self._radius)


def main() -> None:
    """Prints the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--patches", type=Path, default=SHARED / "data" / "deepscores_patches")
    parser.add_argument("--cost-of", help=argparse.SUPPRESS)
    args = parser.parse_args()
    if args.cost_of:
        print(json.dumps(_measure_cost(args.cost_of)))
        return
    files = sorted(args.patches.glob("*.png"))
    patches = [np.asarray(Image.open(f).convert("L")) for f in files]
    if not patches:
        print(
            f"No patches in {args.patches.name}: name a folder of PNG files with --patches. Quality is left out."
        )
    floor = cost("none")["peak_mib"]
    print(f"{len(patches)} patches; A4 at 75 dpi on {os.cpu_count()} cores\n")
    print("| model | PSNR (dB) | SSIM | gain (dB) | gain, area LR (dB) | A4 (s) | peak memory (MiB) |")
    print("|---|---|---|---|---|---|---|")
    yardstick: dict[str, float] = {}
    for model in ("bicubic", *(m for m in UpscaleService.models() if m != "bicubic")):
        cells = ["", "", "", ""]
        if patches:
            (p, s), (p_area, _) = quality(model, patches, "bicubic"), quality(model, patches, "area")
            if model == "bicubic":
                yardstick = {"bicubic": p, "area": p_area}
            gains = p - yardstick["bicubic"], p_area - yardstick["area"]
            cells = [f"{p:.2f}", f"{s:.4f}", f"{gains[0]:+.2f}", f"{gains[1]:+.2f}"]
        used = cost(model)
        cells += [f"{used['seconds']:.2f}", f"{used['peak_mib'] - floor:.0f}"]
        print(f"| {model} | " + " | ".join(cells) + " |")
    used = cost("fast (torch)")
    print(f"| fast, by torch | | | | | {used['seconds']:.2f} | {used['peak_mib'] - floor:.0f} |")


if __name__ == "__main__":
    main()
