"""The upscaling networks: grey ink in, grey ink out, four times larger."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

import torch
from torch import Tensor, nn

SCALE = 4


@dataclass(frozen=True)
class FastSize:
    """What fixes a `FastNetwork`: channels, residual blocks and the first kernel's side."""

    channels: int = 48
    blocks: int = 7
    first_kernel: int = 5

    @property
    def radius(self) -> int:
        """How many LR pixels away an input pixel can still change an output pixel."""
        return self.first_kernel // 2 + 2 * self.blocks + 1

    def as_dict(self) -> dict[str, Any]:
        """The sizes as plain numbers, for the weight file's metadata."""
        return asdict(self)


class Block(nn.Module):
    """A residual block of two 3x3 convolutions without normalisation (EDSR's, Lim et al. 2017)."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.first = nn.Conv2d(channels, channels, 3, padding=1)
        self.second = nn.Conv2d(channels, channels, 3, padding=1)

    def forward(self, x: Tensor) -> Tensor:
        """The same shape."""
        changed: Tensor = self.second(torch.relu(self.first(x)))
        return x + changed


class FastNetwork(nn.Module):
    """The default network where there is no GPU: plain convolutions at LR, one sub-pixel step of x4.

    Input and output are *ink*, float32 (N, 1, H, W) and (N, 1, 4H, 4W): 0 is white paper, 1 is black.
    Paper is zero because convolutions pad with zeros: the page then goes on as paper beyond its edges. The
    output is not clamped. There is no normalisation, so a page cut into tiles that overlap by
    ``size.radius`` LR pixels gives the untiled result.
    """

    def __init__(self, size: FastSize | None = None) -> None:
        super().__init__()
        self.size = size or FastSize()
        channels, kernel = self.size.channels, self.size.first_kernel
        self.head = nn.Conv2d(1, channels, kernel, padding=kernel // 2)
        blocks = [Block(channels) for _ in range(self.size.blocks)]
        self.body = nn.Sequential(*blocks)
        self.tail = nn.Conv2d(channels, SCALE**2, 3, padding=1)
        # Blocks start as the identity: training is then stable at high rates without normalisation.
        for block in blocks:
            nn.init.zeros_(block.second.weight)
            if block.second.bias is not None:
                nn.init.zeros_(block.second.bias)

    def forward(self, ink: Tensor) -> Tensor:
        """Ink at four times the size; the network corrects a nearest-neighbour enlargement."""
        features = torch.relu(self.head(ink))
        correction = self.tail(self.body(features))
        return nn.functional.pixel_shuffle(correction + ink, SCALE)


def parameter_count(network: nn.Module) -> int:
    """How many trained numbers the network holds."""
    return sum(p.numel() for p in network.parameters())
