"""What the networks `fast`, `best` and `scan` are trained on: windows of a pack's crops, and how each is reduced."""

from __future__ import annotations

import io
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from queue import Queue

import numpy as np
import torch
from PIL import Image, ImageFilter
from torch import Tensor

from models.upscale.networks import SCALE

BICUBIC = ((Image.Resampling.BICUBIC, 1.0),)
"""How LR windows are made for ``fast`` and ``best``: as measured by, and as most programs reduce."""

AREA_KERNELS = (
    (Image.Resampling.BOX, 0.6),
    (Image.Resampling.BILINEAR, 0.1),
    (Image.Resampling.HAMMING, 0.1),
    (Image.Resampling.LANCZOS, 0.1),
    (Image.Resampling.BICUBIC, 0.1),
)
"""How they are made for the network that takes the pages which were not made small by a bicubic filter
(`models.upscale.downscaling_kernel`), and how often. The box filter is OpenCV's area averaging."""

MANY_KERNELS = (
    (Image.Resampling.BICUBIC, 0.6),
    (Image.Resampling.BOX, 0.16),
    (Image.Resampling.BILINEAR, 0.08),
    (Image.Resampling.LANCZOS, 0.08),
    (Image.Resampling.HAMMING, 0.08),
)
"""How LR windows are made for ``scan``, and how often: visitors' pictures were not all reduced by one filter."""


@dataclass(frozen=True)
class Windows:
    """How many windows a batch has, how large they are at LR, and how LR is made of them."""

    batch: int = 16
    lr_side: int = 32
    scans: float = 0.0
    """Share of the windows that are seen as by a scanner."""
    kernels: tuple[tuple[Image.Resampling, float], ...] = BICUBIC


def batches(crops: list[np.ndarray], windows: Windows, seed: int) -> Iterator[tuple[Tensor, Tensor]]:
    """Endless (LR, HR) ink batches: random windows, flips and turns; LR by Pillow, of the window itself."""
    rng = np.random.default_rng(seed)
    side = windows.lr_side * SCALE
    while True:
        low: list[np.ndarray] = []
        high: list[np.ndarray] = []
        while len(low) < windows.batch:
            crop = crops[int(rng.integers(len(crops)))]
            y, x = (int(rng.integers(0, s - side + 1)) for s in crop.shape)
            window = crop[y : y + side, x : x + side]
            if window.min() > 128 and rng.random() < 0.9:  # mostly blank windows teach little
                continue
            if rng.random() < 0.5:
                window = window[:, ::-1]
            if rng.random() < 0.15:  # staves stand upright: few turns, so that capacity serves them
                window = np.rot90(window, int(rng.integers(1, 4)))
            small = reduced(window, windows, rng)
            low.append(small)
            high.append(window)
        yield _ink(np.stack(low)), _ink(np.stack(high))


def reduced(window: np.ndarray, windows: Windows, rng: np.random.Generator) -> np.ndarray:
    """The LR picture of a clean HR window, uint8: reduced by one of the filters, sometimes as a scanner sees it.

    A scan (``windows.scans`` of the windows) is blurred a little, its ink is grey and its paper not white, it carries
    noise and JPEG's traces. What is asked for stays the clean window.
    """
    kernels, shares = zip(*windows.kernels, strict=True)
    kernel = kernels[int(rng.choice(len(kernels), p=shares))]
    size = (windows.lr_side, windows.lr_side)
    picture = Image.fromarray(np.ascontiguousarray(window))
    if rng.random() >= windows.scans:
        return np.asarray(picture.resize(size, kernel))
    if rng.random() < 0.6:
        picture = picture.filter(ImageFilter.GaussianBlur(float(rng.uniform(0.4, 2.6))))
    grey = np.asarray(picture.resize(size, kernel), np.float32)
    black, white = rng.uniform(0, 90), rng.uniform(225, 262)
    grey = grey * ((white - black) / 255) + black
    grey += rng.normal(0, rng.uniform(0, 6), grey.shape).astype(np.float32)
    scanned = np.clip(np.rint(grey), 0, 255).astype(np.uint8)
    if rng.random() < 0.6:
        buffer = io.BytesIO()
        Image.fromarray(scanned).save(buffer, "JPEG", quality=int(rng.integers(45, 96)))
        scanned = np.asarray(Image.open(buffer))
    return scanned


def _ink(grey: np.ndarray) -> Tensor:
    return (255 - torch.from_numpy(np.ascontiguousarray(grey)).float()).div_(255).unsqueeze(1)


def ahead(source: Iterator[tuple[Tensor, Tensor]], depth: int = 8) -> Iterator[tuple[Tensor, Tensor]]:
    """The same batches, made in a thread of their own (PIL releases the lock while it resizes)."""
    ready: Queue[tuple[Tensor, Tensor]] = Queue(depth)

    def fill() -> None:
        for item in source:
            ready.put(item)

    threading.Thread(target=fill, daemon=True).start()
    while True:
        yield ready.get()


def validation_set(crops: list[np.ndarray], count: int = 96) -> tuple[Tensor, Tensor, Tensor]:
    """Fixed 256-pixel windows of validation works, as ink: LR by the bicubic filter, by area averaging, and HR."""
    high = np.stack([c[64:320, 64:320] for c in crops[:: max(1, len(crops) // count)][:count]])
    bicubic, area = (
        _ink(np.stack([np.asarray(Image.fromarray(h).resize((64, 64), kernel)) for h in high]))
        for kernel in (Image.Resampling.BICUBIC, Image.Resampling.BOX)
    )
    return bicubic, area, _ink(high)
