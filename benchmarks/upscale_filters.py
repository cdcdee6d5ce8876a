"""Pages made small in many ways: ``python -m benchmarks.upscale_filters [--patches FOLDER] [--pack FILE.zip]``.

``fast`` looks how a page was made small and hands it to one of two networks (`models.upscale.downscaling_kernel`). The table has, for each way,
the mean PSNR of the network for bicubic LR, of the other one, of what the look chose, and of the better one of each patch; the share
of patches taken for bicubic ones, and the least and the most of what they are told by first (at most `LIKE` for a bicubic one). Patches: genuine ones (DeepScores), or with ``--pack`` the crops of a pack's validation works.
"""

from __future__ import annotations

import argparse
import io
from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
from PIL import Image

from benchmarks.upscale import PATCHES, THREADS
from models import weights
from models.arrays import Grey
from models.upscale.downscaling_kernel import looks_bicubic, miss
from models.upscale.methods import OTHERWISE
from models.upscale.metrics import psnr
from models.upscale.pack import read_pack
from models.upscale.runtime import open_runtime
from models.upscale.tiling import SCALE, to_grey, to_ink

Reduce = Callable[[Grey], Grey]


def by_pillow(filter_: Image.Resampling) -> Reduce:
    """A quarter of the size by one of Pillow's filters."""
    return lambda grey: np.asarray(Image.fromarray(grey).resize(_size(grey), filter_))


def by_opencv(way: int) -> Reduce:
    """A quarter of the size by one of OpenCV's ways, which (but for area) look at the nearest pixels alone."""
    return lambda grey: np.asarray(cv2.resize(grey, _size(grey), interpolation=way), np.uint8)


def as_jpeg(reduce: Reduce, quality: int) -> Reduce:
    """The same, kept as JPEG."""

    def kept(grey: Grey) -> Grey:
        buffer = io.BytesIO()
        Image.fromarray(reduce(grey)).save(buffer, "JPEG", quality=quality)
        return np.asarray(Image.open(buffer))

    return kept


def noisy(reduce: Reduce, deviation: float) -> Reduce:
    """The same with Gaussian noise of so many grey levels."""
    rng = np.random.default_rng(1)

    def with_noise(grey: Grey) -> Grey:
        small = reduce(grey)
        return np.clip(np.rint(small + rng.normal(0, deviation, small.shape)), 0, 255).astype(np.uint8)

    return with_noise


_BICUBIC = by_pillow(Image.Resampling.BICUBIC)
WAYS: dict[str, Reduce] = {
    "bicubic": _BICUBIC,
    "area": by_opencv(cv2.INTER_AREA),
    "bilinear": by_pillow(Image.Resampling.BILINEAR),
    "Lanczos": by_pillow(Image.Resampling.LANCZOS),
    "Hamming": by_pillow(Image.Resampling.HAMMING),
    "cubic of OpenCV": by_opencv(cv2.INTER_CUBIC),
    "linear of OpenCV": by_opencv(cv2.INTER_LINEAR),
    "bicubic, JPEG 90": as_jpeg(_BICUBIC, 90),
    "bicubic, JPEG 75": as_jpeg(_BICUBIC, 75),
    "bicubic, noise 2": noisy(_BICUBIC, 2),
    "bicubic, noise 6": noisy(_BICUBIC, 6),
}


COLUMNS = (
    "made small by",
    "its network for bicubic LR",
    "for others",
    "as chosen",
    "the better one",
    "taken for bicubic",
    "told by",
)


def _size(grey: Grey) -> tuple[int, int]:
    return grey.shape[1] // SCALE, grey.shape[0] // SCALE


def main(patches: list[Grey]) -> None:
    """Prints the table."""
    knows, other = (open_runtime(weights.load(name), "cpu", THREADS) for name in ("upscale-fast", OTHERWISE))
    print(f"{len(patches)} patches, PSNR in dB:\n")
    print("| " + " | ".join(COLUMNS) + " |\n" + "|---" * len(COLUMNS) + "|")
    for name, reduce in WAYS.items():
        rows, told_by, taken = [], [], []
        for patch in patches:
            small = reduce(patch)
            first, second = (psnr(patch, to_grey(network(to_ink(small)))) for network in (knows, other))
            told_by.append(miss(small, knows))
            taken.append(looks_bicubic(small, knows, other))
            rows.append((first, second, first if taken[-1] else second, max(first, second)))
        mean = " | ".join(f"{m:.2f}" for m in np.mean(rows, axis=0))
        share = 100 * np.mean(taken)
        print(f"| {name} | {mean} | {share:.0f} % | {min(told_by):.2f} to {max(told_by):.2f} |", flush=True)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--patches", type=Path, default=PATCHES)
    parser.add_argument("--pack", type=Path, help="a pack whose validation works serve instead")
    parser.add_argument("--every", type=int, default=1, help="of a pack, each so manieth crop")
    args = parser.parse_args()
    if args.pack:
        found = read_pack(args.pack, "val")[:: args.every]
    else:
        found = [np.asarray(Image.open(f).convert("L")) for f in sorted(args.patches.glob("*.png"))]
    main([patch for patch in found if patch.min() < 128])
