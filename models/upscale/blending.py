"""The paper's network on a page, window by window as it was trained, without seams.

Instance norm normalises a picture by its own mean and variance, and what it learned are those of patches of 64x64 LR
that hold ink. So a page is enlarged in windows of that size, each a picture of its own, that overlap; in the overlap
one answer passes smoothly into the other (cosine weights), so that no border is left. Windows of blank paper are never
asked: they come out white.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import numpy.typing as npt
import torch

from models.arrays import Grey
from models.upscale.page_norm import DARK, TRAINED_ON
from models.upscale.paper import SCALE, PaperNetwork, light_of

OVERLAP = 16
"""LR pixels that neighbouring windows share."""

FEWEST = 8
"""Pixels of ink that a window holds at least to be normalised by itself; with fewer its variance is rounding noise."""


def starts(length: int, side: int = TRAINED_ON, overlap: int = OVERLAP) -> list[int]:
    """Where windows begin along an axis: as many as cover it, evenly spread, sharing ``overlap`` or more; one where it is short."""
    if length <= side:
        return [0]
    count = -(-(length - overlap) // (side - overlap))
    return [round(n * (length - side) / (count - 1)) for n in range(count)]


def fade(length: int, *, first: bool, last: bool, overlap: int = OVERLAP) -> npt.NDArray[np.float32]:
    """Weights along a window of ``length`` LR pixels at HR: a cosine up and down over the overlap, but not at the page's edges."""
    ramp = np.sin((np.arange(SCALE * overlap) + 0.5) / (SCALE * overlap) * np.pi / 2) ** 2
    weights = np.ones(SCALE * length, np.float32)
    if not first:
        weights[: len(ramp)] = ramp[: len(weights)]
    if not last:
        weights[-len(ramp) :] *= ramp[::-1][-len(weights) :]
    return weights


@torch.inference_mode()
def run_windows(
    network: PaperNetwork,
    grey: Grey,
    *,
    device: str = "cpu",
    plain: Callable[[Grey], Grey],
    on_step: Callable[[int, int], None] | None = None,
) -> Grey:
    """The page four times larger, uint8 (4H, 4W).

    ``plain`` enlarges a window that holds a few specks of ink only. ``on_step(done, total)`` may raise to stop the work;
    a step is a row of windows. Memory beyond page and result: one row of windows at HR (`window_bytes`).
    """
    height, width = grey.shape
    rows, columns = starts(height), starts(width)
    tall, wide = min(height, TRAINED_ON), min(width, TRAINED_ON)
    out = np.empty((SCALE * height, SCALE * width), np.uint8)
    sums = np.zeros((SCALE * tall, SCALE * width), np.float32)
    weights = np.zeros_like(sums)
    tell = on_step or (lambda done, total: None)
    tell(0, len(rows))
    for number, y in enumerate(rows):
        down = fade(tall, first=number == 0, last=number == len(rows) - 1)
        for position, x in enumerate(columns):
            across = fade(wide, first=position == 0, last=position == len(columns) - 1)
            weight = np.outer(down, across)
            window = np.ascontiguousarray(grey[y : y + tall, x : x + wide])
            here = np.s_[:, SCALE * x : SCALE * (x + wide)]
            sums[here] += weight * _enlarged(network, window, device, plain)
            weights[here] += weight
        after = rows[number + 1] if number + 1 < len(rows) else height
        done = SCALE * (after - y)
        out[SCALE * y : SCALE * after] = (sums[:done] / weights[:done]).round().clip(0, 255).astype(np.uint8)
        for band in (sums, weights):
            band[: len(band) - done] = band[done:].copy()
            band[len(band) - done :] = 0
        tell(number + 1, len(rows))
    return out


def _enlarged(
    network: PaperNetwork, window: Grey, device: str, plain: Callable[[Grey], Grey]
) -> npt.NDArray[np.float32]:
    if window.min() == 255:
        return np.full((SCALE * window.shape[0], SCALE * window.shape[1]), 255, np.float32)
    if np.count_nonzero(window < DARK) < FEWEST:
        return plain(window).astype(np.float32)
    large = network(light_of(torch.from_numpy(window)[None]).to(device))[0].mean(0)
    enlarged: npt.NDArray[np.float32] = (large.clamp(0, 1) * 255).cpu().numpy()
    return enlarged


def windows_with_ink(grey: Grey) -> int:
    """How many windows the network will be asked for."""
    return sum(
        int(np.count_nonzero(grey[y : y + TRAINED_ON, x : x + TRAINED_ON] < DARK) >= FEWEST)
        for y in starts(grey.shape[0])
        for x in starts(grey.shape[1])
    )


def window_bytes(network: PaperNetwork, width: int) -> int:
    """Bytes that `run_windows` holds at most, beyond the page and its result."""
    maps = 4 * network.size.channels * TRAINED_ON**2 * (4 + 2 * SCALE**2)
    return maps + 3 * 4 * SCALE**2 * TRAINED_ON * width
