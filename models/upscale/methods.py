"""The networks as the service runs them: each takes a page, tells its progress, and knows what a page will cost."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Protocol

import numpy as np
from PIL import Image

from models import weights
from models.arrays import Grey
from models.contracts.upscale import PAPER, weights_name
from models.upscale.downscaling_kernel import looks_bicubic
from models.upscale.hallucination import restrained
from models.upscale.runtime import MirroredRuntime, Runtime, open_runtime, receptive_radius
from models.upscale.straightening import evened
from models.upscale.tiling import SCALE, plan_tiles, run_tiles

OTHERWISE = "upscale-fast-area"
"""Weights that answer for `BICUBIC`'s pages where those were not made small by a bicubic filter."""

BICUBIC = ("fast", "best")
"""Networks trained on bicubic LR alone."""

CHANNELS_HELD = 3
"""Feature maps of a tile that a runtime holds at once: input, output and sum of a residual block."""

OnStep = Callable[[int, int], None]
"""Called with (steps done, steps in all) before the first step and after each; what it raises stops the work."""


@dataclass(frozen=True)
class Enlarged:
    """A page four times larger, uint8 (4H, 4W), and the SHA-256 of the weights that made it."""

    grey: Grey
    version: str


class Method(Protocol):
    """A network made ready. ``version`` is its weight file's SHA-256, ``runtime`` what runs it.

    Guarantees: the same page gives the same result on the same device, and the page is never changed.
    """

    version: str
    runtime: str

    def enlarge(self, grey: Grey, on_step: OnStep | None = None) -> Enlarged:
        """The page, uint8 (H, W), exactly four times larger.

        ``on_step(done, total)`` is called as parts are done and is how a job is stopped: what it raises goes through.
        """
        ...

    def work(self, grey: Grey) -> int:
        """LR pixels that the page makes the network compute, halos included."""
        ...

    def peak_bytes(self, grey: Grey) -> int:
        """Bytes held at most, the page and its result included."""
        ...

    def speed(self) -> float:
        """LR pixels a second, measured now on a small busy page."""
        ...


def open_method(model: str, device: str, threads: int, tile: int = 256) -> Method:
    """The network of that name on ``"cpu"`` or ``"cuda"``. WeightsError when its weights are not in order."""
    held = weights.load(weights_name(model))
    if model in PAPER:
        return PaperMethod(held, device, threads)
    ready = _ready(held, device, threads)
    if model == "scan":
        return TiledMethod(ready, tile, prepare=evened)
    if model not in BICUBIC:
        return TiledMethod(ready, tile)
    otherwise = _ready(weights.load(OTHERWISE), device, threads)
    if model == "best":
        otherwise = replace(otherwise, run=MirroredRuntime(otherwise.run))
    return TiledMethod(ready, tile, otherwise=otherwise)


def bicubic(grey: Grey) -> Grey:
    """The page four times larger by Pillow's bicubic filter: the yardstick of every other model."""
    height, width = grey.shape
    return np.asarray(Image.fromarray(grey).resize((SCALE * width, SCALE * height), Image.Resampling.BICUBIC))


@dataclass(frozen=True)
class _Ready:
    """A network without normalisation made ready, its receptive radius and its weights' SHA-256."""

    run: Runtime
    radius: int
    version: str


def _ready(held: weights.Weights, device: str, threads: int) -> _Ready:
    return _Ready(open_runtime(held, device, threads), receptive_radius(held), held.sha256)


