"""The upscaling service: a grey page in, the page four times larger out, behind the engine's door."""

from __future__ import annotations

import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from PIL import Image

from models import weights
from models.accelerator import gpu, on_zero_gpu
from models.engine import BadRequest, Estimate, Job
from models.upscale.runtime import Runtime, open_runtime, receptive_radius
from models.upscale.tiling import SCALE, Grey, plan_tiles, run_tiles

NETWORKS = ("fast", "scan", "best")
"""The networks in the order in which they are offered, as far as their weights are shipped."""

CHANNELS_HELD = 3
"""Feature maps of a tile that a runtime holds at once: input, output and sum of a residual block."""


@dataclass(frozen=True)
class UpscaleRequest:
    """One page, uint8 (H, W), 0 black, 255 white, and the model's name (`MODELS`)."""

    grey: Grey
    model: str = "fast"


@dataclass(frozen=True)
class UpscaleAnswer:
    """The page four times larger, uint8 (4H, 4W), what made it, and the seconds it took.

    ``weights`` is the SHA-256 of the weight file, "" for a method without weights.
    """

    grey: Grey
    model: str
    weights: str
    runtime: str
    seconds: float


class UpscaleService:
    """Answers `UpscaleRequest`s one page at a time; networks are loaded when first asked for."""

    name = "upscale"
    request_type = UpscaleRequest
    answer_type = UpscaleAnswer
    max_batch = 1
    batch_wait_s = 0.0

    def __init__(self, *, device: str = "cpu", threads: int = 2, tile: int = 256) -> None:
        self._device, self._threads, self._tile = device, threads, tile
        self._lock = threading.Lock()
        self._opened: dict[str, tuple[Runtime, int, str]] = {}
        self._pixels_per_second: dict[str, float] = {}

    @staticmethod
    def models() -> tuple[str, ...]:
        """The names that a request may give, the default first."""
        held = weights.known()
        return (*(name for name in NETWORKS if f"upscale-{name}" in held), "bicubic")

    def run(self, jobs: Sequence[Job[UpscaleRequest]]) -> Sequence[UpscaleAnswer | Exception]:
        """An answer, or the error, for each page."""
        answers: list[UpscaleAnswer | Exception] = []
        for job in jobs:
            try:
                answers.append(self._page(job))
            except Exception as error:  # noqa: BLE001 - one page's error must not take its neighbours' answers
                answers.append(error)
        return answers

    def estimate(self, request: UpscaleRequest) -> Estimate:
        """Seconds and bytes that the page will take, from its ink and this host's measured speed."""
        grey = _checked(request)
        size = grey.size
        out = SCALE**2 * size
        if request.model == "bicubic":
            return Estimate(seconds=out / 4e7, peak_bytes=size + 2 * out)
        _, radius, _ = self._open(request.model)
        tiles = plan_tiles(grey, radius, self._tile)
        work = sum((t.bottom - t.top + 2 * radius) * (t.right - t.left + 2 * radius) for t in tiles)
        side = self._tile + 2 * radius
        features = CHANNELS_HELD * 4 * 64 * side * side
        return Estimate(seconds=work / self._speed(request.model), peak_bytes=size + out + features)

    def warm(self) -> None:
        """The default network is loaded and its speed measured, so that the first visitor need not wait."""
        self._speed(self.models()[0])

    def describe(self) -> dict[str, Any]:
        """What is loaded and how fast it is, for a health report."""
        return {
            "device": self._device,
            "loaded": {n: {"runtime": r.name, "weights": v[:12]} for n, (r, _, v) in self._opened.items()},
            "lr_pixels_per_second": {n: round(s) for n, s in self._pixels_per_second.items()},
        }

    def _page(self, job: Job[UpscaleRequest]) -> UpscaleAnswer:
        grey, name = _checked(job.request), job.request.model
        began = time.perf_counter()

        def on_tile(done: int, total: int) -> None:
            job.check()
            job.report(done, max(1, total), "tiles")

        if name == "bicubic":
            job.report(0, 1, "tiles")
            large = bicubic(grey)
            job.report(1, 1, "tiles")
            return UpscaleAnswer(large, name, "", "Pillow", time.perf_counter() - began)
        runtime, radius, version = self._open(name)
        large = (
            _page_on_zero_gpu(name, grey, radius, self._tile)
            if on_zero_gpu()
            else run_tiles(grey, runtime, radius=radius, largest=self._tile, on_tile=on_tile)
        )
        return UpscaleAnswer(large, name, version, runtime.name, time.perf_counter() - began)

    def _open(self, name: str) -> tuple[Runtime, int, str]:
        with self._lock:
            if name not in self._opened:
                held = weights.load(f"upscale-{name}")
                runtime = open_runtime(held, self._device, self._threads)
                _FORKED[name] = runtime
                self._opened[name] = runtime, receptive_radius(held), held.sha256
            return self._opened[name]

    def _speed(self, name: str) -> float:
        """LR pixels a second, measured once on one busy tile."""
        runtime, radius, _ = self._open(name)
        if name not in self._pixels_per_second:
            side = min(self._tile, 128) + 2 * radius
            ink = np.zeros((side, side), np.float32)
            runtime(ink)
            began = time.perf_counter()
            runtime(ink)
            self._pixels_per_second[name] = side * side / max(1e-6, time.perf_counter() - began)
        return self._pixels_per_second[name]


def bicubic(grey: Grey) -> Grey:
    """The page four times larger by Pillow's bicubic filter: the yardstick of every other model."""
    height, width = grey.shape
    return np.asarray(Image.fromarray(grey).resize((SCALE * width, SCALE * height), Image.Resampling.BICUBIC))


_FORKED: dict[str, Runtime] = {}
"""Open networks by name: a ZeroGPU call is a fork, which finds them here; its arguments are pickled."""


@gpu
def _page_on_zero_gpu(name: str, grey: Grey, radius: int, tile: int) -> Grey:
    """One fork a page: a ZeroGPU host pays for each call, so progress by tiles is given up there."""
    return run_tiles(grey, _FORKED[name], radius=radius, largest=tile)


def _checked(request: UpscaleRequest) -> Grey:
    grey = request.grey
    if grey.ndim != 2 or grey.dtype != np.uint8 or 0 in grey.shape:
        raise BadRequest("A page to upscale must be a grey picture of 8 bits.")
    if request.model not in UpscaleService.models():
        raise BadRequest(f"There is no upscaling model named {request.model[:40]!r}.")
    return grey
