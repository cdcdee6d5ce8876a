"""Upscaling judged as ink, and quality against cost: ``python -m benchmarks.upscale_quality [--plot FILE.png]``.

For each model, on genuine patches and on whole engraved pages of held-out works: F-measure and DRD of the thresholded
picture (DIBCO's measures, by doxapy), the share of staff-line columns that hold, invented ink (black pixels farther than 2 HR pixels
from any LR pixel that is dark at all), and the seam error (largest difference in grey levels between a run in tiles of 64 LR
pixels and one without). ``--plot`` draws gain over bicubic against seconds for an A4 page, with the peers' points as they were measured
on genuine DeepScores patches of 64x64 LR pixels in November 2026 (an A4 at 75 dpi is 132.7 of those). Ours are half the CPU seconds of a real page, whose blank paper costs
nothing.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable
from pathlib import Path

import numpy as np
from PIL import Image

from benchmarks.upscale import PATCHES, cost, models, quality, reduced, upscaler
from benchmarks.upscale_ink import binary_fidelity, continuity, invented
from benchmarks.upscale_pages import SCORES, pages
from models.arrays import Grey
from models.contracts.upscale import PAPER, weights_name
from models.upscale.methods import open_method
from models.upscale.metrics import psnr, ssim
from models.upscale.page_norm import run_page
from models.upscale.paper import open_network
from models.weights import load

A4_IN_PATCHES = 620 * 877 / 64**2
PEERS = (
    ("SPAN x4 ch48", 6.9, 0.37),
    ("Real-ESRGAN x4plus", 6.6, 4.8),
    ("Real-ESRGAN anime", 7.1, 3.7),
    ("Real-CUGAN", 4.6, 0.46),
    ("waifu2x cunet, twice", 7.6, 1.2),
    ("RFDN_SPAN (NTIRE 2026)", 8.9, 0.87),
    ("ERRN2 (NTIRE 2026)", 9.2, 0.79),
    ("SAFMN_Deep15 (NTIRE 2026)", 9.4, 2.1),
    ("Real-ESRGAN animevideo", 3.2, 0.14),
)
"""Peers: gain over bicubic in dB, seconds for a patch of 64x64 LR pixels, two busy AVX2 cores."""

PAPER_POINT = ("the paper's network (its own patches)", 12.1, 46.0)
"""Gain as its authors report it; seconds of its graph for an A4 in ONNX Runtime, weights untrained."""


def seam_error(model: str, low: Grey) -> int:
    """The largest difference in grey levels between tiles of 64 LR pixels and the whole page in one."""
    if model in PAPER:
        held = load(weights_name(model))
        network = open_network(held.arrays, held.metadata["size"])
        tiled, whole = (run_page(network, low, tile=tile) for tile in (64, 10_000))
    else:
        tiled, whole = (open_method(model, "cpu", 2, tile).enlarge(low).grey for tile in (64, 10_000))
    return int(np.abs(tiled.astype(int) - whole).max())


def row_of(model: str, pictures: list[Grey], run: Callable[[Grey], Grey]) -> list[str]:
    """The cells of a model on a set of pictures: means, and the sum of invented pixels."""
    rows, lines, ink = [], [], 0
    for truth in pictures:
        low = reduced(truth, "bicubic")
        large = run(low)
        rows.append((psnr(truth, large), ssim(truth, large), *binary_fidelity(truth, large)))
        held = continuity(truth, large)
        lines += [] if held is None else [held]
        ink += invented(low, large)
    p, s, fm, drd = np.mean(rows, axis=0)
    seam = "" if model == "bicubic" else str(seam_error(model, reduced(pictures[0], "bicubic")[:330, :330]))
    return [f"{p:.2f}", f"{s:.4f}", f"{fm:.2f}", f"{drd:.3f}", f"{100 * np.mean(lines):.2f}", str(ink), seam]


def draw(points: dict[str, tuple[float, float]], path: Path) -> None:
    """Gain over bicubic against seconds for an A4 page, ours and the peers'."""
    import matplotlib as mpl

    mpl.use("Agg")
    import matplotlib.pyplot as plt

    figure, axis = plt.subplots(figsize=(9, 5.5))
    for name, gain, seconds in PEERS:
        axis.plot(seconds * A4_IN_PATCHES, gain, "o", color="0.55")
        axis.annotate(
            name,
            (seconds * A4_IN_PATCHES, gain),
            (5, 3),
            textcoords="offset points",
            fontsize=7,
            color="0.35",
        )
    name, gain, seconds = PAPER_POINT
    axis.plot(seconds, gain, "^", color="tab:orange")
    axis.annotate(name, (seconds, gain), (5, 4), textcoords="offset points", fontsize=7)
    for name, (gain, seconds) in points.items():
        axis.plot(seconds, gain, "s", color="tab:blue")
        label = f"{name} (stand-in)" if name in PAPER else name
        place = (5, -12) if name == "edsr" else (5, 4)  # reference's label lies above
        axis.annotate(label, (seconds, gain), place, textcoords="offset points", fontsize=8, color="tab:blue")
    axis.set_xscale("log")
    axis.set_xlim(right=2500)
    axis.set_xlabel("seconds for an A4 page at 75 dpi on two cores (log scale)")
    axis.set_ylabel("PSNR gain over bicubic (dB)")
    axis.set_title("Upscaling scores x4: blue is ours, grey are networks not trained on scores", fontsize=10)
    axis.grid(alpha=0.3)
    figure.tight_layout()
    figure.savefig(path, dpi=110)
    plt.close(figure)


def main() -> None:
    """Prints a table a set of pictures, and draws the plot where one is asked for."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--patches", type=Path, default=PATCHES)
    parser.add_argument("--scores", type=Path, default=SCORES)
    parser.add_argument("--pages", type=int, default=4)
    parser.add_argument("--plot", type=Path)
    parser.add_argument("--only-plot", action="store_true")
    args = parser.parse_args()
    patches = [np.asarray(Image.open(f).convert("L")) for f in sorted(args.patches.glob("*.png"))]
    patches = [p for p in patches if p.min() < 128]
    whole = {} if args.only_plot else pages(args.scores, count=args.pages)
    sets = (
        {}
        if args.only_plot
        else {"DeepScores patches": patches, f"whole pages ({', '.join(whole)})": list(whole.values())}
    )
    for name, pictures in sets.items():
        if not pictures:
            print(f"There are no {name}: name folders with --patches and --scores.")
            continue
        print(f"{len(pictures)} {name}\n")
        print("| model | PSNR (dB) | SSIM | F-measure | DRD | staff lines held (%) | invented px | seam |")
        print("|---|---|---|---|---|---|---|---|")
        truth = [str(sum(invented(reduced(p, "bicubic"), p) for p in pictures)), "0"]
        print("| the truth itself | | 1 | 100 | 0 | 100 | " + " | ".join(truth) + " |")
        for model in models():
            print(f"| {model} | " + " | ".join(row_of(model, pictures, upscaler(model))) + " |", flush=True)
        print()
    if args.plot and patches:
        yardstick = quality("bicubic", patches, "bicubic")[0]
        points = {
            m: (quality(m, patches, "bicubic")[0] - yardstick, used["cpu_seconds"] / 2)
            for m in models()
            if m != "bicubic"
            for used in [cost(m)]
        }
        draw(points, args.plot)
        print(f"{args.plot}: " + ", ".join(f"{m} {g:+.2f} dB {s:.2f} s" for m, (g, s) in points.items()))


if __name__ == "__main__":
    main()
