"""What ``--real`` does to scans and photographs: ``python -m benchmarks.upscale_scans [--picture FILE.png]``.

First on real ones, which have no truth (``--scans``): the staff space and the thickness of staff lines, both as a multiple of a quarter
of the result's pixels, so that 1 is what came in; holes (pixels lighter than 160 within ink: LR pixels which lie with all their
neighbours beneath half black, after the light is evened), which is how grey ink comes out checkered; and invented ink (black
pixels farther than 2 HR pixels from any LR pixel that is dark at all in even light). Then on genuine patches
(``--patches``) seen as a bad scanner would see them, whose truth is known: F-measure, DRD, staff lines held.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
from PIL import Image

from benchmarks.upscale import PATCHES, SHARED, upscaler
from benchmarks.upscale_ink import BLACK, binary_fidelity, continuity, invented
from models.arrays import Grey
from models.sheet import measure_staff_space
from models.upscale.augmentation import MANY_KERNELS, Windows, reduced
from models.upscale.methods import open_method
from models.upscale.straightening import evened

SCANS = SHARED / "data" / "low_scans"
PHOTO_PAPER = 0.35
"""Share of a photograph's height, above and below, that is table and not page; left out of what is counted."""


def holes(even: Grey, large: Grey) -> float:
    """Percent of light pixels within ink."""
    ink = cv2.erode((even < BLACK).astype(np.uint8), np.ones((3, 3), np.uint8))
    within = np.kron(ink, np.ones((4, 4), np.uint8)).astype(bool)
    return 100 * float((large[within] > 160).mean())


def shadowed(grey: Grey, rng: np.random.Generator) -> Grey:
    """The picture with a shadow that falls off to one side by up to half."""
    height, width = grey.shape
    angle = rng.uniform(0, 2 * np.pi)
    y, x = np.mgrid[0:height, 0:width] / max(height, width)
    slope = x * np.cos(angle) + y * np.sin(angle)
    light = 1 - rng.uniform(0, 0.5) * (slope - slope.min()) / np.ptp(slope)
    return np.asarray(np.clip(np.rint(grey * light), 0, 255), np.uint8)


def ways() -> dict[str, Callable[[Grey], Grey]]:
    """What is compared."""
    bicubic, fast, scan = upscaler("bicubic"), upscaler("fast"), upscaler("scan")
    plain = open_method("scan", "cpu", 2)
    plain._prepare = lambda grey: grey  # type: ignore[attr-defined]
    return {
        "bicubic": bicubic,
        "bicubic, light evened": lambda grey: bicubic(evened(grey)),
        "fast": fast,
        "fast, light evened": lambda grey: fast(evened(grey)),
        "scan, light left": lambda grey: plain.enlarge(grey).grey,
        "scan (--real)": scan,
    }


def _real(scans: Path) -> None:
    print(
        "| picture | way | staff space | line thickness | holes in ink (%) | invented px |\n|---|---|---|---|---|---|"
    )
    for file in sorted(scans.glob("*.jpg")):
        grey = np.asarray(Image.open(file).convert("L"))
        if file.stem == "photo":
            grey = grey[int(PHOTO_PAPER * grey.shape[0]) : int(0.75 * grey.shape[0])]
        even = evened(grey)
        before = measure_staff_space(grey)
        for name, run in ways().items():
            large = run(grey)
            after = measure_staff_space(large)
            cells = ["", ""]
            if before and after:
                cells = [
                    f"{after.pixels / before.pixels / 4:.3f}",
                    f"{after.line_thickness / before.line_thickness / 4:.2f}",
                ]
            cells += [f"{holes(even, large):.2f}", str(invented(even, large))]
            print(f"| {file.name} | {name} | " + " | ".join(cells) + " |", flush=True)


def _imitated(patches: list[Grey]) -> None:
    print("| way | F-measure | DRD | staff lines held (%) |\n|---|---|---|---|")
    for name, run in ways().items():
        rng = np.random.default_rng(11)
        recipe = Windows(scans=1.0, kernels=MANY_KERNELS, lr_side=64)
        rows, lines = [], []
        for truth in patches:
            large = run(shadowed(reduced(truth, recipe, rng), rng))
            rows.append(binary_fidelity(truth, large))
            held = continuity(truth, large)
            lines += [] if held is None else [held]
        fm, drd = np.mean(rows, axis=0)
        print(f"| {name} | {fm:.2f} | {drd:.3f} | {100 * np.mean(lines):.2f} |", flush=True)


def _draw(scan: Path, target: Path) -> None:
    grey = np.asarray(Image.open(scan).convert("L"))
    window = np.s_[600:900, 200:1000]
    rows = [ways()[name](grey)[window] for name in ("bicubic", "fast", "scan (--real)")]
    Image.fromarray(np.vstack(rows)).save(target, optimize=True)


def main() -> None:
    """Prints both tables and, if asked, writes a picture: bicubic, fast, scan of one window, one below the other."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--scans", type=Path, default=SCANS)
    parser.add_argument("--patches", type=Path, default=PATCHES)
    parser.add_argument("--picture", type=Path)
    args = parser.parse_args()
    if any(args.scans.glob("*.jpg")):
        _real(args.scans)
        if args.picture:
            _draw(sorted(args.scans.glob("scan*.jpg"))[0], args.picture)
    else:
        print("There are no scans: name a folder of JPEG files with --scans.")
    patches = [np.asarray(Image.open(f).convert("L")) for f in sorted(args.patches.glob("*.png"))]
    patches = [p for p in patches if p.min() < BLACK]
    if patches:
        print(f"\n{len(patches)} patches as a bad scanner sees them\n")
        _imitated(patches)


if __name__ == "__main__":
    main()
