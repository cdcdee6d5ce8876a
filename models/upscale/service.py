"""The upscaling service: a grey page in, the page four times larger out, behind the engine's door."""

from __future__ import annotations

import threading
import time
from collections.abc import Sequence
from typing import Any

import numpy as np

from models.accelerator import gpu, on_zero_gpu
from models.arrays import Grey
from models.contracts import upscale as contract
from models.contracts.choice import document, names
from models.contracts.upscale import UpscaleAnswer, UpscaleCatalogue, UpscaleRequest
from models.engine import BadRequest, Estimate, Job, each_alone
from models.sheet.page import light_on_dark
from models.upscale.methods import Enlarged, Method, bicubic, open_method
from models.upscale.straightening import evened, levelled
from models.upscale.tiling import SCALE


class UpscaleService:
    """Answers `UpscaleRequest`s one page at a time; networks are loaded when first asked for."""

    name = contract.NAME
    request_type = UpscaleRequest
    answer_type = UpscaleAnswer
    max_batch = 1
    batch_wait_s = 0.0

    def __init__(self, *, device: str = "cpu", threads: int = 2, tile: int = 256) -> None:
        self._device, self._threads, self._tile = device, threads, tile
        self._lock = threading.Lock()
        self._opened: dict[str, Method] = {}
        self._pixels_per_second: dict[str, float] = {}

    def run(self, jobs: Sequence[Job[UpscaleRequest]]) -> Sequence[UpscaleAnswer | Exception]:
        """An answer, or the error, for each page."""
        return each_alone(jobs, self._page)

    def estimate(self, request: UpscaleRequest) -> Estimate:
        """Seconds and bytes that the page will take, from its ink and this host's measured speed."""
        grey = _checked(request)
        size = grey.size
        out = SCALE**2 * size
        if request.model == "bicubic":
            return Estimate(seconds=out / 4e7, peak_bytes=size + 2 * out)
        method = self._open(request.model)
        grey = np.asarray(255 - grey, np.uint8) if light_on_dark(grey) else grey
        return Estimate(
            seconds=method.work(grey) / self._speed(request.model), peak_bytes=method.peak_bytes(grey)
        )

    def warm(self) -> None:
        """The default network is loaded and its speed measured, so that the first visitor need not wait."""
        self._speed(names(UpscaleCatalogue.shipped().models)[0])

    def describe(self) -> dict[str, Any]:
        """What there is to choose from, what is loaded and how fast it is."""
        return {
            "options": document(UpscaleCatalogue.shipped()),
            "device": self._device,
            "loaded": {n: {"runtime": m.runtime, "weights": m.version[:12]} for n, m in self._opened.items()},
            "lr_pixels_per_second": {n: round(s) for n, s in self._pixels_per_second.items()},
        }

    def _page(self, job: Job[UpscaleRequest]) -> UpscaleAnswer:
        grey, name = _checked(job.request), job.request.model
        began = time.perf_counter()

        def on_step(done: int, total: int) -> None:
            job.check()
            job.report(done, max(1, total), "tiles")

        if name == "bicubic":
            job.report(0, 1, "tiles")
            large = bicubic(grey)
            job.report(1, 1, "tiles")
            return UpscaleAnswer(large, name, "", "Pillow", time.perf_counter() - began)
        # the networks learned dark ink on light paper: white on black is turned round, enlarged, and turned back
        inverted = light_on_dark(grey)
        if inverted:
            grey = np.asarray(255 - grey, np.uint8)
        if job.request.level:
            grey = levelled(evened(grey))
        method = self._open(name)
        made = _page_on_zero_gpu(name, grey) if on_zero_gpu() else method.enlarge(grey, on_step)
        large = np.asarray(255 - made.grey, np.uint8) if inverted else made.grey
        return UpscaleAnswer(large, name, made.version, method.runtime, time.perf_counter() - began)

    def _open(self, name: str) -> Method:
        with self._lock:
            if name not in self._opened:
                self._opened[name] = _FORKED[name] = open_method(
                    name, self._device, self._threads, self._tile
                )
            return self._opened[name]

    def _speed(self, name: str) -> float:
        """LR pixels a second, measured once; assumed on ZeroGPU, where no network may run outside of a fork."""
        if on_zero_gpu():
            return ZERO_GPU_SPEED
        method = self._open(name)
        if name not in self._pixels_per_second:
            self._pixels_per_second[name] = method.speed()
        return self._pixels_per_second[name]


ZERO_GPU_SPEED = 1e6
"""LR pixels a second. Nobody has measured it: it says some seconds for a page, as every GPU call there takes."""

_FORKED: dict[str, Method] = {}
"""Open networks by name: a ZeroGPU call is a fork, which finds them here; its arguments are pickled."""


@gpu
def _page_on_zero_gpu(name: str, grey: Grey) -> Enlarged:
    """One fork a page: a ZeroGPU host pays for each call, so progress by tiles is given up there."""
    return _FORKED[name].enlarge(grey)


def _checked(request: UpscaleRequest) -> Grey:
    grey = request.grey
    if grey.ndim != 2 or grey.dtype != np.uint8 or 0 in grey.shape:
        raise BadRequest("A page to upscale must be a grey picture of 8 bits.")
    if request.model not in names(UpscaleCatalogue.shipped().models):
        raise BadRequest(f"There is no upscaling model named {request.model[:40]!r}.")
    return grey
