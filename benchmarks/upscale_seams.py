"""Instance norm and tiles: ``python -m benchmarks.upscale_seams [--picture FILE.png]``.

The trained ``reference`` (or its stand-in) enlarges whole engraved pages of held-out works in five ways: the naive one, each tile
normalised by itself, with and without an overlap; page-wide statistics; those of the places where ink is near; statistics from windows
of the training size around each pixel; and blended windows, each a picture of its own, which is what the app does. Beside each stands what the network gains over bicubic there and on windows of the training size cut from the same pages.
Told are PSNR against the truth, the largest and mean difference to the page in one piece, and the step at the tiles' borders: the
mean difference between neighbours across a border less that between neighbours elsewhere, for the error against the truth.
"""

from __future__ import annotations

import argparse
import time
from pathlib import Path
from typing import Literal

import numpy as np
from PIL import Image

from benchmarks.upscale import reduced
from benchmarks.upscale_pages import SCORES, pages
from models.arrays import Grey
from models.contracts.upscale import weights_name
from models.upscale.blending import OVERLAP, run_windows
from models.upscale.methods import bicubic
from models.upscale.metrics import psnr, ssim
from models.upscale.page_norm import TRAINED_ON, Statistics, inked, run_page
from models.upscale.paper import SCALE, PaperNetwork, open_network
from models.weights import load

Way = Statistics | Literal["blend"]


def step_at_borders(truth: Grey, large: Grey, tile: int) -> float:
    """Grey levels by which the error jumps at the tiles' borders more than elsewhere; 0 where no seam is."""
    error = large.astype(np.float64) - truth
    jumps = np.abs(np.diff(error, axis=1))
    columns = np.arange(SCALE * tile, truth.shape[1], SCALE * tile) - 1
    others = np.setdiff1d(np.arange(jumps.shape[1]), columns)
    return float(jumps[:, columns].mean() - jumps[:, others].mean())


def windows(low: Grey) -> list[tuple[int, int]]:
    """Corners of the windows of the training size, side by side, that hold music as training patches do."""
    around = inked(low)
    half = TRAINED_ON // 2
    return [
        (y, x)
        for y in range(0, low.shape[0] - TRAINED_ON + 1, TRAINED_ON)
        for x in range(0, low.shape[1] - TRAINED_ON + 1, TRAINED_ON)
        if around[y + half, x + half]
    ]


def gain_in_windows(truth: Grey, low: Grey, large: Grey) -> float:
    """Decibels over bicubic in each of the `windows`, in the mean: what the table of patches measures, on a page."""
    plain, side = bicubic(low), SCALE * TRAINED_ON
    gains = []
    for y, x in windows(low):
        here = np.s_[SCALE * y : SCALE * y + side, SCALE * x : SCALE * x + side]
        gains.append(psnr(truth[here], large[here]) - psnr(truth[here], plain[here]))
    return float(np.mean(gains))


def each_alone(network: PaperNetwork, low: Grey) -> Grey:
    """The page with each of the `windows` enlarged as a picture of its own; bicubic elsewhere."""
    large = bicubic(low).copy()
    for y, x in windows(low):
        window = low[y : y + TRAINED_ON, x : x + TRAINED_ON]
        side = SCALE * TRAINED_ON
        large[SCALE * y : SCALE * y + side, SCALE * x : SCALE * x + side] = run_page(
            network, window, statistics="page"
        )
    return large


def enlarged(network: PaperNetwork, low: Grey, way: Way, tile: int, overlap: int) -> Grey:
    """The page by one of the ways."""
    if way == "blend":
        return run_windows(network, low, plain=bicubic)
    return run_page(network, low, statistics=way, tile=tile, overlap=overlap)


def draw(network: PaperNetwork, low: Grey, target: Path) -> None:
    """The window around the worst corner of four tiles: the naive way above, blended windows below."""
    naive = run_page(network, low, statistics="tile", tile=64)
    paged = run_windows(network, low, plain=bicubic)
    apart = np.abs(naive.astype(np.float32) - paged)
    corners = [
        (float(apart[y - 200 : y + 200, x - 400 : x + 400].mean()), y, x)
        for y in range(256, apart.shape[0] - 200, 256)
        for x in range(512, apart.shape[1] - 400, 256)
    ]
    _, y, x = max(corners)
    window = np.s_[y - 200 : y + 200, x - 400 : x + 400]
    gap = np.full((8, 800), 160, np.uint8)
    Image.fromarray(np.vstack([naive[window], gap, paged[window]])).save(target, optimize=True)


def main() -> None:
    """Prints the table or, if asked, writes the picture alone."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--scores", type=Path, default=SCORES)
    parser.add_argument("--pages", type=int, default=2)
    parser.add_argument("--picture", type=Path)
    parser.add_argument("--only", choices=["tile", "page", "ink", "local", "blend"], help="one way alone")
    args = parser.parse_args()
    held = load(weights_name("reference"))
    network = open_network(held.arrays, held.metadata["size"])
    found = pages(args.scores, count=args.pages)
    if not found:
        raise SystemExit("There are no scores to draw pages from: name a folder of .mxl files with --scores.")
    if args.picture:
        draw(network, reduced(next(iter(found.values())), "bicubic")[:320], args.picture)
        return
    print(f"{weights_name('reference')} on {len(found)} pages: {', '.join(found)}\n")
    print(
        "| statistics | tile | overlap | PSNR (dB) | SSIM | gain in windows (dB) | largest difference | mean difference | step at borders | s |"
    )
    print("|---|---|---|---|---|---|---|---|---|---|")
    lows = {name: reduced(truth, "bicubic") for name, truth in found.items()}
    alone = [gain_in_windows(truth, lows[n], each_alone(network, lows[n])) for n, truth in found.items()]
    print(f"| windows of {TRAINED_ON}, each alone | | | | | {np.mean(alone):+.2f} | | | | |", flush=True)
    wholes: dict[tuple[str, Way], Grey] = {}
    ways: tuple[tuple[Way, int, int], ...] = (
        ("tile", 64, 0),
        ("tile", 64, 16),
        ("tile", 128, 16),
        ("page", 64, 0),
        ("ink", 64, 0),
        ("local", 64, 0),
        ("blend", 64, OVERLAP),
    )
    for statistics, tile, overlap in ways:
        if args.only not in (None, statistics):
            continue
        rows = []
        for name, truth in found.items():
            kind: Way = "page" if statistics in ("tile", "blend") else statistics
            if (name, kind) not in wholes:
                wholes[name, kind] = enlarged(network, lows[name], kind, 10_000, 0)
            began = time.perf_counter()
            large = enlarged(network, lows[name], statistics, tile, overlap)
            seconds = time.perf_counter() - began
            difference = np.abs(large.astype(int) - wholes[name, kind])
            rows.append(
                (
                    psnr(truth, large),
                    ssim(truth, large),
                    gain_in_windows(truth, lows[name], large),
                    difference.max(),
                    difference.mean(),
                    step_at_borders(truth, large, tile),
                    seconds,
                )
            )
        p, s, gain, _, mean, step, seconds = np.mean(rows, axis=0)
        largest = max(row[3] for row in rows)
        print(
            f"| {statistics} | {tile} | {overlap} | {p:.2f} | {s:.4f} | {gain:+.2f} | {largest} | {mean:.3f} | {step:.2f} | {seconds:.1f} |",
            flush=True,
        )


if __name__ == "__main__":
    main()