class TiledMethod:
    """A network without normalisation: tiles around the ink, each with a halo (`models.upscale.tiling`).

    ``prepare`` is done to a page before; it keeps every pixel in its place. ``otherwise`` enlarges the pages that
    were not made small by a bicubic filter (`models.upscale.downscaling_kernel`).
    """

    def __init__(
        self,
        ready: _Ready,
        tile: int,
        *,
        prepare: Callable[[Grey], Grey] | None = None,
        otherwise: _Ready | None = None,
    ) -> None:
        self._ready, self._otherwise, self._tile = ready, otherwise, tile
        self._prepare = prepare or (lambda grey: grey)
        self._radius = ready.radius
        self.version, self.runtime = ready.version, ready.run.name

    def enlarge(self, grey: Grey, on_step: OnStep | None = None) -> Enlarged:
        """The page four times larger; a step is a tile."""
        grey = self._prepare(grey)
        chosen = self._ready
        if self._otherwise is not None and not looks_bicubic(grey, chosen.run, self._otherwise.run):
            chosen = self._otherwise
        large = run_tiles(grey, chosen.run, radius=chosen.radius, largest=self._tile, on_tile=on_step)
        return Enlarged(restrained(grey, large), chosen.version)

    def work(self, grey: Grey) -> int:
        """The tiles' pixels with their halos: blank paper costs nothing."""
        around = 2 * self._radius
        tiles = plan_tiles(self._prepare(grey), self._radius, self._tile)
        return sum((t.bottom - t.top + around) * (t.right - t.left + around) for t in tiles)

    def peak_bytes(self, grey: Grey) -> int:
        """The page, its result and the feature maps of one tile."""
        side = self._tile + 2 * self._radius
        return (1 + SCALE**2) * grey.size + CHANNELS_HELD * 4 * 64 * side * side

    def speed(self) -> float:
        """Measured on one tile."""
        side = min(self._tile, 128) + 2 * self._radius
        ink = np.zeros((side, side), np.float32)
        self._ready.run(ink)
        began = time.perf_counter()
        self._ready.run(ink)
        return side * side / max(1e-6, time.perf_counter() - began)


class PaperMethod:
    """A network of the paper; by torch.

    One with instance norm enlarges windows of the training size and blends them (`models.upscale.blending`); one
    without sees the whole page at once (`models.upscale.page_norm`).
    """

    runtime = "torch"

    def __init__(self, held: weights.Weights, device: str, threads: int) -> None:
        import torch

        from models.upscale.paper import open_network

        if device == "cpu":
            torch.set_num_threads(threads)
        self._network = open_network(held.arrays, held.metadata["size"]).to(device)
        self._windowed = any(isinstance(m, torch.nn.InstanceNorm2d) for m in self._network.modules())
        self._device = device
        self.version = held.sha256

    def enlarge(self, grey: Grey, on_step: OnStep | None = None) -> Enlarged:
        """The page four times larger; a step is a row of windows, or a residual block over the page, or a tile enlarged."""
        from models.upscale.blending import run_windows
        from models.upscale.page_norm import run_page

        if self._windowed:
            large = run_windows(self._network, grey, device=self._device, plain=bicubic, on_step=on_step)
        else:
            large = run_page(self._network, grey, device=self._device, on_step=on_step)
        return Enlarged(restrained(grey, large), self.version)

    def work(self, grey: Grey) -> int:
        """The windows that hold ink, overlaps twice; without windows every pixel, blank ones too."""
        from models.upscale.blending import windows_with_ink
        from models.upscale.page_norm import TRAINED_ON

        return windows_with_ink(grey) * TRAINED_ON**2 if self._windowed else grey.size

    def peak_bytes(self, grey: Grey) -> int:
        """The page, its result and the feature maps of a window, or of the whole page."""
        from models.upscale.blending import window_bytes
        from models.upscale.page_norm import page_bytes

        if self._windowed:
            return (1 + SCALE**2) * grey.size + window_bytes(self._network, grey.shape[1])
        return (1 + SCALE**2) * grey.size + page_bytes(self._network, *grey.shape)

    def speed(self) -> float:
        """Measured on a black page of 128 pixels a side."""
        grey = np.zeros((128, 128), np.uint8)
        self.enlarge(grey)
        began = time.perf_counter()
        self.enlarge(grey)
        return self.work(grey) / max(1e-6, time.perf_counter() - began)
