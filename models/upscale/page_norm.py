"""Instance norm on whole pages: the paper's network without seams.

Instance norm takes mean and variance from the picture it is given. A page cut into tiles is many pictures, each
normalised by itself, and no overlap hides the seams. Three ways out here, and a fourth in `models.upscale.blending`, the best:

* *page statistics*: everything that normalises runs once, over the whole page at LR; only the enlarging, which holds no norm,
  runs in tiles with a halo. The result is that of the untiled page.
* *ink statistics*: the same, but mean and variance are taken where ink is near: over the places whose window of the training
  size holds some, as the patches did that the network was trained on. A page is mostly blank paper, which pulls the whole
  page's mean towards paper and its variance down.
* *local statistics*: each norm takes mean and variance from a window of the training size around each pixel (as TLC does;
  Chu et al., arXiv 2112.04491), so that a page is normalised as the training patches were.
"""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Literal

import cv2
import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor, nn

from models.arrays import Grey
from models.upscale.paper import SCALE, PaperNetwork, light_of

Statistics = Literal["ink", "page", "local", "tile"]
TRAINED_ON = 64
"""Side in LR pixels of the patches that the paper trains on."""

DARK, INKED = 224, 0.005
"""A LR pixel darker than this holds ink; a window holds music where at least this share of its pixels does."""


class LocalInstanceNorm(nn.Module):
    """An instance norm whose mean and variance come from a window of ``side`` pixels around each pixel.

    At the page's edge the window is the part that lies on the page.
    """

    def __init__(self, norm: nn.InstanceNorm2d, side: int) -> None:
        super().__init__()
        self.weight, self.bias, self.eps, self.side = norm.weight, norm.bias, norm.eps, side

    def forward(self, x: Tensor) -> Tensor:
        """The same shape."""
        mean = self._mean(x)
        variance = (self._mean(x * x) - mean * mean).clamp_min(0)
        scaled = (x - mean) * torch.rsqrt(variance + self.eps)
        return scaled * self.weight[:, None, None] + self.bias[:, None, None]

    def _mean(self, x: Tensor) -> Tensor:
        """The mean over the window, one axis after the other, from running sums: its cost is free of the side."""
        for axis in (2, 3):
            length, reach = x.shape[axis], self.side // 2
            sums = nn.functional.pad(x.double().cumsum(axis), (0, 0, 1, 0) if axis == 2 else (1, 0))
            here = torch.arange(length, device=x.device)
            first, last = (here - reach).clamp_min(0), (here + reach + 1).clamp_max(length)
            count = (last - first).view((-1, 1) if axis == 2 else (-1,))
            x = ((sums.index_select(axis, last) - sums.index_select(axis, first)) / count).float()
        return x


class InkInstanceNorm(nn.Module):
    """An instance norm whose mean and variance are those of the places in ``where``, bool (H, W), for all places alike."""

    def __init__(self, norm: nn.InstanceNorm2d, where: Tensor) -> None:
        super().__init__()
        self.weight, self.bias, self.eps, self.where = norm.weight, norm.bias, norm.eps, where

    def forward(self, x: Tensor) -> Tensor:
        """The same shape."""
        inked = x[:, :, self.where]
        mean, variance = inked.mean(2), inked.var(2, unbiased=False)
        scale = torch.rsqrt(variance + self.eps) * self.weight
        return x * scale[:, :, None, None] + (self.bias - mean * scale)[:, :, None, None]


def inked(grey: Grey, side: int = TRAINED_ON) -> npt.NDArray[np.bool_]:
    """The places, (H, W), whose window of ``side`` pixels holds music: where a training patch might have been cut."""
    dark = (grey < DARK).astype(np.float32)
    share: npt.NDArray[np.bool_] = (
        cv2.blur(dark, (side + 1, side + 1), borderType=cv2.BORDER_CONSTANT) >= INKED
    )
    return share


def with_norms(network: PaperNetwork, norm: Callable[[nn.InstanceNorm2d], nn.Module]) -> PaperNetwork:
    """A copy of the network with ``norm`` of each instance norm in its place; the other weights are shared."""
    changed = copy.deepcopy(network, {id(p): p for p in network.parameters()})
    for module in list(changed.modules()):
        for name, child in list(module.named_children()):
            if isinstance(child, nn.InstanceNorm2d):
                setattr(module, name, norm(child))
    return changed


def localised(network: PaperNetwork, side: int = TRAINED_ON) -> PaperNetwork:
    """A copy of the network whose instance norms look at windows; the weights are shared."""
    return with_norms(network, lambda norm: LocalInstanceNorm(norm, side))


@torch.inference_mode()
def run_page(
    network: PaperNetwork,
    grey: Grey,
    *,
    statistics: Statistics = "page",
    tile: int = 128,
    overlap: int = 0,
    device: str = "cpu",
    on_step: Callable[[int, int], None] | None = None,
) -> Grey:
    """The page four times larger, uint8 (4H, 4W), without seams unless ``statistics`` is ``"tile"``.

    ``"tile"`` is the naive way, each tile a picture of its own with ``overlap`` LR pixels more to each side, which are
    cut off afterwards: it is kept to measure the seams that it makes.
    ``on_step(done, total)`` may raise to stop the work; a step is a layer of the body over the whole page, or a
    tile. Memory: four feature maps of the whole page at LR (`page_bytes`) and one tile at HR.
    """
    height, width = grey.shape
    if statistics == "local":
        network = localised(network)
    elif statistics == "ink" and (where := inked(grey)).any():
        places_with_ink = torch.from_numpy(where).to(device)
        network = with_norms(network, lambda norm: InkInstanceNorm(norm, places_with_ink))
    light = light_of(torch.from_numpy(np.array(grey))[None]).to(device)
    places = [(y, x) for y in range(0, height, tile) for x in range(0, width, tile)]
    layers = 0 if statistics == "tile" else len(network.body)
    steps = layers + len(places)
    tell = on_step or (lambda done, total: None)
    tell(0, steps)
    features = None
    if layers:
        features = network.features(light, lambda done: tell(done, steps))
    out = np.empty((SCALE * height, SCALE * width), np.uint8)
    halo = network.enlarge_radius
    for done, (y, x) in enumerate(places, start=layers + 1):
        bottom, right = min(height, y + tile), min(width, x + tile)
        if features is None:
            top, left = max(0, y - overlap), max(0, x - overlap)
            large = network(light[:, :, top : bottom + overlap, left : right + overlap])
        else:
            top, left = max(0, y - halo), max(0, x - halo)
            large = network.enlarge(features[:, :, top : bottom + halo, left : right + halo])
        rows = slice(SCALE * (y - top), SCALE * (bottom - top))
        columns = slice(SCALE * (x - left), SCALE * (right - left))
        mean = large[0, :, rows, columns].mean(
            0
        )  # a grey page comes out grey: the mean of the three channels
        out[SCALE * y : SCALE * bottom, SCALE * x : SCALE * right] = (
            (mean.clamp(0, 1) * 255).round().to(torch.uint8).cpu().numpy()
        )
        tell(done, steps)
    return out


def page_bytes(network: PaperNetwork, height: int, width: int, tile: int = 128) -> int:
    """Bytes that `run_page` holds at most, beyond the page and its result."""
    channels = network.size.channels
    side = tile + 2 * network.enlarge_radius
    return 4 * channels * (4 * height * width + 2 * SCALE**2 * side * side)
